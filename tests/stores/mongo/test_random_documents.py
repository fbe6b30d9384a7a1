"""One semantics: random documents, questions and changes mean the same on MongoDB and on SQLite.

MongoDB says what is right. What may differ is in docs/decisions/0141-differences-between-document-engines.md, and nothing else is let
through here. PERF: an example is one set of documents with several questions; the documents are written once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiserver.stores.documents import Document, DocumentStore, Measure, Updated
from apiserver.stores.errors import DuplicateKey, InvalidQuery, StoreError
from apiserver.stores.filters import EVERYTHING, Change, Eq, Filter, Fold, In, Move, Ne, Order, PopFirst, PullWhere, Range, Set, SetElement
from apiserver.stores.ordering import order_key
from apiserver.stores.sqlite.documents import SqliteDocumentStore
from apiserver.testing.backends import mongo_documents
from apiserver.testing.samples import SAMPLES, same
from tests.fuzzing import compared, examples
from tests.servers.base import shared
from tests.servers.mongo import MONGO
from tests.stores.random_documents import FREE_PATHS, changes, documents, filters, leaf_filters, paths

QUESTIONS = 10
"""Of one example: its documents are drawn and written once for all of them."""
EXAMPLES = examples(10, 1_700, ci=85)
MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Six properties of 85 examples of ten questions are 5,100 questions, on CI; 600 elsewhere; `make fuzz` asks 102,000."""


def several(question: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(question, min_size=QUESTIONS, max_size=QUESTIONS)


@frozen
class Both:
    """The same documents in two stores."""

    mongo: DocumentStore
    sqlite: DocumentStore

    def filled(self, made: list[Document]) -> list[Document]:
        """Only these documents, with ids and what is unique."""
        stored = [{"id": f"i{n}", "company": "c" * (n % 2), "name": f"n{n}", **document} for n, document in enumerate(made)]
        for store in (self.mongo, self.sqlite):
            store.delete(SAMPLES, EVERYTHING)
            store.insert(SAMPLES, *stored)
        return stored

    def answers(self, ask: Callable[[DocumentStore], Any]) -> tuple[Any, Any]:
        """What both answer; an error counts as an answer, by its class."""
        compared["MongoDB and SQLite"] += 1
        return answer(ask, self.mongo), answer(ask, self.sqlite)


def answer(ask: Callable[[DocumentStore], Any], store: DocumentStore) -> Any:
    try:
        return ask(store)
    except DuplicateKey as error:
        return DuplicateKey, error.fields
    except StoreError as error:
        if type(error) is StoreError:
            raise  # NOTE: nothing that a caller asks for ends like this
        return NotSorted if "parallel arrays" in str(error) or "Ambiguous field name" in str(error) else type(error)


class NotSorted(InvalidQuery):
    """MongoDB does not sort by two lists at once, or by what is both a place in a list and a name; SQLite does."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Two stores for all examples."""
    opened = SqliteDocumentStore(tmp_path_factory.mktemp("random") / "documents.db", collections=(SAMPLES,))
    with mongo_documents(shared(MONGO), collections=(SAMPLES,)) as mongo:
        yield Both(mongo, opened)
    opened.close()


def sorted_keys(value: Any) -> Any:
    """Objects with sorted keys, for what promises no order of keys."""
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    return [sorted_keys(item) for item in value] if isinstance(value, list) else value


def by_id(found: Any) -> Any:
    return sorted(found, key=lambda document: document["id"]) if isinstance(found, list) else found


def _apart(order: list[Order]) -> bool:
    return not any(one.path.startswith(f"{other.path}.") for one in order for other in order)


orders = st.lists(st.builds(Order, paths.filter(lambda path: "$" not in path), st.booleans()), max_size=3).filter(_apart)
"""NOTE: MongoDB does not sort by a path with a name that begins with `$`; and by a list and a field of its elements together it sorts by
pairs of one element, where SQLite takes the least of each."""
pages = st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 4)))


@MANY
@given(made=st.lists(documents(), max_size=6), questions=several(st.tuples(filters, orders, pages)))
def test_lists_and_counts(both: Both, made: list[Document], questions: list[tuple[Filter, list[Order], tuple[int, int | None]]]) -> None:
    """The same documents, in the same order, page by page, and their number."""
    both.filled(made)
    for where, order, (skip, limit) in questions:
        mongo, sqlite = both.answers(lambda store: store.list(SAMPLES, where, order=order))  # noqa: B023
        if mongo is not NotSorted:
            assert same(*(map(by_id, (mongo, sqlite)) if not order else (mongo, sqlite))), (where, order, mongo, sqlite)
            if order:
                options: dict[str, Any] = {"skip": skip, "limit": limit, "fields": ("id",)}
                mongo, sqlite = both.answers(lambda store: store.list(SAMPLES, where, order=order, **options))  # noqa: B023
                assert mongo == sqlite, (where, order, skip, limit, mongo, sqlite)
        mongo, sqlite = both.answers(lambda store: store.count(SAMPLES, where))  # noqa: B023
        assert mongo == sqlite, (where, mongo, sqlite)


