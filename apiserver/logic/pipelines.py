"""Runs of pipelines: what counts as one, and how they are named. Source: spec 5 §8."""

from __future__ import annotations

from apiserver.calls.call import Call
from apiserver.domain import run_names
from apiserver.logic.task_delete import CONTROLLER
from apiserver.query import scope
from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Eq, Matches

SYSTEM_TAG = "pipeline"


def runs(call: Call, project_id: str) -> list[str]:
    """Ids of the runs in a pipeline's project that the caller may see."""
    where = Eq("project", project_id) & Eq("type", CONTROLLER) & scope.own_or_public(call.company)
    return [run["id"] for run in call.documents.list(TASKS, where, fields=["id"])]


def next_name(call: Call, source: Document) -> str | None:
    """The name of a new run of that controller: the pipeline's own, with a number if there are runs. None: it is in no project.

    QUIRK: spec 5 §8 step 2: what is counted are the runs so far and the new one, which has the source's name until it gets its own.
    So names repeat after runs were deleted.
    """
    project = call.documents.find(PROJECTS, Eq("id", source.get("project") or ""), fields=["basename"])
    if project is None:
        return None
    base = str(project["basename"])
    tagged = Eq("project", project["id"]) & Eq("system_tags", SYSTEM_TAG) & scope.own(call.company)
    count = call.documents.count(TASKS, tagged & Matches("name", run_names.pattern(base)))
    itself = SYSTEM_TAG in (source.get("system_tags") or ()) and run_names.is_run(str(source.get("name")), base)
    return run_names.numbered(base, count + itself)
