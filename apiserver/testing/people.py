"""People for tests beside the client's own user, of every role and of another company, each made when it is first named."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from apiserver import clock
from apiserver.calls import auth, tokens
from apiserver.stores.collections import AUTH_USERS, COMPANIES, USERS
from apiserver.stores.filters import Eq
from apiserver.testing.client import Client

OTHER_COMPANY = "other-company"


@frozen
class Person:
    """role: of the token; elsewhere: belongs to the other company; shown: is among the users that others see."""

    role: str = "user"
    elsewhere: bool = False
    shown: bool = True


PEOPLE: Mapping[str, Person] = {
    "system": Person("system", shown=False),
    "root": Person("root", shown=False),
    "admin": Person("admin"),
    "colleague": Person(),
    "guest": Person("guest"),
    "stranger": Person(elsewhere=True),
    "foreign-admin": Person("admin", elsewhere=True),
}
"""{user id: what it is}"""


def token_of(client: Client, name: str) -> str:
    """A token of one of the people, who is made if need be. Raises: KeyError."""
    person = PEOPLE[name]
    backend = client.backend
    company = OTHER_COMPANY if person.elsewhere else auth.default_company(backend.settings)
    stored = backend.documents.find(AUTH_USERS, Eq("id", name))
    if stored is None:
        if person.elsewhere and not backend.documents.count(COMPANIES, Eq("id", OTHER_COMPANY)):
            backend.documents.insert(COMPANIES, {"id": OTHER_COMPANY, "name": "Other company"})
        stored = {"id": name, "name": name, "company": company, "email": f"{name}@example.com", "role": person.role, "credentials": []}
        backend.documents.insert(AUTH_USERS, {**stored, "created": clock.now()})
        if person.shown:
            backend.documents.insert(USERS, {"id": name, "name": name, "company": company, "preferences": "", "created": clock.now()})
    identity = auth.identity_of(backend, stored)
    assert identity is not None
    return tokens.issue(backend.settings, identity)
