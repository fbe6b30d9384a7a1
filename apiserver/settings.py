"""Settings: the effective configuration as plain values, looked up by dotted path. Loading it is `configuration.py`'s work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Settings:
    """A tree of values. Keys hold no dots; a missing path gives the default."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = tree

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> Settings:
        """Settings of these values only; keys may be dotted paths."""
        result: dict[str, Any] = {}
        for path, value in tree.items():
            *above, last = path.split(".")
            at = result
            for name in above:
                at = at.setdefault(name, {})
            at[last] = value
        return cls(result)

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
