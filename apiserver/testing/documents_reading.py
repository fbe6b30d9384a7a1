"""Suite of reading: what filters select, in which order, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apiserver.stores.documents import Document, DocumentStore, Measure
from apiserver.stores.errors import InvalidPattern, InvalidQuery, NotFound
from apiserver.stores.filters import (
    EVERYTHING,
    TEXT_SCORE,
    All,
    AnyElement,
    AnyOf,
    ContainsAll,
    Eq,
    Exists,
    Filter,
    In,
    Matches,
    Ne,
    Not,
    NotIn,
    Order,
    Range,
    Set,
    Size,
    Text,
    Unset,
)
from apiserver.testing.samples import COMPOUNDS, EARLY, EVERY_VALUE, LATE, LISTS, SAMPLES, SCALARS, same

PLAIN, FREE = "number", "data.x"
"""A declared field with an index, and a path that nobody declared: both must mean the same."""


def with_value(path: str, key: str, value: Any) -> Document:
    """A document with the value at the path."""
    document: Document = {"id": key}
    *way, last = path.split(".")
    node = document
    for part in way:
        node = node.setdefault(part, {})
    node[last] = value
    return {"company": "c", "name": key, **document}


def fill(documents: DocumentStore, path: str, values: dict[str, Any]) -> None:
    """Store one document a value, and one (`missing`) without the path."""
    documents.insert(SAMPLES, *(with_value(path, key, value) for key, value in values.items()), {"id": "missing", "company": "c"})


def ids(documents: DocumentStore, where: Filter, **options: Any) -> set[str]:
    """Which documents match; `count` must agree."""
    found = [d["id"] for d in documents.list(SAMPLES, where, fields=("id",), **options)]
    assert documents.count(SAMPLES, where, **options) == len(found)
    assert len(set(found)) == len(found)
    return set(found)


def ordered(documents: DocumentStore, *order: Order, **options: Any) -> list[str]:
    """The ids in order."""
    return [d["id"] for d in documents.list(SAMPLES, order=order, fields=("id",), **options)]


class FilterSuite:
    """What each condition selects."""

    @pytest.mark.parametrize("path", [PLAIN, FREE])
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, {"null", "missing"}),
            (1, {"one", "one_float"}),
            (1.0, {"one", "one_float"}),
            (True, {"true"}),
            (False, {"false"}),
            (0, {"zero"}),
            (2**53 + 1, {"big"}),
            (float(2**53), {"big_float"}),
            (2**63 - 1, {"longest"}),
            (float("nan"), {"nan"}),
            (float("inf"), {"inf"}),
            (float("-inf"), {"minus_inf"}),
            ("a", {"a"}),
            ("", {"empty"}),
            ("10", {"ten"}),
            ("a\0b", {"nul"}),
            (EARLY, {"early"}),
            ("nothing like it", set()),
            ([], set()),
        ],
    )
    def test_eq_is_exact_in_kind(self, documents: DocumentStore, path: str, value: Any, expected: set[str]) -> None:
        """Numbers equal numbers whatever their type; nothing equals a value of another kind; null stands for missing too."""
        fill(documents, path, SCALARS)
        assert ids(documents, Eq(path, value)) == expected
        assert ids(documents, Ne(path, value)) == ({*SCALARS, "missing"} - expected)
        assert ids(documents, In(path, [value, "no such"])) == expected
        assert ids(documents, NotIn(path, [value])) == ({*SCALARS, "missing"} - expected)

    @pytest.mark.parametrize("path", [PLAIN, FREE])
    def test_objects_are_equal_with_their_key_order(self, documents: DocumentStore, path: str) -> None:
        """An object equals one of the same keys in the same order."""
        fill(documents, path, COMPOUNDS)
        assert ids(documents, Eq(path, {"a": 1, "b": 2})) == {"two_keys"}
        assert ids(documents, In(path, [{}, {"b": 2, "a": 1.0}])) == {"no_keys", "swapped"}

    @pytest.mark.parametrize("path", ["tags", FREE, "anything"])
    def test_a_list_stands_for_its_elements_and_for_itself(self, documents: DocumentStore, path: str) -> None:
        """Equality holds for any element, or for the whole list; negation is the opposite."""
        fill(documents, path, {**LISTS, "scalar": "a"})
        assert ids(documents, Eq(path, "a")) == {"texts", "with_null", "mixed", "scalar"}
        assert ids(documents, Ne(path, "a")) == {"none", "numbers", "nested", "objects", "dates", "missing"}
        assert ids(documents, Eq(path, None)) == {"with_null", "mixed", "missing"}
        assert ids(documents, Eq(path, [])) == {"none", "nested"}
        assert ids(documents, Eq(path, ["a", "b"])) == {"texts"}
        assert ids(documents, Eq(path, ["b", "a"])) == set()
        assert ids(documents, Eq(path, EARLY)) == {"mixed", "dates"}
        assert ids(documents, In(path, ["b", 1])) == {"texts", "numbers"}
        assert ids(documents, In(path, [None, []])) == {"with_null", "mixed", "missing", "none", "nested"}
        assert ids(documents, NotIn(path, ["b", 1, None])) == {"none", "nested", "objects", "dates", "scalar"}
        assert ids(documents, Eq(path, {"a": 1})) == {"objects"}

    @pytest.mark.parametrize("path", ["tags", FREE])
    def test_contains_all(self, documents: DocumentStore, path: str) -> None:
        """Every value must be held; a scalar can only equal them all; no values: never."""
        fill(documents, path, {**LISTS, "scalar": "a"})
        assert ids(documents, ContainsAll(path, ["a", "b"])) == {"texts"}
        assert ids(documents, ContainsAll(path, ["a"])) == {"texts", "with_null", "mixed", "scalar"}
        assert ids(documents, ContainsAll(path, ["a", None])) == {"with_null", "mixed"}
        assert ids(documents, ContainsAll(path, [])) == set()
        assert ids(documents, ContainsAll(path, ["a", 3])) == {"mixed"}

    @pytest.mark.parametrize("path", [PLAIN, FREE])
    def test_ranges_compare_within_a_kind(self, documents: DocumentStore, path: str) -> None:
        """A bound selects values of its own kind only; NaN is in no range of numbers; a missing path in none at all."""
        fill(documents, path, SCALARS)
        assert ids(documents, Range(path, gte=1, lt=2**53 + 1)) == {"one", "one_float", "big_float"}
        assert ids(documents, Range(path, lt=0)) == {"negative", "lowest", "minus_inf"}
        assert ids(documents, Range(path, gt=1e300)) == {"huge", "inf"}
        assert ids(documents, Range(path, lte=float("nan"))) == {"nan"}
        assert ids(documents, Range(path, gte="a")) == {"a", "ab", "accent", "emoji", "nul", "quote", "line"}
        assert ids(documents, Range(path, lt="A")) == {"empty", "ten", "nine"}
        assert ids(documents, Range(path, gt=EARLY)) == {"late"}
        assert ids(documents, Range(path, lte=EARLY)) == {"early", "ancient"}
        assert ids(documents, Range(path, gt=False)) == {"true"}

    @pytest.mark.parametrize("path", ["tags", FREE])
    def test_each_bound_may_hold_for_another_element(self, documents: DocumentStore, path: str) -> None:
        """On a list the lower bound and the upper bound are met by any elements, not by one."""
        documents.insert(SAMPLES, with_value(path, "apart", [1, 9]), with_value(path, "below", [1, 2]), with_value(path, "empty", []))
        assert ids(documents, Range(path, gt=4, lt=6)) == {"apart"}

    @pytest.mark.parametrize("path", [PLAIN, FREE])
    def test_exists_counts_null_as_there(self, documents: DocumentStore, path: str) -> None:
        """Null is a value; only a path that is not there does not exist."""
        fill(documents, path, {"null": None, "zero": 0, "false": False})
        assert ids(documents, Exists(path)) == {"null", "zero", "false"}
        assert ids(documents, Exists(path, present=False)) == {"missing"}
        assert ids(documents, Exists("id")) == {"null", "zero", "false", "missing"}

    @pytest.mark.parametrize("path", ["tags", FREE, "items"])
    def test_size(self, documents: DocumentStore, path: str) -> None:
        """Only of lists, and exact."""
        fill(documents, path, {**LISTS, "text": "ab", "object": {"a": 1}})
        assert ids(documents, Size(path, 0)) == {"none"}
        assert ids(documents, Size(path, 2)) == {"texts", "numbers", "with_null", "nested", "objects", "dates"}
        assert ids(documents, Not(Size(path, 0))) == {*LISTS, "text", "object", "missing"} - {"none"}
        assert ids(documents, Exists(path, present=False)) == {"missing"}

    def test_paths_walk_through_lists(self, documents: DocumentStore) -> None:
        """A path goes into every object in a list on its way, and into a list by number."""
        documents.insert(
            SAMPLES,
            {"id": "two", "items": [{"key": "a", "count": 1}, {"key": "b", "count": 2}], "company": "c", "name": "1"},
            {"id": "one", "items": [{"key": "b"}], "company": "c", "name": "2"},
            {"id": "empty", "items": [], "company": "c", "name": "3"},
            {"id": "scalars", "items": [1, "b"], "company": "c", "name": "4"},
            {"id": "missing", "company": "c", "name": "5"},
        )
        assert ids(documents, Eq("items.key", "b")) == {"two", "one"}
        assert ids(documents, Ne("items.key", "b")) == {"empty", "scalars", "missing"}
        assert ids(documents, In("items.key", ["a", "zz"])) == {"two"}
        assert ids(documents, Eq("items.count", None)) == {"one", "missing"}
        assert ids(documents, Exists("items.count")) == {"two"}
        assert ids(documents, Range("items.count", gte=2)) == {"two"}
        assert ids(documents, Eq("items.0.key", "b")) == {"one"}
        assert ids(documents, Eq("items.1", "b")) == {"scalars"}

    def test_any_element_wants_one_that_meets_all(self, documents: DocumentStore) -> None:
        """All parts must hold for the same element."""
        documents.insert(
            SAMPLES,
            with_value("items", "same", [{"key": "a", "count": 2}]),
            with_value("items", "apart", [{"key": "a", "count": 1}, {"key": "b", "count": 2}]),
            with_value("items", "scalars", ["a", 2]),
        )
        assert ids(documents, AnyElement("items", Eq("key", "a") & Eq("count", 2))) == {"same"}
        assert ids(documents, Eq("items.key", "a") & Eq("items.count", 2)) == {"same", "apart"}
        assert ids(documents, AnyElement("items", Ne("key", "a"))) == {"apart"}
        assert ids(documents, Not(AnyElement("items", Eq("key", "a")))) == {"scalars"}
        assert ids(documents, AnyElement("number", Eq("key", "a"))) == set()
        documents.insert(SAMPLES, {"id": "nested", "items": [["a"]]})
        assert ids(documents, AnyElement("items", Eq("0", "a"))) == {"nested"}

    @pytest.mark.parametrize("path", ["name", "data.x"])
    def test_patterns(self, documents: DocumentStore, path: str) -> None:
        """Python's regular expressions, found anywhere, case by case; only in texts."""
        values = {"1": "Alpha one", "2": "alpha.two", "3": "beta", "4": "alphabet\nend", "5": "ALPHA ONE"}
        documents.insert(SAMPLES, *({**with_value(path, key, value), "company": key} for key, value in values.items()))
        assert ids(documents, Matches(path, "alpha")) == {"2", "4"}
        assert ids(documents, Matches(path, "alpha", ignore_case=True)) == {"1", "2", "4", "5"}
        assert ids(documents, Matches(path, "(?i)ONE$")) == {"1", "5"}
        assert ids(documents, Matches(path, r"^alpha\.two$")) == {"2"}
        assert ids(documents, Matches(path, r"^alpha\.?")) == {"2", "4"}
        assert ids(documents, Matches(path, "^beta|one$")) == {"1", "3"}
        assert ids(documents, Matches(path, r"\bend")) == {"4"}
        assert ids(documents, Matches(path, "")) == set(values)
        assert ids(documents, Not(Matches(path, "a"))) == {"5"}
        documents.insert(SAMPLES, {"id": "no text", path.split(".")[0]: {"x": 5}, "company": "n"})
        assert "no text" not in ids(documents, Matches(path, ""))

    def test_patterns_look_into_lists(self, documents: DocumentStore) -> None:
        """Any text in a list counts."""
        fill(documents, "tags", {"yes": ["red", "green"], "no": ["blue", 5], "none": []})
        assert ids(documents, Matches("tags", "^gre")) == {"yes"}

    def test_a_broken_pattern_is_refused(self, documents: DocumentStore) -> None:
        """With Python's own words, whether or not a document is there."""
        for path in ("name", "data.x"):
            with pytest.raises(InvalidPattern, match="unterminated subpattern"):
                documents.list(SAMPLES, Matches(path, "("))

    @pytest.mark.parametrize("path", ["name", "data.x"])
    def test_a_pattern_that_never_ends_is_stopped(self, documents: DocumentStore, path: str) -> None:
        """Catastrophic backtracking ends with an error, not with a hang."""
        documents.insert(SAMPLES, with_value(path, "x", "a" * 60 + "!"))
        with pytest.raises(InvalidQuery):
            documents.count(SAMPLES, Matches(path, "(a|aa)+$"))

    def test_all_any_not(self, documents: DocumentStore) -> None:
        """The empty conjunction holds always, the empty alternative never; negation is exact, with nulls and missing paths too."""
        fill(documents, PLAIN, {"one": 1, "two": 2, "null": None, "text": "1"})
        everything = {"one", "two", "null", "text", "missing"}
        assert ids(documents, EVERYTHING) == ids(documents, All()) == everything
        assert ids(documents, AnyOf()) == set()
        assert ids(documents, Not(AnyOf())) == everything
        assert ids(documents, Eq(PLAIN, 1) | Eq(PLAIN, "1")) == {"one", "text"}
        assert ids(documents, Not(Eq(PLAIN, 1) | Eq(PLAIN, 2))) == {"null", "text", "missing"}
        assert ids(documents, Not(Range(PLAIN, gte=2))) == everything - {"two"}
        assert ids(documents, Not(Not(Eq(PLAIN, 1)))) == {"one"}
        assert ids(documents, Range(PLAIN, gte=1) & Ne("id", "two")) == {"one"}
        assert ids(documents, Not(Matches(PLAIN, "1"))) == everything - {"text"}
        assert ids(documents, Eq("id", "one") | (Eq("company", "c") & Eq("data.x.y", 3))) == {"one"}

    def test_hundreds_of_alternatives(self, documents: DocumentStore) -> None:
        """Long conditions work."""
        fill(documents, PLAIN, {f"k{n}": n for n in range(50)})
        assert len(ids(documents, AnyOf(*(Eq(PLAIN, n) & Eq("data.x", None) for n in range(3000))))) == 50
        assert len(ids(documents, In("id", [f"k{n}" for n in range(20_000)]))) == 50
        assert len(ids(documents, In(PLAIN, range(3000)))) == 50

    def test_odd_names(self, documents: DocumentStore) -> None:
        """Keys are texts of any kind."""
        names = ["a b", "it's", 'quo"te', "back\\slash", "$dollar", "$d", "%2E", "0", "[1]", "é", "tab\t", "#", "-"]
        documents.insert(SAMPLES, *({"id": f"i{n}", "data": {name: n}, "company": str(n)} for n, name in enumerate(names)))
        for number, name in enumerate(names):
            assert ids(documents, Eq(f"data.{name}", number)) == {f"i{number}"}, name
            assert ids(documents, Exists(f"data.{name}")) == {f"i{number}"}, name
            assert documents.get(SAMPLES, f"i{number}", fields=(f"data.{name}",)) == {"id": f"i{number}", "data": {name: number}}
        assert documents.map_keys(SAMPLES, "data") == sorted((name,) for name in names)

    def test_numeric_collation(self, documents: DocumentStore) -> None:
        """Digits inside texts compare by value, in equality, ranges and order, of plain and of free paths."""
        values = {"a10": "v10", "a9": "v9", "a09": "v09", "word": "abc", "upper": "Abc", "ten": "10", "nine": "9"}
        for path in (FREE, "name"):
            documents.delete(SAMPLES, EVERYTHING)
            documents.insert(SAMPLES, *({**with_value(path, key, value), "company": key} for key, value in values.items()))
            assert ids(documents, Eq(path, "v9"), numeric=True) == {"a9", "a09"}
            assert ids(documents, Eq(path, "v9")) == {"a9"}
            assert ids(documents, In(path, ["v009", "abc"]), numeric=True) == {"a9", "a09", "word"}
            assert ids(documents, Ne(path, "v9"), numeric=True) == set(values) - {"a9", "a09"}
            assert ids(documents, Range(path, gte="v9", lte="v10"), numeric=True) == {"a9", "a09", "a10"}
            assert ids(documents, Range(path, gt="9", lt="11"), numeric=True) == {"ten"}
            found = ordered(documents, Order(path), numeric=True)
            assert found == ["nine", "ten", "word", "upper", "a9", "a09", "a10"]
            assert ordered(documents, Order(path)) == ["ten", "nine", "upper", "word", "a09", "a10", "a9"]

    def test_text_search(self, documents: DocumentStore) -> None:
        """Words are alternatives and stemmed, phrases must be there, negated words must not; the best match first."""
        if not documents.capabilities.get("text", True):
            pytest.skip("the engine has no text search")
        documents.insert(
            SAMPLES,
            {"id": "1", "company": "c", "name": "Training networks", "note": "a quick brown fox"},
            {"id": "2", "company": "c", "name": "other", "note": "we trained a network, quickly"},
            {"id": "3", "company": "c", "name": "hello", "items": [{"key": "deep_model"}]},
            {"id": "0123456789abcdef0123456789abcdef", "company": "c", "name": "fox brown"},
        )
        assert ids(documents, Text("train")) == {"1", "2"}
        assert ids(documents, Text("hell")) == set()
        assert ids(documents, Text("HELLO fox")) == {"1", "3", "0123456789abcdef0123456789abcdef"}
        assert ids(documents, Text('"brown fox"')) == {"1"}
        assert ids(documents, Text("fox -quick")) == {"0123456789abcdef0123456789abcdef"}
        assert ids(documents, Text("deep_model")) == {"3"}
        assert ids(documents, Text("the")) == ids(documents, Text("-fox")) == ids(documents, Text("")) == set()
        assert ids(documents, Text("train") & Eq("id", "2")) == {"2"}
        assert [d["id"] for d in documents.list(SAMPLES, Text("network"), order=[Order(TEXT_SCORE)])] == ["1", "2"]
        documents.update(SAMPLES, Eq("id", "1"), *_set(name="nothing", note="left"))
        assert ids(documents, Text("train")) == {"2"}
        documents.delete(SAMPLES, Eq("id", "2"))
        assert ids(documents, Text("train")) == set()
        for query in ('"', "'", "* ^ ( )", "NEAR(a b)", "a AND b OR NOT", '-"', "name:fox", "\0", "日本"):
            ids(documents, Text(query))

    def test_a_text_search_needs_an_index_and_its_place(self, documents: DocumentStore) -> None:
        """InvalidQuery where the collection has no text index, under negation, and twice."""
        from apiserver.stores.collections import QUEUES

        for collection, where in (
            (QUEUES, Text("a")),
            (SAMPLES, Not(Text("a"))),
            (SAMPLES, Text("a") & Text("b")),
            (SAMPLES, Text("a") | Text("b")),
        ):
            with pytest.raises(InvalidQuery):
                documents.list(collection, where)

    @pytest.mark.parametrize("path", ["", ".", "a..b", ".a", "a."])
    def test_a_broken_path_is_refused(self, documents: DocumentStore, path: str) -> None:
        """InvalidQuery, never a driver's error."""
        with pytest.raises(InvalidQuery):
            documents.list(SAMPLES, Eq(path, 1))

    def test_odd_values_are_harmless(self, documents: DocumentStore) -> None:
        """What can never be stored is just not found, or refused as a value."""
        documents.insert(SAMPLES, {"id": "a", "company": "c", "number": 5})
        for path in (PLAIN, FREE, "id", "company"):
            assert ids(documents, Eq(path, 2**70)) == set()
            assert ids(documents, Range(path, gt=10**400)) == set()


