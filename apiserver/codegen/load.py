"""Reads `schema/` into a `Contract`, and says in one line, with file and place, what is wrong with it.

The form of the files is described in docs/schema.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from attrs import define

from apiserver.codegen.enforce import Definitions, enforced, without_nulls
from apiserver.codegen.keys import KeyPath
from apiserver.codegen.model import Action, Contract, ErrorCode, Handler, Place, Schema, SchemaError, Service, Shape, Version
from apiserver.codegen.source import Source, read_file, read_services

SERVICE_KEYS = {"service", "description", "defaults", "shapes", "definitions", "actions", "common"}
ACCESS_KEYS = {"authorize", "allow_roles", "internal"}
ACTION_KEYS = ACCESS_KEYS | {"description", "built", "versions", "handlers"}
VERSION_KEYS = {"request", "batch_request", "response"}
HANDLER_KEYS = {"min_version", "function", "required_fields", "enforce", "model"}
ENFORCE_KEYS = {"of", "only", "without", "required", "properties"}
ERROR_KEYS = {"code", "subcode", "symbol", "class", "text"}

TYPES = {"string", "integer", "number", "boolean", "object", "array", "null"}
KEYWORDS = {
    *("$ref", "type", "enum", "default", "format", "description", "coerce"),
    *("properties", "required", "items", "additionalProperties", "anyOf", "oneOf", "allOf"),
    *("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "pattern"),
}
VERSION = re.compile(r"\d+\.\d+")


def load(root: Path) -> Contract:
    """The whole schema. root: the folder `schema/`.

    Raises: SchemaError at the first thing that is wrong.
    """
    services: dict[str, Service] = {}
    for source in read_services(root):
        service = _Reader(source).service()
        if service.name in services:
            raise SchemaError(source.place("service"), f"service {service.name} is defined in {services[service.name].place.file} too")
        services[service.name] = service
    return Contract(services, tuple(_errors(root)))


@define
class _Reader:
    """Turns the data of one service file into objects."""

    source: Source

    def fail(self, path: KeyPath, problem: str) -> NoReturn:
        raise SchemaError(self.source.place(*path), problem)

    def service(self) -> Service:
        data = self.source.data
        self.known(data, SERVICE_KEYS, ())
        name = data.get("service")
        if name != Path(self.source.name).stem:
            self.fail(("service",), f"service must be {Path(self.source.name).stem!r}, as the file is called")
        description = self.text(data, (), "service")
        defaults = self.mapping(data.get("defaults"), ("defaults",))
        self.known(defaults, ACCESS_KEYS, ("defaults",))
        definitions = self.mapping(data.get("definitions"), ("definitions",))
        for key, schema in definitions.items():
            definitions[key] = self.schema(schema, ("definitions", key), definitions)
        actions = {}
        for key, action in self.mapping(data.get("actions"), ("actions",)).items():
            if action is not None:
                actions[key] = self.action(name, key, self.mapping(action, ("actions", key)), defaults, definitions)
        if not actions:
            self.fail(("actions",), f"{name} has no actions")
        return Service(name, description, definitions, actions, self.source.place("service"))

    def action(self, service: str, name: str, data: dict[str, Any], defaults: Mapping[str, Any], definitions: Definitions) -> Action:
        at: KeyPath = ("actions", name)
        self.known(data, ACTION_KEYS, at)
        description = self.text(data, at, f"action {service}.{name}")
        versions = self.versions(data, at, definitions)
        access = {**defaults, **{key: data[key] for key in ACCESS_KEYS & data.keys()}}
        return Action(
            service,
            name,
            description,
            versions,
            self.handlers(name, data.get("handlers"), (*at, "handlers"), versions, definitions),
            internal=self.flag(access, "internal", at, usual=False),
            authorize=self.authorize(access.get("authorize", True), at),
            allow_roles=self.roles(access.get("allow_roles", ["*"]), at),
            built=self.flag(data, "built", at, usual=True),
            place=self.source.place(*at),
        )

    def versions(self, data: Mapping[str, Any], at: KeyPath, definitions: Definitions) -> dict[Version, Shape]:
        at = (*at, "versions")
        versions: dict[Version, Shape] = {}
        for key, shape in self.mapping(data.get("versions"), at).items():
            version = self.version(key, (*at, key))
            if versions and version <= max(versions):
                self.fail((*at, key), f"version {key} stands after {dotted(max(versions))}; versions go upwards")
            versions[version] = self.shape(self.mapping(shape, (*at, key)), (*at, key), definitions)
        if not versions:
            self.fail(at, f"action {at[1]} has no versions")
        return versions

    def shape(self, data: dict[str, Any], at: KeyPath, definitions: Definitions) -> Shape:
        self.known(data, VERSION_KEYS, at)
        parts = {key: self.schema(part, (*at, key), definitions) for key, part in data.items() if part is not None}
        if "request" in parts and "batch_request" in parts:
            self.fail((*at, "batch_request"), "a version has a request or a batch_request, not both")
        return Shape(parts.get("request"), parts.get("response"), parts.get("batch_request"))

    def handlers(
        self, action: str, data: Any, at: KeyPath, versions: Mapping[Version, Shape], definitions: Definitions
    ) -> tuple[Handler, ...]:
        if not isinstance(data, list) or not data:
            self.fail(at, f"action {action} has no handlers")
        handlers: list[Handler] = []
        for index, row in enumerate(data):
            here = (*at, index)
            entry = self.mapping(row, here)
            self.known(entry, HANDLER_KEYS, here)
            version = self.version(entry.get("min_version"), (*here, "min_version"))
            if handlers and version <= handlers[-1].min_version:
                self.fail(
                    (*here, "min_version"),
                    f"handler of {dotted(version)} stands after {dotted(handlers[-1].min_version)}; handlers go upwards",
                )
            usual = action if not handlers else f"{action}_v{version[0]}_{version[1]}"
            handlers.append(
                Handler(
                    version,
                    entry.get("function", usual),
                    self.model(entry, here, versions, definitions),
                    tuple(entry.get("required_fields") or ()),
                )
            )
        return tuple(handlers)

    def model(self, entry: Mapping[str, Any], at: KeyPath, versions: Mapping[Version, Shape], definitions: Definitions) -> Schema | None:
        """What a handler enforces: its own `model`, the documented request with its `enforce` laid over it, or nothing."""
        if entry.get("model") is not None:
            if entry.get("enforce") is not None:
                self.fail((*at, "model"), "a handler has a model or an enforce, not both")
            model = self.schema(entry["model"], (*at, "model"), definitions)
            return enforced(model, {}, definitions)
        if entry.get("enforce") is None:
            return None
        at = (*at, "enforce")
        rules = self.mapping(entry["enforce"], at)
        self.known(rules, ENFORCE_KEYS, at)
        of = self.version(rules["of"], (*at, "of")) if "of" in rules else max(versions)
        if of not in versions:
            self.fail((*at, "of"), f"there is no version {dotted(of)}")
        request = versions[of].request or versions[of].batch_request or {"type": "object"}
        for key in ("only", "without"):
            for name in rules.get(key) or ():
                if name not in request.get("properties", {}):
                    self.fail((*at, key), f"{key}: there is no field {name} in version {dotted(of)}")
        model = enforced(request, rules, definitions)
        self.schema(model, at, definitions, dialect=TYPES | {"float"})
        return model

    # the parts

    def schema(self, value: Any, at: KeyPath, definitions: Definitions, *, dialect: Iterable[str] = TYPES) -> Schema:
        """A JSON Schema with its nulls dropped, every keyword, type and reference in it known, and text at every field."""
        schema: Schema = without_nulls(self.mapping(value, at))
        self._check(schema, at, definitions, frozenset(dialect))
        return schema

    def _check(self, schema: Any, at: KeyPath, definitions: Definitions, types: frozenset[str]) -> None:
        if not isinstance(schema, dict):
            self.fail(at, f"a schema is expected, not {schema!r}")
        self.known(schema, KEYWORDS, at)
        kinds = schema.get("type", [])
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if kind not in types:
                self.fail((*at, "type"), f"unknown type {kind!r}")
        reference = schema.get("$ref")
        if reference is not None and definitions.get(str(reference).removeprefix("#/definitions/")) is None:
            self.fail((*at, "$ref"), f"$ref {reference!r} leads nowhere: the service has no such definition")
        for name, part in self.mapping(schema.get("properties"), (*at, "properties")).items():
            here = (*at, "properties", name)
            self._check(part, here, definitions, types)
            if not isinstance(part.get("description"), str) or not part["description"].strip():
                self.fail(here, f"field {name} has no description")
        for name in schema.get("required", []):
            if "properties" in schema and name not in schema["properties"]:
                self.fail((*at, "required"), f"required field {name} is no property")
        for key in ("items", "additionalProperties"):
            if key in schema and not (key == "additionalProperties" and isinstance(schema[key], bool)):
                self._check(schema[key], (*at, key), definitions, types)
        for key in ("anyOf", "oneOf", "allOf"):
            for index, part in enumerate(schema.get(key, [])):
                self._check(part, (*at, key, index), definitions, types)

    def mapping(self, value: Any, at: KeyPath) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fail(at, f"an object is expected, not {value!r}")
        return value

    def known(self, data: Mapping[str, Any], keys: set[str], at: KeyPath) -> None:
        for key in data:
            if key not in keys:
                self.fail((*at, key), f"unknown attribute {key!r}")

    def text(self, data: Mapping[str, Any], at: KeyPath, what: str) -> str:
        text = data.get("description")
        if not isinstance(text, str) or not text.strip():
            self.fail(at, f"{what} has no description")
        return text

    def version(self, value: Any, at: KeyPath) -> Version:
        """NOTE: only text. Unquoted, 2.10 is the number 2.1."""
        if not isinstance(value, str) or not VERSION.fullmatch(value):
            self.fail(at, f'{value!r} is no version; versions look like "2.10", in quotes')
        major, _, minor = value.partition(".")
        return int(major), int(minor)

    def flag(self, data: Mapping[str, Any], key: str, at: KeyPath, *, usual: bool) -> bool:
        value = data.get(key)
        if value is None:
            return usual
        if not isinstance(value, bool):
            self.fail((*at, key), f"{key} is true or false, not {value!r}")
        return value

    def authorize(self, value: Any, at: KeyPath) -> bool | None:
        if value == "optional":
            return None
        if not isinstance(value, bool):
            self.fail((*at, "authorize"), f"authorize is true, false or optional, not {value!r}")
        return value

    def roles(self, value: Any, at: KeyPath) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(role, str) for role in value):
            self.fail((*at, "allow_roles"), "allow_roles is a list of role names")
        return tuple(value)


def dotted(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def _errors(root: Path) -> Iterable[ErrorCode]:
    """The rows of `errors.conf`: `<name> { code, subcode, text }`.

    symbol: the wire's name, where it is another; class: that of the exception, where the name does not give it.
    """
    source = read_file(root, "errors.conf")
    seen: dict[Any, str] = {}
    for name, row in source.data.get("errors", {}).items():
        place: Place = source.place("errors", name)
        for key in row:
            if key not in ERROR_KEYS:
                raise SchemaError(source.place("errors", name, key), f"unknown attribute {key!r}")
        code, subcode, text = row.get("code"), row.get("subcode"), row.get("text")
        if not isinstance(code, int) or not isinstance(subcode, int) or not isinstance(text, str):
            raise SchemaError(place, f"error {name} needs numbers code and subcode, and a text")
        class_name = row.get("class") or "".join(word.capitalize() for word in name.split("_"))
        for key in ((code, subcode), class_name):
            if key in seen:
                raise SchemaError(place, f"error {name} has the same {'class' if key == class_name else 'codes'} as {seen[key]}")
            seen[key] = name
        yield ErrorCode(code, subcode, row.get("symbol", name), class_name, text)
