"""Patterns looked up in the index of letters: never another result than trying the pattern on every document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apiserver.stores.errors import InvalidPattern
from apiserver.stores.filters import EVERYTHING, All, AnyOf, Eq, Filter, Matches, Not, Order, Set, Unset
from apiserver.stores.match import compile_filter, sort
from apiserver.stores.sqlite import letters, literals, searching
from apiserver.stores.sqlite.documents import SqliteDocumentStore
from apiserver.testing.samples import SAMPLES


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDocumentStore]:
    opened = SqliteDocumentStore(tmp_path_factory.mktemp("searching") / "documents.db", collections=(SAMPLES,))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("run 4242$", '"run 4242"'),
        ("^ResNet", '"resnet"'),
        ("ab", None),
        ("abc(", None),
        ("(" * 5000, None),
        ("a.b.c", None),
        ("unet.*sweep", '("unet" AND "sweep")'),
        ("abc|def", '("abc" OR "def")'),
        ("abc|de", None),
        ("(?:abc|def)ghi", '(("abc" OR "def") AND "ghi")'),
        ("x(abc)?def", '"def"'),
        ("x(abc)+def", '("abc" AND "def")'),
        ("a(bc)d", '"abcd"'),
        ("[Aa]bcd", '"bcd"'),
        ("(?=abc)", None),
        ("(?!abc)def", '"def"'),
        ("(?i)ABC", '"abc"'),
        ("(?x) a b c", '"abc"'),
        ('say "hi"', '"say ""hi"""'),
        ("été123", '"123"'),
        ("(?:abcdef){e<=1}", None),
        ("|".join(f"{n:02}abc" for n in range(99)), None),
    ],
)
def test_literals_of_a_pattern(pattern: str, expected: str | None) -> None:
    """What is needed, and no more than that."""
    found = literals.needed(pattern)
    assert (None if found is None else literals.fts(found)) == expected


@pytest.mark.parametrize("engine", [re, regex])
def test_what_patterns_take_for_equal_is_equal_when_folded(engine: Any) -> None:
    """Every character there is, against every letter of ASCII."""
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x30000)]))
    for code in range(ord("a"), ord("z") + 1):
        for letter in (chr(code), chr(code).upper()):
            for match in engine.finditer(letter, everything, engine.IGNORECASE):
                assert literals.fold(match.group()) == literals.fold(letter)
    assert len(literals.fold(everything)) == len(everything)


WORDS = st.lists(
    st.sampled_from(["run", "RUN", "Unet", "sweep", "4242", "İsK", "ıſk", "été", "a\0b", "a\nb", "ru", "x" * 90, '"', "%_\\"]), max_size=3
)
TEXTS = WORDS.map("".join)
PATTERNS = st.sampled_from(
    ["run", "RUN", "run4242$", "^run", "unet|sweep", "isk", "ISK", "(?i)isk", "r.n", "ru", "a.b", "été", "x{89}", "x" * 80, "(run)+U",
     '"', "%_", "^$", "net", "[ru]un4"]
)  # fmt: skip
PATHS = st.sampled_from(["id", "note", "tags", "items.key", "name", "data.x"])
LEAVES = st.builds(Matches, PATHS, PATTERNS, st.booleans())
CONDITIONS: st.SearchStrategy[Filter] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(*parts)),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(*parts)),
        inner.map(Not),
    ),
    max_leaves=5,
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "note": st.one_of(TEXTS, st.just(5)),
        "tags": st.lists(TEXTS, max_size=2),
        "items": st.lists(st.fixed_dictionaries({}, optional={"key": st.one_of(TEXTS, st.lists(TEXTS, max_size=2))}), max_size=2),
        "data": st.fixed_dictionaries({"x": TEXTS}),
        "number": st.integers(0, 3),
    },
)


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    made=st.lists(DOCUMENTS, max_size=9),
    changed=st.tuples(st.integers(0, 3), TEXTS),
    where=CONDITIONS,
    few=st.sampled_from([1, 3, 3000]),
    together=st.sampled_from([1, 4, 256]),
    order=st.sampled_from([[], [Order("number", descending=True), Order("id")], [Order("note")]]),
)
@example(made=[{"number": 0}], changed=(0, "run4242"), where=Matches("note", "run4242$"), few=3000, together=1, order=[])
@example(made=[{"number": 0, "tags": ["run4242"]}], changed=(0, ""), where=Matches("tags", "run4242"), few=3000, together=1, order=[])
def test_searches_agree_with_the_meaning(
    store: SqliteDocumentStore, made: list[Any], changed: tuple[int, str], where: Filter, few: int, together: int, order: list[Order]
) -> None:
    """Whether rows wait for the index or are in it, were changed or removed since, and whether few or many hold the literals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "_FEW", few)
        patch.setattr(searching, "_FEW_OF_MANY", few)
        patch.setattr(letters, "_TOGETHER", together)
        store.delete(SAMPLES, EVERYTHING)
        stored = [
            {"id": f"run{number}", "company": "c", "name": f"Unet sweep {number}", **document} for number, document in enumerate(made)
        ]
        store.insert(SAMPLES, *stored)
        store.update_many(SAMPLES, Eq("number", changed[0]), Set("note", changed[1]), Unset("tags"))
        store.delete(SAMPLES, Eq("id", "run1"))
        left = []
        for document in stored:
            if document.get("number") == changed[0]:
                document["note"] = changed[1]
                document.pop("tags", None)
            if document["id"] != "run1":
                left.append(document)
        expected = [d["id"] for d in sort([d for d in left if compile_filter(where)(d)], order)]
        assert [d["id"] for d in store.list(SAMPLES, where, order=order)] == expected
        assert [d["id"] for d in store.iterate(SAMPLES, where, order=order)] == expected
        assert store.count(SAMPLES, where) == len(expected)


def test_a_pattern_that_does_not_compile_is_told(store: SqliteDocumentStore) -> None:
    """As for fields without an index."""
    with pytest.raises(InvalidPattern):
        store.list(SAMPLES, Matches("note", "abc("))


def test_few_hits_are_looked_up(store: SqliteDocumentStore) -> None:
    """The plan of a search names the index, not the collection."""
    store.insert(SAMPLES, *({"id": f"run{n}", "company": "c", "name": str(n), "note": f"number {n}"} for n in range(600)))
    where = AnyOf(Matches("note", "number 42$", ignore_case=True), Matches("tags", "number 42$", ignore_case=True))
    plan = store.query_plan(SAMPLES, where, [Order("number")])
    assert not any(step.startswith("SCAN t") for step in plan), plan
    assert [d["id"] for d in store.list(SAMPLES, where)] == ["run42"]
    assert store._database.rows('SELECT count(*) FROM "backend_sample_waiting"') == [(600 % 256,)]
