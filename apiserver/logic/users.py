"""Users: the record that signs in (auth) and the one that others see. Both have one id. Source: spec 1 §9, §10, §12."""

from __future__ import annotations

from typing import Any

from apiserver.calls import auth, people
from apiserver.calls.call import Call
from apiserver.domain.email import is_email
from apiserver.generated import auth as shapes
from apiserver.generated import errors
from apiserver.query import project_tree, scope
from apiserver.settings import Settings
from apiserver.stores.collections import COMPANIES, MODELS, PROJECTS, TASKS
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Eq, In

NAMES = ("family_name", "given_name", "avatar")


def create(call: Call, request: shapes.CreateUserRequest) -> str:
    """Store a new user; its id. Raises: InvalidId (company), DataValidationError (e-mail), ExpectedUniqueData."""
    if not call.documents.count(COMPANIES, Eq("id", request.company)):
        raise errors.InvalidId(company=request.company)
    if not is_email(request.email):
        raise errors.DataValidationError(email=f"{request.email} is no e-mail address")
    shown = {name: value for name in NAMES if (value := getattr(request, name)) is not None}
    try:
        return people.insert(
            call.documents, name=request.name, company=request.company, role=request.role, email=request.email, now=call.now, shown=shown
        )
    except DuplicateKey as error:
        raise errors.ExpectedUniqueData(email=request.email) from error


def guest_mode(settings: Settings) -> dict[str, Any]:
    """The guest as anybody may know it, password included, so that a login page can offer it (spec 1 §7.5)."""
    guest = auth.guest(settings)
    if guest is None:
        return {"enabled": False}
    return {"enabled": True, **{name: guest.get(name) for name in ("name", "username", "password")}}


def active_in(call: Call, projects: list[str]) -> list[str]:
    """Ids of the users who own a project, task or model of the company; of those projects and all below them, if any are given."""
    inside = project_tree.with_descendants(call.documents, projects) if projects else None
    found: set[str] = set()
    for collection, path in ((PROJECTS, "id"), (TASKS, "project"), (MODELS, "project")):
        where = scope.own(call.company)
        where = where if inside is None else where & In(path, inside)
        found.update(filter(None, call.documents.distinct(collection, "user", where)))
    return sorted(found)
