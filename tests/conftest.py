"""What holds for all tests: on CI nothing may be skipped; random tests have no clock, and `make fuzz` makes them longer.

The fixture `api` is a client of a fresh server in this process, on clean stores.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from apiserver.domain.storage_settings import AWS_VARIABLES, GOOGLE_VARIABLE
from apiserver.testing import stacks
from apiserver.testing.client import Client
from apiserver.testing.people import token_of
from apiserver.testing.server import SYSTEM, serving
from tests import fuzzing
from tests.servers.stack import offer

hypothesis.settings.register_profile("short", deadline=None)
hypothesis.settings.register_profile("long", deadline=None, max_examples=3000)
hypothesis.settings.load_profile("long" if fuzzing.LONG else "short")

offer()

# PERF: no compiling for a speed that tests do not live to see: a start takes 6 s of a processor instead of 9, the first thousand requests
# two thirds of what they took.
os.environ.setdefault("ES_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch")

TESTS = Path(__file__).parent
WAITING = ("e2e", "elastic", "mongo", "redis")
"""Folders of tests that wait for processes of their own, those that wait most first."""

ON_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that is skipped has not shown that anything holds: with CI=true it fails, with the reason of the skip.

    Only where another Python than this one would be needed, the reason is printed and that is all.
    """
    report = yield
    if ON_CI and report.skipped and not hasattr(report, "wasxfail") and not item.get_closest_marker("needs_another_python"):
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """As above, for modules that skip themselves."""
    report = yield
    if ON_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a long run of random tests: how much was compared."""
    if fuzzing.LONG:
        for what, times in sorted(fuzzing.compared.items()):
            terminalreporter.write_line(f"{what}: {times:,} comparisons")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests about one stack are no tests of the other. What waits most begins first, so that the rest overlaps with it.

    PERF: with `--dist loadfile --no-loadscope-reorder`, processes take files in this order.
    """
    other = stacks.SCALE_OUT if stacks.stack() == stacks.EMBEDDED else stacks.EMBEDDED
    others = [item for item in items if item.get_closest_marker(other)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: (_waits(item.path), -sizes[item.path], str(item.path)))


def _waits(file: Path) -> int:
    folders = file.relative_to(TESTS).parts
    return next((rank for rank, folder in enumerate(WAITING) if folder in folders), len(WAITING))


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """Settings that a test module wants different: {dotted path: value}. Override the fixture."""
    return {}


@pytest.fixture
def api(tmp_path: Path, settings_overrides: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A signed-in client of an ordinary user."""
    for name in [*AWS_VARIABLES.values(), GOOGLE_VARIABLE]:  # NOTE: what a server's storage settings fall back to
        monkeypatch.delenv(name, raising=False)
    with serving(tmp_path, settings_overrides) as client:
        yield client


@pytest.fixture
def system(api: Client) -> str:
    """A token of a user of role system."""
    return api.login(*SYSTEM)


@pytest.fixture
def stranger(api: Client) -> str:
    """A token of an ordinary user of another company."""
    return token_of(api, "stranger")
