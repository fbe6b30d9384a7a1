"""Examples that the configuration names are imported once, at the first start (spec 6 §9.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apiserver.bootstrap import bootstrap
from apiserver.exchange import populating, texts
from apiserver.stores.backend import Backend
from apiserver.stores.collections import PROJECTS
from apiserver.stores.filters import Eq
from apiserver.testing.server import stores
from tests.services.test_exchange import archive_of, listed


def started(backend: Backend, files: Path) -> int | None:
    """As a server does; None when there was nothing to import."""
    wanted = populating.is_wanted(backend)
    bootstrap(backend)
    return populating.populate(backend, files) if wanted else None


def settings(*files: Path, **more: Any) -> dict[str, Any]:
    about = {"enabled": True, "zip_files": [str(one) for one in files], "fail_on_error": False, "artifacts_path": None, **more}
    order = [{"name": "second"}, {"name_regex": "fir.*"}]
    return {"apiserver.pre_populate": about, "services.projects.featured": {"order": order, "public_default": 9999}}


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """A folder of them."""
    folder = tmp_path / "zips"
    folder.mkdir()
    for name in ("first", "second", "third"):
        archive_of(folder / f"{name}.zip", {texts.PROJECT_MEMBER: listed({"_id": name, "name": name})})
    archive_of(folder / "second.artifacts", {"a/b.txt": "x"})
    return folder


def test_once_and_in_order(tmp_path: Path, archives: Path) -> None:
    with stores(tmp_path / "data", settings(archives)) as backend:
        assert started(backend, tmp_path / "files") == 3
        found = {one["id"]: one["featured"] for one in backend.documents.list(PROJECTS, Eq("company", ""))}
        assert found == {"first": 1, "second": 0, "third": 9999}
        assert (tmp_path / "files" / "a" / "b.txt").read_text() == "x"
        backend.documents.delete(PROJECTS, Eq("id", "first"))
        assert started(backend, tmp_path / "files") is None
        assert backend.documents.count(PROJECTS, Eq("id", "first")) == 0


def test_only_into_empty_stores(tmp_path: Path, archives: Path) -> None:
    with stores(tmp_path / "data", settings(archives)) as backend:
        bootstrap(backend)
        assert started(backend, tmp_path / "files") is None


def test_a_bad_one_is_a_warning_or_ends_the_start(tmp_path: Path, archives: Path, caplog: pytest.LogCaptureFixture) -> None:
    (archives / "first.zip").write_text("x")
    with stores(tmp_path / "a", settings(archives, tmp_path / "missing.zip")) as backend:
        assert started(backend, tmp_path / "files") == 2
        assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    with stores(tmp_path / "b", settings(archives, fail_on_error=True)) as backend:
        for _ in range(2):
            with pytest.raises(populating.NotPopulated, match="is no zip file"):
                started(backend, tmp_path / "files")
        (archives / "first.zip").unlink()
        assert started(backend, tmp_path / "files") == 2
