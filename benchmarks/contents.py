"""What `bench.py` fills an installation with, through the stores' own interfaces: many tasks, one of a million points, ten to compare."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from apiserver.calls.auth import default_company
from apiserver.stores.backend import Backend
from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.events import SCALAR, Event

START = datetime(2026, 1, 1, tzinfo=UTC)
A_WRITE = 1000
POINTS_A_WRITE = 10_000
LOSS = tuple(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in ("loss", "train"))
"""Keys of (metric, variant) in `last_metrics` (spec 3 §1)."""
SORTED_METRIC = ".".join(("last_metrics", *LOSS, "value"))
SERIES = [("loss", "train"), ("loss", "validation"), ("accuracy", "train"), ("accuracy", "validation"), ("rate", "rate")]


@frozen
class Amounts:
    """How much. own: tasks of the one large project; the others have a hundred each."""

    tasks: int = 100_000
    own: int = 10_000
    points: int = 1_000_000
    compared: int = 10
    compared_points: int = 100_000


@frozen
class Filled:
    """Ids. rich: the task with most points; compared: those to compare."""

    project: str
    task: str
    rich: str
    compared: list[str]


def fill(backend: Backend, amounts: Amounts) -> Filled:
    company = default_company(backend.settings)
    project = _add_projects_and_tasks(backend, company, amounts)
    rich, *compared = [_new_id() for _ in range(amounts.compared + 1)]
    backend.documents.insert(TASKS, *(_task(company, task, project, number) for number, task in enumerate((rich, *compared))))
    for task, points in ((rich, amounts.points), *((one, amounts.compared_points) for one in compared)):
        add_points(backend, company, task, points)
    any_task = backend.documents.list(TASKS, limit=1, fields=["id"])[0]["id"]
    return Filled(project, any_task, rich, compared)


def add_points(backend: Backend, company: str, task: str, points: int, *, begin: int = 0) -> None:
    """Of five series growing side by side, as a training loop reports them. begin: the first iteration."""
    for first in range(0, points, POINTS_A_WRITE):
        backend.events.add(company, list(_points(task, begin * len(SERIES) + first, min(POINTS_A_WRITE, points - first))))


def _points(task: str, first: int, count: int) -> Iterator[Event]:
    for number in range(first, first + count):
        metric, variant = SERIES[number % len(SERIES)]
        iteration = number // len(SERIES)
        at = 1_700_000_000_000 + iteration * 250 + number % len(SERIES)
        yield {
            "type": SCALAR, "task": task, "metric": metric, "variant": variant, "iter": iteration,
            "value": (number * 7919 % 10_007) / 10_007,
            "timestamp": at, "@timestamp": "2026-03-01T10:20:30.123Z", "worker": "node-1", "model_event": False,
        }  # fmt: skip


def _add_projects_and_tasks(backend: Backend, company: str, amounts: Amounts) -> str:
    projects = [_new_id() for _ in range(1 + (amounts.tasks - amounts.own) // 100)]
    for number, project in enumerate(projects):
        made: Document = {"id": project, "name": f"project {number}", "basename": f"project {number}", "path": [], "company": company}
        backend.documents.insert(PROJECTS, {**made, "created": START, "last_update": START, "user": "u", "description": ""})
    for first in range(0, amounts.tasks, A_WRITE):
        numbers = range(first, min(first + A_WRITE, amounts.tasks))
        # NOTE: the large project's tasks lie among the others, as they were made over the same year.
        share = max(1, amounts.tasks // amounts.own)
        places = [projects[0] if number % share == 0 else projects[number % len(projects)] for number in numbers]
        backend.documents.insert(TASKS, *(_task(company, _new_id(), *pair) for pair in zip(places, numbers, strict=True)))
    return projects[0]


def _task(company: str, task: str, project: str, number: int) -> Document:
    """As the SDK leaves one: 20 parameters, 5 series, a script. 4 kB."""
    at = START + timedelta(seconds=number * 307)
    value = (number * 7919 % 10_007) / 10_007
    last: dict[str, Any] = {}
    for metric, variant in SERIES:
        keys = [hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in (metric, variant)]
        seen = {"metric": metric, "variant": variant, "value": value, "min_value": 0.1, "max_value": 9.5, "count": 100}
        last.setdefault(keys[0], {})[keys[1]] = seen
    parameters = {f"p{n}": {"section": "Args", "name": f"p{n}", "value": str(n), "type": "int"} for n in range(19)}
    parameters["lr"] = {"section": "Args", "name": "lr", "value": str(number * 31 % 1009 / 1000), "type": "float"}
    return {
        "id": task, "company": company, "user": "u", "name": f"run {number}", "type": "training", "status": "completed", "project": project,
        "created": at, "started": at, "completed": at, "last_update": at, "last_change": at, "status_changed": at, "last_iteration": 1000,
        "tags": [f"tag {number % 7}"], "system_tags": [], "hyperparams": {"Args": parameters}, "configuration": {}, "runtime": {},
        "script": {"binary": "python", "repository": "https://example.com/r.git", "entry_point": "train.py", "diff": "+x\n" * 100},
        "execution": {"artifacts": {}}, "models": {"input": [], "output": []}, "last_metrics": last, "container": {}, "parent": None,
    }  # fmt: skip


def _new_id() -> str:
    return uuid.uuid4().hex
