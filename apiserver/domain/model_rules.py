"""What may stand in a model document (spec 5 §2.1, §3.6). No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MIN_NAME = 3
TOUCHING = frozenset({"uri", "framework", "design", "labels", "ready", "metadata", "system_tags", "tags"})
"""Fields whose change moves a model's `last_update`."""


class WrongModel(Exception):
    """A field's value is not what a model may hold. field: its name."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field
        self.problem = problem


def name(value: Any) -> str:
    """The name as it is stored. Raises: WrongModel."""
    if not isinstance(value, str) or len(value.strip()) < MIN_NAME:
        raise WrongModel("name", f"a text of at least {MIN_NAME} characters is needed")
    return value.strip()


def distinct_labels(labels: Mapping[str, Any]) -> None:
    """Labels of a new model: whole numbers or null, and no number but 0 twice. Raises: WrongModel."""
    seen: dict[int, str] = {}
    for label, value in labels.items():
        if value is None:
            continue
        if not isinstance(value, int):
            raise WrongModel("labels", f"the value of {label} is not a whole number")
        if value and value in seen:
            raise WrongModel("labels", f"{seen[value]} and {label} have the same value")
        seen[value] = label


def wrong_labels(labels: Mapping[str, Any]) -> list[Any]:
    """The values of an edit's labels that are not whole numbers."""
    return [value for value in labels.values() if not isinstance(value, int)]
