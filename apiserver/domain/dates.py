"""Dates that clients write into filters: ISO 8601 above all, and the commonest other spellings. Source: spec 2 §1.6."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FORMATS = (
    "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d", "%Y-%m", "%Y", "%m/%d/%Y", "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y %H:%M", "%d %b %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S", "%a %b %d %H:%M:%S %Y", "%Y%m%d%H%M%S",
)  # fmt: skip
_FRACTION = re.compile(r"(:\d\d\.\d{6})\d+")
_ZONE_NAME = re.compile(r"\s*(?:Z|UTC|GMT)$", re.IGNORECASE)
MOST = 64
"""Characters; no date is longer."""


def parse(text: str) -> datetime | None:
    """The instant, aware UTC, cut to the millisecond; without an offset the text is taken as UTC. None: not a date."""
    words = text.strip()
    if not words or len(words) > MOST:
        return None
    found = _parse(_ZONE_NAME.sub("+00:00", words) if _ZONE_NAME.search(words) else words)
    if found is None:
        return None
    try:
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def _parse(words: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_FRACTION.sub(r"\1", words))
    except ValueError:
        pass
    zoned = words.endswith("+00:00")
    bare = words[:-6].rstrip() if zoned else words
    for spelling in _FORMATS:
        try:
            return datetime.strptime(bare, spelling).replace(tzinfo=UTC)  # an offset other than UTC is not known in these
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(words)
    except (ValueError, TypeError, IndexError):
        return None
