"""`trackyard move`, `backup`, `restore` and `verify`: killed at any moment, told wrong things, with key pairs that go on working."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from apiserver.bootstrap import create_credentials
from apiserver.calls.auth import stored_secret
from apiserver.commands import main
from apiserver.configuration import layers
from apiserver.portable.comparing import compare
from apiserver.portable.reading import Reader
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import AUTH_USERS, COMPANIES, TASKS
from apiserver.stores.filters import Eq
from apiserver.stores.registry import open_backend
from apiserver.testing import stacks
from apiserver.testing.backends import embedded
from apiserver.testing.installation import COMPANY, fill, task_id

REPOSITORY = Path(__file__).parents[2]
SECRETS = {"secure.auth.token_secret": "a token secret of tests, which is long enough", "secure.auth.credentials_key": "a key of tests"}


def start(*words: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if "__" not in name} | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "apiserver", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == status, (words, done.output, done.exception)
    return done.output


def result(*words: str, status: int = 0) -> dict[str, Any]:
    """The last of the JSON lines."""
    found: dict[str, Any] = json.loads([line for line in run(*words, "--json", status=status).splitlines() if line.startswith("{")][-1])
    assert found.pop("event") == "result"
    return found


@pytest.fixture(autouse=True)
def no_folders_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(layers, "REFERENCE_FOLDERS", ())
    monkeypatch.setattr(layers, "OWN_FOLDER", str(tmp_path / "etc"))
    for name in ("CLEARML_CONFIG_DIR", "TRAINS_CONFIG_DIR", "TRACKYARD_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def opened(settings: Mapping[str, Any]) -> Iterator[Backend]:
    backend = open_backend(Settings.from_dict(settings))
    try:
        yield backend
    finally:
        backend.close()


@contextmanager
def configured(folder: Path) -> Iterator[dict[str, Any]]:
    """Clean database servers, and a configuration folder that names them; {setting: value}."""
    with stacks.place(folder / "data", on="scaleout") as found:
        folder.mkdir()
        files: dict[str, dict[str, Any]] = {}
        for path, value in found.items():
            name, *above, last = path.split(".")
            at = files.setdefault(name, {})
            for part in above:
                at = at.setdefault(part, {})
            at[last] = value
        for name, tree in files.items():
            (folder / f"{name}.conf").write_text(json.dumps(tree))
        yield found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A data folder with something of everything."""
    folder = tmp_path / "source"
    with embedded(folder, SECRETS) as backend:
        fill(backend, tasks=10, large=150, secret=stored_secret("the secret", backend.settings))
    (folder / "secrets.json").write_text(json.dumps(SECRETS))
    (folder / "files").mkdir()
    (folder / "files" / "uploaded").write_text("content")
    return folder


def test_killed_at_random_moments_it_goes_on(tmp_path: Path, source: Path) -> None:
    """From a data folder to database servers, with SIGKILL again and again; then back. Nothing is missing, nothing is doubled."""
    chance = random.Random(os.getpid())
    with configured(tmp_path / "conf") as found:
        words = ("move", "--from", str(source), "--to", str(tmp_path / "conf"), "--portions", "0.03", "--json")
        killed = 0
        for _ in range(3):
            process = start(*words)
            assert process.stdout is not None
            for line in process.stdout:
                if json.loads(line).get("phase") == "carry":
                    break
            time.sleep(chance.random() / 5)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if process.returncode == 0:  # done before the signal came: the target is full now, and nothing is left to go on with
                break
            killed += process.returncode == -signal.SIGKILL
        assert killed
        done = result(*words[:5], *(() if process.returncode else ("--verify-only",)))
        assert done["same"]
        assert not (tmp_path / "conf.move").exists()
        assert any("uploaded files stay" in note for note in done["notes"])
        assert json.loads((tmp_path / "conf" / "data" / "secrets.json").read_text()) == SECRETS
        assert "is not empty" in run(*words[:5], status=1)
        assert result("move", "--from", str(source), "--to", str(tmp_path / "conf"), "--verify-only")["same"]
        back = result("move", "--from", str(tmp_path / "conf"), "--to", str(tmp_path / "back"), "--work", str(tmp_path / "work"))
        assert (back["same"], back["records"]) == (True, done["records"])
        with opened({"data.dir": str(source)}) as first, opened({"data.dir": str(tmp_path / "back")}) as last:
            assert [text for one in compare(Reader(first), Reader(last)) for text in one.differences] == []
        assert json.loads((tmp_path / "back" / "secrets.json").read_text()) == SECRETS
        with opened(found) as servers:
            servers.documents.delete(TASKS, Eq("id", task_id(1)))
        differs = run("move", "--from", str(source), "--to", str(tmp_path / "conf"), "--verify-only", status=1)
        assert f"document {task_id(1)}: missing in the target" in differs


