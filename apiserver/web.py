"""The web door: `/api/...` and `/files/...` go to the other two applications; until the web app exists, everything else shows a plain page.

Plain WSGI, no framework: bodies and answers pass through untouched.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CLIENT_CONFIGURATION = """api {{
    web_server: {web}
    api_server: {api}
    files_server: {files}
    credentials {{ access_key: "{access_key}", secret_key: "{secret_key}" }}
}}"""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trackyard</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }}
pre {{ background: #f3f3f3; color: #222; padding: 1rem; overflow: auto }}</style>
<h1>Trackyard</h1>
<p>The server runs. Put this into <code>~/clearml.conf</code> of the machine that trains:</p>
<pre>{block}</pre>
<p>The first start printed a key pair on its terminal, once. Where the server runs, this makes another:</p>
<pre>trackyard credentials create</pre>
<p><a href="api/docs">The API, endpoint by endpoint</a>. The web app is to come.</p>
</html>
"""
_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
]


class Web:
    """A WSGI application over two others. ports: of the API and of the files, as the page tells them."""

    def __init__(self, api: WSGIApplication, files: WSGIApplication, *, api_port: int, files_port: int) -> None:
        self._mounted = {"api": api, "files": files}
        self._api_port, self._files_port = api_port, files_port

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO") or "/"
        first, slash, rest = path.removeprefix("/").partition("/")
        if first in self._mounted and (slash or first == "files"):
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            environ["PATH_INFO"] = f"/{rest}"
            return self._mounted[first](environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _plain(start_response, "405 Method Not Allowed", "Only GET; the API is below /api/", environ)
        if "." in path.rpartition("/")[2] and path != "/index.html":
            return _plain(start_response, "404 Not Found", "There is no such page", environ)
        body = self._page(environ).encode()
        start_response("200 OK", [*_HEADERS, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _page(self, environ: WSGIEnvironment) -> str:
        """NOTE: never a secret: every process and every web site that this machine's browser shows can reach this page."""
        scheme = str(environ.get("wsgi.url_scheme", "http"))
        host = str(environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        block = CLIENT_CONFIGURATION.format(
            web=f"{scheme}://{host}",
            api=f"{scheme}://{name}:{self._api_port}",
            files=f"{scheme}://{name}:{self._files_port}",
            access_key="YOUR ACCESS KEY",
            secret_key="YOUR SECRET KEY",
        )
        return _PAGE.format(block=html.escape(block))


def _plain(start_response: StartResponse, status: str, text: str, environ: WSGIEnvironment) -> Iterable[bytes]:
    body = f"{text}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    if status.startswith("405"):
        headers.append(("Allow", "GET, HEAD"))
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
