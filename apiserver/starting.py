"""From settings to stores that a server may work on: looks whether their data has today's shape, migrates it where that is configured, and
else hands out stores that refuse everything, so that nothing is written to data of an older release. docs/upgrading.md is the page.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from apiserver.calls import auth
from apiserver.settings import Settings
from apiserver.stores import registry
from apiserver.stores.backend import Backend, Unmigrated
from apiserver.stores.errors import Refused, StoreError, Unavailable
from apiserver.stores.migrations import MigrationFailed, Migrations, NotMigrated, Status, Telling

log = logging.getLogger(__name__)

_SINCE_ELASTIC_7 = (0, 16, 0)
CLIENTS_ARE_TOLD = "the data of this server has to be migrated first; its operator finds out more with `trackyard migrate status`"


def opened(settings: Settings, *, wait_s: float) -> Backend:
    """The stores, of today's shape; those of `closed` where they are not. Raises: StoreError, MigrationFailed."""
    try:
        if settings.get("stores.migrate_at_start", False):
            run(settings, log.info, wait_s=wait_s)
        return registry.open_backend(settings, wait_s=wait_s)
    except NotMigrated as error:
        return closed(settings, _unmigrated(settings, str(error)))


def closed(settings: Settings, why: Unmigrated) -> Backend:
    """Stores that refuse every use, so that clients are told to come back, whatever they ask for."""
    log.error("%s", why.text)
    store: Any = _Closed()
    return Backend(documents=store, events=store, state=store, settings=settings, statistics=store, unmigrated=why)


class _Closed:
    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _refuse

    def close(self) -> None:
        """There is nothing to close."""


def _refuse(*_: object, **__: object) -> NoReturn:
    raise Unavailable(CLIENTS_ARE_TOLD, cause=CLIENTS_ARE_TOLD)


# What the command does, too


def statuses(settings: Settings, *, count: bool = False) -> list[Status]:
    """Of every store that has migrations. Raises: StoreError."""
    return _of_all(settings, lambda one: one.status(count=count))


def verified(settings: Settings) -> list[str]:
    """What is not as it should be. Raises: StoreError."""
    return [problem for found in _of_all(settings, lambda one: one.verify()) for problem in found]


def run(settings: Settings, say: Callable[[str], Any], *, wait_s: float = 0, without_events: bool = False) -> int:
    """Migrate what is pending, alone among all servers; how many steps that were. without_events: although events of before Elasticsearch 7
    were never moved.

    Raises: NotMigrated, for such events; MigrationFailed; StoreError.
    """
    state, done = registry.open_state(settings, wait_s=wait_s), 0
    try:
        with registry.start_lock(state, settings):
            for one in registry.migrations(settings, renamed_users=_renamed_users(settings)):
                try:
                    done += _run(one, settings, say, without_events)
                finally:
                    one.close()
    finally:
        state.close()
    return done


def _run(one: Migrations, settings: Settings, say: Callable[[str], Any], without_events: bool) -> int:
    status = one.status()
    if not status.pending:
        return 0
    if not without_events and (missed := _missed_events(settings, status)):
        raise NotMigrated(missed.text)
    for step in status.pending:
        say(f"{status.store} {step.number}: {step.what}")
    one.run(Telling(say))
    if problems := one.verify():
        raise MigrationFailed("; ".join(problems))
    say(f"{status.store}: {len(status.pending)} migrations done")
    return len(status.pending)


def _of_all(settings: Settings, ask: Callable[[Migrations], Any]) -> list[Any]:
    found = []
    for one in registry.migrations(settings, renamed_users=_renamed_users(settings)):
        try:
            found.append(ask(one))
        finally:
            one.close()
    return found


def _renamed_users(settings: Settings) -> Mapping[str, str]:
    """{id that a fixed user had before 0.13, which depended on the password: today's}. Hashed passwords tell nothing of it."""
    if settings.get("apiserver.auth.fixed_users.pass_hashed", False):
        return {}
    return {
        hashlib.md5(f"{user.username}:{user.password}".encode(), usedforsecurity=False).hexdigest(): user.id
        for user in auth.fixed_users(settings)
    }


# Events from before Elasticsearch 7


def _unmigrated(settings: Settings, text: str) -> Unmigrated:
    status = next(iter(statuses(settings)), None)
    return (status and _missed_events(settings, status)) or Unmigrated(text)


def _missed_events(settings: Settings, status: Status) -> Unmigrated | None:
    """Whether the documents are from before 0.16 and the events were left behind, as the reference finds out. Source: spec 6 §4.4."""
    version = tuple(int(part) for part in status.version.split(".")) if status.version else ()
    if version >= _SINCE_ELASTIC_7 or not settings.get("apiserver.elastic.upgrade_monitoring.v16_migration_verification", True):
        return None
    try:
        if registry.has_event_templates(settings):
            return None
        away = False
    except Refused:
        raise
    except StoreError as error:
        log.warning("%s", error)
        away = True
    text = (
        f"MongoDB at {status.where} is of release {status.version or 'before 0.12.1'}, and "
        + ("Elasticsearch cannot be reached" if away else "Elasticsearch has no events of it")
        + ": move the events from Elasticsearch 5 first (docs/upgrading.md); to give them up, run `trackyard migrate run --without-events`"
    )
    return Unmigrated(text, missed_es_upgrade=True, es_connection_error=away)
