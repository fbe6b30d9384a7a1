"""A process that dies in the middle of a change of the tree: the next start, or the next change, completes what it has begun.

On a store without transactions (MongoDB, or the embedded one as if it had none) the process dies before every single write in turn;
`kill -9` at random moments follows.
"""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from apiserver import bootstrap
from apiserver.jobs.table import JOBS
from apiserver.logic import project_changes
from apiserver.stores.backend import Backend
from apiserver.stores.collections import PROJECT_CHANGES, PROJECTS, TASKS, URLS_TO_DELETE
from apiserver.stores.documents import DocumentStore
from apiserver.stores.events import TYPES, Entity, Selection
from apiserver.stores.filters import Eq, Ne
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import client, made
from apiserver.testing.snapshots import Snapshot
from apiserver.testing.stacks import place
from tests.services.projects import changer
from tests.services.projects.stores import Crash, Dying, Plain
from tests.services.projects.trees import check_tree, contents, over

Ids = dict[str, str]
FORK = multiprocessing.get_context("fork")
COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
NAMES = ("source", "source/one", "source/one/deep", "source/one/deep/deeper", "source/two", "target", "target/inner", "outside")


def planted(api: Client) -> Ids:
    """A forest with a task and a model in each tree, that refer to each other across trees; the ids by name."""
    ids = {name: api.call("projects.create", {"name": name})["id"] for name in NAMES}

    def task(name: str, project: str, **fields: Any) -> None:
        ids[name] = api.call("tasks.create", {"name": name, "type": "training", "project": ids[project], **fields})["id"]

    def model(name: str, project: str, **fields: Any) -> None:
        ids[name] = api.call("models.create", {"name": name, "uri": f"s3://b/{name}", "project": ids[project], **fields})["id"]

    task("task in source", "source")
    task("task in deep", "source/one/deep")
    task("archived", "source", system_tags=["archived"])
    model("model in source", "source", task=ids["task in source"])
    model("model in two", "source/two")
    artifacts = [{"key": "a", "type": "t", "uri": "s3://b/artifact"}]
    task("with artifact", "source/two", execution={"artifacts": artifacts})
    task("child", "outside", parent=ids["task in deep"], models={"input": [{"name": "in", "model": ids["model in two"]}]})
    model("made by it", "outside", task=ids["task in source"])
    event = {"type": "training_stats_scalar", "metric": "m", "variant": "v", "iter": 1, "value": 1.0}
    for name in ("task in source", "task in deep", "child"):
        api.call("events.add", {**event, "task": ids[name]})
    return ids


CHANGES: dict[str, tuple[str, Callable[[Ids], dict[str, Any]]]] = {
    "rename": ("projects.update", lambda ids: {"project": ids["source"], "name": "renamed", "description": "new"}),
    "move down": ("projects.move", lambda ids: {"project": ids["source"], "new_location": "target/inner"}),
    "move up": ("projects.move", lambda ids: {"project": ids["source/one/deep"], "new_location": ""}),
    "move to a new place": ("projects.move", lambda ids: {"project": ids["source/one"], "new_location": "fresh/place"}),
    "merge": ("projects.merge", lambda ids: {"project": ids["source"], "destination_project": ids["target/inner"]}),
    "merge to the top": ("projects.merge", lambda ids: {"project": ids["source"]}),
    "merge into the one above": ("projects.merge", lambda ids: {"project": ids["source/one"], "destination_project": ids["source"]}),
    "delete": ("projects.delete", lambda ids: {"project": ids["source"], "force": True}),
    "delete with contents": ("projects.delete", lambda ids: {"project": ids["source"], "force": True, "delete_contents": True}),
    "create": ("projects.create", lambda ids: {"name": "source/brand/new/one"}),
}


State = dict[str, Any]


