"""What is particular to the SQLite files: formats, declarations that grow, query plans, damage."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest
from attrs import evolve

from apiserver.settings import Settings
from apiserver.stores.collections import AUTH_USERS, MODELS, PROJECTS, QUEUES, TASKS, URLS_TO_DELETE, Collection, Field, Index
from apiserver.stores.documents import DocumentStore
from apiserver.stores.errors import InvalidValue, StoreError, Unavailable
from apiserver.stores.filters import EVERYTHING, Eq, Exists, Filter, In, Matches, Ne, NotIn, Order, Range, Set, Text
from apiserver.stores.registry import open_backend
from apiserver.stores.sqlite.connection import Database, NewerFile, Options
from apiserver.stores.sqlite.documents import SqliteDocumentStore
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.stores.state import StateStore
from apiserver.testing.backends import embedded
from apiserver.testing.samples import SAMPLES


@pytest.fixture
def store(tmp_path: Path) -> SqliteDocumentStore:
    """All collections of the product."""
    return SqliteDocumentStore(tmp_path / "documents.db")


OWN = In("company", ["c", ""])
SHOWN = NotIn("system_tags", ["archived", "hidden"])
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NEWEST = [Order("last_update", descending=True)]


@pytest.mark.parametrize(
    ("collection", "where", "order", "index"),
    [
        (TASKS, Eq("id", "x"), [], "autoindex_backend_task_1 (id=?)"),
        (TASKS, OWN & Eq("id", "x"), [], "autoindex_backend_task_1 (id=?)"),
        (TASKS, OWN & In("id", [str(n) for n in range(500)]), [], "autoindex_backend_task_1 (id=?)"),
        (TASKS, OWN & In("id", ["x"]) & SHOWN, NEWEST, "autoindex_backend_task_1 (id=?)"),
        (TASKS, OWN & In("project", ["p"]) & SHOWN, NEWEST, "c_project=?"),
        (TASKS, Eq("company", "c") & In("project", [str(n) for n in range(5)]), NEWEST, "c_project=?"),
        (TASKS, OWN & SHOWN, NEWEST, "c_last_update"),
        (TASKS, Eq("company", "c") & Eq("parent", "x"), [], "c_parent=?"),
        (TASKS, Eq("parent", "x"), [], "c_parent=?"),
        (TASKS, In("project", ["x", "y"]), [], "c_project=?"),
        (TASKS, Eq("status", "in_progress") & Range("last_update", lt=LONG_AGO), [], "c_status=? AND c_last_update"),
        (TASKS, OWN & Eq("name", "x"), [], "c_name=?"),
        (TASKS, OWN & Matches("name", "^a name$"), [], "c_name>?"),
        (TASKS, Eq("models.input.model", "m"), [], "SEARCH k"),
        (TASKS, In("models.input.model", ["m"]) & OWN, [], "SEARCH k"),
        (MODELS, OWN & Eq("id", "x"), [], "autoindex_backend_model_1 (id=?)"),
        (MODELS, Eq("task", "t"), [], "c_task=?"),
        (MODELS, In("task", ["t"]) & OWN, [], "c_task=?"),
        (MODELS, OWN & In("project", ["t"]), NEWEST, "c_project=?"),
        (MODELS, OWN & Eq("uri", "t"), [], "c_uri=?"),
        (PROJECTS, Eq("name", "x") & Eq("company", "c"), [], "c_name=?"),
        (PROJECTS, OWN & Matches("name", "^a/b$"), [], "c_name>?"),
        (PROJECTS, Eq("parent", "x"), [], "c_parent=?"),
        (PROJECTS, In("path", ["x"]), [], "SEARCH k"),
        (QUEUES, Eq("id", "x") & Eq("company", "c"), [], "(id=?)"),
        (QUEUES, Eq("name", "x") & Eq("company", "c"), [], "c_name=?"),
        (AUTH_USERS, Eq("credentials.key", "k"), [], "SEARCH k"),
        (URLS_TO_DELETE, Eq("status", "created"), [Order("created")], "c_status=?"),
    ],
)  # fmt: skip
def test_hot_queries_have_an_index(
    store: SqliteDocumentStore, collection: Collection, where: Filter, order: list[Order], index: str
) -> None:
    """No frequent question scans a collection, on a new file as on a full one."""
    plan = store.query_plan(collection, where, order)
    assert index in " ".join(plan), plan
    assert not any(step.startswith("SCAN t") and "USING" not in step for step in plan), plan


def test_the_first_page_of_all_tasks_is_not_sorted(store: SqliteDocumentStore) -> None:
    """The newest of all come straight from the index, however many there are."""
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in store.query_plan(TASKS, OWN & SHOWN, NEWEST))


def test_a_file_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    """One clear line, and the file is untouched."""
    for opener, name in ((SqliteDocumentStore, "documents.db"), (SqliteStateStore, "state.db")):
        opener(tmp_path / name).close()
        connection = apsw.Connection(str(tmp_path / name))
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        with pytest.raises(NewerFile, match=r"written by a newer release \(format 99"):
            opener(tmp_path / name)


def test_a_declaration_may_grow(tmp_path: Path) -> None:
    """New fields and indexes of a later release are built from what is stored; dropped indexes go."""
    old = Collection("thing", fields={"id": Field("text"), "number": Field("int"), "word": Field("text")}, indexes=(Index(("number",)),))
    new = evolve(
        old, fields={**old.fields, "moment": Field("date")}, indexes=(Index(("word", "number")), Index(("moment",)), Index(("data.x",)))
    )
    store = SqliteDocumentStore(tmp_path / "documents.db", collections=(old,))
    day = datetime(2020, 1, 1, tzinfo=UTC)
    store.insert(old, {"id": "a", "number": 1, "word": "w", "moment": day, "data": {"x": "k"}}, {"id": "b", "number": 2})
    store.close()
    store = SqliteDocumentStore(tmp_path / "documents.db", collections=(new,))
    assert [d["id"] for d in store.list(new, Eq("word", "w") & Eq("moment", day) & Eq("data.x", "k"))] == ["a"]
    assert "c_word=? AND c_number=?" in " ".join(store.query_plan(new, Eq("word", "w") & Eq("number", 1)))
    assert not any("thing_c_number" in row[0] for row in store._database.rows("SELECT name FROM sqlite_schema"))


def test_a_unique_index_on_elements_is_refused() -> None:
    """Rather than silently not kept."""
    bad = Collection("thing", fields={"id": Field("text"), "tags": Field("list")}, indexes=(Index(("tags",), unique=True),))
    with pytest.raises(InvalidValue), pytest.MonkeyPatch.context():
        SqliteDocumentStore(Path("/nonexistent"), collections=(bad,))._tables["backend", "thing"].indexes  # noqa: B018


def test_a_list_in_a_plain_field_is_refused(store: SqliteDocumentStore) -> None:
    """What is declared as one value stays one, in every write."""
    with pytest.raises(InvalidValue, match=r"task.name: a list"):
        store.insert(TASKS, {"id": "a", "name": ["x"]})
    store.insert(TASKS, {"id": "a"})
    with pytest.raises(InvalidValue):
        store.update(TASKS, EVERYTHING, Set("execution", []))


def test_damage_and_missing_rights_are_store_errors(tmp_path: Path) -> None:
    """Never a driver's error; Unavailable where a retry may help."""
    (tmp_path / "documents.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="damaged or is no database"):
        SqliteDocumentStore(tmp_path / "documents.db")
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        SqliteDocumentStore(tmp_path / "file" / "documents.db")
    store = SqliteStateStore(tmp_path / "state.db")
    store.ping()
    store.close()
    (tmp_path / "state.db").unlink()
    with pytest.raises(Unavailable):
        store.ping()


def test_a_lock_held_for_too_long_is_unavailable(tmp_path: Path) -> None:
    """A write gives up after its time; the next one works."""
    store = SqliteDocumentStore(tmp_path / "documents.db", collections=(SAMPLES,), options=Options(busy_timeout_s=0.1))
    other = apsw.Connection(str(tmp_path / "documents.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        store.insert(SAMPLES, {"id": "a"})
    other.execute("ROLLBACK")
    store.insert(SAMPLES, {"id": "a"})


def test_the_file_is_opened_with_the_promised_policy(tmp_path: Path) -> None:
    """WAL; NORMAL unless the settings ask for commits that outlive a power failure."""
    for survive, synchronous in ((None, 1), ("power_loss", 2)):
        with embedded(tmp_path, {"stores.sqlite.survive": survive}) as backend:
            stores: list[Any] = [backend.documents, backend.state]
            for store in stores:
                database: Database = store._database
                assert database.rows("PRAGMA journal_mode") == [("wal",)]
                assert database.rows("PRAGMA synchronous") == [(synchronous,)]


def test_an_unknown_engine_is_refused() -> None:
    """By name, in one line."""
    with pytest.raises(StoreError, match="there is no 'cassandra'"):
        open_backend(Settings.from_dict({"stores.engine": "cassandra"}))


@pytest.mark.parametrize("interface", [DocumentStore, StateStore])
def test_an_engine_that_forgets_a_method_cannot_be_made(interface: type) -> None:
    """The interfaces enforce themselves: each method is missed."""
    methods = {name: lambda *a, **k: None for name in interface.__abstractmethods__}  # type: ignore[attr-defined]
    assert len(methods) > 15
    type("Complete", (interface,), dict(methods))()
    for name in methods:
        with pytest.raises(TypeError, match=name):
            type("Forgetful", (interface,), {k: v for k, v in methods.items() if k != name})()


def test_statements_are_few(store: SqliteDocumentStore) -> None:
    """The same question with other values is the same statement, so that it is compiled once."""
    for number in range(3):
        store.list(TASKS, OWN & Eq("project", str(number)) & Ne("name", "x") & Matches("comment", str(number)) & Exists("started"))
    store.list(TASKS, OWN & Text("w"))
    hits = store._database.connection().cache_stats()["hits"]
    store.list(TASKS, OWN & Eq("project", "9") & Ne("name", "y") & Matches("comment", "z") & Exists("started"))
    assert store._database.connection().cache_stats()["hits"] > hits
