"""Bulk actions: the same step for each id, with what succeeded and what failed (spec 3 §1.4, 5 §1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apiserver.calls.errors import ApiError


def each(ids: Iterable[str], step: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Run the step for one id after the other. An id's own API error lands in `failed`; the others go on.

    Returns {succeeded: [{id, **what the step returned}], failed: [{id, error: {codes, msg, data}}]}.
    """
    succeeded: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for key in ids:
        try:
            succeeded.append({"id": key, **step(key)})
        except ApiError as error:
            failed.append({"id": key, "error": {"codes": [error.code, error.subcode], "msg": error.message, "data": error.details}})
    return {"succeeded": succeeded, "failed": failed}
