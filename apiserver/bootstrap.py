"""What has to be in the stores before the first call: companies, users of the configuration, the server's id, a default queue.

Runs at every start and may run twice at once. Source: spec 1 §17.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from apiserver import clock
from apiserver.calls import auth, people
from apiserver.calls.call import Backend
from apiserver.domain import credentials
from apiserver.logic import project_changes
from apiserver.logic.statistics import SERVER_ID
from apiserver.settings import Settings
from apiserver.stores.collections import AUTH_USERS, COMPANIES, QUEUES, SETTINGS, USERS, VERSIONS, Collection
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey, Refused, Unavailable
from apiserver.stores.filters import Eq, In, Ne, NotIn, PullWhere, Push, Set
from apiserver.stores.registry import is_shared, start_lock

log = logging.getLogger(__name__)

REFERENCE_MIGRATIONS = (
    "0.12.1", "0.13.0", "0.14.0", "0.15.0", "0.16.0", "0.16.1", "0.16.2", "0.17.0", "1.0.0", "1.0.2", "1.3.0", "1.6.0", "1.7.0", "1.9.0",
)  # fmt: skip
"""What a database in today's shape says it has been through, so that the reference server does not migrate it again (spec 1 §17.3)."""

FIRST_USER = "first"
FIRST_USER_NAME = "Trackyard user"
GUESTS = "guests"
SECRETS = {"credentials_key": "trackyard.secrets", "token_secret": "trackyard.token_secret"}
"""{setting below `secure.auth`: id of what is kept of it}"""
SERVICES_AGENT = "services_agent"


@frozen
class KeyPair:
    """An API key with its secret, as it is shown once."""

    access_key: str
    secret_key: str


def bootstrap(backend: Backend) -> None:
    """Bring the stores to where a server can start from them. Idempotent. Raises: Refused, when this process has other secrets."""
    with start_lock(backend.state, backend.settings):
        company = auth.default_company(backend.settings)
        _same_secrets(backend)
        if not backend.documents.count(VERSIONS):
            now = clock.now()
            rows = (
                {"id": uuid.uuid4().hex, "num": num, "created": now, "desc": "Applied on server startup"} for num in REFERENCE_MIGRATIONS
            )
            # NOTE: all in one call: with some of them missing, the data would look older than it is.
            backend.documents.insert(VERSIONS, *rows)
        _insert(backend, SETTINGS, {"id": SERVER_ID, "value": str(uuid.uuid4())}, once=True)
        _insert(backend, COMPANIES, {"id": company, "name": "clearml"}, once=True)
        if not backend.documents.count(QUEUES, Eq("company", company)):
            _add_default_queue(backend, company)
        _configured_users(backend, company)
        _fixed_users(backend, company)
    _complete_projects(backend)


def _complete_projects(backend: Backend) -> None:
    """What a process that died has left half done. Nobody waits for it: what cannot be done now is done by a job, or by the next change."""
    try:
        project_changes.complete_interrupted(backend, wait_s=0)
    except Unavailable:
        log.info("a change of projects is under way, or was when its process died; it is completed later")
    except Exception:
        log.exception("an interrupted change of projects could not be completed")


def _same_secrets(backend: Backend) -> None:
    """Refuse to join servers that seal key pairs or sign tokens with other secrets: each would refuse the others', now and then.

    Kept is what a secret makes of a fixed text, which tells nothing of it.
    """
    if not is_shared(backend.settings):
        return
    for name, key in SECRETS.items():
        mark = _mark(backend, name)
        _insert(backend, SETTINGS, {"id": key, "value": mark}, once=True)
        if backend.documents.get(SETTINGS, key)["value"] != mark:
            raise Refused(
                f"secure.auth.{name} is not the one of the other servers on these databases: configure the same secure.auth for all, or"
                f" copy secrets.json of a data folder that works (where all have a new one: trackyard credentials new-key --which {name})"
            )


def _mark(backend: Backend, name: str) -> str:
    settings = backend.settings
    secret = auth.secrets_key(settings) if name == "credentials_key" else str(settings.get(f"secure.auth.{name}") or "")
    return credentials.sealed(SECRETS[name], secret)


