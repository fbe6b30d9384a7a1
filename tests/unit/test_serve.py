"""`trackyard serve` as a process: it answers at three doors, refuses what it cannot have with one line, and stops cleanly."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from attrs import frozen

ROOT = Path(__file__).parents[2]
WAIT_S = 60


@frozen
class Running:
    process: subprocess.Popen[str]
    ports: tuple[int, int, int]
    said: str

    def get(self, path: str, door: int = 0) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[door]}{path}", timeout=WAIT_S) as answer:
            return str(answer.read().decode())


def command(data: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "apiserver", "serve", "--data", str(data), *options]


@contextmanager
def serving(data: Path, *options: str) -> Iterator[Running]:
    """Port 0 lets the server choose; what it prints says which ones."""
    free = ("--api-port", "0", "--web-port", "0", "--files-port", "0")
    with (data.parent / "log").open("w") as log:
        process = subprocess.Popen(command(data, *free, *options), cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    said = process.stdout.readline()
    try:
        found = re.search(r"serves \S+:(\d+) \(API \S+:(\d+), files \S+:(\d+)\)", said)
        assert found, (data.parent / "log").read_text()
        web, api, files = (int(port) for port in found.groups())
        running = Running(process, (api, web, files), said)
        running.get("/debug.ping")
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(WAIT_S)
        process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("server") / "data", "--workers", "2") as running:
        yield running


def test_each_door_has_its_application(server: Running) -> None:
    assert json.loads(server.get("/debug.ping"))["meta"]["result_code"] == 200
    assert "Trackyard" in server.get("/", 1)
    assert server.get("/", 2) == "OK"


def test_the_web_door_is_enough_for_everything(server: Running) -> None:
    assert json.loads(server.get("/api/v2.34/debug.ping", 1))["meta"]["result_code"] == 200
    assert server.get("/files/", 1) == "OK"


def test_the_page_holds_no_secret(server: Running, tmp_path: Path) -> None:
    data = Path(re.search(r"data in (\S+)\. Ctrl-C", server.said)[1])  # type: ignore[index]
    secrets = json.loads((data / "secrets.json").read_text())
    pages = server.get("/", 1) + server.get("/configuration.json", 1)
    assert [value for value in secrets.values() if str(value) in pages] == []


def raw(port: int, request: str) -> str:
    """Everything that comes until the server closes; a second of silence counts as kept open."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(request.encode())
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            return answer.decode() + "[kept]"
    return answer.decode() + "[closed]"


def test_connections_of_the_sdk_are_closed_and_others_kept(server: Running) -> None:
    """Source: spec 7 §1: an SDK that forks hangs on kept ones. Holds apiserver/doors.py against new releases of gunicorn."""
    ask = "GET /debug.ping HTTP/1.1\r\nHost: x\r\n{}\r\n"
    sdk = raw(server.ports[0], ask.format("X-Clearml-Client: clearml-2.1.12\r\n"))
    assert sdk.endswith("[closed]")
    assert "connection: close" in sdk.lower()
    assert raw(server.ports[0], ask.format("")).endswith("[kept]")


def test_kept_connections_never_keep_others_waiting(server: Running) -> None:
    """More connections than both workers have threads (32), each used again and again: at once, after a pause, two requests in one go."""
    request = b"GET /debug.ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as ending:
        kept = [ending.enter_context(socket.create_connection(("127.0.0.1", server.ports[0]), timeout=WAIT_S)) for _ in range(40)]
        for pause_s in (0, 0, 0.02):
            time.sleep(pause_s)
            for one in kept:
                one.sendall(request)
            for one in kept:
                assert answers(one, 1)
        for one in kept:
            one.sendall(request * 2)
        for one in kept:
            assert answers(one, 2)


def answers(connection: socket.socket, wanted: int) -> bool:
    """Whether so many answers come."""
    read = b""
    while read.count(b'"result_code":200') < wanted:
        more = connection.recv(65536)
        if not more:
            return False
        read += more
    return read.count(b"HTTP/1.1 200") == wanted


def test_the_server_header_is_the_applications(server: Running) -> None:
    assert "server: clearml\r\n" in raw(server.ports[0], "GET /debug.ping HTTP/1.0\r\n\r\n").lower()


def test_a_request_cannot_move_the_application(server: Running) -> None:
    answer = raw(server.ports[0], "GET /debug.ping HTTP/1.0\r\nSCRIPT_NAME: /other\r\n\r\n")
    assert " 200 OK" in answer.splitlines()[0]


