"""What holds around every call: paths, the envelope, bodies, limits, headers. More cases: `protocol.json` of the conversations."""

from __future__ import annotations

import gzip
import json
import logging
from typing import Any

import pytest
from attrs import evolve

from apiserver import app as wiring
from apiserver.calls.router import Router
from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.errors import Unavailable
from apiserver.testing.client import Client, Raw

META = {"id", "trx", "endpoint", "result_code", "result_subcode", "result_msg", "error_stack", "error_data"}
JSON = {"Content-Type": "application/json"}
LIMIT = 64 * 1024


def envelope(answer: Raw) -> dict[str, Any]:
    """The meta of an answer, which has to be whole whatever happened."""
    assert answer.body is not None, answer.text[:300]
    assert set(answer.body) == {"meta", "data"}
    meta: dict[str, Any] = answer.body["meta"]
    assert set(meta) == META
    assert set(meta["endpoint"]) == {"name", "requested_version", "actual_version"}
    assert meta["result_code"] == answer.status
    assert answer.headers["Content-Type"] == "application/json"
    return meta


def codes(answer: Raw) -> tuple[int, int]:
    meta = envelope(answer)
    return meta["result_code"], meta["result_subcode"]


# Paths


@pytest.mark.parametrize("path", ["/debug.ping", "/v2.34/debug.ping", "/api/debug.ping", "/api/v2.34/debug.ping/", "//v2.34/debug.ping"])
def test_paths_with_and_without_api(api: Client, path: str) -> None:
    """The API answers behind a proxy that takes /api off, and without one."""
    assert api.send(path).body["data"] == {"msg": "ClearML server"}


@pytest.mark.parametrize(
    "path", ["/", "/api/", "/v2/debug.ping", "/v2.34/debug", "/v2.34/debug.ping/x", "/apidebug.ping/x", "/v2.34/x.y", "/%00.a"]
)
def test_wrong_path(api: Client, path: str) -> None:
    """400/0 with an empty endpoint, so that SDKs do not repeat the call for ever."""
    answer = api.send(path)
    assert codes(answer) == (400, 0)
    assert envelope(answer)["endpoint"] == {"name": "", "requested_version": 1.0, "actual_version": None}


@pytest.mark.parametrize("name", ["debug.nothing", "nothing.here", "Debug.ping", "users.get_vaults", "workers.get_runtime_properties"])
def test_unknown_action(api: Client, name: str) -> None:
    """404/0 names the action and the version asked for, and needs no login."""
    answer = api.send(f"/v2.9/{name}")
    assert codes(answer) == (404, 0)
    assert envelope(answer)["endpoint"] == {"name": name, "requested_version": "2.9", "actual_version": None}


def test_action_that_is_not_built(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """404, never 501, which SDKs repeat at once and for ever; one place says so for all of them."""
    rows = {**ENDPOINTS, "debug.ping": evolve(ENDPOINTS["debug.ping"], built=False)}
    monkeypatch.setattr(wiring, "ENDPOINTS", rows)
    answer = Client(wiring.create_api(api.backend), api.backend, api.key, api.secret).send("/debug.ping")
    assert codes(answer) == (404, 0)
    assert envelope(answer)["result_msg"] == "debug.ping is not built yet"


class TestVersionSettings:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {
            "apiserver.version.required": True,
            "apiserver.version.check_max_version": True,
            "apiserver.request.strip_prefix": "/tracking",
        }

    def test_version_is_required_and_checked(self, api: Client) -> None:
        """A path without version, or with one from the future, is refused when the operator says so."""
        assert codes(api.send("/v2.34/debug.ping")) == (200, 0)
        assert codes(api.send("/tracking/v2.34/debug.ping")) == (200, 0)
        assert codes(api.send("/debug.ping")) == (400, 0)
        assert codes(api.send("/v2.35/debug.ping")) == (400, 0)


# Bodies


def nested(depth: int, opening: str, closing: str) -> bytes:
    return (opening * depth + "1" + closing * depth).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"{a:1}", b'{"a":1,}', b'{"a":1} x', b"\xff\xfe", b'{"a":"\xff"}', b"\0", b'{"a":"\\ud800"}', b'{"a":' + b"9" * 5000 + b"}",
        b"[1]", b'"x"', b"5", b"true", nested(10_000, '{"a":', "}"), nested(10_000, "[", "]"), b"[" * 1_000_000,
        b'{"a":' + nested(10_000, "[", "]") + b"}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["debug.ping", "tasks.create", "projects.get_all", "events.add_batch"])
def test_bodies_that_are_no_object(api: Client, name: str, body: bytes) -> None:
    """400/0: malformed, of another kind, no text, numbers without end, nested without end."""
    answer = api.send(f"/{name}", body, {**JSON, "Authorization": f"Bearer {api.login(api.key, api.secret)}"})
    assert codes(answer) == (400, 0)
    assert answer.body["data"] == {}


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b"null", b"[]", b'""', b"0", b"false"])
def test_bodies_that_say_nothing(api: Client, body: bytes) -> None:
    """Empty values of every kind are an empty request."""
    assert api.send("/debug.ping", body, JSON).body["data"] == {"msg": "ClearML server"}


