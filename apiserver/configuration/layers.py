"""Where configuration comes from, in the order in which later goes before earlier: folders of files, then the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from apiserver.configuration import hocon
from apiserver.configuration.outline import outline

REFERENCE_FOLDERS = ("/opt/trains/config", "/opt/clearml/config")
OWN_FOLDER = "/etc/trackyard"
PREFIXES = ("TRAINS__", "CLEARML__", "TRACKYARD__")

_SERVICES = {
    "hosts.mongo.*.host": ("MONGODB_SERVICE_CONNECTION_STRING",),
    "hosts.mongo.*.service_host": ("MONGODB_SERVICE_HOST", "MONGODB_SERVICE_SERVICE_HOST"),
    "hosts.mongo.*.service_port": ("MONGODB_SERVICE_PORT",),
    "hosts.mongo.*.service_query": ("MONGODB_SERVICE_QUERY",),
    "secure.mongo.user": ("MONGODB_SERVICE_USERNAME",),
    "secure.mongo.password": ("MONGODB_SERVICE_PASSWORD",),
    "hosts.redis.*.host": ("REDIS_SERVICE_HOST",),
    "hosts.redis.*.port": ("REDIS_SERVICE_PORT",),
    "secure.redis.*.password": ("REDIS_SERVICE_PASSWORD",),
    "hosts.elastic.*.service_host": ("ELASTIC_SERVICE_HOST", "ELASTIC_SERVICE_SERVICE_HOST"),
    "hosts.elastic.*.service_port": ("ELASTIC_SERVICE_PORT",),
    "secure.elastic.user": ("ELASTIC_SERVICE_USERNAME",),
    "secure.elastic.password": ("ELASTIC_SERVICE_PASSWORD",),
    "serve.sub_path": ("SERVER_SUB_PATH",),
    "serve.workers": ("GUNICORN_WORKERS",),
    "serve.timeout_sec": ("GUNICORN_TIMEOUT",),
    "serve.max_requests": ("GUNICORN_MAX_REQUESTS",),
    "serve.max_requests_jitter": ("GUNICORN_MAX_REQUESTS_JITTER",),
}
"""Names of the reference server that stand for keys, without their prefix CLEARML_, TRAINS_ or none. `*`: each name there."""
_ALIASES = {
    "hosts.redis.*": ("apiserver", "workers"),
    "secure.redis.*": ("apiserver", "workers"),
    "hosts.mongo.*": ("backend", "auth"),
    "hosts.elastic.*": ("events", "workers"),
}


@frozen
class Entry:
    """One value. replace: it takes the place of a whole section (written `-name {...}`); origin: `file:line`, or the variable."""

    path: str
    value: Any
    origin: str
    replace: bool = False


@frozen
class Layer:
    """Entries of one file or of the environment; problem: why there are none."""

    entries: tuple[Entry, ...]
    problem: str = ""


def folders(environment: Mapping[str, str]) -> tuple[list[Path], list[str]]:
    """The folders to read, and warnings about named ones that are missing."""
    found: list[Path] = []
    warnings: list[str] = []
    variable = next((name for name in ("CLEARML_CONFIG_DIR", "TRAINS_CONFIG_DIR") if environment.get(name)), "")
    named = [(variable, part) for part in _parts(environment[variable])] if variable else [("", folder) for folder in REFERENCE_FOLDERS]
    named.append(("", OWN_FOLDER))
    named += [("TRACKYARD_CONFIG_DIR", part) for part in _parts(environment.get("TRACKYARD_CONFIG_DIR", ""))]
    for name, text in named:
        folder = Path(os.path.expandvars(text)).expanduser()
        if folder.is_dir():
            found.append(folder)
        elif name:
            warnings.append(f"{name} names {folder}, which is no folder")
    return found, warnings


def _parts(text: str) -> list[str]:
    return [part for part in text.split(os.pathsep) if part]


def of_folder(folder: Path) -> Iterator[Layer]:
    """A layer for each `*.conf` below the folder. The file's path is the path of its keys."""
    for file in sorted(folder.rglob("*.conf")):
        try:
            tree = hocon.parse_file(file)
        except hocon.BadFile as error:
            yield Layer((), str(error))
            continue
        places = outline(file.read_text(encoding="utf-8"))
        prefix = file.relative_to(folder).with_suffix("").parts
        yield Layer(tuple(_entries(tree, (), prefix, lambda path, file=file, places=places: _place(file, places, path))))


def _place(file: Path, places: Mapping[tuple[str, ...], Any], path: tuple[str, ...]) -> str:
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return f"{file}:{places[path[:length]].line}"
    return str(file)


def _entries(tree: Mapping[str, Any], above: tuple[str, ...], prefix: tuple[str, ...], place: Any) -> Iterator[Entry]:
    """Every value of a tree; sections give no entry unless they are empty or replace another."""
    for name, value in tree.items():
        path = (*above, name)
        shown = ".".join((*prefix, *(part.removeprefix("-") for part in path)))
        if isinstance(value, Mapping):
            if name.startswith("-"):
                yield Entry(shown, {}, place(path), replace=True)
            elif not value:
                yield Entry(shown, {}, place(path))
            yield from _entries(value, path, prefix, place)
        else:
            yield Entry(shown, value, place(path), replace=name.startswith("-"))


def of_environment(environment: Mapping[str, str]) -> Iterator[Layer]:
    """Single variables of the reference server, then those whose names are paths."""
    yield Layer(tuple(_of_services(environment)))
    for prefix in PREFIXES:
        for name in sorted(name for name in environment if name.startswith(prefix)):
            path = ".".join(part for part in name.removeprefix(prefix).lower().split("__"))
            try:
                value = hocon.parse_value(environment[name], name)
            except hocon.BadFile as error:
                yield Layer((), str(error))
                continue
            if isinstance(value, Mapping) and value:
                yield Layer(tuple(_entries(value, (), tuple(path.split(".")), lambda _, name=name: name)))
            else:
                yield Layer((Entry(path, value, name),))


def _of_services(environment: Mapping[str, str]) -> Iterator[Entry]:
    whole_mongo = False
    for pattern, words in _SERVICES.items():
        names = [prefix + word for word in words for prefix in ("CLEARML_", "TRAINS_", "") if prefix or "GUNICORN" not in word]
        name = next((name for name in names if environment.get(name)), None)
        # NOTE: an address of MongoDB disables the variables for its parts (spec 1 §16.1).
        if name is None or (whole_mongo and ".mongo." in pattern):
            continue
        whole_mongo = whole_mongo or name.endswith("MONGODB_SERVICE_CONNECTION_STRING")
        value = (
            hocon.parse_value(environment[name], name) if pattern.startswith("serve.") or pattern.endswith("port") else environment[name]
        )
        section, star, rest = pattern.partition("*")
        for alias in _ALIASES[section + star] if star else ("",):
            yield Entry(section + alias + rest, value, name)
