"""What the update and edit actions of all entities share: tags of old and new clients, and what is echoed as written.

Source: spec 2 §3.5; the fields that may be written are each service's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apiserver.calls.call import Version
from apiserver.domain import tags
from apiserver.generated import errors
from apiserver.query.entity import Entity
from apiserver.query.where import split_old_tags

__all__ = ["check_tags", "echoed", "picked", "split_old_tags", "stored_tags"]


def check_tags(*lists: Iterable[Any] | None) -> None:
    """Refuse tags that look like operators of filters. Raises: FieldsValueError (400/16)."""
    if wrong := tags.reserved(*lists):
        raise errors.FieldsValueError("unsupported tag prefix", values=tuple(wrong))


def stored_tags(value: Any, field: str) -> list[str] | None:
    """Tags as they are stored: sorted, duplicates kept. None stays. Raises: ValidationError (400/12)."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise errors.ValidationError("a list of texts is expected", field=field)
    return sorted(value)


def picked(entity: Entity, data: Mapping[str, Any], allowed: Iterable[str], version: Version) -> dict[str, Any]:
    """Of a request, the fields that may be written, nulls included; tags split for old clients, checked and sorted.

    Raises: ValidationError (400/12), FieldsValueError (400/16). QUIRK: spec 2 §8.2: reserved prefixes are looked for only when
    `tags` is given.
    """
    names = set(allowed)
    fields = {name: value for name, value in split_old_tags(entity, version, data).items() if name in names}
    for name in ("tags", "system_tags"):
        if name in fields:
            fields[name] = stored_tags(fields[name], name)
    if fields.get("tags"):
        check_tags(fields["tags"], fields.get("system_tags"))
    return fields


def echoed(fields: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """The `fields` of an update's answer; below 2.3 `tags` is the union with the system tags again."""
    result = dict(fields)
    if version < tags.SYSTEM_TAGS_SINCE and result.get("tags") is not None and result.get("system_tags") is not None:
        result["tags"] = tags.union(result["tags"], result["system_tags"])
    return result
