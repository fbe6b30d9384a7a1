"""One company for all tests of the query language, which only read: documents that differ in what a rule looks at.

Documents go straight into the store, so that a rule can be tried on what no action writes (nulls, missing fields, odd types).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from apiserver.stores.collections import MODELS, PROJECTS, QUEUES, TASKS, USERS, Collection
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import serving

COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
HEX = "0123456789abcdef0123456789abcdef"
PLURALS = ("tasks", "models", "projects", "queues", "users")


def day(number: int) -> datetime:
    return datetime(2024, 1, number, tzinfo=UTC)


def hyper(section: str, **values: str) -> dict[str, Any]:
    return {section: {name: {"section": section, "name": name, "value": value} for name, value in values.items()}}


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Names are ids with the prefix of their kind: task `alpha` is `t-alpha`, project `tree` is `p-tree`."""
    with serving(tmp_path_factory.mktemp("world")) as api:
        for user in ("ada", "grace"):
            insert(api, USERS, "u", user, preferences='{"a":1}')
        insert(api, USERS, "u", "stranger", company="elsewhere")
        add_projects(api)
        add_tagged(api)
        add_kinds(api)
        add_runs(api)
        add_words(api)
        add_models(api)
        add_queues(api)
        yield api


def insert(api: Client, collection: Collection, prefix: str, name: str, **fields: Any) -> None:
    document = {"id": f"{prefix}-{name.replace(' ', '-')}", "company": COMPANY, "name": name, "created": day(1), **fields}
    api.backend.documents.insert(collection, document)


def add_projects(api: Client) -> None:
    def project(name: str, above: str = "", **fields: Any) -> None:
        parts = above.split("/") if above else []
        full = "/".join([*parts, name])
        path = [f"p-{part}" for part in parts]
        tree = {"parent": path[-1]} if path else {}
        insert(api, PROJECTS, "p", name, **{"basename": name, "path": path, "user": "u-ada", "last_update": day(2), **tree, **fields})
        api.backend.documents.replace(PROJECTS, {**api.backend.documents.get(PROJECTS, f"p-{name}"), "name": full})

    for name in ("tagged", "kinds", "runs", "words", "empty"):
        project(name)
    project("tree", description="of trees and woods", tags=["green"], last_update=day(9), logo_blob="data", company_origin="x")
    project("branch", "tree", user="u-grace")
    project("leaf", "tree/branch", system_tags=["archived"])
    project("shy", "tree", system_tags=["hidden"])
    project("common", company="", company_origin=COMPANY)
    project("abroad", company="elsewhere")


def task(api: Client, name: str, project: str, **fields: Any) -> None:
    known = {"user": "u-ada", "type": "training", "status": "created", "project": f"p-{project}", "last_update": day(2)}
    insert(api, TASKS, "t", name, **{**known, **fields})


def add_tagged(api: Client) -> None:
    """The four tasks of the chapter, and some whose tags look like operators."""
    task(api, "alpha", "tagged", tags=["a", "b"])
    task(api, "beta", "tagged", tags=["b", "c"], parent="t-alpha")
    task(api, "gamma", "tagged", tags=[], parent=None)
    task(api, "noTags", "tagged", parent="gone")
    task(api, "dash", "empty", tags=["-x"])
    task(api, "cross", "empty", tags=["x"])


def add_kinds(api: Client) -> None:
    task(api, "one", "kinds", type="testing", status="queued", user="u-grace", execution={"queue": "q-first"}, comment="Quick fox")
    task(api, "two", "kinds", models={"input": [{"name": "in", "model": "m-net"}], "output": []}, report="about foxes")
    task(api, "three", "kinds", hyperparams=hyper("Args", lr="9"), runtime={"n": 5, "s": "x", "flag": True, "_u": 1, "v_": 2})
    task(api, "four", "kinds", hyperparams=hyper("Args", lr="10"), runtime={"in": {"ner": 7}})
    task(api, "five", "kinds", hyperparams=hyper("Args", lr="abc", **{"x%2Ey": "dot"}), comment="quick")
    task(api, "secret", "kinds", system_tags=["hidden"])
    task(api, "stored", "kinds", system_tags=["archived"])
    task(api, "shared", "kinds", company="", company_origin=COMPANY)
    task(api, "foreign", "kinds", company="elsewhere")


