"""Random documents, conditions, orders and changes, for the tests that compare engines with each other and with the meaning."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from apiserver.stores.documents import Document
from apiserver.stores.filters import (
    AddToSet,
    All,
    AnyElement,
    AnyOf,
    ContainsAll,
    Eq,
    Exists,
    Filter,
    In,
    Inc,
    Matches,
    Max,
    Min,
    Ne,
    Not,
    NotIn,
    Order,
    Pull,
    Push,
    Range,
    Set,
    Size,
    Unset,
)
from apiserver.testing.samples import COMPOUNDS, EVERY_VALUE, SCALARS

FREE_PATHS = [
    "tags",
    "items",
    "items.key",
    "items.0",
    "items.count",
    "data",
    "data.x",
    "data.x.y",
    "data.x.0",
    "data.x.y.z",
    "anything",
    "data.$d",
    "maps.x.y",
    "maps.x.y.value",
]
SINGLE_PATHS = ["company", "name", "note", "number", "ratio", "flag", "moment", "inner.word"]

# NOTE: the lowest double shares its column value with -Infinity (encoding.to_column), so it is not drawn.
scalars = st.one_of(
    st.sampled_from(list(SCALARS.values())),
    st.integers(-3, 3),
    st.floats(allow_nan=False, min_value=-1e300),
    st.text(st.sampled_from('aAbB01é. -"\\\0$'), max_size=4),
    st.integers(-(2**63), 2**63 - 1),
)
single = st.one_of(scalars, st.sampled_from(list(COMPOUNDS.values())))
values = st.recursive(
    st.one_of(single, st.sampled_from(list(EVERY_VALUE.values()))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["x", "y", "z", "key", "count", "0", "$d", "$"]), inner, max_size=3)
    ),
    max_leaves=6,
)

maps = st.dictionaries(
    st.sampled_from(["x", "z"]),
    st.one_of(st.dictionaries(st.sampled_from(["x", "y"]), st.one_of(values, st.builds(lambda v: {"value": v}, values))), values),
)


@st.composite
def documents(draw: Any) -> Document:
    """Without an id."""
    made: Document = {}
    for name in ("number", "ratio", "flag", "moment", "note"):
        if draw(st.booleans()):
            made[name] = draw(single)
    for name in ("tags", "items", "anything"):
        if draw(st.booleans()):
            made[name] = draw(values)
    if draw(st.booleans()):
        made["data"] = draw(st.one_of(single, st.dictionaries(st.sampled_from(["x", "y", "$d"]), values, max_size=2)))
    if draw(st.booleans()):
        made["maps"] = draw(maps)
    if draw(st.booleans()):
        made["items"] = draw(st.lists(st.dictionaries(st.sampled_from(["key", "count"]), values, max_size=2), max_size=3))
    if draw(st.booleans()):
        made["tags"] = draw(st.lists(st.sampled_from(["a", "b", "A"]), max_size=3))
    return made


paths = st.sampled_from([*FREE_PATHS, *SINGLE_PATHS, "id"])
given_values: st.SearchStrategy[Any] = st.one_of(values, st.sampled_from(["a", "b", None, [], 1, True]))
limits = given_values.filter(lambda value: value is not None)
leaf_filters: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Eq, paths, given_values),
    st.builds(Ne, paths, given_values),
    st.builds(In, paths, st.lists(given_values, max_size=3)),
    st.builds(NotIn, paths, st.lists(given_values, max_size=3)),
    st.builds(ContainsAll, paths, st.lists(given_values, max_size=3)),
    st.builds(Exists, paths, st.booleans()),
    st.builds(Size, paths, st.integers(0, 3)),
    st.builds(lambda p, sign, v: Range(p, **{sign: v}), paths, st.sampled_from(["gt", "gte", "lt", "lte"]), limits),
    st.builds(lambda p, low, high: Range(p, gte=low, lt=high), paths, limits, limits),
    st.builds(Matches, paths, st.sampled_from(["a", "^a", "A|b", "^a\\.?$", "^ab*", r"\d", "^1", "$"]), st.booleans()),
)  # fmt: skip
filters: st.SearchStrategy[Filter] = st.recursive(
    leaf_filters,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(*parts)),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(*parts)),
        inner.map(Not),
        st.builds(AnyElement, st.sampled_from(["items", "anything", "data.x", "number"]), inner),
    ),
    max_leaves=4,
)
orders = st.lists(st.builds(Order, paths, st.booleans()), max_size=3)
anything = st.one_of(values, single)
changes = st.one_of(
    st.builds(Set, paths.filter(lambda p: p not in ("id", "company", "name")), anything),
    st.builds(Unset, paths.filter(lambda p: p not in ("id", "company", "name"))),
    st.builds(Inc, st.sampled_from(["number", "ratio", "data.x"]), st.one_of(st.integers(-5, 5), st.floats(-10, 10))),
    st.builds(Max, paths.filter(lambda p: p not in ("id", "company", "name")), anything),
    st.builds(Min, paths.filter(lambda p: p not in ("id", "company", "name")), anything),
    st.builds(Push, st.sampled_from(FREE_PATHS), st.lists(anything, max_size=2), st.one_of(st.none(), st.integers(-2, 4))),
    st.builds(AddToSet, st.sampled_from(FREE_PATHS), st.lists(anything, max_size=2)),
    st.builds(Pull, st.sampled_from(FREE_PATHS), st.lists(anything, max_size=2)),
)