@MANY
@given(made=st.lists(documents(), max_size=4), questions=several(st.tuples(st.lists(paths, max_size=4), st.booleans())))
def test_projections(both: Both, made: list[Document], questions: list[tuple[list[str], bool]]) -> None:
    """The same parts of every document, found one by one and together."""
    both.filled(made)
    for fields, exclude in questions:
        wanted = tuple("-" + name for name in fields) if exclude else tuple(fields)
        mongo, sqlite = both.answers(lambda store: store.list(SAMPLES, fields=wanted, order=[Order("id")]))  # noqa: B023
        assert same(sorted_keys(mongo), sorted_keys(sqlite)), (wanted, mongo, sqlite)
        mongo, sqlite = both.answers(lambda store: store.find(SAMPLES, Eq("id", "i0"), fields=wanted))  # noqa: B023
        assert same(sorted_keys(mongo), sorted_keys(sqlite)), (wanted, mongo, sqlite)


kinds = st.sampled_from(["sum", "avg", "min", "max", "first", "last"])
measures = st.lists(st.tuples(kinds, paths), max_size=3).map(
    lambda drawn: [Measure("n", "count"), *(Measure(f"m{n}", kind, path) for n, (kind, path) in enumerate(drawn))]
)


groupings = st.tuples(st.lists(paths, max_size=2, unique=True), measures, leaf_filters, paths)


@MANY
@given(made=st.lists(documents(), max_size=5), questions=several(groupings))
def test_groups_distinct_values_and_keys(both: Both, made: list[Document], questions: list[Any]) -> None:
    """The same groups with the same figures; the same values; the same keys."""
    both.filled(made)
    for by, figures, where, path in questions:
        order = [Order("id")]
        mongo, sqlite = both.answers(lambda store: store.group(SAMPLES, where, by=by, measures=figures, order=order))  # noqa: B023
        assert equal_figures(mongo, sqlite), (where, by, figures, mongo, sqlite)
        mongo, sqlite = both.answers(lambda store: store.distinct(SAMPLES, path, where))  # noqa: B023
        assert equal_figures(mongo, sqlite), (where, path, mongo, sqlite)
        for depth in (1, 2):
            mongo, sqlite = both.answers(lambda store: store.map_keys(SAMPLES, path, where, depth=depth))  # noqa: B023
            assert mongo == sqlite, (where, path, depth, mongo, sqlite)


