"""Elastic: requests to one Elasticsearch cluster, with its errors as those of `stores/errors.py`. What is asked is written elsewhere."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from attrs import define, field, frozen
from elastic_transport import (
    ApiError,
    ConnectionTimeout,
    JsonSerializer,
    SerializationError,
    Transport,
    TransportError,
)
from elasticsearch import Elasticsearch

from apiserver.stores.errors import InvalidValue, NoSpace, Refused, StoreError, Unavailable

OLDEST, NEWEST = (7, 17), (8,)
"""Versions of the server that are known to work: from (7, 17) on, up to all of 8."""
PING_S = 5.0
LONG_NUMBER = re.compile(rb"\d{19}")
_JSON = {"accept": "application/json", "content-type": "application/json"}
_LINES = {"accept": "application/json", "content-type": "application/x-ndjson"}
_WAITS_S = (0.1, 0.4, 1.6)
"""Pauses before what a busy server refused is sent again."""
_FULL = ("flood-stage", "read-only", "read_only")


@frozen
class Options:
    """How to reach a cluster. hosts: urls without credentials. client: further arguments of the Elasticsearch client.

    connections: how many requests of this process may be under way; others wait up to wait_s. bulk_documents, bulk_bytes: bounds of one
    bulk request.
    """

    hosts: Sequence[str] = ("http://127.0.0.1:9200",)
    user: str = ""
    password: str = field(default="", repr=False)
    request_timeout_s: float = 60
    max_retries: int = 3
    retry_on_timeout: bool = False
    client: Mapping[str, Any] = {}
    connections: int = 16
    wait_s: float = 10
    bulk_documents: int = 1000
    bulk_bytes: int = 8 * 1024 * 1024


class _Json(JsonSerializer):
    """PERF: orjson is five times faster than the client's own; but it reads a whole number beyond 64 bits as a float."""

    def json_loads(self, data: bytes) -> Any:
        return loaded(data)


def loaded(text: bytes) -> Any:
    """JSON with all its digits."""
    return json.loads(text) if LONG_NUMBER.search(text) else orjson.loads(text)


def dumped(value: Any) -> bytes:
    """Raises: InvalidValue. PERF: Python's own writer only for numbers beyond 64 bits."""
    try:
        return orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        pass
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValue(f"what is no JSON: {error}") from error


