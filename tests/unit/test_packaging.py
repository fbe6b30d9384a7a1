"""The wheel: built from a clean copy, it holds the two packages with all their data, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("apiserver", "fileserver", "config", "schema", "migrations", "setup.py", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """NOTE: from a copy: a left-over build/ would put deleted modules into the wheel."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    command = [sys.executable, "setup.py", "-q", "bdist_wheel", "--dist-dir", str(out)]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_the_top_level_is_the_two_packages(wheel: zipfile.ZipFile) -> None:
    top = {name.partition("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"apiserver", "fileserver"}


def test_every_data_file_is_inside(wheel: zipfile.ZipFile) -> None:
    wanted = {
        f"apiserver/_data/{file.relative_to(ROOT).as_posix()}"
        for folder, patterns in {"config": ("*.conf", "*.json"), "schema": ("*.conf",), "migrations": ("*.py",)}.items()
        for pattern in patterns
        for file in (ROOT / folder).rglob(pattern)
    }
    wanted |= {file.relative_to(ROOT).as_posix() for file in (ROOT / "apiserver" / "generated").iterdir() if file.is_file()}
    assert wanted <= set(wheel.namelist())


def test_every_module_is_inside(wheel: zipfile.ZipFile) -> None:
    wanted = {file.relative_to(ROOT).as_posix() for package in ("apiserver", "fileserver") for file in (ROOT / package).rglob("*.py")}
    assert wanted <= set(wheel.namelist())


def test_the_wheel_runs_without_the_checkout(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Its data is found inside of the package."""
    wheel.extractall(tmp_path / "site")
    command = [sys.executable, "-m", "apiserver", "config", "show", "serve.api_port"]
    done = subprocess.run(command, cwd=tmp_path / "site", capture_output=True, text=True, check=False)
    assert done.stdout == "serve.api_port = 8008  # default\n", done.stderr
    command = [sys.executable, "-m", "apiserver", "migrate", "elastic", "plan", "--source", "http://127.0.0.1:1", "--target", "127.0.0.1:1"]
    done = subprocess.run(command, cwd=tmp_path / "site", capture_output=True, text=True, check=False)
    assert done.stderr.startswith("Error: http://127.0.0.1:1 cannot be reached"), done.stderr


def test_the_licence_is_stated(wheel: zipfile.ZipFile) -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    assert "License: Apache-2.0" in wheel.read(metadata).decode() or "License-Expression: Apache-2.0" in wheel.read(metadata).decode()
