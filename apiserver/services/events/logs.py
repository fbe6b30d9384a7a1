"""Console lines, and events of any type in pages. Source: spec 4 §4.8."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from apiserver.calls.call import Call, RawAnswer
from apiserver.domain import plots
from apiserver.generated import errors
from apiserver.generated.events import (
    ClearScrollRequest,
    DownloadTaskLogRequest,
    GetTaskEventsRequest,
    GetTaskLogRequest,
    GetTaskLogV1_7Request,
    GetTaskLogV2_9Request,
)
from apiserver.services.events import access, scrolls
from apiserver.services.events.names import types_of
from apiserver.services.events.scalars import last_key
from apiserver.stores.events import LOG, Entity, Event, EventStore, Selection

_MOST_PAGE = 10_000
_MOST_TOTAL = 10_000
_DOWNLOAD_PAGE = 1000
_PLACEHOLDERS = frozenset({"asctime", "timestamp", "level", "worker", "msg"})
_DEFAULT_FORMAT = "{asctime} {worker} {level} {msg}"


# Pages of the log


def get_task_log_v2_9(call: Call, request: GetTaskLogV2_9Request) -> dict[str, Any]:
    """The lines before or after a time. A page holds all lines of its last time, so clients go on from that time without losing any."""
    _check_size(call, request.batch_size, least=0, most=_MOST_PAGE)
    entity = access.entity(call, request.task)
    selection = Selection((entity,), (LOG,), access.metric_filter(request.metrics))
    earlier = request.navigate_earlier
    events = call.events.whole_page(
        selection, by="timestamp", descending=earlier, size=request.batch_size, after=request.from_timestamp or None
    )
    if request.order and (request.order == "desc") != earlier:
        events.reverse()
    return {"events": events, "returned": len(events), "total": min(call.events.count(selection), _MOST_TOTAL)}


def get_task_log_v1_7(call: Call, request: GetTaskLogV1_7Request) -> dict[str, Any]:
    """Scroll from either end. QUIRK: spec 4 §4.8.2: the default reads from the head and turns each page round."""
    from_head = (call.data.get("from") or "head") == "head"
    answer = _scrolled_log(call, request, descending=not from_head)
    if (request.order == "desc") == from_head:
        answer["events"].reverse()
    return answer


def get_task_log(call: Call, request: GetTaskLogRequest) -> dict[str, Any]:
    """Scroll in the order that is asked for."""
    return _scrolled_log(call, request, descending=request.order == "desc")


def _scrolled_log(call: Call, request: GetTaskLogRequest | GetTaskLogV1_7Request, *, descending: bool) -> dict[str, Any]:
    _check_size(call, request.batch_size, least=1, most=None)
    entity = access.entity(call, request.task)
    page = scrolls.scroll(
        call,
        Selection((entity,), (LOG,)),
        by="timestamp",
        descending=descending,
        size=min(request.batch_size, _MOST_PAGE),
        scroll_id=request.scroll_id,
    )
    # QUIRK: spec 4 §4.8.4: here the end stays the end; elsewhere its id becomes null.
    return {"events": page.events, "returned": len(page.events), "total": page.total, "scroll_id": page.scroll_id or scrolls.END}


def _check_size(call: Call, size: int, *, least: int, most: int | None) -> None:
    """Raises: ValidationError, where the reference's search fails (500/100)."""
    if size < least or (most is not None and size > most) or call.data.get("batch_size", 0) is None:
        raise errors.ValidationError(f"batch_size must be at least {least}" + (f" and at most {most}" if most else ""))


# Pages of any events


