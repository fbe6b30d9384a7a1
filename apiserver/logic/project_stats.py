"""Figures of projects: tasks by status with all projects below, own contents, datasets. Source: spec 2 §8.6.

Every function works on all rows of an answer at once: the number of queries does not grow with the rows, except for `dataset_stats`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from attrs import define, field, frozen

from apiserver.calls.call import Call
from apiserver.domain import tags, task_status
from apiserver.generated import errors
from apiserver.query import conditions, project_tree, scope
from apiserver.stores.collections import MODELS, PROJECTS, TASKS, Collection
from apiserver.stores.documents import Document, Measure
from apiserver.stores.filters import EVERYTHING, All, Eq, Exists, Filter, In, Ne, NotIn, Order, Range

UNKNOWN = "unknown"
_NOT_COMPLETED = ("queued", "in_progress", "failed")
_ARCHIVED = (tags.ARCHIVED, "-" + tags.ARCHIVED)
_NOT_ARCHIVED = Ne("system_tags", tags.ARCHIVED)
DATASET = "dataset"


@frozen
class Below:
    """A project of an answer with the projects that count for it. projects: id, name, ... of those below, by name."""

    project: str
    projects: tuple[Document, ...] = ()

    @property
    def ids(self) -> list[str]:
        return [self.project, *(p["id"] for p in self.projects)]

    @property
    def shown(self) -> list[dict[str, str]]:
        return [{"id": p["id"], "name": p["name"]} for p in self.projects]


def below(call: Call, ids: Sequence[str], *, hidden: bool, only: set[str] | None) -> dict[str, Below]:
    """What lies below each of the projects. hidden: hidden ones too; only: none but these."""
    found = project_tree.descendants(call.documents, ids, fields=["name", "path", "system_tags"])
    if not hidden:
        found = [p for p in found if tags.HIDDEN not in (p.get("system_tags") or ())]
    if only is not None:
        found = [p for p in found if p["id"] in only]
    found.sort(key=lambda p: str(p["name"]))
    return {key: Below(key, tuple(p for p in found if key in p["path"])) for key in ids}


def check_filter(given: Any) -> dict[str, Any]:
    """The statistics filter of a request. Raises: ValidationError (400/12)."""
    for name, value in given.items():
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not value or not (texts or isinstance(value, dict)) or not all(name.split(".")) or "\0" in name:
            raise errors.ValidationError("a list of texts or an object is expected", field=f"include_stats_filter.{name[:100]}")
    return dict(given)


def _condition(given: Mapping[str, Any], *, drop_archived: bool) -> Filter:
    parts: list[Filter] = []
    for name, value in given.items():
        if isinstance(value, dict):
            found = conditions.structured(name, value)
        else:
            dropped = _ARCHIVED if drop_archived and name == "system_tags" else ()
            found = conditions.flat(name, [item for item in value if item not in dropped])
        if found is not None:
            parts.append(found)
    return All(*parts)


def _scope(call: Call, users: Sequence[str]) -> Filter:
    where = scope.own_or_public(call.company)
    return where & In("user", users) if users else where


@define
class _Tally:
    """Figures of the tasks of one project, or of several added up."""

    statuses: dict[str, int] = field(factory=lambda: defaultdict(int))
    runtime: float | int = 0
    completed: int = 0
    last_run: Any = None

    def add(self, other: _Tally) -> None:
        for status, number in other.statuses.items():
            self.statuses[status] += number
        self.runtime += other.runtime
        self.completed += other.completed
        self.ran(other.last_run)

    def ran(self, when: Any) -> None:
        if when is not None and (self.last_run is None or when > self.last_run):
            self.last_run = when

    def shown(self) -> dict[str, Any]:
        counts = {status: self.statuses.get(status, 0) for status in task_status.STATUSES}
        return {
            "status_count": counts,
            "total_tasks": sum(counts.values()),
            "total_runtime": self.runtime,
            "completed_tasks_24h": self.completed,
            "last_task_run": self.last_run,
        }


def task_stats(call: Call, rows: Iterable[Below], given: Mapping[str, Any], users: Sequence[str]) -> dict[str, dict[str, Any]]:
    """{project: {active: {...}}} over the tasks of each project and those below it; archived tasks never count."""
    wanted = list(rows)
    ids = sorted({key for row in wanted for key in row.ids})
    where = In("project", ids) & _scope(call, users) & _condition(given, drop_archived=True) & _NOT_ARCHIVED
    tallies = _tallies(call, where)
    result = {}
    for row in wanted:
        total = _Tally()
        for key in row.ids:
            if key in tallies:
                total.add(tallies[key])
        result[row.project] = {"active": total.shown()}
    return result


def _tallies(call: Call, where: Filter) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    measures = [Measure("tasks", "count"), Measure("last", "max", "started")]
    for group in call.documents.group(TASKS, where, by=["project", "status"], measures=measures):
        tally = tallies[group["project"]]
        status = group["status"] if group["status"] in task_status.STATUSES else UNKNOWN
        tally.statuses[status] += group["tasks"]
        tally.ran(group["last"])
    recent = Range("completed", gte=call.now - timedelta(hours=24)) & NotIn("status", _NOT_COMPLETED)
    for group in call.documents.group(TASKS, where & recent, by=["project"], measures=measures[:1]):
        tallies[group["project"]].completed = group["tasks"]
    for project, seconds in call.documents.elapsed(TASKS, where, by="project", start="started", end="completed").items():
        tallies[project].runtime = float(seconds)
    return tallies


def own_contents(call: Call, ids: Sequence[str], given: Mapping[str, Any], users: Sequence[str]) -> dict[str, dict[str, int]]:
    """{project: {own_tasks, own_models}} directly in each project; archived ones only when the filter names `archived`."""
    where = In("project", ids) & _scope(call, users) & _condition(given, drop_archived=False)
    system = given.get("system_tags")
    if not isinstance(system, list) or not any(tag in _ARCHIVED for tag in system):
        where = where & _NOT_ARCHIVED
    own_tasks, own_models = _count_by(call, TASKS, "project", where), _count_by(call, MODELS, "project", where)
    return {key: {"own_tasks": own_tasks.get(key, 0), "own_models": own_models.get(key, 0)} for key in ids}


def own_datasets(call: Call, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """{project: {own_datasets}}: datasets whose parent the project is."""
    found = _count_by(call, PROJECTS, "parent", _datasets(call, ids))
    return {key: {"own_datasets": found.get(key, 0)} for key in ids}


def dataset_totals(call: Call, rows: Iterable[Below]) -> dict[str, dict[str, Any]]:
    """{project: {datasets: {count, tags}}} over the datasets whose parent is the project or one below it."""
    wanted = list(rows)
    by_parent: dict[str, list[Document]] = defaultdict(list)
    parents = sorted({key for row in wanted for key in row.ids})
    for project in call.documents.list(PROJECTS, _datasets(call, parents), fields=["parent", "tags"]):
        by_parent[project["parent"]].append(project)
    result = {}
    for row in wanted:
        found = [project for key in row.ids for project in by_parent.get(key, ())]
        names = sorted({tag for project in found for tag in project.get("tags") or () if tag})
        result[row.project] = {"datasets": {"count": len(found), "tags": names}}
    return result


def _datasets(call: Call, parents: Sequence[str]) -> Filter:
    return In("parent", parents) & Eq("system_tags", DATASET) & scope.own_or_public(call.company)


def dataset_version(call: Call, project: str, users: Sequence[str]) -> dict[str, Any] | None:
    """{file_count, total_size} of the newest version of a dataset; None when no task directly in the project tells."""
    told = Exists("runtime") & NotIn("runtime", [None, {}])
    where = Eq("project", project) & _scope(call, users) & _NOT_ARCHIVED & told
    task = call.documents.find(TASKS, where, fields=["runtime"], order=[Order("last_update", descending=True)])
    if task is None:
        return None
    return {"file_count": task["runtime"].get("ds_file_count") or 0, "total_size": task["runtime"].get("ds_total_size") or 0}


def _count_by(call: Call, collection: Collection, path: str, where: Filter = EVERYTHING) -> dict[str, int]:
    groups = call.documents.group(collection, where, by=[path], measures=[Measure("number", "count")])
    return {group[path]: group["number"] for group in groups}
