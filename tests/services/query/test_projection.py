"""What rows show: `only_fields`, joins, references, defaults, forms of values, escaped keys. A row for each rule of spec 2 §3-§5.

The documents are those of `conftest.py`. Rows are compared whole, so that a field too many fails as one too few does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apiserver.query.entities import MODEL, PROJECT, QUEUE, TASK, USER
from apiserver.stores.collections import TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import Client

Ask = Callable[..., Any]
ENTITIES = {entity.plural: entity for entity in (TASK, MODEL, PROJECT, QUEUE, USER)}
COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
TWO_MODELS = {"input": [{"name": "in", "model": "m-net"}], "output": []}
ARGS_FIVE = {"lr": {"section": "Args", "name": "lr", "value": "abc"}, "x.y": {"section": "Args", "name": "x%2Ey", "value": "dot"}}

PLAIN: list[tuple[str, str, str, Any, Any]] = [
    ("exactly what is asked for", "tasks", "t-two", ["name"], {"name": "two"}),
    ("id on request", "tasks", "t-two", ["id", "type"], {"id": "t-two", "type": "training"}),
    ("references stay texts", "tasks", "t-two", ["project", "company", "user"], {
        "project": "p-kinds", "company": COMPANY, "user": "u-ada",
    }),
    ("references in lists too", "tasks", "t-two", ["models"], {"models": TWO_MODELS}),
    ("a part of an object", "tasks", "t-two", ["models.input"], {"models": {"input": TWO_MODELS["input"]}}),
    ("parts of the objects in a list", "tasks", "t-two", ["models.input.name"], {"models": {"input": [{"name": "in"}]}}),
    ("a part of a map", "tasks", "t-three", ["runtime.n"], {"runtime": {"n": 5}}),
    ("nothing there: nothing shown", "tasks", "t-two", ["comment"], {}),
    ("nothing there, but a default", "tasks", "t-two", ["tags", "runtime", "last_iteration"], {
        "tags": [], "runtime": {}, "last_iteration": 0,
    }),
    ("defaults inside an object that is not there", "tasks", "t-two", ["script.binary"], {"script": {"binary": "python"}}),
    ("a wide and a narrow one: the wide", "tasks", "t-three", ["runtime", "runtime.n"], "whole runtime"),
    ("excluded by default, but asked for", "tasks", "t-r0", ["unique_metrics", "enqueue_status"], {
        "unique_metrics": ["m/v"], "enqueue_status": "created",
    }),
    ("the synonym", "tasks", "t-two", {"projection": ["name"]}, {"name": "two"}),
    ("the synonym wins", "tasks", "t-two", {"projection": ["name"], "only_fields": ["type"]}, {"name": "two"}),
    ("inclusions win over exclusions", "tasks", "t-two", ["name", "-type"], {"name": "two"}),
    ("exclusions are taken out of inclusions", "tasks", "t-two", ["name", "type", "-type"], {"name": "two"}),
    ("a star after a path", "tasks", "t-three", ["hyperparams.*"], {
        "hyperparams": {"Args": {"lr": {"section": "Args", "name": "lr", "value": "9"}}},
    }),
    ("escaped keys", "tasks", "t-five", ["hyperparams.Args.x%2Ey.value"], {"hyperparams": {"Args": {"x.y": {"value": "dot"}}}}),
    ("answers show keys as users know them", "tasks", "t-five", ["hyperparams"], {"hyperparams": {"Args": ARGS_FIVE}}),
    ("old names of paths", "tasks", "t-three", ["execution.parameters.lr.value"], {"hyperparams": {"Args": {"lr": {"value": "9"}}}}),
    ("excluded by default, but asked for", "projects", "p-leaf", ["path"], {"path": ["p-tree", "p-branch"]}),
    ("excluded by default, but asked for", "models", "m-net", ["ui_cache"], {"ui_cache": {"a": 1}}),
    ("excluded by default, but asked for", "users", "u-ada", ["preferences"], {"preferences": '{"a":1}'}),
    ("metadata by key", "models", "m-net", ["metadata.rank.value"], {"metadata": {"rank": {"value": "10"}}}),
    ("an unknown field", "tasks", "t-two", ["bogus"], (400, 14)),
    ("an unknown field, excluded", "tasks", "t-two", ["-bogus"], (400, 14)),
    ("an unknown part", "tasks", "t-two", ["script.bogus"], (400, 14)),
    ("no joins here", "tasks", "t-two", ["project.name"], (400, 14)),
    ("no joins here", "models", "m-net", ["task.name"], (400, 14)),
    ("a sign alone", "tasks", "t-two", ["-"], (400, 14)),
    ("one text", "tasks", "t-two", "name", (400, 14)),
    ("no texts", "tasks", "t-two", [5], (400, 14)),
    ("too short a path of parameters", "tasks", "t-two", ["hyperparams."], (400, 12)),
    ("too long a path of parameters", "tasks", "t-two", ["hyperparams.a.b.c.d"], (400, 12)),
    ("too long a path of the configuration", "tasks", "t-two", ["-configuration.a.b.c.d"], (400, 12)),
    ("too long a path of metadata", "models", "m-net", ["metadata.a.b.c"], (400, 12)),
    ("too long a path of metadata", "queues", "q-first", ["metadata.a.b.c"], (400, 12)),
]  # fmt: skip

JOINED: list[tuple[str, str, str, Any, Any]] = [
    ("id always comes along", "tasks", "t-two", ["name"], {"id": "t-two", "name": "two"}),
    ("references become objects", "tasks", "t-two", ["project", "company", "user"], {
        "id": "t-two", "project": {"id": "p-kinds"}, "company": {"id": COMPANY}, "user": {"id": "u-ada"},
    }),
    ("in lists too", "tasks", "t-two", ["models.input"], {"id": "t-two", "models": {"input": [{"name": "in", "model": {"id": "m-net"}}]}}),
    ("inside objects", "tasks", "t-one", ["execution.queue"], {"id": "t-one", "execution": {"queue": {"id": "q-first"}}}),
    ("a join", "tasks", "t-two", ["project.name"], {"id": "t-two", "project": {"id": "p-kinds", "name": "kinds"}}),
    ("the company", "tasks", "t-two", ["company.name"], {"id": "t-two", "company": {"id": COMPANY, "name": "clearml"}}),
    ("the reference and its join: the join", "tasks", "t-two", ["project", "project.name"], {
        "id": "t-two", "project": {"id": "p-kinds", "name": "kinds"},
    }),
    ("several parts", "tasks", "t-two", ["user.name", "user.id"], {"id": "t-two", "user": {"id": "u-ada", "name": "ada"}}),
    ("a join in a list", "tasks", "t-two", ["models.input.model.name"], {
        "id": "t-two", "models": {"input": [{"model": {"id": "m-net", "name": "net"}}]},
    }),
    ("a join inside an object", "tasks", "t-one", ["execution.queue.name"], {
        "id": "t-one", "execution": {"queue": {"id": "q-first", "name": "first"}},
    }),
    ("joins below joins", "tasks", "t-beta", ["parent.project.name"], {
        "id": "t-beta", "parent": {"id": "t-alpha", "project": {"id": "p-tagged", "name": "tagged"}},
    }),
    ("joins below joins, three deep", "models", "m-tree-net", ["parent.task.project.name"], {
        "id": "m-tree-net", "parent": {"id": "m-net", "task": {"id": "t-two", "project": {"id": "p-kinds", "name": "kinds"}}},
    }),
    ("references of what is joined", "models", "m-net", ["task.project"], {
        "id": "m-net", "task": {"id": "t-two", "project": {"id": "p-kinds"}},
    }),
    ("joins of parents", "projects", "p-leaf", ["parent.name"], {"id": "p-leaf", "parent": {"id": "p-branch", "name": "tree/branch"}}),
    ("what is gone has an id", "tasks", "t-noTags", ["parent.name"], {"id": "t-noTags", "parent": {"id": "gone"}}),
    ("no reference, no key", "tasks", "t-alpha", ["parent.name"], {"id": "t-alpha"}),
    ("a null reference, no key", "tasks", "t-gamma", ["parent.name", "parent"], {"id": "t-gamma"}),
    ("the empty reference of public documents", "tasks", "t-shared", ["company", "name"], {
        "id": "t-shared", "name": "shared", "company": {},
    }),
    ("default exclusions do not hold for a part", "tasks", "t-two", ["project.path"], {
        "id": "t-two", "project": {"id": "p-kinds", "path": []},
    }),
    ("a wide and a narrow one: the wide", "tasks", "t-three", ["runtime", "runtime.n"], "whole runtime"),
    ("an exclusion below a reference does nothing", "tasks", "t-two", ["name", "project", "-project.name"], {
        "id": "t-two", "name": "two", "project": {"id": "p-kinds"},
    }),
    ("an exclusion below a join does nothing", "tasks", "t-two", ["project.name", "-project.name"], {
        "id": "t-two", "project": {"id": "p-kinds", "name": "kinds"},
    }),
    ("an unknown field", "tasks", "t-two", ["bogus"], (400, 14)),
    ("an unknown field of what is joined", "tasks", "t-two", ["project.bogus"], (400, 14)),
    ("a part of what is no reference", "tasks", "t-two", ["name.x"], (400, 14)),
    ("a sign alone", "tasks", "t-two", ["-"], (400, 14)),
    ("one text", "tasks", "t-two", "name", (400, 14)),
]  # fmt: skip


def shown(rows: Ask, action: str, key: str, fields: Any) -> Any:
    data = fields if isinstance(fields, dict) else {"only_fields": fields}
    found = rows(action, {"id": [key], "search_hidden": True, **data})
    return found if isinstance(found, tuple) else found[0]


@pytest.mark.parametrize(("entity", "key", "fields", "row"), [r[1:] for r in PLAIN], ids=[f"§3.1 {r[0]} {r[1]} {r[3]}"[:90] for r in PLAIN])
def test_projection(rows: Ask, entity: str, key: str, fields: Any, row: Any) -> None:
    """§3.1, §3.4, §4 in `get_all`."""
    if row == "whole runtime":
        row = {"runtime": {"n": 5, "s": "x", "flag": True, "_u": 1, "v_": 2}}
    assert shown(rows, f"{entity}.get_all", key, fields) == row


@pytest.mark.parametrize(
    ("entity", "key", "fields", "row"), [r[1:] for r in JOINED], ids=[f"§3.2 {r[0]} {r[1]} {r[3]}"[:90] for r in JOINED]
)
def test_joins(rows: Ask, entity: str, key: str, fields: Any, row: Any) -> None:
    """§3.1-3.3 in `get_all_ex` and, where there is one, `get_by_id_ex`."""
    if row == "whole runtime":
        row = {"id": key, "runtime": {"n": 5, "s": "x", "flag": True, "_u": 1, "v_": 2}}
    assert shown(rows, f"{entity}.get_all_ex", key, fields) == row
    if entity in ("tasks", "models"):
        assert shown(rows, f"{entity}.get_by_id_ex", key, fields) == row


def test_errors_name_the_object(world: Client) -> None:
    """§3.1, §3.2: which field of what is unknown stands in the text."""

    def message(action: str, *fields: str) -> str:
        return str(world.call_raw(action, {"only_fields": list(fields)}).body["meta"]["result_msg"])

    assert message("tasks.get_all_ex", "bogus").endswith("fields=(bogus), object=Task")
    assert message("tasks.get_all_ex", "project.bogus").endswith("fields=(bogus), object=Project")
    assert message("models.get_all_ex", "bogus").endswith("fields=(bogus), object=Model")
    assert 'Cannot resolve field "bogus"' in message("tasks.get_all", "bogus")
    assert 'Cannot resolve field "script.bogus"' in message("tasks.get_all_ex", "script.bogus")


@pytest.mark.parametrize(("service", "key"), [("projects", "p-tree"), ("models", "m-net"), ("tasks", "t-r0")])
def test_a_star_is_everything(rows: Ask, service: str, key: str) -> None:
    """§3.1: `*` brings what is left out by default, for the document itself and below a reference."""
    entity = ENTITIES[service]
    default, star = (rows(f"{service}.get_all_ex", {"id": [key], "only_fields": fields})[0] for fields in ([], ["*"]))
    assert star.keys() - default.keys() == entity.excluded & star.keys()
    assert star.keys() - default.keys()
    assert default.keys() <= star.keys()
    assert rows(f"{service}.get_all", {"id": [key], "only_fields": ["*"]})[0].keys() == star.keys()


def test_a_star_below_a_reference(rows: Ask) -> None:
    """§3.1, §3.2: the whole document, with what is left out by default, its own references as objects."""
    (row,) = rows("models.get_all_ex", {"id": ["m-net"], "only_fields": ["project.*"]})
    assert row["project"]["path"] == ["p-tree"]
    assert row["project"]["parent"] == {"id": "p-tree"}
    assert row["project"]["name"] == "tree/branch"
    assert set(row) == {"id", "project"}


DEFAULTS = {
    "tasks": {
        "status": "created", "tags": [], "system_tags": [], "report_assets": [], "output": {}, "last_iteration": 0, "last_metrics": {},
        "metric_stats": {}, "hyperparams": {}, "configuration": {}, "runtime": {}, "container": {}, "models": {"input": [], "output": []},
        "execution": {"test_split": 0, "parameters": {}, "model_desc": {}, "model_labels": {}, "artifacts": []},
        "script": {"binary": "python", "repository": "", "entry_point": "", "requirements": {}},
    },
    "models": {
        "uri": "", "design": {}, "labels": {}, "tags": [], "system_tags": [], "last_iteration": 0, "last_metrics": {}, "metadata": {},
    },
    "projects": {"tags": [], "system_tags": [], "featured": 9999},
    "queues": {"tags": [], "system_tags": [], "entries": [], "metadata": {}},
    "users": {},
}  # fmt: skip


@pytest.mark.parametrize("service", DEFAULTS)
def test_defaults_of_a_bare_document(world: Client, service: str) -> None:
    """§5: a document with nothing but its company and name is shown with exactly these."""
    documents = world.backend.documents
    collection = ENTITIES[service].collection
    documents.insert(collection, {"id": "bare", "company": COMPANY, "name": "bare"})
    try:
        (row,) = world.call(f"{service}.get_all", {"id": ["bare"]})[service]
    finally:
        documents.delete(collection, Eq("id", "bare"))
    assert row == {"id": "bare", "company": COMPANY, "name": "bare", **DEFAULTS[service]}


REFERENCES = {
    "tasks": {
        "company", "user", "project", "parent", "execution.queue", "models.input.model", "models.output.model",
    },
    "models": {"company", "user", "project", "task", "parent"},
    "projects": {"company", "user", "parent"},
    "queues": {"company", "entries.task"},
    "users": {"company"},
}  # fmt: skip
LEFT_OUT = {
    "tasks": {"unique_metrics", "company_origin", "enqueue_status"}, "models": {"ui_cache", "company_origin", "unique_metrics"},
    "projects": {"logo_blob", "company_origin", "path"}, "queues": set(), "users": {"preferences"},
}  # fmt: skip


@pytest.mark.parametrize("service", REFERENCES)
def test_table_of_references_and_exclusions(service: str) -> None:
    """§5, second table."""

    def references(fields: Any, prefix: str = "") -> set[str]:
        found = {prefix + name for name, field in fields.items() if field.reference}
        for name, field in fields.items():
            if field.fields and field.kind in ("embedded", "list"):
                found |= references(field.fields, f"{prefix}{name}.")
        return found

    assert references(ENTITIES[service].collection.fields) == REFERENCES[service]
    assert ENTITIES[service].excluded == LEFT_OUT[service]


def test_get_by_id_shows_what_lists_leave_out(world: Client) -> None:
    """§5: projects with all, models as in lists; references stay texts."""
    project = world.call("projects.get_by_id", {"project": "p-tree"})["project"]
    assert (project["logo_blob"], project["company_origin"], project["path"]) == ("data", "x", [])
    assert (project["user"], project["company"]) == ("u-ada", COMPANY)
    model = world.call("models.get_by_id", {"model": "m-net"})["model"]
    assert not LEFT_OUT["models"] & model.keys()
    assert model["project"] == "p-branch"
    task = world.call("tasks.get_by_id", {"task": "t-r0"})["task"]
    assert task["unique_metrics"] == []  # spec 3 §6
    assert not {"company_origin", "enqueue_status"} & task.keys()


def test_queues_are_always_whole(rows: Ask) -> None:
    """§3.1: `only_fields` is ignored; the waiting tasks come with their names, the workers with the row."""
    (row,) = rows("queues.get_all_ex", {"id": ["q-first"], "only_fields": ["name"]})
    assert row == {
        "id": "q-first", "name": "first", "company": {"id": COMPANY}, "created": "2024-01-01T00:00:00+00:00", "tags": ["gpu"],
        "system_tags": [], "metadata": {"k": {"key": "k", "value": "09"}}, "workers": [],
        "entries": [{"task": {"id": "t-one", "name": "one"}, "added": "2024-01-01T00:00:00+00:00"}],
    }  # fmt: skip


def test_joins_follow_the_rule_of_the_list(rows: Ask, world: Client) -> None:
    """§3.2: what the caller may not see, or does not want to see, stays an id; companies are seen by all."""
    documents = world.backend.documents
    before = documents.get(TASKS, "t-cross")
    try:
        for project, company, joined in (
            ("p-abroad", None, {"id": "p-abroad"}),
            ("p-common", None, {"id": "p-common", "name": "common"}),
            ("p-common", False, {"id": "p-common"}),
        ):
            documents.update(TASKS, Eq("id", "t-cross"), Set("project", project))
            fields = ["project.name", "company.name"]
            (row,) = rows("tasks.get_all_ex", {"id": ["t-cross"], "only_fields": fields, "allow_public": company})
            assert row == {"id": "t-cross", "project": joined, "company": {"id": COMPANY, "name": "clearml"}}
    finally:
        documents.replace(TASKS, before)


def test_forms_of_values(world: Client) -> None:
    """§3.4: dates in UTC, sorted tags, no undeclared fields, no nulls, no names that begin with `_`."""
    documents = world.backend.documents
    task = {
        **documents.get(TASKS, "t-alpha"), "id": "odd", "tags": ["b", "a", "b"], "system_tags": ["z", "y"], "undeclared": 1, "_cls": "x",
        "comment": None, "last_update": documents.get(TASKS, "t-alpha")["last_update"].replace(microsecond=51000),
    }  # fmt: skip
    documents.insert(TASKS, task)
    try:
        (row,) = world.call("tasks.get_all", {"id": ["odd"]})["tasks"]
        (old,) = world.call("tasks.get_all", {"id": ["odd"]}, version="2.2")["tasks"]
        (tags_only,) = world.call("tasks.get_all", {"id": ["odd"], "only_fields": ["tags"]}, version="2.2")["tasks"]
    finally:
        documents.delete(TASKS, Eq("id", "odd"))
    assert (row["created"], row["last_update"]) == ("2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00.051000+00:00")
    assert (row["tags"], row["system_tags"]) == (["a", "b", "b"], ["y", "z"])
    assert not {"undeclared", "_cls", "comment"} & row.keys()
    assert (sorted(set(old["tags"])), old["system_tags"]) == (["a", "b", "y", "z"], ["y", "z"])
    assert tags_only["tags"] == ["a", "b", "b"]


OLD_TAGS = [
    ("tasks", ["archived"], "stored"),
    ("tasks", ["-archived"], "five four one shared three two"),
    ("tasks", ["annotating-x"], ""),
    ("tasks", [], "five four one shared stored three two"),
]


@pytest.mark.parametrize(("service", "tags", "found"), OLD_TAGS, ids=[f"§3.5 {row[1]}" for row in OLD_TAGS])
def test_tags_of_old_clients(ask: Ask, service: str, tags: list[str], found: str) -> None:
    """§3.5: below 2.3 known names are meant as system tags, unless system tags are given."""
    assert ask(f"{service}.get_all", {"project": ["p-kinds"], "tags": tags}, "2.2") == found
    assert ask(f"{service}.get_all", {"project": ["p-kinds"], "tags": ["archived"], "system_tags": ["x"]}, "2.2") == ""
    if tags == ["archived"]:
        assert ask(f"{service}.get_all", {"project": ["p-kinds"], "tags": tags}, "2.3") == ""


def test_metadata_of_old_clients(world: Client) -> None:
    """§4: a list until 2.16; keys as users know them."""
    query = {"id": ["m-net"], "only_fields": ["metadata"]}
    assert world.call("models.get_all", query, version="2.16")["models"] == [{"metadata": []}]
    assert world.call("models.get_all", query, version="2.17")["models"][0]["metadata"]["rank"]["value"] == "10"


def test_escaping_of_paths(world: Client) -> None:
    """§4: `$`, `__` and a leading `_` may be sent as they are, `.` and `%` only as `%2E` and `%%`."""
    sent = {"_lead%.": "1", "a$b": "2", "c__d": "3", " x ": "4"}
    hyperparams = {"Args": {name: {"section": "Args", "name": name, "value": value} for name, value in sent.items()}}
    key = world.call("tasks.create", {"name": "escaped", "type": "training", "hyperparams": hyperparams})["id"]
    try:
        for path, name in (("_lead%%%2E", "_lead%."), ("a$b", "a$b"), ("c__d", "c__d"), ("x", "x")):
            value = sent.get(name, "4")
            where = {"id": [key], f"hyperparams.Args.{path}.value": [value], "only_fields": [f"hyperparams.Args.{path}.value"]}
            (row,) = world.call("tasks.get_all", where)["tasks"]
            assert row == {"hyperparams": {"Args": {name: {"value": value}}}}
    finally:
        world.call("tasks.delete", {"task": key})