def test_numbers_come_back_as_they_were_sent(api: Client) -> None:
    """NaN, infinities and integers of any size pass; the last of two equal keys counts."""
    answer = api.send("/debug.ping", b'{"a":NaN,"b":-Infinity,"c":1e400,"d":123456789012345678901234567890,"e":1,"e":2}', JSON)
    assert answer.text.endswith(
        b'"data":{"msg":"ClearML server","a":NaN,"b":-Infinity,"c":Infinity,"d":123456789012345678901234567890,"e":2}}'
    )


def test_ten_megabytes_of_text(api: Client) -> None:
    """A long text passes whole, and is stored whole where there is a place for it."""
    long = "é" + "x" * 10_000_000
    assert api.call("debug.ping", {"a": long})["a"] == long
    task = api.call("tasks.create", {"name": "long", "type": "training", "comment": long})["id"]
    assert api.call("tasks.get_by_id", {"task": task})["task"]["comment"] == long


@pytest.mark.parametrize("depth", [50, 99, 120, 300, 900])
def test_deep_values_are_stored_whole_or_refused(api: Client, depth: int) -> None:
    """Preferences go 100 levels deep; what is deeper changes nothing."""
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    answer = api.call_raw("users.set_preferences", {"preferences": {"deep": value}})
    assert codes(answer) == ((200, 0) if depth < 100 else (400, 16))
    assert api.call("users.get_preferences")["preferences"] == ({"deep": value} if depth < 100 else {})


def test_answers_are_ascii(api: Client) -> None:
    """Everything beyond ASCII is escaped, so that no client has to guess an encoding."""
    answer = api.send("/debug.ping", '{"ключ":"ü\U0001f600"}'.encode(), JSON)
    assert answer.text.isascii()
    assert b'"\\u043A\\u043B\\u044E\\u0447":"\\u00FC\\uD83D\\uDE00"' in answer.text
    assert answer.body["data"]["ключ"] == "ü\U0001f600"


def test_json_lines_need_their_exact_type(api: Client) -> None:
    """With a parameter the body is ordinary JSON, and two lines are none."""
    lines = b'{"type":"log","task":"x"}\n{"type":"log","task":"x"}'
    headers = {"Authorization": f"Bearer {api.login(api.key, api.secret)}"}
    good = api.send("/events.add_batch", lines, {**headers, "Content-Type": "application/json-lines"})
    assert codes(good) == (400, 131)
    assert codes(api.send("/events.add_batch", lines, {**headers, "Content-Type": "application/json-lines; charset=utf-8"})) == (400, 0)


@pytest.mark.parametrize("encoding", ["gzip", "identity", "br"])
def test_encoded_bodies_are_refused_unread(api: Client, encoding: str) -> None:
    """415, before anything is unpacked: no archive can fill the memory."""
    answer = api.send("/debug.ping", gzip.compress(b"x" * 1000), {"Content-Encoding": encoding})
    assert answer.status == 415


class TestLimit:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"apiserver.request.max_bytes": LIMIT}

    @pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    def test_large_requests_are_refused(self, api: Client, kind: str) -> None:
        """400/0 names the setting; whatever the body is."""
        body = b'{"a":"' + b"x" * LIMIT + b'"}'
        answer = api.send("/debug.ping", body, {"Content-Type": kind})
        assert codes(answer) == (400, 0)
        assert "apiserver.request.max_bytes" in envelope(answer)["result_msg"]
        assert codes(api.send("/debug.ping", b'{"a":"x"}', JSON)) == (200, 0)


def test_form_with_files(api: Client) -> None:
    """Fields count, files are left aside."""
    body = (
        b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--X\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\ntext\r\n--X--\r\n'
    )
    data = api.send("/debug.ping", body, {"Content-Type": "multipart/form-data; boundary=X"}).body["data"]
    assert data == {"msg": "ClearML server", "a": 1}


# What goes wrong inside


