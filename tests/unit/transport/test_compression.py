"""Which encoding an answer gets."""

from __future__ import annotations

import pytest

from apiserver.transport.middleware import chosen


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("GZIP", "gzip"),
        ("gzip;q=x", None),
        (",;,", None),
    ],
)
def test_choice(accepted: str, expected: str | None) -> None:
    """The best one that the client weighs highest; q=0 is a no."""
    assert chosen(accepted) == expected
