"""What may stand in a task document: its parts, their fields, and the checks that create, edit and clone make on them. No I/O.

Source: spec 3 §2 (fields), §7.1 (order and kind of refusals).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from apiserver.domain import artifacts, task_status

TYPES = (
    "training", "testing", "inference", "data_processing", "application", "monitor", "controller", "report", "optimizer", "service",
    "qc", "custom",
)  # fmt: skip

DELETED = "__DELETED__"
"""Put before the id of a task or model that is gone, where others still refer to it."""

SCRIPT_FIELDS = frozenset({"binary", "repository", "tag", "branch", "version_num", "entry_point", "working_dir", "requirements", "diff"})
EXECUTION_FIELDS = frozenset({"test_split", "parameters", "model_desc", "model_labels", "framework", "artifacts", "queue"})
MODELS_FIELDS = frozenset({"input", "output"})
MODEL_ITEM_FIELDS = frozenset({"name", "model", "updated"})
PARAM_FIELDS = frozenset({"section", "name", "value", "type", "description"})
CONFIGURATION_FIELDS = frozenset({"name", "value", "type", "description"})
ARTIFACT_FIELDS = frozenset({"key", "type", "mode", "uri", "hash", "content_size", "timestamp", "type_data", "display_data"})
TYPE_DATA_FIELDS = frozenset({"preview", "content_type", "data_hash"})
_MIN_NAME = 3

Kind = Literal["value", "shape", "unknown", "invalid", "key"]


class FieldError(Exception):
    """A field was refused.

    kind: `value` no acceptable value; `shape` not the object or list it has to be; `unknown` a field the document does not have;
    `invalid` breaks a rule of the stored document; `key` a name that cannot be a key. details: for the error text.
    """

    def __init__(self, kind: Kind, reason: str, **details: Any) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.details = details


def defaults() -> dict[str, Any]:
    """The parts that every new task has."""
    return {
        "status": task_status.CREATED, "report_assets": [], "output": {}, "execution": execution_defaults(), "tags": [],
        "system_tags": [], "script": script_defaults(), "last_iteration": 0, "last_metrics": {}, "unique_metrics": [],
        "metric_stats": {}, "hyperparams": {}, "configuration": {}, "runtime": {}, "models": {"input": [], "output": []},
        "container": {},
    }  # fmt: skip


def execution_defaults() -> dict[str, Any]:
    return {"test_split": 0, "parameters": {}, "model_desc": {}, "model_labels": {}, "artifacts": {}}


def script_defaults() -> dict[str, Any]:
    return {"binary": "python", "repository": "", "entry_point": "", "requirements": {}}


def require_mapping(field: str, value: Any, *, kind: Kind = "shape") -> Mapping[str, Any]:
    """The value, if it is an object."""
    if not isinstance(value, Mapping):
        raise FieldError(kind, "an object is expected", field=field)
    return value


def require_list(field: str, value: Any, *, kind: Kind = "shape") -> list[Any]:
    """The value, if it is a list."""
    if not isinstance(value, list | tuple):
        raise FieldError(kind, "a list is expected", field=field)
    return list(value)


def without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in value.items() if v is not None}


def check_known(document: str, item: Any, fields: frozenset[str]) -> dict[str, Any]:
    """The object without its nulls, if it holds no field but these."""
    given = require_mapping(document, item)
    for name in given:
        if name not in fields:
            raise FieldError("unknown", "no such field", document=document, field=name)
    return without_nulls(given)


def parsed_script(script: Any) -> dict[str, Any]:
    """A script's given fields, texts stripped except the diff."""
    given = check_known("Script", script, SCRIPT_FIELDS)
    for name, value in given.items():
        if name == "requirements":
            continue
        if not isinstance(value, str):
            raise FieldError("invalid", "a text is expected", field=f"script.{name}")
        if name != "diff":
            given[name] = value.strip()
    return given


def parsed_model_items(items: Any, now: Any) -> list[dict[str, Any]]:
    """Input or output models as given, each stamped with the time of the change."""
    models = [check_known("ModelItem", item, MODEL_ITEM_FIELDS) for item in require_list("models", items)]
    return [{**item, "updated": now} for item in models]


def parsed_artifacts(items: Any) -> list[dict[str, Any]]:
    """A wire list of artifacts; each has a key at least."""
    parsed = []
    for item in require_list("execution.artifacts", items):
        artifact = check_known("Artifact", item, ARTIFACT_FIELDS)
        if not isinstance(artifact.get("key"), str):
            raise FieldError("shape", "an artifact needs a key", field="execution.artifacts")
        if "type_data" in artifact:
            artifact["type_data"] = check_known("ArtifactTypeData", artifact["type_data"], TYPE_DATA_FIELDS)
        if not isinstance(artifact.get("mode", ""), str):
            raise FieldError("invalid", "a text is expected", field="execution.artifacts.mode")
        parsed.append(artifact)
    return parsed


