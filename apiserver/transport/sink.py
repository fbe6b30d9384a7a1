"""The sink: every path but the few that are not the API's ends here. Source: spec 1 §1, §19."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote

import falcon

from apiserver.calls.router import Incoming, Router
from apiserver.generated import errors
from apiserver.transport import cookies, envelope

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100_000


class Sink:
    """Hands requests to the router and writes its outcomes. max_bytes: of a request's body; 0: no limit."""

    def __init__(self, router: Router, *, max_bytes: int) -> None:
        self._router = router
        self._max_bytes = max_bytes

    def answer(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
        """Run the call, whatever the method (spec 1 §1.2)."""
        kind = (req.content_type or "").partition(";")[0].strip().lower()
        outcome = self._router.handle(
            Incoming(
                path=req.path,
                headers={name.lower(): value for name, value in req.headers.items()},
                cookies=req.cookies,
                query=_pairs(req.query_string),
                form=(lambda: self._form(req, kind)) if kind in (FORM, falcon.MEDIA_MULTIPART) else None,
                read_body=lambda: self._body(req),
                ip=req.get_header("X-Forwarded-For") or req.get_header("X-Real-IP") or req.remote_addr or "",
            )
        )
        for cookie in outcome.cookies:
            resp.append_header("Set-Cookie", cookies.header(cookie, outcome.call, req.host))
        if outcome.raw is not None and outcome.error is None:
            _write_raw(resp, outcome.raw.body, outcome.raw.content_type, outcome.raw.filename)
            return
        resp.status = envelope.status(outcome)
        resp.content_type = falcon.MEDIA_JSON
        resp.data = envelope.render(outcome)

    def _body(self, req: falcon.Request) -> bytes:
        if self._max_bytes and (req.content_length or 0) > self._max_bytes:
            raise errors.BadRequest(f"the request is larger than {self._max_bytes} bytes (apiserver.request.max_bytes)")
        try:
            found = req.stream.read(self._max_bytes + 1) if req.content_length is None else req.bounded_stream.read()
        except (OSError, ValueError) as error:
            raise errors.BadRequest("the request's body broke off") from error
        if self._max_bytes and len(found) > self._max_bytes:
            raise errors.BadRequest(f"the request is larger than {self._max_bytes} bytes (apiserver.request.max_bytes)")
        if req.content_length is not None and len(found) < req.content_length:
            raise errors.BadRequest("the request's body broke off")
        return bytes(found)

    def _form(self, req: falcon.Request, kind: str) -> list[tuple[str, str]]:
        try:
            if kind == FORM:
                return _pairs(self._body(req).decode())
            form = req.get_media()
            return [(part.name or "", part.get_text() or "") for part in form if part.filename is None]
        except (UnicodeDecodeError, falcon.HTTPError) as error:
            raise errors.BadRequest("the form cannot be read") from error


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _write_raw(resp: falcon.Response, body: bytes | Iterable[bytes], content_type: str, filename: str) -> None:
    resp.content_type = content_type
    resp.set_header("Cache-Control", "no-store, max-age=0")
    if filename:
        plain = filename.encode("ascii", "ignore").decode().replace('"', "")
        value = f"attachment; filename={plain}"
        resp.set_header("Content-Disposition", value if plain == filename else f"{value}; filename*=UTF-8''{quote(filename, safe='')}")
    if isinstance(body, bytes):
        resp.data = body
    else:
        resp.stream = body


