"""Every migration of the MongoDB databases: what it makes of the old shape, twice, and a whole old database through all of them.

Source: spec 6 §3.3. On a real server; nothing of an expected shape is computed.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pymongo
import pytest

from apiserver.bootstrap import REFERENCE_MIGRATIONS
from apiserver.stores import migrations
from apiserver.stores.errors import Refused
from apiserver.stores.migrations import MigrationFailed, NotMigrated, Progress, Telling
from apiserver.stores.mongo.connection import place
from apiserver.stores.mongo.documents import MongoDocumentStore
from tests.migrations.old import ARTIFACTS, BY_KEY, COMPANY, T0, Place, check_today, old_database
from tests.servers.base import shared
from tests.servers.mongo import MONGO


@pytest.fixture
def at() -> Iterator[Place]:
    """Databases that nobody used yet."""
    address = shared(MONGO)
    names = {name: f"test_migrations_{uuid.uuid4().hex[:8]}_{name}" for name in ("backend", "auth")}
    with pymongo.MongoClient[Any](address) as client:
        places = {name: place(name, {"host": f"{address}/{database}"}) for name, database in names.items()}
        yield Place(client[names["backend"]], client[names["auth"]], places)
        for name in names.values():
            client.drop_database(name)


def quiet(progress: Progress) -> None:
    """Nobody listens."""


def test_the_steps_are_those_of_the_reference() -> None:
    """The same numbers as a new database begins with, each with a line for operators."""
    found = migrations.numbered("mongo")
    assert tuple(step.VERSION for step in found) == REFERENCE_MIGRATIONS
    assert all(step.WHAT and "\n" not in step.WHAT for step in found)


def test_0_12_1_system_tags(at: Place) -> None:
    """Words of the server leave the tags, each kind its own; what is in both is a system tag."""
    at.put({
        "task": [
            {"_id": "a", "tags": ["zeta", "development", "alpha", "Annotation-x", "archived", "active"]},
            {"_id": "b", "tags": ["x", "annotate"], "system_tags": ["x", "old"]}, {"_id": "c", "tags": None}, {"_id": "d"},
            {"_id": "e", "tags": ["public", "default"]}, {"_id": "f", "tags": []},
        ],
        "project": [{"_id": "a", "tags": ["public", "default", "archived", "development", "annotated"]}],
        "model": [{"_id": "a", "tags": ["active", "archived", "default"], "system_tags": None}],
    })  # fmt: skip
    at.step("0.12.1")
    assert at.rows("task", "project", "model") == {
        "task": [
            {"_id": "a", "tags": ["zeta", "alpha"], "system_tags": ["development", "Annotation-x", "archived", "active"]},
            {"_id": "b", "tags": [], "system_tags": ["x", "old", "annotate"]}, {"_id": "c", "tags": None}, {"_id": "d"},
            {"_id": "e", "tags": ["public", "default"]}, {"_id": "f", "tags": []},
        ],
        "project": [{"_id": "a", "tags": ["development", "annotated"], "system_tags": ["public", "default", "archived"]}],
        "model": [{"_id": "a", "tags": ["default"], "system_tags": ["active", "archived"]}],
    }  # fmt: skip


def test_0_13_0_preferences(at: Place) -> None:
    """Objects become texts, texts stay; the sign-in records lose their indexes."""
    at.put({"user": [{"_id": "a", "preferences": {"x": {"y": [1, None, "ü"]}}}, {"_id": "b", "preferences": "{}"}, {"_id": "c"}],
            "auth.user": [{"_id": "a"}]})  # fmt: skip
    at.auth["user"].create_index("name")
    at.step("0.13.0")
    assert at.rows("user")["user"] == [
        {"_id": "a", "preferences": '{"x": {"y": [1, null, "\\u00fc"]}}'}, {"_id": "b", "preferences": "{}"}, {"_id": "c"},
    ]  # fmt: skip
    assert set(at.auth["user"].index_information()) == {"_id_"}


def test_0_14_0_fixed_users(at: Place) -> None:
    """What a user with a password in its id owns goes to the user of its name; others stay. The reference's own step does nothing."""
    old, new = hashlib.md5(b"ann:secret").hexdigest(), hashlib.md5(f"{COMPANY}:ann".encode()).hexdigest()
    at.put({
        "auth.user": [{"_id": old, "name": "Ann", "email": f"{old}@example.com", "credentials": [{"key": "K", "secret": "S"}]},
                      {"_id": "other", "name": "Bob", "email": "bob@example.com"}],
        "user": [{"_id": old, "name": "Ann", "preferences": "{}"}, {"_id": "other", "name": "Bob"}],
        "task": [{"_id": "a", "user": old}, {"_id": "b", "user": "other"}], "model": [{"_id": "a", "user": old}],
        "project": [{"_id": "a", "user": old}],
    })  # fmt: skip
    at.step("0.14.0", renamed_users={old: new, "nobody": "else"})
    assert at.rows("auth.user", "user", "task", "model", "project") == {
        "auth.user": [{"_id": new, "name": "Ann", "email": f"{new}@example.com", "credentials": [{"key": "K", "secret": "S"}]},
                      {"_id": "other", "name": "Bob", "email": "bob@example.com"}],
        "user": [{"_id": new, "name": "Ann", "preferences": "{}"}, {"_id": "other", "name": "Bob"}],
        "task": [{"_id": "a", "user": new}, {"_id": "b", "user": "other"}], "model": [{"_id": "a", "user": new}],
        "project": [{"_id": "a", "user": new}],
    }  # fmt: skip


