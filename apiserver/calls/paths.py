"""The path of a request: which endpoint, which version. Source: spec 1 §1.1, §3."""

from __future__ import annotations

import re

from attrs import frozen

from apiserver.calls.call import Version
from apiserver.generated import errors

_PATH = re.compile(r"/*(?:v(?P<version>\d+\.?\d+)/)?(?P<service>[A-Za-z_]\w+)\.(?P<action>[A-Za-z_]\w+)/?")
_FLOATS_BELOW: Version = (2, 1)
"""QUIRK: spec 1 §2.1: versions below this one are numbers in `meta`, later ones texts."""


@frozen
class Target:
    """name: `service.action`; version: the requested one; shown: as `meta` repeats it."""

    name: str
    version: Version
    shown: str | float


def parse(path: str, newest: Version, *, prefix: str = "", version_required: bool = False, check_newest: bool = False) -> Target:
    """The target of a (percent-decoded) path. A `/api` in front is always taken off, `prefix` too.

    newest: asked for when the path has no version. Raises: BadRequest, RequestPathHasInvalidVersion.
    """
    rest = path
    if prefix and rest.startswith(prefix):
        rest = rest[len(prefix) :]
    elif rest.startswith("/api/"):
        rest = rest[len("/api") :]
    found = _PATH.fullmatch(rest)
    if found is None or (version_required and not found["version"]):
        raise errors.BadRequest(message=f"Invalid request path {path[:200]}")
    name = f"{found['service']}.{found['action']}"
    if not found["version"]:
        return Target(name, newest, answered(newest, newest))
    version = _version(found["version"])
    if check_newest and version > newest:
        raise errors.BadRequest(message=f"Version {found['version']} is above {newest[0]}.{newest[1]}, the newest one here")
    return Target(name, version, float(found["version"]) if version < _FLOATS_BELOW else found["version"])


def answered(binding: Version, requested: Version) -> str | float:
    """A handler's version as `meta` shows it. QUIRK: spec 1 §2.1: the requested version decides whether it is a number."""
    text = f"{binding[0]}.{binding[1]}"
    return float(text) if requested < _FLOATS_BELOW else text


def _version(text: str) -> Version:
    major, _, minor = text.partition(".")
    for part in (major, minor):
        if len(part) > 1 and part.startswith("0"):
            raise errors.RequestPathHasInvalidVersion(version=text, reason="leading zero")
    return int(major[:9]), int(minor[:9] or 0)
