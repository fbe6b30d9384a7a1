"""The web door: `/api/...` and `/files/...` go to the other two applications; everything else is the web app (docs/webapp.md).

Plain WSGI, no framework: bodies and answers pass through untouched. Where the app was not built, a plain page says so.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from apiserver import assets, build_info
from apiserver.assets import Asset

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
<p>The server runs, without its web app: {missing}. Where npm can be reached, <code>make web</code> in the source folder builds it;
then start the server again.</p>
<p>Clients do not need it. Put this into <code>~/clearml.conf</code> of the machine that trains:</p>
<pre>{block}</pre>
<p>The first start printed a key pair on its terminal, once. Where the server runs, this makes another:</p>
<pre>trackyard credentials create</pre>
<p><a href="{base}api/docs">The API, endpoint by endpoint</a>.</p>
</html>
"""
_SAFETY = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
_PLAIN_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob: http: https:; "
    "media-src 'self' data: blob: http: https:; connect-src 'self'{more}; worker-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing inline, and nothing from elsewhere but pictures and sounds that people reported by their address."""
_BASE = b'<base href="/" />'
_APP_HOST = re.compile(r"app\.([a-z0-9.-]+(?::[0-9]+)?)", re.ASCII | re.IGNORECASE)


class Web:
    """A WSGI application over two others. ports: of the web door, the API and the files, as pages tell them to people.

    sub_path: see config/serve.conf; built: the app's files, by default those of this installation.
    """

    def __init__(
        self,
        api: WSGIApplication,
        files: WSGIApplication,
        *,
        ports: Mapping[str, int],
        sub_path: str = "",
        built: Mapping[str, Asset] | None = None,
    ) -> None:
        self._mounted = {"api": api, "files": files}
        self._ports = dict(ports)
        self._base = f"/{sub_path.strip('/')}/" if sub_path.strip("/") else "/"
        self._built = assets.load() if built is None else dict(built)
        index = self._built.get(assets.INDEX)
        self._index = index.plain().replace(_BASE, f'<base href="{html.escape(self._base)}" />'.encode()) if index else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO") or "/"
        if self._base != "/" and f"{path}/".startswith(self._base):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self._base.rstrip("/")
            path = environ["PATH_INFO"] = path[len(self._base) - 1 :] or "/"
        first, slash, rest = path.removeprefix("/").partition("/")
        if first in self._mounted and (slash or first == "files"):
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            environ["PATH_INFO"] = f"/{rest}"
            return self._mounted[first](environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _plain(start_response, "405 Method Not Allowed", "Only GET; the API is below /api/", environ)
        name = path.removeprefix("/")
        if name == "configuration.json":
            return _answer(
                start_response, environ, self._configuration(), [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
            )
        if name in self._built and name != assets.INDEX:
            return self._asset(self._built[name], environ, start_response)
        if "." in path.rpartition("/")[2] and path != "/index.html":
            return _plain(start_response, "404 Not Found", "There is no such page", environ)
        return self._page(environ, start_response)

    def _page(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The app's page for every address that is no file: the app itself knows its addresses.

        NOTE: never a secret: every process and every web site that this machine's browser shows can reach this page.
        """
        body, policy = self._index, _POLICY.format(more=_other_hosts(environ))
        if body is None:
            body, policy = self._without_app(environ).encode(), _PLAIN_POLICY
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), ("Content-Security-Policy", policy)]
        return _answer(start_response, environ, body, headers)

    def _asset(self, asset: Asset, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = [
            ("Content-Type", asset.content_type),
            ("Cache-Control", asset.cache_control),
            ("Vary", "Accept-Encoding"),
            ("ETag", asset.etag),
        ]
        if environ.get("HTTP_IF_NONE_MATCH") == asset.etag:
            start_response("304 Not Modified", [*_SAFETY, *headers[1:]])
            return []
        try:
            body, encoding = asset.read(environ.get("HTTP_ACCEPT_ENCODING", ""))
        except OSError:
            return _plain(start_response, "404 Not Found", "The web app was built anew; restart the server", environ)
        if encoding:
            headers.append(("Content-Encoding", encoding))
        return _answer(start_response, environ, body, headers)

    def _configuration(self) -> bytes:
        """What the app has to know before it can ask the API (spec 6 §6.3, and the ports to tell people)."""
        return json.dumps({"apiBaseUrl": None, "fileBaseUrl": None, "ports": self._ports, "version": build_info.server_version()}).encode()

    def _without_app(self, environ: WSGIEnvironment) -> str:
        scheme = str(environ.get("wsgi.url_scheme", "http"))
        host = str(environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        block = CLIENT_CONFIGURATION.format(
            web=f"{scheme}://{host}",
            api=f"{scheme}://{name}:{self._ports['api']}",
            files=f"{scheme}://{name}:{self._ports['files']}",
            access_key="YOUR ACCESS KEY",
            secret_key="YOUR SECRET KEY",
        )
        return _PAGE.format(block=html.escape(block), missing=html.escape(assets.why_missing()), base=html.escape(self._base))


def _other_hosts(environ: WSGIEnvironment) -> str:
    """The hosts of the API and the files where each door has a sub-domain (spec 8 A1), as sources of the policy."""
    found = _APP_HOST.fullmatch(str(environ.get("HTTP_HOST", "")))
    return f" api.{found[1]} files.{found[1]}" if found else ""


def _answer(start_response: StartResponse, environ: WSGIEnvironment, body: bytes, headers: list[tuple[str, str]]) -> Iterable[bytes]:
    start_response("200 OK", [*_SAFETY, *headers, ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _plain(start_response: StartResponse, status: str, text: str, environ: WSGIEnvironment) -> Iterable[bytes]:
    body = f"{text}\n".encode()
    headers = [*_SAFETY, ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    if status.startswith("405"):
        headers.append(("Allow", "GET, HEAD"))
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
