"""A migration cut into units: whatever the times are, each document is in exactly one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.migrations.elastic.source import Index
from apiserver.migrations.elastic.units import Unit, units_of
from hypothesis import given
from hypothesis import strategies as st

Times = tuple[int | None, int | None]
NAMES = ("@timestamp", "timestamp")


class FakeSource:
    """Answers from a list of (@timestamp, timestamp); counts are of the units' own queries."""

    def __init__(self, documents: list[Times]) -> None:
        self.documents = documents

    def _chosen(self, query: Mapping[str, Any]) -> list[Times]:
        return [one for one in self.documents if _holds(query, one)]

    def count(self, index: str, query: Mapping[str, Any]) -> int:
        return len(self._chosen(query))

    def extent(self, index: str, name: str, query: Mapping[str, Any]) -> tuple[int, int] | None:
        found = [ms for one in self._chosen(query) if (ms := one[NAMES.index(name)]) is not None]
        return (min(found), max(found)) if found else None

    def histogram(self, index: Index, name: str, query: Mapping[str, Any], interval: int) -> list[tuple[int, int]]:
        found: dict[int, int] = {}
        for one in self._chosen(query):
            if (ms := one[NAMES.index(name)]) is not None:
                found[ms // interval * interval] = found.get(ms // interval * interval, 0) + 1
        return sorted(found.items())


def _holds(query: Mapping[str, Any], times: Times) -> bool:
    if "match_all" in query:
        return True
    parts = query["bool"]
    return all(_one(part, times) for part in parts["filter"]) and not any(_one(part, times) for part in parts["must_not"])


def _one(part: Mapping[str, Any], times: Times) -> bool:
    if "exists" in part:
        return times[NAMES.index(part["exists"]["field"])] is not None
    ((name, bounds),) = part["range"].items()
    ms = times[NAMES.index(name)]
    return ms is not None and bounds.get("gte", ms) <= ms and ms < bounds.get("lt", ms + 1)


def index(documents: list[Times]) -> Index:
    # NOTE: mapped as numbers, so that the fake need not read dates.
    return Index("i", "events", "log", "c", len(documents), 0, "", "task", dict.fromkeys(NAMES, "long"))


moments = st.none() | st.integers(0, 30) | st.integers(-(10**6), 10**13)


@given(st.lists(st.tuples(moments, moments), max_size=60), st.integers(1, 10))
def test_each_document_is_in_one_unit(documents: list[Times], size: int) -> None:
    source: Any = FakeSource(documents)
    units = list(units_of(source, index(documents), size=size))
    for one in documents:
        assert sum(_holds(unit.query(index(documents).times), one) for unit in units) == 1
    for unit in units:
        many = len(source._chosen(unit.query(index(documents).times)))
        assert many <= size or unit.time is None or _span(source, unit) == 0


def _span(source: FakeSource, unit: Unit) -> int:
    assert unit.time is not None
    extent = source.extent("i", unit.time, unit.query(dict.fromkeys(NAMES, "long")))
    return 0 if extent is None else extent[1] - extent[0]


@given(st.lists(st.tuples(moments, moments), max_size=40), st.integers(1, 5), st.tuples(moments, moments))
def test_what_comes_meanwhile_is_in_a_unit(documents: list[Times], size: int, late: Times) -> None:
    source: Any = FakeSource(documents)
    units = list(units_of(source, index(documents), size=size))
    if late[0] is not None:
        assert sum(_holds(unit.query(index(documents).times), late) for unit in units) == 1


@given(st.lists(st.tuples(moments, moments), max_size=40), st.integers(0, 30))
def test_another_pass_begins_where_it_is_told(documents: list[Times], since: int) -> None:
    source: Any = FakeSource(documents)
    units = list(units_of(source, index(documents), size=3, since={"@timestamp": since, "timestamp": since}))
    for arrived, reported in documents:
        new = (arrived if arrived is not None else reported if reported is not None else since) >= since
        assert sum(_holds(unit.query(index(documents).times), (arrived, reported)) for unit in units) == new


def test_units_of_dates_ask_with_texts() -> None:
    unit = Unit("i", "@timestamp", 1580000000000, 1580000000001, ("timestamp",))
    assert unit.query({"@timestamp": "date"}) == {
        "bool": {
            "filter": [{"range": {"@timestamp": {"gte": "2020-01-26T00:53:20.000Z", "lt": "2020-01-26T00:53:20.001Z"}}}],
            "must_not": [{"exists": {"field": "timestamp"}}],
        }
    }
