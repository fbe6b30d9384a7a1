"""`/sign-in`: GET tells which names are known, POST `{name}` gives a token that `auth.login` exchanges for the cookie.

403 `{error}` where it is not meant to be, 400 for what is no name.
"""

from __future__ import annotations

import falcon
import orjson

from apiserver.calls.sign_in import ByName, Refused

_MOST_BYTES = 10_000


class SignIn:
    def __init__(self, by_name: ByName) -> None:
        self._by_name = by_name

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            self._by_name.check(_headers(req))
            _write(resp, {"names": self._by_name.names()})
        except Refused as error:
            _refuse(resp, falcon.HTTP_403, error)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            self._by_name.check(_headers(req))
        except Refused as error:
            _refuse(resp, falcon.HTTP_403, error)
            return
        try:
            _write(resp, {"token": self._by_name.token(_name(req))})
        except Refused as error:
            _refuse(resp, falcon.HTTP_400, error)


def _name(req: falcon.Request) -> object:
    try:
        body = orjson.loads(req.bounded_stream.read(_MOST_BYTES))
    except ValueError:
        return None
    return body.get("name") if isinstance(body, dict) else None


def _headers(req: falcon.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in req.headers.items()}


def _refuse(resp: falcon.Response, status: str, error: Refused) -> None:
    resp.status = status
    _write(resp, {"error": str(error)})


def _write(resp: falcon.Response, body: object) -> None:
    resp.content_type = falcon.MEDIA_JSON
    resp.set_header("Cache-Control", "no-store")
    resp.data = orjson.dumps(body)
