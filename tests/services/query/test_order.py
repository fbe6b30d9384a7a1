"""`order_by`. A row for each rule of spec 2 §2.1. The documents are those of `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
RUNS, KINDS, TAGGED = {"project": ["p-runs"]}, {"project": ["p-kinds"]}, {"project": ["p-tagged"]}
METRIC = "last_metrics.m1.v1.value"

ORDERS: list[tuple[str, str, dict[str, Any], Any, Any]] = [
    ("ascending", "tasks", RUNS, ["name"], "r0 r1 r2 r3 r4"),
    ("descending", "tasks", RUNS, ["-name"], "r4 r3 r2 r1 r0"),
    ("upper case first", "tasks", {"project": ["p-words"]}, ["name"], "Hello again hello world run of networks"),
    ("then by id", "tasks", RUNS, ["type"], "r0 r1 r2 r3 r4"),
    ("then by id, ascending after a descending one", "tasks", RUNS, ["-type"], "r0 r1 r2 r3 r4"),
    ("id may be descending", "tasks", RUNS, ["type", "-id"], "r4 r3 r2 r1 r0"),
    ("missing and null last", "tasks", RUNS, ["last_update"], "r1 r2 r4 r3 r0"),
    ("missing last, descending too", "tasks", RUNS, ["-last_update"], "r3 r2 r4 r1 r0"),
    ("an empty text is empty", "tasks", RUNS, ["comment"], "r2 r3 r1 r0 r4"),
    ("an empty text just before missing ones, descending", "tasks", RUNS, ["-comment"], "r1 r2 r3 r4 r0"),
    ("an empty list is empty", "tasks", TAGGED, ["tags"], "alpha beta gamma noTags"),
    ("a second key orders the empty ones too", "tasks", RUNS, ["comment", "-name"], "r3 r2 r1 r0 r4"),
    ("the second key: nulls first", "tasks", RUNS, ["type", "started"], "r0 r4 r1 r2 r3"),
    ("the second key: nulls last, descending", "tasks", RUNS, ["type", "-started"], "r3 r2 r1 r0 r4"),
    ("metrics: numbers by value, then texts, then none", "tasks", RUNS, [METRIC], "r1 r2 r3 r4 r0"),
    ("metrics: descending", "tasks", RUNS, ["-" + METRIC], "r4 r3 r2 r1 r0"),
    ("metrics: smallest values", "tasks", RUNS, ["last_metrics.m1.v1.min_value"], "r3 r2 r1 r0 r4"),
    ("metrics: unknown ones order nothing", "tasks", RUNS, ["last_metrics.no.ne.value"], "r0 r1 r2 r3 r4"),
    ("parameters: digits as numbers", "tasks", KINDS, ["hyperparams.Args.lr.value"], "three four five one shared stored two"),
    ("parameters: descending", "tasks", KINDS, ["-hyperparams.Args.lr.value"], "five four three one shared stored two"),
    ("parameters: by their old name", "tasks", KINDS, ["execution.parameters.lr.value"], "three four five one shared stored two"),
    ("parameters: escaped names", "tasks", KINDS, ["hyperparams.Args.x%2Ey.value"], "five four one shared stored three two"),
    (
        "parameters: second, as texts", "tasks", KINDS, ["type", "-hyperparams.Args.lr.value"], "one five three four shared stored two",
    ),
    ("metadata: digits as numbers", "models", {}, ["metadata.rank.value"], "tree net net given"),
    ("metadata: digits as numbers", "queues", {}, ["-metadata.k.value"], "second first default"),
    ("running times", "tasks", RUNS, ["active_duration"], "r1 r2 r3 r0 r4"),
    ("an unknown field, first and ascending", "tasks", RUNS, ["bogus"], (400, 14)),
    ("a path through a reference, first and ascending", "tasks", RUNS, ["project.name"], (400, 14)),
    ("an unknown field, descending, orders nothing", "tasks", RUNS, ["-bogus"], "r0 r1 r2 r3 r4"),
    ("an unknown field, second, orders nothing", "tasks", RUNS, ["-name", "bogus"], "r4 r3 r2 r1 r0"),
    ("a path through a reference, second, orders nothing", "tasks", RUNS, ["-name", "project.name"], "r4 r3 r2 r1 r0"),
    ("one text", "tasks", RUNS, "-name", "r4 r3 r2 r1 r0"),
    ("one text", "models", {}, "name", "given net tree net"),
    ("one text", "queues", {}, "-name", "second first default"),
    ("one text", "projects", {"parent": ["p-tree"]}, "-name", "leaf branch"),
    ("one text", "users", {"id": ["u-ada", "u-grace"]}, "-name", "grace ada"),
    ("one text: unknown", "tasks", RUNS, "bogus", (400, 14)),
    ("no texts", "tasks", RUNS, [5], (400, 14)),
    ("no texts", "tasks", RUNS, {"name": 1}, (400, 14)),
    ("an empty name", "tasks", RUNS, [""], (400, 14)),
    ("a sign without name", "tasks", RUNS, ["-"], (400, 14)),
    ("null: as stored", "tasks", RUNS, None, "r0 r1 r2 r3 r4"),
    ("none: as stored", "tasks", RUNS, [], "r0 r1 r2 r3 r4"),
    ("relevance", "tasks", {"project": ["p-words"], "search_text": "hello world"}, ["@text_score"], "hello world Hello again"),
    ("relevance needs a search", "tasks", RUNS, ["@text_score"], (400, 16)),
    ("a path of parameters that is too short", "tasks", RUNS, ["hyperparams.Args.lr.value.x"], (400, 12)),
    ("a path of metadata that is too long", "models", {}, ["metadata.a.b.c"], (400, 12)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "where", "order", "found"), [row[1:] for row in ORDERS], ids=[f"§2.1 {row[0]} {row[1]} {row[3]}" for row in ORDERS]
)
@pytest.mark.parametrize("size", [None, 1, 2])
def test_order(ask: Ask, entity: str, where: dict[str, Any], order: Any, found: Any, size: int | None) -> None:
    """The order, and the same over pages of every size: the empty values that come last are on the last of them."""
    data = {**where, "order_by": order}
    if size is None or not isinstance(found, str):
        assert ask(f"{entity}.get_all", data) == found
        return
    pages = [ask(f"{entity}.get_all", {**data, "page": page, "page_size": size}) for page in range(9)]
    assert " ".join(page for page in pages if page) == found
