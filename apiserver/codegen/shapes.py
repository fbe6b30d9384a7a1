"""Prints `generated/<service>.py`: one attrs class for each handler with an enforced model, and the check of its fields as plain calls.

What each field of a model becomes is decided here; what the calls do at run time is `calls/coerce.py`.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import define, field

from apiserver.codegen.layout import WIDTH, attribute, bracketed, camel, docstring, header, literal, summary
from apiserver.codegen.model import Action, Handler, Schema, SchemaError, Service

SCALARS = {"string": "str", "integer": "int", "number": "int", "float": "float", "boolean": "bool"}
"""Python types. NOTE: in a model a `number` is a whole one and a fraction is a `float` (`codegen/enforce.py`)."""

CHECKS = {"string": "string", "integer": "integer", "number": "integer", "float": "number", "boolean": "boolean"}
ITEM_CHECKS = {"string": "string", "integer": "an_integer", "number": "an_integer", "float": "number", "boolean": "a_boolean"}


def class_name(action: Action, handler: Handler) -> str:
    """`GetByIdRequest`; handlers after the first carry their version: `GetTaskLogV2_9Request`."""
    first = handler is action.handlers[0] or handler.min_version == action.handlers[0].min_version
    version = "" if first else f"V{handler.min_version[0]}_{handler.min_version[1]}"
    return f"{camel(action.name)}{version}Request"


def print_shapes(service: Service) -> str:
    """The module of one service."""
    printer = _Module(service)
    for name in sorted(service.actions):
        action = service.actions[name]
        for handler in action.handlers:
            if handler.model is not None:
                printer.add_class(action, handler, handler.model)
    return printer.text()


@define
class _Module:
    service: Service
    classes: list[str] = field(factory=list)
    checks: dict[str, str] = field(factory=dict)
    """Module-level constants: the expression of a check → its name."""
    structs: dict[str, str] = field(factory=dict)
    """Nested objects: canonical schema → function name."""
    statements: list[str] = field(factory=list)
    """Constants and functions in the order they need each other."""
    used: set[str] = field(factory=set)
    """Names taken from `coerce`."""
    action: Action | None = None

    def text(self) -> str:
        lines = [header(f"schema/services/{self.service.name}.conf"), f'"""Requests of `{self.service.name}.*`, checked and converted."""']
        if not self.classes:
            return "\n".join(lines) + "\n"
        lines += ["", "from __future__ import annotations", "", "from typing import Any, Self", "", "from attrs import define", ""]
        names = sorted(self.used | {"Request"}, key=_import_order)
        one = f"from apiserver.calls.coerce import {', '.join(names)}"
        lines += [one] if len(one) <= WIDTH else bracketed("from apiserver.calls.coerce import (", names, ")")
        return "\n".join(lines) + "\n" + _spaced([*self.statements, *self.classes])

    def add_class(self, action: Action, handler: Handler, model: Schema) -> None:
        self.action = action
        properties: dict[str, Schema] = model.get("properties", {})
        required = set(model.get("required", ()))
        names = _attributes(self._must_know(model))
        lines = ["@define(kw_only=True, eq=False, repr=False)", f"class {class_name(action, handler)}(Request):"]
        about = summary(action.description or model.get("description", "")) or f"What `{action.endpoint}` takes."
        lines += docstring(about, 4)
        lines.append("")
        for wire in names:
            lines += self._attribute(names[wire], properties[wire], wire in required)
        if properties:
            lines.append("")
        lines += ["    @classmethod", '    def parse(cls, data: dict[str, Any], at: str = "") -> Self:']
        readers = [f"{names[wire]}={self.reader(wire, properties[wire], wire in required)}" for wire in names]
        lines += _always_broken("return cls(", readers, ")") if len(readers) > 1 else bracketed("return cls(", readers, ")", 8)
        self.classes.append("\n".join(lines))

    def _attribute(self, name: str, schema: Schema, required: bool) -> list[str]:
        kind, default = annotation(schema), schema.get("default")
        sure = required or (schema.get("minItems", 0) > 0 and _type(schema) == "array")
        if sure and not _nullable(schema):
            line = f"{name}: {kind}"
        elif default is None:
            line = f"{name}: {kind} | None" + ("" if required else " = None")
            line = line.replace("Any | None", "Any")
        else:
            line = f"{name}: {kind} = {literal(default)}"
        lines = [f"    {line}"]
        if schema.get("description"):
            lines += docstring(summary(schema["description"]), 4)
        return lines

    def reader(self, wire: str, schema: Schema, required: bool) -> str:
        """The call that takes one field out of the data."""
        check = self.check(schema, wire, item=False)
        default = schema.get("default")
        least = schema.get("minItems", 0)
        if required and not (least and _type(schema) == "array"):
            reader, more = ("required_or_null" if _nullable(schema) else "required"), ""
        elif least and _type(schema) == "array":
            reader, more = "filled", ""
        elif default is not None and not _nullable(schema) and {"enum", "minimum", "maximum"} & schema.keys():
            reader, more = "defaulted", f", {literal(default)}"
        else:
            reader, more = "optional", "" if default is None else f", {literal(default)}"
        self.used.add(reader)
        return f"{reader}(data, {literal(wire)}, at, {check}{more})"

    def check(self, schema: Schema, wire: str, *, item: bool) -> str:
        """The expression of the check of a value: a name, of `coerce` or of this module."""
        if alternatives := _alternatives(schema):
            choices = [self.check(one, wire, item=item) for one in alternatives]
            return self._any(list(dict.fromkeys(choices)))
        self._must("$ref" not in schema, "a model cannot hold references")
        if "enum" in schema:
            choices = [value for value in schema["enum"] if value is not None]
            self._must(all(isinstance(value, str) for value in choices), f"the enum of {wire} takes texts only")
            return self._made("one_of", *map(literal, choices))
        kinds = _types(schema)
        if len(kinds) > 1:
            return self._any([self.check({**schema, "type": kind}, wire, item=True) for kind in kinds])
        kind = kinds[0] if kinds else ""
        if kind == "object":
            return self._object(schema, wire)
        if kind == "array":
            return self._array(schema, wire)
        if not kind:
            return self._plain("anything")
        return self._scalar(schema, kind, item)

    def _scalar(self, schema: Schema, kind: str, item: bool) -> str:
        self._must(kind in CHECKS, f"unknown type {kind}")
        name = "safe_string" if schema.get("coerce") == "text" else (ITEM_CHECKS if item else CHECKS)[kind]
        bounds = {k: schema[v] for k, v in (("minimum", "minimum"), ("maximum", "maximum")) if v in schema}
        sizes = {k: schema[v] for k, v in (("least", "minLength"), ("most", "maxLength")) if v in schema}
        check = self._plain(name)
        if bounds:
            check = self._made("within", check, **bounds)
        if sizes:
            check = self._made("sized", check, **sizes)
        if "pattern" in schema:
            check = self._made("matching", check, literal(schema["pattern"]))
        return check

    def _array(self, schema: Schema, wire: str) -> str:
        each = self.check(schema.get("items") or {}, wire, item=True)
        check = self._plain("strings") if each == "string" else self._made("list_of", each)
        sizes = {k: schema[v] for k, v in (("least", "minItems"), ("most", "maxItems")) if v in schema}
        return self._made("sized", check, **sizes) if sizes else check

    def _object(self, schema: Schema, wire: str) -> str:
        extra = schema.get("additionalProperties")
        if schema.get("properties"):
            return self._struct(schema, wire)
        if isinstance(extra, dict) and extra:
            return self._made("map_of", self.check(extra, wire, item=True))
        return self._plain("mapping")

    def _struct(self, schema: Schema, wire: str) -> str:
        key = json.dumps(_bare(schema), sort_keys=True)
        if key in self.structs:
            return self.structs[key]
        base = name = "_" + attribute(wire)
        taken = {*self.structs.values(), *self.checks.values()}
        count = 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        self.structs[key] = name
        self.used |= {"inside", "given"}
        required = set(schema.get("required", ()))
        parts = [f"{literal(w)}: {self.reader(w, schema['properties'][w], w in required)}" for w in self._must_know(schema)]
        lines = [f"def {name}(value: Any, where: str) -> dict[str, Any]:"]
        if schema.get("description"):
            lines += docstring(summary(schema["description"]), 4)
        lines.append("    data, at = inside(value, where)")
        lines += ["    return given(", *(_always_broken("{", parts, "}", 8)), "    )"]
        self.statements.append("\n".join(lines))
        return name

    def _any(self, checks: list[str]) -> str:
        return checks[0] if len(checks) == 1 else self._made("any_of", *checks)

    def _plain(self, name: str) -> str:
        self.used.add(name)
        return name

    def _made(self, maker: str, *args: str, **options: Any) -> str:
        """A check that is made once, at import: a constant named after its expression."""
        self.used.add(maker)
        parts = [*args, *(f"{key}={literal(value)}" for key, value in options.items())]
        expression = f"{maker}({', '.join(parts)})"
        if expression not in self.checks:
            name = self.checks[expression] = _constant(expression, set(self.checks.values()))
            self.statements.append("\n".join(bracketed(f"{name} = {maker}(", parts, ")")))
        return self.checks[expression]

    def _must(self, right: bool, problem: str) -> None:
        """Raise SchemaError, which names the action, unless right."""
        if not right:
            assert self.action is not None
            raise SchemaError(self.action.place, f"{self.action.endpoint}: {problem}")

    def _must_know(self, schema: Schema) -> list[str]:
        """The sorted names of an object's properties; each required one has to be among them."""
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            self._must(name in properties, f"required field {name} is no property")
        return sorted(properties)