def state_of(backend: Backend, ids: Ids) -> State:
    """All that a change of projects may touch, times left out, by names instead of ids."""
    documents = backend.documents
    tree = check_tree(documents)
    known = {key: name for name, key in ids.items()} | {key: name for key, (name, _) in tree.items()}
    told = {known[key]: [known.get(str(part), part) for part in row] for key, row in contents(documents).items()}
    entities = [Entity(COMPANY, key) for key in ids.values()]
    return {
        "projects": {name: [known[above] for above in path] for name, path in tree.values()},
        "contents": told,
        "urls": sorted(row["url"] for row in documents.list(URLS_TO_DELETE)),
        "events": {known[entity.id] for entity in entities if backend.events.count(Selection([entity], TYPES))} & told.keys(),
        "left": sum(backend.events.count(Selection([entity], TYPES)) for entity in entities if known[entity.id] not in told),
    }


def without_new(state: State) -> State:
    """Not counting empty projects that a change makes before it begins."""
    return {**state, "projects": {name: path for name, path in state["projects"].items() if not name.startswith(("fresh", "source/brand"))}}


@contextmanager
def opened(found: Mapping[str, Any], wrap: Callable[[DocumentStore], DocumentStore] = Plain) -> Iterator[Client]:
    """A server on the stores of a place, on documents without transactions."""
    with client(found) as api:
        yield over(api, wrap(api.backend.documents))


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Ids]:
    """The stores of a server on which the forest stands."""
    ids: Ids = {}
    return made(tmp_path_factory.mktemp("forest"), lambda api: ids.update(planted(api))), ids


def as_it_is(documents: DocumentStore) -> DocumentStore:
    return documents


def start(api: Client) -> None:
    bootstrap.bootstrap(api.backend)


