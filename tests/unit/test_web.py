"""The web door: what passes through, the app's files, and the plain page where there is none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import brotli
import pytest

from apiserver.assets import Asset, load
from apiserver.web import Web


def application(name: str) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("X-App", name)])
        return [f"{name} {environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]

    return app


@pytest.fixture
def built(tmp_path: Path) -> dict[str, Asset]:
    """A small app as the build leaves it."""
    (tmp_path / "assets").mkdir()
    for name, text in {"index.html": '<base href="/" /><p>the app</p>', "assets/a-1.js": "let a", "theme.js": "let b"}.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        (tmp_path / f"{name}.br").write_bytes(brotli.compress(text.encode()))
    (tmp_path / "assets/b-2.woff2").write_bytes(b"font")
    (tmp_path / "stamp.txt").write_text("x")
    return load(tmp_path)


def ask(
    path: str, method: str = "GET", host: str = "there:8080", built: dict[str, Asset] | None = None, sub_path: str = "", **headers: str
) -> tuple[str, dict[str, str], str]:
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_HOST": host, **headers}
    setup_testing_defaults(environ)
    environ["SCRIPT_NAME"] = ""
    said: list[Any] = []
    ports = {"web": 8080, "api": 8008, "files": 8081}
    web = Web(application("api"), application("files"), ports=ports, built=built or {}, sub_path=sub_path)
    body = b"".join(web(environ, lambda status, headers, exc_info=None: said.extend((status, dict(headers)))))  # type: ignore[arg-type, return-value, func-returns-value]
    return said[0], said[1], body.decode("latin-1")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v2.34/debug.ping", "api /api /v2.34/debug.ping"),
        ("/api/", "api /api /"),
        ("/files/a/b%20c", "files /files /a/b%20c"),
        ("/files", "files /files /"),
    ],
)
def test_two_prefixes_pass_through(path: str, answer: str) -> None:
    assert ask(path, "POST") == ("200 OK", {"X-App": answer.partition(" ")[0]}, answer)


PAGES = ["/", "/index.html", "/projects/1/experiments/2/output/log", "/apis/x"]


@pytest.mark.parametrize("path", PAGES)
def test_every_address_that_is_no_file_is_the_app(path: str, built: dict[str, Asset]) -> None:
    status, headers, body = ask(path, built=built)
    assert (status, body) == ("200 OK", '<base href="/" /><p>the app</p>')
    assert headers["Cache-Control"] == "no-store"
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_files_come_as_the_browser_takes_them(built: dict[str, Asset]) -> None:
    """Packed by the better of what it accepts, else plain; kept for ever where the name changes with the content."""
    _, headers, body = ask("/assets/a-1.js", built=built, HTTP_ACCEPT_ENCODING="gzip, deflate, br")
    assert headers["Content-Encoding"] == "br"
    assert brotli.decompress(body.encode("latin-1")) == b"let a"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    _, headers, body = ask("/assets/a-1.js", built=built, HTTP_ACCEPT_ENCODING="br;q=0, gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Vary"] == "Accept-Encoding"
    _, headers, body = ask("/assets/a-1.js", built=built)
    assert "Content-Encoding" not in headers
    assert body == "let a"
    assert ask("/assets/b-2.woff2", built=built, HTTP_ACCEPT_ENCODING="br")[2] == "font"


def test_a_file_that_the_browser_has_is_not_sent_again(built: dict[str, Asset]) -> None:
    _, headers, _ = ask("/theme.js", built=built)
    assert headers["Cache-Control"] == "no-cache"
    status, _, body = ask("/theme.js", built=built, HTTP_IF_NONE_MATCH=headers["ETag"])
    assert (status, body) == ("304 Not Modified", "")


@pytest.mark.parametrize("path", ["/assets/a-1.js.br", "/assets/../setup.py", "/../web.py", "/stamp.txt", "/assets/old-9.js"])
def test_nothing_else_is_served(path: str, built: dict[str, Asset]) -> None:
    assert ask(path, built=built)[0] == "404 Not Found"


def test_below_another_path(built: dict[str, Asset]) -> None:
    """For proxies that keep the path, and for those that take it off."""
    assert '<base href="/p/" />' in ask("/p/projects", built=built, sub_path="p")[2]
    assert '<base href="/p/" />' in ask("/projects", built=built, sub_path="p")[2]
    assert ask("/p/assets/a-1.js", built=built, sub_path="/p/")[2] == "let a"
    assert ask("/p/api/v2.34/debug.ping", "POST", sub_path="p")[2] == "api /p/api /v2.34/debug.ping"
    assert '<base href="/p/" />' in ask("/p", built=built, sub_path="p")[2]
    assert ask("/pages", built=built, sub_path="p")[0] == "200 OK"


def test_the_app_is_told_the_ports() -> None:
    status, headers, body = ask("/configuration.json")
    assert (status, headers["Cache-Control"]) == ("200 OK", "no-store")
    assert json.loads(body)["ports"] == {"web": 8080, "api": 8008, "files": 8081}


@pytest.mark.parametrize(
    ("host", "more"), [("app.x.org", " api.x.org files.x.org"), ("apple.org", ""), ("app.x.org; script-src *", ""), ("app.x.org\n", "")]
)
def test_sub_domains_may_be_asked(host: str, more: str, built: dict[str, Asset]) -> None:
    assert f"connect-src 'self'{more};" in ask("/", host=host, built=built)[1]["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_without_the_app_a_page_says_so(path: str) -> None:
    status, headers, body = ask(path)
    assert status == "200 OK"
    assert "without its web app" in body
    assert "api_server: http://there:8008" in body
    assert "web_server: http://there:8080" in body
    assert "YOUR SECRET KEY" in body
    assert headers["Content-Length"] == str(len(body.encode()))


def test_other_files_and_methods_are_refused() -> None:
    assert ask("/robots.txt")[0] == "404 Not Found"
    assert ask("/", "POST")[0] == "405 Method Not Allowed"
    assert ask("/", "HEAD")[2] == ""


def test_a_host_cannot_write_into_the_page() -> None:
    assert "<script>" not in ask("/", host="<script>alert(1)</script>:80")[2]


@pytest.mark.parametrize(
    ("host", "api"), [("there", "http://there:8008"), ("[::1]:8080", "http://[::1]:8008"), ("[::1]", "http://[::1]:8008")]
)
def test_hosts_of_all_forms(host: str, api: str) -> None:
    assert f"api_server: {api}" in ask("/", host=host)[2]
