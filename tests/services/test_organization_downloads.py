"""`organization.prepare_download_for_get_all` and `download_for_get_all`: lists as CSV."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from apiserver import clock
from apiserver.stores.collections import TASKS
from apiserver.stores.filters import Eq
from apiserver.testing.backends import let_pass
from apiserver.testing.client import CallFailed, Client, Raw

BATCH = 10


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"services.organization.download.batch_size": BATCH, "services.organization.download.max_project_name_length": 12}


def task(api: Client, name: str, **data: Any) -> str:
    return str(api.call("tasks.create", {"name": name, "type": "training", **data})["id"])


def project(api: Client, name: str) -> str:
    return str(api.call("projects.create", {"name": name, "description": ""})["id"])


def prepare(api: Client, *fields: str, kind: str = "task", token: str | None = None, **query: Any) -> str:
    data = {"entity_type": kind, "only_fields": fields, "field_mappings": [{"field": field} for field in fields], **query}
    return str(api.call("organization.prepare_download_for_get_all", data, token=token)["prepare_id"])


def download(api: Client, ticket: str, token: str | None = None) -> Raw:
    return api.call_raw("organization.download_for_get_all", {"prepare_id": ticket}, token=token)


def rows(answer: Raw) -> list[list[str]]:
    """Without the heading."""
    assert answer.status == 200
    return list(csv.reader(io.StringIO(answer.text.decode("utf-8-sig"), newline="")))[1:]


def refused(answer: Raw) -> tuple[int, int]:
    return answer.body["meta"]["result_code"], answer.body["meta"]["result_subcode"]


def test_more_rows_than_a_batch(api: Client) -> None:
    """All of them, once, in the order that was asked for; what has nothing to be sorted by comes last."""
    mine = project(api, "mine")
    names = [f"task {number:03}" for number in range(3 * BATCH + 4)]
    for name in reversed(names):
        task(api, name, project=mine, **({} if name < "task 030" else {"comment": name[-2:]}))
    assert [row[0] for row in rows(download(api, prepare(api, "name", project=[mine], order_by=["-name"])))] == names[::-1]
    by_comment = rows(download(api, prepare(api, "comment", project=[mine], order_by=["comment"])))
    assert [row[0] for row in by_comment] == ["30", "31", "32", "33", *[""] * (len(names) - 4)]


def test_digits_are_sorted_as_numbers(api: Client) -> None:
    """As in the list that the file shows."""
    for value in ("10", "9", "x"):
        task(api, "a task", hyperparams={"Args": {"a.b": {"section": "Args", "name": "a.b", "value": value}}})
    path = "hyperparams.Args.a%2Eb.value"
    assert [row[0] for row in rows(download(api, prepare(api, path, order_by=[path])))] == ["9", "10", "x"]


class TestMostRows:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"services.organization.download.max_download_items": 3, "services.organization.download.batch_size": 2}

    def test_a_file_has_no_more_rows_than_configured(self, api: Client) -> None:
        for number in range(5):
            task(api, f"task {number}")
        assert [row[0] for row in rows(download(api, prepare(api, "name", order_by=["name"])))] == ["task 0", "task 1", "task 2"]
        assert api.call("users.get_current_user")["settings"]["max_download_items"] == 3


def test_memory_does_not_grow_with_the_rows(api: Client) -> None:
    """In memory are the ids and one batch: a hundred batches of large rows take as much as ten."""
    company = api.call("users.get_current_user")["user"]["company"]["id"]
    text = "x" * 20_000
    body = {"company": company, "user": "__tests__", "type": "training", "status": "created", "tags": [], "system_tags": []}
    api.backend.documents.insert(TASKS, *({"id": f"t{n}", "name": "large", "comment": text, **body} for n in range(40 * BATCH)))
    ticket = prepare(api, "name", "comment", name="^large$")

    def peak() -> tuple[int, int]:
        """Bytes of the file, and the most that was in memory while it was read part by part."""
        tracemalloc.start()
        try:
            size = sum(len(part) for part in _parts(api, ticket))
            return size, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    size, used = peak()
    assert size > 40 * BATCH * len(text)
    assert used < size / 3


def _parts(api: Client, ticket: str) -> Iterator[bytes]:
    """The answer as a WSGI server gets it: part by part."""
    body = json.dumps({"prepare_id": ticket}).encode()
    environ = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/organization.download_for_get_all", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "8008", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost:8008",
        "HTTP_AUTHORIZATION": f"Bearer {api.login(api.key, api.secret)}", "CONTENT_LENGTH": str(len(body)), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    yield from api.http.app(environ, lambda status, headers, exc_info=None: None)


def test_what_is_deleted_meanwhile_is_left_out(api: Client) -> None:
    """And what comes is not in it: the file is of the rows that there were when it began."""
    for number in range(2 * BATCH):
        task(api, f"task {number:02}")
    parts = _parts(api, prepare(api, "name", order_by=["name"]))
    begun = next(parts)
    api.backend.documents.delete(TASKS, Eq("name", f"task {2 * BATCH - 1:02}"))
    task(api, "task 99")
    text = (begun + b"".join(parts)).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text, newline=""))] == ["name", *(f"task {n:02}" for n in range(2 * BATCH - 1))]


def test_a_ticket_is_the_companys(api: Client, stranger: str) -> None:
    """Another one's is unknown, whatever the id; a colleague may use it."""
    task(api, "secret")
    ticket = prepare(api, "name")
    assert refused(download(api, ticket, stranger)) == (400, 10)
    assert refused(download(api, ticket, "")) == (401, 20)
    theirs = prepare(api, "name", token=stranger)
    assert rows(download(api, theirs, stranger)) == []
    assert refused(download(api, theirs)) == (400, 10)
    assert rows(download(api, ticket)) == [["secret"]]


