"""`debug.*`: is anybody there? Source: spec 1 §13."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call


def ping(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Repeat what came. QUIRK: spec 1 §13: the words are the reference's, probes look for them."""
    return {"msg": "ClearML server", **data}
