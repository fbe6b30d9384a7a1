"""Python's regular expressions as MongoDB's (PCRE), where both mean the same.

A pattern is parsed by Python and printed again in the part of the language that both share; classes of characters are spelled out. What
PCRE might silently give up on (it counts steps, and a `find` takes "gave up" for "no match"), or means differently, is not translated:
the store then matches by itself, with Python's meaning and its time limit.
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from apiserver.stores.match import compile_pattern

_WORD = r"\p{L}\p{N}_"
_CLASSES = {
    op.CATEGORY_DIGIT: r"\p{Nd}",
    op.CATEGORY_NOT_DIGIT: r"\P{Nd}",
    op.CATEGORY_SPACE: r"\x09-\x0d\x1c-\x20\x{85}\p{Z}",
    op.CATEGORY_WORD: _WORD,
}
_NEGATED = {op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE, op.CATEGORY_NOT_WORD: op.CATEGORY_WORD}
_BOUNDARY = rf"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_NO_BOUNDARY = rf"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))"
_PLACES = {
    op.AT_BEGINNING: "^", op.AT_BEGINNING_STRING: r"\A", op.AT_END: "$", op.AT_END_STRING: r"\z", op.AT_BOUNDARY: _BOUNDARY,
    op.AT_NON_BOUNDARY: _NO_BOUNDARY,
}  # fmt: skip
_UNDERSTOOD = re.IGNORECASE | re.UNICODE | re.MULTILINE | re.DOTALL
_REPEATS = {op.MAX_REPEAT: "", op.MIN_REPEAT: "?"}

_MOST_REPEATS = 3
"""NOTE: each more is one more power of the text's length, in steps that PCRE counts."""


class _Different(Exception):
    """The two languages do not share this."""


@lru_cache(maxsize=1024)
def translated(pattern: str, ignore_case: bool) -> tuple[str, str] | None:
    """(pattern, options) for `$regex`; None when the store has to match by itself. Raises: InvalidPattern."""
    compile_pattern(pattern, ignore_case)
    try:
        tree = parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
        flags = tree.state.flags
        if flags & ~_UNDERSTOOD:
            return None
        if sum(name in _REPEATS for name in _names(tree)) > _MOST_REPEATS:
            return None
        text = _printed(tree)
    except _Different:
        return None
    options = "".join(letter for letter, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)) if flags & flag)
    if "i" in options and not text.isascii():
        return None  # NOTE: which letters are one letter's other cases is not the same in both
    return text, options


def _printed(nodes: Any) -> str:
    return "".join(_node(name, value) for name, value in nodes)


def _node(name: Any, value: Any) -> str:
    if name is op.LITERAL:
        return _character(value)
    if name is op.NOT_LITERAL:
        return f"[^{_character(value)}]"
    if name is op.ANY:
        return "."
    if name is op.IN:
        return _class(value)
    if name is op.AT and value in _PLACES:
        return _PLACES[value]
    if name is op.BRANCH:
        return "(?:" + "|".join(_printed(branch) for branch in value[1]) + ")"
    if name is op.SUBPATTERN and not value[1] and not value[2]:
        return f"({'' if value[0] else '?:'}{_printed(value[3])})"
    if name in _REPEATS:
        return _repeated(name, *value)
    raise _Different


def _repeated(name: Any, least: int, most: Any, body: Any) -> str:
    """NOTE: a repetition of what itself branches or repeats can take exponential time."""
    if any(inner in (op.BRANCH, *_REPEATS) for inner in _names(body)):
        raise _Different
    if most is op.MAXREPEAT:
        count = {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    elif most > 1000:
        raise _Different
    else:
        count = "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"
    inside = _printed(body)
    single = len(body) == 1 and body[0][0] in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.SUBPATTERN)
    return (inside if single else f"(?:{inside})") + count + _REPEATS[name]


def _names(nodes: Any) -> list[Any]:
    found: list[Any] = []
    for name, value in nodes:
        found.append(name)
        if name is op.SUBPATTERN:
            found += _names(value[3])
        elif name in _REPEATS:
            found += _names(value[2])
        elif name is op.BRANCH:
            found += [inner for branch in value[1] for inner in _names(branch)]
    return found


def _class(items: Any) -> str:
    negated, inside = False, ""
    for name, value in items:
        if name is op.NEGATE:
            negated = True
        elif name is op.LITERAL:
            inside += _character(value)
        elif name is op.RANGE:
            inside += f"{_character(value[0])}-{_character(value[1])}"
        elif name is op.CATEGORY and value in _CLASSES:
            inside += _CLASSES[value]
        elif name is op.CATEGORY and len(items) == 1 and not negated:
            return f"[^{_CLASSES[_NEGATED[value]]}]"
        else:
            raise _Different
    return f"[{'^' if negated else ''}{inside}]"


def _character(code: int) -> str:
    char = chr(code)
    if char.isascii() and (char.isalnum() or char in "_ /:,;<>=!@%&~\"'`"):
        return char
    if char.isascii() and char.isprintable():
        return "\\" + char
    if char.isprintable():
        return char
    if 0xD800 <= code < 0xE000:
        raise _Different
    return rf"\x{{{code:x}}}"
