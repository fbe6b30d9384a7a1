"""What workers say: that they are there, that they are gone, what they run and how busy their machines are. Source: spec 5 §5.2-5.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.domain import machine_stats
from apiserver.generated import errors
from apiserver.logic import workers
from apiserver.logic.workers import Worker
from apiserver.query import scope
from apiserver.stores.collections import AUTH_USERS, COMPANIES, PROJECTS, QUEUES, TASKS
from apiserver.stores.errors import InvalidValue
from apiserver.stores.filters import Eq, In, Set
from apiserver.stores.statistics import WORKER_REPORTS, WORKER_STATS

UNTRACKABLE = "untrackable"


@frozen
class Registration:
    """A worker that says it is there. timeout: 0 or None: as configured; resources: load to be written into its queues."""

    worker: str
    timeout: int | None = None
    queues: Sequence[str] = ()
    tags: Sequence[str] = ()
    system_tags: Sequence[str] = ()
    resources: Mapping[str, float] | None = None


@frozen
class Report:
    """A worker's state. task: what it runs; queue: where that came from; timestamp: epoch milliseconds of the measurements."""

    worker: str
    timestamp: int
    task: str | None = None
    queue: str | None = None
    queues: Sequence[str] = ()
    tags: Sequence[str] = ()
    system_tags: Sequence[str] = ()
    machine_stats: Mapping[str, Any] | None = None


def register(call: Call, wanted: Registration) -> Worker:
    """Store a fresh entry, whatever there was before.

    Raises: WorkerRegistrationFailed; InvalidUserId, InvalidId (company), InvalidQueueId.
    """
    timeout = wanted.timeout or int(call.settings.get("apiserver.workers.default_timeout", workers.DEFAULT_TIMEOUT_S))
    if timeout <= 0:
        raise errors.WorkerRegistrationFailed("invalid timeout", timeout=timeout, worker=wanted.worker)
    user = call.documents.find(AUTH_USERS, Eq("id", call.user) & scope.own(call.company), fields=["name"])
    if user is None:
        raise errors.InvalidUserId(id=call.user, company=call.company)
    company = call.documents.find(COMPANIES, Eq("id", call.company), fields=["name"])
    if company is None:
        raise errors.InvalidId("no such company", id=call.company)
    _check_queues(call, wanted.queues)
    if wanted.queues and wanted.resources:
        load = {name: float(value) for name, value in wanted.resources.items()}
        call.documents.update_many(QUEUES, In("id", wanted.queues) & scope.own(call.company), Set("resources", load))
    worker = Worker(
        key=workers.key_of(call, wanted.worker),
        id=wanted.worker,
        user={"id": call.user, "name": user.get("name")},
        company={"id": call.company, "name": company.get("name")},
        ip=call.ip or UNTRACKABLE,
        queues=list(dict.fromkeys(wanted.queues)),
        register_time=call.now,
        register_timeout=timeout,
        last_activity_time=call.now,
        tags=list(wanted.tags),
        system_tags=list(wanted.system_tags),
    )
    workers.save(call, worker)
    workers.forget_expired(call)
    return worker


def unregister(call: Call, worker_id: str) -> None:
    """Forget a worker. Raises: WorkerNotRegistered for one that is not there, if configuration says so."""
    if not workers.remove(call, worker_id) and not call.settings.get("apiserver.workers.auto_unregister", True):
        raise errors.WorkerNotRegistered(worker=worker_id)


def report(call: Call, given: Report) -> None:
    """Take a worker's report: its entry, the measurements, and a sign of life of its task.

    QUIRK: spec 5 §5.4: tags that are not reported are gone; queues are not checked; for an unknown task the entry is saved all the same.
    Raises: InvalidWorkerId; InvalidTaskId; ValidationError for a measurement that cannot be stored.
    """
    worker = workers.load(call, given.worker) or _registered(call, given.worker)
    worker.ip = call.ip or UNTRACKABLE
    worker.tags, worker.system_tags = list(given.tags), list(given.system_tags)
    _store_stats(call, given)
    worker.last_activity_time = call.now
    worker.queue = given.queue or None
    if given.queues:
        worker.queues = list(dict.fromkeys(given.queues))
    try:
        _report_task(call, worker, given.task)
        worker.last_report_time = call.now
    finally:
        workers.save(call, worker)


def _registered(call: Call, worker_id: str) -> Worker:
    if not call.settings.get("apiserver.workers.auto_register", True):
        raise errors.InvalidWorkerId(worker=worker_id)
    try:
        return register(call, Registration(worker_id))
    except (errors.WorkerRegistrationFailed, errors.InvalidUserId, errors.InvalidId) as error:
        raise errors.InvalidWorkerId(worker=worker_id) from error


def _report_task(call: Call, worker: Worker, task_id: str | None) -> None:
    if not task_id:
        worker.task = worker.project = None
        return
    signs = {
        "last_worker": worker.id,
        "last_worker_report": call.now,
        "last_update": call.now,
        "last_change": call.now,
        "last_changed_by": call.user,
    }
    changes = [Set(name, value) for name, value in signs.items()]
    task = call.documents.find_and_update(TASKS, Eq("id", task_id) & scope.own(call.company), *changes, fields=["name", "project"])
    if task is None:
        raise errors.InvalidTaskId(id=task_id, company=call.company)
    worker.task = {"id": task_id, "name": task.get("name")}
    where = Eq("id", task.get("project")) & scope.own_or_public(call.company)
    project = call.documents.find(PROJECTS, where, fields=["name"]) if task.get("project") else None
    worker.project = {"id": project["id"], "name": project.get("name")} if project else None


def _store_stats(call: Call, given: Report) -> None:
    rows = machine_stats.rows(given.machine_stats or {}, worker=given.worker, task=given.task or None, timestamp=given.timestamp)
    if not rows:
        return
    seen = {"timestamp": given.timestamp, "worker": given.worker, "task": given.task or None}
    try:
        call.statistics.add(WORKER_STATS, call.company, rows)
        call.statistics.add(WORKER_REPORTS, call.company, [seen])
    except InvalidValue as error:
        raise errors.ValidationError(f"machine_stats: {error}") from error


def _check_queues(call: Call, queue_ids: Sequence[str]) -> None:
    if not queue_ids:
        return
    found = {queue["id"] for queue in call.documents.list(QUEUES, In("id", queue_ids) & scope.own(call.company), fields=["id"])}
    if missing := [queue_id for queue_id in dict.fromkeys(queue_ids) if queue_id not in found]:
        raise errors.InvalidQueueId(ids=tuple(missing))
