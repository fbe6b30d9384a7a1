"""The pure parts under the stores: keys of order and collation, text queries, prefixes of patterns."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiserver.stores.collation import numeric_key
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.filters import Eq
from apiserver.stores.match import compile_filter, leaves, sort_key
from apiserver.stores.ordering import order_key
from apiserver.stores.sqlite.compile import literal_prefix
from apiserver.stores.sqlite.search import fts_query

numbers = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))


@given(numbers, numbers)
@settings(max_examples=300, deadline=None)
def test_numbers_order_exactly(one: float, other: float) -> None:
    """Integers and floats by value, however close."""
    assert (order_key(one) < order_key(other)) == (Fraction(one) < Fraction(other))
    assert (order_key(one) == order_key(other)) == (Fraction(one) == Fraction(other))


@given(st.text(), st.text())
@settings(max_examples=200, deadline=None)
def test_texts_order_by_their_bytes(one: str, other: str) -> None:
    """Also inside lists, where something follows."""
    expected = one.encode("utf-8", "surrogatepass") < other.encode("utf-8", "surrogatepass")
    assert (order_key(one) < order_key(other)) == expected
    assert (order_key([one, None]) < order_key([other, None])) == expected


def test_numeric_collation() -> None:
    """Symbols, numbers by value, letters whatever their case; then accents, then lower before upper."""
    ordered = ["", " x", "_x", "-x", ".x", "$", "2", "10", "10a", "a", "A", "á", "a1", "a1b", "a2", "a10", "B", "b2", "z"]
    keys = [numeric_key(text) for text in ordered]
    assert [a < b for a, b in pairwise(keys)] == [True] * 16 + [True, True], list(zip(ordered, keys, strict=True))
    assert numeric_key("v0012.003") == numeric_key("v12.3")
    assert numeric_key("é") == numeric_key("e\u0301")
    assert numeric_key("a" + "9" * 300) < numeric_key("a1" + "0" * 300)
    assert numeric_key("0") == numeric_key("000") < numeric_key("1")


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("^abc$", "abc"), ("^a\\.b", "a.b"), ("^abc*", "ab"), ("^abc?d", "ab"), ("^ab{2}", "a"), ("^ab+", "a"), ("abc", ""), ("^a|b", ""),
        ("^(?i)a", ""), ("^a\\d", "a"), ("^a[b]", "a"), ("^", ""), ("^my\\ project/\\.x$", "my project/.x"), ("^a\\", "a"), ("^a\\.*", "a"),
    ],
)  # fmt: skip
def test_prefix_of_a_pattern(pattern: str, prefix: str) -> None:
    """Only what every match must begin with."""
    assert literal_prefix(pattern) == prefix


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("one two", '("one" OR "two")'),
        ('"a b" c', '("c" OR "a b") AND "a b"'),
        ("one -two", '(("one")) NOT ("two")'),
        ('one -"two three"', '(("one")) NOT ("two three")'),
        ("pre-market", '("pre" OR "market")'),
        ("the", ""),
        ("-one", ""),
        ('"', ""),
        ("", ""),
    ],
)
def test_text_queries(query: str, expected: str) -> None:
    """Words are alternatives, phrases are needed, negated words are not wanted; common words do not count."""
    assert fts_query(query) == expected


def test_paths() -> None:
    """A path yields one value for each way through lists; an empty part is refused."""
    document = {"a": [{"b": 1}, {"b": [2, 3]}, {}, 5]}
    assert [value for value, _ in leaves(document, ("a", "b"))][:2] == [1, [2, 3]]
    assert sort_key(document, ("a", "b"), descending=True) == order_key(3)
    with pytest.raises(InvalidQuery):
        compile_filter(Eq("a..b", 1))
