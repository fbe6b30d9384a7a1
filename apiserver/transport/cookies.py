"""Cookies of answers. Source: spec 1 §19.3."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from time import time
from typing import Any

from apiserver.calls import tokens
from apiserver.calls.call import Call, Cookie
from apiserver.calls.errors import ApiError
from apiserver.settings import Settings

_LATEST = 253402300799
"""31 December 9999: no date in a header can be later."""


def header(cookie: Cookie, call: Call, host: str) -> str:
    """One `Set-Cookie` value."""
    settings = call.settings
    wanted = _attributes(settings, cookie.name)
    parts = [f"{cookie.name}={cookie.value or ''}"]
    if domain := _domain(settings, wanted, call, cookie, host):
        parts.append(f"Domain={domain}")
    max_age = int(wanted.get("max_age") or 0) if cookie.value else 0
    expires = min(time() + max_age, _LATEST) if cookie.value else 0
    if cookie.value is None or wanted.get("max_age") is not None:
        parts += [f"Expires={formatdate(expires, usegmt=True)}", f"Max-Age={max_age}"]
    if wanted.get("secure"):
        parts.append("Secure")
    if wanted.get("httponly", True):
        parts.append("HttpOnly")
    parts.append("Path=/")
    if wanted.get("samesite"):
        parts.append(f"SameSite={wanted['samesite']}")
    return "; ".join(parts)


def _attributes(settings: Settings, name: str) -> Mapping[str, Any]:
    wanted: Mapping[str, Any] = settings.get("apiserver.auth.cookies", {"httponly": True, "samesite": "Lax", "max_age": 99999999999})
    for custom in (settings.get("apiserver.auth.custom_cookies", {}) or {}).values():
        if isinstance(custom, Mapping) and custom.get("enabled") and custom.get("name") == name:
            wanted = custom.get("settings") or {}
    return wanted


def _domain(settings: Settings, wanted: Mapping[str, Any], call: Call, cookie: Cookie, host: str) -> str | None:
    domain = wanted.get("domain")
    if isinstance(domain, list):
        name = host.partition(":")[0]
        domain = next((d for d in domain if name.endswith(str(d))), None)
    overrides: Mapping[str, Any] = settings.get("apiserver.auth.cookies_domain_override", {}) or {}
    company = _company(call, cookie) if overrides else None
    found: str | None = overrides.get(company or "", domain)
    return found


def _company(call: Call, cookie: Cookie) -> str | None:
    if call.authenticated:
        return call.company
    try:
        return tokens.read(call.settings, cookie.value or "").identity.company
    except ApiError:
        return None
