"""How long the tasks of projects ran, day by day, by project, user and queue. Source: spec 2 §9.6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.domain.usages import ARTIFICIAL, Days, Key, Run, Use
from apiserver.generated import errors
from apiserver.logic.chart_ranges import MOST_VALUES
from apiserver.query import project_tree, scope
from apiserver.stores.collections import PROJECTS, QUEUES, TASKS, USERS
from apiserver.stores.documents import add_up
from apiserver.stores.filters import All, AnyOf, Eq, Filter, In, Not, NotIn, Range
from apiserver.stores.ordering import milliseconds

PROJECT, QUEUE, USER = "project", "queue", "user"
_OTHER = "_other_"
"""All queues that the company does not own, or not any more."""
_SETTINGS = "services.organization.project_usages"
_EXCLUDED_TAGS = ("dataset", "reports", "hidden")
_EXCLUDED_TYPES = ("dataset_import", "annotation", "annotation_manual", "report", "controller")
_FIELDS = ("project", "user", "status", "started", "status_changed", "execution.queue")


@frozen
class Wanted:
    """What a request asks for. breakdowns: of PROJECT, QUEUE, USER; fields: of `usages.DURATION` and its like."""

    projects: Sequence[str]
    days: Days
    breakdowns: Sequence[str]
    fields: Sequence[str]
    include_development: bool = False


@define
class Groups:
    """Into which groups the tasks of a project go. names: of the groups."""

    names: dict[str, str] = field(factory=dict)
    of_project: dict[str, list[str]] = field(factory=dict)


def report(call: Call, wanted: Wanted) -> dict[str, dict[str, Any]]:
    """{breakdown: {total, series}}, of what any task was running in those days."""
    groups = _groups(call, wanted.projects)
    uses: dict[str, dict[Key, Use]] = {name: {} for name in wanted.breakdowns}
    queues = _Queues(call)
    if groups.of_project:
        for (project, user, queue), seconds in _seconds(call, wanted, sorted(groups.of_project)).items():
            found = queues.of(queue)
            run = Run(seconds, found.weights, found.estimated)
            keys: dict[str, Sequence[Key]] = {PROJECT: groups.of_project[project or ""], USER: [user], QUEUE: [found.id]}
            for name, of_name in uses.items():
                for key in keys[name]:
                    of_name.setdefault(key, Use()).add(run, wanted.fields)
    _check_size(wanted, uses)
    names = {PROJECT: lambda found: groups.names, USER: lambda found: _user_names(call, found), QUEUE: lambda found: queues.names}
    return {name: _shown(wanted, found, names[name](found) if found else {}) for name, found in uses.items()}


def _groups(call: Call, asked: Sequence[str]) -> Groups:
    """One project: itself and its direct children, each of these with all below it. Several: each with all below it."""
    ids = list(dict.fromkeys(asked))
    roots = call.documents.list(PROJECTS, In("id", ids) & scope.own_or_public(call.company), fields=["name"])
    below = project_tree.descendants(call.documents, [root["id"] for root in roots], fields=["name", "path"])
    groups = Groups({project["id"]: project.get("name") or project["id"] for project in [*roots, *below]})
    for root in roots:
        groups.of_project[root["id"]] = [root["id"]]
    for project in below:
        path = [*(project.get("path") or ()), project["id"]]
        above = [root["id"] for root in roots if root["id"] in path]
        groups.of_project[project["id"]] = above if len(ids) > 1 else [path[path.index(above[0]) + 1]]
    return groups


def _counted(call: Call, wanted: Wanted, projects: Sequence[str]) -> Filter:
    """Tasks that count and had begun when those days were over."""
    excluded = list(call.settings.get(f"{_SETTINGS}.excluded_task_tags", _EXCLUDED_TAGS))
    types = call.settings.get(f"{_SETTINGS}.excluded_task_types", _EXCLUDED_TYPES)
    where: Filter = scope.own_or_public(call.company) & In("project", projects) & Range("started", lt=wanted.days.end)
    if not wanted.include_development:
        excluded.append(task_status.DEVELOPMENT)
        if call.settings.get(f"{_SETTINGS}.exclude_tasks_without_queue", True):
            where = where & NotIn("execution.queue", (None, ""))
    where = where & NotIn("system_tags", excluded) & NotIn("type", types)
    if call.settings.get(f"{_SETTINGS}.exclude_app_parent_tasks", True):
        where = where & Eq("application", None)
    return where


def _seconds(call: Call, wanted: Wanted, projects: Sequence[str]) -> dict[tuple[Key, Key, Key], dict[int, int]]:
    """{(project, user, queue): {number of the day: seconds that tasks were running}}

    PERF: the store sums up by these three what has ended; there may be a hundred thousand tasks, and few of these. Those that run, or whose
    end nobody told, are read one by one.
    """
    days, where, running = wanted.days, _counted(call, wanted, projects), Eq("status", task_status.IN_PROGRESS)
    # NOTE: said as an exclusion, so that the index of the projects is taken and not that of `completed`.
    ended = where & Not(AnyOf(running, Eq("completed", None), Range("completed", lte=days.start)))
    found = call.documents.tally(
        TASKS, ended, by=("project", "user", "execution.queue"), start="started", end="completed", cut=days.seconds
    )
    others = where & AnyOf(running, All(Eq("completed", None), Range("status_changed", gt=days.start)))
    for task in call.documents.iterate(TASKS, others, fields=_FIELDS):
        end = call.now if task.get("status") == task_status.IN_PROGRESS else task["status_changed"]
        key = (task["project"], task.get("user"), (task.get("execution") or {}).get("queue"))
        add_up(found.setdefault(key, {}), days.seconds(milliseconds(task["started"]), milliseconds(end)))
    return found


@frozen
class _Queue:
    id: Key
    weights: Mapping[str, float]
    estimated: frozenset[str]


class _Queues:
    """The company's queues as tasks name them. names: of those that were asked for."""

    def __init__(self, call: Call) -> None:
        weights = {usage: call.settings.get(f"services.queues.resource_usages.{usage.partition('_')[0]}", 1.0) for usage in ARTIFICIAL}
        self._default = {usage: float(weight) for usage, weight in weights.items()}
        found = call.documents.list(QUEUES, scope.own(call.company), fields=["name", "display_name", "resources"])
        self._own = {queue["id"]: queue for queue in found}
        self._known: dict[Key, _Queue] = {}
        self.names: dict[str, str] = {_OTHER: "other"}

    def of(self, queue_id: Key) -> _Queue:
        """The queue of a task; one for all that are not the company's."""
        if queue_id not in self._known:
            self._known[queue_id] = self._read(queue_id or None)
        return self._known[queue_id]

    def _read(self, queue_id: Key) -> _Queue:
        queue = self._own.get(queue_id or "")
        if queue_id is None or queue is None:
            return _Queue(None if queue_id is None else _OTHER, self._default, frozenset(self._default))
        self.names[queue_id] = queue.get("display_name") or queue.get("name") or queue_id
        given = {usage: value for usage in ARTIFICIAL if (value := (queue.get("resources") or {}).get(usage)) is not None}
        return _Queue(queue_id, {**self._default, **given}, frozenset(self._default) - frozenset(given))


def _user_names(call: Call, ids: Iterable[Key]) -> dict[str, str]:
    where = In("id", sorted(key for key in ids if key)) & scope.own(call.company)
    return {user["id"]: user.get("name") or user["id"] for user in call.documents.list(USERS, where, fields=["name"])}


def _check_size(wanted: Wanted, uses: Mapping[str, Mapping[Key, Use]]) -> None:
    if wanted.days.count * len(wanted.fields) * sum(map(len, uses.values())) > MOST_VALUES:
        raise errors.ValidationError("too many values: ask for fewer days or projects")


def _shown(wanted: Wanted, uses: Mapping[Key, Use], names: Mapping[str, str]) -> dict[str, Any]:
    """{total, series}, by name."""
    named = [({"id": key, "name": None if key is None else names.get(key, key)}, use) for key, use in uses.items()]
    named.sort(key=lambda item: (item[0]["name"] or "", item[0]["id"] or ""))
    dates = wanted.days.dates() if named else []
    return {
        "total": [{**head, **use.total()} for head, use in named],
        "series": [{**head, "dates": dates, **use.series(wanted.days.count)} for head, use in named],
    }
