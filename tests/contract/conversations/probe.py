"""Plays the recorded raw HTTP requests of `protocol.json` against a server in this process, and tells where the answers differ.

A recording is `{about, system, steps: [...]}`; the members of a step:

- method (POST), path: as sent; headers: in their values `$TOKEN`, `$SYSTEM`, `$OTHER`, `$EXPIRED`, `$FOREIGN`, `$UNSIGNED`, `$TAMPERED`,
  `$BASIC` and `$SYSBASIC` are filled in; body: a text, `[[text, times], ...]`, `{hex: ...}`, or none
- raw: compare the text from `"data":` on; ignore: parts of `expect` that may differ
- expect: {status, headers, body, claims}; `msg` and `body.text` are there for people and never compared

What cannot repeat is written `<id>`, `<time>`, `<token>`, `<date>`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from attrs import define, field, frozen

from apiserver.testing.client import Client

Step = dict[str, Any]
_HEADERS = ("content-type", "content-encoding", "location", "www-authenticate", "set-cookie")
_SORTED_HEADERS = ("set-cookie", "access-control-allow-methods")
_MASKS = (
    (re.compile(r"Thu, 01 Jan 1970 00:00:00 GMT"), "<epoch>"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), "<token>"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"), "<id>"),
    (re.compile(r"[A-Z][a-z]{2}, \d\d[ -][A-Z][a-z]{2}[ -]\d{4} \d\d:\d\d:\d\d GMT"), "<date>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)?"), "<time>"),
)
_NEVER_COMPARED = ("msg", "body.text")
_ABSENT = "(absent)"


@frozen
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for given, value in self.headers if given.lower() == name), None)

    def decoded(self) -> bytes:
        coding = self.header("content-encoding")
        if coding == "gzip":
            return zlib.decompress(self.body, 47)
        if coding == "deflate":
            return zlib.decompress(self.body, 15)
        return f"({coding})".encode() if coding else self.body


@define
class Probe:
    """app: a WSGI application; words: what stands for `$NAME` in headers."""

    app: Any
    words: dict[str, str] = field(factory=dict)

    @classmethod
    def ready(cls, client: Client, system: list[str]) -> Probe:
        """With tokens of every kind. client: whose key pair is the ordinary user's; system: a pair of role system."""
        user = [client.key, client.secret]
        made = cls(client.http.app)
        made.words["BASIC"], made.words["SYSBASIC"] = (base64.b64encode(":".join(pair).encode()).decode() for pair in (user, system))
        made.words["TOKEN"], made.words["OTHER"] = made.token("BASIC"), made.token("BASIC")
        made.words["EXPIRED"] = made.token("BASIC", expiration_sec=-5)
        made.words["SYSTEM"] = made.token("SYSBASIC", expiration_sec=600)
        head, claims, signature = made.words["TOKEN"].split(".")
        foreign = hmac.new(b"another secret", f"{head}.{claims}".encode(), hashlib.sha256).digest()
        changed = base64.urlsafe_b64decode(claims + "==").replace(b'"user"', b'"root"')
        made.words["FOREIGN"] = f"{head}.{claims}.{_base64url(foreign)}"
        made.words["UNSIGNED"] = _base64url(b'{"alg":"none","typ":"JWT"}') + f".{claims}."
        made.words["TAMPERED"] = f"{head}.{_base64url(changed)}.{signature}"
        return made

    def token(self, who: str, **body: Any) -> str:
        answer = self.send("POST", "/auth.login", {"Authorization": f"Basic {self.words[who]}"}, json.dumps(body).encode())
        return str(json.loads(answer.body)["data"]["token"])

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """One request, as a WSGI server hands it on."""
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8008",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost:8008",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if body is not None:
            environ["CONTENT_LENGTH"] = str(len(body))
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            # NOTE: a server takes the blanks around a value off before anybody sees it.
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value.strip()
        started: list[Any] = []
        result = self.app(environ, lambda status, given, exc_info=None: started.append((status, given)))
        try:
            text = b"".join(result)
        finally:
            getattr(result, "close", lambda: None)()
        status, given = started[0]
        return Answer(int(status.split()[0]), given, text)

    def play(self, step: Step) -> list[str]:
        """Make the request; where its answer differs from the recorded one."""
        headers = {name: re.sub(r"\$([A-Z]+)", self._word, value) for name, value in step.get("headers", {}).items()}
        answer = self.send(step.get("method", "POST"), step["path"], headers, _body(step.get("body")))
        got = _shown(answer, raw=bool(step.get("raw")))
        return list(_differences(step["expect"], got, "", step.get("ignore", ())))

    def _word(self, found: re.Match[str]) -> str:
        return self.words.get(found[1], found[0])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _body(given: Any) -> bytes | None:
    if isinstance(given, list):
        return "".join(text * times for text, times in given).encode()
    if isinstance(given, dict):
        return bytes.fromhex(given["hex"])
    return None if given is None else str(given).encode()


def _shown(answer: Answer, *, raw: bool) -> dict[str, Any]:
    """An answer in the form of `expect`."""
    headers: dict[str, str] = {}
    for given, value in answer.headers:
        name = given.lower()
        if name in _HEADERS or name.startswith("access-control-"):
            masked = _masked(value)
            headers[name] = "; ".join(sorted(re.split(r"[;,] *", masked))) if name in _SORTED_HEADERS else masked
    text = answer.decoded()
    shown: dict[str, Any] = {"status": answer.status, "headers": headers}
    if raw:
        words = _masked(text.decode("utf-8", "replace"))
        words = re.sub(r"\\u[0-9a-fA-F]{4}", lambda found: found[0].lower(), words)
        return {**shown, "body": {"raw": words[max(0, words.find('"data":')) :]}}
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or "meta" not in parsed:
        return {**shown, "body": {"text": _masked(text.decode("utf-8", "replace"))[:120], "empty": not text}}
    parsed["meta"].pop("result_msg")
    if token := parsed["data"].get("token"):
        shown["claims"] = _claims(token)
    return {**shown, "body": _masked(parsed)}


def _claims(token: str) -> Any:
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    issued, ends = claims.pop("iat"), claims.pop("exp", None)
    return {**_masked(claims), **({} if ends is None else {"lifetime": ends - issued})}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, word in _MASKS:
            value = pattern.sub(word, value)
        return value
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return {name: _masked(item) for name, item in value.items()} if isinstance(value, dict) else value


def _differences(want: Any, got: Any, path: str, ignored: Any) -> Iterator[str]:
    if path in ignored or path in _NEVER_COMPARED:
        return
    if isinstance(want, dict) and isinstance(got, dict):
        for name in {**want, **got}:
            yield from _differences(want.get(name, _ABSENT), got.get(name, _ABSENT), f"{path}.{name}".lstrip("."), ignored)
    elif json.dumps(want, sort_keys=True) != json.dumps(got, sort_keys=True):
        yield f"{path}: {json.dumps(got)[:150]}, wanted {json.dumps(want)[:150]}"
