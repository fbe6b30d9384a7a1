"""Scroll ids. Three kinds (spec 4 §4.5.4, §4.8.4, §4.10): signed positions that hold all they need; positions of older actions and states
of images and plots, which lie in the state store for an hour.
"""

from __future__ import annotations

import uuid
from typing import Any

import jwt
import orjson
from attrs import frozen

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.stores.events import Event, Key, Selection

END = "FFFF"
"""The id of a scroll that has been read to its end."""
_ALGORITHM = "HS256"
_POSITIONS = "events/scroll/"
_STATES = "events/state/"


# Signed positions


@frozen
class Position:
    """Where a reader stands. key: the last one that was read, None at the end; total: as it was counted in the first call."""

    key: Key | None
    total: int | None
    request: dict[str, Any]


def sign(call: Call, position: Position) -> str:
    """The scroll id of a position. QUIRK: spec 4 §4.5.4: the key is written as text and absent at the end."""
    claims: dict[str, Any] = {"action": call.endpoint, "request": position.request}
    if position.key is not None:
        claims["from_key_value"] = str(position.key)
    if position.total is not None:
        claims["total"] = position.total
    return jwt.encode(claims, _secret(call), _ALGORITHM)


def read(call: Call, text: str) -> Position:
    """Raises: InvalidScrollId, also for the id of another action."""
    try:
        claims = jwt.decode(text, _secret(call), [_ALGORITHM])
        if claims["action"] != call.endpoint:
            raise errors.InvalidScrollId()
        key = claims.get("from_key_value")
        return Position(None if key is None else _number(key), claims.get("total"), dict(claims["request"]))
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
        raise errors.InvalidScrollId() from error


def _number(text: str) -> Key:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _secret(call: Call) -> str:
    """NOTE: the prefix keeps a token from being read as a scroll id, and the other way round."""
    secret = call.settings.get("services.events.events_retrieval.scroll_id_key") or call.settings.get("secure.auth.token_secret") or ""
    return f"scroll ids: {secret}"


# Positions of older actions


@frozen
class Scrolled:
    """A page. scroll_id: None where there is none to go on with."""

    events: list[Event]
    total: int
    scroll_id: str | None


def scroll(
    call: Call, selection: Selection, *, by: str = "iter", descending: bool, size: int, scroll_id: str | None, keep: bool = True
) -> Scrolled:
    """The first page, or the next one of a scroll id. keep: whether to go on afterwards. Source: spec 4 §4.8.4.

    NOTE: a scroll shows what is there when it arrives, not what was there when it began, and is bound to the caller's company and to the
    tasks of the call.
    Raises: DataError for an id that is unknown, expired or of another task.
    """
    if scroll_id == END:
        return Scrolled([], 0, None)
    owner = [call.company, sorted(entity.id for entity in selection.entities)]
    if scroll_id:
        state = _load(call, _POSITIONS + scroll_id)
        if state is None or state["owner"] != owner:
            raise errors.DataError("no such scroll", id=scroll_id[:100])
        by, descending = state["by"], state["descending"]
        selection = Selection(selection.entities, tuple(state["types"]), state["metrics"], spots=selection.spots)
    else:
        metrics = {name: list(variants) for name, variants in selection.metrics.items()} if selection.metrics else None
        state = {
            "owner": owner,
            "by": by,
            "descending": descending,
            "types": list(selection.types),
            "metrics": metrics,
            "size": size,
            "after": None,
        }
        state["total"] = call.events.count(selection)
    ended = bool(scroll_id) and state["after"] is None
    page = [] if ended else _page(call, selection, state)
    if not keep:
        return Scrolled(page, state["total"], None)
    if not page:
        if scroll_id:
            call.state.delete(_POSITIONS + scroll_id)
        return Scrolled([], state["total"], END)
    scroll_id = scroll_id or uuid.uuid4().hex
    _store(call, _POSITIONS + scroll_id, state)
    return Scrolled(page, state["total"], scroll_id)


def _page(call: Call, selection: Selection, state: dict[str, Any]) -> list[Event]:
    page = call.events.page(selection, by=state["by"], descending=state["descending"], size=state["size"], after=state["after"])
    state["after"] = page.next
    return page.events


def forget(call: Call, scroll_id: str) -> None:
    """Drop a position; anything else is left alone. The scroll of another company is no scroll."""
    key = _POSITIONS + scroll_id
    state = _load(call, key)
    if state is not None and state["owner"][0] == call.company:
        call.state.delete(key)


# States of images and plots


def load_state(call: Call, kind: str, scroll_id: str | None) -> dict[str, Any] | None:
    """The state of that kind which the caller's company began, or None. kind: `images`, `plots`, `image sample`, `plot sample`."""
    state = _load(call, _STATES + scroll_id) if scroll_id else None
    if state is None or state["kind"] != kind or state["company"] != call.company:
        return None
    return state


def new_state(call: Call, kind: str, **values: Any) -> dict[str, Any]:
    return {"id": uuid.uuid4().hex, "kind": kind, "company": call.company, **values}


def store_state(call: Call, state: dict[str, Any]) -> None:
    _store(call, _STATES + state["id"], state)


def _load(call: Call, key: str) -> dict[str, Any] | None:
    text = call.state.get(key)
    return None if text is None else orjson.loads(text)


def _store(call: Call, key: str, state: dict[str, Any]) -> None:
    ttl_s = float(call.settings.get("services.events.events_retrieval.state_expiration_sec", 3600))
    call.state.set(key, orjson.dumps(state).decode(), ttl_s=ttl_s)