def equal_figures(one: Any, other: Any) -> bool:
    """Equal as stored values are (1 is 1.0), sums of floats nearly."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal_figures, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(equal_figures(one[key], other[key]) for key in one)
    if isinstance(one, float | int) and isinstance(other, float | int) and not isinstance(one, bool) and not isinstance(other, bool):
        return order_key(one) == order_key(other) or bool(one == pytest.approx(other, rel=1e-9))
    return isinstance(one, type) == isinstance(other, type) and (
        one is other if isinstance(one, type) else order_key(one) == order_key(other)
    )


small = st.one_of(st.integers(-3, 3), st.floats(-100, 100), st.floats(allow_nan=False, allow_infinity=False))
extremes = st.tuples(small, st.one_of(st.none(), st.integers(0, 5)))
folds = st.builds(Fold, st.sampled_from(["data.x.y", "data.x", "data.m.v"]), st.integers(1, 9), small, extremes, extremes, extremes)
list_paths = st.sampled_from(["items", "data.x", "tags", "anything"])
all_changes: st.SearchStrategy[Change] = st.one_of(
    changes,
    changes,
    folds,
    st.builds(PopFirst, list_paths),
    st.builds(PullWhere, list_paths, filters),
    st.builds(Move, list_paths, leaf_filters, st.integers(-3, 3)),
    st.builds(
        SetElement, list_paths, leaf_filters, st.dictionaries(st.sampled_from(["key", "count", "x.y"]), st.integers(0, 2), max_size=2)
    ),
    st.builds(Set, st.sampled_from(FREE_PATHS), st.integers(0, 3)),
)
steps = st.tuples(st.sampled_from(["update", "many", "find", "before"]), filters, st.lists(all_changes, max_size=3))


@MANY
@given(made=st.lists(documents(), min_size=1, max_size=3), questions=several(steps))
def test_changes(both: Both, made: list[Document], questions: list[tuple[str, Filter, list[Change]]]) -> None:
    """One after the other, and after each the same documents; the same numbers of them, and refused alike."""
    both.filled(made)
    for way, where, wanted in questions:
        before = both.sqlite.list(SAMPLES)
        mongo, sqlite = both.answers(lambda store: changed(store, way, where, wanted))  # noqa: B023
        assert isinstance(mongo, type) == isinstance(sqlite, type), (way, where, wanted, mongo, sqlite, before)
        if isinstance(mongo, type) and way == "many":
            both.filled(made)  # NOTE: those before the refused one are changed in MongoDB
        else:
            assert same_numbers(mongo, sqlite), (way, where, wanted, mongo, sqlite, before)
        mongo, sqlite = both.answers(lambda store: store.list(SAMPLES, order=[Order("id")]))
        assert same(sorted_keys(mongo), sorted_keys(sqlite)), (way, where, wanted, mongo, sqlite, before)


def changed(store: DocumentStore, way: str, where: Filter, wanted: list[Change]) -> Any:
    if way == "many":
        return store.update_many(SAMPLES, where, *wanted)
    if way == "update":
        return store.update(SAMPLES, Eq("id", "i0") & where, *wanted)
    return store.find_and_update(SAMPLES, Eq("id", "i0") & where, *wanted, before=way == "before")


def same_numbers(mongo: Any, sqlite: Any) -> bool:
    if isinstance(mongo, Updated):
        return bool(mongo == sqlite)
    return isinstance(mongo, type) or same(sorted_keys(mongo), sorted_keys(sqlite))


texts = st.text(st.sampled_from("aAbB019 -_./éz"), max_size=6)


signs = st.sampled_from(["eq", "gt", "gte", "lt", "lte", "in", "ne"])
numbered = st.lists(st.one_of(texts, st.lists(texts, max_size=2), st.integers(0, 20)), max_size=8)


@MANY
@given(made=numbered, path=st.sampled_from(["note", "tags", "data.x"]), questions=several(st.tuples(signs, texts, st.booleans())))
def test_numbers_inside_of_texts(both: Both, made: list[Any], path: str, questions: list[tuple[str, str, bool]]) -> None:
    """The collation: the same equalities, ranges and orders."""
    places = {"note": lambda item: {} if isinstance(item, list) else {"note": item}, "tags": lambda item: {"tags": item}}
    both.filled([places.get(path, lambda item: {"data": {"x": item}})(item) for item in made])
    for sign, value, descending in questions:
        known: dict[str, Filter] = {"eq": Eq(path, value), "in": In(path, [value, "a1"]), "ne": Ne(path, value)}
        where = known.get(sign) or Range(path, **{sign: value})
        order = [Order(path, descending)]
        for condition in (where, EVERYTHING):
            mongo, sqlite = both.answers(lambda store: listed(store, condition, order))  # noqa: B023
            assert mongo == sqlite, (condition, order, made)
        mongo, sqlite = both.answers(lambda store: store.count(SAMPLES, where, numeric=True))  # noqa: B023
        assert mongo == sqlite, (where, made)


def listed(store: DocumentStore, where: Filter, order: list[Order]) -> list[str]:
    return [document["id"] for document in store.list(SAMPLES, where, order=order, numeric=True)]


few = st.sampled_from(["a", "b", None, 1])
rows = st.fixed_dictionaries(
    {"id": st.sampled_from(["x", "y", "z", "v"])},
    optional={"company": few, "name": few, "email": few.filter(lambda value: value is not None), "number": st.integers(0, 2)},
)


writes = st.one_of(
    st.tuples(st.just("insert"), st.lists(rows, max_size=3)), st.tuples(st.just("replace"), st.lists(rows, min_size=1, max_size=1))
)


@MANY
@given(questions=several(writes))
def test_unique_indexes(both: Both, questions: list[tuple[str, list[Document]]]) -> None:
    """The same documents are refused, for the same index, and the same are there afterwards."""
    both.filled([])
    for way, batch in questions:
        mongo, sqlite = both.answers(lambda store: getattr(store, way)(SAMPLES, *batch))  # noqa: B023
        assert (mongo is None) == (sqlite is None), (batch, mongo, sqlite)
        mongo, sqlite = both.answers(lambda store: store.list(SAMPLES, order=[Order("id")]))
        assert mongo == sqlite, batch
