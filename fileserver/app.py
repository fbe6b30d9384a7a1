"""The file server's HTTP side: `create_files` makes the WSGI application. Routes and answers: spec 6 §1."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import falcon
import orjson
from falcon.media.multipart import MultipartParseError

from fileserver import checks
from fileserver.auth import Check, Guard
from fileserver.cors import Cors
from fileserver.downloads import Downloads
from fileserver.store import CannotStore, DiskFull, Files, OutsideRoot, TooLarge
from fileserver.uploads import Uploads

if TYPE_CHECKING:
    from apiserver.calls.call import Backend
    from apiserver.settings import Settings

log = logging.getLogger(__name__)

App = falcon.App[falcon.Request, falcon.Response]

_ROOT_METHODS = ("HEAD", "GET", "OPTIONS", "POST")
_FILE_METHODS = ("HEAD", "GET", "OPTIONS", "DELETE")
_BATCH_METHODS = ("OPTIONS", "POST")
_MAX_BATCH_BYTES = 64 * 1024 * 1024
_HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
"""On every answer: whatever was uploaded, a browser must not run it with the rights of this address."""


def create_files(root: Path, settings: Settings, backend: Backend | None = None, *, check: Check | None = None) -> App:
    """The file server for the folder `root` (made if missing).

    Tokens are looked at by `check`; when it is not given, by this process itself if it has a backend (embedded), else by asking the
    API server at `hosts.api_server`.
    """
    guard = Guard(
        check or checks.of(settings, backend),
        enabled=settings.get("fileserver.auth.enabled", True),
        cookie_names=settings.get("fileserver.auth.cookie_names", ["clearml_token_basic"]),
    )
    app: App = falcon.App(middleware=[_Preamble(settings), Cors(settings.get("fileserver.cors.origins", "*"))])
    app.set_error_serializer(_in_plain_words)
    for kind, handler in {
        OutsideRoot: _no_place,
        CannotStore: _cannot_store,
        TooLarge: _too_large,
        DiskFull: _disk_full,
        MultipartParseError: _broken_form,
        Exception: _unexpected,
    }.items():
        app.add_error_handler(kind, handler)
    app.add_sink(_Routes(Files(root), settings, guard).answer, "/")
    return app


class _Preamble:
    """What holds for every request, whoever sends it."""

    def __init__(self, settings: Settings) -> None:
        self._server = settings.get("fileserver.response.headers.server", "clearml")

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_headers({"server": self._server, "Vary": "Accept-Encoding", **_HARMLESS})
        if encoding := req.get_header("Content-Encoding"):
            raise falcon.HTTPUnsupportedMediaType(description=f"Content encoding is not supported ({encoding})")


class _Routes:
    """A sink and no resources: below the root every path is a file's name."""

    def __init__(self, files: Files, settings: Settings, guard: Guard) -> None:
        self._files = files
        self._guard = guard
        self._uploads = Uploads(files, max_bytes=int(settings.get("fileserver.upload.max_upload_size_mb", 0) * 1024 * 1024))
        self._downloads = Downloads(
            files,
            cache_s=int(settings.get("fileserver.download.cache_timeout_sec", 300)),
            no_cache=settings.get("fileserver.download.disable_browser_caching", False),
        )
        self._batch_delete = settings.get("fileserver.delete.allow_batch", True)

    def answer(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
        name = req.path.removeprefix("/")
        allowed: tuple[str, ...]
        if name == "":
            handlers, allowed = {"GET": self._alive, "HEAD": self._alive, "POST": self._upload}, _ROOT_METHODS
        elif name == "delete_many" and self._batch_delete and req.method in _BATCH_METHODS:
            handlers, allowed = {"POST": self._delete_many}, _BATCH_METHODS
        else:
            handlers, allowed = {"GET": self._download, "HEAD": self._download, "DELETE": self._delete}, _FILE_METHODS
        if req.method == "OPTIONS":
            resp.set_header("Allow", ", ".join(allowed))
            return
        handler = handlers.get(req.method)
        if handler is None:
            raise falcon.HTTPMethodNotAllowed(allowed)
        self._guard.require(req, optional=handler == self._alive)
        handler(req, resp)

    def _alive(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = "text/html; charset=utf-8"
        resp.text = "OK"

    def _upload(self, req: falcon.Request, resp: falcon.Response) -> None:
        # NOTE: the reference calls this text/html; clients parse the text whatever its name, and JSON cannot be taken for a page.
        _answer_json(resp, self._uploads.receive(req))

    def _download(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._downloads.answer(req, resp, req.path.removeprefix("/"))

    def _delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        name = req.path.removeprefix("/")
        if not self._files.delete(name):
            raise falcon.HTTPNotFound(description=f"File {name} not found")
        _answer_json(resp, name)

    def _delete_many(self, req: falcon.Request, resp: falcon.Response) -> None:
        names = _names(req)
        result = self._files.delete_many(names)
        log.info("deleted %d of %d", len(result.deleted), len(names))
        _answer_json(resp, {"deleted": result.deleted, "errors": result.errors})


def _names(req: falcon.Request) -> list[str]:
    """`files` of the JSON body, whatever its content type says (spec 6 §1.6)."""
    if (req.content_length or 0) > _MAX_BATCH_BYTES:
        raise falcon.HTTPContentTooLarge(description="Too many files in one request")
    try:
        body = orjson.loads(req.bounded_stream.read(_MAX_BATCH_BYTES))
    except orjson.JSONDecodeError as error:
        raise falcon.HTTPBadRequest(description="The body is not JSON") from error
    if not body:
        raise falcon.HTTPBadRequest(description="Json payload is missing")
    names = body.get("files") if isinstance(body, dict) else None
    if not names:
        raise falcon.HTTPBadRequest(description="files are missing")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise falcon.HTTPBadRequest(description="files must be a list of texts")
    return names


def _answer_json(resp: falcon.Response, value: Any) -> None:
    resp.content_type = falcon.MEDIA_JSON
    resp.text = json.dumps(value)  # NOTE: not orjson: clients of old expect non-ASCII letters escaped.


def _in_plain_words(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
    resp.content_type = falcon.MEDIA_TEXT
    resp.text = error.description or error.title or ""


def _no_place(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    raise falcon.HTTPNotFound(description=f"{error} is no place for a file")


def _cannot_store(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    raise falcon.HTTPBadRequest(description=str(error))


def _too_large(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    raise falcon.HTTPContentTooLarge(description=str(error))


def _disk_full(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    log.error("no room left for uploads")
    raise falcon.HTTPInsufficientStorage(description="The file server's disk is full")


def _broken_form(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    raise falcon.HTTPBadRequest(description=f"The form is broken off or malformed: {getattr(error, 'description', error)}")


def _unexpected(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    if isinstance(error, (falcon.HTTPError, falcon.HTTPStatus)):
        raise error
    log.exception("%s %s failed", req.method, req.path)
    raise falcon.HTTPInternalServerError(description="The file server failed; its log says why")
