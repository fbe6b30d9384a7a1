"""Artifacts turn from list to map and back without losing any."""

from __future__ import annotations

from apiserver.domain import artifacts


def test_map_key() -> None:
    """One key may stand once in each mode; output is the default."""
    assert artifacts.map_key("k.1", None) == "fa24b6465069526039d63f81352eda6c_output"
    assert artifacts.map_key("k.1", "input") == "fa24b6465069526039d63f81352eda6c_input"


def test_stored() -> None:
    """Nulls go, defaults come, display data is sorted, also where its rows do not compare."""
    item = {"key": "k", "type": "t", "uri": None, "display_data": [["b", 2], ["a", 1.5], [None, 1]]}
    stored = artifacts.stored(item)
    assert stored["display_data"] == [["a", 1.5], ["b", 2], [None, 1]]
    assert {k: v for k, v in stored.items() if k != "display_data"} == {"key": "k", "type": "t", "mode": "output"}
    assert artifacts.stored({"key": "k", "type": "t"})["display_data"] == []


def test_bare() -> None:
    """An edit keeps an artifact without defaults, which reading fills in."""
    bare = artifacts.bare({"key": "k", "type": "t", "type_data": {"preview": None, "data_hash": "h"}})
    assert bare == {"key": "k", "type": "t", "type_data": {"data_hash": "h"}}
    assert artifacts.to_list({"x": bare}, complete=False) == [bare]
    assert artifacts.to_list({"x": bare}) == [{**bare, "mode": "output", "display_data": []}]


def test_round_trip() -> None:
    """The list comes back by key, the modes in stored order, without what the store adds."""
    items = [{"key": "b", "type": "t"}, {"key": "a", "type": "t"}, {"key": "a", "type": "u", "mode": "input"}]
    stored = artifacts.to_map(items)
    for item in stored.values():
        item["_cls"] = "Artifact"
    assert [(i["key"], i["mode"]) for i in artifacts.to_list(stored)] == [("a", "output"), ("a", "input"), ("b", "output")]
    assert all("_cls" not in item for item in artifacts.to_list(stored))
