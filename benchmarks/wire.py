"""A client that costs next to nothing, so that what is measured is the server: kept connections, bytes made beforehand, one thread.

Each connection sends its next request as soon as it has its answer, as so many clients side by side would.
"""

from __future__ import annotations

import base64
import json
import selectors
import socket
import time
from collections.abc import Callable
from typing import Any

from attrs import define, field

Make = Callable[[int], bytes]
"""(number of the request) to the bytes of a whole HTTP request."""


@define
class Client:
    """Requests of one user to the API at a port of this machine."""

    port: int
    token: str = ""

    def login(self, key: str, secret: str) -> None:
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.token = f"Basic {pair}"
        self.token = f"Bearer {self.call('auth.login', {})['token']}"

    def request(self, action: str, data: object, *, version: str = "2.34") -> bytes:
        """data: of a call; bytes: lines of a batch, as they are."""
        kind, body = ("application/json-lines", data) if isinstance(data, bytes) else ("application/json", json.dumps(data).encode())
        head = (
            f"POST /v{version}/{action} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: {self.token}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def call(self, action: str, data: object) -> Any:
        """The answer's data. Raises: RuntimeError for anything but a success."""
        with Connection(self.port) as connection:
            connection.send(self.request(action, data))
            while not connection.receive():
                pass
            status, body = connection.answer
        if status != 200:
            raise RuntimeError(f"{action}: {status} {body[:500].decode(errors='replace')}")
        return json.loads(body)["data"]


@define
class Connection:
    port: int
    socket: socket.socket = field(init=False)
    _received: bytearray = field(init=False, factory=bytearray)
    _wanted: int = field(init=False, default=0)
    _head: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, request: bytes) -> None:
        self._received, self._wanted = bytearray(), 0
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what there is. Returns: whether the answer is whole now."""
        read = self.socket.recv(1 << 18)
        if not read:
            raise RuntimeError("the server closed the connection")
        self._received += read
        if not self._wanted:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self._received[:end]).lower()
            self._head = end + 4
            self._wanted = self._head + int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return len(self._received) >= self._wanted

    @property
    def answer(self) -> tuple[int, bytes]:
        """(status, body) of the last whole answer."""
        return int(self._received[9:12]), bytes(self._received[self._head : self._wanted])


def rate(port: int, make: Make, *, connections: int = 1, seconds: float = 3.0, warm_s: float = 0.5) -> float:
    """Answers a second. Raises: RuntimeError when one is not a success."""
    opened = [Connection(port) for _ in range(connections)]
    selector = selectors.DefaultSelector()
    number = answered = 0
    try:
        for one in opened:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.send(make(number))
            number += 1
        began = time.perf_counter()
        counted_from = began + warm_s
        end = counted_from + seconds
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select():
                one = key.data
                if not one.receive():
                    continue
                if one.answer[0] != 200:
                    raise RuntimeError(f"{one.answer}"[:600])
                answered += now >= counted_from
                one.send(make(number))
                number += 1
        return answered / (now - counted_from)
    finally:
        selector.close()
        for one in opened:
            one.socket.close()


def milliseconds(port: int, request: bytes, *, runs: int = 15) -> float:
    """The median time to the whole answer of one request sent again and again, the first two left out."""
    taken = []
    with Connection(port) as connection:
        for _ in range(runs + 2):
            began = time.perf_counter()
            connection.send(request)
            while not connection.receive():
                pass
            taken.append((time.perf_counter() - began) * 1000)
            if connection.answer[0] != 200:
                raise RuntimeError(f"{connection.answer}"[:600])
    return sorted(taken[2:])[runs // 2]
