"""What a text must hold for a regular expression to match it: a first cut that an index can make, before the expression itself is tried.

Texts and literals are folded the same way (`fold`), so that whatever a pattern takes for equal, whether or not it ignores case, is equal
when folded. Only printable ASCII is looked for; everything else in a pattern is left to the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from attrs import frozen

SHORTEST, _LONGEST, _MOST = 3, 64, 40
"""Characters of a literal: an index of three letters finds no shorter one. Literals of a pattern."""
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_FOLDED = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k", "\0": "\x01"}
"""NOTE: the four letters beyond ASCII that Python's patterns take for a letter of ASCII; and an index's texts end at a NUL."""
_TABLE = str.maketrans({**_FOLDED, **{chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}})


@frozen
class All:
    """Every part is held."""

    parts: tuple[Needed, ...]


@frozen
class AnyOf:
    """One of the parts is held."""

    parts: tuple[Needed, ...]


Needed = str | All | AnyOf


def fold(text: str) -> str:
    """A text as the index holds it: character by character, as long as before."""
    return text.translate(_TABLE) if not text.isascii() or "\0" in text else text.lower()


@lru_cache(maxsize=1024)
def needed(pattern: str) -> Needed | None:
    """The folded literals of three letters or more without which nothing matches; None: nothing can be said."""
    try:
        found = _all(_Walk().sequence(parser.parse(pattern)))
    except (re.error, RecursionError, OverflowError):
        return None  # NOTE: whoever tries the pattern says what is wrong with it
    texts = _texts(found) if found is not None else []
    # NOTE: a brace that is no repetition may be something else to `regex`, which matches: `(?:abc){e<=1}`.
    return None if len(texts) > _MOST or any("{" in text for text in texts) else found


class _Walk:
    """Collects the literals of a sequence of nodes; consecutive characters are one literal."""

    def __init__(self) -> None:
        self._found: list[Needed] = []
        self._run = ""

    def sequence(self, nodes: Iterable[Any]) -> list[Needed]:
        for name, value in nodes:
            self._node(name, value)
        self._end()
        return self._found

    def _node(self, name: Any, value: Any) -> None:
        if name is op.LITERAL and 0x20 <= value <= 0x7E:
            self._run += fold(chr(value))
            return
        if name is op.SUBPATTERN:
            for inner, of_inner in value[3]:
                self._node(inner, of_inner)
            return
        if name is op.AT:
            return
        self._end()
        if name is op.BRANCH:
            parts = [_all(_Walk().sequence(branch)) for branch in value[1]]
            if all(part is not None for part in parts):
                self._found.append(AnyOf(tuple(part for part in parts if part is not None)))
        elif name in _REPEATS and value[0] > 0:
            self._found += _Walk().sequence(value[2])
        elif name is op.ATOMIC_GROUP:
            self._found += _Walk().sequence(value)

    def _end(self) -> None:
        if len(self._run) >= SHORTEST:
            self._found.append(self._run[:_LONGEST])
        self._run = ""


def _all(parts: list[Needed]) -> Needed | None:
    return parts[0] if len(parts) == 1 else All(tuple(parts)) if parts else None


def _texts(found: Needed) -> list[str]:
    return [found] if isinstance(found, str) else [text for part in found.parts for text in _texts(part)]


def fts(found: Needed) -> str:
    """As an expression of FTS5."""
    if isinstance(found, str):
        return '"' + found.replace('"', '""') + '"'
    word = " AND " if isinstance(found, All) else " OR "
    return "(" + word.join(map(fts, found.parts)) + ")"


def is_whole(pattern: str, found: Needed) -> bool:
    """Whether a text that holds the literal also matches the pattern, when that ignores case."""
    return isinstance(found, str) and len(found) < _LONGEST and re.sub(r"\\([^a-zA-Z0-9])", r"\1", pattern).lower() == found
