"""Documents of earlier releases in an archive, in the shape of today. Pure. Source: spec 6 §9.3, §3.3.

Unlike the migration of a database, existing targets win, and the fields of old are removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.domain import artifacts, keys, names, task_legacy
from apiserver.stores.documents import Document


def project(found: Document) -> Document:
    found.setdefault("basename", names.basename(str(found.get("name") or "")))
    found.setdefault("path", [])
    found.setdefault("featured", 9999)
    return found


def model(found: Document) -> Document:
    found["metadata"] = _metadata(found.get("metadata"))
    return found


def task(found: Document) -> Document:
    """NOTE: in one order: parameters, artifacts, models, container."""
    execution = dict(found.get("execution") or {})
    output = dict(found.get("output") or {})
    _parameters(found, execution)
    kept = execution.get("artifacts")
    if isinstance(kept, list):
        execution["artifacts"] = artifacts.to_map(one for one in kept if isinstance(one, Mapping) and isinstance(one.get("key"), str))
    _models(found, execution, output)
    command = execution.pop("docker_cmd", None)
    if command and not found.get("container"):
        found["container"] = task_legacy.split_docker_cmd(str(command))
    found["execution"], found["output"] = execution, output
    return found


def _parameters(found: Document, execution: dict[str, Any]) -> None:
    parameters = {section: dict(items) for section, items in _map(found.get("hyperparams")).items() if isinstance(items, Mapping)}
    for name, value in _map(execution.pop("parameters", None)).items():
        item = task_legacy.param_item(str(name), value)
        parameters.setdefault(item["section"], {}).setdefault(item["name"], item)
    found["hyperparams"] = parameters
    configuration = dict(_map(found.get("configuration")))
    for name, value in _map(execution.pop("model_desc", None)).items():
        configuration.setdefault(str(name), task_legacy.config_item(str(name), value))
    found["configuration"] = configuration


def _models(found: Document, execution: dict[str, Any], output: dict[str, Any]) -> None:
    models = {side: list(_map(found.get("models")).get(side) or []) for side in ("input", "output")}
    at = found.get("last_update") or found.get("created")
    for side, holder, title in (("input", execution, task_legacy.INPUT_MODEL), ("output", output, "Output Model")):
        one = holder.pop("model", None)
        if one and not any(isinstance(item, Mapping) and item.get("model") == one for item in models[side]):
            models[side].append({"model": one, "name": title, **({"updated": at} if at else {})})
    found["models"] = models


def _metadata(found: Any) -> dict[str, Any]:
    if isinstance(found, list):
        return {keys.escape(one["key"]): one for one in found if isinstance(one, Mapping) and str(one.get("key") or "").strip()}
    return dict(_map(found))


def _map(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
