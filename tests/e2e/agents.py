"""The official agent as a process: started on a queue, and what the server knows of it. Nothing is installed for the tasks that it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.e2e.running import STOP_S, Server, until

AGENT = Path(sys.executable).with_name("clearml-agent")
RUN_S = 180
VARIABLES = {
    # The Python of the tests instead of a new environment for each task.
    "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
    "CLEARML_AGENT__AGENT__PYTHON_BINARY": sys.executable,
    # PERF: 5 s and 30 s otherwise.
    "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": "0.5",
    "CLEARML_AGENT_STATUS_REPORT_FREQ_SEC": "1",
    "PYTHONUNBUFFERED": "1",
}
FOREVER = """
import time

print("it begins", flush=True)
while True:
    time.sleep(1)
"""


@contextmanager
def agent(server: Server, folder: Path, queue: str, worker: str) -> Iterator[subprocess.Popen[bytes]]:
    """The official agent on a queue, until the block ends; its log is in the folder."""
    environment = {**server.environment(folder / worker), **VARIABLES, "CLEARML_WORKER_ID": worker}
    log = folder / f"{worker}.log"
    with log.open("ab") as out:
        # NOTE: a shell's background job ignores Ctrl-C, and so does everything that it starts; `env` lets the agent see it again.
        process = subprocess.Popen(
            ["env", "--default-signal=INT", str(AGENT), "daemon", "--queue", queue, "--create-queue", "--foreground"],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(f"the agent registers; it said {log.read_text()[-3000:]}", lambda: worker_of(server, worker))
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the agent to stop, and see to it that nothing of it is left."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_S)


def worker_of(server: Server, worker: str) -> dict[str, Any] | None:
    """The entry of a worker as a page would show it."""
    found = server.call("workers.get_all", last_seen=0)["workers"]
    return next((entry for entry in found if entry["id"] == worker), None)


def made(server: Server, name: str, code: str, **fields: Any) -> str:
    """A draft that runs the code."""
    script = {"binary": "python", "entry_point": "main.py", "working_dir": ".", "diff": code, "requirements": {"pip": ""}}
    created: str = server.call("tasks.create", name=name, type="training", script=script, **fields)["id"]
    return created


def task_of(server: Server, task: str) -> dict[str, Any]:
    found: dict[str, Any] = server.call("tasks.get_by_id", task=task)["task"]
    return found


def console(server: Server, task: str) -> str:
    lines = server.call("events.get_task_log", task=task, batch_size=5000)["events"]
    return "\n".join(line["msg"] for line in lines)


def enqueue(server: Server, queue: str, *tasks: str) -> None:
    for task in tasks:
        server.call("tasks.enqueue", task=task, queue_name=queue)
