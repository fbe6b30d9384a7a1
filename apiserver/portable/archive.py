"""The file of a backup: frames, each with its checksum. Its form is docs/backup.md's, and every zstd tool can read it.

A frame is a head and data. The head is a skippable frame of zstd (which tools leave out) that holds 16 bytes of BLAKE2b of a JSON text, and
the text; the data are an ordinary zstd frame. Frames are numbered; the last one says that it is the last, and how many there are.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import zstandard
from attrs import define, field, frozen

from apiserver.stores.errors import StoreError

FORMAT, VERSION = "trackyard-backup", 1
_SKIPPABLE = 0x184D2A5E
_LEVEL = 3
_LARGEST_HEAD = 64 * 1024 * 1024
_LARGEST_FRAME = 2**31
"""Bytes; whatever says that it is larger was not written by us."""

Head = dict[str, Any]


class Damaged(StoreError):
    """The file is no backup, is cut off or is not what was written; the text says where."""


@frozen
class Frame:
    """at: the byte of the file where it begins."""

    at: int
    head: Head
    data: bytes


@define
class ArchiveWriter:
    """Writes `<file>.part`, which becomes the file when all of it is on the disk."""

    file: Path
    _out: IO[bytes] | None = None
    _number: int = 0
    _compressor: zstandard.ZstdCompressor = field(factory=lambda: zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True))

    def __enter__(self) -> ArchiveWriter:
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._out = os.fdopen(descriptor, "wb")
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        assert self._out is not None
        if kind is None:
            self._out.flush()
            os.fsync(self._out.fileno())
        self._out.close()
        if kind is None:
            self._part.replace(self.file)
        else:
            self._part.unlink(missing_ok=True)

    @property
    def _part(self) -> Path:
        return self.file.with_name(self.file.name + ".part")

    def add(self, head: Head, data: bytes) -> None:
        assert self._out is not None
        packed = self._compressor.compress(data)
        mark = hashlib.blake2b(packed, digest_size=16).hexdigest()
        text = json.dumps({"frame": self._number, **head, "bytes": len(packed), "size": len(data), "blake2b": mark}).encode()
        whole = hashlib.blake2b(text, digest_size=16).digest() + text
        self._out.write(struct.pack("<II", _SKIPPABLE, len(whole)) + whole + packed)
        self._number += 1

    def end(self, about: Head) -> None:
        self.add({"store": "end", "frames": self._number + 1}, json.dumps(about).encode() + b"\n")


def frames(file: Path) -> Iterator[Frame]:
    """All frames, in order, each checked. Raises: Damaged; OSError."""
    unpacker = zstandard.ZstdDecompressor()
    with file.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        number = at = 0
        while True:
            head = _head(file, source, at, size, number)
            packed = source.read(head["bytes"])
            if len(packed) < head["bytes"]:
                raise Damaged(f"{file} is cut off: it ends at byte {size}, in frame {number} ({_what(head)}), which begins at byte {at}")
            if hashlib.blake2b(packed, digest_size=16).hexdigest() != head["blake2b"]:
                raise Damaged(f"{file} is damaged in frame {number} ({_what(head)}), bytes {at} to {source.tell()}")
            try:
                data = unpacker.decompress(packed, max_output_size=head["size"])
            except zstandard.ZstdError as error:
                raise Damaged(f"{file} is damaged in frame {number} ({_what(head)}), bytes {at} to {source.tell()}: {error}") from error
            yield Frame(at, head, data)
            at, number = source.tell(), number + 1
            if head["store"] == "end":
                if head["frames"] != number:
                    raise Damaged(f"{file} has {number} frames, and {head['frames']} were written")
                if at != size:
                    raise Damaged(f"{file} goes on behind its end, at byte {at}")
                return


def _head(file: Path, source: IO[bytes], at: int, size: int, number: int) -> Head:
    start = source.read(8)
    if number == 0 and (len(start) < 8 or struct.unpack("<I", start[:4])[0] != _SKIPPABLE):
        raise Damaged(f"{file} is no backup of Trackyard")
    if len(start) < 8:
        raise Damaged(f"{file} is cut off: it ends at byte {size}, before frame {number}, and has no last frame")
    magic, length = struct.unpack("<II", start)
    if magic != _SKIPPABLE or not 16 < length <= _LARGEST_HEAD:
        raise Damaged(f"{file} is damaged at byte {at}, where frame {number} should begin")
    whole = source.read(length)
    if len(whole) < length:
        raise Damaged(f"{file} is cut off: it ends at byte {size}, in the head of frame {number}, which begins at byte {at}")
    if hashlib.blake2b(whole[16:], digest_size=16).digest() != whole[:16]:
        raise Damaged(f"{file} is damaged in the head of frame {number}, bytes {at} to {source.tell()}")
    head: Head = json.loads(whole[16:])
    if number == 0 and (head.get("format"), head.get("version")) != (FORMAT, VERSION):
        raise Damaged(f"{file} is of the format {head.get('format')} {head.get('version')}; this release reads {FORMAT} {VERSION}")
    if head["frame"] != number:
        raise Damaged(f"{file} has frame {head['frame']} at byte {at}, where frame {number} should be")
    if head["size"] > _LARGEST_FRAME or head["bytes"] > _LARGEST_FRAME:
        raise Damaged(f"{file}: frame {number} at byte {at} is too large")
    return head


def _what(head: Head) -> str:
    return "/".join(str(head[name]) for name in ("store", "name", "company") if head.get(name))
