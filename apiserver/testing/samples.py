"""A collection made for the document suites, with a field of every kind, and values of every kind."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from apiserver.stores.collections import Collection, Field, Index

SAMPLES = Collection(
    "sample",
    fields={
        "id": Field("text"),
        "company": Field("text", reference="company"),
        "name": Field("text"),
        "email": Field("text"),
        "note": Field("text"),
        "number": Field("int"),
        "ratio": Field("float"),
        "flag": Field("bool"),
        "moment": Field("date"),
        "until": Field("date"),
        "tags": Field("list", []),
        "items": Field("list", [], {"key": Field("text"), "count": Field("int")}),
        "inner": Field("embedded", None, {"word": Field("text"), "number": Field("int")}),
        "data": Field("map", {}),
        "maps": Field("map", {}),
        "anything": Field("any"),
    },
    indexes=(
        Index(("company", "name"), unique=True),
        Index(("email",), unique=True, sparse=True),
        Index(("number",)),
        Index(("company", "-moment")),
        Index(("company", "tags")),
        Index(("items.key",)),
    ),
    text={"name": 10, "note": 1, "items.key": 3},
    text_index_name="backend-db.sample.main_text_index",
    keys={"data": 1, "tags": 0, "maps": 2},
    covered=(("company", "data", "tags"), ("company", "tags", "number")),
    searched=("id", "note", "tags", "items.key"),
)

EARLY = datetime(2001, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)
LATE = datetime(2030, 1, 1, tzinfo=UTC)
ANCIENT = datetime(1901, 1, 1, tzinfo=UTC)

SCALARS: dict[str, Any] = {
    "null": None, "zero": 0, "one": 1, "one_float": 1.0, "negative": -7, "half": 0.5, "big": 2**53 + 1, "big_float": float(2**53),
    "longest": 2**63 - 1, "lowest": -(2**63), "tiny": 5e-324, "huge": 1e308, "nan": math.nan, "inf": math.inf, "minus_inf": -math.inf,
    "empty": "", "a": "a", "A": "A", "ab": "ab", "ten": "10", "nine": "9", "accent": "é", "emoji": "\U0001f600", "nul": "a\0b",
    "quote": "it's \"so\" \\ %_", "line": "one\ntwo", "true": True, "false": False, "early": EARLY, "late": LATE, "ancient": ANCIENT,
}  # fmt: skip
"""One value of each kind and of each edge; all may stand in any field."""

COMPOUNDS: dict[str, Any] = {
    "object": {"a": 1}, "no_keys": {}, "swapped": {"b": 2, "a": 1}, "two_keys": {"a": 1, "b": 2}, "dollar": {"$d": 5, "$x": {"$$": 1}},
    "deep": {"x": {"y": [{"z": None}]}},
}  # fmt: skip

LISTS: dict[str, Any] = {
    "none": [], "texts": ["a", "b"], "numbers": [1, 5.5], "with_null": [None, "a"], "nested": [[], [1]],
    "objects": [{"a": 1}, {"a": 2, "b": "a"}],
    "mixed": [3, "a", True, EARLY, None, {"a": [1, 2]}], "dates": [EARLY, LATE],
}  # fmt: skip

EVERY_VALUE: dict[str, Any] = {**SCALARS, **COMPOUNDS, **LISTS}


def same(one: Any, other: Any) -> bool:
    """Equal in value and kind, key order included; NaN equals NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
