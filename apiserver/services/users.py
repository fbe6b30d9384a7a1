"""`users.*`: the users of a company, and what they prefer. Source: spec 1 §12."""

from __future__ import annotations

import json
from typing import Any

from apiserver.calls.auth import SYSTEM
from apiserver.calls.call import Call
from apiserver.domain import preferences
from apiserver.generated import errors
from apiserver.generated import users as shapes
from apiserver.logic import users
from apiserver.query import lists, scope, shape
from apiserver.query.entities import USER
from apiserver.stores.collections import AUTH_USERS, COMPANIES, USERS
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Eq, In, Set

_UPDATED = ("name", "family_name", "given_name")


def get_current_user(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Who the caller is, with what a client shows to a new user."""
    user = call.documents.find(USERS, _own(call, call.user))
    if user is None:
        raise errors.InvalidUser(user=call.user)
    shown = shape.shape(USER, user, call.version)
    company = call.documents.find(COMPANIES, Eq("id", call.company), fields=["name"]) or {"id": call.company}
    return {
        "user": {**shown, "company": {name: company[name] for name in ("id", "name") if name in company}, "role": call.identity.role},
        "getting_started": call.settings.get("apiserver.getting_started_info", {}),
        "settings": {"max_download_items": int(call.settings.get("services.organization.download.max_download_items", 50000))},
    }


def get_by_id(call: Call, request: shapes.GetByIdRequest) -> dict[str, Any]:
    """One user of the company, preferences as their stored text; for the role `system` of any company."""
    where = Eq("id", request.user) if call.identity.role == SYSTEM else _own(call, request.user)
    user = call.documents.find(USERS, where)
    if user is None:
        raise errors.InvalidUserId(id=request.user)
    return {"user": shape.shape(USER, user, call.version, asked=shape.EVERYTHING)}


def get_all(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Users of the company that match the filters."""
    return lists.get_all(call, USER, data, allow_public=False)


def get_all_ex(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """As `get_all`, with the company joined."""
    return lists.get_all_ex(call, USER, data, allow_public=False)


def get_all_ex_v2_8(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """As before, and only those active in projects, if asked for."""
    projects = data.get("active_in_projects")
    if projects is None:
        return get_all_ex(call, data)
    if isinstance(projects, str) and projects:
        return {"users": []}  # QUIRK: spec 1 §12: the reference takes a text for a list of its letters
    if not isinstance(projects, list) or not all(isinstance(key, str) for key in projects):
        raise errors.ValidationError("a list of project ids is expected", field="active_in_projects")
    active = users.active_in(call, projects)
    if not active:
        return {"users": []}
    return lists.get_all_ex(call, USER, data, extra=In("id", active), allow_public=False)


def create(call: Call, request: shapes.CreateRequest) -> dict[str, Any]:
    """Store the visible record of a user."""
    user = {"id": request.id, "name": request.name, "company": request.company, "preferences": "", "created": call.now}
    names = {name: value for name in users.NAMES if (value := getattr(request, name)) is not None}
    try:
        call.documents.insert(USERS, {**user, **names})
    except DuplicateKey as error:
        raise errors.UserIdExists(id=request.id) from error
    return {}


def delete(call: Call, request: shapes.DeleteRequest) -> dict[str, Any]:
    """Remove the visible record of a user. QUIRK: spec 1 §12: it can still sign in."""
    if not call.documents.delete(USERS, Eq("id", request.user)):
        raise errors.InvalidUserId(id=request.user)
    return {}


def update(call: Call, request: shapes.UpdateRequest) -> dict[str, Any]:
    """Change a user's names. The name that tokens carry is changed too, of users of the company only."""
    fields = {name: call.data[name] for name in _UPDATED if call.data.get(name) is not None}
    if wrong := [name for name, value in fields.items() if not isinstance(value, str)]:
        raise errors.DataValidationError("a text is expected", field=wrong[0])
    if not fields:
        return {"updated": 0, "fields": {}}
    updated = call.documents.update(USERS, _own(call, request.user), *(Set(name, value) for name, value in fields.items())).matched
    if updated and "name" in fields:
        call.documents.update(AUTH_USERS, _own(call, request.user), Set("name", fields["name"]))
    return {"updated": updated, "fields": fields}


def get_preferences(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """The caller's preferences."""
    return {"preferences": _preferences(_caller(call))}


def set_preferences(call: Call, request: shapes.SetPreferencesRequest) -> dict[str, Any]:
    """Set preferences by dotted paths; all of them, or after an error none."""
    with call.documents.transaction():
        before = _preferences(_caller(call))
        try:
            after = preferences.changed(before, request.preferences)
        except preferences.WrongKey as error:
            raise errors.FieldsValueError("no name of a preference", key=str(error)) from error
        except preferences.WrongPath as error:
            raise errors.InvalidPreferencesUpdate(key=str(error)) from error
        if after == before:
            return {"updated": 0, "fields": {}}
        updated = call.documents.update(
            USERS, _own(call, call.user), Set("preferences", json.dumps(after, ensure_ascii=False, separators=(",", ":")))
        ).matched
    return {"updated": updated, "fields": {"preferences": after} if request.return_updated else {}}


def _own(call: Call, user_id: str) -> Any:
    return Eq("id", user_id) & scope.own(call.company)


def _caller(call: Call) -> Document:
    user = call.documents.find(USERS, _own(call, call.user), fields=["preferences"])
    if user is None:
        raise errors.InvalidUserId(id=call.user)
    return user


def _preferences(user: Document) -> dict[str, Any]:
    stored = user.get("preferences")
    return dict(json.loads(stored)) if stored else {}
