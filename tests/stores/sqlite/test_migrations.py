"""Older files are brought to the present form, with lines that say how far; what the forms are made of is pinned."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

import apsw
import pytest

from apiserver.stores.collections import ALL, TASKS
from apiserver.stores.filters import AnyOf, In, Matches, Not, Order
from apiserver.stores.sqlite import migrations
from apiserver.stores.sqlite.connection import NewerFile
from apiserver.stores.sqlite.documents import SqliteDocumentStore
from apiserver.stores.sqlite.table import Table, shape

LAYOUT = (2, "c77d050bd7c1a699")
"""(form, digest of the tables, columns and indexes that belong to it)"""


def test_a_change_of_the_layout_is_a_new_form() -> None:
    """A column, side table or index more needs a step in `migrations.py`, and then the digest of the layout here."""
    made = [(t.name, t.columns, [sql for _, sql, _ in t.indexes], t._sides) for t in map(Table, ALL)]
    assert (migrations.CURRENT, hashlib.sha256(repr(made).encode()).hexdigest()[:16]) == LAYOUT


def test_steps_are_numbered_without_gaps() -> None:
    """From 2 to the present form; a new file needs none of them, a present one neither."""
    assert [step.number for step in migrations.DOCUMENTS] == list(range(2, migrations.CURRENT + 1))
    assert migrations.needed(1) == migrations.DOCUMENTS
    assert migrations.needed(0) == migrations.needed(migrations.CURRENT) == ()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file as form 1 had it: no letters, no columns of searched texts, keys of inputs only, no sign in the numbers of key sets."""
    path = tmp_path / "documents.db"
    store = SqliteDocumentStore(path)
    store.insert(
        TASKS,
        {"id": "a", "company": "c", "name": "first run", "comment": "Übersicht", "models": {"input": [{"model": "m1"}]}},
        {
            "id": "b",
            "company": "c",
            "name": "second",
            "models": {"output": [{"model": "m2"}]},
            "hyperparams": {"Args": {"lr": {"value": "3"}}},
        },
        {"id": "c", "company": "c", "name": "third", "hyperparams": {"Args": [{"lr": {"value": "20"}}]}},
    )
    store.close()
    number, keys = shape({"Args": [{}]}, 2)
    assert number is not None
    assert number < 0
    connection = apsw.Connection(str(path))
    connection.execute("""
        DROP TABLE backend_task_letters; DROP TABLE backend_task_waiting;
        DROP TABLE backend_model_letters; DROP TABLE backend_model_waiting;
        ALTER TABLE backend_task DROP COLUMN c_comment; ALTER TABLE backend_model DROP COLUMN c_comment;
        DELETE FROM backend_task_keys WHERE path = 'models.output.model';
        DELETE FROM declaration; PRAGMA user_version = 1;
    """)
    for name, table in store._tables.items():
        sides = (tuple(path for path in table.key_paths if path != "models.output.model"), tuple(table.collection.text))
        connection.execute("INSERT INTO declaration (name, sides) VALUES (?, ?)", ("_".join(name), repr(sides)))
    connection.execute("DELETE FROM shapes WHERE id < 0; INSERT INTO shapes (id, keys) VALUES (?, ?)", (~number, keys))
    connection.execute("UPDATE backend_task SET k_hyperparams = ? WHERE id = 'c'", (~number,))
    connection.close()
    return path


def ids(store: SqliteDocumentStore, where: Any, *order: Order) -> list[str]:
    return [task["id"] for task in store.list(TASKS, where, order=order, limit=9)]


def test_an_older_file_is_brought_to_the_present_form(old: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is derived is there afterwards; the log names the step and counts the documents. The second opening has nothing to do."""
    monkeypatch.setattr(migrations, "_SAY_EVERY_S", 0)
    with caplog.at_level(logging.WARNING):
        store = SqliteDocumentStore(old)
    said = [record.getMessage() for record in caplog.records]
    assert "documents.db: from form 1 to 2: " in said[0]
    assert any(line.startswith("backend_task, columns: 3 of 3 documents, ") for line in said)
    assert any(line.startswith("backend_task, keys and letters: 3 of 3 documents, ") for line in said)
    assert ids(store, Matches("comment", "übers", ignore_case=True)) == ["a"]
    assert ids(store, AnyOf(Matches("name", "first run"), Matches("models.output.model", "m2"))) == ["a", "b"]
    by_rate = Order("hyperparams.Args.lr.value", descending=True)
    assert ids(store, Not(In(by_rate.path, [None])), by_rate) == ["b", "c"]
    assert store._database.rows("PRAGMA user_version") == [(migrations.CURRENT,)]
    assert store._database.rows("PRAGMA integrity_check") == [("ok",)]
    store.close()
    caplog.clear()
    SqliteDocumentStore(old).close()
    assert not caplog.records


def test_a_run_that_is_broken_off_begins_again(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file stays as it was, form included, and the next opening does the whole work."""
    before = apsw.Connection(str(old)).execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()

    class Stop(Exception):
        pass

    def stop(*rest: Any) -> Any:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(Table, "_index", stop)
        with pytest.raises(Stop):
            SqliteDocumentStore(old)
    connection = apsw.Connection(str(old))
    assert connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall() == before
    assert connection.execute("PRAGMA user_version").fetchall() == [(1,)]
    connection.close()
    store = SqliteDocumentStore(old)
    assert ids(store, Matches("name", "cond")) == ["b"]
    store.close()


def test_a_file_of_a_newer_form_is_refused(tmp_path: Path) -> None:
    """In one line that says what to do, and nothing is written to it."""
    path = tmp_path / "documents.db"
    SqliteDocumentStore(path).close()
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA user_version = {migrations.CURRENT + 1}")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(NewerFile, match=rf"format {migrations.CURRENT + 1}, this release knows {migrations.CURRENT}\): use that release"):
        SqliteDocumentStore(path)
    assert path.read_bytes() == content