def job(api: Client) -> None:
    """The events of what was deleted are left alone for some minutes, as a live process may be at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_changes, "_PATIENCE", -timedelta(seconds=1))
        JOBS["projects"].run(api.backend)


def next_change(api: Client) -> None:
    """Trees are right after the next change in the company; the events may wait for the job."""
    made = api.call("projects.create", {"name": "another"})["id"]
    assert not api.backend.documents.count(PROJECT_CHANGES, Eq("stage", "tree"))
    api.call("projects.delete", {"project": made})
    job(api)


@pytest.mark.parametrize("name", CHANGES)
def test_a_crash_before_any_write(name: str, forest: tuple[Snapshot, Ids], tmp_path: Path) -> None:
    """Afterwards the change is done as a whole, or was never begun; whoever comes next sees to it, in one of three ways."""
    (held, ids), (action, data) = forest, CHANGES[name]
    with place(tmp_path / "whole", holds=held) as stores, opened(stores) as api:
        before = state_of(api.backend, ids)
        written = Plain(api.backend.documents)
        over(api, written).call(action, data(ids))
        after = state_of(api.backend, ids)
    assert after != before
    outcomes = set()
    for number in range(1, written.writes + 1):
        mend = (start, job, next_change)[number % 3]
        with place(tmp_path / str(number), holds=held) as stores:
            with opened(stores, partial(Plain, dies_at=number)) as api, pytest.raises(Crash):
                api.call(action, data(ids))
            with opened(stores) as api:
                mend(api)
                found = state_of(api.backend, ids)
        done = found == after
        assert done or without_new(found) == before, f"write {number} of {written.writes}, then {mend.__name__}"
        outcomes.add(done)
    assert outcomes == {True, False}


@pytest.mark.embedded("MongoDB is used without transactions")
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_a_transaction(name: str, forest: tuple[Snapshot, Ids], tmp_path: Path) -> None:
    """The embedded store leaves no trace of a tree that was half changed: nothing is there to be completed but events."""
    (held, ids), (action, data) = forest, CHANGES[name]
    with place(tmp_path / "whole", holds=held) as stores, opened(stores, as_it_is) as api:
        before = state_of(api.backend, ids)
        written = Dying(api.backend.documents)
        over(api, written).call(action, data(ids))
        after = state_of(api.backend, ids)
    for number in range(1, written.writes + 1):
        with place(tmp_path / str(number), holds=held) as stores:
            with opened(stores, partial(Dying, dies_at=number)) as api, pytest.raises(Crash):
                api.call(action, data(ids))
            with opened(stores, as_it_is) as api:
                assert not api.backend.documents.count(PROJECT_CHANGES, Eq("stage", "tree"))
                start(api)
                found = state_of(api.backend, ids)
        assert found == after or without_new(found) == before, f"write {number} of {written.writes}"


def test_a_refused_change_writes_nothing(forest: tuple[Snapshot, Ids], tmp_path: Path) -> None:
    """Without transactions too: names that are taken, at any depth, are found before the first write."""
    held, ids = forest
    with place(tmp_path, holds=held) as stores, opened(stores) as api:
        for name in ("target/inner/one", "elsewhere/one"):
            ids = {**ids, name: api.call("projects.create", {"name": name})["id"]}
        before = state_of(api.backend, ids)
        written = Plain(api.backend.documents)
        refusing = over(api, written)
        refusing.call("users.get_current_user")  # NOTE: signing in may write when the keys were last used
        signed_in = written.writes
        for action, data, subcode in (
            ("projects.update", {"project": ids["source"], "name": "target"}, 801),
            ("projects.merge", {"project": ids["source"], "destination_project": ids["target/inner"]}, 801),
            ("projects.move", {"project": ids["source/one"], "new_location": "target/inner"}, 801),
            ("projects.move", {"project": ids["source"], "new_location": "source/one"}, 411),
            ("projects.merge", {"project": ids["source"], "destination_project": ids["source/two"]}, 412),
            ("projects.delete", {"project": ids["source"]}, 402),
        ):
            with pytest.raises(CallFailed) as caught:
                refusing.call(action, data)
            assert (caught.value.subcode, written.writes) == (subcode, signed_in), (action, data)
        assert state_of(api.backend, ids) == before


def test_what_two_processes_do_at_once(forest: tuple[Snapshot, Ids], tmp_path: Path) -> None:
    """Without transactions one waits for the other; one that cannot wait is told to come back (503), and nothing is written."""
    held, ids = forest
    with place(tmp_path, holds=held) as stores, opened(stores) as api, pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_changes, "WAIT_S", 0.0)
        before = state_of(api.backend, ids)
        api.backend.state.set(f"project_tree/{COMPANY}", "another process", ttl_s=60)
        with pytest.raises(CallFailed) as caught:
            api.call("projects.update", {"project": ids["source"], "name": "renamed"})
        assert caught.value.code == 503
        assert state_of(api.backend, ids) == before
        api.backend.state.delete(f"project_tree/{COMPANY}")
        api.call("projects.update", {"project": ids["source"], "name": "renamed"})
        assert api.backend.state.get(f"project_tree/{COMPANY}") is None


@pytest.mark.parametrize("plain", [True, False], ids=["one document at a time", "as it is"])
def test_killed_at_random(plain: bool, forest: tuple[Snapshot, Ids], tmp_path: Path) -> None:
    """kill -9 of a process that changes the tree all the time; then a start."""
    held, _ = forest
    interrupted = 0
    with place(tmp_path, holds=held) as stores:
        for seed in range(40):
            kill_a_changer(stores, seed, plain=plain)
            with opened(stores, Plain if plain else as_it_is) as api:
                transactions = api.backend.documents.capabilities["transactions"]
                interrupted += api.backend.documents.count(PROJECT_CHANGES)
                api.backend.state.delete(f"project_tree/{COMPANY}")  # as if its time had passed
                start(api)
                check_tree(api.backend.documents)
                projects = {row["id"] for row in api.backend.documents.list(PROJECTS)}
                assert {row["project"] for row in api.backend.documents.list(TASKS, Ne("system_tags", "archived"))} <= {*projects, None}
            if interrupted >= 2 or (transactions and seed == 5):
                return
    raise AssertionError("hardly any change was interrupted; the test shows nothing")


def kill_a_changer(stores: Mapping[str, Any], seed: int, *, plain: bool) -> None:
    """Let a process make some changes of the tree, and end it at some moment of the next one, which will last about as long as the last."""
    chance = random.Random(seed)
    begins, says = FORK.Pipe(duplex=False)
    process = FORK.Process(target=changer.main, args=(stores, seed, says), kwargs={"plain": plain}, daemon=True)
    process.start()
    for _ in range(chance.randint(1, 8)):
        begins.recv()
    began = time.monotonic()
    begins.recv()
    time.sleep(chance.uniform(0, time.monotonic() - began))
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL, "it ended by itself"
