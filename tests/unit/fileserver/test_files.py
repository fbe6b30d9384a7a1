"""The file server's promises (spec 6 §1), through its WSGI application."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webtest import TestApp

from apiserver.settings import Settings
from fileserver.app import create_files
from fileserver.paths import PARTIAL, locate

Make = Callable[..., TestApp]
AUTH = {"Authorization": "Bearer good"}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a file server over tmp_path/files that takes the token `good` and no other; arguments: settings."""

    def _make(**fileserver: Any) -> TestApp:
        app = create_files(
            tmp_path / "files", Settings.from_dict({"fileserver": fileserver}), check=lambda token: "" if token == "good" else "bad token"
        )
        return TestApp(app, lint=False)

    return _make


@pytest.fixture
def files(make: Make) -> TestApp:
    return make()


def upload(app: TestApp, *parts: tuple[str, bytes], status: int = 200, headers: dict[str, str] = AUTH) -> Any:
    """Post parts as the SDK does: field name and file name are both the path."""
    return app.post("/", upload_files=[(name, name, body) for name, body in parts], headers=headers, status=status)


def raw(app: TestApp, body: bytes, *, status: int = 200) -> Any:
    return app.post("/", body, headers={**AUTH, "Content-Type": "multipart/form-data; boundary=b"}, status=status)


def test_upload_answers_the_names_and_a_download_gives_the_bytes(files: TestApp, tmp_path: Path) -> None:
    """One part, leading slash taken off, folders made, same bytes back."""
    assert json.loads(upload(files, ("/proj/t.1/artifacts/data/x.csv", b"x,y\n")).text) == ["proj/t.1/artifacts/data/x.csv"]
    answer = files.get("/proj/t.1/artifacts/data/x.csv", headers=AUTH)
    assert answer.body == b"x,y\n"
    assert answer.headers["Content-Length"] == "4"
    assert answer.content_type == "text/csv"
    assert not list((tmp_path / "files" / PARTIAL).iterdir())


def test_several_files_in_one_form(files: TestApp) -> None:
    """All are stored; of two with one name the first counts; plain fields and nameless parts are no files."""
    assert upload(files, ("a/1", b"1"), ("a/2", b"2"), ("a/1", b"other")).json == ["a/1", "a/2"]
    assert files.get("/a/1", headers=AUTH).body == b"1"
    body = b'--b\r\nContent-Disposition: form-data; name="plain"\r\n\r\nv\r\n--b--\r\n'
    assert raw(files, body).json == []
    assert files.post("/", b"{}", headers={**AUTH, "Content-Type": "application/json"}).json == []


def test_names_are_literal_and_may_be_unicode(files: TestApp) -> None:
    """No percent-decoding of a field's name; spaces and letters of all kinds stay; the list escapes non-ASCII."""
    body = '--b\r\nContent-Disposition: form-data; name="p q/ü%20%26.txt"; filename="x"\r\n\r\nhi\r\n--b--\r\n'.encode()
    answer = raw(files, body)
    assert answer.json == ["p q/ü%20%26.txt"]
    assert b"\\u00fc" in answer.body
    assert files.get("/p%20q/%C3%BC%2520%2526.txt", headers=AUTH).body == b"hi"


def test_overwriting_replaces_the_whole_file(files: TestApp) -> None:
    upload(files, ("a", b"long content"))
    upload(files, ("a", b"x"))
    assert files.get("/a", headers=AUTH).body == b"x"


@pytest.mark.parametrize("name", ["../../evil.txt", "x/../../evil.txt", "..", f"{PARTIAL}/x", "a\0b"])
def test_a_path_that_leaves_the_root_is_404_and_what_came_before_stays(files: TestApp, tmp_path: Path, name: str) -> None:
    body = b"".join(b'--b\r\nContent-Disposition: form-data; name="%s"; filename="f"\r\n\r\nhi\r\n' % n.encode() for n in ("first", name))
    raw(files, body + b"--b--\r\n", status=404)
    assert files.get("/first", headers=AUTH).body == b"hi"
    assert [p.name for p in tmp_path.iterdir()] == ["files"]


def test_inner_dots_that_stay_inside_are_fine(files: TestApp) -> None:
    assert upload(files, ("x/../y/in.txt", b"1")).json == ["x/../y/in.txt"]
    assert files.get("/y/in.txt", headers=AUTH).body == b"1"


@pytest.mark.parametrize("path", ["/../x", "/%2e%2e/x", "/..%2f..%2fetc/passwd", "//etc/passwd", "/a", "/a/", "/missing", "/a%00b"])
def test_downloads_outside_or_of_folders_are_404(files: TestApp, path: str) -> None:
    upload(files, ("a/b", b"1"))
    files.get(path, headers=AUTH, status=404)
    files.delete(path, headers=AUTH, status=404)


def test_a_link_out_of_the_root_is_no_door(files: TestApp, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "files" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "files" / "folder").symlink_to(tmp_path)
    files.get("/link", headers=AUTH, status=404)
    files.get("/folder/secret", headers=AUTH, status=404)
    upload(files, ("folder/new", b"x"), status=404)
    files.post_json("/delete_many", {"files": ["folder/secret"]}, headers=AUTH)
    assert (tmp_path / "secret").exists()


