"""The way to a MongoDB: addresses from the settings, one client for each process, the driver's errors as the stores' own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus

import bson
import pymongo
from attrs import define, field, frozen
from pymongo import errors as driver
from pymongo.collection import Collection as DriverCollection
from pymongo.database import Database

from apiserver.stores.collections import Collection
from apiserver.stores.errors import DuplicateKey, InvalidQuery, InvalidValue, Refused, StoreError, Unavailable
from apiserver.stores.mongo.encoding import OPTIONS

OLDEST, TOO_NEW = (6, 0), (9, 0)
_DEFAULT = "mongodb://127.0.0.1:27017"
_ADDRESS = re.compile(r"^(mongodb(?:\+srv)?://)(?:([^@/]*)@)?([^/?]*)(?:/([^?]*))?(?:\?(.*))?$")
_TOO_LARGE = frozenset({10334, 17419, 17420, 17260, 17261, 17262})
_REFUSED = frozenset({2, 4, 9, 14, 15, 28, 34, 40, 52, 54, 56, 57, 66, 16410, 16433, 16746, 31249, 31250, 40218, 51091, 51108})
_AWAY = frozenset({13, 18, 50, 91, 189, 262, 11600, 11602, 14031, 10107, 13435, 13436})
"""Codes of the server: a value that it does not store, a question or change that cannot be carried out, a server that cannot right now."""


@frozen
class Place:
    """Where a database is: the address of the servers, with credentials and options, and its name.

    shown: without a password. url: as the reference server has it, which names its start lock after it (spec 6 §3.1).
    """

    address: str = field(repr=False)
    database: str
    shown: str
    url: str = field(default="", repr=False)


@frozen
class Options:
    """timeout_s: time for one answer of a server (0: any). connect_timeout_s: how long it may stay away before `Unavailable`.

    journal: a write is answered when the server's disk has it. pool: connections of one process, at most.
    """

    timeout_s: float = 60.0
    connect_timeout_s: float = 5.0
    journal: bool = True
    pool: int = 100


def place(section: str, entry: Mapping[str, Any], credentials: Mapping[str, Any] | None = None) -> Place:
    """Where `hosts.mongo.<section>` says that its database is. Source: spec 1 §15.2, §16.1.

    `service_host`, `service_port` and `service_query` replace parts of the address, `credentials` (user, password) those in it.
    Raises: StoreError.
    """
    text = str(entry.get("host") or _DEFAULT)
    parts = _ADDRESS.match(text)
    if parts is None:
        raise StoreError(f"hosts.mongo.{section}.host: not an address of MongoDB (mongodb://host:port/database): {_masked(text)}")
    scheme, user, hosts, database, query = (part or "" for part in parts.groups())
    if credentials and credentials.get("user"):
        user = quote_plus(str(credentials["user"])) + ":" + quote_plus(str(credentials.get("password") or ""))
    hosts = _replaced(hosts, str(entry.get("service_host") or ""), str(entry.get("service_port") or ""))
    query = str(entry.get("service_query") or query)
    name = database or str(entry.get("name") or entry.get("db") or section)
    # NOTE: with credentials the path is also the database that knows the user, unless the query says another.
    address = f"{scheme}{user + '@' if user else ''}{hosts}/{name if user else ''}{'?' + query if query else ''}"
    url = f"{scheme}{user + '@' if user else ''}{hosts}{'/' + database if database else ''}{'?' + query if query else ''}"
    return Place(address, name, f"{scheme}{hosts}/{name}", url)


def _replaced(hosts: str, host: str, port: str) -> str:
    if host:
        first_port = hosts.split(",")[0].rpartition(":")[2]
        return f"{host}:{port or (first_port if first_port.isdigit() else 27017)}"
    if port:
        return ",".join(f"{one.rpartition(':')[0] or one}:{port}" for one in hosts.split(","))
    return hosts


def _masked(text: str) -> str:
    return re.sub(r"(://[^/@:]*:)[^/@]*@", r"\1***@", text)


@define
class _Process:
    pid: int
    clients: dict[str, pymongo.MongoClient[Any]] = field(factory=dict)


_INHERITED: list[object] = []
"""NOTE: clients that a fork copied. Their threads did not come along and their sockets are the parent's, so they are left alone."""