def accept_secret(backend: Backend, name: str) -> None:
    """Take this process's secret as the one of the installation; what was sealed or signed with another is worthless from now on."""
    backend.documents.replace(SETTINGS, {"id": SECRETS[name], "value": _mark(backend, name)})


def _insert(backend: Backend, collection: Collection, document: Document, *, once: bool = False) -> None:
    if once and backend.documents.count(collection, Eq("id", document["id"])):
        return
    try:
        backend.documents.insert(collection, document)
    except DuplicateKey:
        log.debug("%s %s was there already", collection.name, document["id"])


def _add_default_queue(backend: Backend, company: str) -> None:
    now = clock.now()
    queue = {
        "id": uuid.uuid4().hex, "company": company, "name": "default", "created": now, "last_update": now, "tags": [],
        "system_tags": ["default"], "entries": [], "metadata": {},
    }  # fmt: skip
    _insert(backend, QUEUES, queue)


# Users that the configuration names by their key pairs


def _configured_users(backend: Backend, company: str) -> None:
    """One user for each of `secure.credentials` that has a key pair, with exactly that pair; a pair taken out is gone at the next start."""
    settings = backend.settings
    fixed = auth.fixed_users_enabled(settings)
    wanted: Mapping[str, Any] = settings.get("secure.credentials", {}) or {}
    kept: list[str] = []
    for name, entry in wanted.items():
        user_id = f"__{name}__"
        key, secret = entry.get("user_key") or "", entry.get("user_secret") or ""
        if name == SERVICES_AGENT and not (key and secret) and _wants_own_pair(backend):
            key, secret = attrs.astuple(services_agent_pair(settings))
        usable = key and secret and not (fixed and entry.get("revoke_in_fixed_mode"))
        if not usable and not backend.documents.count(AUTH_USERS, Eq("id", user_id)):
            continue
        role = entry.get("role") or auth.USER
        pairs = [{"key": key, "secret": auth.stored_secret(secret, settings)}] if usable else []
        email = f"{name}@example.com"
        kept.append(email)
        _put_auth_user(backend, user_id, name, company, role, email, pairs=pairs)
        if role == auth.USER:
            shown = {
                "id": user_id,
                "company": company,
                "name": entry.get("display_name") or name,
                "preferences": "",
                "created": clock.now(),
            }
            _insert(backend, USERS, shown, once=True)
    kept += [user.email for user in auth.fixed_users(settings)]
    if settings.get("apiserver.auth.delete_missing_autocreated_users", True):
        gone = Eq("company", company) & Eq("autocreated", True) & NotIn("email", kept)
        backend.documents.delete(AUTH_USERS, gone)


def services_agent_pair(settings: Settings) -> KeyPair:
    """What the services agent signs in with: as configured, or made from this installation's secret.

    It is the same at every start and on all servers of the installation. Whoever knows the secret
    can be anybody anyhow (decision 0220).
    """
    entry = (settings.get("secure.credentials") or {}).get(SERVICES_AGENT) or {}
    if entry.get("user_key") and entry.get("user_secret"):
        return KeyPair(str(entry["user_key"]), str(entry["user_secret"]))
    return KeyPair(*credentials.derived(str(settings.get("secure.auth.token_secret")), SERVICES_AGENT))


def _wants_own_pair(backend: Backend) -> bool:
    """Whether this server runs the agent. One that does not leaves the pair alone: another server on these stores may run it."""
    settings = backend.settings
    if not settings.get("secure.auth.token_secret"):
        return False
    enabled = bool(settings.get("serve.services_agent.enabled", False))
    return enabled or backend.documents.count(AUTH_USERS, Eq("credentials.key", services_agent_pair(settings).access_key)) > 0