def parsed_params(hyperparams: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Hyperparameters by section and name, as on the wire, items without nulls."""
    return {
        section: {name: check_known("ParamsItem", item, PARAM_FIELDS) for name, item in require_mapping("hyperparams", items).items()}
        for section, items in hyperparams.items()
    }


def parsed_configuration(configuration: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Configuration items by name, as on the wire, without nulls."""
    return {name: check_known("ConfigurationItem", item, CONFIGURATION_FIELDS) for name, item in configuration.items()}


def check(document: Mapping[str, Any], *, items: bool = True, enums: bool = True) -> None:
    """Refuse a document, or the part of one that is to be written, that breaks a rule.

    items: hyperparameters, configuration and artifacts are looked into; enums: so are `type` and `status`. An edit does neither
    (QUIRK: spec 3 §7.1 "edit").
    Raises: FieldError of kind `invalid`.
    """
    checks: dict[str, Callable[[Any], None]] = {
        "name": _check_name,
        "tags": lambda value: _check_texts("tags", value),
        "system_tags": lambda value: _check_texts("system_tags", value),
        "script": lambda value: _check_text_fields("script", value, SCRIPT_FIELDS - {"requirements"}),
        "output": lambda value: _check_text_fields("output", value, {"destination", "error", "result"}),
        "execution": lambda value: _check_execution(value, items=items),
        "models": _check_models,
        "container": _check_container,
        "runtime": lambda value: _check_dollars("runtime", value),
    }
    for name in ("comment", "status_message", "status_reason", "type", "status", "report"):
        checks[name] = lambda value, name=name: _check_text(name, value)  # type: ignore[misc]
    if enums:
        checks["type"] = lambda value: _check_word("type", value, TYPES)
        checks["status"] = lambda value: _check_word("status", value, task_status.STATUSES)
    if items:
        checks["hyperparams"] = _check_params
        checks["configuration"] = lambda value: _check_named("configuration", value, ("name", "value"))
    for field, value in document.items():
        if value is not None and field in checks:
            checks[field](value)


def _invalid(field: str, reason: str) -> FieldError:
    return FieldError("invalid", "invalid document", **{field: reason})


def _check_text(field: str, value: Any) -> None:
    if not isinstance(value, str):
        raise _invalid(field, "a text is expected")


def _check_word(field: str, value: Any, words: Iterable[str]) -> None:
    if value not in words:
        raise _invalid(field, "not one of the known words")


def _check_name(value: Any) -> None:
    _check_text("name", value)
    if len(value.strip()) < _MIN_NAME:
        raise _invalid("name", "String value is too short")


def _check_texts(field: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _invalid(field, "a list of texts is expected")


def _check_text_fields(field: str, value: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if value.get(name) is not None:
            _check_text(f"{field}.{name}", value[name])


def _check_int(field: str, value: Any) -> None:
    if not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise _invalid(field, "an integer is expected")


def _check_execution(value: Mapping[str, Any], *, items: bool) -> None:
    _check_text_fields("execution", value, ("framework", "queue"))
    _check_int("execution.test_split", value.get("test_split", 0))
    for name in ("parameters", "model_desc", "model_labels", "artifacts"):
        if not isinstance(value.get(name, {}), Mapping):
            raise _invalid(f"execution.{name}", "an object is expected")
    check_labels(value.get("model_labels", {}))
    if items:
        for artifact in value.get("artifacts", {}).values():
            _check_artifact(artifact)


def check_labels(labels: Mapping[str, Any]) -> None:
    """Refuse label ids that are no integers, and two labels with one id (zero and null may repeat)."""
    for label in labels.values():
        if label is not None:
            _check_int("execution.model_labels", label)
    used = [label for label in labels.values() if label]
    if len(set(used)) < len(used):
        raise _invalid("execution.model_labels", "two labels with the same id")


def _check_artifact(artifact: Mapping[str, Any]) -> None:
    field = "execution.artifacts"
    for name in ("key", "type"):
        _check_text(f"{field}.{name}", artifact.get(name))
    _check_text_fields(field, artifact, ("uri", "hash"))
    _check_word(f"{field}.mode", artifact.get("mode", artifacts.OUTPUT), artifacts.MODES)
    for name in ("content_size", "timestamp"):
        _check_int(f"{field}.{name}", artifact.get(name, 0))
    _check_text_fields(f"{field}.type_data", artifact.get("type_data", {}), TYPE_DATA_FIELDS)
    rows = artifact.get("display_data", [])
    scalars = (int, float, str, type(None))
    if not all(isinstance(row, list) and all(isinstance(cell, scalars) for cell in row) for row in rows):
        raise _invalid(f"{field}.display_data", "a list of lists of texts and numbers is expected")


def _check_models(value: Mapping[str, Any]) -> None:
    for item in [*(value.get("input") or ()), *(value.get("output") or ())]:
        for name in ("name", "model"):
            _check_text(f"models.{name}", item.get(name))


def _check_container(value: Mapping[str, Any]) -> None:
    for name, text in value.items():
        if text is not None:
            _check_text(f"container.{name}", text)


def _check_params(value: Mapping[str, Any]) -> None:
    for items in value.values():
        _check_named("hyperparams", items, ("section", "name", "value"))


def _check_named(field: str, value: Mapping[str, Any], required: Iterable[str]) -> None:
    for item in value.values():
        for name in required:
            _check_text(f"{field}.{name}", item.get(name))
        _check_text_fields(field, item, ("type", "description"))


def _check_dollars(field: str, value: Any) -> None:
    """QUIRK: spec 3 §3.2: a key with a leading dollar is refused at any depth of objects, but not inside lists."""
    open_objects = [value]  # NOTE: no recursion; what clients send may be nested deeper than Python likes.
    while open_objects:
        inner = open_objects.pop()
        if not isinstance(inner, Mapping):
            continue
        if any(str(name).startswith("$") for name in inner):
            raise _invalid(field, 'keys may not begin with "$"')
        open_objects.extend(inner.values())
