"""From a name that a client sent to a place below the root folder, or to nowhere. The only code that joins the two."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

PARTIAL = ".trackyard-partial"
"""Folder below the root for uploads that are not complete; clients cannot name it."""


def locate(root: Path, name: str) -> Path | None:
    """The place below `root` that the name stands for, or None when it stands for none.

    name: relative, with `/` between the parts, taken literally (no percent-decoding here); a `..` may be in it as long as it stays
    inside. root: already resolved. None for: the root itself, anything outside it, also by a symbolic link, NUL, the folder of
    incomplete uploads.
    Source: spec 6 §1.3, §1.4.
    """
    if "\0" in name or name.startswith("/"):
        return None
    relative = posixpath.normpath(name) if name else ""
    first = relative.split("/", 1)[0]
    if relative in {"", "."} or first in {"..", PARTIAL}:
        return None
    try:
        place = root / relative
        real = Path(os.path.realpath(place))
    except (OSError, ValueError):
        return None
    # NOTE: clients cannot make links, but an operator's link out of the root must not become a door.
    return place if real == place or root in real.parents else None
