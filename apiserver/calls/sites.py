"""Which web pages may use the cookie that keeps a browser signed in. docs/auth.md tells why.

A browser sends the cookie with requests that any page makes it send. `SameSite=Lax` keeps it back from most of them, but not from links
and pop-ups, and here a plain GET may change things. So a cookie counts only when this site's own pages sent it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit


def cookie_counts(headers: Mapping[str, str], listed: Collection[str]) -> bool:
    """Whether a request's cookie may sign it in.

    headers: names in lower case; listed: origins that the operator named in `apiserver.cors.origins` (`*` names nobody).
    """
    origin = headers.get("origin")
    if origin is not None and origin != "*" and origin in listed:
        return True
    # NOTE: scripts cannot set or remove Sec-Fetch-Site; browsers from before 2023 do not send it.
    match headers.get("sec-fetch-site"):
        case "same-origin" | "none":
            return True
        case "cross-site":
            return False
        case "same-site" if origin is None:
            return False
    return origin is None or _host(origin) == _host("//" + headers.get("host", ""))


def _host(url: str) -> str | None:
    """NOTE: without its port, because the doors of one server are at different ports of one host."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
