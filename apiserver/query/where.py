"""A request body as one condition: the filters of an entity, text search, company and hidden rule, ANDed. Source: spec 2 §1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.calls.call import Call, Version
from apiserver.domain import keys, tags
from apiserver.generated import errors
from apiserver.query import conditions, fields, patterns, scope
from apiserver.query.entity import Entity, declares
from apiserver.stores.filters import EVERYTHING, All, Eq, Filter, Matches, Ne, NotIn, Text

Data = Mapping[str, Any]

MULTI = {"_any_": True, "_or_": True, "_all_": False, "_and_": False}
"""{key: whether the fields are ORed}"""


def rewritten(entity: Entity, data: Data, version: Version) -> dict[str, Any]:
    """The request with its paths (filters, projection, order) as they are stored, and old clients' tags split.

    Raises: ValidationError (400/12) for a path into user keys of the wrong length.
    """
    result = {stored_path(entity, key): value for key, value in data.items()}
    for name in ("projection", "only_fields", "order_by"):
        if isinstance(items := result.get(name), list):
            result[name] = [stored_path(entity, item) if isinstance(item, str) else item for item in items]
    return split_old_tags(entity, version, result)


def stored_path(entity: Entity, path: str) -> str:
    """One path of a request as it is stored; a leading `-` stays."""
    for old, new in entity.aliases:
        path = path.replace(old, new)
    sign, bare = ("-", path[1:]) if path.startswith("-") else ("", path)
    for prefix, (least, most) in entity.escaped.items():
        if bare.startswith(prefix):
            try:
                escaped = keys.escape_path(bare, least=least, most=most)
            except keys.EmptyKey as error:
                raise errors.ValidationError(str(error), path=path) from error
            if escaped is None:
                raise errors.ValidationError(entity.path_words, path=path)
            return sign + escaped
    return path


def split_old_tags(entity: Entity, version: Version, data: Data) -> dict[str, Any]:
    """The request with those of its tags that a client below 2.3 means as system tags moved there (spec 2 §3.5)."""
    result = dict(data)
    given = result.get("tags")
    if version >= tags.SYSTEM_TAGS_SINCE or not isinstance(given, list) or not given or result.get("system_tags"):
        return result
    texts = [tag for tag in given if isinstance(tag, str)]
    if len(texts) < len(given):
        return result
    result["tags"], result["system_tags"] = tags.split(entity.kind, texts)
    return result


def is_numeric(entity: Entity, data: Data, order_by: list[str]) -> bool:
    """Whether digits inside texts compare as numbers in this query (spec 2 §1.10)."""
    first = order_by[0].removeprefix("-") if order_by else ""
    return any(name.startswith(entity.numeric_prefixes) for name in (*data, first)) if entity.numeric_prefixes else False


def company(entity: Entity, company_id: str, *, allow_public: bool) -> Filter:
    """Which documents of an entity a company may read."""
    if not entity.scoped:
        return EVERYTHING
    return scope.visible(company_id, allow_public=allow_public and entity.public)


def hidden(call: Call, entity: Entity, data: Data) -> Filter:
    """What keeps hidden documents out, unless the request asks for them (spec 2 §1.8)."""
    if entity.hidden == "none" or data.get("search_hidden") or data.get("id"):
        return EVERYTHING
    if entity.hidden == "tag":
        return Ne("system_tags", tags.HIDDEN)
    if data.get("name"):
        return EVERYTHING
    return NotIn("system_tags", call.settings.get("services.queues.hidden_tags", ["k8s-glue"]))


def compile_where(entity: Entity, data: Data) -> Filter:
    """The filters of the request alone, without company and hidden rule. The request has been `rewritten`.

    Keys that are no filters of the entity are ignored, nulls too. Raises: 400/12, 14, 16, 21.
    """
    parts: list[Filter] = []
    filters = _structured(entity, data)
    for name, value in data.items():
        if value is None or name in MULTI:
            continue
        if declares(entity.patterns, name):
            if value != "":
                parts.append(Matches(name, patterns.checked(value, name)))
        elif declares(entity.lists, name):
            if name not in filters:
                _add(parts, conditions.flat(_usable(name), value))
        elif declares(entity.ranges, name):
            _add(parts, conditions.ranged(_usable(name), value, _kind(entity, name)))
        elif declares(entity.plain, name):
            parts.append(_equal(entity, _usable(name), value))
        elif declares(entity.datetimes, name):
            _add(parts, conditions.dated(name, value))
    for name, value in filters.items():
        _add(parts, conditions.structured(_usable(name), value))
    for name, any_of in MULTI.items():
        if name in data:
            _add(parts, _multi(entity, name, data[name], any_of=any_of))
    if text := data.get("search_text"):
        parts.append(_text(entity, text))
    return All(*parts)


def _add(parts: list[Filter], found: Filter | None) -> None:
    if found is not None:
        parts.append(found)


def _structured(entity: Entity, data: Data) -> dict[str, Any]:
    """The entries of `filters` that belong to list fields."""
    given = data.get("filters")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise errors.FieldsValueError("an object is expected", field="filters")
    return {name: value for name, value in given.items() if declares(entity.lists, name)}


def _usable(path: str) -> str:
    if "\0" in path or "" in path.split("."):
        raise errors.ValidationError("not a usable path", path=path.replace("\0", "\\0")[:200])
    return path


def _kind(entity: Entity, path: str) -> str:
    found = fields.find(entity.collection, path)
    return "any" if found is None or found.inside else found.field.kind


def _equal(entity: Entity, path: str, value: Any) -> Filter:
    if isinstance(value, dict):
        raise errors.ValidationError("a plain value is expected", field=path)
    if isinstance(value, int) and value.bit_length() > 63:
        return conditions.NEVER
    return Eq(path, bool(value) if _kind(entity, path) == "bool" else value)


def _text(entity: Entity, text: Any) -> Filter:
    if not isinstance(text, str):
        raise errors.ValidationError("a text is expected", field="search_text")
    if not entity.collection.text:
        raise errors.ValidationError(f"{entity.plural} cannot be searched by text", field="search_text")
    return Text(text)


def _multi(entity: Entity, name: str, value: Any, *, any_of: bool) -> Filter | None:
    """One pattern or one date for several fields (spec 2 §1.7). None: no condition."""
    wrong = errors.FieldsValueError("failed parsing query field", error=f"incorrect field format: field={name}")
    if not isinstance(value, dict) or any(key not in ("fields", "pattern", "datetime") for key in value):
        raise wrong
    paths, pattern, dates = value.get("fields"), value.get("pattern"), value.get("datetime")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths) or (pattern is None) == (dates is None):
        raise wrong
    if not paths:
        return None
    if dates is not None:
        known = [conditions.dated(path, dates) for path in paths if path in entity.datetimes]
        found = [part for part in known if part is not None]
        return conditions.joined(found, any_of=any_of) if found else None
    if not isinstance(pattern, str):
        raise wrong
    patterns.checked(pattern, name)
    raw = any("._" in path for path in paths)
    for path in paths:
        if not raw and not fields.exists(entity.collection, path):
            raise unresolved(path)
    return conditions.joined([Matches(_usable(path), pattern, ignore_case=True) for path in paths], any_of=any_of)


def unresolved(path: str) -> errors.InvalidFields:
    """The error for a path that the documents do not have."""
    return errors.InvalidFields(message="Lookup error", err=f'Cannot resolve field "{path[:200]}"')
