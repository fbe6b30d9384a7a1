"""The registry of workers: entries in the state store that expire unless the worker reports. Source: spec 5 §5.1, §5.6.

An entry is JSON under `worker_<company>_<user>_<worker id>`. Sorted sets name the entries of a company and of each tag, with the second of
their expiry as score: `workers_<company>`, `workers.tags_<company>_<tag>`, `workers.systemtags_<company>_<tag>`.
QUIRK: spec 5 §5.1: a tag that a later report takes away still finds the worker until its expiry of then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from apiserver.calls.call import Call
from apiserver.domain import glob

DEFAULT_TIMEOUT_S = 600
_SETS_KEPT_S = 90 * 24 * 3600
"""How long a set outlives the last change of it. Members go earlier, when they are read."""

Named = dict[str, Any]
"""{id, name}"""
_TIMES = ("register_time", "last_activity_time", "last_report_time")


@define(kw_only=True)
class Worker:
    """What is known of a worker. queue: where the running task came from; queues: those it listens to, ids."""

    key: str
    id: str
    user: Named
    company: Named
    ip: str | None = None
    queues: list[str] = field(factory=list)
    queue: str | None = None
    task: Named | None = None
    project: Named | None = None
    register_time: datetime | None = None
    register_timeout: int = DEFAULT_TIMEOUT_S
    last_activity_time: datetime | None = None
    last_report_time: datetime | None = None
    tags: list[str] = field(factory=list)
    system_tags: list[str] = field(factory=list)

    def stored(self) -> dict[str, Any]:
        """The entry without what is not known."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        return {name: value for name, value in fields.items() if value is not None}


_FIELDS = tuple(name for name in Worker.__annotations__)


@frozen
class Wanted:
    """Which workers. pattern: see `domain/glob.py`; tags: any of these, those with a leading minus not; both kinds of tags have to fit."""

    pattern: str = ""
    tags: Sequence[str] = ()
    system_tags: Sequence[str] = ()


def key_of(call: Call, worker_id: str) -> str:
    """The same worker id of another user is another worker."""
    return f"worker_{call.company}_{call.user}_{worker_id}"


def load(call: Call, worker_id: str) -> Worker | None:
    """The caller's worker of this id, if it is there and can be read."""
    found = load_many(call, [key_of(call, worker_id)])
    return found[0] if found else None


def load_many(call: Call, keys: Sequence[str]) -> list[Worker]:
    """Those of the entries that are still there."""
    return [worker for text in call.state.get_many(keys) if text is not None and (worker := _parse(call, text)) is not None]


def live(call: Call) -> list[Worker]:
    """All workers of the company."""
    return load_many(call, call.state.keys(_prefix(call)))


def save(call: Call, worker: Worker) -> None:
    """Store an entry and renew its expiry, from this moment on."""
    text = json.dumps({name: _json(value) for name, value in worker.stored().items()})
    timeout = worker.register_timeout
    call.state.set(worker.key, text, ttl_s=timeout)
    for name in _sets(call, worker.tags, worker.system_tags):
        call.state.add_member(name, worker.key, int(call.now.timestamp()) + timeout, ttl_s=max(timeout, _SETS_KEPT_S))


def forget_expired(call: Call) -> None:
    """Take those that expired out of the company's set, which nothing else does while nobody asks for excluded tags."""
    call.state.expire_members(_everybody(call), up_to=call.now.timestamp())


def remove(call: Call, worker_id: str) -> bool:
    """Forget the caller's worker; whether it was there."""
    return bool(call.state.delete(key_of(call, worker_id)))


def select(call: Call, wanted: Wanted) -> list[str]:
    """Keys of the entries that fit. With tags, some may have expired or been removed.

    QUIRK: spec 5 §5.6: the user's id is part of the key, so a pattern may begin after any `_`; together with tags, anywhere.
    """
    if not wanted.tags and not wanted.system_tags:
        pattern = glob.tokens(f"*_{wanted.pattern or '*'}")
        start = len(_prefix(call))
        return [key for key in call.state.keys(_prefix(call)) if glob.matches(pattern, key[start:])]
    found = _tagged(call, wanted)
    if not wanted.pattern:
        return found
    pattern = glob.tokens(f"*{wanted.pattern}")
    return [key for key in found if glob.matches(pattern, key)]


def seen_within(call: Call, workers: Iterable[Worker], seconds: int) -> list[Worker]:
    """Those that were active in the last seconds, at least 1; 0: all."""
    if not seconds:
        return list(workers)
    try:
        since = call.now - timedelta(seconds=max(1, seconds))
    except OverflowError:
        return list(workers)
    return [worker for worker in workers if worker.last_activity_time is not None and worker.last_activity_time >= since]


def _tagged(call: Call, wanted: Wanted) -> list[str]:
    """QUIRK: spec 5 §5.6: the tags of one kind are ORed, the two kinds ANDed."""
    kinds = [(_tag_set, wanted.tags), (_system_tag_set, wanted.system_tags)]
    including = [[name(call, tag) for tag in tags if not tag.startswith("-")] for name, tags in kinds]
    excluding = [name(call, tag[1:]) for name, tags in kinds for tag in tags if tag.startswith("-")]
    found: set[str] | None = None
    for names in including:
        if names:
            members = {member for name in names for member in _members(call, name)}
            found = members if found is None else found & members
    if found is None:
        found = set(_members(call, _everybody(call)))
    for name in excluding:
        if not found:
            break
        found -= set(_members(call, name))
    return sorted(found)


def _members(call: Call, name: str) -> list[str]:
    now_s = call.now.timestamp()
    call.state.expire_members(name, up_to=now_s)
    return call.state.members(name, above=now_s)


def _sets(call: Call, tags: Iterable[str], system_tags: Iterable[str]) -> list[str]:
    names = [_everybody(call), *(_tag_set(call, tag) for tag in tags), *(_system_tag_set(call, tag) for tag in system_tags)]
    return list(dict.fromkeys(names))


def _prefix(call: Call) -> str:
    return f"worker_{call.company}_"


def _everybody(call: Call) -> str:
    return f"workers_{call.company}"


def _tag_set(call: Call, tag: str) -> str:
    return f"workers.tags_{call.company}_{tag}"


def _system_tag_set(call: Call, tag: str) -> str:
    return f"workers.systemtags_{call.company}_{tag}"


def _json(value: Any) -> Any:
    """NOTE: times are written as the reference does, UTC without saying so: with Redis, either server reads what the other wrote."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() if isinstance(value, datetime) else value


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parse(call: Call, text: str) -> Worker | None:
    """An entry that nobody can read is no worker; nor is another company's, whose id may begin as ours."""
    try:
        fields = json.loads(text)
        times = {name: _time(fields[name]) for name in _TIMES if name in fields}
        worker = Worker(**{name: value for name, value in {**fields, **times}.items() if name in _FIELDS})
        return worker if worker.company.get("id") == call.company else None
    except (ValueError, TypeError, AttributeError):
        return None
