"""The registry of serving containers: entries in the state store that expire unless the container reports. Source: spec 5 §7.

An entry is JSON under `serving_container_<company>_<container id>`. The sorted set `serving_url_<company>_<address>` names the entries that
serve an address, with the second of their expiry as score.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import asdict, define, evolve, field

from apiserver.calls.call import Call
from apiserver.domain import serving
from apiserver.generated import errors
from apiserver.stores.errors import InvalidValue
from apiserver.stores.statistics import SERVING_STATS

DEFAULT_TIMEOUT_S = 600
_SETS_KEPT_S = 3600
_LONGEST_S = 10 * 365 * 24 * 3600
"""No entry is kept longer without a report, whatever its container asks for."""
_TIMES = ("register_time", "last_activity_time")


@define(kw_only=True)
class Container:
    """What is known of a container: its last registration or report. endpoint_url: None while it is loading."""

    container_id: str
    endpoint_name: str
    model_name: str
    endpoint_url: str | None = None
    model_source: str | None = None
    model_version: str | None = None
    preprocess_artifact: str | None = None
    input_type: str | None = None
    input_size: str | None = None
    reference: list[dict[str, str]] = field(factory=list)
    tags: list[str] = field(factory=list)
    system_tags: list[str] = field(factory=list)
    uptime_sec: int | None = None
    requests_num: int | None = None
    requests_min: float | None = None
    latency_ms: int | None = None
    machine_stats: Mapping[str, Any] = field(factory=dict)
    company_id: str
    ip: str | None = None
    register_time: datetime
    register_timeout: int
    last_activity_time: datetime


_FIELDS = frozenset(Container.__annotations__)


def register(call: Call, said: Mapping[str, Any], *, timeout_s: int | None = None) -> None:
    """Store a fresh entry, whatever there was before.

    said: fields of `Container`, as the container told them. timeout_s: None: as configured.
    """
    before = _load(call, said["container_id"])
    _save(call, _fresh(call, said, timeout_s), before)


def report(call: Call, said: Mapping[str, Any]) -> None:
    """Take a container's report: its measurements, and its entry.

    QUIRK: spec 5 §7: what a report leaves out is forgotten.
    Raises: ValidationError without an address, or for a measurement that cannot be stored; ContainerNotRegistered.
    """
    if not said.get("endpoint_url"):
        raise errors.ValidationError("endpoint_url is required", container_id=said["container_id"])
    before = _load(call, said["container_id"])
    if before is None and not call.settings.get("services.serving.container_auto_register", True):
        raise errors.ContainerNotRegistered(container_id=said["container_id"])
    now = _fresh(call, said, None)
    if before is not None:
        now = evolve(now, register_time=before.register_time, register_timeout=before.register_timeout, ip=call.ip or before.ip)
    _measure(call, now)
    _save(call, now, before)


def unregister(call: Call, container_id: str) -> None:
    """Forget a container. Raises: ContainerNotRegistered for one that is not there, if configuration says so."""
    before = _load(call, container_id)
    if before is None:
        if not call.settings.get("services.serving.container_auto_unregister", True):
            raise errors.ContainerNotRegistered(container_id=container_id)
        return
    call.state.delete(_key(call, container_id))
    if before.endpoint_url is not None:
        call.state.remove_members(_address(call, before.endpoint_url), _key(call, container_id))


def live(call: Call) -> list[Container]:
    """All containers of the company, by name."""
    found = [_parse(call, text) for _, text in call.state.scan(_prefix(call))]
    return sorted((container for container in found if container is not None), key=lambda container: container.container_id)


def serving_url(call: Call, url: str) -> list[Container]:
    """The containers that serve an address, by name. Those that are gone or serve another one by now leave its set."""
    name, now_s = _address(call, url), call.now.timestamp()
    call.state.expire_members(name, up_to=now_s)
    keys = call.state.members(name, above=now_s)
    found: list[Container] = []
    gone: list[str] = []
    for key, text in zip(keys, call.state.get_many(keys), strict=True):
        container = None if text is None else _parse(call, text)
        if container is None or container.endpoint_url != url:
            gone.append(key)
        else:
            found.append(container)
    if gone:
        call.state.remove_members(name, *gone)
    return sorted(found, key=lambda container: container.container_id)


def latest(containers: Sequence[Container]) -> datetime | None:
    """When any of them was last heard of."""
    return max((container.last_activity_time for container in containers), default=None)


def _fresh(call: Call, said: Mapping[str, Any], timeout_s: int | None) -> Container:
    if timeout_s is None:
        timeout_s = int(call.settings.get("services.serving.default_container_timeout_sec", DEFAULT_TIMEOUT_S))
    fields = {name: value for name, value in said.items() if name in _FIELDS and value is not None}
    fields["endpoint_url"] = said.get("endpoint_url") or None
    stamps = {"register_time": call.now, "last_activity_time": call.now, "register_timeout": timeout_s}
    return Container(**{**fields, **stamps, "company_id": call.company, "ip": call.ip or None})


def _save(call: Call, container: Container, before: Container | None) -> None:
    """Store an entry and renew its expiry; it leaves the set of an address that it served before."""
    key, timeout_s = _key(call, container.container_id), min(container.register_timeout, _LONGEST_S)
    text = json.dumps({name: value for name, value in asdict(container).items() if value is not None}, default=datetime.isoformat)
    call.state.set(key, text, ttl_s=timeout_s)
    if before is not None and before.endpoint_url is not None and before.endpoint_url != container.endpoint_url:
        call.state.remove_members(_address(call, before.endpoint_url), key)
    if container.endpoint_url is not None:
        name = _address(call, container.endpoint_url)
        call.state.add_member(name, key, int(call.now.timestamp()) + timeout_s, ttl_s=max(timeout_s, _SETS_KEPT_S))


def _measure(call: Call, container: Container) -> None:
    row = {
        "timestamp": int(call.now.timestamp() * 1000),
        "endpoint_url": container.endpoint_url,
        "container_id": container.container_id,
        "requests_num": container.requests_num,
        "requests_min": container.requests_min,
        "uptime_sec": container.uptime_sec,
        "latency_ms": container.latency_ms,
        **(serving.figures(container.machine_stats) if container.machine_stats else {}),
    }
    try:
        call.statistics.add(SERVING_STATS, call.company, [row])
    except InvalidValue as error:
        raise errors.ValidationError(f"machine_stats: {error}") from error


def _load(call: Call, container_id: str) -> Container | None:
    text = call.state.get(_key(call, container_id))
    return None if text is None else _parse(call, text)


def _parse(call: Call, text: str) -> Container | None:
    """An entry that nobody can read is no container; nor is another company's, whose id may begin as ours."""
    try:
        fields = json.loads(text)
        times = {name: datetime.fromisoformat(fields[name]) for name in _TIMES}
        container = Container(**{name: value for name, value in {**fields, **times}.items() if name in _FIELDS})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return container if container.company_id == call.company else None


def _prefix(call: Call) -> str:
    return f"serving_container_{call.company}_"


def _key(call: Call, container_id: str) -> str:
    return _prefix(call) + container_id


def _address(call: Call, url: str) -> str:
    return f"serving_url_{call.company}_{url}"
