"""`debug.*`."""

from __future__ import annotations

from apiserver.testing.client import Client


def test_ping_repeats_what_came(api: Client) -> None:
    """Probes look for the words; a request may replace even them."""
    assert api.call("debug.ping", token="") == {"msg": "ClearML server"}
    assert api.call("debug.ping", {"a": [1, {"b": None}]})["a"] == [1, {"b": None}]
    assert api.call("debug.ping", {"msg": 5}) == {"msg": 5}


def test_ping_needs_no_store(api: Client) -> None:
    """A probe tells whether the process answers; it works with stores that are closed."""
    api.backend.close()
    assert api.call("debug.ping", token="") == {"msg": "ClearML server"}
