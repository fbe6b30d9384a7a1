"""Conditions and orders on parts of the body that have no column: plain SQL for plain values, Python for lists and objects.

PERF: a call of Python for each row takes ten times as long as SQLite needs to find the value. `K` below is the kind of what the JSON path
leads to, `V` the value. A path through a list leads nowhere in SQLite, so a kind is only absent where there is nothing, or a list on the
way; that, and lists and objects (dates and NaN are objects with a mark), is left to the function `doc_call`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from apiserver.stores import filters as f
from apiserver.stores.match import bounds
from apiserver.stores.ordering import NUMBER, TEXT, kind
from apiserver.stores.sqlite.table import Table, json_path


@frozen
class Place:
    """Where a path leads. kind, value, json: SQL; lists: SQL of whether a list is on the way, empty where there can be none.

    depth: how many of the parts the SQL says.
    """

    kind: str
    value: str
    json: str
    lists: str
    depth: int

    @staticmethod
    def of(table: Table, parts: tuple[str, ...]) -> Place:
        literal, rest = json_path(parts)
        depth = len(parts) - len(rest)
        ways = [json_path(parts[:n])[0] for n in range(1, depth) if not (n == 1 and parts[0] in table.collection.never_lists)]
        lists = " OR ".join(f"json_type(t.body, {way}) = 'array'" for way in ways)
        return Place(f"json_type(t.body, {literal})", f"t.body ->> {literal}", f"t.body -> {literal}", lists, depth)

    def choice(self, kinds: dict[str, str], missing: str, called: str) -> str:
        """SQL: by kind what `kinds` says; `missing` where nothing is; `called` for lists and objects, and below lists."""
        whens = " ".join(f"WHEN '{name}' THEN {sql}" for name, sql in kinds.items())
        if not self.lists:
            # PERF: the kind is looked up once.
            return f"CASE ifnull({self.kind}, '') {whens} WHEN '' THEN {missing} ELSE {called} END"
        absent = f"{self.kind} IS NULL AND NOT ({self.lists})"
        return f"CASE {self.kind} {whens} ELSE CASE WHEN {absent} THEN {missing} ELSE {called} END END"


@frozen
class Test:
    """A condition on one plain value: SQL by kind with the parameters of each, and whether nothing meets it."""

    kinds: dict[str, tuple[str, Sequence[Any]]]
    missing: bool = False


def plain_test(condition: f.Filter, value: str, folded: Any) -> Test | None:
    """What the condition says about plain values; None: it has to be called. folded: the collation's key of a text, or None."""
    if isinstance(condition, f.Eq):
        return _one_of((condition.value,), value, folded)
    if isinstance(condition, f.In):
        return _one_of(condition.values, value, folded)
    if isinstance(condition, f.Range):
        return _within(condition, value, folded)
    if isinstance(condition, f.Exists):
        there = "1" if condition.present else "0"
        return Test(dict.fromkeys(("integer", "real", "text", "null", "true", "false"), (there, ())), missing=not condition.present)
    return None


def _one_of(values: Sequence[Any], value: str, folded: Any) -> Test | None:
    texts: list[Any] = []
    numbers: list[Any] = []
    for one in values:
        if isinstance(one, str):
            texts.append(folded(one) if folded else one)
        elif isinstance(one, int | float) and not isinstance(one, bool):
            if not math.isfinite(one) or (isinstance(one, int) and one.bit_length() > 63):
                return None
            numbers.append(one)
        elif one is not None:
            return None
    null = any(one is None for one in values)
    shown = f"folded({value})" if folded else value
    found = {
        "text": (f"{shown} IN ({', '.join('?' * len(texts))})", texts),
        "integer": (f"{value} IN ({', '.join('?' * len(numbers))})", numbers),
        "real": (f"{value} IN ({', '.join('?' * len(numbers))})", numbers),
        "null": ("1" if null else "0", ()), "true": ("0", ()), "false": ("0", ()),
    }  # fmt: skip
    return Test(found, missing=null)


def _within(condition: f.Range, value: str, folded: Any) -> Test | None:
    """NOTE: each bound binds only values of its own kind; with bounds of two kinds no plain value is within both."""
    found: dict[str, tuple[str, Sequence[Any]]] = dict.fromkeys(("integer", "real", "text", "null", "true", "false"), ("0", ()))
    pairs = bounds(condition)
    ranks = {kind(bound) for _, bound in pairs}
    if not pairs or not ranks <= {NUMBER, TEXT} or any(isinstance(bound, float) and not math.isfinite(bound) for _, bound in pairs):
        return None
    if any(isinstance(bound, int) and bound.bit_length() > 63 for _, bound in pairs):
        return None
    if len(ranks) > 1:
        return Test(found)
    text = ranks == {TEXT}
    shown = f"folded({value})" if text and folded else value
    sql = " AND ".join(f"{shown} {_SIGNS[sign]} ?" for sign, _ in pairs)
    values = [folded(bound) if text and folded else bound for _, bound in pairs]
    for name in ("text",) if text else ("integer", "real"):
        found[name] = (f"({sql})", values)
    return Test(found)


_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
