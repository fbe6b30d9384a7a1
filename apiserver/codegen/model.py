"""The parsed contract as small objects: what `load.py` reads from `schema/` and every printer of `generated/` starts from."""

from __future__ import annotations

from typing import Any

from attrs import Factory, frozen

Version = tuple[int, int]
Schema = dict[str, Any]
"""JSON Schema, draft 4 vocabulary; `{"$ref": "#/definitions/<name>"}` points into the service's own definitions."""


@frozen
class Place:
    """Where something is defined: a file below `schema/` and a line, as error messages name it."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"schema/{self.file}:{self.line}" if self.line else f"schema/{self.file}"


class SchemaError(Exception):
    """The schema is wrong. One line: place, then what is wrong with it."""

    def __init__(self, place: Place, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


@frozen
class Shape:
    """What one version of an action documents. At most one of request and batch_request; batch_request: one JSON line."""

    request: Schema | None
    response: Schema | None
    batch_request: Schema | None = None


@frozen
class Handler:
    """One function of an action, serving versions from `min_version` up to the next handler's.

    model: the enforced request as JSON Schema without references, or None where only `required_fields` are asked for (spec 1 §5).
    For a batch action it describes one line. function: the name in the service's module.
    """

    min_version: Version
    function: str
    model: Schema | None = None
    required_fields: tuple[str, ...] = ()


@frozen
class Action:
    """One `service.name`. built: whether the handlers exist; if not, calls answer 404 "not built yet"."""

    service: str
    name: str
    description: str
    versions: dict[Version, Shape]
    handlers: tuple[Handler, ...]
    internal: bool = False
    authorize: bool | None = True
    allow_roles: tuple[str, ...] = ("*",)
    built: bool = True
    place: Place = Place("")

    @property
    def endpoint(self) -> str:
        return f"{self.service}.{self.name}"


@frozen
class Service:
    name: str
    description: str
    definitions: dict[str, Schema]
    actions: dict[str, Action]
    place: Place = Place("")


@frozen
class ErrorCode:
    """One row of `errors.conf`. name: symbolic, as in spec 1 §6.2; class_name: of the generated exception."""

    code: int
    subcode: int
    name: str
    class_name: str
    text: str


@frozen
class Contract:
    services: dict[str, Service]
    errors: tuple[ErrorCode, ...] = Factory(tuple)
