"""Hyperparameters and configuration of tasks. Source: spec 3 §8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import keys
from apiserver.generated import errors
from apiserver.generated import tasks as shapes
from apiserver.logic import task_access, task_content
from apiserver.query import scope
from apiserver.stores.collections import TASKS
from apiserver.stores.filters import Change, In, Set, Unset

PROPERTIES = "properties"
"""The section that may be edited in any status, and whose edits do not count as news of the task."""


def get_hyper_params(call: Call, request: shapes.GetHyperParamsRequest) -> dict[str, Any]:
    """The hyperparameters of tasks as lists, by section and name."""
    tasks = task_access.readable_many(call, request.tasks, fields=["hyperparams"])
    return {"params": [{"task": task["id"], "hyperparams": _flat_params(task.get("hyperparams"))} for task in tasks]}


def edit_hyper_params(call: Call, request: shapes.EditHyperParamsRequest) -> dict[str, Any]:
    """Set hyperparameters one by one, or whole sections, or all of them."""
    sections: dict[str, dict[str, Any]] = {}
    for item in request.hyperparams:
        section = _section(item["section"])
        stored = task_content.known_item({**item, "section": section}, ("section", "name", "value", "type", "description"))
        sections.setdefault(task_content.key(section), {})[task_content.key(item["name"])] = stored
    changes: list[Change]
    if request.replace_hyperparams == "all":
        changes = [Set("hyperparams", sections)]
    elif request.replace_hyperparams == "section":
        changes = [Set(f"hyperparams.{section}", items) for section, items in sections.items()]
    else:
        changes = [Set(f"hyperparams.{s}.{name}", item) for s, items in sections.items() for name, item in items.items()]
    _write_params(call, request.task, changes, [item["section"] for item in request.hyperparams], force=request.force)
    return {"updated": 1}


def delete_hyper_params(call: Call, request: shapes.DeleteHyperParamsRequest) -> dict[str, Any]:
    """Remove hyperparameters by section and name, or whole sections. An emptied section stays."""
    named = {(_section(item["section"]), item["name"]) for item in request.hyperparams if item.get("name")}
    whole = {_section(item["section"]) for item in request.hyperparams if not item.get("name")}
    if both := sorted({section for section, _ in named} & whole):
        raise errors.FieldsConflict("a section is named whole and by parts", sections=both)
    paths = [f"hyperparams.{task_content.key(section)}" for section in whole]
    paths += [f"hyperparams.{task_content.key(section)}.{task_content.key(name)}" for section, name in named]
    changes = [Unset(path) for path in paths]
    _write_params(call, request.task, changes, [item["section"] for item in request.hyperparams], force=request.force)
    return {"deleted": 1}


def get_configurations(call: Call, request: shapes.GetConfigurationsRequest) -> dict[str, Any]:
    """The configuration items of tasks as lists, by name; with `names` only those."""
    tasks = task_access.readable_many(call, request.tasks, fields=["configuration"])
    wanted = {task_content.key(name) for name in request.names} if request.names else None
    return {"configurations": [{"task": task["id"], "configuration": _flat_items(task.get("configuration"), wanted)} for task in tasks]}


def get_configuration_names(call: Call, request: shapes.GetConfigurationNamesRequest) -> dict[str, Any]:
    """The names of the configuration items of tasks. Tasks that have none, or cannot be read, are left out."""
    where = In("id", request.tasks) & scope.own_or_public(call.company)
    answer = []
    for task in call.documents.list(TASKS, where, fields=["configuration"]):
        items = (task.get("configuration") or {}).items()
        names = sorted(keys.unescape(key) for key, item in items if not request.skip_empty or _value(item))
        if names:
            answer.append({"task": task["id"], "names": names})
    return {"configurations": answer}


def edit_configuration(call: Call, request: shapes.EditConfigurationRequest) -> dict[str, Any]:
    """Set configuration items one by one, or all of them."""
    items = {
        task_content.key(item["name"]): task_content.known_item(item, ("name", "value", "type", "description"))
        for item in request.configuration
    }
    changes: list[Change] = [Set(f"configuration.{name}", item) for name, item in items.items()]
    if request.replace_configuration:
        changes = [Set("configuration", items)]
    task_content.write(call, request.task, changes, force=request.force)
    return {"updated": 1}


def delete_configuration(call: Call, request: shapes.DeleteConfigurationRequest) -> dict[str, Any]:
    """Remove configuration items by name."""
    paths = dict.fromkeys(f"configuration.{task_content.key(name)}" for name in request.configuration)
    task_content.write(call, request.task, [Unset(path) for path in paths], force=request.force)
    return {"deleted": 1}


def _section(name: str) -> str:
    return PROPERTIES if name.lower() == PROPERTIES else name


def _write_params(call: Call, task_id: str, changes: Sequence[Change], sections: Iterable[str], *, force: bool) -> None:
    only_properties = all(_section(section) == PROPERTIES for section in sections)
    task_content.write(call, task_id, changes, force=force, any_status=only_properties, updated=not only_properties)


def _value(item: Any) -> Any:
    return item.get("value") if isinstance(item, Mapping) else None


def _flat_params(hyperparams: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    items = [item for section in (hyperparams or {}).values() for item in section.values()]
    return sorted(map(_plain, items), key=lambda item: (str(item.get("section", "")), str(item.get("name", ""))))


def _flat_items(configuration: Mapping[str, Any] | None, wanted: set[str] | None) -> list[dict[str, Any]]:
    items = [_plain(item) for key, item in (configuration or {}).items() if wanted is None or key in wanted]
    return sorted(items, key=lambda item: str(item.get("name", "")))


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in item.items() if k != "_cls"}
