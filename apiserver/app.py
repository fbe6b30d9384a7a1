"""Wiring: the generated table of endpoints, the router and the HTTP side become one WSGI application."""

from __future__ import annotations

import falcon

from apiserver.calls.call import Backend
from apiserver.calls.health import Health
from apiserver.calls.router import Router
from apiserver.calls.sign_in import ByName
from apiserver.doors import is_loopback
from apiserver.generated.bindings import ENDPOINTS
from apiserver.transport.documentation import Page, Specification
from apiserver.transport.health import Alive, Ready
from apiserver.transport.middleware import Compression, Cors, Preamble
from apiserver.transport.sign_in import SignIn
from apiserver.transport.sink import Sink

App = falcon.App[falcon.Request, falcon.Response]


def create_api(backend: Backend) -> App:
    """The API server over a backend, as a WSGI application."""
    settings = backend.settings
    app: App = falcon.App(middleware=[Preamble(settings), Cors(settings), Compression()])
    app.req_options.strip_url_path_trailing_slash = False
    ready = Ready(Health(backend))
    sign_in = SignIn(ByName(backend, listens_locally=is_loopback(str(settings.get("serve.host", "127.0.0.1")))))
    for prefix in ("", "/api"):
        app.add_route(f"{prefix}/openapi.json", Specification())
        app.add_route(f"{prefix}/docs", Page())
        app.add_route(f"{prefix}/healthz", Alive())
        app.add_route(f"{prefix}/readyz", ready)
        app.add_route(f"{prefix}/sign-in", sign_in)
    sink = Sink(Router(ENDPOINTS, backend), max_bytes=int(settings.get("apiserver.request.max_bytes", 512 * 1024 * 1024)))
    app.add_sink(sink.answer, "/")
    app.add_error_handler(Exception, sink.fail)
    return app
