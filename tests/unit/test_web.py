"""The web door: what passes through, and the plain page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from apiserver.web import Web


def application(name: str) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("X-App", name)])
        return [f"{name} {environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]

    return app


def ask(path: str, method: str = "GET", host: str = "there:8080") -> tuple[str, dict[str, str], str]:
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_HOST": host}
    setup_testing_defaults(environ)
    environ["SCRIPT_NAME"] = ""
    said: list[Any] = []
    web = Web(application("api"), application("files"), api_port=8008, files_port=8081)
    body = b"".join(web(environ, lambda status, headers, exc_info=None: said.extend((status, dict(headers)))))  # type: ignore[arg-type, return-value, func-returns-value]
    return said[0], said[1], body.decode()


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


@pytest.mark.parametrize("path", ["/", "/index.html", "/projects/1/experiments/2/output/log", "/apis/x"])
def test_everything_else_is_the_page(path: str) -> None:
    status, headers, body = ask(path)
    assert status == "200 OK"
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
