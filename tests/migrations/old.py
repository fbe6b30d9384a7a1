"""Databases of the reference server in the shapes of its release 0.12, and what they have to be today. Source: spec 6 §3.3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from apiserver.bootstrap import REFERENCE_MIGRATIONS
from apiserver.stores import migrations
from apiserver.stores.mongo.migrations import MongoMigrations

T0 = datetime(2019, 5, 1, 12, 0, 0, 123000)
COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
Rows = Mapping[str, list[dict[str, Any]]]


@frozen
class Place:
    """Two databases of one test."""

    backend: Any
    auth: Any
    places: Mapping[str, Any]

    def of(self, collection: str) -> Any:
        return self.auth["user"] if collection == "auth.user" else self.backend[collection]

    def put(self, rows: Rows) -> None:
        for collection, documents in rows.items():
            self.of(collection).insert_many([dict(one) for one in documents])

    def rows(self, *collections: str) -> dict[str, list[dict[str, Any]]]:
        return {name: list(self.of(name).find({}).sort("_id", 1)) for name in collections}

    def versions(self) -> list[str]:
        return [row["num"] for row in self.backend["versions"].find({}).sort([("created", 1), ("_id", 1)])]

    def migrations(self, **options: Any) -> MongoMigrations:
        return MongoMigrations(self.places, **options)

    def at(self, version: str) -> None:
        """The version before the one named is the newest that is recorded."""
        before = ["0.12.0", *REFERENCE_MIGRATIONS]
        self.backend["versions"].insert_one({"_id": "v", "num": before[before.index(version) - 1], "created": T0, "desc": "x"})

    def step(self, version: str, **options: Any) -> None:
        """This migration alone, twice; the second time nothing may change."""
        names = ["auth.user", *sorted(set(self.backend.list_collection_names()) - {"versions"})]
        self._run(version, options)
        after = self.rows(*names)
        self._run(version, options)
        assert self.rows(*names) == after

    def _run(self, version: str, options: Any) -> None:
        changing = migrations.module("mongo.changing")
        (step,) = (one for one in migrations.numbered("mongo") if version == one.VERSION)
        databases = changing.Databases(self.backend, self.auth, options.get("renamed_users", {}))
        step.run(databases, changing.Walk(lambda done, total: None))
        assert step.left(databases) == 0


ARTIFACTS = [{"key": "data", "mode": "output", "uri": "u1", "type": "custom"}, {"key": "conf", "uri": "u2", "type": "z"}]
BY_KEY = {"8d777f385d3dfec8815d20f7496026dc_output": ARTIFACTS[0], "3a8e4c06e471595f6eb262bb9b5582d9_output": ARTIFACTS[1]}


def old_database(at: Place) -> None:
    """An installation of 0.12: a bit of everything, in the shapes of that time."""
    at.put({
        "company": [{"_id": COMPANY, "name": "trains"}],
        "settings": [{"_id": "server.uuid", "value": "6f1e2f0e-0000-4000-8000-000000000000"}],
        "versions": [{"_id": "v0", "num": "0.12.0", "created": T0, "desc": "Applied on server startup"}],
        "auth.user": [{"_id": "u1", "name": "Ann", "company": COMPANY, "role": "user", "created": T0, "email": "ann@example.com",
                       "credentials": [{"key": "ANNSKEY", "secret": "anns secret"}]}],
        "user": [{"_id": "u1", "company": COMPANY, "name": "Ann", "preferences": {"theme": {"dark": True}}}],
        "queue": [{"_id": "q1", "name": "default", "company": COMPANY, "created": T0, "tags": [], "system_tags": ["default"],
                   "entries": [], "last_update": T0}],
        "project": [
            {"_id": "p1", "company": COMPANY, "user": "u1", "name": "vision/cats", "description": "Auto-generated at 2019-05-01",
             "created": T0, "tags": ["b", "a", "archived"]},
            {"_id": "p2", "company": COMPANY, "user": "u1", "name": "vision_cats", "description": "mine", "created": T0, "tags": []},
        ],
        "model": [{"_id": "m1", "company": COMPANY, "user": "u1", "name": "net", "project": "p1", "created": T0, "ready": True,
                   "uri": "s3://b/net.pkl", "tags": ["y", "x"], "labels": {"cat": 1}, "design": {}}],
        "task": [{
            "_id": "t1", "company": COMPANY, "user": "u1", "name": "old run", "type": "training", "project": "p1", "created": T0,
            "tags": ["zeta", "development", "alpha", "Annotation-x"], "started": T0, "completed": T0 + timedelta(seconds=90),
            "status": "completed", "last_update": T0, "last_iteration": 7, "comment": "", "script": {"binary": "python"},
            "execution": {
                "parameters": {"lr": "0.1", "TF_DEFINE/batch": "5", "a%2Eb": "x"}, "model_desc": {"design": "net"}, "model": "m1",
                "model_labels": {"cat.a": 1, "$x": 2}, "docker_cmd": "nvidia/cuda:10 --ipc=host -e A=1", "artifacts": ARTIFACTS,
            },
            "output": {"model": "m2", "result": "success", "destination": "s3://b"},
            "last_metrics": {"81513effdf5790b79549208838404407": {"906384685f209775046d4a047ecdeaa5": {
                "metric": "loss", "variant": "tr.ain", "value": 0.5, "min_value": 0.5, "max_value": 2.0}}},
        }],
    })  # fmt: skip
    at.backend["project"].create_index([("name", 1), ("company", 1)], unique=True)
    at.backend["task"].create_index([("name", "text")], name="backend-db.task.main_text_index")


def check_today(at: Place) -> None:
    """The worked example of the chapter, and the rest of the old database."""
    (task,) = at.rows("task")["task"]
    for kind in ("input", "output"):
        (item,) = task["models"][kind]
        del item["updated"]
    assert task["tags"] == ["alpha", "zeta"]
    assert task["system_tags"] == ["Annotation-x", "development"]
    assert task["active_duration"] == 90.0
    legacy = {"type": "legacy"}
    assert task["hyperparams"] == {
        "Args": {"lr": {"name": "lr", "section": "Args", "value": "0.1", **legacy},
                 "a%2Eb": {"name": "a%2Eb", "section": "Args", "value": "x", **legacy}},
        "TF_DEFINE": {"batch": {"name": "batch", "section": "TF_DEFINE", "value": "5", **legacy}},
    }  # fmt: skip
    assert task["configuration"] == {"design": {"name": "design", "value": "net", **legacy}}
    assert task["models"] == {
        "input": [{"model": "m1", "name": "Input Model"}], "output": [{"model": "m2", "name": "Output Model"}],
    }  # fmt: skip
    assert task["container"] == {"image": "nvidia/cuda:10", "arguments": "--ipc=host -e A=1"}
    assert task["execution"] == {
        "parameters": {"lr": "0.1", "TF_DEFINE/batch": "5", "a%2Eb": "x"}, "model_desc": {"design": "net"},
        "model_labels": {"cat%2Ea": 1, "%24x": 2}, "artifacts": BY_KEY,
    }  # fmt: skip
    assert task["output"] == {"result": "success", "destination": "s3://b"}
    projects = at.rows("project")["project"]
    assert [(row["name"], row["basename"], row["featured"]) for row in projects] == [
        ("vision__cats", "vision__cats", 9999), ("vision_cats", "vision_cats", 9999),
    ]  # fmt: skip
    assert [row.get("description") for row in projects] == [None, "mine"]
    assert projects[0]["system_tags"] == ["archived"]
    assert at.rows("user")["user"] == [
        {"_id": "u1", "company": COMPANY, "name": "Ann", "preferences": '{"theme": {"dark": true}}', "created": T0}
    ]
    assert at.versions() == ["0.12.0", *REFERENCE_MIGRATIONS]
    assert at.migrations().verify() == []
