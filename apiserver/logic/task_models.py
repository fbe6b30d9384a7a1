"""Models seen from their tasks: publishing a task's output model, and what becomes of models whose task is reset or deleted.

Source: spec 3 §9.6, §11.0.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from apiserver.calls.call import Call
from apiserver.domain.task_document import DELETED
from apiserver.generated import errors
from apiserver.query import scope
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, In, Ne, Set, Unset

_FIELDS = ("task", "ready", "uri")


@define
class Models:
    """The models that a task made or lists as output, by what may be done with them. busy: drafts that some task uses as input."""

    drafts: list[Document] = field(factory=list)
    busy: list[Document] = field(factory=list)
    ready: list[Document] = field(factory=list)


def publish_last_output(call: Call, task: Document) -> None:
    """Make the task's last output model ready, if it is an own draft. Other output models are left as they are."""
    output = (task.get("models") or {}).get("output") or []
    if not output:
        return
    call.documents.update(
        MODELS,
        Eq("id", output[-1].get("model")) & scope.own(call.company) & Ne("ready", True),
        Set("ready", True),
        Set("last_update", call.now),
        *_stamps(call),
    )


def of_task(call: Call, task: Document) -> Models:
    """The own models that name the task, then those that only its output list names."""
    listed = [item.get("model") for item in (task.get("models") or {}).get("output") or [] if item.get("model")]
    made = call.documents.list(MODELS, Eq("task", task["id"]) & scope.own(call.company), fields=_FIELDS)
    seen = {model["id"] for model in made}
    others = [key for key in dict.fromkeys(listed) if key not in seen]
    if others:
        made += call.documents.list(MODELS, In("id", others) & scope.own(call.company), fields=_FIELDS)
    return _sorted_out(call, made)


def check_none_ready(task: Document, models: Models) -> None:
    """Refuse to lose the task of a published model. Raises: TaskCannotBeDeleted."""
    if made := [model for model in models.ready if model.get("task") == task["id"]]:
        raise errors.TaskCannotBeDeleted("has output models that are published", task=task["id"], models=len(made))
    if models.ready:
        raise errors.TaskCannotBeDeleted("lists a published output model", task=task["id"], model=models.ready[0]["id"])


def delete(call: Call, models: Iterable[Document]) -> list[str]:
    """Delete the model documents; the ids of those that were there and still drafts."""
    gone = [model["id"] for model in models]
    return [key for key in gone if call.documents.delete(MODELS, Eq("id", key) & scope.own(call.company) & Ne("ready", True))]


def mark_task_deleted(call: Call, models: Iterable[Document], task_id: str) -> int:
    """Let models remember that their task is gone; how many did."""
    return _change(call, models, Set("task", DELETED + task_id))


def forget_task(call: Call, models: Iterable[Document]) -> int:
    """Take the task off models that outlive its reset; how many changed."""
    return _change(call, models, Unset("task"))


def _change(call: Call, models: Iterable[Document], change: Change) -> int:
    ids = [model["id"] for model in models]
    if not ids:
        return 0
    return call.documents.update_many(MODELS, In("id", ids) & scope.own(call.company), change, *_stamps(call)).matched


def _stamps(call: Call) -> list[Change]:
    return [Set("last_change", call.now), Set("last_changed_by", call.user)]


def _sorted_out(call: Call, models: list[Document]) -> Models:
    result = Models(ready=[model for model in models if model.get("ready")])
    drafts = [model for model in models if not model.get("ready")]
    if not drafts:
        return result
    ids = [model["id"] for model in drafts]
    used = set(call.documents.distinct(TASKS, "models.input.model", In("models.input.model", ids)))
    for model in drafts:
        (result.busy if model["id"] in used else result.drafts).append(model)
    return result
