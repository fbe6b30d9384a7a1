"""What is in the stores before the first call, and what a second start changes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from apiserver import bootstrap
from apiserver.stores.backend import Backend
from apiserver.stores.collections import AUTH_USERS, COMPANIES, QUEUES, SETTINGS, USERS, VERSIONS
from apiserver.stores.errors import NotFound, Refused
from apiserver.stores.filters import Eq
from apiserver.testing import stacks
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import settings_of, stores

COLLECTIONS = (AUTH_USERS, COMPANIES, QUEUES, SETTINGS, USERS, VERSIONS)


def contents(client: Client) -> dict[str, Any]:
    return {c.name: sorted(map(str, client.backend.documents.list(c))) for c in COLLECTIONS}


def test_a_first_start(api: Client) -> None:
    """One company, a default queue, the migrations that a database of today has behind it, the users of the configuration."""
    documents = api.backend.documents
    assert [c["name"] for c in documents.list(COMPANIES)] == ["clearml"]
    queue = documents.list(QUEUES)[0]
    assert (queue["name"], queue["system_tags"]) == ("default", ["default"])
    assert documents.count(VERSIONS) == 14
    assert {u["id"] for u in documents.list(AUTH_USERS)} == {"__tests__", "__apiserver__"}
    assert {u["id"] for u in documents.list(USERS)} == {"__tests__"}


def test_a_second_start_changes_nothing(api: Client) -> None:
    """It finds all there."""
    before = contents(api)
    bootstrap.bootstrap(api.backend)
    assert contents(api) == before


def test_starts_at_once(tmp_path: Path) -> None:
    """Several processes on one new folder make everything once."""
    with stores(tmp_path) as first:
        backends = [first, stacks.again(first), stacks.again(first)]
        threads = [threading.Thread(target=bootstrap.bootstrap, args=(backend,)) for backend in backends]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        documents = first.documents
        assert (documents.count(COMPANIES), documents.count(QUEUES), documents.count(VERSIONS)) == (1, 1, 14)
        assert documents.count(SETTINGS, Eq("id", "server.uuid")) == 1
        for backend in backends[1:]:
            backend.close()


def test_users_that_left_the_configuration(api: Client) -> None:
    """They can no longer sign in; what they own keeps its owner's name."""
    changed = settings_of({"secure.credentials": {"apiserver": {"role": "system", "user_key": "K", "user_secret": "S"}}})
    bootstrap.bootstrap(evolve(api.backend, settings=changed))
    assert {u["id"] for u in api.backend.documents.list(AUTH_USERS)} == {"__apiserver__"}
    assert api.backend.documents.count(USERS, Eq("id", "__tests__")) == 1
    assert api.login("K", "S")


def test_the_first_user(tmp_path: Path) -> None:
    """Made where nobody could sign in, once; its pair works, and commands make more of them."""
    unset = {name: {"role": "user", "user_key": "", "user_secret": ""} for name in ("tests", "apiserver")}
    with stores(tmp_path, {"secure.credentials": unset}) as backend:
        first_user(backend)


def first_user(backend: Backend) -> None:
    bootstrap.bootstrap(backend)
    pair = bootstrap.ensure_first_user(backend)
    assert pair is not None
    assert bootstrap.ensure_first_user(backend) is None
    client = Client(_app(backend), backend, pair.access_key, pair.secret_key)
    assert client.call("users.get_current_user")["user"]["role"] == "admin"
    second = bootstrap.create_credentials(backend, label="ci")
    assert client.login(second.access_key, second.secret_key)
    assert [entry["label"] for entry in bootstrap.list_credentials(backend)] == ["made at the first start", "ci"]
    assert bootstrap.revoke_credentials(backend, second.access_key)
    assert not bootstrap.revoke_credentials(backend, second.access_key)
    with pytest.raises(CallFailed):
        client.login(second.access_key, second.secret_key)
    with pytest.raises(NotFound):
        bootstrap.create_credentials(backend, user_id="nobody")


def test_no_first_user_where_people_have_names(tmp_path: Path) -> None:
    """With fixed users everybody signs in with a name and a password."""
    fixed = {
        "apiserver.auth.fixed_users.enabled": True,
        "apiserver.auth.fixed_users.users": [{"username": "a", "password": "b", "name": "A B"}],
    }
    with stores(tmp_path, {**fixed, "secure.credentials": {}}) as backend:
        bootstrap.bootstrap(backend)
        assert bootstrap.ensure_first_user(backend) is None


def _app(backend: Any) -> Any:
    from apiserver.app import create_api

    return create_api(backend)


@pytest.mark.parametrize("secret", ["credentials_key", "token_secret"])
def test_servers_on_shared_stores_have_the_same_secrets(api: Client, secret: str) -> None:
    """Others would make every other server's key pairs or tokens wrong, now and then; such a server does not start."""

    def start(key: str) -> Backend:
        settings = settings_of({"stores.engine": "scaleout", f"secure.auth.{secret}": key})
        backend = evolve(api.backend, settings=settings)
        bootstrap.bootstrap(backend)
        return backend

    for kept in bootstrap.SECRETS.values():
        api.backend.documents.delete(SETTINGS, Eq("id", kept))
    start("one")
    start("one")
    with pytest.raises(Refused, match=rf"secure\.auth\.{secret} is not the one of the other servers .* new-key --which {secret}\)$"):
        start("two")
    assert "one" not in str(api.backend.documents.get(SETTINGS, bootstrap.SECRETS[secret]))
    other = settings_of({"stores.engine": "scaleout", f"secure.auth.{secret}": "two"})
    bootstrap.accept_secret(evolve(api.backend, settings=other), secret)
    start("two")


def test_the_services_agent_has_a_pair_that_stays(api: Client) -> None:
    """The same at every start; a start without the agent leaves it. Its user is nobody for whom no first user would be made."""
    asked = {"serve.services_agent.enabled": True, "secure.auth.token_secret": "of the installation"}
    entry = {"secure.credentials": {"services_agent": {"role": "admin", "user_key": "", "user_secret": ""}}}
    with_agent = evolve(api.backend, settings=settings_of({**entry, **asked}))
    without = evolve(api.backend, settings=settings_of({**entry, "secure.auth.token_secret": "of the installation"}))
    bootstrap.bootstrap(without)
    assert not api.backend.documents.count(AUTH_USERS, Eq("id", "__services_agent__"))
    bootstrap.bootstrap(with_agent)
    user = api.backend.documents.get(AUTH_USERS, "__services_agent__")
    pair = bootstrap.services_agent_pair(with_agent.settings)
    assert (user["role"], [c["key"] for c in user["credentials"]]) == ("admin", [pair.access_key])
    bootstrap.bootstrap(without)
    assert api.backend.documents.get(AUTH_USERS, "__services_agent__")["credentials"] == user["credentials"]
    assert bootstrap.ensure_first_user(with_agent) is not None
