"""Which part of the rows an answer holds: pages, start and size, scrolling. Source: spec 2 §2.2, §2.3."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.generated import errors

SCROLL_KEY = "GetManyScrollState/"


@frozen
class Window:
    """skip, limit (None: no end); scroll_id: of the scroll that goes on with this part."""

    skip: int = 0
    limit: int | None = None
    scroll_id: str | None = None


def window(call: Call, data: Mapping[str, Any], *, scroll: bool = True) -> Window:
    """scroll: whether the endpoint knows scrolling at all. Raises: ValidationError (400/12), MissingRequiredFields (400/11)."""
    if scroll and "scroll_id" in data:
        return _scroll(call, data)
    if scroll and data.get("start") is not None:
        start = _integer("start", data["start"])
        if start < 0:
            raise errors.ValidationError("start must be >=0", field="start")
        return Window(start, _size(data))
    return _page(call, data)


def advance(call: Call, at: Window, count: int) -> None:
    """Remember that a scroll has shown so many more rows."""
    if at.scroll_id is not None:
        state = {"_id": at.scroll_id, "position": at.skip + count}
        ttl_s = call.settings.get("services._mongo.scroll_state_expiration_seconds", 600)
        call.state.set(SCROLL_KEY + at.scroll_id, json.dumps(state), ttl_s=ttl_s)


def _page(call: Call, data: Mapping[str, Any]) -> Window:
    most = int(call.settings.get("services._mongo.max_page_size", 500))
    page, size = data.get("page"), data.get("page_size")
    if "page_size" in data and size is None:
        if "page" in data and page is None:
            return Window()
        raise errors.MissingRequiredFields("page_size is required when page is requested", missing=("page_size",))
    number = 0 if page is None else _integer("page", page)
    limit = most if size is None else _integer("page_size", size)
    if number < 0:
        raise errors.ValidationError("page must be >=0", field="page")
    if limit < 1:
        raise errors.ValidationError("page_size must be >0", field="page_size")
    limit = min(limit, most)
    return Window(number * limit, limit)


def _scroll(call: Call, data: Mapping[str, Any]) -> Window:
    size = _size(data)
    scroll_id, position = data["scroll_id"], None
    if scroll_id:
        if not isinstance(scroll_id, str):
            raise errors.ValidationError("a text is expected", field="scroll_id")
        position = _position(call, scroll_id)
    if position is None:
        scroll_id, position = uuid.uuid4().hex, 0
    if data.get("refresh_scroll"):
        size, position = max(position, size), 0
    return Window(position, size, scroll_id)


def _position(call: Call, scroll_id: str) -> int | None:
    found = call.state.get(SCROLL_KEY + scroll_id)
    return None if found is None else int(json.loads(found)["position"])


def _size(data: Mapping[str, Any]) -> int:
    size = data.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size < 2**31:
        raise errors.ValidationError("Integer size parameter greater than 1 should be provided when working with scroll", field="size")
    return size


def _integer(field: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 2**31
    if isinstance(value, bool) or abs(number) >= 2**31:
        raise errors.ValidationError("an integer is expected", field=field)
    return number
