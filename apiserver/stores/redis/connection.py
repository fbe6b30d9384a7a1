"""One logical database of a Redis server: its connections, and what its errors mean."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import redis
from attrs import frozen
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    AuthorizationError,
    ConnectionError,
    NoPermissionError,
    RedisError,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

from apiserver.settings import Settings
from apiserver.stores.errors import InvalidValue, Refused, StoreError, Unavailable

OLDEST = (6, 0)
"""What the commands that are used need. Tried with 6.2 and 7.0."""
PAUSE_S = 1.0
_REFUSED = (AuthenticationError, AuthenticationWrongNumberOfArgsError, AuthorizationError, NoPermissionError)
_DEFAULTS: Mapping[str, Any] = {
    "socket_timeout": 5.0,
    "socket_connect_timeout": 5.0,
    "health_check_interval": 30,
    "max_connections": 512,
    "client_name": "trackyard",
}


@frozen
class Place:
    """Where a logical database is. options: as the driver takes them (host, port, db, username, password, ssl, ...), or `url`."""

    key: str
    """The setting that names it, for messages."""
    options: Mapping[str, Any]

    @property
    def shown(self) -> str:
        """For messages: never with a password."""
        if url := self.options.get("url"):
            return str(url).partition("://")[2].rpartition("@")[2].partition("?")[0]
        return f"{self.options.get('host', '127.0.0.1')}:{self.options.get('port', 6379)} (database {self.options.get('db', 0)})"


def place(settings: Settings, alias: str) -> Place:
    """What `hosts.redis.<alias>` and `secure.redis.<alias>.password` say. Source: spec 1 §15.2."""
    key = f"hosts.redis.{alias}"
    options = dict(settings.get(key) or {})
    password = (settings.get(f"secure.redis.{alias}") or {}).get("password")
    return Place(key, options if password in (None, "") else {**options, "password": str(password)})


class Database:
    """Connections to one place, opened at first use and after a fork by each process itself; threads may share it."""

    def __init__(self, place: Place) -> None:
        """Opens nothing. Raises: StoreError for options that the driver does not know."""
        self.place = place
        self._slow_until = 0.0
        self._lock = threading.Lock()
        self.client: Any = _client(place)

    def ask(self, question: Callable[[Any], Any], *, of_another_kind: Any = None) -> Any:
        """What the question returns, asked with the client. of_another_kind: the answer when the key holds another kind of value.

        Raises: Unavailable; InvalidValue.
        """
        with self._translated():
            try:
                return question(self.client)
            except ResponseError as error:
                if str(error).startswith("WRONGTYPE"):
                    return of_another_kind
                if "not an integer" in str(error) or "would overflow" in str(error):
                    raise InvalidValue("not an integer of 64 bits") from error
                raise

    def check(self) -> None:
        """Raises: Unavailable when it cannot be reached just now; Refused when waiting will not help."""
        place = self.place
        with self._translated():
            found = str(self.client.info("server").get("redis_version", "0"))
        version = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
        if version < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            raise Refused(f"{place.key}: Redis at {place.shown} is version {found}, and {wanted} or newer is needed: upgrade it")

    def close(self) -> None:
        self.client.close()
        self.client.connection_pool.disconnect()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """NOTE: after a time-out, calls fail at once for a moment, so that threads do not pile up behind a server that hangs."""
        place = self.place
        if time.monotonic() < self._slow_until:
            raise Unavailable(f"Redis at {place.shown} does not answer in time")
        try:
            yield
        except _REFUSED as error:
            what = f"{place.key}: Redis at {place.shown} refuses the credentials ({error})"
            raise Refused(f"{what}: set the password in secure.redis, and a user name as `username` beside the host") from error
        except TimeoutError as error:
            with self._lock:
                self._slow_until = time.monotonic() + PAUSE_S
            raise Unavailable(f"Redis at {place.shown} does not answer in time") from error
        except ConnectionError as error:
            raise Unavailable(
                f"{place.key}: Redis at {place.shown} cannot be reached ({error}) Is it running, and is this its address?"
            ) from error
        except RedisError as error:
            if isinstance(error, ResponseError) and "db index is out of range" in str(error).lower():
                raise Refused(f"{place.key}: Redis at {place.shown} has no such database: choose another `db`") from error
            raise Unavailable(f"Redis at {place.shown}: {error}") from error


def _client(place: Place) -> Any:
    options = {**_DEFAULTS, **place.options}
    if options.pop("cluster", False):
        raise StoreError(
            f"{place.key}.cluster: Redis clusters are not supported; name one Redis server, or its replica set's writable address"
        )
    # A connection that died since its last use is no reason to fail; a server that hangs is.
    options["retry"] = Retry(ExponentialBackoff(cap=0.2, base=0.02), 2, supported_errors=(ConnectionError,))
    options["encoding_errors"] = "surrogatepass"
    options["decode_responses"] = True
    url = options.pop("url", None)
    try:
        return redis.Redis.from_url(url, **_without_place(options)) if url else redis.Redis(**options)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{place.key}: {error}") from error


def _without_place(options: Mapping[str, Any]) -> dict[str, Any]:
    """Beside a URL, the default host, port and database have no say; a password of its own has."""
    return {name: value for name, value in options.items() if name not in ("host", "port", "db")}