def _set(**values: Any) -> list[Any]:
    from apiserver.stores.filters import Set

    return [Set(path, value) for path, value in values.items()]


class ReadingSuite:
    """Orders, projections, pages, groups."""

    @pytest.mark.parametrize("name", EVERY_VALUE)
    def test_what_is_stored_comes_back(self, documents: DocumentStore, name: str) -> None:
        """Every kind of value, with its type, at any place; dates cut to the millisecond."""
        value = EVERY_VALUE[name]
        document = {"id": "x", "company": "c", "anything": value, "data": {"x": value, "l": [value, {"y": value}]}}
        documents.insert(SAMPLES, document)
        found = documents.get(SAMPLES, "x")
        assert same(found, document), found
        assert same(documents.get(SAMPLES, "x", fields=("data.x",)), {"id": "x", "data": {"x": value}})
        if name not in LISTS:
            documents.replace(SAMPLES, {"id": "x", "number": value})
            assert same(documents.get(SAMPLES, "x"), {"id": "x", "number": value})

    def test_dates_are_cut_to_the_millisecond(self, documents: DocumentStore) -> None:
        """Truncated, not rounded; before 1970 too."""
        documents.insert(
            SAMPLES, {"id": "x", "moment": EARLY.replace(microsecond=789999), "data": {"t": EARLY.replace(year=1950, microsecond=1999)}}
        )
        assert documents.get(SAMPLES, "x") == {"id": "x", "moment": EARLY, "data": {"t": EARLY.replace(year=1950, microsecond=1000)}}
        assert documents.count(SAMPLES, Eq("moment", EARLY.replace(microsecond=789123))) == 1

    def test_get_and_find(self, documents: DocumentStore) -> None:
        """get raises NotFound, find gives None; what is returned is the caller's own."""
        documents.insert(SAMPLES, {"id": "a", "company": "c", "data": {"x": [1]}})
        with pytest.raises(NotFound) as caught:
            documents.get(SAMPLES, "b")
        assert (caught.value.collection, caught.value.key) == ("sample", "b")
        assert documents.find(SAMPLES, Eq("id", "b")) is None
        found = documents.find(SAMPLES, Eq("id", "a"))
        assert found is not None
        found["data"]["x"].append(2)
        assert documents.get(SAMPLES, "a")["data"] == {"x": [1]}

    @pytest.mark.parametrize("path", [PLAIN, FREE])
    def test_order_of_all_kinds(self, documents: DocumentStore, path: str) -> None:
        """Null and missing, numbers (NaN first), texts, objects, booleans, dates; backwards when descending."""
        expected = [
            {"null", "missing"}, {"nan"}, {"minus_inf"}, {"lowest"}, {"negative"}, {"zero"}, {"tiny"}, {"half"}, {"one", "one_float"},
            {"big_float"}, {"big"}, {"longest"}, {"huge"}, {"inf"}, {"empty"}, {"ten"}, {"nine"}, {"A"}, {"a"}, {"nul"}, {"ab"}, {"quote"},
            {"line"}, {"accent"}, {"emoji"}, {"object"}, {"false"}, {"true"}, {"ancient"}, {"early"}, {"late"},
        ]  # fmt: skip
        fill(documents, path, {**SCALARS, "object": {"a": 1}})
        for descending in (False, True):
            found = ordered(documents, Order(path, descending))
            for group in reversed(expected) if descending else expected:
                assert set(found[: len(group)]) == group
                found = found[len(group) :]
            assert not found

    def test_a_list_that_is_named_by_its_number_sorts_as_one_value(self, documents: DocumentStore) -> None:
        """After numbers and objects, where lists belong; an empty one before null all the same."""
        values = {"empty": [[]], "null": [None], "number": [5], "object": [{}], "nulls": [[None]], "numbers": [[5]], "deep": [[[1]]]}
        documents.insert(SAMPLES, *({"id": key, "company": "c", "name": key, "items": value} for key, value in values.items()))
        assert ordered(documents, Order("items.0")) == list(values)
        assert ordered(documents, Order("items.0", descending=True)) == list(reversed(values))

    @pytest.mark.parametrize("path", ["tags", FREE])
    def test_only_the_first_of_two_orders_of_one_path_counts(self, documents: DocumentStore, path: str) -> None:
        """These are equal by their greatest element, so that their ids decide; the smallest, asked for next, does not count."""
        fill(documents, path, {"a": [9, 5], "b": [1, 9], "c": [9, 3]})
        assert ordered(documents, Order(path, descending=True), Order(path), Order("id")) == ["a", "b", "c", "missing"]

    @pytest.mark.parametrize("path", ["tags", FREE])
    def test_lists_sort_by_their_extreme_element(self, documents: DocumentStore, path: str) -> None:
        """The smallest when ascending, the greatest when descending; an empty list before null."""
        fill(documents, path, {"b": [5, 1], "a": [3], "c": [2, 9], "empty": [], "null": None, "four": 4})
        found = ordered(documents, Order(path), Order("id"))
        assert found == ["empty", "missing", "null", "b", "c", "a", "four"]
        found = ordered(documents, Order(path, True), Order("id"))
        assert found == ["c", "b", "four", "a", "missing", "null", "empty"]

    def test_order_through_lists_of_objects(self, documents: DocumentStore) -> None:
        """The extreme of all values that the path reaches."""
        fill(documents, "items", {"x": [{"count": 5}, {"count": 2}], "y": [{"count": 3}], "z": [{"key": "none"}]})
        assert ordered(documents, Order("items.count"), Order("id")) == ["missing", "z", "x", "y"]
        assert ordered(documents, Order("items.count", True), Order("id")) == ["x", "y", "missing", "z"]

    def test_several_sort_keys_and_pages(self, documents: DocumentStore) -> None:
        """Later keys decide among equals; pages are disjoint and complete, also among equals; no order: as inserted."""
        documents.insert(SAMPLES, *({"id": f"k{n:02}", "company": str(n), "number": n % 3, "flag": n % 2 == 0} for n in range(30)))
        found = ordered(documents, Order("number", True), Order("flag"), Order("id", True))
        assert found == sorted(found, key=lambda k: (-(int(k[1:]) % 3), int(k[1:]) % 2 == 0, -int(k[1:])))
        for order in ((Order("number"),), (Order("data.x"),), (), (Order("number", True),)):
            pages = [ordered(documents, *order, skip=skip, limit=7) for skip in range(0, 35, 7)]
            assert [len(page) for page in pages] == [7, 7, 7, 7, 2]
            assert [key for page in pages for key in page] == ordered(documents, *order)
        assert ordered(documents) == [f"k{n:02}" for n in range(30)]
        assert ordered(documents, limit=0) == []
        assert ordered(documents, skip=40) == []

    def test_including_projections(self, documents: DocumentStore) -> None:
        """The named paths and the id; missing ones are absent; lists keep their objects, cut."""
        document = {
            "id": "x", "company": "c", "name": None, "inner": {"word": "w", "number": 1}, "number": 5,
            "items": [{"key": "a", "count": 1}, {"count": 2}, 7], "data": {"deep": {"x": EARLY, "y": 2}, "rows": [{"p": 1, "q": 2}]},
        }  # fmt: skip
        documents.insert(SAMPLES, document)

        def cut(*fields: str) -> Document:
            one = documents.get(SAMPLES, "x", fields=fields)
            assert one == documents.list(SAMPLES, fields=fields)[0] == next(documents.iterate(SAMPLES, fields=fields))
            return one

        assert cut("number") == {"id": "x", "number": 5}
        assert cut("id") == {"id": "x"}
        assert cut("name", "note") == {"id": "x", "name": None}
        assert cut("inner.word", "number") == {"id": "x", "inner": {"word": "w"}, "number": 5}
        assert cut("inner", "inner.word") == {"id": "x", "inner": {"word": "w", "number": 1}}
        assert cut("items.key") == {"id": "x", "items": [{"key": "a"}, {}]}
        assert cut("data.deep.x") == {"id": "x", "data": {"deep": {"x": EARLY}}}
        assert cut("data.rows.q", "inner.number") == {"id": "x", "data": {"rows": [{"q": 2}]}, "inner": {"number": 1}}
        assert cut("number.deeper") == {"id": "x"}

    def test_excluding_projections(self, documents: DocumentStore) -> None:
        """Everything but the named paths, also inside lists; a mixture is refused."""
        documents.insert(
            SAMPLES, {"id": "x", "number": 5, "inner": {"word": "w", "number": 1}, "items": [{"key": "a", "count": 1}], "$odd": 1}
        )
        readers: list[Callable[[tuple[str, ...]], Document]] = [
            lambda f: documents.get(SAMPLES, "x", fields=f),
            lambda f: documents.list(SAMPLES, fields=f)[0],
        ]
        for read in readers:
            assert read(("-number", "-items", "-$odd")) == {"id": "x", "inner": {"word": "w", "number": 1}}
            assert read(("-inner.word", "-items.key", "-missing", "-number.x", "-$odd")) == {
                "id": "x", "number": 5, "inner": {"number": 1}, "items": [{"count": 1}],
            }  # fmt: skip
            with pytest.raises(InvalidQuery):
                read(("number", "-inner"))

    def test_iterate_gives_what_list_gives(self, documents: DocumentStore) -> None:
        """In the same order, for more documents than a batch; and it may be mixed with writes."""
        documents.insert(SAMPLES, *({"id": f"k{n:04}", "company": str(n), "number": n % 7} for n in range(1000)))
        where, order = Range("number", gte=2), (Order("number", True), Order("id"))
        assert list(documents.iterate(SAMPLES, where, order=order)) == documents.list(SAMPLES, where, order=order)
        for document in documents.iterate(SAMPLES, fields=("id",)):
            documents.update(SAMPLES, Eq("id", document["id"]), *_set(flag=True))
        assert documents.count(SAMPLES, Eq("flag", True)) == 1000

    @pytest.mark.parametrize("path", [PLAIN, FREE])
    def test_distinct(self, documents: DocumentStore, path: str) -> None:
        """Each value once, in order, null if it is stored, nothing for missing."""
        fill(documents, path, {"a": "x", "b": 1, "c": 1.0, "d": True, "e": EARLY, "f": "x", "g": None, "h": {"k": 1}})
        assert documents.distinct(SAMPLES, path) == [None, 1, "x", {"k": 1}, True, EARLY]
        assert documents.distinct(SAMPLES, path, Ne("id", "g") & Ne("id", "h")) == [1, "x", True, EARLY]
        assert documents.distinct(SAMPLES, path, Eq("id", "none")) == []

    def test_distinct_fractions(self, documents: DocumentStore) -> None:
        """A declared field that holds fractions is like any other."""
        ratios = {"a": 0, "b": 0.5, "c": 0.5}
        documents.insert(SAMPLES, *({"id": key, "company": key, "ratio": ratio} for key, ratio in ratios.items()))
        assert documents.distinct(SAMPLES, "ratio") == [0, 0.5]

    def test_distinct_takes_lists_apart(self, documents: DocumentStore) -> None:
        """Elements, not lists; through lists of objects too."""
        documents.insert(
            SAMPLES,
            {"id": "a", "company": "1", "tags": ["x", "y"], "items": [{"key": "k2"}, {"key": "k1"}]},
            {"id": "b", "company": "2", "tags": ["y", "a"], "items": [{"count": 1}]},
            {"id": "c", "company": "3", "tags": []},
        )
        assert documents.distinct(SAMPLES, "tags") == ["a", "x", "y"]
        assert documents.distinct(SAMPLES, "tags", Eq("id", "a")) == ["x", "y"]
        assert documents.distinct(SAMPLES, "items.key") == ["k1", "k2"]
        assert documents.distinct(SAMPLES, "number") == []
        assert documents.distinct(SAMPLES, "id") == ["a", "b", "c"]

    def test_map_keys(self, documents: DocumentStore) -> None:
        """Keys as stored, sorted, one or several levels deep; what is no object has none."""
        fill(documents, "data", {"a": {"S": {"p": 1, "q": {"z": 1}}, "T": {}}, "b": {"S": {"r": 2}, "U": 5}, "c": {}})
        assert documents.map_keys(SAMPLES, "data") == [("S",), ("T",), ("U",)]
        assert documents.map_keys(SAMPLES, "data", depth=2) == [("S", "p"), ("S", "q"), ("S", "r")]
        assert documents.map_keys(SAMPLES, "data.S", Eq("id", "a")) == [("p",), ("q",)]
        assert documents.map_keys(SAMPLES, "data.S", depth=2) == [("q", "z")]
        assert documents.map_keys(SAMPLES, "name") == []

    def test_groups(self, documents: DocumentStore) -> None:
        """Counts, sums, averages, extremes by one or more paths; missing is None; one row, or none, without keys."""
        documents.insert(
            SAMPLES,
            {"id": "1", "company": "a", "name": "1", "number": 5, "flag": True, "moment": EARLY, "data": {"k": "x"}},
            {"id": "2", "company": "a", "name": "2", "number": 7, "flag": False, "moment": LATE, "data": {"k": "y"}},
            {"id": "3", "company": "b", "name": "3", "number": "text", "flag": True, "data": {"k": "x"}},
            {"id": "4", "name": "4", "number": 2, "flag": True},
        )
        measures = [
            Measure("n", "count"), Measure("total", "sum", "number"), Measure("mean", "avg", "number"), Measure("last", "max", "moment"),
            Measure("first", "min", "moment"),
        ]  # fmt: skip
        assert documents.group(SAMPLES, EVERYTHING, by=["company"], measures=measures) == [
            {"company": None, "n": 1, "total": 2, "mean": 2, "last": None, "first": None},
            {"company": "a", "n": 2, "total": 12, "mean": 6, "last": LATE, "first": EARLY},
            {"company": "b", "n": 1, "total": 0, "mean": None, "last": None, "first": None},
        ]
        assert documents.group(SAMPLES, Ne("id", "4"), by=["data.k", "flag"], measures=measures[:2]) == [
            {"data.k": "x", "flag": True, "n": 2, "total": 5},
            {"data.k": "y", "flag": False, "n": 1, "total": 7},
        ]
        assert documents.group(SAMPLES, EVERYTHING, by=[], measures=measures[:2]) == [{"n": 4, "total": 14}]
        assert documents.group(SAMPLES, Eq("id", "x"), by=[], measures=measures) == []
        assert documents.group(SAMPLES, Eq("id", "x"), by=["company"], measures=measures) == []
        edges = [Measure("oldest", "first", "name"), Measure("newest", "last", "name")]
        assert documents.group(SAMPLES, Exists("company"), by=["company"], measures=edges, order=[Order("number", True)]) == [
            {"company": "a", "oldest": "2", "newest": "1"},
            {"company": "b", "oldest": "3", "newest": "3"},
        ]

    def test_keys_and_texts_follow_changes(self, documents: DocumentStore) -> None:
        """Keys of maps and texts of lists are those of the documents as they are now, odd ones among them."""
        fill(documents, "data", {"1": {"a": {"x": 1}}, "2": {"a": {"x": 2}}, "3": {}})
        documents.update(SAMPLES, Eq("id", "1"), Set("data.b", {"y": 1}), Set("tags", ["t", "u"]))
        documents.update(SAMPLES, Eq("id", "2"), Set("data", {"c": 1, "$d": 2}), Set("tags", ["u"]))
        assert documents.map_keys(SAMPLES, "data") == [("$d",), ("a",), ("b",), ("c",)]
        assert documents.map_keys(SAMPLES, "data", Eq("id", "2")) == [("$d",), ("c",)]
        assert documents.distinct(SAMPLES, "tags") == ["t", "u"]
        documents.update(SAMPLES, Eq("id", "1"), Unset("data.a"), Set("tags", ["u", 1]))
        assert documents.map_keys(SAMPLES, "data", In("id", ["1", "3"])) == [("b",)]
        assert documents.distinct(SAMPLES, "tags") == [1, "u"]
        documents.delete(SAMPLES, In("id", ["1", "2"]))
        assert documents.map_keys(SAMPLES, "data") == []
        assert documents.distinct(SAMPLES, "tags") == []

    def test_seconds_that_elapsed(self, documents: DocumentStore) -> None:
        """Whole seconds of each document, added up; what lacks a date, or ends before it begins, adds nothing."""
        for number, (name, start, end) in enumerate([("a", 0, 1999), ("a", 0, 1999), ("b", 500, 400), (None, 0, 61_000), ("c", 0, None)]):
            sample = {"id": str(number), "name": str(number), "company": name, "moment": EARLY + timedelta(milliseconds=start)}
            documents.insert(SAMPLES, sample if end is None else {**sample, "until": EARLY + timedelta(milliseconds=end)})
        found = documents.elapsed(SAMPLES, EVERYTHING, by="company", start="moment", end="until")
        assert found == {"a": 2, None: 61}
        assert documents.elapsed(SAMPLES, Eq("company", "a"), by="company", start="moment", end="until") == {"a": 2}
        exactly = documents.elapsed(SAMPLES, EVERYTHING, by="company", start="moment", end="until", unit=timedelta(milliseconds=1))
        assert exactly == {"a": 3998, None: 61_000}

    def test_tallies(self, documents: DocumentStore) -> None:
        """What a function makes of two dates, added up by its numbers; parts of the body among the groups."""

        def cut(first: int, last: int) -> dict[int, int]:
            return {first % 7: last - first, 9: 1} if last > first else {}

        begin = int(EARLY.timestamp() * 1000)
        given = [("a", "x", 0, 5), ("a", "x", 7, 10), ("a", None, 0, 1), (None, "x", 3, 4), ("a", "x", 5, 4), ("b", "y", 0, None)]
        for number, (name, word, start, end) in enumerate(given):
            sample: Document = {"id": str(number), "name": str(number), "company": name, "moment": EARLY + timedelta(milliseconds=start)}
            sample |= {"inner": {"word": word}} if number else {"inner": {"word": word, "number": 3}}
            documents.insert(SAMPLES, sample if end is None else {**sample, "until": EARLY + timedelta(milliseconds=end)})
        day = begin % 7
        expected = {("a", "x"): {day: 8, 9: 2}, ("a", None): {day: 1, 9: 1}, (None, "x"): {(begin + 3) % 7: 1, 9: 1}}
        asked: dict[str, Any] = {"start": "moment", "end": "until", "cut": cut}
        assert documents.tally(SAMPLES, EVERYTHING, by=("company", "inner.word"), **asked) == expected
        assert documents.tally(SAMPLES, Eq("company", "a"), by=(), **asked) == {(): {day: 9, 9: 3}}
        assert documents.tally(SAMPLES, Eq("company", "z"), by=("company",), **asked) == {}
        assert documents.tally(SAMPLES, Eq("company", "z"), by=(), **asked) == {}

    def test_groups_by_elements(self, documents: DocumentStore) -> None:
        """A path through a list counts a document once for each element, and not at all for an empty list."""
        fill(documents, "tags", {"1": ["x", "y"], "2": ["x"], "3": []})
        assert documents.group(SAMPLES, Ne("id", "missing"), by=["tags"], measures=[Measure("n", "count")]) == [
            {"tags": "x", "n": 2},
            {"tags": "y", "n": 1},
        ]
        documents.insert(SAMPLES, {"id": "o", "items": [{"key": "a"}, {"key": "b"}], "number": 4})
        assert documents.group(SAMPLES, Eq("id", "o"), by=["items.key"], measures=[Measure("s", "sum", "number")]) == [
            {"items.key": "a", "s": 4},
            {"items.key": "b", "s": 4},
        ]
