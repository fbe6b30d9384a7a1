"""`trackyard generate`: what it writes, what --check says, and that both are the same on every run."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apiserver.codegen import command
from apiserver.codegen.layout import header
from apiserver.codegen.load import load
from apiserver.codegen.model import Contract, Place, SchemaError

ROOT = Path(__file__).parents[3]

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(ROOT / "schema")


@pytest.fixture
def checkout(tmp_path: Path, contract: Contract) -> Path:
    """A folder with what the schema prints, to change."""
    folder = tmp_path / command.FOLDER
    folder.mkdir(parents=True)
    (tmp_path / "schema").mkdir()
    for name, text in command.printed(contract).items():
        (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(checkout: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(command, "_load", lambda root: contract)
    monkeypatch.setattr(command, "_wrong_handlers", lambda contract, root: [])

    def generate(check: bool = False) -> tuple[int, str]:
        out = io.StringIO()
        return command.generate(check, root=checkout, out=out), out.getvalue()

    return generate


def test_committed_files_are_current() -> None:
    """In another process with another hash seed, so that no order depends on hashing; also within the time it may take."""
    script = "from apiserver.codegen.command import generate; raise SystemExit(generate(check=True))"
    env = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    print(f"trackyard generate --check took {time.monotonic() - started:.1f} s")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_prints_the_same_twice(contract: Contract) -> None:
    """Printing has no memory."""
    assert command.printed(contract) == command.printed(contract)


def test_every_file_names_its_source(contract: Contract) -> None:
    """The first line of each Python file says where it comes from and by which command."""
    files = command.printed(contract)
    modules = {name: text for name, text in files.items() if name.endswith(".py") and name != "__init__.py"}
    assert len(modules) == len(contract.services) + 2
    assert all(text.startswith(header("schema/")[:22]) and "`trackyard generate`" in text.split("\n")[0] for text in modules.values())
    assert len(files["openapi.json"].encode()) < 2_000_000


def test_writes_and_then_has_nothing_to_do(run: Run, checkout: Path) -> None:
    """A changed, a missing and a stale file are put right; a second run changes nothing."""
    folder = checkout / "apiserver" / "generated"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "tasks.py").write_text("changed")
    (folder / "errors.py").unlink()
    (folder / "dropped.py").write_text("stale")
    assert run()[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "0 changed, 0 removed" in run()[1]
    assert run(check=True) == (0, "")


def test_check_shows_the_difference(run: Run, checkout: Path) -> None:
    """--check fails, prints a diff and the command, and touches nothing."""
    path = checkout / "apiserver" / "generated" / "errors.py"
    text = path.read_text()
    path.write_text(text.replace("subcode = 101\n", "subcode = 999\n"))
    (path.parent / "dropped.py").write_text("stale\n")
    status, out = run(check=True)
    assert status == 1
    assert "-    subcode = 999\n+    subcode = 101\n" in out
    assert "--- apiserver/generated/dropped.py" in out
    assert "-stale" in out
    assert out.endswith("Run: trackyard generate\n")
    assert "999" in path.read_text()


def test_check_of_nothing_is_short(run: Run, checkout: Path) -> None:
    """A whole missing folder is a failure, but not a diff of thousands of lines."""
    shutil.rmtree(checkout / "apiserver")
    status, out = run(check=True)
    assert status == 1
    assert len(out.splitlines()) < 250
    assert "more lines" in out


def test_wrong_schema_is_one_line(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, line and problem; nothing is written."""

    def broken(root: Path) -> Contract:
        raise SchemaError(Place("services/tasks.conf", 12), "tasks.get_by_id: unknown type strnig")

    monkeypatch.setattr(command, "_load", broken)
    out = io.StringIO()
    before = (checkout / "apiserver" / "generated" / "tasks.py").stat().st_mtime_ns
    assert command.generate(root=checkout, out=out) == 1
    assert out.getvalue() == "schema/services/tasks.conf:12: tasks.get_by_id: unknown type strnig\n"
    assert (checkout / "apiserver" / "generated" / "tasks.py").stat().st_mtime_ns == before


def test_only_in_a_checkout(tmp_path: Path) -> None:
    """An installed package has no schema to print from: one line, and nothing is removed."""
    (tmp_path / command.FOLDER).mkdir(parents=True)
    (tmp_path / command.FOLDER / "tasks.py").write_text("kept")
    out = io.StringIO()
    assert command.generate(root=tmp_path, out=out) == 1
    assert len(out.getvalue().splitlines()) == 1
    assert (tmp_path / command.FOLDER / "tasks.py").read_text() == "kept"


def test_routes() -> None:
    """One row an endpoint, with the file and line of each handler; --missing keeps those without."""
    rows = {row.endpoint: row for row in command.rows()}
    assert len(rows) == 204
    ping = rows["debug.ping"]
    file, line = ping.handlers[0].split(":")
    assert (ROOT / file).read_text().splitlines()[int(line) - 1].startswith("def ping(")
    assert ping.as_json()["authorize"] is False
    assert [row.endpoint for row in command.rows(missing=True)] == [name for name, row in rows.items() if not row.built]
    assert rows["events.get_task_log"].versions == ("1.0", "1.7", "2.9")


def test_openapi_is_valid(contract: Contract) -> None:
    """By the official schema of OpenAPI 3.1."""
    schemathesis = pytest.importorskip("schemathesis")
    schemathesis.openapi.from_dict(json.loads(command.printed(contract)["openapi.json"])).validate()
