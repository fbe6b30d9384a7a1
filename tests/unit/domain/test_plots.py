"""What is derived from a plot."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest

from apiserver.domain import plots


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ('{"source": "http://f/a"}', ["http://f/a"]),
        ('{"source":"s3://b/x y"},{"source": "s3://b/x y"}, {\'SOURCE\': \'GS://c\'}', ["s3://b/x y", "GS://c"]),
        ('{"source":  "http://two-blanks"}', []),
        ('{"source": "/no/scheme"}', []),
        ('{"resource": "http://f/a"}', []),
        ("{}", []),
    ],
)
def test_source_urls(text: str, urls: list[str]) -> None:
    """Quoted urls with a scheme under a quoted key `source`, each once."""
    assert plots.source_urls(text) == urls


@pytest.mark.parametrize(
    ("event", "validate", "added"),
    [
        ({"plot_str": "{}"}, False, {"plot_len": 2}),
        ({"plot_str": "{}"}, True, {"plot_len": 2, "valid_plot": True}),
        ({"plot_str": "{"}, True, {"plot_len": 1, "valid_plot": False}),
        ({"plot_str": "[" * 100_000}, True, {"plot_len": 100_000, "valid_plot": False}),
        ({}, True, {"plot_len": 0, "valid_plot": False}),
        ({"plot_str": None}, False, {"plot_len": 0}),
    ],
)
def test_complete(event: dict[str, Any], validate: bool, added: dict[str, Any]) -> None:
    """Length in characters; whether it is JSON only where that is asked for."""
    sent = dict(event)
    plots.complete(event, validate=validate)
    assert event == {**sent, **added}


def test_skip_validation_is_obeyed_and_removed_only_where_plots_are_validated() -> None:
    """QUIRK: spec 4 §4.2.3: else it is stored with the event."""
    event = {"plot_str": "{", "skip_validation": True}
    plots.complete(event, validate=False)
    assert event["skip_validation"] is True
    plots.complete(event, validate=True)
    assert event == {"plot_str": "{", "plot_len": 1}


def test_a_plot_that_is_no_text_is_refused() -> None:
    with pytest.raises(plots.NotText):
        plots.complete({"plot_str": {"a": 1}}, validate=False)


def test_packed() -> None:
    """Long plots as base64 lines of compressed text; short ones, and all with threshold 0, as they are."""
    event = {"plot_str": "ä" * 100, "iter": 1}
    assert plots.packed(event, 101) is event
    assert plots.packed(event, 0) is event
    found = plots.packed(event, 100)
    assert found.keys() == {"iter", "plot_data"}
    assert zlib.decompress(base64.b64decode(found["plot_data"])).decode() == event["plot_str"]
