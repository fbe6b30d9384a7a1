"""What holds for every request, whatever it asks for: headers, cross-origin rules, compression, how long connections live."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import brotli
import falcon
import zstandard

from apiserver.settings import Settings

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_COMPRESSED_FROM_BYTES = 500


class Preamble:
    """The first word: refuse encoded bodies, answer OPTIONS; and the headers of every answer (spec 1 §1.2, §1.3)."""

    def __init__(self, settings: Settings) -> None:
        self._server = settings.get("apiserver.response.headers.server", "clearml")

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_header("Server", self._server)
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.append_header("Vary", "Accept-Encoding")
        if req.method == "OPTIONS":
            resp.complete = True
            resp.content_type = "text/html; charset=utf-8"
        elif req.get_header("Content-Encoding"):
            resp.complete = True
            resp.status = falcon.HTTP_415
            resp.content_type = "text/html; charset=utf-8"
            resp.text = "Content encoding is not supported"


class Cors:
    """Cross-origin headers (spec 1 §19.1). origins: `*`, one, or a list."""

    def __init__(self, settings: Settings) -> None:
        origins: str | Sequence[str] = settings.get("apiserver.cors.origins", "*")
        self._origins = [origins] if isinstance(origins, str) else list(origins)
        self._credentials = settings.get("apiserver.cors.supports_credentials", True)

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool) -> None:
        origin = req.get_header("Origin")
        if not origin:
            return
        resp.append_header("Vary", "Origin")
        if "*" not in self._origins and origin not in self._origins:
            return
        resp.set_header("Access-Control-Allow-Origin", origin)
        if self._credentials:
            resp.set_header("Access-Control-Allow-Credentials", "true")
        if req.method == "OPTIONS" and req.get_header("Access-Control-Request-Method"):
            resp.set_header("Access-Control-Allow-Methods", _METHODS)
            if wanted := req.get_header("Access-Control-Request-Headers"):
                resp.set_header("Access-Control-Allow-Headers", wanted)


class Compression:
    """Answers of some size, as the client wants them (spec 1 §19.2). Streams and raw bytes of files go as they are."""

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool) -> None:
        data = resp.data if resp.data is not None else (resp.text or "").encode()
        if len(data) < _COMPRESSED_FROM_BYTES or resp.stream is not None:
            return
        encoding = chosen(req.get_header("Accept-Encoding") or "")
        if encoding is not None:
            resp.data = _COMPRESSORS[encoding](data)
            resp.text = None
            resp.set_header("Content-Encoding", encoding)


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: zstandard.ZstdCompressor(level=3).compress(data),
    "br": lambda data: brotli.compress(data, quality=4),
    "gzip": _gzip,
    "deflate": lambda data: zlib.compress(data, 6),
}


def chosen(accepted: str) -> str | None:
    """The encoding to use: the best of ours among those the client weighs highest; None: plain."""
    weights: dict[str, float] = {}
    for item in accepted.split(","):
        name, _, rest = item.strip().partition(";")
        try:
            weights[name.strip().lower()] = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
    usable = [name for name in _COMPRESSORS if weights.get(name, weights.get("*", 0.0)) > 0]
    return max(usable, key=lambda name: weights.get(name, weights.get("*", 0.0)), default=None)
