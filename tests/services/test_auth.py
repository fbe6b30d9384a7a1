"""Who gets in, and as whom; `auth.*`. Cases of the wire itself are in the conversations `protocol`, `auth-*` and `users`."""

from __future__ import annotations

import base64
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import bcrypt
import jwt
import pytest
from attrs import evolve

from apiserver import clock
from apiserver.app import create_api
from apiserver.bootstrap import bootstrap, create_credentials
from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.collections import ALL, AUTH_USERS, COMPANIES, TASKS, USERS
from apiserver.stores.filters import Eq, Set
from apiserver.testing import stacks
from apiserver.testing.client import CallFailed, Client, Raw
from apiserver.testing.server import SYSTEM, USER, settings_of

ANONYMOUS = {"auth.fixed_users_mode", "debug.ping", "login.logout", "login.supported_modes"}
"""What answers without a login. NOTE: an addition is a decision about safety, not a detail."""
COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
COOKIE = "clearml_token_basic"


def codes(answer: Raw) -> tuple[int, int]:
    return answer.body["meta"]["result_code"], answer.body["meta"]["result_subcode"]


def basic(key: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}


def pair(answer: Any) -> tuple[str, str]:
    return answer["credentials"]["access_key"], answer["credentials"]["secret_key"]


def refused(api: Client, name: str, data: dict[str, Any] | None = None, **options: Any) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data, **options)
    return caught.value.code, caught.value.subcode


# The gate


def test_only_these_actions_are_anonymous(api: Client) -> None:
    """Every other one answers 401 without credentials: asked of each, from the table of all."""
    for name, endpoint in ENDPOINTS.items():
        answer = api.call_raw(name, token="")
        if not endpoint.built:
            assert codes(answer) == (404, 0)
        elif name in ANONYMOUS:
            assert answer.status == 200, name
        else:
            version = max(binding.min_version for binding in endpoint.bindings)
            assert codes(answer) == (401, 20), (name, version)


def test_roles_are_asked_for(api: Client) -> None:
    """An ordinary user gets 403/20 from exactly the actions that name roles, before the request is looked at."""
    for name, endpoint in ENDPOINTS.items():
        if endpoint.built and endpoint.authorize and "*" not in endpoint.allow_roles:
            answer = api.send(f"/{name}", b"{", {"Authorization": f"Bearer {api.login(*USER)}"})
            assert codes(answer) == (403, 20), name


def test_bad_credentials_do_not_hurt_where_none_are_needed(api: Client) -> None:
    """Anonymous actions do not look at them; optional ones go on without."""
    headers = {"Authorization": "Bearer garbage"}
    assert api.send("/debug.ping", headers=headers).status == 200
    assert api.send("/login.supported_modes", headers=headers).body["data"]["authenticated"] is False


# Tokens


def test_claims_that_sdks_read(api: Client) -> None:
    """Readable without the key: version, features, end."""
    claims = jwt.decode(api.login(*USER), options={"verify_signature": False})
    assert claims["api_version"] == "2.34"
    assert claims["server_version"] == "2.3.0"
    assert claims["feature_set"] == "basic"
    assert claims["exp"] - claims["iat"] == 30 * 24 * 3600
    assert claims["identity"] == {
        "user": "__tests__", "company": COMPANY, "role": "user", "user_name": "tests", "company_name": "clearml",
    }  # fmt: skip