def test_0_15_0_sorted_tags(at: Place) -> None:
    """By code points; all indexes go."""
    at.put({
        "task": [{"_id": "a", "tags": ["b", "a", "B", "a"], "system_tags": ["z", "y"]}, {"_id": "b", "tags": None}],
        "queue": [{"_id": "a", "tags": ["2", "10"]}], "project": [{"_id": "a", "system_tags": ["é", "z"]}], "model": [{"_id": "a"}],
    })  # fmt: skip
    for name in ("task", "queue", "project"):
        at.backend[name].create_index("tags", name="old")
    at.step("0.15.0")
    assert at.rows("task", "queue", "project", "model") == {
        "task": [{"_id": "a", "tags": ["B", "a", "a", "b"], "system_tags": ["y", "z"]}, {"_id": "b", "tags": None}],
        "queue": [{"_id": "a", "tags": ["10", "2"]}], "project": [{"_id": "a", "system_tags": ["z", "é"]}], "model": [{"_id": "a"}],
    }  # fmt: skip
    assert all(set(at.backend[name].index_information()) == {"_id_"} for name in ("task", "queue", "project"))


def test_0_16_0_hyperparams(at: Place) -> None:
    """Sections by the beginning of the name; values as texts; old fields stay; what was edited since is kept when it runs again."""
    execution = {"parameters": {"lr": "0.1", "TF_DEFINE/batch": 5, "a%2Eb": "x", "General/x": None}, "model_desc": {"design": "net"}}
    edited = {"Args": {"lr": {"name": "lr", "section": "Args", "value": "0.2"}}}
    at.put({"task": [{"_id": "a", "execution": execution}, {"_id": "b", "execution": execution, "hyperparams": edited},
                     {"_id": "c", "execution": {"parameters": {}}}, {"_id": "d", "execution": None}]})  # fmt: skip
    at.step("0.16.0")

    def item(name: str, value: str, section: str = "Args") -> dict[str, str]:
        return {"section": section, "name": name, "value": value, "type": "legacy"}

    args = {"lr": item("lr", "0.1"), "a%2Eb": item("a%2Eb", "x"), "General/x": item("General/x", "None")}
    made = {"Args": args, "TF_DEFINE": {"batch": item("batch", "5", "TF_DEFINE")}}
    configuration = {"design": {"name": "design", "value": "net", "type": "legacy"}}
    assert at.rows("task")["task"] == [
        {"_id": "a", "execution": execution, "hyperparams": made, "configuration": configuration},
        {"_id": "b", "execution": execution, "hyperparams": {**made, "Args": {**args, **edited["Args"]}}, "configuration": configuration},
        {"_id": "c", "execution": {"parameters": {}}}, {"_id": "d", "execution": None},
    ]  # fmt: skip


def test_0_16_1_featured(at: Place) -> None:
    at.put({"project": [{"_id": "a"}, {"_id": "b", "featured": 1}]})
    at.step("0.16.1")
    assert at.rows("project")["project"] == [{"_id": "a", "featured": 9999}, {"_id": "b", "featured": 1}]


