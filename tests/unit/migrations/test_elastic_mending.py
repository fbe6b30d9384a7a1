"""What old servers let in: mended to what every engine takes, or refused with the reason."""

from __future__ import annotations

import math
from typing import Any

import pytest
from apiserver.migrations.elastic.mending import Bad, event_of
from hypothesis import given
from hypothesis import strategies as st

from apiserver.stores.elastic.documents import document
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, TYPES, VECTOR
from apiserver.stores.sqlite.events import SqliteEventStore

ARRIVED = "2020-01-26T00:53:20.500Z"
OLD = {
    "type": SCALAR, "task": "t", "timestamp": 1580000000000, "@timestamp": ARRIVED, "worker": "w", "metric": "m", "variant": "v", "iter": 1,
    "value": 0.5,
}  # fmt: skip


def old(kind: str = SCALAR, **fields: Any) -> dict[str, Any]:
    found = {**OLD, "type": kind, **fields}
    return {name: value for name, value in found.items() if value is not ...}


def test_an_ordinary_document_only_gets_its_model_event() -> None:
    assert event_of(old(), SCALAR) == {**OLD, "model_event": False}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"iter": "7"}, {"iter": 7}),
        ({"iter": 7.9}, {"iter": 7}),
        ({"iter": None}, {"iter": None}),
        ({"value": "1.5"}, {"value": 1.5}),
        ({"value": "3"}, {"value": 3}),
        ({"value": None}, {"value": None}),
        ({"metric": None, "variant": ...}, {"metric": "", "variant": ""}),
        ({"metric": 5}, {"metric": "5"}),
        ({"timestamp": "1580000000001"}, {"timestamp": 1580000000001}),
        ({"timestamp": "2020-01-26T00:53:20.250Z"}, {"timestamp": 1580000000250}),
        ({"timestamp": ...}, {"timestamp": 1580000000500}),
        ({"timestamp": None}, {"timestamp": None}),
        ({"@timestamp": ...}, {"@timestamp": "2020-01-26T00:53:20.000Z"}),
        ({"@timestamp": "2020-01-26T00:53:20.123456+00:00"}, {"@timestamp": "2020-01-26T00:53:20.123Z"}),
        ({"@timestamp": "2020-01-26T00:53:20"}, {"@timestamp": "2020-01-26T00:53:20.000Z"}),
        ({"@timestamp": 1580000000500}, {"@timestamp": ARRIVED}),
        ({"@timestamp": ..., "timestamp": ...}, {"timestamp": None, "@timestamp": "1970-01-01T00:00:00.000Z"}),
        ({"worker": ...}, {"worker": "<unknown>"}),
        ({"type": "training stats scalar"}, {"type": SCALAR}),
        ({"type": ...}, {"type": SCALAR}),
        ({"mine": {"a": [1]}}, {"mine": {"a": [1]}}),
    ],
)
def test_mended(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert event_of(old(**fields), SCALAR) == {**old(**fields), "model_event": False, **expected}


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        (SCALAR, {"task": ...}, "it has no task"),
        (SCALAR, {"task": ""}, "it has no task"),
        (SCALAR, {"task": 5}, "its task is 5"),
        (SCALAR, {"type": "plot"}, "it says type 'plot' in an index of training_stats_scalar"),
        (SCALAR, {"iter": "abc"}, "its iter is 'abc'"),
        (SCALAR, {"iter": 2**63}, "its iter is 9223372036854775808"),
        (SCALAR, {"iter": math.nan}, "its iter is nan"),
        (SCALAR, {"iter": True}, "its iter is True"),
        (SCALAR, {"value": "NaN"}, "its value is nan, which is no number of 4 bytes"),
        (SCALAR, {"value": math.inf}, "its value is inf, which is no number of 4 bytes"),
        (SCALAR, {"value": 1e39}, "its value is 1e+39, which is no number of 4 bytes"),
        (SCALAR, {"value": "x"}, "its value is 'x', which is no number of 4 bytes"),
        (SCALAR, {"value": [1]}, "its value is [1], which is no number of 4 bytes"),
        (SCALAR, {"metric": ["a"]}, "its metric is ['a']"),
        (SCALAR, {"metric": "\ud800"}, "its metric is no Unicode text"),
        (SCALAR, {"variant": "x" * 32767}, "its variant has 32767 bytes, more than the 32766 that can be indexed"),
        (SCALAR, {"timestamp": "yesterday"}, "its timestamp is 'yesterday'"),
        (SCALAR, {"timestamp": [1]}, "its timestamp is [1]"),
        (SCALAR, {"@timestamp": "soon"}, "its @timestamp is 'soon'"),
        (VECTOR, {"value": ["a"]}, "its value is no list of numbers"),
        (VECTOR, {"value": [1, math.nan]}, "its value is no list of numbers"),
        (PLOT, {"plot_str": {"a": 1}}, "its plot_str is {'a': 1}"),
        (PLOT, {"plot_data": "no zlib"}, "what is packed in it cannot be read"),
        (LOG, {"worker": ["\ud800"]}, "it is what is no JSON"),
        (IMAGE, {"url": 5}, "its url is 5"),
        (IMAGE, {"url": "ä" * 20_000}, "its url has 40000 bytes"),
    ],
)
def test_bad(kind: str, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(Bad) as caught:
        event_of(old(kind, **fields), kind)
    assert str(caught.value).startswith(why)


@pytest.mark.parametrize(("source", "why"), [(None, "the index keeps no _source of it"), ([], "its _source is no object")])
def test_what_is_no_object_is_bad(source: Any, why: str) -> None:
    with pytest.raises(Bad, match=why):
        event_of(source, SCALAR)


def test_vectors_of_the_first_releases() -> None:
    assert event_of(old(VECTOR, value=..., values=[1, 2]), VECTOR)["value"] == [1, 2]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["7", "NaN", ARRIVED, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from([*OLD, "key", "url", "msg", "plot_str", "other"]), ANY, max_size=5))
def test_whatever_comes_is_an_event_or_bad(kind: str, fields: dict[str, Any]) -> None:
    """Never another error; and what is an event can be made a document, and is the same again."""
    try:
        found = event_of({**old(kind), **fields}, kind)
    except Bad:
        return
    document(found)
    assert event_of(found, kind) == found or found != found


def test_what_is_mended_can_be_stored(tmp_path: Any) -> None:
    store = SqliteEventStore(tmp_path / "events.db")
    odd = [old(LOG, msg=5, value=..., iter="3"), old(LOG, level=None, worker=...), old(PLOT, plot_str=None), old(IMAGE, key=None, url=None)]
    store.add("c", [event_of(one, one["type"]) for one in odd])
    store.close()