def test_longest_life(api: Client) -> None:
    """A year at most; zero asks for the default."""
    assert refused(api, "auth.login", {"expiration_sec": 31_536_001}) == (400, 12)
    claims = jwt.decode(api.call("auth.login", {"expiration_sec": 0})["token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 2_592_000


@pytest.mark.filterwarnings("ignore:.*key is")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none"])
def test_other_algorithms_are_refused(api: Client, algorithm: str) -> None:
    """Even with the right key: only HS256 counts."""
    token = api.login(*USER)
    claims = jwt.decode(token, options={"verify_signature": False})
    key = None if algorithm == "none" else str(api.backend.settings.get("secure.auth.token_secret"))
    assert refused(api, "users.get_preferences", token=jwt.encode(claims, key, algorithm)) == (401, 30)


@pytest.mark.parametrize("identity", [None, {}, "root", {"user": 5, "company": "c", "role": "root"}, {"user": "u", "role": "root"}])
def test_token_without_identity(api: Client, identity: Any) -> None:
    """401/30, though the signature is good."""
    token = jwt.encode({"identity": identity}, str(api.backend.settings.get("secure.auth.token_secret")), "HS256")
    assert refused(api, "users.get_preferences", token=token) == (401, 30)


def test_logout_ends_a_token_everywhere_at_once(api: Client) -> None:
    """Another process on the same stores refuses it with its next call; other tokens of the user live on."""
    backend = stacks.again(api.backend)
    elsewhere = Client(create_api(backend), backend, *USER)
    token, other = api.login(*USER), api.login(*USER)
    assert elsewhere.call("users.get_preferences", token=token) == {"preferences": {}}
    api.call("auth.logout", token=token)
    assert refused(elsewhere, "users.get_preferences", token=token) == (401, 30)
    assert elsewhere.call("users.get_preferences", token=other) == {"preferences": {}}
    backend.close()


def test_revoked_tokens_are_forgotten_after_their_end(api: Client) -> None:
    """The list of revoked sessions does not grow for ever."""
    for _ in range(3):
        token = jwt.decode(api.login(*USER), options={"verify_signature": False})
        api.backend.state.add_member("revoked_tokens", token["session_id"], 1.0)
    api.call("auth.logout", token=api.login(*USER))
    assert len(api.backend.state.members("revoked_tokens")) == 1


# Cookies and foreign pages


def by_cookie(api: Client, headers: dict[str, str], method: str = "POST") -> int:
    cookie = f"{COOKIE}={api.login(*USER)}"
    return api.send("/users.get_preferences", headers={"Cookie": cookie, "Host": "tracker.example:8008", **headers}, method=method).status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://tracker.example:8080"},
        {"Origin": "http://tracker.example:8080", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://behind.proxy.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_cookie_of_own_pages(api: Client, headers: dict[str, str]) -> None:
    """The web app, whatever its port, and tools that are no browsers."""
    assert by_cookie(api, headers) == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://tracker.example.evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://tracker.example:8080", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_cookie_of_foreign_pages_counts_for_nothing(api: Client, headers: dict[str, str], method: str) -> None:
    """A link or a script of another site cannot act as the user whose browser it runs in; that holds for GET, which may change things."""
    assert by_cookie(api, headers, method) == 401


def test_token_in_a_header_works_from_everywhere(api: Client) -> None:
    """Only who knows the token can send it so, and a page of another site does not."""
    headers = {"Authorization": f"Bearer {api.login(*USER)}", "Origin": "https://app.example.com", "Sec-Fetch-Site": "cross-site"}
    assert api.send("/users.get_preferences", headers=headers).status == 200


class TestListedOrigin:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"apiserver.cors.origins": ["https://app.example.com"]}

    def test_listed_origins_may_use_the_cookie(self, api: Client) -> None:
        """The operator named them."""
        assert by_cookie(api, {"Origin": "https://app.example.com", "Sec-Fetch-Site": "cross-site"}) == 200
        assert by_cookie(api, {"Origin": "https://other.example.com", "Sec-Fetch-Site": "cross-site"}) == 401


class TestCookieSettings:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {
            "apiserver.auth.session_auth_cookie_name": "session",
            "apiserver.auth.cookies": {
                "httponly": True,
                "secure": True,
                "domain": [".b.example", ".a.example"],
                "samesite": "Strict",
                "max_age": 60,
            },
        }

    def test_attributes(self, api: Client) -> None:
        """Name, lifetime, the domain that fits the host."""
        answer = api.send("/auth.login", headers={**basic(*USER), "Host": "x.a.example:8008"})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("session=eyJ")
        assert all(part in cookie for part in ("; Domain=.a.example", "; Max-Age=60", "; Secure", "; HttpOnly", "; SameSite=Strict"))
        assert "Domain" not in api.send("/auth.login", headers={**basic(*USER), "Host": "c.example"}).headers["Set-Cookie"]
        assert api.send("/users.get_preferences", headers={"Cookie": cookie.partition(";")[0]}).status == 200


# Key pairs


def test_a_pair_from_birth_to_end(api: Client, person: str) -> None:
    """Made, used, labelled, listed without its secret, taken away: then it opens nothing, at once."""
    made = api.call("auth.create_credentials", {"label": "laptop"}, token=person)
    key, secret = pair(made)
    assert (len(key), len(secret)) == (30, 67)
    token = api.login(key, secret, **{"X-Clearml-Worker": "box"})
    listed = {entry["access_key"]: entry for entry in api.call("auth.get_credentials", token=token)["credentials"]}
    assert listed[key]["label"] == "laptop"
    assert listed[key]["last_used_from"] == "box"
    assert "+" not in listed[key]["last_used"]
    assert secret not in str(listed)
    assert api.call("auth.edit_credentials", {"access_key": key}, token=token) == {"updated": 1}
    assert "label" not in next(e for e in api.call("auth.get_credentials", token=token)["credentials"] if e["access_key"] == key)
    assert api.call("auth.revoke_credentials", {"access_key": key}, token=token) == {"revoked": 1}
    with pytest.raises(CallFailed) as caught:
        api.login(key, secret)
    assert (caught.value.code, caught.value.subcode) == (401, 22)
    assert api.call("users.get_preferences", token=token) == {"preferences": {}}


@pytest.fixture
def person(api: Client, system: str) -> str:
    """A token of a user who is not of the configuration."""
    user = api.call("auth.create_user", {"name": "Ann", "company": COMPANY, "email": "ann@example.com"}, token=system)["id"]
    return str(api.call("auth.get_token_for_user", {"user": user}, token=system)["token"])


def test_configured_users_keep_their_configured_pairs(api: Client, person: str) -> None:
    """Nobody makes or takes away pairs of `__tests__`; others do."""
    assert refused(api, "auth.create_credentials", token=api.login(*USER)) == (400, 301)
    assert refused(api, "auth.revoke_credentials", {"access_key": "nope"}, token=api.login(*USER)) == (400, 301)
    assert api.call("auth.create_credentials", token=person)["credentials"]


def test_wrong_keys(api: Client, person: str) -> None:
    """The errors of the two actions differ; nothing is changed."""
    assert refused(api, "auth.edit_credentials", {"access_key": "nope"}, token=person) == (400, 75)
    assert refused(api, "auth.revoke_credentials", {"access_key": "nope"}, token=person) == (400, 300)
    assert refused(api, "auth.revoke_credentials", {}, token=person) == (400, 12)


def test_no_secret_is_in_the_stores(api: Client, person: str, tmp_path: Path) -> None:
    """A copy of the data opens no door: it holds neither API secrets nor tokens."""
    _, secret = pair(api.call("auth.create_credentials", token=person))
    api.call("auth.logout", token=person)
    api.backend.close()
    for file in tmp_path.glob("*.db"):
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        content = file.read_bytes()
        for hidden in (secret, USER[1], SYSTEM[1], person):
            assert hidden.encode() not in content, file.name
    state = api.backend.state
    kept = [str(api.backend.documents.list(collection)) for collection in ALL]
    kept += [str((key, state.get(key), state.members(key))) for key in state.keys("")]
    for hidden in (secret, USER[1], SYSTEM[1], person):
        assert hidden not in "".join(kept)


class TestPlainSecrets:
    """Where an operator wants to be able to go back to the reference server, which compares secrets as they are."""

    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"secure.auth.plain_api_secrets": True}

    def test_new_pairs_are_kept_as_the_reference_keeps_them(self, api: Client, person: str) -> None:
        """Those of the API, of the configuration and of the commands."""
        key, secret = pair(api.call("auth.create_credentials", token=person))
        made = create_credentials(api.backend)
        stored = [entry for user in api.backend.documents.list(AUTH_USERS) for entry in user["credentials"]]
        found = {entry["key"]: entry["secret"] for entry in stored}
        assert found.items() >= {(key, secret), (made.access_key, made.secret_key), USER, SYSTEM}
        assert api.login(key, secret)
        assert api.login(made.access_key, made.secret_key)

    def test_turned_on_later_sealed_pairs_still_work(self, api: Client, person: str) -> None:
        """They cannot be opened again, so the reference will not take them; pairs of the configuration are written anew at the start."""
        sealing = evolve(api.backend, settings=settings_of({}))
        made = create_credentials(sealing)
        bootstrap(sealing)
        user = api.backend.documents.get(AUTH_USERS, "__tests__")
        assert user["credentials"][0]["secret"].startswith("hmac-sha256$")
        bootstrap(api.backend)
        assert api.backend.documents.get(AUTH_USERS, "__tests__")["credentials"][0]["secret"] == USER[1]
        assert api.login(made.access_key, made.secret_key)


def test_plain_secrets_of_the_reference_work(api: Client) -> None:
    """An existing database is taken over as it is, and stays as it is."""
    pairs = [{"key": "OLDKEY", "secret": "old secret"}]
    api.backend.documents.update(AUTH_USERS, Eq("id", "__tests__"), Set("credentials", pairs))
    assert api.login("OLDKEY", "old secret")
    stored = api.backend.documents.get(AUTH_USERS, "__tests__")["credentials"]
    assert (len(stored), stored[0]["secret"]) == (1, "old secret")
    with pytest.raises(CallFailed):
        api.login("OLDKEY", "other")


def test_a_sealed_secret_is_no_password(api: Client, person: str) -> None:
    """Who reads the stored form cannot sign in with it."""
    key, _ = pair(api.call("auth.create_credentials", token=person))
    stored = api.backend.documents.find(AUTH_USERS, Eq("credentials.key", key))
    assert stored is not None
    with pytest.raises(CallFailed):
        api.login(key, next(entry["secret"] for entry in stored["credentials"] if entry["key"] == key))


@pytest.mark.parametrize(
    ("key", "secret"), [("", ""), ("TESTUSERKEY", ""), ("", USER[1]), (SYSTEM[0], USER[1]), ("é", "é"), ("a" * 10_000, "b")]
)
def test_wrong_pairs(api: Client, key: str, secret: str) -> None:
    """401/22, and it does not tell which half is wrong."""
    with pytest.raises(CallFailed) as caught:
        api.login(key, secret)
    assert (caught.value.code, caught.value.subcode) == (401, 22)
    assert caught.value.message == "Unauthorized (invalid credentials)"


def test_calls_with_basic_do_not_each_write(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last use is noted once a second, and whenever it comes from elsewhere."""
    began = clock.now()

    def used(after_s: float, **headers: str) -> Any:
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=after_s))
        assert api.send("/users.get_preferences", headers={**basic(*USER), **headers}).status == 200
        entry = api.backend.documents.get(AUTH_USERS, "__tests__")["credentials"][0]
        return entry["last_used"], entry["last_used_from"]

    first = used(0)
    assert used(0.5) == first
    later = used(2)
    assert later[0] > first[0]
    assert used(2.1, **{"X-Trains-Worker": "elsewhere"})[1] == "elsewhere"


# Users


def test_new_user(api: Client, system: str) -> None:
    """Both records are there, no key pair is."""
    made = {"name": "Bob", "company": COMPANY, "email": "bob@example.com", "role": "admin", "given_name": "Bob", "avatar": "pic"}
    user = api.call("auth.create_user", made, token=system)["id"]
    assert api.backend.documents.get(AUTH_USERS, user)["credentials"] == []
    shown = api.call("users.get_by_id", {"user": user})["user"]
    assert (shown["name"], shown["given_name"], shown["avatar"], shown["preferences"]) == ("Bob", "Bob", "pic", "")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"email": "nonsense"}, (400, 800)),
        ({"email": "taken@example.com"}, (400, 801)),
        ({"company": "nope"}, (400, 10)),
        ({"role": "king"}, (400, 12)),
        ({"email": None}, (400, 12)),
    ],
)
def test_users_that_cannot_be(api: Client, system: str, change: dict[str, Any], expected: tuple[int, int]) -> None:
    """Nothing of them is stored."""
    first = {"name": "Bob", "company": COMPANY, "email": "taken@example.com"}
    api.call("auth.create_user", first, token=system)
    before = api.backend.documents.count(USERS), api.backend.documents.count(AUTH_USERS)
    assert refused(api, "auth.create_user", {**first, "email": "new@example.com", **change}, token=system) == expected
    assert before == (api.backend.documents.count(USERS), api.backend.documents.count(AUTH_USERS))


def test_roles_change_with_the_next_token(api: Client, system: str, person: str) -> None:
    """An admin edits users of the own company only, never into a system role, and never without a role."""
    user = api.call("users.get_current_user", token=person)["user"]["id"]
    assert api.call("auth.edit_user", {"user": user, "role": "admin"}, token=system) == {"updated": 1, "fields": {"role": "admin"}}
    assert refused(api, "auth.edit_user", {"user": user, "role": "user"}, token=person) == (403, 20)
    admin = api.call("auth.login", token=api.call("auth.get_token_for_user", {"user": user}, token=system)["token"])["token"]
    assert api.call("auth.edit_user", {"user": user, "role": "admin"}, token=admin)["updated"] == 0
    for role, expected in (("system", (400, 12)), ("root", (400, 12)), ("", (400, 12)), (None, (400, 12))):
        assert refused(api, "auth.edit_user", {"user": user, "role": role}, token=admin) == expected
    assert refused(api, "auth.edit_user", {"user": "nope", "role": "user"}, token=admin) == (400, 301)


def test_validate_token(api: Client, system: str) -> None:
    """Always 200: good, bad, revoked."""
    token = api.login(*USER)
    assert api.call("auth.validate_token", {"token": token}, token=system) == {"valid": True, "user": "__tests__", "company": COMPANY}
    assert api.call("auth.validate_token", {"token": "x"}, token=system)["valid"] is False
    api.call("auth.logout", token=token)
    assert api.call("auth.validate_token", {"token": token}, token=system) == {"valid": False, "user": "__tests__", "company": COMPANY}


# Acting for others


def acting(api: Client, token: str, header: str, user: str, name: str = "users.get_current_user") -> Raw:
    return api.send(f"/{name}", headers={"Authorization": f"Bearer {token}", header: user})


def other_company(api: Client) -> None:
    api.backend.documents.insert(COMPANIES, {"id": "other", "name": "other"})
    stranger = {"id": "stranger", "name": "Stranger", "company": "other", "role": "user", "email": "s@example.com", "credentials": []}
    api.backend.documents.insert(AUTH_USERS, stranger)
    api.backend.documents.insert(USERS, {"id": "stranger", "name": "Stranger", "company": "other", "preferences": ""})


def test_impersonation(api: Client, system: str) -> None:
    """With the other's role, or keeping one's own."""
    assert acting(api, system, "X-Clearml-Impersonate-As", "__tests__").body["data"]["user"]["role"] == "user"
    assert acting(api, system, "X-Trains-Act-As", "__tests__").body["data"]["user"]["role"] == "system"
    assert codes(acting(api, system, "X-Clearml-Impersonate-As", "__tests__", "users.create")) == (403, 20)


def test_impersonation_stays_in_the_company(api: Client, system: str) -> None:
    """Only root goes elsewhere; an ordinary user nowhere."""
    other_company(api)
    assert codes(acting(api, system, "X-Clearml-Impersonate-As", "stranger")) == (400, 6)
    assert codes(acting(api, api.login(*USER), "X-Clearml-Act-As", "__tests__")) == (400, 6)
    api.backend.documents.update(AUTH_USERS, Eq("id", "__apiserver__"), Set("role", "root"))
    assert acting(api, api.login(*SYSTEM), "X-Clearml-Impersonate-As", "stranger").body["data"]["user"]["company"] == {
        "id": "other", "name": "other",
    }  # fmt: skip


def test_strangers_see_and_change_nothing(api: Client) -> None:
    """A user of another company: every object of ours is unknown to it."""
    other_company(api)
    task = api.call("tasks.create", {"name": "ours", "type": "training"})["id"]
    api.backend.documents.update(AUTH_USERS, Eq("id", "stranger"), Set("credentials", [{"key": "S", "secret": "s"}]))
    stranger = api.login("S", "s")
    assert refused(api, "tasks.get_by_id", {"task": task}, token=stranger) == (400, 101)
    assert refused(api, "tasks.delete", {"task": task, "force": True}, token=stranger) == (400, 101)
    assert api.call("tasks.get_all", {"id": [task]}, token=stranger)["tasks"] == []
    assert refused(api, "users.get_by_id", {"user": "__tests__"}, token=stranger) == (400, 301)
    assert api.call("users.update", {"user": "__tests__", "name": "x"}, token=stranger)["updated"] == 0
    assert api.backend.documents.get(AUTH_USERS, "__tests__")["name"] == "tests"
    assert api.backend.documents.count(TASKS) == 1


# Fixed users

HASH = base64.b64encode(bcrypt.hashpw(b"secret", bcrypt.gensalt(4))).decode()
GUEST = {"enabled": True, "name": "Guest", "username": "guest", "password": "guest", "default_company": "025315a9321f49f8be07f5ac48fbcf92"}


class TestFixedUsers:
    @pytest.fixture(params=[False, True], ids=["plain", "hashed"])
    def settings_overrides(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        guest = base64.b64encode(bcrypt.hashpw(b"guest", bcrypt.gensalt(4))).decode()
        return {
            "apiserver.auth.fixed_users.enabled": True,
            "apiserver.auth.fixed_users.pass_hashed": request.param,
            "apiserver.auth.fixed_users.users": [
                {"username": "jane", "password": HASH if request.param else "secret", "name": "Jane van Doe"},
                {"username": "open", "password": "", "name": "No Password"},
            ],
            "services.auth.fixed_users.guest": {
                **GUEST,
                "password": guest if request.param else "guest",
                "allow_endpoints": ["auth.login"],
            },
        }

    def test_sign_in_with_name_and_password(self, api: Client) -> None:
        """The user's id comes from the name; the record that others see has first and last name."""
        token = api.login("jane", "secret")
        user = api.call("users.get_current_user", token=token)["user"]
        assert user["id"] == "3cd2831cdf07aede577ec69d4671c92c"
        assert (user["name"], user["given_name"], user["family_name"], user["role"]) == ("Jane van Doe", "Jane", "van Doe", "user")
        assert api.send("/users.get_preferences", headers=basic("jane", "secret")).status == 200

    @pytest.mark.parametrize(
        "password",
        ["", "Secret", "secret ", "x" * 100, "\0", HASH],
        ids=["empty", "case", "space", "long", "nul", "hash"],
    )
    def test_wrong_passwords(self, api: Client, password: str) -> None:
        """401/22, also for what the configuration holds, and again after a good login."""
        api.login("jane", "secret")
        with pytest.raises(CallFailed) as caught:
            api.login("jane", password)
        assert (caught.value.code, caught.value.subcode) == (401, 22)

    def test_nobody_signs_in_without_a_password(self, api: Client) -> None:
        """An entry without password is no user at all."""
        with pytest.raises(CallFailed):
            api.login("open", "")

    def test_guest(self, api: Client) -> None:
        """With name and password a guest may only log in; with the token everything an ordinary user may, in its own company."""
        assert codes(api.send("/users.get_preferences", headers=basic("guest", "guest"))) == (401, 22)
        token = api.login("guest", "guest")
        assert api.call("users.get_current_user", token=token)["user"]["company"]["name"] == "guests"
        mode = api.call("auth.fixed_users_mode", token="")
        assert mode["guest"]["username"] == "guest"

    def test_pairs_that_fixed_mode_revokes(self, api: Client) -> None:
        """Others of the configuration go on working."""
        assert api.login(*SYSTEM)


class TestRevokedInFixedMode:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        revoked = {"role": "user", "user_key": USER[0], "user_secret": USER[1], "revoke_in_fixed_mode": True}
        return {
            "apiserver.auth.fixed_users.enabled": True,
            "apiserver.auth.fixed_users.users": [{"username": "jane", "password": "secret", "name": "Jane"}],
            "secure.credentials.tests": revoked,
        }

    def test_marked_pairs_are_gone(self, api: Client) -> None:
        """The pair of the configuration opens nothing while names and passwords do."""
        with pytest.raises(CallFailed) as caught:
            api.login(*USER)
        assert (caught.value.code, caught.value.subcode) == (401, 22)


# Known secrets of the reference

PUBLIC = [
    ("62T8CP7HGBC6647XF9314C2VY67RJO", "gaOfhDX2-bpkeI7-cwEcaMuGijxaG2UG3jbIvg4DxmVGF0LNI7rgvCb1-ne38IlBo1w"),
    ("EGRTCO8JMSIGI6S39GTP43NFWXDQOW", "LPEJbGJ6bK4tujQcmrD3i1dbMBDdwUwelVa-LG0K0FFmY9bzH_H0Sw"),
    ("EYVQ385RW7Y2QQUH88CZ7DWIQ1WUHP", "XhkH6a6ds9JBnM_MrahYyYdO-wS2bqFSm8gl-V0UZXH26Ydd6Eyi28TeBEoSr6Z3Bes"),
]


@pytest.mark.parametrize("known", PUBLIC)
def test_publicly_known_pairs_open_nothing(api: Client, known: tuple[str, str]) -> None:
    """They work only where the operator wrote them down."""
    with pytest.raises(CallFailed):
        api.login(*known)


class TestKnownPairSwitchedOn:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"secure.credentials.tests": {"role": "user", "user_key": PUBLIC[1][0], "user_secret": PUBLIC[1][1]}}

    def test_it_works_and_goes_again(self, api: Client) -> None:
        """A start without it takes it away."""
        assert api.login(*PUBLIC[1])
        changed = settings_of({"secure.credentials.tests": {"role": "user", "user_key": "", "user_secret": ""}})
        bootstrap(evolve(api.backend, settings=changed))
        with pytest.raises(CallFailed):
            api.login(*PUBLIC[1])