@pytest.mark.parametrize("version", ["0.16.2", "0.17.0"])
def test_artifacts_by_key(at: Place, version: str) -> None:
    """Both versions do it; the trash has the same shape as the tasks."""
    old = [{"_id": "a", "execution": {"artifacts": ARTIFACTS}}, {"_id": "b", "execution": {"artifacts": BY_KEY}}, {"_id": "c"},
           {"_id": "d", "execution": {"artifacts": []}}]  # fmt: skip
    at.put({"task": old, "task__trash": old[:1]})
    at.step(version)
    new = [{"_id": "a", "execution": {"artifacts": BY_KEY}}, {"_id": "b", "execution": {"artifacts": BY_KEY}}, {"_id": "c"},
           {"_id": "d", "execution": {"artifacts": {}}}]  # fmt: skip
    assert at.rows("task", "task__trash") == {"task": new, "task__trash": new[:1]}


def test_0_17_0_active_duration(at: Place) -> None:
    """Of tasks that have ended; nobody knows it of the others."""
    later = T0 + timedelta(seconds=90, milliseconds=500)
    at.put({"task": [
        {"_id": "a", "started": T0, "completed": later}, {"_id": "b", "started": T0, "completed": later, "active_duration": 0},
        {"_id": "c", "started": T0, "active_duration": 0, "status": "in_progress"}, {"_id": "d", "active_duration": 7},
        {"_id": "e", "active_duration": None}, {"_id": "f", "started": T0, "completed": later, "active_duration": None},
    ]})  # fmt: skip
    at.step("0.17.0")
    found = {task["_id"]: task.get("active_duration", "absent") for task in at.rows("task")["task"]}
    assert found == {"a": 90.5, "b": 90.5, "c": None, "d": 7, "e": None, "f": 90.5}


def test_1_0_0_tasks(at: Place) -> None:
    """Models, containers, keys; other models stay in their order, and those that name the same are replaced."""
    others = [{"name": "x", "model": "m0"}, {"name": "Input Model", "model": "m9"}, {"name": "y", "model": "m1"}]
    at.put({"task": [
        {"_id": "a", "execution": {"model": "m1", "docker_cmd": "nvidia/cuda:10 --ipc=host -e A=1", "model_labels": {"cat.a": 1, "$x": 2}},
         "output": {"model": "m2", "result": "r"}},
        {"_id": "b", "execution": {"model": "m1"}, "models": {"input": others, "output": [{"name": "o", "model": "m3"}]},
         "output": {"model": "m2"}},
        {"_id": "c", "execution": {"model": "", "docker_cmd": ""}, "output": {"model": None}, "models": None},
        {"_id": "d", "execution": {"docker_cmd": "image"}, "container": {"image": "old", "x.y": "z"}},
        {"_id": "e", "execution": {"model": "m"}, "models": None},
        {"_id": "f", "container": {"a.b": "c", "100%": "d"}, "execution": {"model_labels": {"100%": 1, "50%%": 2}}},
        {"_id": "g", "execution": {"model_labels": {"100%%": 1, "a%2Eb": 2, "c": 3}}},
    ]})  # fmt: skip
    at.step("1.0.0")
    found = at.rows("task")["task"]
    for task in found:
        for item in [*(task.get("models") or {}).get("input", ()), *(task.get("models") or {}).get("output", ())]:
            if "updated" in item:
                assert datetime.now(UTC).replace(tzinfo=None) - item.pop("updated") < timedelta(minutes=5)
    m1, m2 = {"model": "m1", "name": "Input Model"}, {"model": "m2", "name": "Output Model"}
    assert found == [
        {"_id": "a", "execution": {"model_labels": {"cat%2Ea": 1, "%24x": 2}}, "output": {"result": "r"},
         "models": {"input": [m1], "output": [m2]}, "container": {"image": "nvidia/cuda:10", "arguments": "--ipc=host -e A=1"}},
        {"_id": "b", "execution": {}, "models": {"input": [m1, others[0]], "output": [{"name": "o", "model": "m3"}, m2]}, "output": {}},
        {"_id": "c", "execution": {}, "output": {}, "models": None},
        {"_id": "d", "execution": {}, "container": {"image": "image", "arguments": ""}},
        {"_id": "e", "execution": {}, "models": {"input": [{"model": "m", "name": "Input Model"}], "output": []}},
        {"_id": "f", "container": {"a%2Eb": "c", "100%%": "d"}, "execution": {"model_labels": {"100%%": 1, "50%%%%": 2}}},
        {"_id": "g", "execution": {"model_labels": {"100%%": 1, "a%2Eb": 2, "c": 3}}},
    ]  # fmt: skip