def annotation(schema: Schema) -> str:
    """The Python type of a field's value after its check."""
    if alternatives := _alternatives(schema):
        return " | ".join(dict.fromkeys(annotation(one) for one in alternatives))
    kinds = _types(schema)
    if len(kinds) > 1:
        return " | ".join(dict.fromkeys(annotation({**schema, "type": kind}) for kind in kinds))
    kind = kinds[0] if kinds else ("str" if "enum" in schema else "")
    if kind == "array":
        return f"list[{annotation(schema.get('items') or {})}]"
    if kind == "object":
        return "dict[str, Any]"
    return SCALARS.get(kind, "Any")


def _alternatives(schema: Schema) -> list[Schema]:
    """The schemas of which a value has to fit one."""
    found: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
    return found


def _types(schema: Schema) -> list[str]:
    """The types a value may have besides null."""
    kind = schema.get("type", [])
    return [k for k in ([kind] if isinstance(kind, str) else kind) if k != "null"]


def _type(schema: Schema) -> str:
    kinds = _types(schema)
    return kinds[0] if len(kinds) == 1 else ""


def _nullable(schema: Schema) -> bool:
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def _bare(schema: Any) -> Any:
    """A schema without its descriptions: two objects of the same fields share a function."""
    if isinstance(schema, dict):
        return {k: _bare(v) for k, v in schema.items() if k != "description" or not isinstance(v, str)}
    return [_bare(v) for v in schema] if isinstance(schema, list) else schema


def _attributes(wires: list[str]) -> dict[str, str]:
    """Wire name → attribute; of two that fall together the later gets another underscore."""
    names: dict[str, str] = {}
    for wire in wires:
        name = attribute(wire)
        while name in names.values() or name in ("parse",):
            name += "_"
        names[wire] = name
    return names


def _constant(expression: str, taken: set[str]) -> str:
    words = "".join(c if c.isalnum() else " " for c in expression).upper().split()
    name = "_" + "_".join(words)
    name = name if len(name) <= 40 else "_" + "_".join(words[:3])
    base, count = name, 1
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name


def _always_broken(start: str, parts: list[str], end: str, indent: int = 8) -> list[str]:
    pad = " " * indent
    return [f"{pad}{start}", *(f"{pad}    {part}," for part in parts), f"{pad}{end}"]


def _spaced(statements: list[str]) -> str:
    """Module-level statements with the blank lines that the formatter puts between them."""
    text, before = "", "import"
    for statement in statements:
        kind = "constant" if statement[0] == "_" else "block"
        text += "" if kind == before == "constant" else "\n" if before == "import" and kind == "constant" else "\n\n"
        text += statement + "\n"
        before = kind
    return text


def _import_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as the import sorter has it."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
