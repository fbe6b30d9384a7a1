"""Reading the fields of a task out of a request: create, validate, edit and clone share it. Source: spec 3 §4, §7.1.

What comes out are parts of a stored document: keys escaped, artifacts a map, old shapes converted. Parts may hold fields that are not
stored (`execution` only); `storable` drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from apiserver.calls.call import Call
from apiserver.calls.errors import ApiError
from apiserver.domain import artifacts, keys, task_document, task_legacy
from apiserver.domain.task_document import DELETED, FieldError
from apiserver.generated import errors
from apiserver.logic import task_content, task_references
from apiserver.query.entities import TASK
from apiserver.query.writing import check_tags, split_old_tags
from apiserver.stores.documents import Document

PLAIN = ("name", "type", "comment", "parent", "project")
CREATE = (
    *PLAIN,
    "tags",
    "system_tags",
    "models",
    "container",
    "output_dest",
    "execution",
    "hyperparams",
    "configuration",
    "script",
    "runtime",
)
EDIT = (*CREATE, "status")
_LISTS = ("tags", "system_tags")
_MAPS = ("hyperparams", "configuration", "container", "runtime")
_ERRORS: Mapping[str, type[ApiError]] = {
    "value": errors.FieldsValueError,
    "shape": errors.ValidationError,
    "unknown": errors.ValidationError,
    "key": errors.ValidationError,
    "invalid": errors.DataValidationError,
}


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the rules refuse into errors of the API."""
    try:
        yield
    except FieldError as error:
        raise _ERRORS[error.kind](error.reason, **error.details) from error
    except task_legacy.TooDeep as error:
        raise errors.ValidationError(str(error)) from error


def parse(call: Call, data: Mapping[str, Any], names: tuple[str, ...], *, previous: Document | None = None) -> dict[str, Any]:
    """The parts of a task that the request gives; a null counts as not given.

    previous: the stored task that is edited; its parameters are the start when old-style ones come in.
    Raises: the API errors of spec 3 §7.1 steps 1 to 5.
    """
    given = {name: data[name] for name in names if data.get(name) is not None}
    with refusals():
        _check_kinds(call, given)
        fields = {name: given[name] for name in (*PLAIN, "status", *_LISTS) if name in given}
        _tags(call, fields)
        if "output_dest" in given:
            fields["output"] = {"destination": _text("output_dest", given["output_dest"]).strip()}
        if "script" in given:
            fields["script"] = task_document.parsed_script(given["script"])
        if "models" in given:
            fields["models"] = _models(call, given["models"])
        if "runtime" in given:
            fields["runtime"] = dict(given["runtime"])
        if "container" in given:
            fields["container"] = {task_content.key(name): value for name, value in dict(given["container"]).items()}
        _content(call, given, fields, previous or {})
        return fields


