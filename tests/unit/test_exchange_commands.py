"""`trackyard export` and `trackyard import`, from one data folder to another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from apiserver.commands import main
from apiserver.stores.collections import TASKS
from apiserver.stores.registry import open_embedded
from apiserver.testing.server import serving, settings_of

COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
FILE = "http://localhost:8081/vision/run.1/artifacts/data/data%20x.csv"


def test_the_commands(tmp_path: Path) -> None:
    """From one data folder to another."""
    for name in ("a", "b"):
        with serving(tmp_path / name) as client:
            if name == "a":
                task = client.call(
                    "tasks.create",
                    {"name": "run", "type": "training", "execution": {"artifacts": [{"key": "d", "type": "custom", "uri": FILE}]}},
                )["id"]
    (tmp_path / "a/files/vision/run.1/artifacts/data").mkdir(parents=True)
    (tmp_path / "a/files/vision/run.1/artifacts/data/data x.csv").write_bytes(b"x")
    done = trackyard(
        "export", str(tmp_path / "out"), "--status", "any", "--task", "run", "--artifacts", "--data", str(tmp_path / "a"), "--json"
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["tasks"], told["files"]) == (1, 1)
    done = trackyard("import", told["file"], "--company", "default", "--data", str(tmp_path / "b"))
    assert done.stdout == "0 projects, 1 tasks, 0 models, 0 events, 1 files\n"
    backend = open_embedded(tmp_path / "b", settings_of({}))
    assert backend.documents.get(TASKS, task)["company"] == COMPANY
    backend.close()
    assert (tmp_path / "b/files/vision/run.1/artifacts/data/data x.csv").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "{0}/bad.zip"), "is no zip file"),
        (("import", "{0}/bad.zip", "--user", "nobody"), "there is no user nobody"),
        (("export", "{0}/x", "--project", "nope"), "there is no project 'nope'"),
        (("export", "{0}/bad.zip/x"), "File exists"),
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    with serving(tmp_path / "data") as client:
        client.call("projects.create", {"name": "team", "description": ""})
    (tmp_path / "bad.zip").write_text("x")
    done = trackyard(*(one.format(tmp_path) for one in arguments), "--data", str(tmp_path / "data"))
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def trackyard(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)
