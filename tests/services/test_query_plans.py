"""No read action scans a collection that grows, whatever its request: plans of the very statements that the actions send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from apiserver.bootstrap import create_credentials
from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.sqlite.connection import Database
from apiserver.testing.client import Client
from benchmarks.loading import Landmarks, Loader, Sizes
from benchmarks.requests import Read, all_reads

pytestmark = pytest.mark.embedded("about the plans of SQLite")

SMALL = {"backend_user", "backend_queue", "backend_project", "backend_company", "backend_settings", "backend_versions", "auth_user"}
"""Collections that are read whole on purpose: they hold hundreds where others hold hundreds of thousands."""
SCANNED = {
    "projects.get_hyperparam_values all": "the values of all tasks; no index holds every parameter",
    "projects.get_model_metadata_values": "the values of all models; no index holds every key",
    "tasks.get_all_ex by metric of all": "no index holds every metric",
    "models.get_all by metadata": "no index holds every key",
    "server.get_stats": "averages over all tasks, for operators; the columns alone are read",
    "models.get_all trigger": "all models of any time are asked for",
}
"""Requests about everything there is that have to look at all of it; pinned, so that none joins them unseen."""
_SCAN = re.compile(r"^SCAN (?:t|scalars|items|logs|series|owners|entry|member)\b(?! USING)")
_COLLECTION = re.compile(r'FROM "(\w+?)(?:_keys|_text)?"')


@pytest.fixture
def marks(api: Client) -> Landmarks:
    return Loader(api.backend, Sizes().scaled(0), lambda what, more: None).run()


@pytest.fixture
def databases(api: Client) -> Iterator[dict[str, Database]]:
    """The files, listening to what is asked."""
    stores: Any = api.backend
    found = {name: getattr(stores, name)._database for name in ("documents", "events")}
    yield found
    for database in found.values():
        database.recorder = None


def scans(database: Database, asked: list[tuple[str, tuple[Any, ...]]]) -> list[str]:
    """Tables that a statement reads from end to end, without an index."""
    found = []
    for sql, parameters in asked:
        steps = [step for step in database.plan(sql, parameters) if _SCAN.match(step)]
        collections = set(_COLLECTION.findall(sql))
        if steps and not (collections and collections <= SMALL):
            found.append(f"{steps}: {sql[:300]}")
    return found


def ask(client: Client, read: Read, token: str) -> None:
    first: dict[str, Any] = {}
    if read.first is not None:
        answer = client.call(read.first.action, dict(read.first.data), token=token)
        first = {name: answer[other] for name, other in read.take.items()}
    client.call_raw(read.action, {**read.data, **first}, version=read.version, token=token)


def test_no_read_action_scans_what_grows(api: Client, marks: Landmarks, databases: dict[str, Database]) -> None:
    """Of the documents and of the events; requests that have to are listed with the reason, and no other joins them."""
    pair = create_credentials(api.backend, user_id=marks.user)
    token = api.login(pair.access_key, pair.secret_key)
    scanning: dict[str, list[str]] = {}
    asked = 0
    for read in all_reads(marks):
        if not ENDPOINTS[read.action].built:
            continue
        for database in databases.values():
            database.recorder = []
        ask(api, read, token)
        for database in databases.values():
            recorded, database.recorder = database.recorder or [], None
            asked += len(recorded)
            if found := scans(database, recorded):
                scanning.setdefault(read.title, []).extend(found)
    assert asked > 200
    unexpected = {title: found for title, found in scanning.items() if title not in SCANNED}
    assert not unexpected, "\n".join(f"{title}: {found[0][:400]}" for title, found in unexpected.items())
    gone = set(SCANNED) - set(scanning)
    assert not gone, f"these scan no longer, take them off the list: {sorted(gone)}"


def test_a_scan_is_seen(api: Client, databases: dict[str, Database]) -> None:
    """The test above can fail: a question without an index is recognised as one."""
    database = databases["documents"]
    database.recorder = []
    api.call("tasks.get_all", {"_any_": {"fields": ["comment"], "pattern": "x.*y"}})
    assert scans(database, database.recorder)
    events = databases["events"]
    assert scans(events, [("SELECT count(*) FROM scalars WHERE arrived > 0", ())])
    assert not scans(events, [("SELECT count(*) FROM scalars WHERE series = 1", ())])