def test_1_0_0_projects(at: Place) -> None:
    """Without any index, as after an older step: no two projects of a company get one name, which the reference's own step lets happen."""
    at.put({"project": [
        {"_id": "1", "company": "c", "name": "A_B"}, {"_id": "2", "company": "c", "name": "A/B", "path": []},
        {"_id": "3", "company": "c", "name": "A//B", "path": None}, {"_id": "4", "company": "d", "name": "A/B"},
        {"_id": "5", "company": "c", "name": "top/below", "path": ["6"]}, {"_id": "6", "company": "c", "name": "top"},
    ]})  # fmt: skip
    at.step("1.0.0")
    names = {row["_id"]: row["name"] for row in at.rows("project")["project"]}
    assert names == {"1": "A_B", "2": "A__B", "3": "A____B", "4": "A_B", "5": "top/below", "6": "top"}


def test_1_0_2_descriptions(at: Place) -> None:
    """Only those that a client made up, in any case of letters, and short."""
    long = "Auto-generated at " + "x" * 90
    kept = ["mine", "auto-generated", long, "Auto-generated during move!", " Auto-generated at 1", "Auto-generated during move\n"]
    gone = ["Auto-generated at 2020-01-01 by x", "auto-GENERATED at ü", "auto-generated during MOVE", "Auto-generated while cloning"]
    at.put({"project": [{"_id": text, "description": text} for text in (*kept, *gone)] + [{"_id": "none"}]})
    at.step("1.0.2")
    assert {row["_id"] for row in at.rows("project")["project"] if "description" in row} == set(kept)


def test_1_3_0_metadata(at: Place) -> None:
    """Keyed by the escaped key; the indexes are made anew."""
    items = [{"key": "a.b", "type": "t", "value": "1"}, {"key": "_x", "type": "t", "value": "2"}, {"type": "no key"}]
    by_key = {"a%2Eb": items[0], "%_x": items[1]}
    at.put({"model": [{"_id": "a", "metadata": items}, {"_id": "b", "metadata": {}}, {"_id": "c"}],
            "queue": [{"_id": "a", "metadata": []}]})  # fmt: skip
    at.backend["model"].create_index("name")
    at.step("1.3.0")
    assert at.rows("model", "queue") == {
        "model": [{"_id": "a", "metadata": by_key}, {"_id": "b", "metadata": {}}, {"_id": "c"}], "queue": [{"_id": "a", "metadata": {}}],
    }  # fmt: skip
    assert set(at.backend["model"].index_information()) == {"_id_"}


def test_1_6_0_basenames(at: Place) -> None:
    at.put({"project": [{"_id": "a", "name": "x/y/z"}, {"_id": "b", "name": "top", "basename": None}, {"_id": "c", "name": "q",
            "basename": "kept"}]})  # fmt: skip
    at.step("1.6.0")
    assert [row["basename"] for row in at.rows("project")["project"]] == ["z", "top", "kept"]


def test_1_7_0_users(at: Place) -> None:
    """Where the sign-in record knows."""
    at.put({"user": [{"_id": "a"}, {"_id": "b"}, {"_id": "c", "created": T0}, {"_id": "d"}],
            "auth.user": [{"_id": "a", "created": T0}, {"_id": "b"}, {"_id": "c", "created": T0 + timedelta(1)}]})  # fmt: skip
    at.step("1.7.0")
    assert at.rows("user")["user"] == [{"_id": "a", "created": T0}, {"_id": "b"}, {"_id": "c", "created": T0}, {"_id": "d"}]


def test_1_9_0_text_index(at: Place) -> None:
    """The old one goes; a start makes the new one."""
    name = "backend-db.task.main_text_index"
    at.put({"task": [{"_id": "a", "name": "n"}]})
    at.backend["task"].create_index([("name", "text"), ("comment", "text")], name=name, weights={"name": 10})
    at.step("1.9.0")
    assert name not in at.backend["task"].index_information()
    MongoDocumentStore(at.places).close()
    assert at.backend["task"].index_information()[name]["weights"]["report"] == 10


# The run


def test_a_new_database_has_nothing_to_do(at: Place) -> None:
    """Also when a start was cut off after it made the collections with their indexes."""
    found = at.migrations().status()
    assert (found.pending, found.version) == ([], "")
    MongoDocumentStore(at.places).close()
    assert at.migrations().status().pending == []
    at.migrations().run(quiet)
    assert at.versions() == []


