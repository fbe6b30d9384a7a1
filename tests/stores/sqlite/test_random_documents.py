"""Random documents, conditions, orders and changes: SQL agrees with the meaning in Python, and nothing ever breaks a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apiserver.stores import changes as meaning
from apiserver.stores import grouping
from apiserver.stores.changes import copied
from apiserver.stores.collation import numeric_key
from apiserver.stores.documents import Document, Measure
from apiserver.stores.errors import StoreError
from apiserver.stores.filters import EVERYTHING, Eq, Filter, In, Not, Order
from apiserver.stores.match import compile_filter, project, sort
from apiserver.stores.sqlite.documents import SqliteDocumentStore
from apiserver.stores.sqlite.encoding import decode, encode
from apiserver.testing.samples import SAMPLES, same
from tests.fuzzing import examples
from tests.stores.random_documents import changes, documents, filters, leaf_filters, orders, paths

SHARED = settings(
    max_examples=examples(120, 5_000),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDocumentStore]:
    """One file for all examples."""
    opened = SqliteDocumentStore(tmp_path_factory.mktemp("random") / "documents.db", collections=(SAMPLES,))
    yield opened
    opened.close()


def filled(store: SqliteDocumentStore, made: list[Document]) -> list[Document]:
    """The documents as they are stored, with ids and what is unique."""
    store.delete(SAMPLES, EVERYTHING)
    stored = [{"id": f"i{number}", "company": "c" * (number % 2), "name": f"n{number}", **document} for number, document in enumerate(made)]
    store.insert(SAMPLES, *stored)
    return stored


def cut_dates(document: Document) -> Document:
    """The document as it comes back."""
    found: Document = decode(encode(document))
    return found


@SHARED
@given(
    made=st.lists(documents(), max_size=6),
    where=filters,
    order=orders,
    numeric=st.booleans(),
    page=st.tuples(st.integers(0, 3), st.integers(0, 4)),
)
@example(made=[{"tags": "a"}, {"tags": ["a"]}], where=Eq("tags", "a"), order=[], numeric=False, page=(0, 4))
def test_sql_agrees_with_the_meaning(
    store: SqliteDocumentStore, made: list[Document], where: Filter, order: list[Order], numeric: bool, page: tuple[int, int]
) -> None:
    """The same documents, in the same order, page by page, and their number."""
    stored = filled(store, made)
    fold = numeric_key if numeric else None
    test = compile_filter(where, fold)
    expected = [d["id"] for d in sort([d for d in stored if test(d)], order, fold)]
    found = [d["id"] for d in store.list(SAMPLES, where, order=order, numeric=numeric)]
    assert found == expected
    skip, limit = page
    assert [d["id"] for d in store.list(SAMPLES, where, order=order, numeric=numeric, skip=skip, limit=limit)] == expected[
        skip : skip + limit
    ]
    assert store.count(SAMPLES, where, numeric=numeric) == len(expected)
    if not numeric:
        assert [d["id"] for d in store.iterate(SAMPLES, where, order=order, fields=("id",))] == expected


@SHARED
@given(
    made=st.lists(documents(), max_size=8),
    path=paths,
    where=st.one_of(st.just(EVERYTHING), leaf_filters),
    order=orders,
    numeric=st.booleans(),
    flags=st.tuples(st.booleans(), st.booleans()),
    page=st.tuples(st.integers(0, 3), st.integers(0, 4)),
)
def test_pages_by_a_part_of_the_body_agree_with_the_meaning(
    store: SqliteDocumentStore,
    made: list[Document],
    path: str,
    where: Filter,
    order: list[Order],
    numeric: bool,
    flags: tuple[bool, bool],
    page: tuple[int, int],
) -> None:
    """As the list endpoints ask for them: falling, or rising with those that have something to be ordered by first."""
    stored = filled(store, made)
    descending, present = flags
    fold = numeric_key if numeric else None
    where = where & Not(In(path, [None])) if present else where
    keys = [Order(path, descending), *order[:1], Order("id", exact=True)]
    test = compile_filter(where, fold)
    expected = [d["id"] for d in sort([d for d in stored if test(d)], keys, fold)]
    skip, limit = page
    found = store.list(SAMPLES, where, order=keys, numeric=numeric, skip=skip, limit=limit)
    assert [d["id"] for d in found] == expected[skip : skip + limit]


@SHARED
@given(made=st.lists(documents(), max_size=4), fields=st.lists(paths, max_size=4), exclude=st.booleans())
def test_projections_agree_with_the_meaning(store: SqliteDocumentStore, made: list[Document], fields: list[str], exclude: bool) -> None:
    """The same parts of every document."""
    stored = filled(store, made)
    wanted = tuple("-" + name for name in fields) if exclude else tuple(fields)
    for found, document in zip(store.list(SAMPLES, fields=wanted), stored, strict=True):
        assert same(ordered(found), ordered(project(cut_dates(document), wanted)))


def ordered(value: Any) -> Any:
    """Objects with sorted keys: a projection need not keep their order."""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    return [ordered(item) for item in value] if isinstance(value, list) else value


@SHARED
@given(made=st.lists(documents(), max_size=5), by=st.lists(paths, max_size=2, unique=True), where=leaf_filters, path=paths)
def test_groups_and_distinct_values_agree_with_the_meaning(
    store: SqliteDocumentStore, made: list[Document], by: list[str], where: Filter, path: str
) -> None:
    """The same groups with the same figures; the same values; the same keys."""
    stored = [d for d in filled(store, made) if compile_filter(where)(d)]
    stored = [cut_dates(document) for document in stored]
    measures = [Measure("n", "count"), Measure("s", "max", "moment"), Measure("t", "min", "number")]
    assert all(map(same_key, store.group(SAMPLES, where, by=by, measures=measures), grouping.group(stored, by, measures, [])))
    assert same_key(store.distinct(SAMPLES, path, where), grouping.distinct(stored, path))
    for depth in (1, 2):
        assert store.map_keys(SAMPLES, path, where, depth=depth) == grouping.map_keys(stored, path, depth)


def same_key(one: Any, other: Any) -> bool:
    """Equal as stored values are: 1 equals 1.0."""
    from apiserver.stores.ordering import order_key

    return order_key(one) == order_key(other)


@SHARED
@given(made=st.lists(documents(), min_size=1, max_size=4), steps=st.lists(st.tuples(filters, st.lists(changes, max_size=3)), max_size=3))
def test_random_changes_never_corrupt(store: SqliteDocumentStore, made: list[Document], steps: list[tuple[Filter, list[Any]]]) -> None:
    """Each update does what it means or nothing; rows, columns and side tables stay together."""
    expected = {document["id"]: cut_dates(document) for document in filled(store, made)}
    for where, wanted in steps:
        test = compile_filter(where)
        after = copied(expected)
        try:
            for document in after.values():
                if test(document):
                    meaning.apply(document, wanted)
        except StoreError:
            after = expected
        try:
            store.update_many(SAMPLES, where, *wanted)
        except StoreError:
            continue
        expected = {key: cut_dates(document) for key, document in after.items()}
    for key, document in expected.items():
        assert same(store.get(SAMPLES, key), document)
    assert_whole(store)


def assert_whole(store: SqliteDocumentStore) -> None:
    """Columns, keys and texts are those of the bodies."""
    table = store._table(SAMPLES)
    database = store._database
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    keys: set[tuple[Any, ...]] = set()
    for seq, key, body, *columns in database.rows(f"SELECT seq, id, json(body), {names} FROM {table.sql_name}"):
        document = decode(body)
        assert document["id"] == key
        assert tuple(columns) == table.row(document)
        keys |= {(path, text, seq) for path, text in table.keys(document)}
    assert set(database.rows(f"SELECT path, value, seq FROM {table.keys_name}")) == keys


def test_the_file_is_sound_after_all_that(store: SqliteDocumentStore) -> None:
    """SQLite's own check, the text index included."""
    assert store._database.rows("PRAGMA integrity_check") == [("ok",)]
    with store._database.writing() as connection:
        connection.execute(f"INSERT INTO {store._table(SAMPLES).text_name} ({store._table(SAMPLES).name}_text) VALUES ('integrity-check')")


@given(document=documents())
@settings(max_examples=examples(200, 10_000), deadline=None, database=None)
def test_encoding_is_reversible(document: Document) -> None:
    """What goes in comes out, with types and key order."""
    assert same(decode(encode(document)), document)
