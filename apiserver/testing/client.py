"""Client: calls the API of an application in this process, and checks every answer against the documented shape."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema
from attrs import frozen
from webtest import TestApp, TestResponse

from apiserver.calls.call import Backend
from apiserver.testing.known_differences import KNOWN, by_rule
from apiserver.testing.schemas import response_schema

NEWEST = "2.34"


class CallFailed(Exception):
    """The call was answered with an error."""

    def __init__(self, name: str, meta: Mapping[str, Any]) -> None:
        super().__init__(f"{name}: {meta['result_code']}/{meta['result_subcode']} {meta['result_msg']}")
        self.code: int = meta["result_code"]
        self.subcode: int = meta["result_subcode"]
        self.message: str = meta["result_msg"]


@frozen
class Raw:
    """An answer as it came. body: the parsed envelope, None where there is none."""

    status: int
    body: Any
    headers: Mapping[str, str]
    text: bytes


class Client:
    """Signs in with a key pair, then calls with the token it got. backend: for looking behind the API."""

    def __init__(self, app: Any, backend: Backend, key: str, secret: str) -> None:
        self.http = TestApp(app, lint=False)
        self.backend = backend
        self.key, self.secret = key, secret
        self._token = ""

    def call(self, name: str, data: Mapping[str, Any] | None = None, *, version: str = NEWEST, token: str | None = None) -> Any:
        """The `data` of the answer. Raises: CallFailed; AssertionError when the answer is not as the schema documents it."""
        return self._checked(name, version, self.call_raw(name, data, version=version, token=token))

    def batch(self, name: str, items: Sequence[Mapping[str, Any]], *, version: str = NEWEST, token: str | None = None) -> Any:
        """As `call`, with a body of JSON lines."""
        body = "\n".join(json.dumps(item) for item in items).encode()
        raw = self.send(f"/v{version}/{name}", body, {"Content-Type": "application/json-lines", **self._bearer(token)})
        return self._checked(name, version, raw)

    def call_raw(self, name: str, data: Any = None, *, version: str = NEWEST, token: str | None = None) -> Raw:
        """The answer to a call, whatever it is."""
        body = json.dumps({} if data is None else data).encode()
        return self.send(f"/v{version}/{name}", body, {"Content-Type": "application/json", **self._bearer(token)})

    def send(self, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, method: str = "POST") -> Raw:
        """Any request at all."""
        self.http.reset()  # NOTE: no cookie of an earlier answer signs a later call in
        answer: TestResponse = self.http.request(path, method=method, body=body, headers=dict(headers or {}), expect_errors=True)
        try:
            parsed = json.loads(answer.body)
        except ValueError:
            parsed = None
        return Raw(answer.status_int, parsed, answer.headers, answer.body)

    def login(self, key: str, secret: str, **headers: str) -> str:
        """A token for a key pair (or a user name and a password). Raises: CallFailed."""
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        answer = self.send("/auth.login", b"", {"Authorization": f"Basic {pair}", **headers})
        if answer.status != 200:
            raise CallFailed("auth.login", answer.body["meta"])
        return str(answer.body["data"]["token"])

    def _bearer(self, token: str | None) -> dict[str, str]:
        if token == "":
            return {}
        if token is None:
            self._token = self._token or self.login(self.key, self.secret)
        return {"Authorization": f"Bearer {token or self._token}"}

    def _checked(self, name: str, version: str, raw: Raw) -> Any:
        assert raw.body is not None, f"{name} answered without an envelope: {raw.text[:300]!r}"
        meta = raw.body["meta"]
        assert raw.status == meta["result_code"]
        if raw.status != 200:
            raise CallFailed(name, meta)
        major, _, minor = version.partition(".")
        check_shape(name, (int(major), int(minor)), raw.body["data"])
        return raw.body["data"]


def check_shape(name: str, version: tuple[int, int], data: Any) -> None:
    """Compare the data of an answer with what the schema documents. Raises: AssertionError."""
    try:
        schema = response_schema(name, version)
    except KeyError:
        return
    problems = sorted(jsonschema.Draft4Validator(schema).iter_errors(data), key=lambda e: list(map(str, e.path)))
    for problem in problems:
        path = ".".join("*" if isinstance(part, int) else str(part) for part in problem.path)
        if (name, path) not in KNOWN and not by_rule(name, problem):
            raise AssertionError(f"{name} v{version[0]}.{version[1]}: answer.{path}: {problem.message[:500]}")
