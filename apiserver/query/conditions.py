"""Values of a request as conditions: lists with operators, structured filters, ranges and dates. Source: spec 2 §1.3-1.6."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import define, field

from apiserver.domain import dates
from apiserver.generated import errors
from apiserver.stores.filters import All, AnyOf, ContainsAll, Eq, Filter, In, Not, NotIn, Range, Size

OPERATOR = "__$"
_ALL = frozenset({"__$all", "__$and"})
_ANY = frozenset({"__$any", "__$or"})
_NOT = "__$not"
_NOP = "__$nop"
EXCLUDE = "-"

NEVER = AnyOf()
_OPERATORS = (">=", "<=", ">", "<")
_BOUNDS = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}


def empty(path: str) -> Filter:
    """The path is missing, null or an empty list."""
    return AnyOf(Eq(path, None), Size(path, 0))


def joined(parts: Sequence[Filter], *, any_of: bool) -> Filter:
    """One condition of several; a single one stays itself."""
    if len(parts) == 1:
        return parts[0]
    return AnyOf(*parts) if any_of else All(*parts)


@define
class _Reader:
    """State of reading a flat list from left to right (spec 2 §1.3)."""

    name: str
    any_of: list[str] = field(factory=list)
    all_of: list[str] = field(factory=list)
    none_of: list[str] = field(factory=list)
    null: bool = False
    _all_context: bool = False
    _join_any: bool | None = None
    _prefix_excludes: bool = True
    _negated: bool = False

    def read(self, item: Any) -> None:
        if item is None:
            self._settle()
            self.null, self._negated = True, False
        elif not isinstance(item, str):
            raise errors.FieldsValueError("invalid value type, string expected", field=self.name, value=item)
        elif item.startswith(OPERATOR):
            self._operator(item)
        else:
            self._value(item)

    def _operator(self, item: str) -> None:
        if self._negated:
            raise errors.FieldsValueError("Value is expected after", field=self.name, operator=_NOT)
        if item == _NOT:
            self._negated = True
        elif item == _NOP:
            self._all_context, self._prefix_excludes = False, True
            self._settle()
        elif item in _ALL or item in _ANY:
            self._all_context, self._prefix_excludes = item in _ALL, False
            if self._join_any is None:
                self._join_any = item in _ANY
        else:
            raise errors.FieldsValueError("Unsupported operator", field=self.name, operator=item)

    def _value(self, item: str) -> None:
        self._settle()
        if self._negated:
            self._negated = False
            self.none_of.append(item)
        elif self._prefix_excludes and item.startswith(EXCLUDE):
            if item == EXCLUDE:
                raise errors.FieldsValueError("Missing value after the exclude prefix -", field=self.name)
            self.none_of.append(item[len(EXCLUDE) :])
        else:
            (self.all_of if self._all_context else self.any_of).append(item)

    def _settle(self) -> None:
        if self._join_any is None:
            self._join_any = False

    def condition(self, path: str) -> Filter | None:
        if self._negated:
            raise errors.FieldsValueError("Value is expected after", field=self.name, operator=_NOT)
        parts: list[Filter] = []
        if self.any_of:
            parts.append(In(path, _unique(self.any_of)))
        if self.all_of:
            parts.append(ContainsAll(path, _unique(self.all_of)))
        if self.none_of:
            parts.append(NotIn(path, _unique(self.none_of)))
        found = joined(parts, any_of=bool(self._join_any)) if parts else None
        if not self.null:
            return found
        return empty(path) if found is None else AnyOf(found, empty(path))


def _unique(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(items))


def flat(path: str, value: Any) -> Filter | None:
    """A text, or a list of texts, nulls and operators. None: no condition. Raises: FieldsValueError (400/16)."""
    if value is None:
        return None
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise errors.FieldsValueError("invalid value type, list of strings expected", field=path, value=str(value)[:100])
    reader = _Reader(path)
    for item in items:
        reader.read(item)
    return reader.condition(path)


def structured(path: str, value: Any) -> Filter | None:
    """An entry of `filters`. None: no condition. Raises: ValidationError (400/12)."""
    if not isinstance(value, dict):
        raise errors.ValidationError("an object is expected", field=path, value=str(value)[:100])
    if unknown := [key for key in value if key not in ("any", "all", "op")]:
        raise errors.ValidationError(f"unknown key {unknown[0][:100]}", field=path, value="filters")
    op = value.get("op") or "and"
    if op not in ("and", "or"):
        raise errors.ValidationError("op is `and` or `or`", field=path, value=str(op)[:100])
    parts: list[Filter] = []
    any_include, any_exclude = _sides(path, value.get("any"))
    all_include, all_exclude = _sides(path, value.get("all"))
    if found := [*_with_null(path, any_include, In), *_without_null(path, any_exclude, lambda p, v: Not(ContainsAll(p, v)))]:
        parts.append(joined(found, any_of=True))
    if found := [*_with_null(path, all_include, ContainsAll), *_without_null(path, all_exclude, NotIn)]:
        parts.append(joined(found, any_of=False))
    return joined(parts, any_of=op == "or") if parts else None


def _sides(path: str, part: Any) -> tuple[list[str | None], list[str | None]]:
    if part is None:
        return [], []
    if not isinstance(part, dict) or any(key not in ("include", "exclude") for key in part):
        raise errors.ValidationError("an object of `include` and `exclude` is expected", field=path, value=str(part)[:100])
    sides = []
    for name in ("include", "exclude"):
        items = part.get(name)
        if items is None:
            items = []
        if not isinstance(items, list) or not all(item is None or isinstance(item, str) for item in items):
            raise errors.ValidationError("a list of texts is expected", field=path, value=str(items)[:100])
        sides.append(list(dict.fromkeys(items)))
    return sides[0], sides[1]


def _with_null(path: str, items: list[str | None], make: Any) -> list[Filter]:
    values = [item for item in items if item is not None]
    found: list[Filter] = [make(path, values)] if values else []
    return [*found, Size(path, 0)] if None in items else found


def _without_null(path: str, items: list[str | None], make: Any) -> list[Filter]:
    values = [item for item in items if item is not None]
    found: list[Filter] = [make(path, values)] if values else []
    return [*found, Not(Size(path, 0))] if None in items else found


def ranged(path: str, value: Any, kind: str) -> Filter | None:
    """[min, max], both included; null is an open end. kind: of the declared field. Raises: ValidationError (400/12)."""
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise errors.ValidationError(f"Min and max values should be specified for range field {path}")
    if value[0] is None and value[1] is None:
        raise errors.ValidationError(f"At least one of min or max values should be provided for field {path}")
    low, high = (_bound(path, item, kind) for item in value)
    if NEVER in (low, high):
        return NEVER
    if low is None:
        return AnyOf(Range(path, lte=high), Eq(path, None))
    return Range(path, gte=low, lte=high)


def _bound(path: str, value: Any, kind: str) -> Any:
    """The value as the field compares it; NEVER if nothing can equal it."""
    if value is None:
        return None
    if isinstance(value, dict | list):
        raise errors.ValidationError(f"Min and max values should be specified for range field {path}")
    if kind == "date":
        found = dates.parse(value) if isinstance(value, str) else None
        return NEVER if found is None else found
    if isinstance(value, str) and (kind in ("int", "float") or path.startswith("last_metrics.")):
        return _number(value, lenient=path.startswith("last_metrics."))
    if isinstance(value, int) and value.bit_length() > 63:
        return float("inf") if value > 0 else float("-inf")
    return NEVER if isinstance(value, float) and math.isnan(value) else value


def _number(text: str, *, lenient: bool) -> Any:
    try:
        found = float(text)
    except ValueError:
        return text if lenient else NEVER
    return NEVER if math.isnan(found) else found


def dated(path: str, value: Any) -> Filter | None:
    """A text, or a list of texts, of the form `<operator><date>`. None: no condition.

    Raises: FieldsValueError (400/16) for what is no text.
    """
    if value is None:
        return None
    items = value if isinstance(value, list | tuple) else [value]
    if len(items) == 2 and all(item is None or (isinstance(item, str) and not item.startswith(_OPERATORS)) for item in items):
        return ranged(path, items, "date")
    bounds: dict[str, datetime] = {}
    for item in items:
        if not isinstance(item, str):
            raise errors.FieldsValueError("failed parsing query field", field=path, value=str(item)[:100])
        operator = next((op for op in _OPERATORS if item.startswith(op)), "")
        # QUIRK: spec 2 §1.6: what is no date is left out, so `>garbage` filters nothing.
        if (when := dates.parse(item[len(operator) :])) is not None:
            bounds[operator] = when
    parts: list[Filter] = [Eq(path, when) for op, when in bounds.items() if not op]
    if compared := {_BOUNDS[op]: when for op, when in bounds.items() if op}:
        parts.append(Range(path, **compared))
    return joined(parts, any_of=False) if parts else None
