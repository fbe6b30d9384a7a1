"""Escaping of map keys that users choose (hyperparameters, configuration, metadata), so that every store takes them. Source: spec 2 §4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CODES = ((".", "%2E"), ("$", "%24"), ("__", "%_%_"))


class EmptyKey(ValueError):
    """A key of nothing but white space."""

    def __init__(self) -> None:
        super().__init__("Empty key is not allowed")


def escape(key: str) -> str:
    """The stored form of a key. Raises: EmptyKey."""
    stored = key.strip()
    if not stored:
        raise EmptyKey()
    stored = stored.replace("%", "%%")
    for plain, code in _CODES:
        stored = stored.replace(plain, code)
    return "%" + stored if stored.startswith("_") else stored


def unescape(stored: str) -> str:
    """The key that a stored form stands for."""
    if "%" not in stored:
        return stored
    key = "%".join(_decoded(piece) for piece in stored.split("%%"))
    # NOTE: a stored form that begins with `%%` stands for a `%` that the user wrote, so `%_x` comes back whole.
    return key[1:] if key.startswith("%_") and not stored.startswith("%%") else key


def _decoded(piece: str) -> str:
    for plain, code in _CODES:
        piece = piece.replace(code, plain)
    return piece


def escape_map(value: Mapping[str, Any], *, depth: int = 1) -> dict[str, Any]:
    """The map with its keys escaped, `depth` levels deep. Raises: EmptyKey."""
    return {escape(k): escape_map(v, depth=depth - 1) if depth > 1 and isinstance(v, Mapping) else v for k, v in value.items()}


def unescape_map(value: Mapping[str, Any], *, depth: int = 1) -> dict[str, Any]:
    """The map with its keys unescaped, `depth` levels deep."""
    return {unescape(k): unescape_map(v, depth=depth - 1) if depth > 1 and isinstance(v, Mapping) else v for k, v in value.items()}


def escape_path(path: str, *, least: int, most: int) -> str | None:
    """A dotted path as stored: every part unescaped, then escaped, so that parts may be sent raw or escaped.

    None when it has fewer than `least` or more than `most` parts. Raises: EmptyKey.
    """
    parts = path.split(".")
    if not least <= len(parts) <= most:
        return None
    return ".".join(escape(unescape(part)) for part in parts)
