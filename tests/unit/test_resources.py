"""Data folders are found in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiserver import resources


@pytest.mark.parametrize("name", ["config", "schema"])
def test_every_data_folder_is_there(name: str) -> None:
    assert list(resources.folder(name).rglob("*.conf"))


def test_the_installed_package_goes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inside = tmp_path / "apiserver" / "_data" / "config"
    inside.mkdir(parents=True)
    (tmp_path / "config").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "apiserver")
    assert resources.folder("config") == inside
    inside.rmdir()
    assert resources.folder("config") == tmp_path / "config"


def test_a_missing_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "apiserver")
    with pytest.raises(FileNotFoundError, match="folder config"):
        resources.folder("config")
