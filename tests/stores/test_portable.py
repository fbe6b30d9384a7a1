"""An installation goes to other stores and back, into a file and back, and is the same; with writers at work and damaged files too."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from apiserver.portable import backups, moving, references
from apiserver.portable.archive import Damaged, frames
from apiserver.portable.comparing import Compared, compare
from apiserver.portable.moving import Checkpoints, Mover, OtherMove
from apiserver.portable.reading import Portion, Reader, Section
from apiserver.portable.writing import Writer, contents, forget_first_start, is_as_first_started
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import COMPANIES, SETTINGS, TASKS
from apiserver.stores.errors import DuplicateKey, InvalidValue
from apiserver.stores.events import LOG, SCALAR, Entity, Selection
from apiserver.stores.filters import Eq, Set
from apiserver.stores.registry import open_backend, open_embedded
from apiserver.testing import stacks
from apiserver.testing.backends import embedded
from apiserver.testing.events import event
from apiserver.testing.installation import COMPANY, fill, task, task_id

PORTION = 0.05


@contextmanager
def place(stack: str, folder: Path) -> Iterator[Backend]:
    with stacks.place(folder, on=stack) as found, stacks.opened(found, Settings.from_dict(found)) as backend:
        yield backend


@contextmanager
def looked_at(folder: Path) -> Iterator[Backend]:
    """Embedded stores, opened only for reading."""
    backend = open_backend(Settings.from_dict({"data.dir": str(folder)}), read_only=True)
    try:
        yield backend
    finally:
        backend.close()


def moved(source: Backend, target: Backend, work: Path) -> list[Compared]:
    reader = Reader(source, PORTION)
    mover = Mover(reader, target, Checkpoints.of(work, {}))
    with reader.snapshot():
        assert mover.carry() == sum(contents(source).values())
        return mover.compare()


def differences(compared: list[Compared]) -> list[str]:
    return [f"{one.section.key}: {text}" for one in compared for text in one.differences]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_everything_goes_there_and_back(tmp_path: Path) -> None:
    """From files to database servers and from there to other files: all three hold the same, and not a byte of the first has changed."""
    with embedded(tmp_path / "a") as backend:
        fill(backend, tasks=15)
    before = digests(tmp_path / "a")
    with looked_at(tmp_path / "a") as first, place("scaleout", tmp_path / "s") as servers, embedded(tmp_path / "b") as last:
        out = moved(first, servers, tmp_path / "work")
        assert differences(out) == []
        assert sum(one.source.count for one in out) == sum(one.target.count for one in out) > 1500
        assert differences(moved(servers, last, tmp_path / "work2")) == []
        assert differences(list(compare(Reader(first), Reader(last)))) == []
        log = Selection((Entity(COMPANY, task_id(3)),), (LOG,))
        lines = [[one["msg"] for one in b.events.page(log, by="timestamp", size=9999).events] for b in (first, servers, last)]
        assert lines[0] == lines[1] == lines[2]
    assert {name: text for name, text in digests(tmp_path / "a").items() if not name.endswith(("-wal", "-shm"))} == before


def test_a_move_goes_on_after_any_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted again and again after something was stored, with the last work noted or not, it doubles nothing and misses nothing."""

    class Stop(Exception):
        pass

    put = Writer.put
    left = 0

    def until_it_stops(self: Writer, section: Section, portion: Portion) -> None:
        nonlocal left
        put(self, section, portion)
        left -= 1
        if left < 0:
            raise Stop

    monkeypatch.setattr(Writer, "put", until_it_stops)
    rounds, done = 0, False
    with embedded(tmp_path / "a") as source, embedded(tmp_path / "b") as target:
        fill(source, tasks=12, large=300)
        while not done:
            left = 9
            monkeypatch.setattr(moving, "_EVERY_S", 0 if rounds % 3 else 1e9)
            mover = Mover(Reader(source, PORTION), target, Checkpoints.of(tmp_path / "work", {"from": "a"}))
            try:
                mover.carry()
                done = True
            except Stop:
                rounds += 1
            assert rounds < 200
        assert rounds > 5
        assert differences(mover.compare()) == []
        with pytest.raises(OtherMove):
            Checkpoints.of(tmp_path / "work", {"from": "another"})


