"""Escaping of user keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.domain import keys

STORED = [
    ("a.b", "a%2Eb"),
    ("_x", "%_x"),
    ("a__b%$", "a%_%_b%%%24"),
    ("__$section", "%_%_%24section"),
    ("n.$", "n%2E%24"),
    ("_lead%.", "%_lead%%%2E"),
    ("  padded ", "padded"),
    ("%2E", "%%2E"),
    ("size", "size"),
]


@pytest.mark.parametrize(("key", "stored"), STORED)
def test_keys_are_stored_in_the_form_of_the_wire(key: str, stored: str) -> None:
    assert keys.escape(key) == stored


@pytest.mark.parametrize("key", ["", " ", "\t\n"])
def test_an_empty_key_is_refused(key: str) -> None:
    with pytest.raises(keys.EmptyKey):
        keys.escape(key)


@given(st.text(alphabet="ab_.%$2E4 ", min_size=1).filter(lambda key: bool(key.strip())))
def test_unescaping_gives_the_key_back(key: str) -> None:
    """Whatever a user writes, the stored form names it and no other."""
    assert keys.unescape(keys.escape(key)) == key.strip()


@given(st.text(alphabet="a_.%$", min_size=1))
def test_stored_keys_are_safe(key: str) -> None:
    """No dot, no dollar, no leading underscore."""
    stored = keys.escape(key)
    assert "." not in stored
    assert "$" not in stored
    assert not stored.startswith("_")


def test_maps_are_escaped_to_a_depth() -> None:
    value = {"a.b": {"c.d": {"e.f": 1}}}
    assert keys.escape_map(value, depth=2) == {"a%2Eb": {"c%2Ed": {"e.f": 1}}}
    assert keys.unescape_map(keys.escape_map(value, depth=2), depth=2) == value


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        ("hyperparams.Args.x%2Ey.value", "hyperparams.Args.x%2Ey.value"),
        ("hyperparams.Args._lead%%%2E", "hyperparams.Args.%_lead%%%2E"),
        ("hyperparams.$a.__b", "hyperparams.%24a.%_%_b"),
        ("hyperparams", None),
        ("hyperparams.a.b.c.d", None),
    ],
)
def test_paths_may_be_sent_raw_or_escaped(path: str, stored: str | None) -> None:
    """None: too short or too long."""
    assert keys.escape_path(path, least=2, most=4) == stored
