"""What is derived from a plot when it is reported. Pure. Source: spec 4 §4.2.5."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

_SOURCE = re.compile(r"""["']source["']:\s?["']([a-z][a-z0-9+.-]*://.*?)["']""", re.IGNORECASE)


class NotText(ValueError):
    """plot_str is something else than a text."""


def complete(event: dict[str, Any], *, validate: bool) -> None:
    """Add plot_len, source_urls and, when plots are validated, valid_plot. Raises: NotText."""
    text = event.get("plot_str")
    skip = bool(event.pop("skip_validation", False)) if validate else False
    if not text:
        event["plot_len"] = 0
        if validate:
            event["valid_plot"] = False
        return
    if not isinstance(text, str):
        raise NotText
    event["plot_len"] = len(text)
    if validate and not skip:
        event["valid_plot"] = is_json(text)
    if urls := source_urls(text):
        event["source_urls"] = urls


def source_urls(text: str) -> list[str]:
    """The different urls that the plot's images come from, in order."""
    # PERF: most plots name no source, and a search of a text is ten times faster than the pattern.
    if "source" not in text and "source" not in text.lower():
        return []
    return list(dict.fromkeys(_SOURCE.findall(text)))


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def packed(event: dict[str, Any], threshold: int) -> dict[str, Any]:
    """The event as it comes back from where plots are not unpacked (spec 4 §4.8.3): a long plot_str as compressed plot_data."""
    text = event.get("plot_str")
    if not threshold or not isinstance(text, str) or len(text) < threshold:
        return event
    found = {name: value for name, value in event.items() if name != "plot_str"}
    found["plot_data"] = base64.encodebytes(zlib.compress(text.encode(), 1)).decode("ascii")
    return found