def test_a_ticket_expires(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the configured time, however often it was used."""
    ticket = prepare(api, "name")
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=290))
    let_pass(api.backend.state, 290)
    assert download(api, ticket).status == 200
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=301))
    let_pass(api.backend.state, 11)
    assert refused(download(api, ticket)) == (400, 10)


def test_public_rows(api: Client) -> None:
    """As the query says; by default they are in."""
    shown = task(api, "ours")
    public = task(api, "public")
    api.call("tasks.make_public", {"ids": [public]})
    assert rows(download(api, prepare(api, "name", order_by=["name"]))) == [["ours"], ["public"]]
    assert rows(download(api, prepare(api, "id", allow_public=False))) == [[shown]]
    assert rows(download(api, prepare(api, "company", id=[public]))) == [[""]]


def test_formulas_are_defused(api: Client) -> None:
    """In whatever field they come; numbers are left alone."""
    task(api, "=cmd|' /C calc'!A0", comment="-1", tags=["=1+1"])
    answer = download(api, prepare(api, "name", "comment", "tags", "last_iteration"))
    assert rows(answer) == [["'=cmd|' /C calc'!A0", "'-1", "['=1+1']", "0"]]


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("plain", "attachment; filename=clearml-plain-tasks.csv"),
        ("dir/with blank", 'attachment; filename="clearml-with blank-tasks.csv"'),
        ("a name longer than that", 'attachment; filename="clearml-a name longe-tasks.csv"'),
        ('a"\\;b', "attachment; filename=\"clearml-a;b-tasks.csv\"; filename*=UTF-8''clearml-a%22%5C%3Bb-tasks.csv"),
        ("größe", "attachment; filename=clearml-gre-tasks.csv; filename*=UTF-8''clearml-gr%C3%B6%C3%9Fe-tasks.csv"),
        ("a\r\nX-Evil: 1", 'attachment; filename="clearml-aX-Evil: 1-tasks.csv"'),
    ],
)
def test_the_name_of_the_file(api: Client, name: str, disposition: str) -> None:
    """The last part of the project's name, whatever letters are in it."""
    answer = download(api, prepare(api, "name", project=[project(api, name)]))
    assert answer.headers["Content-Disposition"] == disposition
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store, max-age=0")


@pytest.mark.parametrize(("query", "name"), [({"project": [None]}, "clearml-root-tasks.csv"), ({"project": ["nope"]}, "clearml-tasks.csv")])
def test_the_name_without_a_project(api: Client, query: dict[str, Any], name: str) -> None:
    assert download(api, prepare(api, "name", **query)).headers["Content-Disposition"] == f"attachment; filename={name}"


def test_a_project_of_another_company_gives_no_name(api: Client, stranger: str) -> None:
    theirs = api.call("projects.create", {"name": "their secret", "description": ""}, token=stranger)["id"]
    answer = download(api, prepare(api, "name", project=[theirs]))
    assert answer.headers["Content-Disposition"] == "attachment; filename=clearml-tasks.csv"


def test_bad_requests_keep_no_ticket(api: Client) -> None:
    good: dict[str, Any] = {"entity_type": "task", "only_fields": ["name"], "field_mappings": [{"field": "name"}]}
    for bad, subcode in [
        ({"field_mappings": "name"}, 12),
        ({"field_mappings": [{"field": None}]}, 12),
        ({"field_mappings": [{"field": "name", "name": 5}]}, 12),
        ({"field_mappings": [{"field": "name", "values": [{"key": "a"}]}]}, 12),
        ({"field_mappings": [{"field": "name", "values": [{"key": [1], "value": 1}, {"key": [1], "value": 1}]}]}, 12),
        ({"only_fields": "name"}, 12),
        ({"only_fields": ["nope"]}, 14),
        ({"projection": "nope"}, 14),
        ({"order_by": ["project.name"]}, 14),
        ({"tags": ["__$zz"]}, 16),
        ({"created": [1]}, 12),
        ({"hyperparams.a": ["x"], "only_fields": ["hyperparams.a.b.c.d.e"]}, 12),
    ]:
        with pytest.raises(CallFailed) as caught:
            api.call("organization.prepare_download_for_get_all", good | bad)
        assert (caught.value.code, caught.value.subcode) == (400, subcode), bad
    assert api.backend.state.keys("get_all_download_") == []


def test_paging_of_the_query_counts_for_nothing(api: Client) -> None:
    """Not even wrong paging."""
    task(api, "a task")
    paging = {"page": -1, "page_size": 0, "size": "x", "scroll_id": 5, "start": 7}
    assert rows(download(api, prepare(api, "name", **paging))) == [["a task"]]
