"""From a real Elasticsearch 5.6 into the embedded store: nothing is lost and nothing doubled, wherever a run ends."""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from apiserver.migrations.elastic import api, mending
from apiserver.migrations.elastic.source import Index
from apiserver.migrations.elastic.targets import Document, Refused, StoreTarget

from apiserver.stores.errors import InvalidValue, Unavailable
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, TYPES, VECTOR, Entity, Event, Selection
from apiserver.stores.sqlite.events import SqliteEventStore
from tests.migrations.old_elastic import COMPANY, FIRST_MS, Old, OldServer, event, history, task_id

TASKS = 6
HISTORY = {"scalars": 3000, "logs": 3000, "plots": 120, "images": 300, "vectors": 120, "statistics": 10, "tasks": TASKS}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteEventStore]:
    found = SqliteEventStore(tmp_path / "events.db")
    yield found
    found.close()


def migrated(old: OldServer, target: api.Target, work: Path, **options: Any) -> Any:
    checkpoints = api.Checkpoints(work)
    try:
        return api.Run(api.Source(old.address, old.prefix), target, checkpoints, unit=400, **options).run()
    finally:
        checkpoints.close()


def verified(old: OldServer, target: api.Target, work: Path) -> Any:
    checkpoints = api.Checkpoints(work)
    try:
        return api.verify(api.Source(old.address, old.prefix), target, checkpoints, samples=30, seed=1)
    finally:
        checkpoints.close()


def stored(store: SqliteEventStore, kind: str, task: str, company: str = COMPANY) -> list[Event]:
    return store.select(Selection((Entity(company, task),), (kind,)))


def texts(events: Sequence[Event]) -> Counter[str]:
    return Counter(json.dumps(one, sort_keys=True) for one in events)


def lines(store: SqliteEventStore, task: str) -> Counter[str]:
    return texts(stored(store, LOG, task))


def expected(documents: Sequence[Old], kind: str, task: str) -> list[Event]:
    return [mending.event_of(one.source, kind) for one in documents if one.source.get("task") == task and one.source.get("type") == kind]


def test_all_events_arrive_as_they_were(old: OldServer, store: SqliteEventStore, tmp_path: Path) -> None:
    documents = list(history(**HISTORY))
    old.load(documents)
    target = StoreTarget(store, "test")
    outcome = migrated(old, target, tmp_path / "work")
    assert outcome.documents == sum(one.index.startswith("events-") for one in documents)
    assert outcome.bad == 0
    for number in range(TASKS):
        for kind in TYPES:
            assert texts(stored(store, kind, task_id(number))) == texts(expected(documents, kind, task_id(number)))
    found = verified(old, target, tmp_path / "work")
    assert found.fine
    assert {one.index.removeprefix(old.prefix): one.tasks for one in found.indices} == {f"events-{kind}-{COMPANY}": TASKS for kind in TYPES}
    assert all(one.sampled > 5 for one in found.indices)


def test_lost_checkpoints_double_nothing(old: OldServer, store: SqliteEventStore, tmp_path: Path) -> None:
    documents = list(history(scalars=30, logs=900, plots=3, images=3, vectors=3, statistics=0, tasks=3))
    old.load(documents)
    for work in ("first", "second"):
        assert migrated(old, StoreTarget(store, "test"), tmp_path / work).number == 1
    for number in range(3):
        assert lines(store, task_id(number)) == texts(expected(documents, LOG, task_id(number)))
    assert verified(old, StoreTarget(store, "test"), tmp_path / "second").fine


