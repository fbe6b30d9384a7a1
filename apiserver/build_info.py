"""Which server this says it is: versions as clients know them (spec 1 §16.3)."""

from __future__ import annotations

import os

API_VERSION = "2.34"
_COMPATIBLE_WITH = "2.3.0"
"""Clients compare this with the reference server's versions to decide what they may use."""


def _of_environment(name: str, default: str) -> str:
    return os.environ.get(f"CLEARML_SERVER_{name}") or os.environ.get(f"TRAINS_SERVER_{name}") or default


def server_version() -> str:
    return _of_environment("VERSION", _COMPATIBLE_WITH)


def server_build() -> str:
    return _of_environment("BUILD", "")


def server_commit() -> str:
    return _of_environment("COMMIT", "")