def test_a_used_data_folder_is_refused_in_one_line(server: Running) -> None:
    data = Path(re.search(r"data in (\S+)\. Ctrl-C", server.said)[1])  # type: ignore[index]
    done = subprocess.run(command(data, "--api-port", "0"), cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr == f"Error: the data folder {data} is in use by another server (process {server.process.pid})\n"


def test_a_used_port_is_refused_in_one_line(server: Running, tmp_path: Path) -> None:
    options = ("--api-port", str(server.ports[0]), "--web-port", "0", "--files-port", "0")
    done = subprocess.run(command(tmp_path, *options), cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode != 0
    expected = f"cannot listen on 127.0.0.1:{server.ports[0]} (api): something listens there already; choose another with --api-port"
    assert done.stderr == f"Error: {expected}\n"


def test_a_database_that_is_not_there_is_named_in_one_line(tmp_path: Path) -> None:
    """Which it is, where it was looked for, and what to look at."""
    environment = {**os.environ, "TRACKYARD__STORES__STATE": "redis", "TRACKYARD__STORES__START_WAIT_S": "0", "REDIS_SERVICE_PORT": "1"}
    options = ("--api-port", "0", "--web-port", "0", "--files-port", "0")
    asked = command(tmp_path / "data", *options)
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(r"Error: hosts\.redis\.apiserver: Redis at 127\.0\.0\.1:1 \(database 0\) cannot be reached .* its address\?", line)


def test_servers_on_shared_stores_may_share_a_data_folder(tmp_path: Path) -> None:
    """And an embedded one may not join them, nor they it."""
    from apiserver.serve import CannotStart, _locked

    first, second = (_locked(tmp_path, shared=True) for _ in range(2))
    first.close()
    with pytest.raises(CannotStart, match="in use by another server"):
        _locked(tmp_path, shared=False)
    second.close()
    with _locked(tmp_path, shared=False), pytest.raises(CannotStart, match=f"in use by another server .process {os.getpid()}."):
        _locked(tmp_path, shared=True)


def test_a_configured_database_that_is_not_used_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    from apiserver import configuration
    from apiserver.serve import _warn_of_unused
    from apiserver.stores.registry import chosen

    for variables, said in (
        ({}, ()),
        (
            {"CLEARML_MONGODB_SERVICE_CONNECTION_STRING": "mongodb://m", "CLEARML_REDIS_SERVICE_HOST": "r"},
            ("hosts.mongo.auth", "hosts.redis.apiserver"),
        ),
        ({"CLEARML_REDIS_SERVICE_HOST": "r", "TRACKYARD__STORES__STATE": "redis"}, ()),
    ):
        caplog.clear()
        found = configuration.load({"CLEARML_CONFIG_DIR": "/nowhere", **variables})
        _warn_of_unused(found, chosen(found.settings()))
        assert len(caplog.messages) == len(said)
        for key, message in zip(said, caplog.messages, strict=True):
            assert message.startswith(f"{key} IS CONFIGURED (CLEARML_")
            assert message.endswith("set stores.engine: scaleout")


def test_balancers_have_an_address_at_both_ports(server: Running) -> None:
    for path, door in (("", 0), ("/api", 1)):
        assert json.loads(server.get(f"{path}/readyz", door))["status"] == "ready"
        assert json.loads(server.get(f"{path}/healthz", door)) == {"status": "alive"}


def test_an_unusable_data_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(command(tmp_path / "file" / "data"), cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode != 0
    assert done.stderr == f"Error: cannot use the data folder {tmp_path / 'file' / 'data'}: Not a directory\n"


def test_a_worker_that_dies_is_replaced(server: Running) -> None:
    tree = psutil.Process(server.process.pid)
    before = {child.pid for child in tree.children()}
    os.kill(next(iter(before)), signal.SIGKILL)
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        now = {child.pid for child in tree.children() if child.status() != psutil.STATUS_ZOMBIE}
        if len(now) == 2 and now != before:
            break
        time.sleep(0.05)
    assert len(now) == 2
    assert json.loads(server.get("/debug.ping"))["meta"]["result_code"] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_the_folder_is_free_again(tmp_path: Path, number: signal.Signals) -> None:
    for _ in range(2):
        with serving(tmp_path / "data", "--workers", "1") as running:
            children = psutil.Process(running.process.pid).children()
            running.process.send_signal(number)
            assert running.process.wait(WAIT_S) == 0
            assert not any(child.is_running() for child in children)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_first_start_prints_a_key_pair_that_works_and_later_ones_none(tmp_path: Path) -> None:
    import base64

    with serving(tmp_path / "data", "--workers", "1") as running:
        assert running.process.stdout is not None
        block = "".join(running.process.stdout.readline() for _ in range(9))
        key, secret = re.search(r'access_key: "(\w+)", secret_key: "(\S+)"', block).groups()  # type: ignore[union-attr]
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        request = urllib.request.Request(f"http://127.0.0.1:{running.ports[0]}/auth.login", b"", {"Authorization": f"Basic {basic}"})
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            assert json.load(answer)["data"]["token"]
    with serving(tmp_path / "data", "--workers", "1") as running:
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == "Key pairs for clients: trackyard credentials create\n"


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False)])
def test_an_open_address_without_login_is_warned_of(host: str, warned: bool, caplog: pytest.LogCaptureFixture) -> None:
    from apiserver.serve import _warn
    from apiserver.settings import Settings

    _warn(Settings.from_dict({"fileserver.auth.enabled": True}).get, host)
    assert ("NO LOGIN IS CONFIGURED" in caplog.text) == warned


def test_publicly_known_key_pairs_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    from apiserver.serve import _warn
    from apiserver.settings import Settings

    pair = {"user_key": "EGRTCO8JMSIGI6S39GTP43NFWXDQOW", "user_secret": "known"}
    _warn(Settings.from_dict({"secure.credentials": {"tests": pair}}).get, "127.0.0.1")
    assert "PUBLICLY KNOWN KEY PAIRS" in caplog.text
