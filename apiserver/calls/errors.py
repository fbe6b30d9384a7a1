"""ApiError, root of every error that a client is told about. One class an error code is generated from `schema/errors.conf`."""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """An error with a code and subcode of the wire (spec 1 §6).

    extra: words added in brackets; message: replaces the base text of the code; details: `k=v` pairs of the text, and the `data` of a
    bulk failure.
    """

    code: ClassVar[int] = 500
    subcode: ClassVar[int] = 0
    text: ClassVar[str] = "General server error"

    def __init__(self, extra: str = "", *, message: str = "", **details: Any) -> None:
        self.extra = extra
        self.details = details
        words = message or self.text
        if extra:
            words += f" ({extra})"
        if details:
            words += ": " + ", ".join(f"{k}={_shown(v)}" for k, v in details.items())
        self.message = words
        super().__init__(words)


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return "(" + ", ".join(str(v) for v in value) + ")"
    return str(value)
