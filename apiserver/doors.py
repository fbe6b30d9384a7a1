"""The three doors: their sockets, bound before anything else is done, and which application answers at which."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BACKLOG = 1024
_SDK_HEADERS = tuple(f"HTTP_X_{name}_{what}" for name in ("CLEARML", "TRAINS") for what in ("CLIENT", "AGENT", "WORKER"))
LOOPBACK = ("127.", "::1", "localhost")


class CannotListen(Exception):
    """The address cannot be had; the text says which and why, in one line."""


@frozen
class Door:
    """name: api, web or files."""

    name: str
    socket: socket.socket

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])


def open_doors(host: str, ports: Mapping[str, int]) -> dict[str, Door]:
    """Bind and listen, so that early callers wait instead of being refused. Port 0: any free one. Raises: CannotListen."""
    doors: dict[str, Door] = {}
    try:
        for name, port in ports.items():
            doors[name] = Door(name, _listening(host, port, name))
    except CannotListen:
        for door in doors.values():
            door.socket.close()
        raise
    return doors


def _listening(host: str, port: int, name: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            reason = f"something listens there already; choose another with --{name}-port"
        raise CannotListen(f"cannot listen on {host}:{port} ({name}): {reason}") from error
    listener.set_inheritable(True)
    return listener


def is_loopback(host: str) -> bool:
    return host.startswith(LOOPBACK)


class ByPort:
    """A WSGI application that hands each request to that of the port it came in by."""

    def __init__(self, applications: Iterable[tuple[Door, WSGIApplication]]) -> None:
        # NOTE: the server takes SERVER_PORT from the accepting socket, never from the Host header.
        self._by_port = {str(door.port): application for door, application in applications}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # NOTE: an SDK process that forks shares its open connections with its children; answers read by the wrong one of them hang
        # both for good (spec 7 §1). A connection that is closed after its answer cannot be shared.
        close = any(environ.get(name) for name in _SDK_HEADERS)
        return self._by_port[environ["SERVER_PORT"]](environ, _obeying(start_response, close=close))


def _obeying(start_response: StartResponse, *, close: bool) -> StartResponse:
    """Have the connection closed after the answer, if so asked, and let the application set the header `Server`.

    NOTE: gunicorn drops `Connection` and `Server` from an application's answer. Its Response has what is needed, and is found behind
    `start_response`; tests/unit/test_serve.py holds this against new releases of gunicorn.
    """
    response: Any = getattr(start_response, "__self__", None)

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        if response is not None:
            said = {name.lower(): value for name, value in headers}
            response.version = said.get("server", response.version)
            if close or said.get("connection", "").lower() == "close":
                response.force_close()
        return start_response(status, headers, exc_info)

    return start
