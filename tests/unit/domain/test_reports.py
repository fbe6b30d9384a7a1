"""How a reported event is brought into its stored form."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.domain import reports

DEFAULTS = reports.Defaults(arrived="2024-03-01T10:20:30.123Z", timestamp=5, worker="w")


def normalised(kind: str = "training_stats_scalar", **fields: Any) -> dict[str, Any]:
    event = {"task": "t", "model_event": False, **fields}
    assert reports.normalise(event, kind, DEFAULTS)
    return event


def test_what_is_filled_in() -> None:
    assert normalised(value=1) == {
        "task": "t", "model_event": False, "value": 1, "type": "training_stats_scalar", "metric": "", "variant": "", "timestamp": 5,
        "@timestamp": DEFAULTS.arrived, "worker": "w",
    }  # fmt: skip


@pytest.mark.parametrize(("sent", "kept"), [("7", 7), (7.9, 7), (-8.9, -8), (True, 1), (None, None), (3, 3)])
def test_iterations_are_cut_to_whole_numbers(sent: Any, kept: Any) -> None:
    assert normalised(iter=sent)["iter"] == kept


def test_old_names() -> None:
    """`ts` wins over timestamp, `values` over value."""
    assert normalised(ts=1, timestamp=2)["timestamp"] == 1
    assert normalised("training_stats_vector", values=[1], value=2)["value"] == [1]


@pytest.mark.parametrize("iteration", [2**63, -(2**63) - 1, "9223372036854775808", 1e300])
def test_iterations_beyond_64_bits(iteration: Any) -> None:
    assert not reports.normalise({"iter": iteration}, "log", DEFAULTS)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e39, 3.4028235677973366e38, 10**400, True])
def test_values_that_cannot_be_stored(value: Any) -> None:
    with pytest.raises(reports.Unstorable):
        reports.check_storable(normalised(value=value))


@pytest.mark.parametrize(
    "fields", [{"timestamp": 1e19}, {"timestamp": math.nan}, {"url": "ä" * 20_000}, {"metric": "x" * 32_767}, {"more": [{"a": math.nan}]}]
)
def test_fields_that_cannot_be_stored(fields: Any) -> None:
    with pytest.raises(reports.Unstorable):
        reports.check_storable(normalised(**fields))


@pytest.mark.parametrize(
    "fields", [{"value": 3.4e38}, {"value": None}, {"url": "x" * 32_766}, {"more": [1, "a", None]}, {"timestamp": None}]
)
def test_fields_that_can(fields: Any) -> None:
    reports.check_storable(normalised(**fields))


def test_depth_costs_nothing() -> None:
    """Clients choose how deep they nest."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    reports.check_storable(normalised(more=deep))
    while isinstance(deep, list):  # NOTE: taken apart here; the interpreter would do it recursively
        deep = deep.pop()


ODD = st.sampled_from(
    [..., ..., ..., None, "", "text", "ä" * 9000, 5, 0.25, -1, True, math.nan, math.inf, 3.5e38, 2**63, -(2**63), 10**400, []]
)
FIELDS = ("metric", "variant", "iter", "value", "timestamp", "worker", "msg", "level", "model_event", "ts", "x")


@given(
    kind=st.sampled_from(["training_stats_scalar", "log", "plot"]),
    odd=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, ODD)),
)
def test_ordinary_events_need_no_rules(kind: str, odd: dict[str, Any]) -> None:
    """What is taken for ordinary keeps all of them and gets the same from `complete`; what has nothing odd is ordinary."""
    usual = {"task": "t", "type": kind, "timestamp": 1, "model_event": False}
    if kind == "log":
        usual |= {"msg": "m", "level": "l", "worker": "w"}
    else:
        usual |= {"metric": "m", "variant": "v", "iter": 1, "value": 0.5}
    event = {name: value for name, value in {**usual, **odd}.items() if value is not ...}
    ordinary = reports.ordinary(event) or reports.ordinary_line(event)
    if event == usual and kind != "plot":
        assert ordinary
    if not ordinary:
        return
    slowly = dict(event)
    assert reports.kind_of(slowly) == kind
    assert reports.normalise(slowly, kind, DEFAULTS)
    reports.check_storable(slowly)
    reports.complete(event, DEFAULTS)
    assert event == slowly
