"""The sink: every path but the few that are not the API's ends here. Source: spec 1 §1, §19."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import falcon

from apiserver.calls.router import Incoming, Outcome, Router
from apiserver.generated import errors
from apiserver.transport import cookies, envelope

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100_000
_RETRY_AFTER_S = "2"
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


class Sink:
    """Hands requests to the router and writes its outcomes. max_bytes: of a request's body; 0: no limit."""

    def __init__(self, router: Router, *, max_bytes: int) -> None:
        self._router = router
        self._max_bytes = max_bytes

    def answer(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
        """Run the call, whatever the method (spec 1 §1.2)."""
        if "/static/" in req.path:
            _no_file(resp)
            return
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
        _write(resp, outcome)

    def fail(self, req: falcon.Request, resp: falcon.Response, error: Exception, params: Mapping[str, Any]) -> None:
        """What went wrong outside of a call still gets the envelope: SDKs repeat a call for ever when it has none (spec 7 §1)."""
        outcome = self._router.failure(error, status=error.status_code if isinstance(error, falcon.HTTPError) else 500)
        _write(resp, outcome)

    def _body(self, req: falcon.Request) -> bytes:
        self._check_length(req)
        try:
            # NOTE: a body without a stated length comes in chunks.
            most = self._max_bytes + 1 if self._max_bytes else -1
            found = req.stream.read(most) if req.content_length is None else req.bounded_stream.read()
        except (OSError, ValueError) as error:
            raise errors.BadRequest("the request's body broke off") from error
        if self._max_bytes and len(found) > self._max_bytes:
            raise errors.BadRequest(f"the request is larger than {self._max_bytes} bytes (apiserver.request.max_bytes)")
        if req.content_length is not None and len(found) < req.content_length:
            raise errors.BadRequest("the request's body broke off")
        return bytes(found)

    def _check_length(self, req: falcon.Request) -> None:
        try:
            length = req.content_length or 0
        except falcon.HTTPError as error:
            raise errors.BadRequest("the header Content-Length is no number") from error
        if self._max_bytes and length > self._max_bytes:
            raise errors.BadRequest(f"the request is larger than {self._max_bytes} bytes (apiserver.request.max_bytes)")

    def _form(self, req: falcon.Request, kind: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        try:
            if kind == FORM:
                return _pairs(self._body(req).decode(), strict=True)
            self._check_length(req)
            for part in req.get_media():
                if part.filename is None:
                    found.append((part.name or "", part.get_text() or ""))
        except (ValueError, falcon.HTTPError) as error:
            # QUIRK: spec 1 §1.3: what has no single part counts as an empty form.
            if not found and kind == falcon.MEDIA_MULTIPART:
                return []
            raise errors.BadRequest("the form cannot be read") from error
        return found


def _write(resp: falcon.Response, outcome: Outcome) -> None:
    body = envelope.render(outcome)
    resp.status = envelope.status(outcome)
    resp.content_type = falcon.MEDIA_JSON
    resp.data = body
    if envelope.status(outcome) == 503:
        resp.set_header("Retry-After", _RETRY_AFTER_S)


def _no_file(resp: falcon.Response) -> None:
    """QUIRK: spec 1 §1.1: such paths are files of the web app, and this server has none."""
    resp.status = 404
    resp.content_type = falcon.MEDIA_HTML
    resp.data = b"<!doctype html><title>Not Found</title><p>There is no such file."


def _pairs(text: str, *, strict: bool = False) -> list[tuple[str, str]]:
    """Names and values. strict: raises ValueError when there are too many; else there are none."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        if strict:
            raise
        return []


def _write_raw(resp: falcon.Response, body: bytes | Iterable[bytes], content_type: str, filename: str) -> None:
    resp.content_type = content_type
    resp.set_header("Cache-Control", "no-store, max-age=0")
    if filename:
        resp.set_header("Content-Disposition", _attachment(filename))
    if isinstance(body, bytes):
        resp.data = body
    else:
        resp.stream = body


def _attachment(filename: str) -> str:
    """The header for a file of this name, which may be a user's text (spec 1 §2.3)."""
    name = "".join(letter for letter in filename if letter.isprintable())
    plain = name.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "")
    shown = plain if _TOKEN.fullmatch(plain) else f'"{plain}"'
    return f"attachment; filename={shown}" + ("" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}")
