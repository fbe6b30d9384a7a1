"""From settings to clusters: `hosts.elastic`, `secure.elastic`, `stores.elastic`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from apiserver.settings import Settings
from apiserver.stores.elastic.client import Elastic, Options
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.errors import StoreError

_OURS = {"timeout", "request_timeout", "max_retries", "retry_on_timeout"}
_UNKNOWN = {"maxsize", "use_ssl", "http_auth", "timeout"}
"""Arguments of clients before release 8 that newer ones do not have; they may stand in existing files."""

_THIS_MACHINE: Mapping[str, Any] = {"host": "127.0.0.1", "port": 9200}
"""What counts where a setting leaves it open."""


def cluster(settings: Settings, name: str) -> Elastic:
    """The cluster that `hosts.elastic.<name>` names. Raises: StoreError for what cannot be meant."""
    about = settings.get(f"hosts.elastic.{name}") or {}
    arguments = dict(about.get("args") or {})
    user, password = _credentials(settings, about)
    pool = settings.get("stores.elastic") or {}
    return Elastic(
        Options(
            hosts=[_address(name, host, about) for host in about.get("hosts") or [_THIS_MACHINE]],
            user=user,
            password=password,
            request_timeout_s=float(arguments.get("request_timeout") or arguments.get("timeout") or 60),
            max_retries=int(arguments.get("max_retries", 3)),
            retry_on_timeout=bool(arguments.get("retry_on_timeout", False)),
            client={key: value for key, value in arguments.items() if key not in _OURS | _UNKNOWN},
            connections=int(pool.get("connections", 16)),
            wait_s=float(pool.get("wait_s", 10)),
            bulk_documents=int(pool.get("bulk_documents", 1000)),
            bulk_bytes=int(pool.get("bulk_bytes", 8 * 1024 * 1024)),
        )
    )


def layout(settings: Settings) -> Layout:
    """How indices are called and made."""
    about = settings.get("stores.elastic") or {}
    return Layout(str(about.get("index_prefix") or ""), dict(about.get("index") or {"number_of_shards": 1, "number_of_replicas": 0}))


def has_event_templates(settings: Settings) -> bool:
    """Whether a template named `events*` is there, of either kind: each server of the reference since 0.16 puts them at its start.

    Raises: Unavailable, Refused.
    """
    elastic, name = cluster(settings, "events"), f"{layout(settings).prefix}events*"
    try:
        elastic.check_version()
        composable = elastic.ask("GET", f"/_index_template/{name}", missing=True) or {}
        return bool(composable.get("index_templates") or elastic.ask("GET", f"/_template/{name}", missing=True))
    finally:
        elastic.close()


def _address(name: str, host: Any, about: Mapping[str, Any]) -> str:
    """`service_host` and `service_port` of the entry go before those of each of its hosts (spec 1 §16.1)."""
    if isinstance(host, str):
        parts = urlsplit(host if "://" in host else f"http://{host}")
        if not (about.get("service_host") or about.get("service_port")):
            return parts.geturl()
        host = {"scheme": parts.scheme, "host": parts.hostname, "port": parts.port or _THIS_MACHINE["port"], "path_prefix": parts.path}
    if not isinstance(host, Mapping):
        raise StoreError(f"hosts.elastic.{name}.hosts: {host!r} is no host")
    scheme = str(host.get("scheme") or ("https" if host.get("use_ssl") else "http"))
    path = str(host.get("path_prefix") or host.get("url_prefix") or "").strip("/")
    where = about.get("service_host") or host.get("host", _THIS_MACHINE["host"])
    port = int(about.get("service_port") or host.get("port", _THIS_MACHINE["port"]))
    return f"{scheme}://{where}:{port}" + (f"/{path}" if path else "")


def _credentials(settings: Settings, about: Mapping[str, Any]) -> tuple[str, str]:
    """QUIRK: spec 1 §15.2: `secure: false` sends none."""
    if about.get("secure") is False:
        return "", ""
    found = settings.get("secure.elastic") or {}
    user, password = str(found.get("user") or ""), str(found.get("password") or "")
    if user and not password:
        raise StoreError("secure.elastic: a user without a password")
    return user, password