@define(eq=False)
class Elastic:
    """Made before a fork, used after it: each process has its own connections, opened at first use. Safe for threads."""

    options: Options
    _clients: dict[int, tuple[Transport, Mapping[str, str]]] = field(factory=dict)
    _turns: dict[int, threading.BoundedSemaphore] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    # Requests

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        missing: bool = False,
        timeout_s: float | None = None,
    ) -> Any:
        """The answer as JSON. missing: None instead of an error when the path is not there. Raises: Unavailable, StoreError."""
        status, answer = self._send(method, path, None if body is None else dumped(body), _JSON, parameters, timeout_s)
        if status == 404 and missing:
            return None
        if status >= 300:
            raise self._refused(status, answer)
        return answer

    def bulk(self, lines: Sequence[bytes]) -> list[Refusal]:
        """Send actions (each with its document, if it has one, and line ends) in their order; those refused for what they are.

        Bounded in size by the options; what a busy server does not take is sent again a few times. Raises: Unavailable.
        """
        refused: list[Refusal] = []
        for start, chunk in self._chunks(lines):
            refused += [Refusal(start + one.place, one.reason) for one in self._bulk(chunk)]
        return refused

    def _chunks(self, lines: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
        start = size = 0
        for place, line in enumerate(lines):
            if place > start and (place - start >= self.options.bulk_documents or size + len(line) > self.options.bulk_bytes):
                yield start, lines[start:place]
                start, size = place, 0
            size += len(line)
        if start < len(lines):
            yield start, lines[start:]

    def _bulk(self, lines: Sequence[bytes]) -> list[Refusal]:
        waiting = list(range(len(lines)))
        refused: list[Refusal] = []
        for pause_s in (*_WAITS_S, None):
            answer = self._bulk_once([lines[place] for place in waiting])
            if not answer.get("errors"):
                return refused
            again: list[int] = []
            reason = ""
            for place, item in zip(waiting, answer["items"], strict=True):
                (result,) = item.values()
                error = result.get("error")
                if error is None:
                    continue
                if result["status"] == 429 and not _is_full(error):
                    again.append(place)
                    reason = _reason(error)
                elif result["status"] in (400, 413):
                    refused.append(Refusal(place, _reason(error)))
                else:
                    raise self._refused(result["status"], {"error": error})
            waiting = again
            if not waiting:
                return refused
            if pause_s is not None:
                time.sleep(pause_s)
        text = f"Elasticsearch is too busy to take {len(waiting)} of {len(lines)} documents: {reason}"
        raise Unavailable(text, cause="the event store is too busy to take more")

    def _bulk_once(self, lines: Sequence[bytes]) -> Any:
        parameters = {"filter_path": "errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason"}
        for pause_s in (*_WAITS_S, None):
            status, answer = self._send("POST", "/_bulk", b"".join(lines), _LINES, parameters, None)
            if status == 429 and pause_s is not None:
                time.sleep(pause_s)
                continue
            if status >= 300:
                raise self._refused(status, answer)
            return answer
        raise AssertionError("not reached")

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        parameters: Mapping[str, Any] | None,
        timeout_s: float | None,
    ) -> tuple[int, Any]:
        target = quote(path, safe="/,*-_.~") + (f"?{urlencode(parameters)}" if parameters else "")
        with self._turn():
            transport, own = self._client()
            try:
                meta, answer = transport.perform_request(
                    method,
                    target,
                    headers={**own, **headers},
                    body=body,
                    request_timeout=timeout_s or self.options.request_timeout_s,
                    retry_on_status=(),
                )
            except ConnectionTimeout as error:
                text = f"Elasticsearch at {self._where()} did not answer in time: {error.message}"
                raise Unavailable(text, cause="the event store did not answer in time") from error
            except SerializationError as error:
                raise Refused(f"{self._where()} does not answer as Elasticsearch does: {error.message[:200]}") from error
            except (TransportError, ApiError) as error:
                text = f"Elasticsearch at {self._where()} cannot be reached: {error}"
                raise Unavailable(text, cause="the event store cannot be reached") from error
        return meta.status, answer

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """NOTE: calls to a slow server shall not pile up until every thread waits for it."""
        turns = self._turns.get(os.getpid())
        if turns is None:
            with self._lock:
                turns = self._turns.setdefault(os.getpid(), threading.BoundedSemaphore(self.options.connections))
        if not turns.acquire(timeout=self.options.wait_s):
            waited = f"{self.options.wait_s:g} s for one of {self.options.connections} connections"
            text = f"Elasticsearch at {self._where()} is too slow: waited {waited}"
            raise Unavailable(text, cause="the event store is too slow; too many calls wait for it")
        try:
            yield
        finally:
            turns.release()

    def _client(self) -> tuple[Transport, Mapping[str, str]]:
        found = self._clients.get(os.getpid())
        if found is None:
            with self._lock:
                found = self._clients.get(os.getpid())
                if found is None:
                    client = Elasticsearch(
                        list(self.options.hosts),
                        connections_per_node=self.options.connections,
                        max_retries=self.options.max_retries,
                        retry_on_timeout=self.options.retry_on_timeout,
                        serializers={"application/json": _Json()},
                        basic_auth=(self.options.user, self.options.password) if self.options.user else None,
                        **self.options.client,
                    )
                    found = self._clients[os.getpid()] = (client.transport, dict(client._headers))
        return found

    # State

    def check_version(self) -> str:
        """The server's version. Raises: Refused when it is none that works; Unavailable."""
        status, answer = self._send("GET", "/", None, _JSON, None, None)
        if status == 405:
            # NOTE: the server as it is published for integration tests has no such page.
            nodes = self.ask("GET", "/_nodes/_local", parameters={"filter_path": "nodes.*.version"})["nodes"]
            answer = {"version": next(iter(nodes.values()))}
            answer["version"]["number"] = answer["version"].pop("version")
        elif status >= 300:
            raise self._refused(status, answer)
        version = answer.get("version") if isinstance(answer, dict) else None
        number = str(version.get("number", "")) if isinstance(version, dict) else ""
        product = str(version.get("distribution", "Elasticsearch")) if isinstance(version, dict) else "no Elasticsearch"
        parts = tuple(int(one) for one in number.split("-")[0].split(".")[:2] if one.isdigit())
        if product != "Elasticsearch" or len(parts) < 2 or parts < OLDEST or parts[:1] > NEWEST:
            raise Refused(f"{self._where()} is {product} {number or '?'}; Elasticsearch 7.17 or 8 is needed")
        return number

    def ping(self) -> None:
        """Raises: Unavailable."""
        health = self.ask("GET", "/_cluster/health", parameters={"filter_path": "status", "timeout": "2s"}, timeout_s=PING_S)
        if health.get("status") == "red":
            text = f"Elasticsearch at {self._where()} is red: some of its data is not there"
            raise Unavailable(text, cause="some of the event store's data is not there")

    def close(self) -> None:
        """Let go of this process's connections."""
        with self._lock:
            found = self._clients.pop(os.getpid(), None)
        if found is not None:
            found[0].close()

    def _where(self) -> str:
        return ", ".join(self.options.hosts)

    def _refused(self, status: int, answer: Any) -> StoreError:
        error = answer.get("error") if isinstance(answer, dict) else answer
        reason = _reason(error)
        if status in (401, 403) and not _is_block(error):
            who = f"the user {self.options.user}" if self.options.user else "calls without a user"
            text = f"Elasticsearch at {self._where()} refuses {who}: {reason}"
            return Refused(text, cause="the event store refuses this server")
        if _is_full(error):
            return NoSpace(f"Elasticsearch takes no events, since its disk is full: {reason}", cause="its disk is full")
        if status in (403, 408, 429) or status >= 500:
            text = f"Elasticsearch at {self._where()} cannot answer now ({status}): {reason}"
            return Unavailable(text, cause="the event store cannot answer now")
        if status == 413:
            return InvalidValue("an event that is too large for Elasticsearch")
        return StoreError(f"Elasticsearch at {self._where()} refuses what was asked ({status}): {reason}")


@frozen
class Refusal:
    """A document of a bulk request, by its place, that cannot be stored as it is."""

    place: int
    reason: str


def _is_block(error: Any) -> bool:
    return isinstance(error, dict) and error.get("type") == "cluster_block_exception"


def _is_full(error: Any) -> bool:
    """Whether an index is closed for writing since a disk passed its last mark."""
    return _is_block(error) and any(word in str(error.get("reason", "")) for word in _FULL)


def _reason(error: Any) -> str:
    """One line of why."""
    if not isinstance(error, dict):
        return str(error)[:300]
    causes = [error]
    if isinstance(error.get("caused_by"), dict):
        causes.append(error["caused_by"])
    roots = error.get("root_cause")
    if isinstance(roots, list) and roots and isinstance(roots[0], dict):
        causes.append(roots[0])
    texts = dict.fromkeys(str(one.get("reason") or one.get("type") or "") for one in causes)
    return "; ".join(text for text in texts if text)[:500]
