"""Cross-origin headers (spec 6 §1.7)."""

from __future__ import annotations

from collections.abc import Sequence

import falcon

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


class Cors:
    """Middleware. origins: `*`, one origin, or a list of them; without credentials, so that a cookie never serves a foreign page."""

    def __init__(self, origins: str | Sequence[str]) -> None:
        self._origins = [origins] if isinstance(origins, str) else list(origins)

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool) -> None:
        origin = req.get_header("Origin")
        if origin is None:
            if "*" in self._origins:
                resp.set_header("Access-Control-Allow-Origin", "*")
            return
        resp.append_header("Vary", "Origin")
        if "*" not in self._origins and origin not in self._origins:
            return
        resp.set_header("Access-Control-Allow-Origin", origin)
        if req.method == "OPTIONS":
            resp.set_header("Access-Control-Allow-Methods", _METHODS)
            if wanted := req.get_header("Access-Control-Request-Headers"):
                resp.set_header("Access-Control-Allow-Headers", wanted)
