"""The shapes of old API versions: flat parameters, one model, a docker command. Conversions both ways, without I/O.

Key escaping is not done here: all maps are in the form of the wire. Source: spec 3 §4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEGACY = "legacy"
ARGS = "Args"
TF_DEFINE = "TF_DEFINE"
INPUT_MODEL = "Input Model"

HYPERPARAMS_SINCE = (2, 9)
"""From this version on, answers no longer repeat legacy items under `execution`."""
MODELS_SINCE = (2, 13)
"""From this version on, `execution.model`, `output.model` and `execution.docker_cmd` are gone."""

Params = dict[str, dict[str, Any]]


def param_item(name: str, value: Any) -> dict[str, Any]:
    """The hyperparameter that a legacy parameter becomes. An empty name after `TF_DEFINE/` is left for the caller to refuse."""
    section, key = ARGS, name
    if name.startswith(TF_DEFINE + "/"):
        section, key = TF_DEFINE, name[len(TF_DEFINE) + 1 :]
    return {"section": section, "name": key, "value": text(value), "type": LEGACY}


def config_item(name: str, value: Any) -> dict[str, Any]:
    """The configuration item that a legacy model description becomes."""
    return {"name": name, "value": text(value), "type": LEGACY}


class TooDeep(ValueError):
    """A value nested deeper than can be printed."""


def text(value: Any) -> str:
    """A legacy value as text, as Python prints it: None, True, 1e-07, [1, 'a']. Raises: TooDeep."""
    try:
        return str(value)
    except RecursionError as error:
        raise TooDeep("nested too deeply") from error


def merge_params(legacy: Mapping[str, Any], given: Params | None, previous: Params | None) -> Params | None:
    """Hyperparameters after legacy parameters came in; None: nothing changes.

    given: those of the same request; without them the previous ones, freed of their legacy items, are the start.
    """
    params = {section: dict(items) for section, items in given.items()} if given else {}
    if not given and previous:
        params, removed = _without_legacy_sections(previous)
        if not legacy and not removed:
            return None
    elif not legacy and not given:
        return None
    for name, value in legacy.items():
        item = param_item(name, value)
        params.setdefault(item["section"], {})[item["name"]] = item
    return params


def merge_configuration(legacy: Mapping[str, Any], given: dict[str, Any] | None, previous: dict[str, Any] | None) -> dict[str, Any] | None:
    """Configuration after a legacy model description came in; None: nothing changes."""
    items = dict(given) if given else {}
    if not given and previous:
        items = {name: item for name, item in previous.items() if not is_legacy(item)}
        if not legacy and len(items) == len(previous):
            return None
    elif not legacy and not given:
        return None
    items.update({name: config_item(name, value) for name, value in legacy.items()})
    return items


def is_legacy(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") == LEGACY


def flat_params(hyperparams: Mapping[str, Any]) -> dict[str, Any]:
    """`execution.parameters` as old clients read them: the legacy items only."""
    flat: dict[str, Any] = {}
    for section, items in hyperparams.items():
        if not isinstance(items, Mapping):
            continue
        prefix = f"{TF_DEFINE}/" if section == TF_DEFINE else ""
        flat.update({prefix + name: item.get("value") for name, item in items.items() if is_legacy(item)})
    return flat


def flat_configuration(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """`execution.model_desc` as old clients read it: the legacy items only."""
    return {name: item.get("value") for name, item in configuration.items() if is_legacy(item)}


def split_docker_cmd(command: str) -> dict[str, str]:
    """Image and arguments of a docker command."""
    image, _, arguments = command.strip().partition(" ")
    return {"image": image, "arguments": arguments}


def docker_cmd(container: Mapping[str, Any]) -> str:
    """The docker command of a container; empty when it has no image."""
    if not container.get("image"):
        return ""
    return " ".join(str(part) for part in (container["image"], container.get("arguments")) if part)


def _without_legacy_sections(previous: Params) -> tuple[Params, bool]:
    kept: Params = {}
    removed = False
    for section, items in previous.items():
        rest = {name: item for name, item in items.items() if not is_legacy(item)}
        removed = removed or len(rest) < len(items)
        if rest:
            kept[section] = rest
    return kept, removed
