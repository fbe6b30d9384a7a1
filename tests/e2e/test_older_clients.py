"""Scripts that people wrote years ago, with the SDK that they wrote them for, record as with today's. Source: spec 7 §17."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.clients import CLIENTS, OLDEST_MINOR, Client, installed, python_for
from tests.e2e.running import RUN_S, SCRIPTS, Server
from tests.servers.base import NotToBeHad


@pytest.mark.needs_another_python
@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_an_older_client_records_and_reads_back(client: Client, server: Server, tmp_path: Path) -> None:
    """Parameters, configuration, scalars, plots, an artifact, a model, a clone in a queue."""
    python = python_for(client)
    if python is None:
        pytest.skip(f"{client} needs a Python 3.{OLDEST_MINOR} to 3.{client.newest[1]}, and there is none here")
    try:
        interpreter = installed(client, python)
    except NotToBeHad as reason:
        pytest.fail(f"{client} could not be installed: {reason}")
    script = shutil.copy(SCRIPTS / "older.py", tmp_path)
    environment = {name.replace("CLEARML_", f"{client.prefix}_"): value for name, value in server.environment(tmp_path / "home").items()}
    queue = f"of {client}"
    done = subprocess.run(
        [str(interpreter), script, str(tmp_path), queue],
        env={**environment, "FILES": server.files},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    (task,) = re.findall(r"^task=(\w+)$", done.stdout, re.MULTILINE)
    found = server.call("tasks.get_by_id", task=task)["task"]
    assert (found["name"], found["status"], found["tags"]) == (f"training {queue}", "completed", ["older"])
    log = server.call("events.get_task_log", task=task, batch_size=1000)["events"]
    assert any("said by the logger" in line["msg"] for line in log)
    plots = server.call("events.get_task_plots", task=task)["plots"]
    assert {plot["metric"] for plot in plots} == {"table", "histogram"}