def storable(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The parts as they may be stored: without what `execution` does not know, names stripped."""
    stored = dict(fields)
    if isinstance(name := stored.get("name"), str):
        stored["name"] = name.strip()
    if "execution" in stored:
        stored["execution"] = {k: v for k, v in stored["execution"].items() if k in task_document.EXECUTION_FIELDS}
    return stored


def unescaped(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """Stored hyperparameters with the names of the wire."""
    return {
        keys.unescape(section): {keys.unescape(name): item for name, item in items.items()} for section, items in (params or {}).items()
    }


def escaped_params(params: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Hyperparameters with stored keys. Raises: ValidationError for an empty section or name."""
    return {task_content.key(section): {task_content.key(name): item for name, item in items.items()} for section, items in params.items()}


def _check_kinds(call: Call, given: dict[str, Any]) -> None:
    for field in ("parent", "project"):
        if field in given:
            task_references.check_exists(call, field, given[field])
    for field in _LISTS:
        if field not in given:
            continue
        if isinstance(given[field], str):
            raise FieldError("invalid", "a list is expected", field=field)
        given[field] = task_document.require_list(field, given[field], kind="value")
        if not all(isinstance(tag, str) for tag in given[field]):
            raise FieldError("value", "tags are texts", field=field)
    for field in _MAPS:
        if field in given:
            task_document.require_mapping(field, given[field], kind="value")
    for field in ("name", "comment", "type", "status"):
        if field in given:
            _text(field, given[field])


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise FieldError("invalid", "a text is expected", field=field)
    return value


def _tags(call: Call, fields: dict[str, Any]) -> None:
    fields.update(split_old_tags(TASK, call.version, fields))
    if "tags" in fields:
        check_tags(fields["tags"], fields.get("system_tags"))


def _models(call: Call, given: Any) -> dict[str, Any]:
    known = task_document.check_known("Models", given, task_document.MODELS_FIELDS)
    return {name: task_document.parsed_model_items(items, call.now) for name, items in known.items()}


def _content(call: Call, given: Mapping[str, Any], fields: dict[str, Any], previous: Document) -> None:
    """Execution, hyperparameters and configuration, which old-style fields of execution feed."""
    params = task_document.parsed_params(given["hyperparams"]) if "hyperparams" in given else None
    configuration = task_document.parsed_configuration(given["configuration"]) if "configuration" in given else None
    if "execution" in given:
        execution = task_document.without_nulls(task_document.require_mapping("execution", given["execution"]))
        legacy = _take_map(execution, "parameters")
        if legacy is not None:
            merged = task_legacy.merge_params(legacy, params, unescaped(previous.get("hyperparams")))
            params = _taken(execution, "parameters", merged, params)
        legacy = _take_map(execution, "model_desc")
        if legacy is not None:
            before = {keys.unescape(name): item for name, item in (previous.get("configuration") or {}).items()}
            merged = task_legacy.merge_configuration(legacy, configuration, before)
            configuration = _taken(execution, "model_desc", merged, configuration)
        if call.version < task_legacy.MODELS_SINCE:
            _old_shapes(call, execution, fields)
        fields["execution"] = _execution(execution, artifacts.bare if previous else artifacts.stored)
    if params is not None:
        fields["hyperparams"] = escaped_params(params)
    if configuration is not None:
        fields["configuration"] = {task_content.key(name): item for name, item in configuration.items()}


def _take_map(execution: dict[str, Any], name: str) -> dict[str, Any] | None:
    if name not in execution:
        return None
    return dict(task_document.require_mapping(f"execution.{name}", execution[name]))


def _taken(execution: dict[str, Any], name: str, merged: dict[str, Any] | None, unchanged: dict[str, Any] | None) -> dict[str, Any] | None:
    """The new items, and the old field gone; or, when nothing changes, the old field stays as it is."""
    if merged is None:
        return unchanged
    del execution[name]
    return merged


def _old_shapes(call: Call, execution: dict[str, Any], fields: dict[str, Any]) -> None:
    """`execution.model` and `execution.docker_cmd` of clients before 2.13."""
    if "model" in execution:
        model = _text("execution.model", execution.pop("model"))
        item = {"name": task_legacy.INPUT_MODEL, "model": model, "updated": call.now}
        fields["models"] = {**fields.get("models", {}), "input": [item] if model else []}
    if "docker_cmd" in execution:
        command = _text("execution.docker_cmd", execution.pop("docker_cmd"))
        fields["container"] = {**fields.get("container", {}), **task_legacy.split_docker_cmd(command)}


def _execution(execution: dict[str, Any], stored: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    if "artifacts" in execution:
        items = task_document.parsed_artifacts(execution["artifacts"])
        execution["artifacts"] = {artifacts.map_key(item["key"], item.get("mode")): stored(item) for item in items}
    if "model_labels" in execution:
        labels = task_document.require_mapping("execution.model_labels", execution["model_labels"])
        execution["model_labels"] = {task_content.key(name): label for name, label in labels.items()}
    return execution


def is_deleted(parent: Any) -> bool:
    """Whether a parent id marks a task that is gone."""
    return isinstance(parent, str) and parent.startswith(DELETED)