def test_a_target_that_is_a_folder_or_below_a_file_is_refused(files: TestApp) -> None:
    upload(files, ("a/b", b"1"))
    upload(files, ("a", b"2"), status=400)
    upload(files, ("a/b/c", b"2"), status=400)
    upload(files, ("n" * 300, b"2"), status=400)
    assert files.get("/a/b", headers=AUTH).body == b"1"


def test_a_form_that_breaks_off_keeps_the_old_file(files: TestApp, tmp_path: Path) -> None:
    """The client went away in the middle: 400, the older file is whole, nothing is left behind."""
    upload(files, ("a", b"old"))
    raw(files, b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nne', status=400)
    assert files.get("/a", headers=AUTH).body == b"old"
    assert not list((tmp_path / "files" / PARTIAL).iterdir())


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 99])
def test_a_form_without_a_boundary_is_400(files: TestApp, kind: str) -> None:
    files.post("/", b"x", headers={**AUTH, "Content-Type": kind}, status=400)


def test_upload_limit(make: Make, tmp_path: Path) -> None:
    """Beyond the limit 413, by the header or by counting, and nothing is kept."""
    app = make(upload={"max_upload_size_mb": 0.001})
    upload(app, ("a", b"x" * 2000), status=413)
    body = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + b"x" * 1500 + b"\r\n--b--\r\n"
    app.post("/", body, headers={**AUTH, "Content-Type": "multipart/form-data; boundary=b", "Content-Length": "900"}, expect_errors=True)
    assert [p.name for p in (tmp_path / "files").iterdir()] == [PARTIAL]


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        ("bytes=1-3", 206, b"123", "bytes 1-3/6"),
        ("bytes=4-", 206, b"45", "bytes 4-5/6"),
        ("bytes=-2", 206, b"45", "bytes 4-5/6"),
        ("bytes=-99", 206, b"012345", "bytes 0-5/6"),
        ("bytes=2-99", 206, b"2345", "bytes 2-5/6"),
        ("bytes=6-", 416, None, "bytes */6"),
        ("bytes=3-1", 200, b"012345", None),
        ("bytes=0-0,2-3", 200, b"012345", None),
        ("lines=1-2", 200, b"012345", None),
        ("nonsense", 200, b"012345", None),
    ],
)
def test_ranges(files: TestApp, wanted: str, status: int, body: bytes | None, content_range: str | None) -> None:
    upload(files, ("f.bin", b"012345"))
    answer = files.get("/f.bin", headers={**AUTH, "Range": wanted}, status=status)
    assert answer.headers.get("Content-Range") == content_range
    if body is not None:
        assert answer.body == body
        assert answer.headers["Content-Length"] == str(len(body))


def test_head_has_the_headers_of_get_and_no_body(files: TestApp) -> None:
    upload(files, ("f.bin", b"012345"))
    got, head = files.get("/f.bin", headers=AUTH), files.head("/f.bin", headers=AUTH)
    assert head.body == b""
    assert {k: v for k, v in head.headers.items() if k != "Expires"} == {k: v for k, v in got.headers.items() if k != "Expires"}
    assert files.head("/f.bin", headers={**AUTH, "Range": "bytes=1-2"}, status=206).headers["Content-Length"] == "2"
    files.head("/missing", headers=AUTH, status=404)


def test_unchanged_files_are_not_sent_again(files: TestApp) -> None:
    upload(files, ("f", b"1"))
    first = files.get("/f", headers=AUTH)
    files.get("/f", headers={**AUTH, "If-None-Match": first.headers["ETag"]}, status=304)
    files.get("/f", headers={**AUTH, "If-Modified-Since": first.headers["Last-Modified"]}, status=304)
    upload(files, ("f", b"2"))
    assert files.get("/f", headers={**AUTH, "If-None-Match": first.headers["ETag"]}).body == b"2"
    stale = {**AUTH, "Range": "bytes=0-0", "If-Range": first.headers["ETag"]}
    assert files.get("/f", headers=stale, status=200).body == b"2"


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("a.jpeg", "image/jpeg", True),
        ("a.webp", "image/webp", True),
        ("a.txt", "text/plain; charset=utf-8", True),
        ("a.csv.gz", "application/octet-stream", False),
        ("a.tgz", "application/octet-stream", False),
        ("a.svgz", "application/octet-stream", False),
        ("a.pkl", "application/octet-stream", False),
        ("a.html", "text/html; charset=utf-8", False),
        ("a.svg", "image/svg+xml", False),
        ("a.js", None, False),
    ],
)
def test_what_browsers_are_told(files: TestApp, name: str, kind: str | None, shown: bool) -> None:
    """Type by ending; never anything that could run, inline; always nosniff and a sandbox."""
    upload(files, (name, b"<script>"))
    headers = files.get("/" + name, headers=AUTH).headers
    if kind:
        assert headers["Content-Type"] == kind
    assert headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "Content-Encoding" not in headers
    assert files.get(f"/{name}?download", headers=AUTH).headers["Content-Disposition"].startswith("attachment")