def test_differences_are_found_and_named(tmp_path: Path) -> None:
    """A document that is missing, new or changed; an event that is missing or changed; nothing else."""
    with embedded(tmp_path / "a") as source, embedded(tmp_path / "b") as target:
        fill(source, tasks=5, large=10)
        moved(source, target, tmp_path / "work")
        target.documents.delete(TASKS, Eq("id", task_id(1)))
        target.documents.update(TASKS, Eq("id", task_id(2)), Set("name", "other"))
        target.documents.insert(TASKS, task(77))
        target.events.clear_log(COMPANY, task_id(3), before_ms=1300000000001, include=(), exclude=())
        target.events.add(COMPANY, [event(SCALAR, task=task_id(4), iter=0, value=99.0)])
        found = differences(list(compare(Reader(source, PORTION), Reader(target, PORTION))))
        assert [text.split(": ", 1)[1] for text in found] == [
            f"events of {task_id(4)}: other contents",
            f"events of {task_id(3)}: 18 in the source, 9 in the target",
            f"document {task_id(1)}: missing in the target (1)",
            f"document {task_id(2)}: other contents",
            f"document {task_id(77)}: only in the target (1)",
        ]
        assert len(differences(list(compare(Reader(source), Reader(target), merged=True)))) == 4


def test_into_stores_that_hold_something(tmp_path: Path) -> None:
    """What has the same id is replaced, logs take the place of those that are there, a second time changes nothing."""
    with embedded(tmp_path / "a") as source, embedded(tmp_path / "b") as target:
        fill(source, tasks=5, large=10)
        target.documents.insert(TASKS, task(1, name="old"), task(77))
        target.events.add(COMPANY, [event(LOG, task=task_id(1), msg="old"), event(LOG, task="other", msg="stays")])
        for turn in range(2):
            mover = Mover(Reader(source, PORTION), target, Checkpoints.of(tmp_path / f"work{turn}", {}))
            mover.carry(merge=True)
            assert differences(mover.compare()) == []
        assert target.documents.get(TASKS, task_id(1))["name"] == "task 1"
        assert target.documents.count(TASKS, Eq("id", task_id(77))) == 1
        assert target.events.count(Selection((Entity(COMPANY, "other"),), (LOG,))) == 1
        target.documents.delete(COMPANIES, Eq("id", COMPANY))
        assert not is_as_first_started(target)
    with embedded(tmp_path / "c") as fresh:
        fresh.documents.insert(COMPANIES, {"id": COMPANY, "name": "clearml"})
        assert is_as_first_started(fresh)
        forget_first_start(fresh)
        assert contents(fresh) == {}


@pytest.mark.parametrize("stack", ["embedded", "scaleout"])
def test_a_backup_restores_the_same(tmp_path: Path, stack: str) -> None:
    """From stores of a stack into a file, and from there into stores of that stack; with uploaded files."""
    file, uploads = tmp_path / "backup", tmp_path / "files"
    (uploads / "p" / "ü b").mkdir(parents=True)
    (uploads / "p" / "ü b" / "large").write_bytes(bytes(range(256)) * 40_000)
    (uploads / "empty").touch()
    with place(stack, tmp_path / "a") as source, place(stack, tmp_path / "b") as target:
        fill(source, tasks=8, large=300)
        reader = Reader(source, PORTION)
        with reader.snapshot() as moment:
            assert moment == (stack == "embedded")
            written = backups.write(reader, file, moment=moment, secrets={"a": "b"}, files=uploads)
        assert file.stat().st_mode & 0o077 == 0
        checked = backups.check(file)
        assert (checked.sections, dict(checked.secrets), checked.files) == (written.sections, {"a": "b"}, 2)
        assert backups.sums(file) == checked.sections
        done = backups.restore(file, checked, target, files=tmp_path / "restored")
        assert (done.different, done.files) == ([], 2)
        assert digests(tmp_path / "restored") == digests(uploads)
        assert differences(list(compare(Reader(source), Reader(target)))) == []
        again = backups.restore(file, checked, target, merge=True)
        assert again.records == done.records
        assert differences(list(compare(Reader(source), Reader(target)))) == []


