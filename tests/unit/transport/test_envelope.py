"""How values are written as JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.transport import envelope


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_are_escaped_and_come_back(text: str) -> None:
    """ASCII on the wire, the same text after parsing."""
    written = envelope.dumps({"a": text})
    assert written.isascii()
    assert json.loads(written) == {"a": text}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, None, True]}, b'{"a":[1,null,true]}'),
        (datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC), b'"2026-01-02T03:04:05.678000+00:00"'),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), b'"2026-01-02T03:04:05+00:00"'),
        ({"b", "a"}, b'["a","b"]'),
        (math.nan, b"null"),
        (2**70, b"1180591620717411303424"),
    ],
)
def test_values(value: Any, written: bytes) -> None:
    """Dates with their offset, sets sorted, numbers whole."""
    assert envelope.dumps(value) == written


def test_exact() -> None:
    """What a client sent as NaN goes back so, where somebody asks for it."""
    assert envelope.dumps([math.nan, math.inf], exact=True) == b"[NaN,Infinity]"


def test_deep() -> None:
    """Beyond what the fast writer does."""
    value: Any = 1
    for _ in range(600):
        value = [value]
    assert json.loads(envelope.dumps(value)) == value


def test_unknown_kinds() -> None:
    """Never written as something they are not."""
    with pytest.raises(TypeError):
        envelope.dumps({"a": object()})
