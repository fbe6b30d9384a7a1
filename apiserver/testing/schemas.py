"""The documented shape of every response, so that a test client can check each answer it gets."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

Version = tuple[int, int]

FILE = Path(__file__).parents[1] / "generated" / "responses.json"


@cache
def response_schema(endpoint: str, version: Version) -> dict[str, Any]:
    """The JSON Schema (draft 4) of the `data` that an endpoint answers at a requested version.

    It is the newest documented version up to the requested one, else the oldest; references resolve inside the result. Do not change it.
    Raises: KeyError for an endpoint whose responses are not documented.
    """
    service, _, action = endpoint.partition(".")
    file = _file()[service]
    documented = {_version(key.split()[1]): key for key in file["responses"] if key.split()[0] == action}
    if not documented:
        raise KeyError(f"no response of {endpoint} is documented")
    fitting = [number for number in documented if number <= version]
    chosen = max(fitting) if fitting else min(documented)
    return {"definitions": file["definitions"], **file["responses"][documented[chosen]]}


@cache
def _file() -> dict[str, Any]:
    services: dict[str, Any] = json.loads(FILE.read_bytes())
    return services


def _version(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)
