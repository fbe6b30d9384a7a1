"""The loader and the requests of `benchmarks/`: what the loader leaves is what the API would have left, and every read action is asked."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from apiserver.bootstrap import create_credentials
from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.backend import Backend
from apiserver.stores.collections import MODELS, PROJECTS, QUEUES, TASKS, USERS
from apiserver.stores.events import LOG, SCALAR, TYPES, Entity, Selection
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import Client
from apiserver.testing.server import serving
from benchmarks.loading import Landmarks, Loader, Sizes
from benchmarks.requests import NO_READS, Read, all_reads, is_read
from benchmarks.staging import StagedDocuments

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SIZES = Sizes().scaled(0)
REFUSED = {"models.get_by_task_id": 301, "serving.get_endpoint_details": 400}
"""What has no better answer: the action was moved, or there is nothing to tell about."""


@contextmanager
def loaded(folder: Path, *, staged: bool) -> Iterator[tuple[Client, Landmarks, dict[str, int]]]:
    """A client over a small installation, what is large in it, and what the loader told of its progress."""
    told: dict[str, int] = {}

    def advance(what: str, more: int) -> None:
        told[what] = told.get(what, 0) + more

    with serving(folder) as client:
        documents = StagedDocuments(client.backend.documents) if staged else client.backend.documents
        marks = Loader(evolve(client.backend, documents=documents), SIZES, advance, seed=3, now=NOW).run()
        yield client, marks, told


def contents(backend: Backend) -> dict[str, Any]:
    found: dict[str, Any] = {c.name: backend.documents.list(c) for c in (TASKS, PROJECTS, MODELS, QUEUES, USERS)}
    tasks = tuple(Entity(task["company"], task["id"]) for task in found["task"])
    found["events"] = [event for kind in TYPES for event in backend.events.select(Selection(tasks, (kind,)))]
    found["workers"] = backend.state.keys("worker_")
    return found


def test_writing_at_once_leaves_what_writing_call_by_call_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents, events and workers are the same to the last field."""
    results = []
    with serving(tmp_path / "first"):
        pass  # NOTE: the first one makes the files that the others copy
    for name, staged in (("one", False), ("two", True)):
        numbers = itertools.count(1)
        monkeypatch.setattr(uuid, "uuid4", lambda numbers=numbers: uuid.UUID(int=next(numbers)))
        with loaded(tmp_path / name, staged=staged) as (client, _, _):
            results.append(contents(client.backend))
    assert len(results[0]["task"]) == SIZES.tasks
    for what in results[0]:
        assert results[0][what] == results[1][what], what


def test_the_loader_makes_what_it_was_asked_for(tmp_path: Path) -> None:
    """As many of each as its sizes say, and the same numbers in the progress."""
    with loaded(tmp_path, staged=True) as (client, marks, told):
        backend = client.backend
        own = Eq("company", marks.company)
        tasks = tuple(Entity(marks.company, task["id"]) for task in backend.documents.list(TASKS, fields=["id"]))
        counts = {kind: backend.events.count(Selection(tasks, (kind,))) for kind in TYPES}
        assert told == {
            **{
                name: getattr(SIZES, name)
                for name in ("tasks", "projects", "points", "lines", "plots", "images", "models", "users", "queues")
            },
            "reports": SIZES.reports * SIZES.workers,
        }
        assert (counts[SCALAR], counts[LOG], counts["plot"], counts["training_debug_image"]) == (
            SIZES.points,
            SIZES.lines,
            SIZES.plots,
            SIZES.images,
        )
        assert backend.documents.count(PROJECTS, own) == SIZES.projects
        assert backend.documents.count(TASKS, own & Eq("project", marks.project)) > 0
        assert client.call("workers.get_count", {"last_seen": 0})["count"] == SIZES.workers
        largest = client.call("events.scalar_metrics_iter_histogram", {"task": marks.tasks[0]})
        assert largest["loss"]["train"]["x"]


def test_every_read_action_of_the_schema_is_asked() -> None:
    """So a new one cannot be slow without being seen. Actions that look like reads and are not are listed with the reason."""
    asked = {read.action for read in all_reads(Landmarks(tasks=["t"], plots=["t"], images=["t"]))}
    assert asked >= {name for name in ENDPOINTS if is_read(name)}
    assert asked <= set(ENDPOINTS)
    assert set(NO_READS) <= set(ENDPOINTS)


def test_every_request_is_answered(tmp_path: Path) -> None:
    """None of the requests measures the speed of an error."""
    with loaded(tmp_path, staged=True) as (client, marks, _):
        pair = create_credentials(client.backend, user_id=marks.user)
        token = client.login(pair.access_key, pair.secret_key)
        for read in all_reads(marks):
            if not ENDPOINTS[read.action].built:
                continue
            answer = client.call_raw(read.action, {**read.data, **_taken(client, read, token)}, version=read.version, token=token)
            assert answer.status == REFUSED.get(read.action, 200), (read.title, answer.text[:500])


def _taken(client: Client, read: Read, token: str) -> dict[str, Any]:
    if read.first is None:
        return {}
    answer = client.call(read.first.action, dict(read.first.data), token=token)
    return {name: answer[other] for name, other in read.take.items()}


def test_a_question_that_needs_the_store_finds_what_is_staged(tmp_path: Path) -> None:
    """Anything but a question by id writes down what is kept; a change of a stored document lasts."""
    with serving(tmp_path) as client:
        store = client.backend.documents
        staged = StagedDocuments(store)
        staged.insert(TASKS, {"id": "a", "company": "c", "name": "one", "tags": ["x"]}, {"id": "b", "company": "c", "name": "two"})
        assert store.count(TASKS) == 0
        assert staged.update(TASKS, Eq("id", "a") & Eq("company", "c"), Set("name", "three")).matched == 1
        assert staged.update(TASKS, Eq("id", "a") & Eq("company", "other"), Set("name", "four")).matched == 0
        whole = staged.find(TASKS, Eq("id", "a"), fields=["-tags"])
        assert whole == {"id": "a", "company": "c", "name": "three"}
        assert staged.count(TASKS, Eq("name", "three")) == 1  # written down by now
        assert store.get(TASKS, "a")["tags"] == ["x"]
        assert staged.update_many(TASKS, Eq("company", "c"), Set("name", "all")).matched == 2
        staged.update(TASKS, Eq("id", "b"), Set("name", "last"))
        assert store.get(TASKS, "b")["name"] == "all"
        staged.flush()
        assert store.get(TASKS, "b")["name"] == "last"