def add_runs(api: Client) -> None:
    """Times, iterations and metrics; `r0` has none of them."""
    task(api, "r0", "runs", last_update=None, last_metrics={}, unique_metrics=["m/v"], enqueue_status="created", status_reason="why")
    for i, value in enumerate((9.5, 10.0, 100.0), start=1):
        task(
            api, f"r{i}", "runs", created=day(i), started=day(i), last_update=day(i), status_changed=day(10 - i), last_iteration=10 * i,
            active_duration=i, last_metrics={"m1": {"v1": {"value": value, "min_value": -value}}}, comment="b" if i == 1 else "a",
        )  # fmt: skip
    task(api, "r4", "runs", last_metrics={"m1": {"v1": {"value": "100"}}}, comment="")


def add_words(api: Client) -> None:
    task(api, "hello world", "words", comment="training runs")
    task(api, "run of networks", "words", script={"repository": "git@host:some/repo.git"})
    task(api, "Hello again", "words", id=HEX)


def add_models(api: Client) -> None:
    insert(
        api, MODELS, "m", "net", user="u-ada", project="p-branch", task="t-two", framework="PyTorch", uri="s3://b/net", ready=True,
        tags=["best"], last_update=day(3), last_change=day(3), last_iteration=7, comment="first", ui_cache={"a": 1}, unique_metrics=["x"],
        last_metrics={"m1": {"v1": {"value": 5}}}, metadata={"rank": {"key": "rank", "type": "int", "value": "10"}},
    )  # fmt: skip
    insert(
        api, MODELS, "m", "tree net", user="u-grace", project="p-leaf", parent="m-net", framework="Keras", ready=False, created=day(5),
        system_tags=["archived"], last_update=day(6), last_change=day(6), metadata={"rank": {"key": "rank", "type": "int", "value": "9"}},
    )  # fmt: skip
    insert(api, MODELS, "m", "given", company="", company_origin=COMPANY, project="p-common")
    insert(api, MODELS, "m", "other", company="elsewhere", project="p-abroad")


def add_queues(api: Client) -> None:
    entry = {"task": "t-one", "added": day(1)}
    insert(api, QUEUES, "q", "first", tags=["gpu"], entries=[entry], metadata={"k": {"key": "k", "value": "09"}})
    insert(api, QUEUES, "q", "second", system_tags=["default"], entries=[], metadata={"k": {"key": "k", "value": "10"}})
    insert(api, QUEUES, "q", "glue", system_tags=["k8s-glue"])
    insert(api, QUEUES, "q", "abroad", company="elsewhere")


Ask = Callable[..., Any]


@pytest.fixture
def ask(world: Client) -> Ask:
    """`ask(action, data)`: the names of the rows as one text, or (code, subcode) of a refusal."""

    def names(action: str, data: dict[str, Any], version: str = "2.34") -> Any:
        service = action.partition(".")[0]
        given = {"order_by": ["name"], "only_fields": ["name"], **data} if service in PLURALS else data
        try:
            rows = world.call(action, given, version=version)[service]
        except CallFailed as error:
            return error.code, error.subcode
        return " ".join(row["name"].rpartition("/")[2] for row in rows)

    return names


@pytest.fixture
def rows(world: Client) -> Ask:
    """`rows(action, data)`: the rows themselves, or (code, subcode) of a refusal."""

    def whole(action: str, data: dict[str, Any], version: str = "2.34") -> Any:
        try:
            return world.call(action, data, version=version)[action.partition(".")[0]]
        except CallFailed as error:
            return error.code, error.subcode

    return whole
