"""The last step for rows of an answer: stored forms back into those of the wire, and older versions. Source: spec 2 §4, 3 §3-4."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Version
from apiserver.domain import artifacts, keys, tags, task_legacy

Row = dict[str, Any]

CLASS = "_cls"
METADATA_SINCE = (2, 17)
"""Clients below this version read metadata as an empty list."""


OF_TASKS = frozenset({"hyperparams", "configuration", "container", "execution"})
"""What `task` changes for clients of today."""


def task(row: Row, version: Version) -> Row:
    """A task, or the part of one that was asked for; changes the row."""
    if isinstance(sections := row.get("hyperparams"), dict):
        row["hyperparams"] = {keys.unescape(name): items(of) if isinstance(of, dict) else of for name, of in sections.items()}
    if isinstance(configuration := row.get("configuration"), dict):
        row["configuration"] = items(configuration)
    if isinstance(container := row.get("container"), dict):
        row["container"] = keys.unescape_map(container)
    if isinstance(execution := row.get("execution"), dict):
        if isinstance(labels := execution.get("model_labels"), dict):
            execution["model_labels"] = keys.unescape_map(labels)
        if isinstance(stored := execution.get("artifacts"), dict):
            execution["artifacts"] = artifacts.to_list(stored)
    if version < task_legacy.HYPERPARAMS_SINCE:
        _legacy_items(row)
    if version < task_legacy.MODELS_SINCE:
        _legacy_models(row)
    return row


def items(stored: dict[str, Any]) -> dict[str, Any]:
    """A map of items by their unescaped keys, each without what the reference's partial updates add to it (spec 3 §2)."""
    return {
        keys.unescape(key): {k: v for k, v in item.items() if k != CLASS} if isinstance(item, dict) and CLASS in item else item
        for key, item in stored.items()
    }


def _legacy_items(row: Row) -> None:
    if row.get("hyperparams") and (flat := task_legacy.flat_params(row["hyperparams"])):
        row.setdefault("execution", {})["parameters"] = flat
    if row.get("configuration") and (flat := task_legacy.flat_configuration(row["configuration"])):
        row.setdefault("execution", {})["model_desc"] = flat


def _legacy_models(row: Row) -> None:
    models = row.get("models") or {}
    if (used := models.get("input")) and used[0].get("model"):
        row.setdefault("execution", {})["model"] = used[0]["model"]
    if (made := models.get("output")) and made[-1].get("model"):
        row.setdefault("output", {})["model"] = made[-1]["model"]
    if row.get("container") and (command := task_legacy.docker_cmd(row["container"])):
        row.setdefault("execution", {})["docker_cmd"] = command


def with_metadata(row: Row, version: Version) -> Row:
    """A model or a queue; changes the row."""
    if "metadata" in row:
        row["metadata"] = [] if version < METADATA_SINCE else items(row["metadata"] or {})
    return row


def old_tags(row: Row, version: Version) -> Row:
    """`tags` as clients below 2.3 read them; changes the row."""
    if version < tags.SYSTEM_TAGS_SINCE and "tags" in row and "system_tags" in row:
        row["tags"] = tags.union(row["tags"], row["system_tags"])
    return row