def test_a_dry_run_writes_nothing(tmp_path: Path, source: Path) -> None:
    """It tells how much there is and how long that may take."""
    told = result("move", "--from", str(source), "--to", str(tmp_path / "new"), "--dry-run")
    assert told["sections"]["documents/backend.task"]["records"] == 11
    assert told["records"] == sum(one["records"] for one in told["sections"].values()) > 500
    assert told["bytes"] > 50_000
    assert not (tmp_path / "new").exists()


def test_what_is_refused(tmp_path: Path, source: Path) -> None:
    """Each with one line that says what to do, and nothing is written."""
    new, words = tmp_path / "new", ("move", "--from", str(source), "--to")
    (tmp_path / "empty").mkdir()
    assert "is not there" in run("move", "--from", str(tmp_path / "nowhere"), "--to", str(new), status=1)
    assert "neither a data folder" in run("move", "--from", str(tmp_path / "empty"), "--to", str(new), status=1)
    assert "the same installation" in run(*words, str(source / ".." / "source"), status=1)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").touch()
    assert "holds other things (thesis.tex" in run(*words, str(tmp_path / "home"), status=1)
    assert "is no folder" in run(*words, str(source / "secrets.json"), status=1)
    (source / "lock").touch()
    import fcntl

    with (source / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "a server runs on" in run(*words, str(new), status=1)
    with embedded(tmp_path / "first") as backend:
        backend.documents.insert(COMPANIES, {"id": COMPANY, "name": "another name"})
    (tmp_path / "first" / "secrets.json").write_text(json.dumps({**SECRETS, "secure.auth.credentials_key": "another"}))
    assert "--over-first-start" in run(*words, str(tmp_path / "first"), status=1)
    assert "no key pair would work" in run(*words, str(tmp_path / "first"), "--over-first-start", status=1)
    told = result(*words, str(tmp_path / "first"), "--over-first-start", "--other-secrets")
    assert told["same"]
    assert any("credentials create" in note for note in told["notes"])
    (source / "secrets.json").unlink()
    assert "is not known here" in run(*words, str(new), status=1)
    assert "not empty" in run(*words, str(tmp_path / "first"), "--other-secrets", status=1)


@pytest.mark.parametrize("stack", ["embedded", "scaleout"])
def test_a_backup_goes_into_another_installation(tmp_path: Path, source: Path, stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup of one stack restores on the other, with files and secrets; a damaged one is refused before anything is written."""
    file = tmp_path / "backup"
    with configured(tmp_path / "conf") as found:
        new = tmp_path / "new"
        if stack == "scaleout":
            told = result("backup", str(file), "--files", "--data", str(source))
            monkeypatch.setenv("TRACKYARD_CONFIG_DIR", str(tmp_path / "conf"))
        else:
            run("move", "--from", str(source), "--to", str(tmp_path / "conf"))
            monkeypatch.setenv("TRACKYARD_CONFIG_DIR", str(tmp_path / "conf"))
            told = result("backup", str(file), "--data", str(tmp_path / "conf" / "data"))
            monkeypatch.delenv("TRACKYARD_CONFIG_DIR")
        assert told["consistency"] == ("moment" if stack == "scaleout" else "running")
        assert "is there already" in run("backup", str(file), "--data", str(source), status=1)
        assert result("verify", str(file))["missing"] == {}
        good = file.read_bytes()
        bad = tmp_path / "bad"
        bad.write_bytes(good[: len(good) // 2])
        assert "cut off" in run("restore", str(bad), "--data", str(new), status=1)
        assert not (new / "documents.db").exists()
        assert "cut off" in run("verify", str(bad), status=1)
        done = result("restore", str(file), "--data", str(new))
        assert (done["same"], done["records"], done["files"]) == (True, told["records"], int(stack == "scaleout"))
        assert json.loads((new / "secrets.json").read_text()) == SECRETS
        settings = {**found, "data.dir": str(new)} if stack == "scaleout" else {"data.dir": str(new)}
        with opened(settings) as restored, opened({"data.dir": str(source)}) as first:
            assert [text for one in compare(Reader(first), Reader(restored)) for text in one.differences] == []
            with opened({**settings, **SECRETS}) as server:
                (user,) = server.documents.list(AUTH_USERS)
                assert user["credentials"][0]["secret"] == stored_secret("the secret", server.settings)
                create_credentials(server, user_id="u1")
        if stack == "scaleout":
            assert (new / "files" / "uploaded").read_text() == "content"
        assert "is not empty" in run("restore", str(file), "--data", str(new), status=1)
        assert result("restore", str(file), "--data", str(new), "--into-non-empty")["records"] == told["records"]
        assert "every reference leads somewhere" in run("verify", "--data", str(new), "--strict")
