"""The effective configuration: every key's value and where it came from; what is wrong with it. docs/configuration.md is its page."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen

from apiserver.configuration import keys as known
from apiserver.configuration import layers
from apiserver.configuration.keys import Key, Keys
from apiserver.configuration.layers import Entry, Layer
from apiserver.settings import Settings

DEFAULT = "default"
OPTION = "command line"


@frozen
class Value:
    """A key's value and its origin: `default`, `file:line`, the name of a variable, or `command line`."""

    key: Key
    value: Any
    origin: str


@frozen
class Problem:
    """Something wrong: where (a file and line, or a variable) and what."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


@define
class Configuration:
    """What `load` found. values: by path; problems stop a start, warnings do not."""

    keys: Keys
    values: dict[str, Value] = Factory(dict)
    problems: list[Problem] = Factory(list)
    warnings: list[str] = Factory(list)

    def settings(self) -> Settings:
        secrets = [path for path, found in self.values.items() if found.key.secret]
        return Settings.from_dict({path: found.value for path, found in self.values.items()}, secrets=secrets)

    def put(self, path: str, value: Any, origin: str) -> None:
        """Set a value from outside of the layers: an option, a secret of this installation."""
        self._apply(Entry(path, value, origin))

    def apply(self, layer: Layer) -> None:
        """Merge a layer over what is there."""
        if layer.problem:
            self.problems.append(Problem("", layer.problem))
        for entry in layer.entries:
            self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        key = self.keys.holding(entry.path)
        if key is None:
            if entry.path not in self.keys.sections:
                self._unknown(entry)
            elif entry.replace and entry.value == {}:
                for path in [path for path in self.values if path.startswith(f"{entry.path}.")]:
                    del self.values[path]
            elif not isinstance(entry.value, Mapping):
                self.problems.append(Problem(entry.origin, f"{entry.path} is a section: it has to be {{...}}, not one value"))
            return
        if key.path == entry.path and not (key.is_open and isinstance(entry.value, Mapping)):
            self._store(key, entry.value, entry.origin)
        elif key.is_open:
            self._store_inside(key, entry)
        elif "any" not in key.marks:
            self._unknown(entry)

    def _store(self, key: Key, value: Any, origin: str) -> None:
        if wrong := key.wrong(value):
            self.problems.append(Problem(origin, f"{key.path} {wrong}"))
            return
        if isinstance(key.default, str) and isinstance(value, (int, float)):
            value = str(value)
        self.values[key.path] = Value(key, value, origin)

    def _store_inside(self, key: Key, entry: Entry) -> None:
        """Merge into a section whose names are free."""
        inside = entry.path[len(key.path) + 1 :]
        if not inside:
            tree = {} if entry.replace else self._inside(key)
            self.values[key.path] = Value(key, _merged(tree, entry.value), entry.origin)
            return
        tree = self._inside(key)
        at = tree
        *above, last = inside.split(".")
        for name in above:
            below = at.get(name)
            at[name] = dict(below) if isinstance(below, Mapping) else {}
            at = at[name]
        if entry.replace or entry.value != {} or not isinstance(at.get(last), Mapping):
            at[last] = entry.value
        self.values[key.path] = Value(key, tree, entry.origin)

    def _inside(self, key: Key) -> dict[str, Any]:
        found = self.values.get(key.path)
        return dict(found.value) if found is not None else {}

    def _unknown(self, entry: Entry) -> None:
        hint = self.keys.similar(entry.path)
        self.problems.append(Problem(entry.origin, f"unknown key {entry.path}" + (f"; did you mean {hint}?" if hint else "")))


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        below = merged.get(name)
        merged[name] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def load(
    environment: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None, *, folders: Sequence[Path] | None = None
) -> Configuration:
    """Read everything. options: {path: value} from the command line; None values are not given. folders: these alone, whatever there is."""
    environment = os.environ if environment is None else environment
    found = Configuration(known.load())
    found.values = {path: Value(key, key.default, DEFAULT) for path, key in found.keys.by_path.items()}
    if folders is None:
        folders, found.warnings = layers.folders(environment)
    for folder in folders:
        _apply_all(found, layers.of_folder(folder))
    _apply_all(found, layers.of_environment(environment))
    for path, value in (options or {}).items():
        if value is not None:
            found.put(path, value, OPTION)
    return found


def _apply_all(found: Configuration, several: Iterable[Layer]) -> None:
    for layer in several:
        found.apply(layer)