def test_a_damaged_file_is_refused_and_the_place_named(tmp_path: Path) -> None:
    """Cut off anywhere, one bit changed anywhere, frames left out, doubled or changed in order, something behind the end."""
    file, bad = tmp_path / "backup", tmp_path / "bad"
    with embedded(tmp_path / "a") as source:
        fill(source, tasks=3, large=5)
        backups.write(Reader(source), file, moment=True, secrets={})
    good = file.read_bytes()
    starts = [frame.at for frame in frames(file)]

    def refused(data: bytes, *words: str) -> None:
        bad.write_bytes(data)
        with pytest.raises(Damaged) as caught:
            backups.check(bad)
        assert all(word in str(caught.value) for word in words), caught.value

    step = max(1, len(good) // 200)
    for at in range(8, len(good), step):
        refused(good[:at], "cut off", f"byte {at}")
    for at in range(0, len(good), step):
        refused(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
    a, b, c = starts[2:5]
    refused(good[:a] + good[b:], f"byte {a}", "frame 3")
    refused(good[:b] + good[a:], f"byte {b}", "frame 2")
    refused(good[:a] + good[b:c] + good[a:b] + good[c:], f"byte {a}")
    refused(good + b"more", "behind its end")
    refused(good[:at] + bytes([good[starts[3] + 9] ^ 4]), "frame")
    refused(b"", "no backup")
    refused(b"PK\x03\x04 something else", "no backup")


def test_a_file_leads_nowhere_outside(tmp_path: Path) -> None:
    for name in ("../x", "/x", "a/../../x"):
        with pytest.raises(Damaged):
            backups._inside(name)


class _Work:
    """A server's work on stores, in threads: a task is made, reports, and its document says so; over and over."""

    def __init__(self, backend: Backend) -> None:
        self.backend, self.stop, self.errors = backend, threading.Event(), list[BaseException]()
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(2)]

    def _run(self, number: int) -> None:
        turn = 0
        try:
            while not self.stop.is_set():
                key = f"{uuid.uuid4().hex[:6]}-w{number}-{turn:06d}"  # NOTE: as ids of tasks: all over those that are there
                self.backend.documents.insert(TASKS, {"id": key, "company": COMPANY, "status": "created"})
                self.backend.events.add(COMPANY, [event(SCALAR, task=key, iter=i) for i in range(3)] + [event(LOG, task=key)])
                self.backend.documents.update(TASKS, Eq("id", key), Set("status", "completed"))
                turn += 1
                self.stop.wait(0.002)
        except BaseException as error:
            self.errors.append(error)

    def __enter__(self) -> _Work:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        assert self.errors == []


def test_a_hot_backup_of_files_is_of_one_moment(tmp_path: Path) -> None:
    """With writers at work: every task before another of its thread is complete, with all events, and no event is of a later task."""
    with embedded(tmp_path / "a") as writer, _Work(writer):
        while writer.documents.count(TASKS) < 30:
            pass
        for turn in range(3):
            with looked_at(tmp_path / "a") as backend, Reader(backend, PORTION).snapshot() as moment:
                assert moment
                backups.write(Reader(backend, PORTION), tmp_path / f"backup{turn}", moment=True, secrets={})
            while writer.documents.count(TASKS) < 30 * (turn + 2):
                pass
    for turn in range(3):
        file = tmp_path / f"backup{turn}"
        assert backups.look(file).missing.keys() <= {"task.company → company"}
        with embedded(tmp_path / f"b{turn}") as restored:
            assert backups.restore(file, backups.check(file), restored).different == []
            found = {one["id"]: one["status"] for one in restored.documents.list(TASKS)}
            assert len(found) >= 30
            last = {max((key for key in found if f"-{name}-" in key), key=lambda key: key[7:]) for name in ("w0", "w1")}
            for key, status in found.items():
                whole = restored.events.count(Selection((Entity(COMPANY, key),), (SCALAR, LOG)))
                assert (whole == 4 and status == "completed") or (key in last and whole in (0, 4)), (key, status, whole)


def test_a_hot_backup_of_servers_has_the_task_of_every_event(tmp_path: Path) -> None:
    """With writers at work: events are read first, and what they belong to afterwards. Each task's events are whole, or from later on."""
    with place("scaleout", tmp_path) as backend:
        backend.documents.insert(COMPANIES, {"id": COMPANY, "name": "c"})
        with _Work(backend):
            while backend.documents.count(TASKS) < 10:
                pass
            backups.write(Reader(backend, PORTION), tmp_path / "backup", moment=False, secrets={})
    assert backups.look(tmp_path / "backup").missing == {}


def test_references_that_lead_nowhere(tmp_path: Path) -> None:
    """Of documents in all places that are declared as such, and of events."""
    with embedded(tmp_path / "a") as backend:
        fill(backend, tasks=4, large=5)
        assert references.of_stores(Reader(backend)).missing == {}
        backend.documents.insert(TASKS, task(50, project="gone", execution={"queue": "gone too"}, models={"input": [{"model": "no"}]}))
        backend.events.add(COMPANY, [event(LOG, task="nobody"), event(LOG, task="nobody")])
        found = references.of_stores(Reader(backend)).as_json()
        assert found == {
            "events of type log → task or model": {"count": 2, "shown": [("2 events", "nobody")]},
            "task.execution.queue → queue": {"count": 1, "shown": [(task_id(50), "gone too")]},
            "task.models.input.model → model": {"count": 1, "shown": [(task_id(50), "no")]},
            "task.project → project": {"count": 1, "shown": [(task_id(50), "gone")]},
        }
        backups.write(Reader(backend), tmp_path / "file", moment=True, secrets={})
        assert backups.look(tmp_path / "file").as_json() == found


def test_what_another_server_wrote_is_completed(tmp_path: Path) -> None:
    """Events without a time of arrival or in another form of it; documents with kinds of values that are not ours are named."""
    from apiserver.portable.encoding import completed, document_record

    bare: dict[str, Any] = {"type": "log", "task": "t", "timestamp": 1300000000000}
    assert completed(dict(bare)) == {**bare, "metric": "", "variant": "", "worker": None, "@timestamp": "2011-03-13T07:06:40.000Z"}
    for text in ("2011-03-13T07:06:40.123456", "2011-03-13T08:06:40.123+01:00", 1300000000123):
        assert completed({**bare, "@timestamp": text})["@timestamp"] == "2011-03-13T07:06:40.123Z"
    assert completed({**bare, "timestamp": None, "@timestamp": "never"})["@timestamp"] == "1970-01-01T00:00:00.000Z"
    with pytest.raises(InvalidValue, match="odd one"):
        document_record({"id": "odd one", "value": b"bytes"})


def test_data_of_the_reference_come_along(tmp_path: Path) -> None:
    """What its server wrote into its indices and databases, in its own forms, is whole in files; and back on servers again."""
    from apiserver.stores.elastic import opening

    with place("scaleout", tmp_path / "s") as servers, embedded(tmp_path / "a") as files, place("scaleout", tmp_path / "t") as again:
        fill(servers, tasks=3, large=5)
        elastic, layout = opening.cluster(servers.settings, "events"), opening.layout(servers.settings)
        common = {"task": task_id(0), "iter": 7, "metric": "theirs", "variant": "v", "company_id": COMPANY, "timestamp": 1300000000000}
        theirs: list[dict[str, Any]] = [
            {**common, "type": "training_stats_scalar", "value": 0.25, "@timestamp": "2020-01-02T03:04:05.678901", "worker": "w"},
            {**common, "type": "training_stats_scalar", "value": 0.5, "iter": 8},
            {**common, "type": "plot", "plot_data": "eJyrrgUAAXUA+Q==", "plot_len": 2, "@timestamp": 1577934245678},
            {"type": "log", "task": task_id(0), "msg": "x", "level": "INFO", "timestamp": 1300000000000, "metric": "", "variant": ""},
        ]
        for number, source in enumerate(theirs):
            elastic.ask("PUT", f"/{layout.events(source['type'], COMPANY)}/_doc/{number}", source, parameters={"routing": task_id(0)})
        elastic.close()
        assert differences(moved(servers, files, tmp_path / "work")) == []
        found = files.events.select(Selection((Entity(COMPANY, task_id(0)),), (SCALAR,), {"theirs": ()}))
        assert [(one["value"], one["@timestamp"], one["worker"]) for one in found] == [
            (0.25, "2020-01-02T03:04:05.678Z", "w"), (0.5, "2011-03-13T07:06:40.000Z", None),
        ]  # fmt: skip
        assert differences(moved(files, again, tmp_path / "work2")) == []
        assert differences(list(compare(Reader(servers), Reader(again)))) == []


def test_a_name_that_is_taken_is_said(tmp_path: Path) -> None:
    """Another document of the target has the name of one that comes."""
    with embedded(tmp_path / "a") as source, embedded(tmp_path / "b") as target:
        fill(source, tasks=1, large=1)
        fill(target, tasks=1, large=1)
        target.documents.delete(SETTINGS, Eq("id", "odd"))
        from apiserver.stores.collections import QUEUES

        target.documents.delete(QUEUES, Eq("id", "q1"))
        target.documents.insert(QUEUES, {"id": "another", "company": COMPANY, "name": "default"})
        section = next(one for one in Reader(source).sections() if one.name == "backend.queue")
        with pytest.raises(DuplicateKey, match="name=default"):
            Writer(target, "run", merge=True).put(section, next(iter(Reader(source).portions(section))))


def test_older_and_newer_files_are_only_looked_at_by_their_release(tmp_path: Path) -> None:
    """Opened only for reading, nothing is made, and an unknown format is refused in one line."""
    import apsw

    from apiserver.stores.errors import StoreError, Unavailable

    with pytest.raises(Unavailable, match="no such file"):
        open_backend(Settings.from_dict({"data.dir": str(tmp_path / "none")}), read_only=True)
    assert not (tmp_path / "none").exists()
    open_embedded(tmp_path, Settings.from_dict({})).close()
    for version in (0, 99):
        connection = apsw.Connection(str(tmp_path / "events.db"))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        with pytest.raises(StoreError, match="release"):
            open_backend(Settings.from_dict({"data.dir": str(tmp_path)}), read_only=True)
