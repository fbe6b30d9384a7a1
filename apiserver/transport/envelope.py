"""The envelope around every answer, and how values are written as JSON. Source: spec 1 §2."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

import orjson

from apiserver.calls.router import Outcome


def status(outcome: Outcome) -> int:
    return outcome.error.code if outcome.error else 200


def render(outcome: Outcome) -> bytes:
    """The body: meta and data. Raises: nothing that a handler's result could cause."""
    error = outcome.error
    meta = {
        "id": outcome.call.id,
        "trx": outcome.call.headers.get("x-clearml-trx") or outcome.call.headers.get("x-trains-trx") or outcome.call.id,
        "endpoint": {"name": outcome.name, "requested_version": outcome.requested, "actual_version": outcome.actual},
        "result_code": error.code if error else 200,
        "result_subcode": error.subcode if error else 0,
        "result_msg": error.message if error else "OK",
        "error_stack": None,
        # QUIRK: spec 1 §2.1: always empty; details are in the text.
        "error_data": {},
    }
    return dumps({"meta": meta, "data": {} if error else outcome.data}, exact=outcome.exact)


def dumps(value: Any, *, exact: bool = False) -> bytes:
    """JSON, compact. exact: NaN and infinities as clients sent them (spec 1 §1.3); else they become null.

    PERF: orjson first; Python's own writer for what it cannot do (numbers beyond 64 bits, more than 254 levels).
    """
    if not exact:
        try:
            return orjson.dumps(value, default=_plain)
        except (TypeError, ValueError, RecursionError):
            pass
    return json.dumps(value, default=_plain, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    raise TypeError(f"no JSON for {type(value).__name__}")
