"""The commands: help on each, what they print, how they fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from apiserver.commands import _COMMANDS, main
from apiserver.configuration import layers


@pytest.fixture(autouse=True)
def no_folders_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(layers, "REFERENCE_FOLDERS", ())
    monkeypatch.setattr(layers, "OWN_FOLDER", str(tmp_path / "etc"))


def run(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == status, done.output
    return done.output


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_help_and_a_page(name: str) -> None:
    assert f"main {name}" in run(name, "--help")
    assert f"trackyard {name}" in (Path(__file__).parents[2] / "docs" / "commands.md").read_text()


def test_help_needs_no_part_of_the_server() -> None:
    """So that it answers at once."""
    code = (
        "import sys; from apiserver.commands import main; main(['--help'], standalone_mode=False);"
        "heavy = {'falcon', 'gunicorn', 'apsw', 'pyhocon'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=Path(__file__).parents[2])


def test_config_show_tells_value_and_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc" / "serve.conf"
    file.write_text("threads: 5")
    monkeypatch.setenv("TRACKYARD__SERVE__WORKERS", "3")
    lines = run("config", "show", "serve").splitlines()
    assert f"serve.threads = 5  # {file}:1" in lines
    assert "serve.workers = 3  # TRACKYARD__SERVE__WORKERS" in lines
    assert 'serve.host = "127.0.0.1"  # default' in lines
    rows = json.loads(run("config", "show", "--json", "--changed"))
    assert {row["key"]: row["value"] for row in rows} == {"serve.threads": 5, "serve.workers": 3}


def test_config_show_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLEARML__SECURE__CREDENTIALS__TESTS__USER_SECRET", "hush-pair")
    monkeypatch.setenv("TRACKYARD__SECURE__AUTH__TOKEN_SECRET", "hush-token")
    monkeypatch.setenv("TRACKYARD__APISERVER__AUTH__FIXED_USERS__USERS", '[{username: "a", password: "hush-password", name: "A"}]')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secrets.json").write_text(json.dumps({"secure.auth.credentials_key": "hush-file"}))
    for options in ((), ("--json",)):
        shown = run("config", "show", "--data", str(tmp_path / "data"), *options)
        assert "hush" not in shown
        assert "***" in shown


def test_config_check(tmp_path: Path) -> None:
    assert run("config", "check").startswith("fine: ")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "serve.conf").write_text("\nport: 5")
    assert f"error: {tmp_path / 'etc' / 'serve.conf'}:2: unknown key serve.port" in run("config", "check", status=1)
    assert "unknown key serve.port" in run("serve", "--data", str(tmp_path / "data"), status=2)
    assert not (tmp_path / "data").exists()


def test_credentials_are_made_listed_and_revoked(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    assert "no key pair yet" in run("credentials", "list", *data)
    pair = json.loads(run("credentials", "create", "--label", "of a test", *data, "--json"))
    assert set(pair) == {"access_key", "secret_key"}
    rows = json.loads(run("credentials", "list", *data, "--json"))
    assert [(row["access_key"], row["label"]) for row in rows] == [(pair["access_key"], "of a test")]
    assert pair["secret_key"] not in run("credentials", "list", *data)
    run("credentials", "revoke", pair["access_key"], *data)
    assert f"there is no key pair {pair['access_key']}" in run("credentials", "revoke", pair["access_key"], *data, status=1)
    assert "there is no user nobody" in run("credentials", "create", "--user", "nobody", *data, status=1)


def test_a_data_folder_is_not_made_by_mistake(tmp_path: Path) -> None:
    assert "there is no such data folder" in run("credentials", "list", "--data", str(tmp_path / "typo"), status=1)
    assert not (tmp_path / "typo").exists()


def test_a_lost_key_is_replaced_on_purpose_only(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    Path(data).mkdir()
    assert "worthless" in CliRunner().invoke(main, ["credentials", "new-key", "--data", data], input="n\n").output
    assert "done" in run("credentials", "new-key", "--data", data, "--yes")


def test_routes() -> None:
    rows = json.loads(run("routes", "--json"))
    assert {"endpoint", "versions", "handlers", "built"} <= set(rows[0])
    missing = json.loads(run("routes", "--missing", "--json"))
    assert [row for row in rows if not row["built"]] == missing
    assert "debug.ping" in run("routes")


def test_jobs_run_by_name(tmp_path: Path) -> None:
    assert run("job", "watchdog", "--data", str(tmp_path)) == "nothing to do\n"
    assert "nothing" in run("job", "nothing", status=2)
