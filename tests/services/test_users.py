"""`users.*`. Its cases on the wire are in the conversations `users` and `users-preferences`."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.stores.collections import AUTH_USERS, USERS
from apiserver.stores.filters import Eq
from apiserver.testing.client import CallFailed, Client

COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"


def refused(api: Client, name: str, data: dict[str, Any] | None = None, **options: Any) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data, **options)
    return caught.value.code, caught.value.subcode


@pytest.fixture
def ann(api: Client, system: str) -> str:
    """The id of another user of the company."""
    made = {"name": "Ann", "company": COMPANY, "email": "ann@example.com", "given_name": "Ann"}
    return str(api.call("auth.create_user", made, token=system)["id"])


def test_current_user(api: Client) -> None:
    """With the company's name, the role of the token, and what a client shows to a new user; without preferences."""
    answer = api.call("users.get_current_user")
    assert answer["user"]["company"] == {"id": COMPANY, "name": "clearml"}
    assert answer["user"]["role"] == "user"
    assert "preferences" not in answer["user"]
    assert answer["getting_started"]["packageName"] == "clearml"
    assert answer["settings"] == {"max_download_items": 50000}


def test_users_without_a_visible_record(api: Client, system: str) -> None:
    """System users sign in, and are nobody among the users."""
    assert refused(api, "users.get_current_user", token=system) == (400, 300)
    assert refused(api, "users.get_preferences", token=system) == (400, 301)


def test_lists(api: Client, ann: str) -> None:
    """By name pattern, id, order and page; `_ex` joins the company and always gives ids."""
    assert [u["name"] for u in api.call("users.get_all", {"order_by": ["name"]})["users"]] == ["Ann", "Default User"]
    assert api.call("users.get_all", {"name": "^An", "only_fields": ["name"]})["users"] == [{"name": "Ann"}]
    joined = api.call("users.get_all_ex", {"id": [ann], "only_fields": ["company.name"]})["users"]
    assert joined == [{"id": ann, "company": {"id": COMPANY, "name": "clearml"}}]
    assert refused(api, "users.get_all", {"name": "("}) == (400, 21)
    assert refused(api, "users.get_all", {"page": -1, "page_size": 5}) == (400, 12)
    assert refused(api, "users.get_all", {"only_fields": ["nope"]}) == (400, 14)


def test_active_users(api: Client, ann: str) -> None:
    """Those who own something in the projects or below; below 2.8 the filter is not known."""
    parent = api.call("projects.create", {"name": "parent", "description": ""})["id"]
    child = api.call("projects.create", {"name": "parent/child", "description": ""})["id"]
    api.call("tasks.create", {"name": "mine", "type": "training", "project": child})
    empty = api.call("projects.create", {"name": "empty", "description": ""}, token=None)["id"]

    def active(projects: Any, **options: Any) -> list[str]:
        return sorted(u["id"] for u in api.call("users.get_all_ex", {"active_in_projects": projects}, **options)["users"])

    assert active([parent]) == active([child]) == active([]) == ["__tests__"]
    assert active(["nope"]) == []
    assert active([empty]) == ["__tests__"]
    assert active(None) == active(["nope"], version="2.7") == sorted([ann, "__tests__"])


def test_update(api: Client, ann: str) -> None:
    """Names only; null is not given, an empty text is; the name of tokens follows."""
    assert api.call("users.update", {"user": ann, "name": "Anna", "avatar": "x"}) == {"updated": 1, "fields": {"name": "Anna"}}
    assert api.backend.documents.get(AUTH_USERS, ann)["name"] == "Anna"
    assert api.call("users.update", {"user": ann, "given_name": ""})["fields"] == {"given_name": ""}
    assert api.call("users.update", {"user": ann, "name": None}) == {"updated": 0, "fields": {}}
    assert api.call("users.update", {"user": "nope", "name": "x"}) == {"updated": 0, "fields": {"name": "x"}}
    assert refused(api, "users.update", {"user": ann, "name": 5}) == (400, 800)


def test_records_of_the_system(api: Client, system: str, ann: str) -> None:
    """Only the visible record is made and removed; who signs in stays."""
    assert api.call("users.create", {"id": "u1", "name": "Uno", "company": "anywhere"}, token=system) == {}
    assert refused(api, "users.create", {"id": "u1", "name": "Due", "company": COMPANY}, token=system) == (400, 302)
    assert refused(api, "users.get_by_id", {"user": "u1"}) == (400, 301)
    assert api.call("users.get_by_id", {"user": "u1"}, token=system)["user"]["name"] == "Uno"
    api.call("users.delete", {"user": ann}, token=system)
    assert api.backend.documents.count(AUTH_USERS, Eq("id", ann)) == 1
    assert refused(api, "users.delete", {"user": ann}, token=system) == (400, 301)


def test_preferences(api: Client) -> None:
    """Set by paths, all or nothing, kept as text."""
    answer = api.call("users.set_preferences", {"preferences": {"ui.theme": "dark", "cols": {"w": [1, 2]}}})
    assert answer == {"updated": 1, "fields": {"preferences": {"ui": {"theme": "dark"}, "cols": {"w": [1, 2]}}}}
    assert api.call("users.set_preferences", {"preferences": {"ui.theme": "dark"}}) == {"updated": 0, "fields": {}}
    assert api.call("users.set_preferences", {"preferences": {"a": None}, "return_updated": False}) == {"updated": 1, "fields": {}}
    assert refused(api, "users.set_preferences", {"preferences": {"b": 1, "ui.theme.x": 1}}) == (400, 305)
    assert refused(api, "users.set_preferences", {"preferences": {"b": {"c.d": 1}}}) == (400, 16)
    assert refused(api, "users.set_preferences", {"preferences": {"b": {"$c": 1}}}) == (400, 16)
    expected = {"ui": {"theme": "dark"}, "cols": {"w": [1, 2]}, "a": None}
    assert api.call("users.get_preferences") == {"preferences": expected}
    assert isinstance(api.backend.documents.get(USERS, "__tests__")["preferences"], str)


def test_preferences_with_odd_numbers(api: Client) -> None:
    """What JSON text cannot hold is refused, or comes back as it was sent; it never breaks the record."""
    for value in ("NaN", "Infinity", "123456789012345678901234567890", "18446744073709551615", "1e400"):
        body = b'{"preferences":{"odd":' + value.encode() + b"}}"
        token = {"Authorization": f"Bearer {api.login(api.key, api.secret)}"}
        assert api.send("/users.set_preferences", body, token).status in (200, 400)
        assert api.call_raw("users.get_preferences").status == 200