class Connections:
    """The clients of this process, made at first use: one for each address. Safe to make before a fork and to use from many threads."""

    def __init__(self, places: Mapping[str, Place], options: Options) -> None:
        self.places = places
        self.options = options
        self._process = _Process(os.getpid())

    def database(self, name: str) -> Database[Any]:
        """The database of a collection's declaration: `backend` or `auth`."""
        where = self.places[name]
        return self._client(where.address).get_database(where.database, codec_options=OPTIONS)

    def collection(self, collection: Collection) -> DriverCollection[Any]:
        return self.database(collection.database).get_collection(collection.name)

    def close(self) -> None:
        """Close the clients of this process; the next use opens new ones."""
        process, self._process = self._process, _Process(os.getpid())
        if process.pid == self._process.pid:
            for client in process.clients.values():
                client.close()
        else:
            _INHERITED.append(process)

    def _client(self, address: str) -> pymongo.MongoClient[Any]:
        process = self._process
        if process.pid != os.getpid():
            _INHERITED.append(process)
            process = self._process = _Process(os.getpid())
        found = process.clients.get(address)
        if found is None:
            made = self._made(address)
            # NOTE: no lock, which a fork could copy while it is held; of two made at once one is used.
            found = process.clients.setdefault(address, made)
            if found is not made:
                made.close()
        return found

    def _made(self, address: str) -> pymongo.MongoClient[Any]:
        options = self.options
        given: dict[str, Any] = {
            "socketTimeoutMS": int(options.timeout_s * 1000), "serverSelectionTimeoutMS": int(options.connect_timeout_s * 1000),
            "connectTimeoutMS": int(options.connect_timeout_s * 1000), "waitQueueTimeoutMS": int(options.connect_timeout_s * 1000),
            "maxPoolSize": options.pool, "journal": options.journal, "appname": "trackyard",
        }  # fmt: skip
        asked = {name.partition("=")[0].lower() for name in address.partition("?")[2].split("&")}
        try:
            given = {name: value for name, value in given.items() if name.lower() not in asked}
            return pymongo.MongoClient(address, connect=False, **given)
        except (driver.PyMongoError, ValueError) as error:
            raise StoreError(f"MongoDB: {_masked(address)}: {error}") from error

    # At the start

    def check(self) -> None:
        """Every server is there, lets us in and is of a version that we know. Raises: Refused, Unavailable, each with one clear line."""
        for name, where in self.places.items():
            try:
                with translated():
                    version = self.database(name).command("buildInfo")["versionArray"]
                    self.database(name).command("listCollections", nameOnly=True, filter={"name": "none"})
            except Unavailable as error:
                raise _explained(where, error) from error
            found = (int(version[0]), int(version[1]))
            if not OLDEST <= found < TOO_NEW:
                shown = ".".join(str(part) for part in version[:3])
                raise Refused(f"MongoDB at {where.shown} is of version {shown}: 6.0 to 8 are supported")


def _explained(where: Place, error: Unavailable) -> Unavailable:
    cause = error.__cause__
    if isinstance(cause, driver.OperationFailure) and cause.code in (13, 18, 8000):
        why = "the user or the password is wrong" if cause.code != 13 else "it wants a user with rights to this database"
        return Refused(f"MongoDB at {where.shown} does not let us in: {why} ({_message(cause)}): see secure.mongo and hosts.mongo")
    return Unavailable(f"MongoDB at {where.shown} cannot be reached: {_message(cause or error)}")


# Errors


def _message(error: BaseException) -> str:
    """One line, without the driver's description of the whole topology."""
    text = str(error).split(", full error:")[0].split(", Timeout:")[0].split(" (configured timeouts:")[0]
    return " ".join(text.split())[:300]


@contextmanager
def translated(collection: Collection | None = None) -> Iterator[None]:
    """Turn the driver's errors into the stores' own."""
    try:
        yield
    except driver.BulkWriteError as error:
        details = (error.details.get("writeErrors") or error.details.get("writeConcernErrors") or [{}])[0]
        raise _of_code(collection, details.get("code"), details, str(details.get("errmsg") or error)) from error
    except (driver.DocumentTooLarge, bson.errors.BSONError, UnicodeEncodeError, OverflowError) as error:
        raise InvalidValue(f"a value that cannot be stored or searched for: {error}") from error
    except driver.OperationFailure as error:
        raise _of_code(collection, error.code, error.details or {}, _message(error)) from error
    except driver.PyMongoError as error:
        if isinstance(error, driver.ConnectionFailure) or error.timeout:
            raise Unavailable(f"MongoDB: {_message(error)}") from error
        raise StoreError(f"MongoDB: {_message(error)}") from error
    except RecursionError as error:
        raise InvalidQuery("nested too deep") from error


def _of_code(collection: Collection | None, code: int | None, details: Mapping[str, Any], message: str) -> StoreError:
    if code == 11000 and collection is not None:
        values = details.get("keyValue") or {}
        return DuplicateKey(collection.name, {"id" if path == "_id" else path: value for path, value in values.items()})
    if code in _TOO_LARGE:
        return InvalidValue(message)
    if code in _REFUSED:
        return InvalidQuery(message)
    if code in _AWAY:
        return Unavailable(f"MongoDB: {message}")
    return StoreError(f"MongoDB: {message} (code {code})")
