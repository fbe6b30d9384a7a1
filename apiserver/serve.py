"""`trackyard serve` from its options to the running process tree. What can fail fails here, with one line, before any process is made."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from apiserver import services_agent
from apiserver.configuration import DEFAULT, Configuration, secrets
from apiserver.doors import ByPort, CannotListen, Door, is_loopback, open_doors
from apiserver.settings import Settings

LOCK_FILE = "lock"
_DOORS = ("api", "web", "files")
_PUBLIC_KEYS = frozenset(
    {
        "62T8CP7HGBC6647XF9314C2VY67RJO",
        "GSQWPEKSKNKF354LC9V6BHXKTYFD5I",
        "EYVQ385RW7Y2QQUH88CZ7DWIQ1WUHP",
        "EGRTCO8JMSIGI6S39GTP43NFWXDQOW",
    }
)
"""Access keys that the reference server comes with: the secrets that belong to them are known to everybody."""


class CannotStart(Exception):
    """The text is the one line that says why."""


def serve(configuration: Configuration) -> None:
    """Serve until a signal ends the process. Raises: CannotStart."""
    from apiserver.stores.errors import StoreError
    from apiserver.stores.registry import chosen, is_shared

    value = {path: found.value for path, found in configuration.values.items()}
    _set_up_logging(value)
    if value["serve.services_agent.enabled"] and not services_agent.is_installed():
        raise CannotStart('the services agent is asked for, and clearml-agent is not installed here: pip install "trackyard[agent]"')
    folder = Path(str(value["data.dir"])).expanduser()
    try:
        shared = is_shared(configuration.settings())
    except StoreError as error:
        raise CannotStart(str(error)) from error
    lock = _locked(folder, shared=shared)
    try:
        _warn_of_unused(configuration, chosen(configuration.settings()))
        doors = open_doors(str(value["serve.host"]), {name: int(value[f"serve.{name}_port"]) for name in _DOORS})
        secrets.fill_in(configuration, folder)
        _run(configuration, folder, doors)
    except (CannotListen, StoreError, secrets.BadSecrets) as error:
        raise CannotStart(str(error)) from error
    finally:
        lock.close()


def _run(configuration: Configuration, folder: Path, doors: Mapping[str, Door]) -> None:
    # PERF: imported here, so that what is wrong with ports and folders is said without loading the application.
    from apiserver.app import create_api
    from apiserver.bootstrap import bootstrap, ensure_first_user
    from apiserver.exchange import populating
    from apiserver.process import Server
    from apiserver.starting import opened
    from apiserver.web import Web
    from fileserver.app import create_files

    for name, door in doors.items():
        configuration.put(f"serve.{name}_port", door.port, configuration.values[f"serve.{name}_port"].origin)
    settings = configuration.settings()
    host = str(settings.get("serve.host"))
    if not settings.get("hosts.fileserver") and not is_loopback(host) and host not in ("0.0.0.0", "::"):
        configuration.put("hosts.fileserver", f"http://{_shown(host)}:{doors['files'].port}", "serve.host")
        settings = configuration.settings()
    backend = opened(settings, wait_s=float(settings.get("stores.start_wait_s", 0)))
    pair = None
    if backend.unmigrated is None:
        populated = populating.is_wanted(backend)
        bootstrap(backend)
        if populated:
            try:
                populating.populate(backend, files_folder(settings))
            except populating.NotPopulated as error:
                raise CannotStart(str(error)) from error
        pair = ensure_first_user(backend)
        backend.close()
    api = create_api(backend)
    files = create_files(files_folder(settings), settings, backend)
    web = Web(api, files, ports={name: door.port for name, door in doors.items()}, sub_path=str(settings.get("serve.sub_path") or ""))
    _warn(settings.get, host)
    _announce(host, doors, folder, (pair.access_key, pair.secret_key) if pair else None, usable=backend.unmigrated is None)
    application = ByPort([(doors["api"], api), (doors["web"], web), (doors["files"], files)])
    beside = None if backend.unmigrated else _services_agent(settings, host, doors)
    Server(application, backend, doors.values(), before_stop=beside.stop if beside else None).run()


def files_folder(settings: Settings) -> Path:
    """Where uploads are kept."""
    return Path(str(settings.get("data.files_dir") or Path(str(settings.get("data.dir", "data"))) / "files")).expanduser()


def _services_agent(settings: Settings, host: str, doors: Mapping[str, Door]) -> services_agent.Beside | None:
    from apiserver.bootstrap import services_agent_pair

    if not settings.get("serve.services_agent.enabled"):
        return None
    at = _addresses(host, doors)
    if uploads := settings.get("hosts.fileserver"):
        at["files"] = str(uploads)
    order = services_agent.Order(
        command=services_agent.command(settings),
        ping=f"{_addresses(host, doors)['api']}/debug.ping",
        stop_s=float(settings.get("serve.services_agent.stop_timeout_sec")),
        log_level=str(settings.get("logging.level")),
    )
    pair = services_agent_pair(settings)
    return services_agent.Beside.started(order, services_agent.environment(settings, at, (pair.access_key, pair.secret_key)))


def _locked(folder: Path, *, shared: bool) -> IO[str]:
    """The data folder, for this server alone; shared: for any number that keep nothing but secrets and uploads in it.

    The lock ends with the last process that holds the file open. Raises: CannotStart.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / LOCK_FILE).open("a+", encoding="ascii")
    except OSError as error:
        raise CannotStart(f"cannot use the data folder {folder}: {error.strerror}") from error
    try:
        fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read(20).strip()
        lock.close()
        raise CannotStart(f"the data folder {folder} is in use by another server" + (f" (process {holder})" if holder else "")) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _shown(host: str) -> str:
    """The host as clients on this machine write it."""
    if host in ("0.0.0.0", "::") or is_loopback(host):
        return "localhost" if host in ("0.0.0.0", "127.0.0.1", "localhost") else "[::1]" if ":" in host else host
    return f"[{host}]" if ":" in host else host


