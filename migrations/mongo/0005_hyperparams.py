"""0.16.0: flat parameters become hyperparameters in sections, model descriptions become configuration. Source: spec 6 §3.3.

The old fields stay, as in the reference's own migration. NOTE: unlike there, what is in the new place already is kept: repeated, that one
undoes what was edited since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.domain.keys import escape
from apiserver.domain.task_legacy import config_item, param_item

from .changing import Databases, Document, Update, Walk, tasks_of

VERSION = "0.16.0"
WHAT = "parameters of tasks become hyperparameters (section Args or TF_DEFINE), model descriptions configuration; the old fields stay"

_FIELDS = ("execution.parameters", "execution.model_desc", "hyperparams", "configuration")
_WHERE = {"$or": [{name: {"$type": "object", "$ne": {}}} for name in _FIELDS[:2]]}


def _converted(document: Document) -> Update | None:
    execution = document.get("execution") or {}
    hyperparams = {name: dict(items) for name, items in _map(document.get("hyperparams")).items() if isinstance(items, Mapping)}
    configuration = dict(_map(document.get("configuration")))
    before = sum(map(len, hyperparams.values())), len(configuration)
    for name, value in _map(execution.get("parameters")).items():
        item = param_item(name, value)
        hyperparams.setdefault(_key(item["section"]), {}).setdefault(_key(item["name"]), item)
    for name, value in _map(execution.get("model_desc")).items():
        configuration.setdefault(_key(name), config_item(name, value))
    changes: dict[str, Any] = {}
    if sum(map(len, hyperparams.values())) != before[0]:
        changes["hyperparams"] = hyperparams
    if len(configuration) != before[1]:
        changes["configuration"] = configuration
    return {"$set": changes} if changes else None


def _map(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _key(name: str) -> str:
    """The key unchanged, since it is escaped where it came from the API; what no path could reach is escaped now."""
    return escape(name) if name.strip() and ("." in name or name.startswith("$")) else name


def left(databases: Databases) -> int:
    return sum(1 for tasks in tasks_of(databases) for document in tasks.find(_WHERE, dict.fromkeys(_FIELDS, 1)) if _converted(document))


def run(databases: Databases, walk: Walk) -> None:
    for tasks in tasks_of(databases):
        walk.over(tasks, _WHERE, _converted, _FIELDS)
