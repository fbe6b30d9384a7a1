"""The databases are the reference server's: names, indexes, and documents that it wrote. Source: spec 2 §6, 3 §2, 5 §2.1, 6 §3.6."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pymongo
import pytest

from apiserver.stores.collections import ALL, AUTH_USERS, PROJECTS, TASKS
from apiserver.stores.errors import StoreError
from apiserver.stores.filters import Eq, Fold, Push, Set, SetElement, Text
from apiserver.stores.mongo.connection import place
from apiserver.stores.mongo.documents import MongoDocumentStore
from tests.servers.base import shared
from tests.servers.mongo import MONGO

TASK = {
    "_id": "0123456789abcdef0123456789abcdef", "company": "c", "user": "u", "name": "a task", "type": "training", "status": "created",
    "created": datetime(2024, 11, 22, 4, 6, 11, 51000), "project": "p", "output": {"_cls": "Output"}, "tags": [], "system_tags": [],
    "execution": {"test_split": 0, "artifacts": {"8d777f385d3dfec8815d20f7496026dc_output": {"_cls": "Artifact", "key": "data"}}},
    "hyperparams": {"Args": {"a%2Eb": {"_cls": "ParamsItem", "section": "Args", "name": "a.b", "value": "1"}}},
    "last_iteration": 2**40, "active_duration": 90.0, "of_another_release": {"x": [1, None]},
    "models": {"input": [{"name": "m", "model": "1"}, {"name": "n", "model": "2"}], "output": []},
}  # fmt: skip
"""As the reference server stores one, with a field that we do not know."""


@pytest.fixture(scope="module")
def client() -> Iterator[pymongo.MongoClient[Any]]:
    """The driver alone."""
    with pymongo.MongoClient[Any](shared(MONGO)) as opened:
        yield opened


@pytest.fixture
def databases(client: pymongo.MongoClient[Any]) -> Iterator[dict[str, str]]:
    """Names of two new databases."""
    names = {name: f"test_layout_{uuid.uuid4().hex[:8]}_{name}" for name in ("backend", "auth")}
    yield names
    for name in names.values():
        client.drop_database(name)


def opened(client: pymongo.MongoClient[Any], databases: dict[str, str]) -> MongoDocumentStore:
    host = "mongodb://{}:{}".format(*client.address)  # type: ignore[misc]
    return MongoDocumentStore({name: place(name, {"host": f"{host}/{database}"}) for name, database in databases.items()})


def names(*paths: str) -> set[str]:
    return {"_id_", *("_".join(f"{part}_1" for part in path.split("+")) for path in paths)}


EXPECTED = {
    "project": names("parent", "path", "company+name", "company+basename", "company+parent+system_tags+featured+last_update",
                     "name+company") | {"backend-db.project.main_text_index"},
    "task": names(
        "created", "started", "completed", "active_duration", "parent", "project", "last_update", "status_changed", "models.input.model",
        "company+name", "company+status+type", "company+last_update+system_tags", "company+type+system_tags+status",
        "company+project+type+system_tags+status", "status+last_update", "company+project", "company+tags", "company+system_tags",
        "company+project+tags", "company+project+system_tags", "company+user", "company+project+user", "company+parent",
        "company+project+parent", "company+type", "company+project+type",
    ) | {"backend-db.task.main_text_index"},
    "model": names(
        "parent", "project", "task", "last_update", *(f"company+{f}" for f in ("last_update", "name", "uri", "tags", "system_tags", "user",
        "framework")), *(f"company+project+{f}" for f in ("tags", "system_tags", "user", "framework")),
    ) | {"backend-db.model.main_text_index"},
    "queue": names("name+company"),
    "url_to_delete": names("url+company", "company+user+task", "company+storage_type+url", "status+retry_count+storage_type"),
    "versions": {"_id_", "created_-1_num_-1"},
}  # fmt: skip
OURS = {"url_to_delete": {"status_1_created_1"}, "user": {"credentials.key_1"}}
"""Indexes that the reference server does not have."""


def test_indexes_have_the_names_and_options_of_the_reference(client: pymongo.MongoClient[Any], databases: dict[str, str]) -> None:
    """Else it would refuse to work on them after us."""
    opened(client, databases)
    backend = client[databases["backend"]]
    found = {name: backend[name].index_information() for name in EXPECTED}
    assert {name: set(indexes) - OURS.get(name, set()) for name, indexes in found.items()} == EXPECTED
    assert found["project"]["name_1_company_1"]["unique"] is True
    assert found["queue"]["name_1_company_1"]["unique"] is True
    assert found["url_to_delete"]["url_1_company_1"]["sparse"] is True
    collation = found["task"]["company_1_project_1"]["collation"]
    assert (collation["locale"], collation["numericOrdering"]) == ("en_US", True)
    assert dict(found["task"]["backend-db.task.main_text_index"]["weights"]) == {
        "name": 10, "id": 10, "_id": 1, "comment": 10, "report": 10, "models.input.model": 2, "models.output.model": 2,
        "script.repository": 1, "script.entry_point": 1,
    }  # fmt: skip
    assert dict(found["project"]["backend-db.project.main_text_index"]["weights"]) == {"name": 10, "id": 10, "_id": 1, "description": 10}
    assert dict(found["model"]["backend-db.model.main_text_index"]["weights"]) == {
        "name": 10, "id": 10, "_id": 1, "comment": 10, "parent": 5, "task": 3, "project": 3,
    }  # fmt: skip
    users = client[databases["auth"]]["user"].index_information()
    assert set(users) - OURS["user"] == names("email")
    assert (users["email_1"]["unique"], users["email_1"]["sparse"]) == (True, True)


def test_indexes_of_the_reference_are_taken_over(client: pymongo.MongoClient[Any], databases: dict[str, str]) -> None:
    """Made by it before us, with its weights in its order; starting again changes nothing."""
    task = client[databases["backend"]]["task"]
    task.create_index(
        [("name", "text"), ("_id", "text"), ("comment", "text")], name="backend-db.task.main_text_index", default_language="english",
        weights={"name": 10, "id": 10},
    )  # fmt: skip
    task.create_index([("company", 1), ("project", 1)])
    task.insert_one(dict(TASK))
    for _ in range(2):
        store = opened(client, databases)
        assert store.count(TASKS, Text("task")) == 1
        assert "collation" not in task.index_information()["company_1_project_1"]


def test_documents_of_the_reference_are_read_and_survive_changes(client: pymongo.MongoClient[Any], databases: dict[str, str]) -> None:
    """Names and types stay, and so does what we do not know, whichever way a change goes."""
    task = client[databases["backend"]]["task"]
    task.insert_one(dict(TASK))
    store = opened(client, databases)
    found = store.get(TASKS, TASK["_id"])  # type: ignore[arg-type]
    assert found == {
        "id": TASK["_id"],
        **{k: v for k, v in TASK.items() if k != "_id"},
        "created": datetime(2024, 11, 22, 4, 6, 11, 51000, UTC),
    }
    assert type(found["last_iteration"]) is int
    own = Eq("id", TASK["_id"])
    store.update(TASKS, own, Set("name", "renamed"), Push("tags", ["t"]))
    store.update(TASKS, own, SetElement("models.input", Eq("name", "n"), {"model": "3"}))
    store.update(TASKS, own, Set("last_metrics.a.b.value", 1.5), Fold("last_metrics.a.b", 1, 1.5, (1.5, 1), (1.5, 1), (1.5, 1)))
    models = {"input": [{"name": "m", "model": "1"}, {"name": "n", "model": "3"}], "output": []}
    metric = {
        "value": 1.5, "min_value": 1.5, "min_value_iteration": 1, "max_value": 1.5, "max_value_iteration": 1, "first_value": 1.5,
        "first_value_iteration": 1, "mean_value": 1.5, "count": 1,
    }  # fmt: skip
    stored = task.find_one({})
    assert stored == {**TASK, "name": "renamed", "tags": ["t"], "models": models, "last_metrics": {"a": {"b": metric}}}
    assert stored is not None
    assert list(stored)[: len(TASK)] == list(TASK)


def test_what_we_store_is_what_the_reference_stores(client: pymongo.MongoClient[Any], databases: dict[str, str]) -> None:
    """`_id` first, dates as dates, in the databases that the declarations name."""
    store = opened(client, databases)
    now = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    store.insert(AUTH_USERS, {"id": "u", "name": "n", "created": now})
    store.insert(PROJECTS, {"id": "p", "company": "c", "name": "n"}, {"id": "q", "company": "c", "name": "m"})
    assert client[databases["auth"]]["user"].find_one({}) == {"_id": "u", "name": "n", "created": datetime(2026, 1, 2, 3, 4, 5, 678000)}
    assert list(client[databases["backend"]]["project"].find({})) == [
        {"_id": "p", "company": "c", "name": "n"}, {"_id": "q", "company": "c", "name": "m"},
    ]  # fmt: skip
    assert {c.database for c in ALL} == set(databases)


def test_documents_that_break_a_unique_index_stop_the_start(client: pymongo.MongoClient[Any], databases: dict[str, str]) -> None:
    """With a line that names them, as after the reference's migration that loses the index (spec 6 §3.3)."""
    client[databases["backend"]]["project"].insert_many([{"_id": n, "company": "c", "name": "A_B"} for n in ("1", "2")])
    with pytest.raises(StoreError, match=r"project holds documents that are equal .*A_B"):
        opened(client, databases)