def test_unexpected_error(api: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """500/0 with the call's id, and nothing of what happened; the log has it all under that id."""

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("inner secret")

    token = api.login(api.key, api.secret)
    monkeypatch.setattr(api.backend.documents, "find", broken, raising=False)
    answer = api.call_raw("users.get_preferences", token=token)
    meta = envelope(answer)
    assert codes(answer) == (500, 0)
    assert meta["error_stack"] is None
    assert "inner secret" not in answer.text.decode()
    assert meta["id"] in meta["result_msg"]
    assert any(meta["id"] in record.getMessage() and record.exc_info for record in caplog.records)


def test_error_outside_of_a_call(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even then there is an envelope with an endpoint: without it SDKs repeat a call for ever."""

    def broken(*_: Any) -> Any:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(Router, "handle", broken)
    answer = api.send("/debug.ping")
    assert codes(answer) == (500, 0)
    assert b"inner secret" not in answer.text


def test_length_that_is_no_number(api: Client) -> None:
    """400, whatever the server in front lets through."""
    assert codes(api.send("/debug.ping", b"{}", {"Content-Length": "many"})) == (400, 0)


def test_form_with_too_many_fields(api: Client) -> None:
    """Refused, not cut."""
    form = b"&".join(b"a%d=1" % number for number in range(100_001))
    assert codes(api.send("/debug.ping", form, {"Content-Type": "application/x-www-form-urlencoded"})) == (400, 0)


def test_store_that_is_away(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 and a pause: the one status that SDKs repeat sensibly (spec 7 §4)."""

    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("/somewhere/documents.db: locked")

    token = api.login(api.key, api.secret)
    monkeypatch.setattr(api.backend.documents, "find", away, raising=False)
    answer = api.call_raw("users.get_preferences", token=token)
    assert codes(answer) == (503, 102)
    assert answer.headers["Retry-After"] == "2"
    assert b"/somewhere" not in answer.text


def test_answer_that_cannot_be_written(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler's broken result is a 500 with the envelope, too."""
    row = ENDPOINTS["debug.ping"]
    binding = evolve(row.bindings[0], handler=lambda call, data: {"a": object()})
    monkeypatch.setattr(wiring, "ENDPOINTS", {**ENDPOINTS, "debug.ping": evolve(row, bindings=(binding,))})
    answer = Client(wiring.create_api(api.backend), api.backend, api.key, api.secret).send("/debug.ping")
    assert codes(answer) == (500, 0)
    assert envelope(answer)["endpoint"]["name"] == "debug.ping"


def test_one_line_a_call(api: Client, caplog: pytest.LogCaptureFixture) -> None:
    """At level debug every call is logged with code, action and duration."""
    caplog.set_level(logging.DEBUG, "apiserver.calls.router")
    api.send("/v2.9/debug.ping")
    assert next(r.getMessage() for r in caplog.records if r.name == "apiserver.calls.router").startswith("200 debug.ping v2.9 ")


# Headers


def test_origins(api: Client) -> None:
    """By default every origin may call, as with the reference; see test_auth.py for what its cookie is worth then."""
    answer = api.send("/debug.ping", headers={"Origin": "https://app.example.com"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Access-Control-Allow-Origin" not in api.send("/debug.ping").headers


class TestOneOrigin:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"apiserver.cors.origins": ["https://app.example.com"]}

    def test_others_get_no_permission(self, api: Client) -> None:
        """A list of origins is all there is."""
        assert "Access-Control-Allow-Origin" in api.send("/debug.ping", headers={"Origin": "https://app.example.com"}).headers
        answer = api.send("/debug.ping", headers={"Origin": "https://app.example.com.evil.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/debug.ping", "/nothing", "/docs", "/openapi.json"])
def test_nobody_guesses_types(api: Client, path: str) -> None:
    """Browsers take every answer for what it says it is."""
    assert api.send(path, method="GET").headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_is_reflected_as_a_page(api: Client) -> None:
    """Errors are JSON, whatever the request claims to be."""
    answer = api.send("/v2.34/<script>alert(1)</script>", b"<script>", {"Content-Type": "text/html", "Accept": "text/html"})
    assert answer.headers["Content-Type"] == "application/json"
    assert b"<script>" not in api.send("/static/<script>", method="GET").text


# Descriptions


def test_openapi(api: Client) -> None:
    """Every action is described."""
    document = json.loads(api.send("/openapi.json", method="GET").text)
    assert document["openapi"].startswith("3.1")
    assert {path.rsplit("/", 1)[-1] for path in document["paths"]} == set(ENDPOINTS)
    assert api.send("/api/openapi.json", method="GET").text == api.send("/openapi.json", method="GET").text


def test_page_of_the_api(api: Client) -> None:
    """It names every action and loads nothing from anywhere."""
    answer = api.send("/docs", method="GET")
    assert answer.headers["Content-Type"].startswith("text/html")
    text = answer.text.decode()
    assert all(name in text for name in ENDPOINTS)
    assert "<script" not in text
    assert "src=" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
