"""Projects to a zip file and back (spec 6 §9): round trips over the API, old shapes, and files that are made to do harm."""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apiserver.exchange import texts
from apiserver.exchange.archives import BadArchive
from apiserver.exchange.exporting import NotExported, Wanted, export
from apiserver.exchange.importing import Imported, Options, import_
from apiserver.stores.backend import Backend
from apiserver.stores.collections import AUTH_USERS, MODELS, PROJECTS, TASKS, USERS
from apiserver.stores.events import SCALAR, Entity, Selection
from apiserver.stores.filters import Eq
from apiserver.testing.client import Client
from apiserver.testing.server import serving, stores

COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
ALL = Wanted(statuses=())
FILE = "http://localhost:8081/vision/run.1/artifacts/data/data%20x.csv"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Client]:
    """Another server, with nothing in it."""
    with serving(tmp_path / "other") as client:
        yield client


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The folder of uploads of the server `api`, with one file in it."""
    folder = tmp_path / "files"
    (folder / "vision/run.1/artifacts/data").mkdir(parents=True)
    (folder / "vision/run.1/artifacts/data/data x.csv").write_bytes(b"x,y\n1,2\n")
    return folder


def filled(api: Client) -> dict[str, str]:
    """Projects, a task with everything, a model; their ids."""
    root = api.call("projects.create", {"name": "team/vision", "description": "d"})["id"]
    below = api.call("projects.create", {"name": "team/vision/deep", "description": ""})["id"]
    model = api.call("models.create", {"uri": FILE, "name": "net", "project": root, "labels": {"cat.a": 1}})["id"]
    task = api.call(
        "tasks.create",
        {
            "name": "run", "type": "training", "project": below, "comment": "mine", "tags": ["b", "Exported: 2020-01-01 00:00:00"],
            "hyperparams": {"Args": {"lr.x": {"name": "lr.x", "section": "Args", "value": "0.1", "type": "float"}}},
            "models": {"input": [{"name": "m", "model": model}], "output": []},
            "execution": {"artifacts": [{"key": "data", "type": "custom", "uri": FILE}]},
        },
    )["id"]  # fmt: skip
    api.call("tasks.started", {"task": task})
    events: list[dict[str, Any]] = [
        {"type": SCALAR, "task": task, "metric": "loss", "variant": "a", "iter": i, "value": 1 / (i + 1), "timestamp": 1000 + i}
        for i in range(25)
    ]
    events += [
        {"type": "log", "task": task, "msg": "hällo", "level": "info", "timestamp": 2000},
        {"type": "log", "task": task, "msg": "hällo", "level": "info", "timestamp": 2000},
        {"type": "plot", "task": task, "metric": "p", "variant": "v", "iter": 1, "plot_str": '{"source": "http://localhost:8081/p/i.png"}'},
        {"type": "training_debug_image", "task": task, "metric": "i", "variant": "v", "iter": 1, "key": "k", "url": FILE},
        {"type": "training_stats_vector", "task": task, "metric": "vec", "variant": "v", "iter": 1, "values": [1, 2]},
    ]
    api.batch("events.add_batch", events)
    return {"root": root, "below": below, "model": model, "task": task}


def exported(api: Client, folder: Path, wanted: Wanted = ALL, **more: Any) -> Path:
    return export(api.backend, wanted, COMPANY, folder / "out.zip", **more).file


def imported(client: Client, file: Path, **options: Any) -> Imported:
    return import_(client.backend, file, Options(**{"company": COMPANY, **options}))


def test_everything_comes_back(api: Client, other: Client, tmp_path: Path, files: Path) -> None:
    ids = filled(api)
    found = export(api.backend, ALL, COMPANY, tmp_path / "out.zip", files=files)
    assert (found.projects, found.tasks, found.models, found.events, found.files) == (3, 1, 1, 30, 1)
    assert list(found.missing) == ["http://localhost:8081/p/i.png"]
    target = tmp_path / "new-files"
    done = import_(other.backend, found.file, Options(company=COMPANY), files=target)
    assert (done.projects, done.tasks, done.models, done.events, done.bad_events, done.files) == (3, 1, 1, 30, 0, 1)
    assert (target / "vision/run.1/artifacts/data/data x.csv").read_bytes() == b"x,y\n1,2\n"

    mine, theirs = (one.call("tasks.get_by_id", {"task": ids["task"]})["task"] for one in (api, other))
    for name in ("user", "status_reason", "status_message", "last_changed_by", "tags"):
        mine.pop(name, None)
        theirs.pop(name, None)
    assert theirs == mine
    assert other.call("tasks.get_all", {"id": [ids["task"]], "only_fields": ["tags"]})["tasks"][0]["tags"] == ["b"]
    for name in ("root", "below"):
        mine, theirs = (one.backend.documents.get(PROJECTS, ids[name]) for one in (api, other))
        assert {**theirs, "user": ""} == {**mine, "user": ""}
    mine, theirs = (one.backend.documents.get(MODELS, ids["model"]) for one in (api, other))
    assert (theirs["uri"], theirs["labels"], theirs["name"]) == (mine["uri"], mine["labels"], mine["name"])

    asked = {"task": ids["task"], "order": "asc"}
    for name in ("events.get_task_log", "events.get_task_events", "events.scalar_metrics_iter_histogram", "events.get_task_plots"):
        given = {"task": ids["task"]} if name.endswith(("histogram", "plots")) else asked
        answers = [one.call(name, given) for one in (api, other)]
        for answer in answers:
            answer.pop("scroll_id", None)
            if "events" in answer:  # NOTE: of the same iteration in any order
                answer["events"].sort(key=lambda event: json.dumps(event, sort_keys=True))
        assert answers[0] == answers[1], name


def test_the_file_is_in_the_format(api: Client, tmp_path: Path) -> None:
    ids = filled(api)
    file = exported(api, tmp_path, Wanted(statuses=(), metadata={"public": False}, users=True))
    total = hashlib.md5()
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == [
            "metadata.json", "users.json", "database.model.model.Model.json", "database.model.project.Project.json",
            f"database.model.task.task.Task_{ids['task']}_events.json", "database.model.task.task.Task.json",
        ]  # fmt: skip
        for about in archive.infolist():
            assert about.compress_type == zipfile.ZIP_BZIP2
            total.update(archive.read(about))
        lines = archive.read("database.model.project.Project.json").decode().splitlines()
        task = json.loads(archive.read("database.model.task.task.Task.json").decode())[0]
        users = json.loads(archive.read("users.json"))
    assert file.name == f"out_{total.hexdigest()}.zip"
    assert (lines[0], lines[-1], lines[1][-2:], lines[-2][-1]) == ("[", "]", "},", "}")
    assert [json.loads(line.rstrip(","))["name"] for line in lines[1:-1]] == ["team", "team/vision", "team/vision/deep"]
    assert re.fullmatch(r"\d{13}", str(task["created"]["$date"]))
    assert (task["_id"], task["company"], task["execution"]["test_split"]) == (ids["task"], "", 0)
    assert "lr%2Ex" in task["hyperparams"]["Args"]
    assert users["auth"][0]["credentials"] == []
    assert json.loads((tmp_path / "out.map").read_text())["files"] == [file.name]


def test_a_project_without_its_parent_becomes_a_root(api: Client, other: Client, tmp_path: Path) -> None:
    ids = filled(api)
    imported(other, exported(api, tmp_path, Wanted(projects=["team/vision"], statuses=())))
    projects = {one["id"]: one for one in other.backend.documents.list(PROJECTS, Eq("company", COMPANY))}
    assert set(projects) == {ids["root"], ids["below"]}
    assert (projects[ids["root"]]["name"], projects[ids["root"]]["path"], projects[ids["root"]]["parent"]) == ("vision", [], None)
    below = projects[ids["below"]]
    assert (below["name"], below["basename"], below["path"], below["parent"]) == ("vision/deep", "deep", [ids["root"]], ids["root"])
    assert other.call("projects.get_all_ex", {"name": "^vision/deep$"})["projects"][0]["id"] == ids["below"]


def test_only_published_tasks_and_no_archived_ones_are_exported(api: Client, tmp_path: Path) -> None:
    ids = filled(api)
    assert export(api.backend, Wanted(), COMPANY, tmp_path / "a").tasks == 0
    api.call("tasks.archive", {"tasks": [ids["task"]]})
    assert export(api.backend, ALL, COMPANY, tmp_path / "b").tasks == 0
    with pytest.raises(NotExported, match="there is no project 'nope'"):
        export(api.backend, Wanted(projects=["nope"]), COMPANY, tmp_path / "c")
    assert not list(tmp_path.glob("c*"))


def test_examples_are_for_all_and_cannot_be_changed(api: Client, other: Client, tmp_path: Path) -> None:
    ids = filled(api)
    done = import_(other.backend, exported(api, tmp_path), Options())
    assert (done.company, done.user) == ("", "__allegroai__")
    assert other.backend.documents.get(USERS, "__allegroai__")["name"] == "Allegro.ai"
    assert other.call("tasks.get_by_id", {"task": ids["task"]})["task"]["company"] == ""
    assert other.call("events.get_task_log", {"task": ids["task"]})["total"] == 2
    raw = other.call_raw("tasks.edit", {"task": ids["task"], "name": "other"})
    assert raw.status >= 400


@pytest.mark.parametrize("ids_", ["new", "example"])
def test_other_ids(api: Client, tmp_path: Path, ids_: Any) -> None:
    """Into the very server it comes from: both are there."""
    ids = filled(api)
    done = imported(api, exported(api, tmp_path), ids=ids_)
    assert set(done.renamed) == {"team"}
    tasks = api.backend.documents.list(TASKS, Eq("company", COMPANY))
    assert len(tasks) == 2
    (copy,) = [one for one in tasks if one["id"] != ids["task"]]
    assert copy["models"]["input"][0]["model"] != ids["model"]
    assert api.backend.documents.get(MODELS, copy["models"]["input"][0]["model"])["project"] != ids["root"]
    project = api.backend.documents.get(PROJECTS, copy["project"])
    assert (project["name"], len(project["path"])) == ("team/vision/deep", 2)
    assert api.backend.documents.get(PROJECTS, ids["below"])["name"] == f"{done.renamed['team']}/vision/deep"
    assert api.backend.events.count(Selection((Entity(COMPANY, copy["id"]),), (SCALAR,))) == 25
    if ids_ == "example":
        assert copy["id"] == f"e-{ids['task']}"


def test_importing_twice_is_importing_once(api: Client, other: Client, tmp_path: Path) -> None:
    ids = filled(api)
    file = exported(api, tmp_path)
    first, again = imported(other, file), imported(other, file)
    assert first == again
    assert other.call("events.get_task_log", {"task": ids["task"]})["total"] == 2


def test_users_come_along_without_keys(api: Client, other: Client, tmp_path: Path) -> None:
    filled(api)
    api.backend.documents.insert(AUTH_USERS, {"id": "ann", "name": "Ann", "email": "ann@x.org", "company": COMPANY, "role": "user",
                                              "credentials": [{"key": "k", "secret": "s"}]})  # fmt: skip
    api.backend.documents.insert(USERS, {"id": "ann", "name": "Ann", "company": COMPANY})
    (task,) = api.backend.documents.list(TASKS, Eq("company", COMPANY))
    api.backend.documents.replace(TASKS, {**task, "user": "ann"})
    file = exported(api, tmp_path, Wanted(statuses=(), users=True))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    imported(other, file)
    assert other.backend.documents.get(TASKS, task["id"])["user"] == "ann"
    assert other.backend.documents.get(AUTH_USERS, "ann")["credentials"] == []


def archive_of(file: Path, members: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def listed(*documents: Mapping[str, Any]) -> bytes:
    return b"".join(texts.lines(json.dumps(one) for one in documents))


def test_old_shapes_become_those_of_today(other: Client, tmp_path: Path) -> None:
    task = {
        "_id": "t1", "name": "old", "type": "training", "status": "completed", "company": "x", "company_origin": "y", "project": "p1",
        "created": {"$date": 1580000000000}, "last_update": {"$date": "2020-01-26T00:53:20.000Z"}, "output": {"model": "m2", "result": "r"},
        "hyperparams": {"Args": {"lr": {"name": "lr", "section": "Args", "value": "9"}}},
        "execution": {
            "parameters": {"lr": "0.1", "TF_DEFINE/batch": "5"}, "model_desc": {"design": "net"}, "model": "m1",
            "docker_cmd": "nvidia/cuda:10 --ipc=host", "artifacts": [{"key": "data", "mode": "output", "uri": "u", "type": "custom"}],
        },
    }  # fmt: skip
    event = {"type": "log", "task": "t1", "msg": "x", "timestamp": 1580000000000, "@timestamp": "2020-01-26T00:53:20.000Z", "worker": "w"}
    members = {
        texts.PROJECT_MEMBER: listed({"_id": "p1", "name": "a/b"}), texts.TASK_MEMBER: listed(task),
        texts.MODEL_MEMBER: listed({"_id": "m1", "name": "m", "metadata": [{"key": "a.b", "type": "str", "value": "1"}]}),
        texts.events_member("t1"): listed(event, {"type": "log", "task": 5, "timestamp": "never"}, {"type": "nothing"}),
    }  # fmt: skip
    done = imported(other, archive_of(tmp_path / "old.zip", members))
    assert (done.events, done.bad_events) == (1, 2)
    found = other.backend.documents.get(TASKS, "t1")
    assert found["hyperparams"] == {
        "Args": {"lr": {"name": "lr", "section": "Args", "value": "9"}},
        "TF_DEFINE": {"batch": {"section": "TF_DEFINE", "name": "batch", "value": "5", "type": "legacy"}},
    }
    assert found["configuration"] == {"design": {"name": "design", "value": "net", "type": "legacy"}}
    assert found["container"] == {"image": "nvidia/cuda:10", "arguments": "--ipc=host"}
    assert [found["models"][side][0]["model"] for side in ("input", "output")] == ["m1", "m2"]
    assert list(found["execution"]) == ["artifacts"]
    assert found["execution"]["artifacts"]["8d777f385d3dfec8815d20f7496026dc_output"]["uri"] == "u"
    assert found["output"] == {"result": "r"}
    assert (found["created"], found["company"]) == (datetime(2020, 1, 26, 0, 53, 20, tzinfo=UTC), COMPANY)
    assert "company_origin" not in found
    assert other.backend.documents.get(MODELS, "m1")["metadata"]["a%2Eb"]["value"] == "1"
    assert other.backend.documents.get(PROJECTS, "p1")["basename"] == "b"


# Files that are made to do harm

GOOD = {texts.PROJECT_MEMBER: listed({"_id": "p1", "name": "fine"})}
BAD: dict[str, tuple[Mapping[str, bytes | str], str]] = {
    "nothing of ours": ({"x.txt": "x"}, "is no export"),
    "no JSON": ({**GOOD, texts.TASK_MEMBER: "[\n{nope}\n]\n"}, "no JSON"),
    "no object": ({**GOOD, texts.TASK_MEMBER: "[\n5\n]\n"}, "no JSON object"),
    "no id": ({**GOOD, texts.TASK_MEMBER: listed({"name": "x"})}, "without an _id"),
    "id twice": ({**GOOD, texts.TASK_MEMBER: listed({"_id": "t", "name": "x"}, {"_id": "t", "name": "y"})}, "twice"),
    "no name": ({**GOOD, texts.TASK_MEMBER: listed({"_id": "t"})}, "the name of t is no text"),
    "wrong part": ({**GOOD, texts.TASK_MEMBER: listed({"_id": "t", "name": "x", "execution": [1]})}, "execution of t is no object"),
    "wrong date": ({**GOOD, texts.TASK_MEMBER: listed({"_id": "t", "name": "x", "created": {"$date": "soon"}})}, "no date"),
    "wrong bytes": ({**GOOD, texts.TASK_MEMBER: b"[\n\xff\xfe\n]\n"}, "no UTF-8 text"),
    "wrong events": ({**GOOD, texts.events_member("t"): "[\n{]\n"}, "no JSON"),
    "deep": ({**GOOD, texts.TASK_MEMBER: "[\n" + '{"a":' * 100_000 + "1" + "}" * 100_000 + "\n]\n"}, "no JSON"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_archive_leaves_nothing_behind(other: Client, tmp_path: Path, name: str) -> None:
    members, why = BAD[name]
    with pytest.raises(BadArchive, match=re.escape(why)):
        imported(other, archive_of(tmp_path / "bad.zip", members))
    assert other.backend.documents.count(PROJECTS, Eq("id", "p1")) == 0


def test_what_is_no_zip_or_is_cut_off_is_refused(other: Client, tmp_path: Path) -> None:
    whole = archive_of(tmp_path / "whole.zip", {**GOOD, texts.TASK_MEMBER: listed({"_id": "t", "name": "x" * 5000})}).read_bytes()
    for content in (b"", b"PK", b"x" * 1000, whole[:-30], whole[: len(whole) // 2]):
        (tmp_path / "bad.zip").write_bytes(content)
        with pytest.raises(BadArchive):
            imported(other, tmp_path / "bad.zip")
    assert other.backend.documents.count(PROJECTS, Eq("id", "p1")) == 0


def test_a_byte_that_is_wrong_is_found_or_makes_no_difference(other: Client, tmp_path: Path) -> None:
    whole = archive_of(tmp_path / "whole.zip", {**GOOD, texts.TASK_MEMBER: listed({"_id": "t", "name": "xyz" * 500})}).read_bytes()
    refused = 0
    for place in range(0, len(whole), 3):
        (tmp_path / "bad.zip").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            done = imported(other, tmp_path / "bad.zip")
        except BadArchive:
            refused += 1
            continue
        assert done.projects + done.tasks > 0
        for task in other.backend.documents.list(TASKS, Eq("id", "t")):
            assert task["name"] == "xyz" * 500
    assert refused > len(whole) / 6


def test_bombs_are_refused(other: Client, tmp_path: Path) -> None:
    """A line that never ends, and more than may be unpacked."""
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(texts.PROJECT_MEMBER, GOOD[texts.PROJECT_MEMBER])
        with archive.open(texts.TASK_MEMBER, "w") as out:
            for _ in range(70):
                out.write(b" " * 1024 * 1024)
    assert file.stat().st_size < 200_000
    with pytest.raises(BadArchive, match="a line of more than 64 MiB"):
        imported(other, file)
    with pytest.raises(BadArchive, match="holds more than 1,000,000 bytes when it is unpacked"):
        imported(other, file, max_bytes=1_000_000)
    tasks = listed(*({"_id": f"t{i}", "name": "x" * 1000} for i in range(2000)))
    many = archive_of(tmp_path / "many.zip", {**GOOD, texts.TASK_MEMBER: tasks})
    with pytest.raises(BadArchive, match="holds more than"):
        imported(other, many, max_bytes=1_000_000)
    assert other.backend.documents.count(TASKS, Eq("company", COMPANY)) == 0


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", "a\\..\\..\\evil", "C:/evil", "..", "./x", "a/./b", "\\\\host\\share", "link"]
)
def test_artifacts_never_leave_the_folder(other: Client, tmp_path: Path, name: str) -> None:
    file = archive_of(tmp_path / "x.zip", GOOD)
    about = zipfile.ZipInfo(name)
    if name == "link":
        about.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.artifacts", "w") as archive:
        archive.writestr("fine.txt", "x")
        archive.writestr(about, "/etc/passwd")
    folder = tmp_path / "below" / "files"
    folder.mkdir(parents=True)
    with pytest.raises(BadArchive, match=r"leaves the folder|is no plain file"):
        import_(other.backend, file, Options(company=COMPANY), files=folder)
    assert list(folder.iterdir()) == []
    assert not list(tmp_path.rglob("evil"))
    assert other.backend.documents.count(PROJECTS, Eq("id", "p1")) == 0


def test_a_link_in_the_folder_is_not_followed(other: Client, tmp_path: Path) -> None:
    file = archive_of(tmp_path / "x.zip", GOOD)
    archive_of(tmp_path / "x.artifacts", {"out/evil": "x"})
    folder, outside = tmp_path / "files", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "out").symlink_to(outside)
    with pytest.raises(BadArchive, match="leaves the folder"):
        import_(other.backend, file, Options(company=COMPANY), files=folder)
    assert list(outside.iterdir()) == []


def test_a_file_that_is_there_is_replaced_whole(other: Client, tmp_path: Path) -> None:
    file = archive_of(tmp_path / "x.zip", GOOD)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/b.txt", "new")
    (tmp_path / "x.artifacts").write_bytes(buffer.getvalue())
    folder = tmp_path / "files"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "b.txt").write_text("old and longer")
    assert import_(other.backend, file, Options(company=COMPANY), files=folder).files == 1
    assert (folder / "a" / "b.txt").read_text() == "new"
    assert [one.name for one in (folder / "a").iterdir()] == ["b.txt"]


def test_an_empty_store_takes_an_archive(tmp_path: Path, api: Client) -> None:
    ids = filled(api)
    file = exported(api, tmp_path)
    with stores(tmp_path / "empty") as backend:
        assert import_into(backend, file).tasks == 1
        assert backend.documents.get(TASKS, ids["task"])["name"] == "run"


def import_into(backend: Backend, file: Path) -> Imported:
    return import_(backend, file, Options())