def get_task_events(call: Call, request: GetTaskEventsRequest) -> dict[str, Any]:
    """Page through the events of a task by iteration; those without one come last. Each page holds whole iterations."""
    _check_size(call, request.batch_size, least=0, most=_MOST_PAGE)
    position = scrolls.read(call, request.scroll_id) if request.scroll_id else None
    asked = position.request if position else _asked(request)
    entity = access.entity(call, request.task, models=request.model_events)
    if position is not None and position.key is None:
        return {"events": [], "returned": 0, "total": position.total, "scroll_id": request.scroll_id}
    selection = Selection((entity,), tuple(asked["types"]), asked["metrics"])
    total = position.total if position else (call.events.count(selection) if request.count_total else None)
    events = call.events.whole_page(
        selection, descending=asked["descending"], size=request.batch_size, after=position.key if position else None
    )
    scroll_id = scrolls.sign(call, scrolls.Position(last_key(events, "iter"), total, asked))
    threshold = int(call.settings.get("services.events.plot_compression_threshold", 100_000))
    # QUIRK: spec 4 §4.2.5: this action alone gives long plots as they would be stored.
    shown = [plots.packed(event, threshold) for event in events]
    return {"events": shown, "returned": len(shown), "total": total, "scroll_id": scroll_id}


def _asked(request: GetTaskEventsRequest) -> dict[str, Any]:
    metrics = access.metric_filter(request.metrics)
    return {
        "types": list(types_of(request.event_type)),
        "metrics": {name: list(variants) for name, variants in metrics.items()} if metrics else None,
        "descending": request.order == "desc",
    }


def clear_scroll(call: Call, request: ClearScrollRequest) -> dict[str, Any]:
    """Forget a position of an older action; every other id is fine and nothing happens."""
    if request.scroll_id:
        scrolls.forget(call, request.scroll_id)
    return {}


# The whole log as a file


def download_task_log(call: Call, request: DownloadTaskLogRequest) -> RawAnswer:
    """All lines, oldest first, as JSON or in a format of the caller."""
    entity = access.entity(call, request.task)
    line = _json_line if str(call.data.get("line_type") or "json").lower() == "json" else _text_line(call.data.get("line_format"))
    # NOTE: the first page is read here, so that a store that fails makes an error and no broken file.
    pages = _pages(call.events, entity)
    first = next(pages, [])
    body = (b"".join(line(event) for event in page) for page in _chained(first, pages))
    return RawAnswer(body, "text/plain; charset=utf-8", f"task_{request.task}.log")


def _pages(events: EventStore, entity: Entity) -> Iterator[list[Event]]:
    after: list[Any] | None = None
    while True:
        page = events.page(Selection((entity,), (LOG,)), by="timestamp", size=_DOWNLOAD_PAGE, after=after)
        yield page.events
        if page.next is None:
            return
        after = page.next


def _chained(first: list[Event], others: Iterator[list[Event]]) -> Iterator[list[Event]]:
    yield first
    yield from others


def _json_line(event: Event) -> bytes:
    shown = {name: value for name, value in event.items() if name not in ("type", "task", "timestamp")}
    shown["asctime"] = event.get("timestamp")
    return orjson.dumps(shown) + b"\n"


def _text_line(line_format: Any) -> Callable[[Event], bytes]:
    """Raises: MissingRequiredFields, FieldsValueError."""
    pattern = _DEFAULT_FORMAT if line_format is None else line_format
    if pattern == "":
        raise errors.MissingRequiredFields("line_format")
    if not isinstance(pattern, str):
        raise errors.FieldsValueError("invalid line format", error="no text")
    _check_format(pattern)
    pattern = pattern.rstrip("\n") + "\n"

    def line(event: Event) -> bytes:
        # NOTE: the format has no conversions that could fail; what a line lacks is an empty text.
        values = {name: "" if (value := event.get(name)) is None else value for name in _PLACEHOLDERS}
        values["asctime"] = values["timestamp"]
        return pattern.format(**values).encode()

    return line


def _check_format(pattern: str) -> None:
    """Only plain names of known fields: a format or attribute could read more than a line, or fail on the next one."""
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in string.Formatter().parse(pattern) if name is not None]
        pattern.format(**dict.fromkeys((name for name, _, _ in fields), ""))
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise errors.FieldsValueError("invalid line format", error=str(error)) from error
    if any(not name or name.isdigit() or "." in name or "[" in name or spec for name, spec, _ in fields):
        raise errors.FieldsValueError("invalid line format", error="plain names of fields are expected")
    if unknown := sorted({name for name, _, _ in fields} - _PLACEHOLDERS):
        raise errors.FieldsValueError("undefined placeholders in line format", placeholders=tuple(unknown))
