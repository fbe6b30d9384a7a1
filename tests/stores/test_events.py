"""Every event engine keeps the contract; the embedded one also when its process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apiserver.stores.events import SCALAR, Entity, Selection
from apiserver.stores.sqlite.events import SqliteEventStore
from apiserver.testing.events import COMPANY, EventStoreSuite, event, of

REPOSITORY = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from apiserver.stores.sqlite.events import SqliteEventStore
from apiserver.testing.events import COMPANY, event
store = SqliteEventStore(Path(sys.argv[1]))
for turn in range(100_000):
    few = [event(metric="few", iter=turn * 3 + i, value=turn) for i in range(3)]
    again = [event(metric="again", iter=i, value=turn) for i in range(20 * (turn % 3))]
    many = [event(iter=turn * 50 + i) for i in range(50)]
    store.add(COMPANY, [*few, *again, *many, event("plot", iter=turn), event("log", iter=turn)])
    print(turn, flush=True)
"""


class TestEventStore(EventStoreSuite):
    """See the suite."""


@pytest.mark.parametrize("turns", [5, 60, 400])
def test_nothing_acknowledged_is_lost_when_a_process_is_killed(tmp_path: Path, turns: int) -> None:
    """After SIGKILL between or inside writes the file opens clean, with every answered batch, and no batch is there in part: whether its
    scalars were rows, became a block, grew together with others or replaced points of a block."""
    path = tmp_path / "events.db"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    for _ in range(turns):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    answered = turns + sum(line.endswith("\n") for line in process.stdout.readlines())
    process.wait()
    process.stdout.close()
    store = SqliteEventStore(path)
    try:
        assert store._database.rows("PRAGMA integrity_check") == [("ok",)]
        batches = store.count(of("plot"))
        assert answered <= batches <= answered + 1
        found = {one.metric: one for one in store.ranges(Entity(COMPANY, "task"), key="iter")}
        assert (found["m"].count, found["m"].highest) == (50 * batches, 50 * batches - 1)
        assert (found["few"].count, found["few"].highest) == (3 * batches, 3 * batches - 1)
        assert [one["value"] for one in store.select(of(metrics={"few": ()}))] == [turn for turn in range(batches) for _ in range(3)]
        again = [max(turn for turn in range(batches) if turn % 3 > i // 20) for i in range(min(40, 20 * (batches - 1)))]
        assert [one["value"] for one in store.select(of(metrics={"again": ()}))] == again
        assert store.count(of("log")) == batches
        store.add(COMPANY, [event(iter=-1)])
        assert store.count(of(metrics={"m": ()})) == 50 * batches + 1
    finally:
        store.close()


def test_hot_questions_use_the_order_of_their_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a series and of a log, and the newest plots, read a few rows off an index; at most equals are sorted."""
    store = SqliteEventStore(tmp_path / "events.db")
    database = store._database
    store.add(COMPANY, [event(), event("plot"), event("log")])
    asked: list[tuple[str, Any]] = []
    rows = database.rows

    def listening(sql: str, parameters: Any = ()) -> Any:
        asked.append((sql, parameters))
        return rows(sql, parameters)

    monkeypatch.setattr(database, "rows", listening)
    store.page(of(), descending=True, size=1, after=store.page(of(), descending=True, size=1).next)
    store.whole_page(of("log"), by="timestamp", descending=True, size=1, after=1400000000000)
    store.newest(of("plot"), count=1)
    store.ranges(Entity(COMPANY, "task"), key="iter")
    monkeypatch.undo()
    for sql, parameters in asked:
        plan = [str(row[3]) for row in rows("EXPLAIN QUERY PLAN " + sql, parameters)]
        whole = [line for line in plan if line.startswith("SCAN") and "VIRTUAL TABLE" not in line and line != "SCAN workers"]
        assert not whole, (sql, plan)
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan, (sql, plan)
    store.close()


def test_another_process_knows_the_workers(tmp_path: Path) -> None:
    """Names of workers that one connection has read do not hide later ones."""
    one, two = SqliteEventStore(tmp_path / "events.db"), SqliteEventStore(tmp_path / "events.db")
    for i, store in enumerate((one, two, one)):
        store.add(COMPANY, [event(iter=i, worker=f"w{i}")])
        found = [event["worker"] for event in store.select(Selection((Entity(COMPANY, "task"),), (SCALAR,)))]
        assert found == [f"w{n}" for n in range(i + 1)]
    one.close()
    two.close()