def test_a_non_ascii_name_has_both_forms(files: TestApp) -> None:
    raw(files, '--b\r\nContent-Disposition: form-data; name="ü a.txt"; filename="x"\r\n\r\nhi\r\n--b--\r\n'.encode())
    assert files.get("/%C3%BC%20a.txt", headers=AUTH).headers["Content-Disposition"] == (
        "inline; filename=\" a.txt\"; filename*=UTF-8''%C3%BC%20a.txt"
    )


def test_delete_one(files: TestApp) -> None:
    upload(files, ("z/j.json", b"{}"))
    assert files.delete("/z/j.json", headers=AUTH).json == "z/j.json"
    assert files.delete("/z/j.json", headers=AUTH, status=404).text == "File z/j.json not found"
    files.delete("/z", headers=AUTH, status=404)


def test_delete_many_follows_the_chapter(files: TestApp) -> None:
    """The worked example of spec 6 §1.6."""
    upload(files, ("z/noext", b""), ("z/2/x", b""), ("p/q/a.txt", b""), ("lead/b.txt", b""), ("with space", b""))
    sent = ["z/noext", "nope", "", "/", "../fs.log", "z", "/lead/b.txt", "p%2Fq%2Fa.txt", "with+space"]
    assert files.post("/delete_many", json.dumps({"files": sent}), headers=AUTH).json == {
        "deleted": {"z/noext": "z/noext", "z": "z", "p%2Fq%2Fa.txt": "p/q/a.txt", "with+space": "with space"},
        "errors": {"Not found": ["nope", "../fs.log", "/lead/b.txt"], "Empty path not allowed": ["", "/"]},
    }


@pytest.mark.parametrize("body", [b"", b"nope", b"{}", b"[]", b'{"files": []}', b'{"files": "a"}', b'{"files": [1]}', b"[1]"])
def test_delete_many_with_a_wrong_body_is_400(files: TestApp, body: bytes) -> None:
    files.post("/delete_many", body, headers=AUTH, status=400)


def test_delete_many_can_be_switched_off(make: Make) -> None:
    make(delete={"allow_batch": False}).post("/delete_many", b'{"files": ["a"]}', headers=AUTH, status=405)


@pytest.mark.parametrize(("method", "path"), [("GET", "/a"), ("HEAD", "/a"), ("POST", "/"), ("DELETE", "/a"), ("POST", "/delete_many")])
def test_every_door_needs_a_token(files: TestApp, method: str, path: str) -> None:
    """None, a bad one and Basic are 401, also beside a good cookie; a good cookie alone is enough."""
    bad = {"Authorization": "Bearer bad"}
    basic = {"Authorization": "Basic eDp5", "Cookie": "clearml_token_basic=good"}
    for headers in ({}, bad, basic):
        files.request(path, method=method, headers=headers, status=401)
    assert files.request(path, method=method, headers={"Cookie": "clearml_token_basic=good"}, expect_errors=True).status_int != 401


def test_liveness(files: TestApp) -> None:
    """Probes need no token, but a bad one is told."""
    assert files.get("/").text == "OK"
    files.get("/", headers={"Authorization": "Bearer bad"}, status=401)
    assert files.options("/").headers["Allow"] == "HEAD, GET, OPTIONS, POST"
    assert files.options("/a/b").headers["Allow"] == "HEAD, GET, OPTIONS, DELETE"
    files.put("/a", b"", headers=AUTH, status=405)
    files.post("/a", b"", headers=AUTH, status=405)
    files.delete("/", headers=AUTH, status=405)


def test_auth_can_be_switched_off(make: Make) -> None:
    app = make(auth={"enabled": False})
    upload(app, ("a", b"1"), headers={})
    assert app.get("/a").body == b"1"


def test_encoded_bodies_are_refused_before_anything_else(files: TestApp) -> None:
    answer = files.post("/", b"x", headers={"Content-Encoding": "gzip"}, status=415)
    assert answer.text == "Content encoding is not supported (gzip)"


def test_cross_origin(files: TestApp, make: Make) -> None:
    assert files.get("/").headers["Access-Control-Allow-Origin"] == "*"
    headers = {"Origin": "http://web", "Access-Control-Request-Headers": "x-y"}
    answer = files.options("/a", headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == "http://web"
    assert answer.headers["Access-Control-Allow-Headers"] == "x-y"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in make(cors={"origins": ["http://other"]}).get("/", headers=headers).headers


PIECES = st.lists(st.sampled_from(["..", ".", "", "a", "b", "%2e%2e", "..%2f", "\\", "..\\", "C:", "\0", PARTIAL, "ü"]), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(PIECES.map("/".join) | st.text(max_size=40))
def test_no_name_leads_outside(tmp_path: Path, name: str) -> None:
    """Whatever the name, the place is below the root and not among incomplete uploads."""
    root = tmp_path.resolve()
    place = locate(root, name)
    if place is not None:
        assert root in place.resolve().parents
        assert place.relative_to(root).parts[0] != PARTIAL
