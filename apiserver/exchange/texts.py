"""The text of an archive's members: lists with one element a line, documents in MongoDB's extended JSON. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apiserver.stores.documents import Document

METADATA = "metadata.json"
USERS = "users.json"
PROJECT_MEMBER = "database.model.project.Project.json"
MODEL_MEMBER = "database.model.model.Model.json"
TASK_MEMBER = "database.model.task.task.Task.json"
_EVENTS_MEMBER = re.compile(r"database\.model\.task\.task\.Task_([^/\\]+)_events\.json")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')


class BadText(ValueError):
    """A line that is no element of such a list; the text says why."""


def events_member(task: str) -> str:
    """The member that holds the events of a task."""
    return f"database.model.task.task.Task_{task}_events.json"


def events_of(member: str) -> str | None:
    """The task whose events a member holds; None for another member."""
    found = _EVENTS_MEMBER.fullmatch(member)
    return found[1] if found else None


def lines(elements: Iterable[str]) -> Iterator[bytes]:
    """A list as its lines."""
    yield b"[\n"
    before: str | None = None
    for element in elements:
        if before is not None:
            yield before.encode() + b",\n"
        before = element
    if before is not None:
        yield before.encode() + b"\n"
    yield b"]\n"


def element(line: bytes) -> str | None:
    """The element on a line; None for a line that holds none. Raises: BadText."""
    try:
        text = line.decode().strip()
    except UnicodeDecodeError as error:
        raise BadText(f"no UTF-8 text: {error}") from error
    if text.startswith("["):
        text = text[1:].strip()
    while text and (text[-1] in ",]") and not _is_whole(text):
        text = text[:-1].rstrip()
    return text or None


def _is_whole(text: str) -> bool:
    return text.startswith("{") and text.endswith("}")


def parsed(text: str) -> dict[str, Any]:
    """An element as it stands. Raises: BadText."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadText(f"no JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadText("no JSON object")
    return found


def document(text: str) -> Document:
    """A document. Raises: BadText."""
    found: Document = _plain(parsed(text))
    key = found.pop("_id", None)
    if not isinstance(key, str) or not key:
        raise BadText("a document without an _id that is a text")
    return {"id": key, **found}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name == "$date":
            return _date(inner)
        if name in ("$numberLong", "$numberInt"):
            return _number(int, inner)
        if name in ("$numberDouble",):
            return _number(float, inner)
        if name == "$oid":
            return str(inner)
    return {name: _plain(one) for name, one in value.items()}


def _number(kind: Any, value: Any) -> Any:
    try:
        return kind(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadText(f"no number: {value!r}"[:100]) from error


def _date(value: Any) -> datetime:
    try:
        if isinstance(value, dict):
            value = int(value["$numberLong"])
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        return _EPOCH + timedelta(milliseconds=int(value))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadText(f"no date: {value!r}"[:100]) from error


def written(found: Mapping[str, Any]) -> str:
    """A document as one line."""
    stored = {"_id": found["id"], **{name: value for name, value in found.items() if name != "id"}}
    return json.dumps(stored, default=extended, ensure_ascii=False)


def extended(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$date": (value - _EPOCH) // timedelta(milliseconds=1)}
    raise TypeError(f"{type(value).__name__} cannot be exported")


def renamed(text: str, ids: Mapping[str, str]) -> str:
    """The text with other ids, where they are whole quoted texts; inside of URLs they stay (spec 6 §9.3)."""
    return _QUOTED.sub(lambda found: f'"{ids.get(found[1], found[1])}"', text) if ids else text
