"""Files of what was deleted go, a file server that fails is asked again, and nothing is asked for ever (spec 6 §2.3)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from attrs import evolve

from apiserver import clock
from apiserver.jobs import files
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import URLS_TO_DELETE
from apiserver.stores.registry import open_embedded
from fileserver.app import create_files


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The file server's folder."""
    return tmp_path / "files"


@pytest.fixture
def backend(tmp_path: Path, place: Path) -> Iterator[Backend]:
    """A backend whose `hosts.fileserver` is a running file server that looks at its tokens."""
    tree: dict[str, Any] = {
        "secure.auth.token_secret": "a token secret that is long enough",
        "services.async_urls_delete.retry_timeout_sec": -1,
    }
    app = create_files(place, Settings.from_dict(tree), open_embedded(tmp_path / "data", Settings.from_dict(tree)))
    server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tree["hosts.fileserver"] = f"http://127.0.0.1:{server.server_port}"
    found = open_embedded(tmp_path / "data", Settings.from_dict(tree))
    yield found
    found.close()
    server.shutdown()


def schedule(backend: Backend, url: str, kind: str = "file") -> None:
    row = {"url": url, "company": "c", "user": "u", "task": "t", "created": clock.now(), "storage_type": "fileserver", "type": kind}
    backend.documents.insert(URLS_TO_DELETE, {"id": url, "retry_count": 0, "status": "created", **row})


def put(place: Path, name: str) -> Path:
    file = place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    return file


def rows(backend: Backend) -> dict[str, tuple[str, int]]:
    return {row["url"]: (row["status"], row["retry_count"]) for row in backend.documents.list(URLS_TO_DELETE)}


def test_scheduled_files_and_folders_go_and_others_stay(backend: Backend, place: Path) -> None:
    """A file by its encoded URL, a folder with what is in it; the rows go too."""
    gone = [put(place, "p q/a.txt"), put(place, "f/1"), put(place, "f/2/3")]
    kept = put(place, "p q/b.txt")
    schedule(backend, "http://any-host:8081/p%20q/a.txt")
    schedule(backend, "http://any-host:8081/f", "folder")
    assert files.delete_files(backend) == "deleted 2 files, 0 not yet"
    assert not any(file.exists() for file in gone)
    assert kept.exists()
    assert rows(backend) == {}
    assert files.delete_files(backend) == ""


def test_a_file_that_is_not_there_is_given_up_after_three_times(backend: Backend) -> None:
    schedule(backend, "http://h/missing")
    for attempt in (1, 2, 3):
        files.delete_files(backend)
        assert rows(backend) == {"http://h/missing": ("failed" if attempt == 3 else "created", attempt)}
    assert files.delete_files(backend) == ""


def test_a_file_server_that_is_away_costs_attempts_and_no_rows(backend: Backend) -> None:
    away = evolve(backend, settings=Settings.from_dict({
        "secure.auth.token_secret": "a token secret that is long enough", "hosts.fileserver": "http://127.0.0.1:1",
    }))  # fmt: skip
    schedule(backend, "http://h/a")
    assert files.delete_files(away) == "deleted 0 files, 1 not yet"
    assert rows(backend) == {"http://h/a": ("created", 1)}


def test_a_url_of_another_host_is_given_up_at_once(backend: Backend) -> None:
    settings = Settings.from_dict({"services.async_urls_delete.fileserver.url_prefixes": ["http://mine:8081"]})
    schedule(backend, "http://other/a")
    files.delete_files(evolve(backend, settings=settings))
    assert rows(backend)["http://other/a"][0] == "failed"


def test_switched_off_nothing_is_done(backend: Backend) -> None:
    schedule(backend, "http://h/a")
    off = Settings.from_dict({"services.async_urls_delete.enabled": False})
    assert files.delete_files(evolve(backend, settings=off)) == ""
    assert rows(backend) == {"http://h/a": ("created", 0)}
