"""The built web app: which files there are, in which encodings. `webapp/build.py` makes the folder; nothing here knows what is in it."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path

from attrs import frozen

FOLDER = Path(__file__).parent / "_web"
INDEX = "index.html"
MISSING = "missing.txt"
"""Why there is no app, in the words of the build that failed."""
_NOT_SERVED = (MISSING, "stamp.txt")
_PACKED = {".br": "br", ".gz": "gzip"}
_HASHED = "assets/"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8"}


@frozen
class Asset:
    """One file. encodings: those that it lies there in, `identity` for itself."""

    name: str
    content_type: str
    etag: str
    encodings: dict[str, Path]

    @property
    def cache_control(self) -> str:
        """What has the hash of its content in its name never changes."""
        if self.name == INDEX:
            return "no-store"
        return "public, max-age=31536000, immutable" if self.name.startswith(_HASHED) else "no-cache"

    def read(self, accepted: str) -> tuple[bytes, str]:
        """The body and its encoding, by what `Accept-Encoding` says."""
        for encoding in ("br", "gzip"):
            if encoding in self.encodings and _accepts(accepted, encoding):
                return self.encodings[encoding].read_bytes(), encoding
        return self.plain(), ""

    def plain(self) -> bytes:
        if path := self.encodings.get("identity"):
            return path.read_bytes()
        return gzip.decompress(self.encodings["gzip"].read_bytes())


def load(folder: Path = FOLDER) -> dict[str, Asset]:
    """Every file by its path below the folder; none where the app was not built. Text lies there packed only, as `.br` and `.gz`."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.rglob("*")) if (folder / f"{INDEX}.gz").is_file() else ():
        if path.is_file() and path.name not in _NOT_SERVED:
            name = path.relative_to(folder).as_posix()
            encoding = _PACKED.get(path.suffix, "identity")
            found.setdefault(name if encoding == "identity" else name.removesuffix(path.suffix), {})[encoding] = path
    return {name: _asset(name, encodings) for name, encodings in found.items() if "identity" in encodings or "gzip" in encodings}


def why_missing(folder: Path = FOLDER) -> str:
    """What the build said, where there is no app."""
    try:
        return (folder / MISSING).read_text(encoding="utf-8").strip()
    except OSError:
        return "this installation came without it"


def _asset(name: str, encodings: dict[str, Path]) -> Asset:
    content = next(path for encoding in ("gzip", "identity") if (path := encodings.get(encoding)))
    suffix = "." + name.rpartition(".")[2]
    kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
    return Asset(name, kind, f'"{hashlib.sha256(content.read_bytes()).hexdigest()[:24]}"', encodings)


def _accepts(accepted: str, encoding: str) -> bool:
    for item in accepted.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() in (encoding, "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
