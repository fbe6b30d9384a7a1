"""The keys that there are: read from `config/`, whose comments and default values define them, and kept compiled in `defaults.json`.

PERF: parsing the defaults takes 0.3 s, reading the compiled file 3 ms (benchmarks/start.py); `trackyard generate` writes it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import asdict, define, frozen

from apiserver import resources
from apiserver.configuration.outline import outline

COMPILED = "defaults.json"
_MARK = re.compile(r"@(open|any|secret|unused)\b")


@frozen
class Key:
    """One key. file: below `config/`; marks: see the head of config/apiserver.conf; doc: the comment without its marks."""

    path: str
    default: Any
    file: str
    line: int
    doc: str
    marks: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return "open" in self.marks

    @property
    def secret(self) -> bool:
        return "secret" in self.marks

    def wrong(self, value: Any) -> str:
        """What is wrong with a value, in words; empty: nothing. The default's type is the key's type."""
        if "any" in self.marks:
            return ""
        if self.is_open:
            return "" if isinstance(value, Mapping) else f"has to be a section {{...}}, not {_named(value)}"
        if value is None:
            return "" if self.default is None else f"has to be {_named(self.default)}, not null"
        if self.default is None:
            return "" if isinstance(value, (str, int, float)) else f"has to be one value, not {_named(value)}"
        kind = type(self.default)
        if kind is str and isinstance(value, (int, float)) and not isinstance(value, bool):
            return ""  # NOTE: an unquoted secret or name of digits reads as a number; the loader makes it text again
        fits = isinstance(value, (int, float)) if kind in (int, float) else isinstance(value, kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            return f"has to be {_named(self.default)}, not {_named(value)}"
        return ""


def _named(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "null" if value is None else "a section {...}"


@define(slots=False)
class Keys:
    """All keys, by path."""

    by_path: dict[str, Key]

    @cached_property
    def sections(self) -> frozenset[str]:
        """Paths that have keys below them."""
        return frozenset(above for path in self.by_path for above in _above(path))

    def holding(self, path: str) -> Key | None:
        """The key of this path, or the open key that it lies in."""
        for candidate in (path, *_above(path)):
            key = self.by_path.get(candidate)
            if key is not None and (candidate == path or key.is_open or isinstance(key.default, dict)):
                return key
        return None

    def similar(self, path: str) -> str:
        """The key that was probably meant; empty when none is close."""
        return next(iter(difflib.get_close_matches(path, self.by_path, n=1, cutoff=0.8)), "")


def _above(path: str) -> list[str]:
    """The sections a path lies in, the nearest first."""
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def load() -> Keys:
    """The keys, from the compiled file when it is of these sources, else by parsing them."""
    folder = resources.folder("config")
    try:
        compiled = json.loads((folder / COMPILED).read_bytes())
    except (OSError, ValueError):
        compiled = {}
    if compiled.get("sources") == _digest(folder):
        return Keys({entry["path"]: Key(**{**entry, "marks": tuple(entry["marks"])}) for entry in compiled["keys"]})
    return parse(folder)


def parse(folder: Path) -> Keys:
    """Read the `*.conf` files of a defaults folder. Raises: ValueError for a key without a comment or twice."""
    from apiserver.configuration.hocon import parse_file

    found: dict[str, Key] = {}
    for file in _sources(folder):
        prefix = file.relative_to(folder).with_suffix("").parts
        places = outline(file.read_text(encoding="utf-8"))
        tree = parse_file(file)
        open_paths = [path for path, place in places.items() if "open" in _MARK.findall(place.comment)]
        for path, value in _leaves(tree, (), open_paths):
            place = places[path]
            name = ".".join((*prefix, *path))
            if not place.comment:
                raise ValueError(f"{file}:{place.line}: {name} has no comment")
            doc = " ".join(_MARK.sub("", place.comment).split())
            marks = tuple(_MARK.findall(place.comment))
            found[name] = Key(name, value, file.relative_to(folder).as_posix(), place.line, doc, marks)
    return Keys(found)


def _leaves(tree: Mapping[str, Any], above: tuple[str, ...], open_paths: list[tuple[str, ...]]) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, value in tree.items():
        path = (*above, name)
        if isinstance(value, Mapping) and path not in open_paths:
            found += _leaves(value, path, open_paths)
        else:
            found.append((path, value))
    return found


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.conf"), key=lambda path: path.relative_to(folder).as_posix())


def _digest(folder: Path) -> str:
    summary = hashlib.sha256()
    for file in _sources(folder):
        summary.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return summary.hexdigest()


def compiled(folder: Path) -> str:
    """The text of the compiled file."""
    entries = [asdict(key) for _, key in sorted(parse(folder).by_path.items())]
    head = json.dumps("written by `trackyard generate` from config/*.conf; never edited")
    body = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    return f'{{"note": {head},\n"sources": "{_digest(folder)}",\n"keys": [\n{body}\n]}}\n'


def generate(*, check: bool) -> int:
    """Write the compiled file, or tell whether it is that of the sources. Returns the exit status."""
    folder = resources.folder("config")
    file = folder / COMPILED
    wanted = compiled(folder)
    if (file.read_text(encoding="utf-8") if file.exists() else "") == wanted:
        return 0
    if check:
        print(f"config/{COMPILED} does not match config/*.conf. Run: trackyard generate")
        return 1
    file.write_text(wanted, encoding="utf-8", newline="\n")
    print(f"config/{COMPILED} written")
    return 0