class Failing(StoreTarget):
    """Fails for good at one of its writes; before, or after half of it was done."""

    at: int
    half: bool
    writes = 0

    def write(self, index: Index, documents: Sequence[Document], *, again: bool) -> list[Refused]:
        self.writes += 1
        if self.writes < self.at:
            return super().write(index, documents, again=again)
        if self.half and self.writes == self.at:
            super().write(index, documents[: len(documents) // 2], again=again)
        raise InvalidValue("made to fail")


@pytest.mark.parametrize("half", [False, True])
def test_a_run_that_fails_anywhere_goes_on_without_doubling_lines(
    old: OldServer, store: SqliteEventStore, tmp_path: Path, half: bool
) -> None:
    documents = list(history(scalars=60, logs=1200, plots=6, images=6, vectors=6, statistics=0, tasks=3))
    old.load(documents)
    for runs, at in enumerate((1, 2, 1, 3, 1, 2, 4, 2)):
        failing = Failing(store, "test")
        failing.at, failing.half = at, half
        with pytest.raises(api.Stopped, match="made to fail"):
            migrated(old, failing, tmp_path / "work", parallel=1 + runs % 3)
    outcome = migrated(old, StoreTarget(store, "test"), tmp_path / "work")
    assert outcome.number == 1
    for number in range(3):
        mine = texts(expected(documents, LOG, task_id(number)))
        assert lines(store, task_id(number)) == mine
        assert max(mine.values()) == 2, "equal lines are in the data"
    assert verified(old, StoreTarget(store, "test"), tmp_path / "work").fine


def test_a_process_killed_in_the_middle_goes_on(old: OldServer, tmp_path: Path) -> None:
    documents = list(history(**HISTORY))
    old.load(documents)
    (tmp_path / "data").mkdir()
    command = [
        *(sys.executable, "-m", "apiserver", "migrate", "elastic", "run", "--source", old.address, "--source-prefix", old.prefix),
        *("--data", str(tmp_path / "data"), "--work", str(tmp_path / "work"), "--unit", "100", "--json"),
    ]
    for units in (1, 8, 16):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None and done_units(tmp_path / "work") < units:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, process.stderr and process.stderr.read()
    last = subprocess.run(command, capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    assert json.loads(last.stdout)["number"] == 1
    store = SqliteEventStore(tmp_path / "data" / "events.db")
    for number in range(TASKS):
        for kind in (SCALAR, VECTOR, PLOT, IMAGE):
            assert len(stored(store, kind, task_id(number))) == len(expected(documents, kind, task_id(number)))
        assert lines(store, task_id(number)) == texts(expected(documents, LOG, task_id(number)))
    store.close()


def done_units(work: Path) -> int:
    """As the checkpoints say; 0 before there are any."""
    if not os.path.exists(work / "state.db"):
        return 0
    try:
        with sqlite3.connect(f"file:{work}/state.db?mode=ro", uri=True) as database:
            return int(database.execute("SELECT count(*) FROM units WHERE state = 2").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_another_pass_takes_what_is_new(old: OldServer, store: SqliteEventStore, tmp_path: Path) -> None:
    target = StoreTarget(store, "test")
    task = task_id(1)
    first = [event(LOG, task, FIRST_MS + i * 60_000, msg=f"{i}", level="INFO") for i in range(100)]
    old.load([*first, event(SCALAR, task, FIRST_MS, iter=1, metric="m", variant="v", value=1.0)])
    assert migrated(old, target, tmp_path / "work").documents == 101
    again = event(SCALAR, task, FIRST_MS + 7_000_000, iter=1, metric="m", variant="v", value=2.0)
    late = event(LOG, task, FIRST_MS + 98 * 60_000, msg="late", level="INFO")
    old.load([late, again, event(PLOT, task_id(2), FIRST_MS + 7_000_000, iter=0, metric="p", variant="v", plot_str="{}")])
    outcome = migrated(old, target, tmp_path / "work")
    assert outcome.number == 2
    assert outcome.documents < 20
    assert len(stored(store, LOG, task)) == 101
    assert [one["value"] for one in stored(store, SCALAR, task)] == [2.0]
    assert len(stored(store, PLOT, task_id(2))) == 1
    assert verified(old, target, tmp_path / "work").fine


def test_the_old_server_may_write_meanwhile(old: OldServer, store: SqliteEventStore, tmp_path: Path) -> None:
    """New events of old and new tasks, and events that replace others, come while passes run; a last pass after that has everything."""
    documents = list(history(scalars=1200, logs=1200, plots=30, images=30, vectors=30, statistics=0, tasks=3))
    old.load(documents)
    late: list[Old] = []
    stop = threading.Event()

    def writes() -> None:
        for step in itertools.count():
            if stop.is_set():
                return
            at = FIRST_MS + 3 * 3_600_000 + step * 30_000
            task = task_id(step % 5)
            batch = [
                event(LOG, task, at, msg=f"late {step}", level="INFO"),
                event(SCALAR, task, at, iter=1, metric="m1", variant="v", value=step),
            ]
            old.load(batch)
            late.extend(batch)

    writer = threading.Thread(target=writes)
    writer.start()
    try:
        for _ in range(2):
            migrated(old, StoreTarget(store, "test"), tmp_path / "work")
    finally:
        stop.set()
        writer.join()
    assert migrated(old, StoreTarget(store, "test"), tmp_path / "work").number == 3
    assert verified(old, StoreTarget(store, "test"), tmp_path / "work").fine
    for number in range(5):
        assert lines(store, task_id(number)) == texts(expected([*documents, *late], LOG, task_id(number)))
        newest = {
            one.source["iter"]: one.source["value"]
            for one in late
            if one.source["type"] == SCALAR and one.source["task"] == task_id(number)
        }
        found = {one["iter"]: one["value"] for one in stored(store, SCALAR, task_id(number)) if one["iter"] in newest}
        assert found == newest
    assert len(late) > 4


def test_what_was_deleted_between_passes_is_found_and_mended(old: OldServer, store: SqliteEventStore, tmp_path: Path) -> None:
    target = StoreTarget(store, "test")
    task = task_id(1)
    old.load([event(SCALAR, task, FIRST_MS + i, iter=i, metric="m", variant="v", value=1.0) for i in range(20)])
    old.load([event(LOG, task, FIRST_MS + i, msg=str(i), level="INFO") for i in range(20)])
    migrated(old, target, tmp_path / "work")
    old.ask("POST", f"/{old.prefix}events-*/_delete_by_query?refresh=true", {"query": {"range": {"timestamp": {"gte": FIRST_MS + 5}}}})
    found = verified(old, target, tmp_path / "work")
    assert [(one.task, one.expected, one.found) for index in found.indices for one in index.more] == [(task, 5, 20)] * 2
    assert api.mend(api.Source(old.address, old.prefix), target, found) == 1
    assert (len(stored(store, SCALAR, task)), len(stored(store, LOG, task))) == (5, 5)
    assert verified(old, target, tmp_path / "work").indices[0].more_count == 0


def test_a_lost_document_is_found(old: OldServer, store: SqliteEventStore, tmp_path: Path) -> None:
    target = StoreTarget(store, "test")
    old.load(event(SCALAR, task_id(n), FIRST_MS + i, iter=i, metric="m", variant="v", value=1.0) for n in range(3) for i in range(10))
    migrated(old, target, tmp_path / "work")
    store.delete(COMPANY, [task_id(1)])
    store.add(COMPANY, [mending.event_of(event(SCALAR, task_id(1), FIRST_MS, iter=0, metric="m", variant="v", value=5.0).source, SCALAR)])
    found = verified(old, target, tmp_path / "work")
    assert not found.fine
    assert [(one.task, one.expected, one.found) for one in found.indices[0].less] == [(task_id(1), 10, 1)]
    assert found.indices[0].different


def test_a_page_that_is_too_large_is_read_in_smaller_ones(
    old: OldServer, store: SqliteEventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[api.Source.__module__], "PAGE_BYTES", 1_000_000)
    text = '{"data": "%s"}' % ("x" * 400_000)
    task = task_id(0)
    old.load(event(PLOT, task, FIRST_MS + i, iter=i, metric="p", variant="v", plot_str=text) for i in range(12))
    assert migrated(old, StoreTarget(store, "test"), tmp_path / "work").documents >= 12
    assert [one["plot_str"] == text for one in stored(store, PLOT, task)] == [True] * 12


def test_what_is_closed_is_said_and_what_is_full_is_refused(old: OldServer, tmp_path: Path) -> None:
    old.load([event(SCALAR, task_id(0), FIRST_MS, iter=1, metric="m", variant="v", value=1.0)])
    old.load([event(LOG, task_id(0), FIRST_MS, msg="x", level="INFO")])
    old.ask("POST", f"/{old.prefix}events-log-{COMPANY}/_close")

    class Full(StoreTarget):
        def free_bytes(self) -> int | None:
            return 10

    found = api.plan(api.Source(old.address, old.prefix), Full(SqliteEventStore(tmp_path / "events.db"), "test"))
    assert list(found.closed) == [f"{old.prefix}events-log-{COMPANY}"]
    assert found.documents == 1
    assert (found.fits(), found.fits(0)) == (False, True)


class Away(StoreTarget):
    """Is away now and then."""

    calls = 0

    def write(self, index: Index, documents: Sequence[Document], *, again: bool) -> list[Refused]:
        self.calls += 1
        if self.calls % 3 == 1:
            raise Unavailable("made to be away")
        return super().write(index, documents, again=again)


def test_a_target_that_is_away_for_a_while_is_waited_for(
    old: OldServer, store: SqliteEventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[api.Run.__module__], "PAUSE_S", 0.001)
    documents = list(history(scalars=30, logs=600, plots=3, images=3, vectors=3, statistics=0, tasks=3))
    old.load(documents)
    assert migrated(old, Away(store, "test"), tmp_path / "work").number == 1
    assert verified(old, StoreTarget(store, "test"), tmp_path / "work").fine
    assert sum(lines(store, task_id(0)).values()) == 200
