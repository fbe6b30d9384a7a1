"""Reads the HOCON files of `schema/` and knows on which line each key stands. What the keys mean is decided in `load.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import define
from pyhocon import ConfigFactory
from pyhocon.config_tree import ConfigTree
from pyhocon.exceptions import ConfigException
from pyparsing import ParseBaseException

from apiserver.codegen.keys import KeyPath, Scan, scan
from apiserver.codegen.model import Place, SchemaError

COMMON = "common*.conf"


@define
class Source:
    """One file: its contents as plain dicts and lists, nulls still there, and where they are written."""

    name: str
    """Relative to `schema/`, with slashes."""
    data: dict[str, Any]
    scan: Scan

    def place(self, *path: str | int) -> Place:
        """The line of the key at `path`, or, where it is inherited, of the innermost key above it that stands in this file."""
        while path and path not in self.scan.lines:
            path = path[:-1]
        return Place(self.name, self.scan.lines.get(path, 1))


def read_services(root: Path) -> Iterator[Source]:
    """Every file of `root/services`, by name, with the `common*.conf` files below it, so that `${common.<name>}` finds them.

    PERF: the common files are parsed once, not included by each service: pyhocon reads about 50 kB a second.
    Raises: SchemaError where a file is no HOCON or a substitution leads nowhere.
    """
    shared = ConfigTree()
    for path in sorted(root.glob(COMMON)):
        shared = ConfigTree.merge_configs(shared, _parse(path, root))
    for path in sorted((root / "services").glob("*.conf")):
        yield _source(path, root, shared)


def read_file(root: Path, name: str) -> Source:
    """One file by its name, without the common ones."""
    return _source(root / name, root, ConfigTree())


def _source(path: Path, root: Path, shared: ConfigTree) -> Source:
    """Raises: SchemaError, also for what HOCON allows and the schema does not: a key given twice, a part that would be lost."""
    tree = _parse(path, root)
    source = Source(_name(path, root), _resolved(tree, shared, path, root), scan(path.read_text(encoding="utf-8")))
    for key in source.scan.twice:
        raise SchemaError(source.place(*key), f"{key[-1]} is given twice")
    _refuse_lost_parts(source)
    return source


def _refuse_lost_parts(source: Source) -> None:
    """NOTE: where `a: ${b} { c: ${d} }` and b has a c of its own, pyhocon loses the rest of b in what inherits from a. So it is refused."""
    references = source.scan.references
    for key in references:
        for length in range(1, len(key)):
            base = references.get(key[:length])
            if base is not None and _has(source.data, (*base, *key[length:])):
                inherited = ".".join(map(str, base))
                raise SchemaError(
                    source.place(*key), f"{key[-1]} is part of ${{{inherited}}} already; write out what differs, without ${{}}"
                )


def _has(data: Any, path: KeyPath) -> bool:
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _parse(path: Path, root: Path) -> ConfigTree:
    text = path.read_text(encoding="utf-8")
    try:
        tree = ConfigFactory.parse_string(text, basedir=str(path.parent), resolve=False)
    except ParseBaseException as error:
        raise SchemaError(Place(_name(path, root), error.lineno), f"no HOCON: {_what(text, error)}") from None
    except (ConfigException, RecursionError) as error:
        raise SchemaError(Place(_name(path, root)), f"no HOCON: {_one_line(error)}") from None
    if not isinstance(tree, ConfigTree):
        raise SchemaError(Place(_name(path, root), 1), "no HOCON: the file holds a list, an object is expected")
    return tree


def _resolved(tree: ConfigTree, shared: ConfigTree, path: Path, root: Path) -> dict[str, Any]:
    try:
        plain = _plain(tree.with_fallback(shared))
    except (ConfigException, RecursionError) as error:
        said = _one_line(error)
        line = re.search(r"line: (\d+)", said)
        name = re.search(r"\$\{\??([^}]*)\}|variable \{?\$?\{?([^}\s(]+)", said)
        wanted = next((part for part in name.groups() if part), "") if name else ""
        problem = f"${{{wanted}}} leads nowhere" if wanted else said
        raise SchemaError(Place(_name(path, root), int(line[1]) if line else 0), problem) from None
    data: dict[str, Any] = plain
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, ConfigTree):
        return {_bare(key): _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _bare(key: str) -> str:
    """NOTE: pyhocon keeps the quotes of keys that hold a dot."""
    return key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _what(text: str, error: ParseBaseException) -> str:
    lines = text.splitlines()
    line = lines[error.lineno - 1].strip() if 0 < error.lineno <= len(lines) else ""
    return f"cannot read {line[:80]!r}" if line else "unexpected end of file"
