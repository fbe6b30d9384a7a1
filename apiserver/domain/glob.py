"""Patterns of names: `*` any text, `?` one character, `[ab]`, `[a-c]`, `[^a]` one of a set, a backslash takes the next one literally. Pure.

NOTE: not by regular expressions: many `*` would make one take exponential time, and patterns come from callers.
"""

from __future__ import annotations

from collections.abc import Callable

Token = Callable[[str], bool] | None
"""A test of one character; None: any text."""


def tokens(pattern: str) -> list[Token]:
    """The pattern, taken apart. A `[` that nothing closes stands for itself."""
    found: list[Token] = []
    place = 0
    while place < len(pattern):
        char = pattern[place]
        if char == "*":
            if not found or found[-1] is not None:
                found.append(None)
        elif char == "?":
            found.append(lambda _: True)
        elif char == "[" and (end := pattern.find("]", place + 1)) > 0:
            found.append(_one_of(pattern[place + 1 : end]))
            place = end
        else:
            if char == "\\" and place + 1 < len(pattern):
                place += 1
            found.append(pattern[place].__eq__)
        place += 1
    return found


def matches(wanted: list[Token], text: str) -> bool:
    """Whether the whole text fits. Takes at most len(wanted) * len(text) steps."""
    at = place = 0
    star, resume = -1, 0
    while place < len(text):
        token = wanted[at] if at < len(wanted) else _never
        if token is None:
            star, resume = at, place
            at += 1
        elif token(text[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(token is None for token in wanted[at:])


def _never(_: str) -> bool:
    return False


def _one_of(inside: str) -> Token:
    negated = inside.startswith("^")
    chars = inside[1:] if negated else inside
    ranges: list[tuple[str, str]] = []
    place = 0
    while place < len(chars):
        if chars[place + 1 : place + 2] == "-" and place + 2 < len(chars):
            ranges.append((min(chars[place], chars[place + 2]), max(chars[place], chars[place + 2])))
            place += 3
        else:
            ranges.append((chars[place], chars[place]))
            place += 1
    return lambda char: any(first <= char <= last for first, last in ranges) != negated
