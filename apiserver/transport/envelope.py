"""The envelope around every answer, and how values are written as JSON. Source: spec 1 §2."""

from __future__ import annotations

import codecs
import json
import logging
import math
from datetime import datetime
from typing import Any

import orjson

from apiserver.calls.router import Outcome
from apiserver.generated.errors import GeneralError

log = logging.getLogger(__name__)


def status(outcome: Outcome) -> int:
    return outcome.error.code if outcome.error else 200


def render(outcome: Outcome) -> bytes:
    """The body: meta and data. A result that cannot be written becomes the outcome's error."""
    if outcome.error is None:
        try:
            return _render(outcome)
        except (TypeError, ValueError, RecursionError) as error:
            log.exception("the result of call %s of %s cannot be written", outcome.call.id, outcome.name)
            outcome.error = GeneralError(message=f"Error serializing response data: {type(error).__name__}")
    return _render(outcome)


def _render(outcome: Outcome) -> bytes:
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
            return ascii_only(orjson.dumps(value, default=_plain))
        except (TypeError, ValueError, RecursionError):
            pass
    return json.dumps(value, default=_plain, separators=(",", ":")).encode()


def ascii_only(text: bytes) -> bytes:
    """JSON with everything beyond ASCII as `\\uXXXX`, as the reference writes it (spec 1 §2.1). PERF: plain ASCII costs one scan."""
    return text if text.isascii() else text.decode().encode("ascii", "json-escapes")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    run = error.object[error.start : error.end]
    return json.dumps(run)[1:-1].upper().replace("\\U", "\\u"), error.end


codecs.register_error("json-escapes", _escaped)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    raise TypeError(f"no JSON for {type(value).__name__}")
