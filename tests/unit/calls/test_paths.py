"""Paths and versions. More cases, with the reference's answers, are in the conversation `protocol`."""

from __future__ import annotations

import pytest

from apiserver.calls import paths
from apiserver.generated import errors

NEWEST = (2, 34)


@pytest.mark.parametrize(
    ("path", "version", "shown"),
    [
        ("/tasks.get_all", (2, 34), "2.34"),
        ("tasks.get_all/", (2, 34), "2.34"),
        ("/v2.9/tasks.get_all", (2, 9), "2.9"),
        ("/v2.10/tasks.get_all", (2, 10), "2.10"),
        ("/v23/tasks.get_all", (23, 0), "23"),
        ("/v1.0/tasks.get_all", (1, 0), 1.0),
        ("/v2.0/tasks.get_all", (2, 0), 2.0),
        ("/v2.1/tasks.get_all", (2, 1), "2.1"),
        ("/api/v2.1/tasks.get_all", (2, 1), "2.1"),
    ],
)
def test_paths(path: str, version: tuple[int, int], shown: str | float) -> None:
    """Compared part by part as numbers; shown as a number only below 2.1."""
    target = paths.parse(path, NEWEST)
    assert (target.name, target.version, target.shown) == ("tasks.get_all", version, shown)
    assert type(target.shown) is type(shown)


@pytest.mark.parametrize(
    "path", ["", "/", "/v2/aa.bb", "/vx/aa.bb", "/aa", "/aa.bb/cc", "/a.bb", "/api", "/api/", "/1a.bb", "/aa.bb\n", "/v2.1/v2.1/aa.bb"]
)
def test_wrong_paths(path: str) -> None:
    """All or nothing."""
    with pytest.raises(errors.BadRequest):
        paths.parse(path, NEWEST)


@pytest.mark.parametrize("version", ["2.01", "02.1", "00.1"])
def test_leading_zeros(version: str) -> None:
    """400/2, the one error of a path with a code of its own."""
    with pytest.raises(errors.RequestPathHasInvalidVersion):
        paths.parse(f"/v{version}/aa.bb", NEWEST)


def test_digits_without_end() -> None:
    """A version of any length is a version."""
    assert paths.parse("/v" + "9" * 5000 + "/aa.bb", NEWEST).version > NEWEST


def test_prefix() -> None:
    """The operator's prefix is cut off as text, and nothing more."""
    assert paths.parse("/trackv2.9/aa.bb", NEWEST, prefix="/track").version == (2, 9)
    assert paths.parse("/aa.bb", NEWEST, prefix="/track").name == "aa.bb"


def test_answered_version() -> None:
    """Whether it is a number depends on the version asked for."""
    assert paths.answered((1, 0), (2, 34)) == "1.0"
    assert paths.answered((1, 0), (1, 5)) == 1.0
