"""webapp/build.py: when it builds, what it leaves, and what it says when it cannot."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import brotli
import pytest

from apiserver import assets

SCRIPT = Path(__file__).parents[2] / "webapp" / "build.py"


@pytest.fixture
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("webapp_build", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_done_while_nothing_has_changed(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_npm() -> None:
        raise AssertionError("it builds")

    monkeypatch.setattr(build, "Npm", no_npm)
    (tmp_path / build.STAMP).write_text(build.fingerprint())
    build.build(tmp_path)
    (tmp_path / build.STAMP).write_text("of other sources")
    with pytest.raises(AssertionError, match="it builds"):
        build.build(tmp_path)


def test_only_the_packed_forms_stay(build: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text("let a = 1;" * 100)
    build.pack(path)
    assert not path.exists()
    assert gzip.decompress((tmp_path / "a.js.gz").read_bytes()) == b"let a = 1;" * 100
    assert brotli.decompress((tmp_path / "a.js.br").read_bytes()) == b"let a = 1;" * 100


def test_what_is_missing_is_kept_for_the_servers_page(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --optional the server may start; without, the build has failed."""

    def none() -> None:
        raise build.CannotBuild("there is no Node.js")

    monkeypatch.setattr(build, "_of_system", lambda: None)
    monkeypatch.setattr(build, "_of_package", none)
    target = tmp_path / "web"
    monkeypatch.setattr(sys, "argv", ["build.py", "--target", str(target)])
    assert build.main() == 1
    assert not target.exists()
    monkeypatch.setattr(sys, "argv", ["build.py", "--optional", "--target", str(target)])
    assert build.main() == 0
    assert assets.why_missing(target) == "there is no Node.js"
    assert assets.load(target) == {}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("npm error code ENOTFOUND\nnpm error network", "the npm registry cannot be reached (ENOTFOUND)"),
        ("\x1b[31mfirst\nSyntaxError: bad\nlast", "SyntaxError: bad"),
        ("", "it said nothing"),
    ],
)
def test_the_reason_is_one_line(build: ModuleType, said: str, reason: str) -> None:
    assert build._reason(said) == reason
