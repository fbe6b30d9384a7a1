"""`tests/servers/`: one server for all processes of a run, stopped when the last of them ends, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.base import NotToBeHad, Recipe, alone, kept, shared
from tests.servers.redis import REDIS, ping

ROOT = Path(__file__).parents[2]
ASK = "import sys, time; from tests.servers.base import shared; from tests.servers.redis import REDIS; print(shared(REDIS), flush=True); "


def _user(run: str, then: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != REDIS.variable}
    environment["PYTEST_XDIST_TESTRUNUID"] = run
    return subprocess.Popen([sys.executable, "-c", ASK + then], env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_one_for_all_processes_of_a_run(tmp_path: Path) -> None:
    """It lives as long as one of them, and a killed one counts as ended."""
    with alone(REDIS, tmp_path):
        pass
    first, second = (_user(tmp_path.name + str(os.getpid()), "time.sleep(60)") for _ in range(2))
    try:
        address = _address(first)
        assert _address(second) == address
        first.kill()
        first.wait()
        ping(address)
    finally:
        second.kill()
        second.wait()
    end = time.monotonic() + 20
    with pytest.raises(ConnectionError):  # noqa: PT012
        while time.monotonic() < end:
            ping(address)
            time.sleep(0.05)


def test_ones_own_is_stopped_paused_and_started_again(tmp_path: Path) -> None:
    with alone(REDIS, tmp_path) as own:
        ping(own.address)
        own.stop()
        with pytest.raises(ConnectionError):
            ping(own.address)
        own.start()
        ping(own.address)
        own.pause()
        with pytest.raises(TimeoutError):
            ping(own.address)
        own.resume()
        ping(own.address)


def test_what_is_not_to_be_had_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NotToBeHad("no such thing")

    recipe = Recipe("nothing", "TRACKYARD_TEST_NOTHING", refuse, lambda port, folder: [], lambda port: "", lambda address: None)
    with pytest.raises(pytest.skip.Exception, match="NOTHING IS NOT TESTED: no such thing; or set TRACKYARD_TEST_NOTHING"):
        shared(recipe)
    monkeypatch.setenv("TRACKYARD_TEST_NOTHING", "there://")
    assert shared(recipe) == "there://"


def test_the_cache_holds_whole_things_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def half(folder: Path) -> None:
        (folder / "one").touch()
        raise OSError("no more room")

    with pytest.raises(OSError, match="no more room"):
        kept("thing", half)
    assert not (tmp_path / "trackyard-tests" / "thing").exists()
    made = kept("thing", lambda folder: (folder / "one").touch())
    assert (made / "one").exists()
    assert kept("thing", half) == made
