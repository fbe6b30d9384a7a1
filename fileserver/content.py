"""What a browser is told about a stored file: its type, how to show it, how long to keep it, which part of it this is."""

from __future__ import annotations

import mimetypes
import os
import zlib
from typing import BinaryIO
from urllib.parse import quote

from attrs import frozen

# NOTE: the library's own table only; the system's mime.types would make answers differ between machines.
_TYPES = mimetypes.MimeTypes()
for _ending, _type in {
    ".avif": "image/avif",
    ".ipynb": "application/json",
    ".jsonl": "application/x-ndjson",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".webp": "image/webp",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}.items():
    _TYPES.add_type(_type, _ending)

_SHOWN = ("image/", "audio/", "video/", "text/plain", "text/csv", "text/markdown", "application/json")
_ACTIVE = ("image/svg+xml",)
OCTETS = "application/octet-stream"


def content_type(name: str) -> str:
    """By the ending. Anything compressed stays plain octets, so that clients store it as it is (spec 6 §1.4)."""
    kind, encoding = _TYPES.guess_type(name, strict=False)
    if encoding or not kind:
        return OCTETS
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def disposition(name: str, *, download: bool) -> str:
    """Content-Disposition. What could run in a browser (HTML, SVG, scripts) is never `inline`: anybody may have uploaded it."""
    kind = content_type(name)
    shown = kind.startswith(_SHOWN) and not kind.startswith(_ACTIVE)
    plain = name.encode("ascii", "ignore").decode().translate({ord(c): None for c in '"\\\r\n'})
    value = f'{"inline" if shown and not download else "attachment"}; filename="{plain}"'
    if plain != name:
        value += f"; filename*=UTF-8''{quote(name, safe='')}"
    return value


def etag(name: str, stat: os.stat_result) -> str:
    """Opaque; differs when the file was replaced. Without the quotes."""
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{zlib.adler32(name.encode()):x}"


@frozen
class Span:
    """Bytes `start`..`end` (both included) of a file of `size` bytes."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1


class Unsatisfiable(Exception):
    """The range lies behind the end."""


def span(wanted: tuple[int, int] | None, size: int) -> Span | None:
    """The part to send, or None for the whole file. wanted: (first, last) with -1 as last for "to the end", or (-n, -1) for the
    last n bytes. Raises: Unsatisfiable."""
    if wanted is None:
        return None
    start, end = wanted
    if start < 0:
        start, end = max(0, size + start), size - 1
    elif end < 0 or end >= size:
        end = size - 1
    if start >= size or start > end:
        raise Unsatisfiable
    return Span(start, end, size)


class Part:
    """A file cut to its first `length` bytes from where it stands; what a range answer streams."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = self._stream.read(self._left if size is None or size < 0 else min(size, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._stream.close()
