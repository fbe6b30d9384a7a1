"""From bytes, query strings and forms to the data of a call."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.calls import body
from apiserver.generated import errors


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ([("a", "5"), ("b", "007"), ("c", "1."), ("d", ".5")], {"a": 5, "b": 7, "c": 1.0, "d": 0.5}),
        ([("a", "-1"), ("b", "1e5"), ("c", "1.2.3"), ("d", "٣"), ("e", "")], {"a": "-1", "b": "1e5", "c": "1.2.3", "d": "٣", "e": ""}),
        ([("a", "true"), ("b", "FALSE"), ("c", "tRue"), ("d", "null")], {"a": True, "b": False, "c": "tRue", "d": "null"}),
        ([("m", "1"), ("m", "2")], {"m": [1, 2]}),
        ([("l[]", "3")], {"l": [3]}),
        ([("a[0]", "1")], {"a[0": 1}),
        ([("a.b", "1"), ("a.c.d", "x")], {"a": {"b": 1, "c": {"d": "x"}}}),
        ([("a", "9" * 1000)], {"a": int("9" * 1000)}),
        ([("a", "9" * 1001)], {"a": "9" * 1001}),
    ],
)
def test_fields(query: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    """Which texts become numbers, booleans, lists, objects."""
    assert body.data(b"", query) == expected


@pytest.mark.parametrize("query", [[("a", "1"), ("a.b", "2")], [("a.b", "1"), ("a.b.c", "2")], [("." * 2000, "1")]])
def test_fields_that_clash(query: list[tuple[str, str]]) -> None:
    """400 where a name goes through a value, or down for ever."""
    with pytest.raises(errors.BadRequest):
        body.data(b"", query)


def test_later_sources_win() -> None:
    """Body, then query, then form, each name for itself."""
    assert body.data(b'{"a":1,"b":1,"c":1}', [("b", "2"), ("c", "2")], [("c", "3")]) == {"a": 1, "b": 2, "c": 3}


def test_numbers_beyond_floats() -> None:
    """Infinite in a body of one object; refused in JSON lines, where the words still pass."""
    assert body.data(b'{"a":1e400}')["a"] == math.inf
    with pytest.raises(errors.BadRequest):
        body.lines(b'{"a":1e400}')
    assert body.lines(b'{"a":Infinity}')[0]["a"] == math.inf


def test_large_integers_are_exact() -> None:
    """Beyond 64 bits too, where the fast parser would make floats of them."""
    for number in (2**63 - 1, 2**64, 10**40):
        assert body.data(b'{"a":%d}' % number)["a"] == number


def test_lines() -> None:
    """Any line end; a last one may be missing; a blank line is an error."""
    assert body.lines(b'{"a":1}\r\n{"b":2}\r\n') == body.lines(b'{"a":1}\n{"b":2}') == [{"a": 1}, {"b": 2}]
    assert body.lines(b"") == []
    for text in (b"\n\n", b'{"a":1}\n\n{"b":2}', b'{"a":1}\n[1]', b'{"a":1}\nnull', b'{"a":1} {"b":2}'):
        with pytest.raises(errors.BadRequest):
            body.lines(text)


@pytest.mark.parametrize(
    "text", ['{"a":1},{"b":2}', '{"a":[{}\n{}]},{"b":1}', '{"a":[1\n2]}', '{"a":"\n"}', "{}\n\n{}", "{}\n[]", '{}\n"x"', "{},\n{}", "{}\n{"]
)
def test_lines_are_whole_each_by_itself(text: str) -> None:
    """Though they are read together."""
    with pytest.raises(errors.BadRequest):
        body.lines(text.encode())


def test_dates_in_lines_only() -> None:
    """A quirk that the batch actions rest on."""
    text = b'{"at":"2024-02-03T04:05:06Z","no":"2024-13-03T04:05:06Z","word":"2024"}'
    assert body.lines(text) == [{"at": datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC), "no": "2024-13-03T04:05:06Z", "word": "2024"}]
    assert body.data(text)["at"] == "2024-02-03T04:05:06Z"


@given(st.binary(max_size=300))
def test_random_bytes(text: bytes) -> None:
    """An object or a clear refusal, never anything else."""
    for read in (body.data, body.lines):
        with suppress(errors.BadRequest):
            read(text)
