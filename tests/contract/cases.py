"""Contract cases: what the server promises on the wire, as data. docs/testing.md shows one.

A case is a file `<service>/<action>/<name>.json` in this folder, about that action:

- description: what holds, in a sentence; spec: where it is written; silent: where nothing is written, why users would expect it
- given: steps that set the stage; call: the step that the case is about, its `call` is the action; then: steps that show the effect
- settings: {dotted path: value} over the defaults

`conversations/replay.py` explains the steps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from apiserver.generated.bindings import ENDPOINTS

HERE = Path(__file__).parent
SERVICES = sorted({name.partition(".")[0] for name in ENDPOINTS})
PATHS = [path for service in SERVICES for path in sorted(HERE.glob(f"{service}/*/*.json"))]
"""Every case."""

_TEXT = {"type": "string", "minLength": 1}
_PATHS = {"type": "array", "items": _TEXT, "minItems": 1}
_EXPECT = {
    "type": "object",
    "properties": {"code": {"type": "integer"}, "subcode": {"type": "integer"}, "data": {}, "part": {}},
    "required": ["code"],
    "additionalProperties": False,
}
_STEP_MEMBERS: dict[str, Any] = {
    "note": _TEXT, "version": {"type": "string", "pattern": r"^\d+\.\d+$"},
    "send": {}, "lines": {"type": "array"}, "raw": {"type": "string"}, "kind": _TEXT, "headers": {"type": "object"},
    "method": {"enum": ["GET", "POST", "PUT"]},
    "as": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}]}, "keep": {"type": "object"},
    "expect": _EXPECT, "ignore": _PATHS, "unordered": _PATHS, "exact": _PATHS,
}  # fmt: skip
_STEP = {
    "type": "object",
    "properties": {**_STEP_MEMBERS, "call": {"enum": sorted(ENDPOINTS)}},
    "required": ["call"],
    "additionalProperties": False,
}
_STEPS = {"type": "array", "items": _STEP, "minItems": 1}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "description": _TEXT, "spec": {"type": "string", "pattern": r"^spec [1-8] §"}, "silent": _TEXT, "settings": {"type": "object"},
        "given": _STEPS, "call": {"type": "object", "properties": _STEP_MEMBERS, "additionalProperties": False}, "then": _STEPS,
    },
    "required": ["description", "call"],
    "anyOf": [{"required": ["spec"]}, {"required": ["silent"]}],
    "additionalProperties": False,
}  # fmt: skip
_VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def name_of(path: Path) -> str:
    """The id of its test: `tasks/enqueue/again`."""
    return path.relative_to(HERE).with_suffix("").as_posix()


def action_of(path: Path) -> str:
    """What a case is about: `tasks.enqueue`."""
    return ".".join(path.parts[-3:-1])


def load(path: Path) -> dict[str, Any]:
    """The case in a file. Raises: ValueError, jsonschema.ValidationError."""
    case: dict[str, Any] = json.loads(path.read_text())
    _VALIDATOR.validate(case)
    if action_of(path) not in ENDPOINTS:
        raise ValueError(f"there is no action {action_of(path)}")
    case["call"]["call"] = action_of(path)
    return case


def is_success(case: dict[str, Any]) -> bool:
    """Whether the action does what it is for."""
    return bool(case["call"].get("expect", {"code": 200})["code"] == 200)
