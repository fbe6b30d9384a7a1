"""Settings: the effective configuration as plain values, looked up by dotted path. Loading it is `configuration.py`'s work."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")


class Settings:
    """A tree of values. Keys hold no dots; a missing path gives the default. secrets: paths whose values no call may show."""

    def __init__(self, tree: Mapping[str, Any], *, secrets: Collection[str] = ()) -> None:
        self._tree = tree
        self._secrets = frozenset(secrets)

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any], *, secrets: Collection[str] = ()) -> Settings:
        """Settings of these values only; keys may be dotted paths."""
        result: dict[str, Any] = {}
        for path, value in tree.items():
            *above, last = path.split(".")
            at = result
            for name in above:
                at = at.setdefault(name, {})
            at[last] = value
        return cls(result, secrets=secrets)

    def get(self, path: str, default: Any = None, /) -> Any:
        """The value at the path, a nested mapping for a section."""
        at: Any = self._tree
        for name in path.split("."):
            if not isinstance(at, Mapping) or name not in at:
                return default
            at = at[name]
        return at

    def section(self, path: str) -> Settings:
        """The settings below the path; none if there is nothing."""
        found = self.get(path, {})
        return Settings(found if isinstance(found, Mapping) else {})

    def tree(self) -> Mapping[str, Any]:
        """All values, nested. Not to be changed."""
        return self._tree

    def shown(self) -> dict[str, Any]:
        """A copy of the values without the secret ones, and without the passwords inside of addresses."""
        return self._shown(self._tree, "")

    def _shown(self, tree: Mapping[str, Any], above: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, value in tree.items():
            path = above + name
            if path in self._secrets:
                continue
            if isinstance(value, Mapping):
                result[name] = self._shown(value, path + ".")
            else:
                result[name] = _PASSWORD.sub(r"\1***@", value) if isinstance(value, str) else value
        return result
