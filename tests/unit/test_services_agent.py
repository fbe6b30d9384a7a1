"""What keeps the services agent: with a small program in the agent's place."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from apiserver import services_agent
from apiserver.services_agent import Beside, Order, command, environment
from apiserver.settings import Settings

WAIT_S = 60


class Pong(BaseHTTPRequestHandler):
    """A server that answers."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Pong)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def kept(code: str, ping: str, stop_s: float, capfd: pytest.CaptureFixture[str], until: str) -> str:
    """What the keeper says of a program, until it says `until`; then it is told to stop."""
    order = Order(command=[sys.executable, "-c", code], ping=ping, stop_s=stop_s, log_level="INFO")
    beside = Beside.started(order, os.environ)
    said, end = "", threading.Event()
    for _ in range(4 * WAIT_S):
        said += capfd.readouterr().err
        if until in said:
            break
        end.wait(0.25)
    beside.stop()
    beside.stop()
    return said + capfd.readouterr().err


def test_what_dies_is_started_again_after_growing_pauses(capfd: pytest.CaptureFixture[str]) -> None:
    """With what it said at last, and its status."""
    with answering() as ping:
        said = kept("print('no such queue'); raise SystemExit(4)", ping, 5, capfd, "again in 4 s")
    for pause in (1, 2, 4):
        assert f"ended with status 4; it starts again in {pause} s. It said at last:\nno such queue" in said
    assert "the services agent has ended" in said


def test_what_does_not_end_is_killed_with_all_that_it_started(capfd: pytest.CaptureFixture[str]) -> None:
    """The word to stop counts for what the agent left behind, too."""
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    started = (
        f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {stubborn!r}], stdout=subprocess.PIPE);"
        "child.stdout.readline(); raise SystemExit(1)"
    )
    with answering() as ping:
        said = kept(started, ping, 1, capfd, "again in 1 s")
    assert "killed, because it did not end in 1 s" in said
    assert "the services agent has ended" in said


def test_it_waits_for_the_server_and_can_be_stopped_meanwhile(capfd: pytest.CaptureFixture[str]) -> None:
    beside = Beside.started(Order(["false"], "http://127.0.0.1:9/", 1, "INFO"), os.environ)
    beside.stop()
    said = capfd.readouterr().err
    assert "runs" not in said
    assert "has ended" in said


def test_the_command_line_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses and keys are the server's own; its settings are no business of tasks."""
    section = {
        "queue": "long",
        "worker_id": "w",
        "docker": "python:3.11",
        "arguments": ["--use-owner-token"],
        "hosts": {"files": "http://f"},
    }
    settings = Settings.from_dict({"serve.services_agent": section})
    monkeypatch.setenv("TRACKYARD__secure__auth__token_secret", "secret")
    monkeypatch.setenv("CLEARML__HOSTS__MONGO", "secret")
    monkeypatch.setenv("CLEARML_AUTH_TOKEN", "somebody else's")
    monkeypatch.setenv("CLEARML_API_HOST", "http://elsewhere")
    monkeypatch.setenv("CLEARML_AGENT_GIT_USER", "git")
    found = environment(settings, {"api": "http://a", "web": "http://w", "files": "http://here"}, ("K", "S"))
    assert "secret" not in found.values()
    assert "CLEARML_AUTH_TOKEN" not in found
    wanted = {
        "CLEARML_API_HOST": "http://a", "CLEARML_WEB_HOST": "http://w", "CLEARML_FILES_HOST": "http://f", "CLEARML_WORKER_ID": "w",
        "CLEARML_API_ACCESS_KEY": "K", "CLEARML_API_SECRET_KEY": "S", "CLEARML_AGENT_GIT_USER": "git",
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    line = " ".join(command(settings)[1:])
    assert line == (
        f"-m {services_agent.PACKAGE} daemon --services-mode --queue long --create-queue --foreground --cpu-only --docker python:3.11"
        " --use-owner-token"
    )
