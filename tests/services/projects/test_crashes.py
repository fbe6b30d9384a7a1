"""A process that dies in the middle of a change of the tree: the next start, or the next change, completes what it has begun.

On a store without transactions the process dies before every single write in turn; `kill -9` at random moments follows, on both.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
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
from apiserver.stores.registry import open_embedded
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import USER, serving, settings_of
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
def opened(folder: Path, wrap: Callable[[DocumentStore], DocumentStore] = Plain) -> Iterator[Client]:
    """A server on the files of the folder, on documents without transactions."""
    backend = open_embedded(folder, settings_of({}))
    try:
        yield over(Client(None, backend, *USER), wrap(backend.documents))
    finally:
        backend.close()


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ids]:
    """A folder with the files of a server on which the forest stands."""
    folder = tmp_path_factory.mktemp("forest")
    with serving(folder) as api:
        ids = planted(api)
    return folder, ids


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
def test_a_crash_before_any_write(name: str, forest: tuple[Path, Ids], tmp_path: Path) -> None:
    """Afterwards the change is done as a whole, or was never begun; whoever comes next sees to it, in one of three ways."""
    (folder, ids), (action, data) = forest, CHANGES[name]
    shutil.copytree(folder, tmp_path / "whole")
    with opened(tmp_path / "whole") as api:
        before = state_of(api.backend, ids)
        made = Plain(api.backend.documents)
        over(api, made).call(action, data(ids))
        after = state_of(api.backend, ids)
    assert after != before
    outcomes = set()
    for number in range(1, made.writes + 1):
        mend = (start, job, next_change)[number % 3]
        shutil.copytree(folder, copy := tmp_path / str(number))
        with opened(copy, partial(Plain, dies_at=number)) as api, pytest.raises(Crash):
            api.call(action, data(ids))
        with opened(copy) as api:
            mend(api)
            found = state_of(api.backend, ids)
        done = found == after
        assert done or without_new(found) == before, f"write {number} of {made.writes}, then {mend.__name__}"
        outcomes.add(done)
    assert outcomes == {True, False}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_a_transaction(name: str, forest: tuple[Path, Ids], tmp_path: Path) -> None:
    """The embedded store leaves no trace of a tree that was half changed: nothing is there to be completed but events."""
    (folder, ids), (action, data) = forest, CHANGES[name]
    shutil.copytree(folder, tmp_path / "whole")
    with opened(tmp_path / "whole", lambda documents: documents) as api:
        before = state_of(api.backend, ids)
        made = Dying(api.backend.documents)
        over(api, made).call(action, data(ids))
        after = state_of(api.backend, ids)
    for number in range(1, made.writes + 1):
        shutil.copytree(folder, copy := tmp_path / str(number))
        with opened(copy, partial(Dying, dies_at=number)) as api, pytest.raises(Crash):
            api.call(action, data(ids))
        with opened(copy, lambda documents: documents) as api:
            assert not api.backend.documents.count(PROJECT_CHANGES, Eq("stage", "tree"))
            start(api)
            found = state_of(api.backend, ids)
        assert found == after or without_new(found) == before, f"write {number} of {made.writes}"


def test_a_refused_change_writes_nothing(forest: tuple[Path, Ids], tmp_path: Path) -> None:
    """Without transactions too: names that are taken, at any depth, are found before the first write."""
    folder, ids = forest
    shutil.copytree(folder, tmp_path / "copy")
    with opened(tmp_path / "copy") as api:
        for name in ("target/inner/one", "elsewhere/one"):
            ids = {**ids, name: api.call("projects.create", {"name": name})["id"]}
        before = state_of(api.backend, ids)
        written = Plain(api.backend.documents)
        refusing = over(api, written)
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
            assert (caught.value.subcode, written.writes) == (subcode, 0), (action, data)
        assert state_of(api.backend, ids) == before


def test_what_two_processes_do_at_once(forest: tuple[Path, Ids], tmp_path: Path) -> None:
    """Without transactions one waits for the other; one that cannot wait is told to come back (503), and nothing is written."""
    folder, ids = forest
    shutil.copytree(folder, tmp_path / "copy")
    with opened(tmp_path / "copy") as api, pytest.MonkeyPatch.context() as patch:
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


@pytest.mark.parametrize("plain", [True, False], ids=["without transactions", "embedded"])
def test_killed_at_random(plain: bool, forest: tuple[Path, Ids], tmp_path: Path) -> None:
    """kill -9 of a process that changes the tree all the time; then a start."""
    folder, _ = forest
    shutil.copytree(folder, copy := tmp_path / "copy")
    chance, interrupted = random.Random(4), 0
    for seed in range(40):
        kill_a_changer(copy, seed, plain=plain, after_s=chance.uniform(0.05, 0.3))
        with opened(copy, Plain if plain else lambda documents: documents) as api:
            interrupted += api.backend.documents.count(PROJECT_CHANGES)
            api.backend.state.delete(f"project_tree/{COMPANY}")  # as if its time had passed
            start(api)
            check_tree(api.backend.documents)
            projects = {row["id"] for row in api.backend.documents.list(PROJECTS)}
            assert {row["project"] for row in api.backend.documents.list(TASKS, Ne("system_tags", "archived"))} <= {*projects, None}
        if interrupted >= 2 or (not plain and seed == 5):
            return
    raise AssertionError("hardly any change was interrupted; the test shows nothing")


def kill_a_changer(folder: Path, seed: int, *, plain: bool, after_s: float) -> None:
    """Let a process change the tree, and end it at some moment."""
    ready, says = FORK.Pipe(duplex=False)
    process = FORK.Process(target=changer.main, args=(folder, seed, says), kwargs={"plain": plain}, daemon=True)
    process.start()
    assert ready.recv() == "ready"
    time.sleep(after_s)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL, "it ended by itself"
