"""Where the keys of a HOCON file stand: pyhocon forgets it, and an error without a line is no help."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import Factory, define

KeyPath = tuple[str | int, ...]
"""Keys from the top of a file; a number is a place in a list."""

_TOKEN = re.compile(
    r"""(?P<text>\"\"\".*?\"\"\"+|"(?:[^"\\\n]|\\.)*")|(?P<comment>(?:\#|//)[^\n]*)|(?P<reference>\$\{[^}\n]*\})"""
    r"""|(?P<mark>[{}\[\],:=\n])|(?P<word>[^\s"{}\[\],:=\#$]+)|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_PART = re.compile(r'"([^"]*)"|([^."]+)')


@define
class Scan:
    """What one pass over the text of a file finds."""

    lines: dict[KeyPath, int] = Factory(dict)
    """The line of each key, the first one where it stands twice."""
    twice: list[KeyPath] = Factory(list)
    references: dict[KeyPath, KeyPath] = Factory(dict)
    """Keys whose value opens with `${...}`, and what that names."""


@define
class _Level:
    """An open bracket: what it holds, and how far the reader is in it."""

    bracket: str
    path: KeyPath
    key: KeyPath = ()
    """Of the value that is being read; empty where a key is expected."""
    waiting: KeyPath = ()
    """The last word where a key is expected; it is one if a value follows."""
    line: int = 1
    count: int = 0

    def at(self) -> KeyPath:
        return (*self.path, self.count) if self.bracket == "[" else self.key

    def next(self) -> None:
        self.key = self.waiting = ()


def scan(text: str) -> Scan:
    """The text is known to be HOCON; of anything else the result is of no use."""
    found = Scan()
    levels = [_Level("{", ())]
    for kind, said, line in _tokens(text):
        level = levels[-1]
        if kind in ("text", "word"):
            if level.bracket == "{" and not level.key and not level.waiting:
                level.waiting = (said.strip('"'),) if kind == "text" else tuple(said.split("."))
                level.line = line
        elif kind == "reference":
            if level.at():
                found.references.setdefault(level.at(), parts(said[2:-1].lstrip("?")))
        elif kind == "mark":
            _mark(found, levels, said, line)
    return found


def _mark(found: Scan, levels: list[_Level], said: str, line: int) -> None:
    level = levels[-1]
    if said in "{[:=" and level.waiting:
        level.key, level.waiting = (*level.path, *level.waiting), ()
        if level.key in found.lines:
            found.twice.append(level.key)
        found.lines.setdefault(level.key, level.line)
    if said in "{[":
        if level.bracket == "[":
            found.lines.setdefault(level.at(), line)
        levels.append(_Level(said, level.at()))
    elif said in "}]" and len(levels) > 1:
        levels.pop()
        levels[-1].count += levels[-1].bracket == "["
    elif said in ",\n":
        level.next()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for token in _TOKEN.finditer(text):
        yield token.lastgroup or "", token.group(), line
        line += token.group().count("\n")


def parts(path: str) -> KeyPath:
    """`actions.info."2.1"` → its keys."""
    return tuple(quoted or bare for quoted, bare in _PART.findall(path))