def _put_auth_user(
    backend: Backend, user_id: str, name: str, company: str, role: str, email: str, *, pairs: list[dict[str, Any]] | None = None
) -> None:
    """Make the user that signs in, or correct it. pairs: its key pairs; None: leave those it has."""
    stored = backend.documents.find(AUTH_USERS, Eq("id", user_id))
    if stored is None:
        user = {
            "id": user_id, "name": name, "company": company, "role": role, "email": email, "autocreated": True,
            "created": clock.now(), "credentials": pairs or [],
        }  # fmt: skip
        _insert(backend, AUTH_USERS, user)
        return
    changes = [
        Set(field, value) for field, value in {"role": role, "email": email, "autocreated": True}.items() if stored.get(field) != value
    ]
    if pairs is not None and [(p["key"], p["secret"]) for p in pairs] != [
        (c.get("key"), c.get("secret")) for c in stored.get("credentials", [])
    ]:
        changes.append(Set("credentials", pairs))
    if changes:
        backend.documents.update(AUTH_USERS, Eq("id", user_id), *changes)


def _fixed_users(backend: Backend, default_company: str) -> None:
    for user in auth.fixed_users(backend.settings):
        if user.role == auth.GUEST:
            _insert(backend, COMPANIES, {"id": user.company, "name": GUESTS}, once=True)
        elif user.company != default_company and not backend.documents.count(COMPANIES, Eq("id", user.company)):
            log.error("fixed user %s: there is no company %s", user.username, user.company)
            continue
        _put_auth_user(backend, user.id, user.name, user.company, user.role, user.email)
        given, _, family = user.name.partition(" ")
        names = {"name": user.name, "given_name": given, "family_name": family}
        _insert(backend, USERS, {"id": user.id, "company": user.company, "preferences": "", "created": clock.now(), **names}, once=True)
        backend.documents.update(USERS, Eq("id", user.id), *(Set(field, value) for field, value in names.items()))


# The first user, and key pairs by command


def ensure_first_user(backend: Backend) -> KeyPair | None:
    """A user with a key pair, where nobody could sign in yet; None where somebody can.

    Somebody can, who is a person: users of roles that only servers have do not count, nor does the services agent.
    """
    if auth.fixed_users_enabled(backend.settings):
        return None
    people = In("role", auth.COMPANY_ROLES) & Ne("id", f"__{SERVICES_AGENT}__")
    if any(user.get("credentials") for user in backend.documents.iterate(AUTH_USERS, people, fields=["credentials"])):
        return None
    return create_credentials(backend, label="made at the first start")


def create_credentials(backend: Backend, *, user_id: str = "", label: str = "") -> KeyPair:
    """A new key pair for a user, by default for the first one, who is made if missing. Raises: NotFound for another unknown user."""
    if not user_id:
        user_id = _first_user(backend)
    backend.documents.get(AUTH_USERS, user_id, fields=["id"])
    pair = KeyPair(credentials.new_key(), credentials.new_secret())
    entry = {"key": pair.access_key, "secret": auth.stored_secret(pair.secret_key, backend.settings)}
    backend.documents.update(AUTH_USERS, Eq("id", user_id), Push("credentials", [{**entry, **({"label": label} if label else {})}]))
    return pair


def _first_user(backend: Backend) -> str:
    """The id of the user that commands make key pairs for."""
    company = auth.default_company(backend.settings)
    found = backend.documents.find(AUTH_USERS, Eq("email", f"{FIRST_USER}@example.com"), fields=["id"])
    if found:
        return str(found["id"])
    with backend.documents.transaction():
        return people.insert(
            backend.documents, name=FIRST_USER_NAME, company=company, role=auth.ADMIN, email=f"{FIRST_USER}@example.com", now=clock.now()
        )


def list_credentials(backend: Backend) -> list[dict[str, Any]]:
    """Every key pair without its secret: {user, user_name, role, access_key, label, last_used, last_used_from}."""
    return [
        {
            "user": user["id"],
            "user_name": user.get("name"),
            "role": user.get("role"),
            "access_key": entry.get("key"),
            "label": entry.get("label"),
            "last_used": entry.get("last_used"),
            "last_used_from": entry.get("last_used_from"),
        }
        for user in backend.documents.list(AUTH_USERS)
        for entry in user.get("credentials") or ()
    ]


def revoke_credentials(backend: Backend, access_key: str) -> bool:
    """Take a key pair away; whether there was one."""
    has_key = Eq("credentials.key", access_key)
    return backend.documents.update(AUTH_USERS, has_key, PullWhere("credentials", Eq("key", access_key))).matched > 0
