"""Downloads: whole files and ranges, with what caches and browsers need to know (spec 6 §1.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import falcon

from fileserver import content
from fileserver.store import Files

_NO_CACHE = {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "0",
    "Pragma-directive": "no-cache",
    "Cache-directive": "no-cache",
}


class Downloads:
    """cache_s: how long browsers may keep a file; no_cache: not at all."""

    def __init__(self, files: Files, *, cache_s: int, no_cache: bool) -> None:
        self._files = files
        self._cache_s = cache_s
        self._no_cache = no_cache

    def answer(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """The file `name`, or the part of it that was asked for. Raises: HTTPNotFound, HTTPRangeNotSatisfiable."""
        found = self._files.open(name)
        if found is None:
            raise falcon.HTTPNotFound(description=f"File {name} not found")
        stream, stat = found
        tag = content.etag(name, stat)
        modified = datetime.fromtimestamp(int(stat.st_mtime), UTC)
        self._describe(req, resp, name.rsplit("/", 1)[-1], tag, modified)
        if _unchanged(req, tag, modified):
            stream.close()
            resp.status = falcon.HTTP_304
            return
        try:
            part = content.span(_wanted(req, tag, modified), stat.st_size)
        except content.Unsatisfiable as error:
            stream.close()
            raise falcon.HTTPRangeNotSatisfiable(stat.st_size) from error
        if req.method == "HEAD":
            # NOTE: nothing may be handed on here: the framework drops a HEAD's stream without closing it.
            stream.close()
            resp.content_length = part.length if part else stat.st_size
        elif part is None:
            resp.set_stream(stream, stat.st_size)
        else:
            stream.seek(part.start)
            resp.set_stream(content.Part(stream, part.length), part.length)
        if part:
            resp.status = falcon.HTTP_206
            resp.content_range = (part.start, part.end, part.size)

    def _describe(self, req: falcon.Request, resp: falcon.Response, base: str, tag: str, modified: datetime) -> None:
        resp.content_type = content.content_type(base)
        resp.set_header("Content-Disposition", content.disposition(base, download="download" in req.params))
        resp.set_header("Accept-Ranges", "bytes")
        resp.etag = tag
        resp.last_modified = modified
        if self._no_cache:
            resp.set_headers(_NO_CACHE)
        else:
            resp.set_header("Cache-Control", f"public, max-age={self._cache_s}")
            resp.expires = datetime.now(UTC) + timedelta(seconds=self._cache_s)


def _unchanged(req: falcon.Request, tag: str, modified: datetime) -> bool:
    """Whether the client's copy is still good. A header that cannot be read counts as not sent."""
    try:
        if (tags := req.if_none_match) is not None:
            return "*" in tags or tag in [str(t) for t in tags]
        since = req.if_modified_since
    except falcon.HTTPError:
        return False
    return since is not None and modified <= since


def _wanted(req: falcon.Request, tag: str, modified: datetime) -> tuple[int, int] | None:
    """The range asked for, (first, last) as Falcon gives it; None for the whole: no range, several, or one of a file since replaced."""
    try:
        if req.range_unit != "bytes" or req.range is None:
            return None
        condition = req.get_header("If-Range")
        if condition and condition != f'"{tag}"' and condition != falcon.dt_to_http(modified):
            return None
        return req.range
    except falcon.HTTPError:
        return None
