"""Values of requests as conditions: one row a rule of spec 2 §1.3-1.6."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apiserver.calls.errors import ApiError
from apiserver.query import conditions
from apiserver.query.conditions import NEVER, dated, empty, flat, ranged, structured
from apiserver.stores.filters import All, AnyOf, ContainsAll, Eq, Filter, In, Not, NotIn, Range, Size

EMPTY = empty("tags")


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        (None, None),
        ([], None),
        ("a", In("tags", ["a"])),
        (["a", "b", "a"], In("tags", ["a", "b"])),
        (["-a"], NotIn("tags", ["a"])),
        (["b", "-c"], All(In("tags", ["b"]), NotIn("tags", ["c"]))),
        ([None], EMPTY),
        ([None, "a"], AnyOf(In("tags", ["a"]), EMPTY)),
        (["__$all", "a", "b"], ContainsAll("tags", ["a", "b"])),
        (["__$and", "a", "b"], ContainsAll("tags", ["a", "b"])),
        (["__$any", "a", "b"], In("tags", ["a", "b"])),
        (["__$any", "a", "__$not", "b"], AnyOf(In("tags", ["a"]), NotIn("tags", ["b"]))),
        (["__$or", "a", "__$not", "b"], AnyOf(In("tags", ["a"]), NotIn("tags", ["b"]))),
        (["a", "__$any", "__$not", "b"], All(In("tags", ["a"]), NotIn("tags", ["b"]))),
        (["__$all", "b", "__$not", "c"], All(ContainsAll("tags", ["b"]), NotIn("tags", ["c"]))),
        (["__$all", "a", "b", "__$nop", "c"], All(In("tags", ["c"]), ContainsAll("tags", ["a", "b"]))),
        (["__$nop", "__$any", "a", "__$not", "b"], All(In("tags", ["a"]), NotIn("tags", ["b"]))),
        (["__$all", "-x"], ContainsAll("tags", ["-x"])),
        (["__$not", "-x"], NotIn("tags", ["-x"])),
        (["__$all", "a", "__$nop", "-x"], All(ContainsAll("tags", ["a"]), NotIn("tags", ["x"]))),
        (["__$not", None], EMPTY),
        (["__$not", "a", "b"], All(In("tags", ["b"]), NotIn("tags", ["a"]))),
        (["__$all"], None),
    ],
)
def test_flat_lists(value: Any, condition: Filter | None) -> None:
    """Texts, nulls and operators, read from left to right."""
    assert flat("tags", value) == condition


@pytest.mark.parametrize(
    "value", [["__$zz"], ["-"], ["__$not"], ["__$not", "__$all", "a"], [5], [["a"]], 5, {"a": 1}, ["a", "__$not"], [True]]
)
def test_flat_lists_that_mean_nothing_are_refused(value: Any) -> None:
    with pytest.raises(ApiError) as caught:
        flat("tags", value)
    assert (caught.value.code, caught.value.subcode) == (400, 16)


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ({}, None),
        ({"any": None, "all": {}}, None),
        ({"any": {"include": ["a"]}}, In("tags", ["a"])),
        ({"any": {"exclude": ["a", "b"]}}, Not(ContainsAll("tags", ["a", "b"]))),
        ({"any": {"include": ["a"], "exclude": ["b"]}}, AnyOf(In("tags", ["a"]), Not(ContainsAll("tags", ["b"])))),
        ({"all": {"include": ["a", "b"]}}, ContainsAll("tags", ["a", "b"])),
        ({"all": {"exclude": ["a"]}}, NotIn("tags", ["a"])),
        ({"all": {"include": ["a"], "exclude": ["b"]}}, All(ContainsAll("tags", ["a"]), NotIn("tags", ["b"]))),
        ({"any": {"include": [None]}}, Size("tags", 0)),
        ({"any": {"include": [None, "a"]}}, AnyOf(In("tags", ["a"]), Size("tags", 0))),
        ({"all": {"exclude": [None]}}, Not(Size("tags", 0))),
        ({"any": {"include": ["a"]}, "all": {"include": ["b"]}}, All(In("tags", ["a"]), ContainsAll("tags", ["b"]))),
        ({"any": {"include": ["a"]}, "all": {"include": ["b"]}, "op": "or"}, AnyOf(In("tags", ["a"]), ContainsAll("tags", ["b"]))),
    ],
)
def test_structured_filters(value: Any, condition: Filter | None) -> None:
    assert structured("tags", value) == condition


@pytest.mark.parametrize(
    "value",
    [
        5,
        [],
        "a",
        {"foo": {}},
        {"op": "xor"},
        {"op": 5},
        {"any": []},
        {"any": {"x": []}},
        {"any": {"include": "a"}},
        {"all": {"exclude": [1]}},
    ],
)
def test_structured_filters_of_another_shape_are_refused(value: Any) -> None:
    with pytest.raises(ApiError) as caught:
        structured("tags", value)
    assert (caught.value.code, caught.value.subcode) == (400, 12)


DAY = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "value", "kind", "condition"),
    [
        ("n", None, "int", None),
        ("n", [1, 2], "int", Range("n", gte=1, lte=2)),
        ("n", [1, None], "int", Range("n", gte=1)),
        ("n", [None, 2], "int", AnyOf(Range("n", lte=2), Eq("n", None))),
        ("n", ["1", "2"], "int", Range("n", gte=1.0, lte=2.0)),
        ("n", ["x", None], "int", NEVER),
        ("n", [float("nan"), None], "int", NEVER),
        ("n", [10**30, None], "int", Range("n", gte=float("inf"))),
        ("last_metrics.a.b.value", ["2", "10"], "any", Range("last_metrics.a.b.value", gte=2.0, lte=10.0)),
        ("last_metrics.a.b.value", ["x", None], "any", Range("last_metrics.a.b.value", gte="x")),
        ("d", ["2020-01-01", None], "date", Range("d", gte=DAY)),
        ("d", ["garbage", None], "date", NEVER),
        ("d", [5, None], "date", NEVER),
    ],
)
def test_ranges(path: str, value: Any, kind: str, condition: Filter | None) -> None:
    """Both ends included; an open lower end takes in what has no value at all."""
    assert ranged(path, value, kind) == condition


@pytest.mark.parametrize("value", [[None, None], [1], [1, 2, 3], "ab", 5, [[1], 2], [{}, None], {}])
def test_ranges_of_another_shape_are_refused(value: Any) -> None:
    with pytest.raises(ApiError) as caught:
        ranged("n", value, "int")
    assert (caught.value.code, caught.value.subcode) == (400, 12)


LATER = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        (None, None),
        ("2020-01-01", Eq("d", DAY)),
        (">2020-01-01", Range("d", gt=DAY)),
        ([">=2020-01-01", "<2021-01-01"], Range("d", gte=DAY, lt=LATER)),
        (["<=2020-01-01"], Range("d", lte=DAY)),
        (["2020-01-01", "2021-01-01"], Range("d", gte=DAY, lte=LATER)),
        (["2020-01-01", None], Range("d", gte=DAY)),
        ([">2020-01-01", ">2021-01-01"], Range("d", gt=LATER)),
        ([">garbage"], None),
        ([">garbage", "<2021-01-01"], Range("d", lt=LATER)),
        ([">2020-01-01T02:00:00+02:00"], Range("d", gt=DAY)),
        ([], None),
    ],
)
def test_dates(value: Any, condition: Filter | None) -> None:
    assert dated("d", value) == condition


@pytest.mark.parametrize("value", [5, [5], [None], [">2020-01-01", None], [{}]])
def test_dates_that_are_no_text_are_refused(value: Any) -> None:
    with pytest.raises(ApiError) as caught:
        dated("d", value)
    assert (caught.value.code, caught.value.subcode) == (400, 16)


def test_a_single_condition_is_not_wrapped() -> None:
    assert conditions.joined([Eq("a", 1)], any_of=True) == Eq("a", 1)