def test_what_is_recorded_is_what_the_reference_records(at: Place) -> None:
    """One row for each, in order, with its text; only those above the newest run."""
    at.put({"company": [{"_id": COMPANY, "name": "trains"}]})
    at.at("1.3.0")
    status = at.migrations().status(count=True)
    assert (status.version, [step.number for step in status.pending]) == ("1.0.2", ["1.3.0", "1.6.0", "1.7.0", "1.9.0"])
    assert [step.left for step in status.pending] == [0, 0, 0, 0]
    with pytest.raises(NotMigrated, match=r"of an older release \(1\.0\.2\).*trackyard migrate run"):
        at.migrations().refuse_old()
    at.migrations().run(quiet)
    assert at.versions()[1:] == ["1.3.0", "1.6.0", "1.7.0", "1.9.0"]
    row = at.backend["versions"].find_one({"num": "1.9.0"})
    assert set(row) == {"_id", "num", "created", "desc"}
    assert re.fullmatch("[0-9a-f]{32}", row["_id"])
    assert row["desc"] == "Applied on server startup"
    at.migrations().refuse_old()


def test_versions_compare_as_numbers(at: Place) -> None:
    """1.10 is newer than 1.9; what is no version is named."""
    at.put({"versions": [{"_id": "a", "num": "1.10.0"}, {"_id": "b", "num": "0.9.0"}]})
    status = at.migrations().status()
    assert (status.version, status.pending) == ("1.10.0", [])
    assert "newer release" in status.notes[0]
    at.put({"versions": [{"_id": "c", "num": "latest"}]})
    with pytest.raises(Refused, match=r"versions\.num of 'c' is no version: 'latest'"):
        at.migrations().status()


def test_a_document_that_cannot_be_read_stops_the_run(at: Place) -> None:
    """Nothing after it is tried, and nothing is recorded; after it is mended, the run goes on."""
    at.put({"company": [{"_id": "c"}], "model": [{"_id": "a", "metadata": [{"key": "k"}]}, {"_id": "b", "metadata": {}}]})
    at.at("1.3.0")
    at.backend.command("collMod", "model", validator={"metadata": {"$not": {"$type": "object"}}})
    with pytest.raises(MigrationFailed, match=r"migration 1\.3\.0: a change was refused: MongoDB: Document failed validation"):
        at.migrations().run(quiet)
    assert at.versions() == ["1.0.2"]
    at.backend.command("collMod", "model", validator={})
    at.migrations().run(quiet)
    assert at.versions()[-1] == "1.9.0"


def test_killed_at_any_write_it_goes_on(at: Place) -> None:
    """However often it dies, after each step that got through the end is the same as without."""
    old_database(at)
    changing = migrations.module("mongo.changing")
    size, changing.BATCH = changing.BATCH, 1
    try:
        deaths = 0
        while True:
            allowed = deaths + 1

            def tell(progress: Progress) -> None:
                nonlocal allowed
                allowed -= 1
                if not allowed:
                    raise KeyboardInterrupt

            try:
                at.migrations().run(tell)
            except KeyboardInterrupt:
                deaths += 1
            else:
                break
    finally:
        changing.BATCH = size
    assert deaths > 3
    check_today(at)


def test_the_same_names_are_found(at: Place) -> None:
    """As the reference's own migration may have left them."""
    at.put({"company": [{"_id": "c"}], "project": [{"_id": n, "company": "c", "name": "A_B", "basename": "A_B"} for n in ("1", "2")]})
    at.backend["versions"].insert_one({"num": "1.9.0"})
    assert at.migrations().verify() == ["projects 1, 2 have the same name, 'A_B': rename all but one"]
    at.backend["task"].insert_one({"_id": "t", "execution": {"artifacts": []}})
    assert "1 documents have the shape from before 0.16.2" in at.migrations().verify()[0]


def test_telling_says_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then, and at the end; the rate once there is one."""
    now = 100.0
    monkeypatch.setattr("apiserver.stores.migrations.time.monotonic", lambda: now)
    said: list[str] = []
    telling = Telling(said.append)
    for now, done in ((100.0, 10), (101.0, 500), (110.0, 1000), (112.0, 1500), (140.0, 4000)):  # noqa: B007
        telling(Progress("documents", "1.0.0", done, 4000))
    assert said == [
        "documents 1.0.0: 10 of 4,000",
        "documents 1.0.0: 1,000 of 4,000, 100 a second, 30 s left",
        "documents 1.0.0: 4,000 of 4,000, 100 a second",
    ]


def test_a_whole_old_database(at: Place) -> None:
    """All steps in a row; then a store opens on it, makes today's indexes, and nothing is pending."""
    old_database(at)
    at.migrations().run(quiet)
    check_today(at)
    MongoDocumentStore(at.places).close()
    assert at.backend["project"].index_information()["name_1_company_1"]["unique"] is True
