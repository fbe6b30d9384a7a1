"""Dates of filters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apiserver.domain import dates

DAY = datetime(2020, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2020-06-01", DAY),
        ("20200601", DAY),
        ("2020/06/01", DAY),
        ("1 Jun 2020", DAY),
        ("June 1, 2020", DAY),
        ("Mon, 01 Jun 2020 00:00:00 GMT", DAY),
        ("2020-06-01T10:20:30", DAY.replace(hour=10, minute=20, second=30)),
        ("2020-06-01 10:20:30Z", DAY.replace(hour=10, minute=20, second=30)),
        ("2020-06-01T10:20:30.123456+00:00", DAY.replace(hour=10, minute=20, second=30, microsecond=123000)),
        ("2020-06-01T10:20:30.123456789Z", DAY.replace(hour=10, minute=20, second=30, microsecond=123000)),
        ("2020-06-01T02:00:00+02:00", DAY),
        (" 2020-06-01 ", DAY),
        ("garbage", None),
        ("", None),
        ("2020-13-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2" * 10_000, None),
    ],
)
def test_dates_are_read_as_utc_to_the_millisecond(text: str, when: datetime | None) -> None:
    """None: no date, never an error."""
    assert dates.parse(text) == when
