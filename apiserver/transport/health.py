"""`/healthz`: this process answers. `/readyz`: so do its stores; 503 and which part does not. For balancers and orchestrators."""

from __future__ import annotations

import falcon
import orjson

from apiserver.calls.health import Health


class Alive:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        _write(resp, {"status": "alive"})

    on_head = on_get


class Ready:
    def __init__(self, health: Health) -> None:
        self._health = health

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        found = self._health.readiness()
        if not found.ready:
            resp.status = falcon.HTTP_503
            resp.set_header("Retry-After", "2")
        parts = {name: "up" if answers else "down" for name, answers in found.parts.items()}
        _write(resp, {"status": "ready" if found.ready else "not ready", "parts": parts})

    on_head = on_get


def _write(resp: falcon.Response, body: object) -> None:
    resp.content_type = falcon.MEDIA_JSON
    resp.set_header("Cache-Control", "no-store")
    resp.data = orjson.dumps(body)