def _addresses(host: str, doors: Mapping[str, Door]) -> dict[str, str]:
    """{door: its address for clients on this machine}."""
    return {name: f"http://{_shown(host)}:{door.port}" for name, door in doors.items()}


def _announce(host: str, doors: Mapping[str, Door], folder: Path, pair: tuple[str, str] | None, *, usable: bool) -> None:
    from apiserver.web import CLIENT_CONFIGURATION

    at = _addresses(host, doors)
    print(f"Trackyard serves {at['web']} (API {at['api']}, files {at['files']}), data in {folder}. Ctrl-C stops it.")
    if pair:
        block = CLIENT_CONFIGURATION.format(**at, access_key=pair[0], secret_key=pair[1])
        print(f"\nThis is shown once. Put it into ~/clearml.conf where you train:\n\n{block}\n")
    elif usable:
        print("Key pairs for clients: trackyard credentials create")
    else:
        print("It serves nothing yet: the data is that of an older release. See: trackyard migrate status")
    sys.stdout.flush()


def _warn_of_unused(configuration: Configuration, engines: Mapping[str, str]) -> None:
    """Whoever configured a database wants it used: a start that keeps data elsewhere says so."""
    for engine in ("mongo", "elastic", "redis"):
        if engine in engines.values():
            continue
        used = (found for path, found in configuration.values.items() if path.startswith(f"hosts.{engine}."))
        if found := next((found for found in used if found.origin != DEFAULT and not found.key.path.endswith("fileserver")), None):
            text = "%s IS CONFIGURED (%s) AND NOT USED; to keep data in MongoDB, Elasticsearch and Redis, set stores.engine: scaleout"
            logging.getLogger("apiserver.serve").warning(text, found.key.path, found.origin)


def _warn(setting: Any, host: str) -> None:
    log = logging.getLogger("apiserver.serve")
    pairs = (setting("secure.credentials") or {}).items()
    public = [
        name for name, pair in pairs if isinstance(pair, Mapping) and pair.get("user_key") in _PUBLIC_KEYS and pair.get("user_secret")
    ]
    if public:
        log.warning("PUBLICLY KNOWN KEY PAIRS ARE SWITCHED ON (secure.credentials: %s): everybody can be these users", ", ".join(public))
    if is_loopback(host):
        return
    if not setting("apiserver.auth.fixed_users.enabled"):
        log.warning(
            "LISTENING ON %s, AND NO LOGIN IS CONFIGURED: key pairs alone guard the data, over plain HTTP. Set apiserver.auth.fixed_users, "
            "and put a proxy with HTTPS in front, before others can reach this port",
            host,
        )
    if not setting("fileserver.auth.enabled"):
        log.warning("LISTENING ON %s, AND THE FILE SERVER ASKS NOBODY FOR A TOKEN (fileserver.auth.enabled)", host)


def _set_up_logging(value: Mapping[str, Any]) -> None:
    logging.basicConfig(stream=sys.stderr, level=str(value["logging.level"]).upper(), format=services_agent.LOG_FORMAT)
    for name in ("urllib3", "elasticsearch", "elastic_transport"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name, level in value["logging.levels"].items():
        logging.getLogger(name).setLevel(str(level).upper())
