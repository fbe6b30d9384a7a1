"""HOCON files and values as plain dicts, lists and values. The only module here that knows the parser.

PERF: importing the parser takes 0.1 s, so that only files beside the defaults pay for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class BadFile(Exception):
    """The file or value cannot be parsed; the text says where and why."""


def parse_file(path: Path) -> dict[str, Any]:
    """The tree of a file. Raises: BadFile, naming file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return _parse(text, str(path), folder=path.parent)


def parse_value(text: str, name: str) -> Any:
    """What a text means as a HOCON value. Raises: BadFile."""
    simple = _simple(text)
    return simple[0] if simple else _parse(f"value = {text}", name).get("value", "")


_WORDS: dict[str, Any] = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False, "null": None, "": ""}


def _simple(text: str) -> list[Any]:
    """[value] of what needs no parser, else []."""
    stripped = text.strip()
    if stripped in ("true", "false", "null", ""):
        return [_WORDS[stripped]]
    if re.fullmatch(r"-?(0|[1-9]\d*)", stripped):
        return [int(stripped)]
    if re.fullmatch(r'"[^"\\\n]*"', stripped):
        return [stripped[1:-1]]
    if re.fullmatch(r"[A-Za-z_/][\w/:.@ -]*", stripped) and "//" not in stripped and stripped not in _WORDS:
        return [stripped]
    return []


def _parse(text: str, name: str, folder: Path | None = None) -> dict[str, Any]:
    from pyhocon import ConfigFactory
    from pyhocon.exceptions import ConfigException
    from pyparsing import ParseBaseException

    try:
        tree = ConfigFactory.parse_string(text, basedir=str(folder) if folder else None)
        return {_unquoted(key): _plain(value) for key, value in tree.items()} if text.strip() else {}
    except ParseBaseException as error:
        raise BadFile(f"{name}:{error.lineno}: not HOCON: {error.msg} at column {error.column}") from error
    except (ConfigException, RecursionError, ValueError, AttributeError, TypeError) as error:
        raise BadFile(f"{name}: not HOCON: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_unquoted(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if type(value).__name__ == "NoneValue" else value


def _unquoted(key: str) -> str:
    return key.strip('"')
