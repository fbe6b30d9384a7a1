"""RedisStateStore: short-lived state on a Redis server, with the reference's keys where it has them (spec 1 §9, spec 2 §7, spec 5 §2.3).

The registries of workers and of serving containers are in a logical database of their own, as there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from apiserver.stores.errors import InvalidValue
from apiserver.stores.redis import scripts
from apiserver.stores.redis.connection import Database, Place
from apiserver.stores.state import StateStore

WORKERS_PREFIXES = ("worker_", "workers_", "workers.", "serving_")
"""Keys that begin so are in the database of workers."""
_SCAN = 1000
_MANY = 1000
_LONGEST_MS = 100 * 365 * 24 * 3600 * 1000
_SPECIAL = re.compile(r"([\\*?\[\]^-])")


class RedisStateStore(StateStore):
    """See `stores/state.py`. Expiry, sorted sets and locks are Redis's own; several steps at once are scripts."""

    def __init__(self, place: Place, workers: Place, *, prefix: str = "") -> None:
        """Opens no connection. prefix: before every key, for installations that share a server. Raises: StoreError."""
        self._prefix = prefix
        self._main = Database(place)
        self._workers = Database(workers)
        self._scripts = {
            name: self._main.client.register_script(text)
            for name, text in (("compare", scripts.COMPARE_AND_SET), ("increment", scripts.INCREMENT), ("add", scripts.ADD_MEMBER))
        }

    def check(self) -> None:
        """Whether the server can be used. Raises: Unavailable; Refused when waiting will not help."""
        self._main.check()
        self._workers.check()

    # Values

    def get(self, key: str) -> str | None:
        found: str | None = self._of(key).ask(lambda client: client.get(self._name(key)))
        return found

    def get_many(self, keys: Sequence[str]) -> list[str | None]:
        found: dict[str, str | None] = {}
        for database, names in self._divided(keys).items():
            for start in range(0, len(names), _MANY):
                chunk = names[start : start + _MANY]
                values = database.ask(partial(_mget, [self._name(key) for key in chunk]))
                found.update(zip(chunk, values, strict=True))
        return [found[key] for key in keys]

    def set(self, key: str, value: str, *, ttl_s: float | None = None) -> None:
        ttl = _ttl_ms(ttl_s)
        if ttl == 0:
            self.delete(key)
            return
        self._of(key).ask(lambda client: client.set(self._name(key), value, px=None if ttl < 0 else ttl))

    def set_if_absent(self, key: str, value: str, *, ttl_s: float | None = None) -> bool:
        ttl = _ttl_ms(ttl_s)
        if ttl == 0:
            return not self._of(key).ask(lambda client: client.exists(self._name(key)))
        stored = self._of(key).ask(
            lambda client: client.set(self._name(key), value, nx=True, px=None if ttl < 0 else ttl), of_another_kind=None
        )
        return bool(stored)

    def compare_and_set(self, key: str, expected: str | None, value: str | None, *, ttl_s: float | None = None) -> bool:
        arguments = [int(expected is not None), expected or "", int(value is not None), value or "", _ttl_ms(ttl_s)]
        return bool(self._run("compare", key, arguments))

    def increment(self, key: str, by: int = 1, *, ttl_s: float | None = None) -> int:
        total = self._run("increment", key, [by, _ttl_ms(ttl_s)])
        if total is None:
            raise InvalidValue(f"{key}: not an integer")
        return int(total)

    def delete(self, *keys: str) -> int:
        return sum(int(database.ask(partial(_delete, [*map(self._name, names)]))) for database, names in self._divided(keys).items())

    def keys(self, prefix: str) -> list[str]:
        """NOTE: no snapshot: what comes or goes meanwhile may be in it or not; what is there throughout, is."""
        pattern = _SPECIAL.sub(r"\\\1", self._name(prefix)) + "*"
        if prefix.startswith(WORKERS_PREFIXES):
            databases = [self._workers]
        elif any(name.startswith(prefix) for name in WORKERS_PREFIXES):
            databases = [self._main, self._workers]
        else:
            databases = [self._main]
        found: set[str] = set()
        for database in databases:
            names = database.ask(lambda client: list(client.scan_iter(match=pattern, count=_SCAN)))
            found.update(name[len(self._prefix) :] for name in names)
        return sorted(key for key in found if key.startswith(prefix))

    # Sorted sets

    def add_member(self, key: str, member: str, score: float, *, ttl_s: float | None = None) -> None:
        self._run("add", key, [member, repr(float(score)), _ttl_ms(ttl_s)])

    def score(self, key: str, member: str) -> float | None:
        found: float | None = self._of(key).ask(lambda client: client.zscore(self._name(key), member))
        return found

    def members(self, key: str, *, above: float | None = None) -> list[str]:
        least = "-inf" if above is None else f"({float(above)!r}"
        return list(self._of(key).ask(lambda client: client.zrangebyscore(self._name(key), least, "+inf"), of_another_kind=[]))

    def remove_members(self, key: str, *members: str) -> int:
        if not members:
            return 0
        return int(self._of(key).ask(lambda client: client.zrem(self._name(key), *members), of_another_kind=0))

    def expire_members(self, key: str, *, up_to: float) -> int:
        most = repr(float(up_to))
        return int(self._of(key).ask(lambda client: client.zremrangebyscore(self._name(key), "-inf", most), of_another_kind=0))

    # The store

    def sweep(self) -> int:
        """Redis forgets by itself."""
        return 0

    def ping(self) -> None:
        for database in (self._main, self._workers):
            database.ask(lambda client: client.ping())

    def close(self) -> None:
        self._main.close()
        self._workers.close()

    def _name(self, key: str) -> str:
        return self._prefix + key

    def _of(self, key: str) -> Database:
        return self._workers if key.startswith(WORKERS_PREFIXES) else self._main

    def _divided(self, keys: Sequence[str]) -> dict[Database, list[str]]:
        """The keys, each once, by where they are."""
        divided: dict[Database, list[str]] = {}
        for key in dict.fromkeys(keys):
            divided.setdefault(self._of(key), []).append(key)
        return divided

    def _run(self, script: str, key: str, arguments: Sequence[Any]) -> Any:
        run = self._scripts[script]
        return self._of(key).ask(lambda client: run(keys=[self._name(key)], args=arguments, client=client))


def _mget(names: list[str], client: Any) -> Any:
    return client.mget(names)


def _delete(names: list[str], client: Any) -> Any:
    return client.delete(*names)


def _ttl_ms(ttl_s: float | None) -> int:
    """Milliseconds; -1: for ever; 0: over already."""
    if ttl_s is None:
        return -1
    if ttl_s <= 0:
        return 0
    return min(_LONGEST_MS, math.ceil(ttl_s * 1000)) if math.isfinite(ttl_s) else _LONGEST_MS
