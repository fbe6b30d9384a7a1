"""Which pages may use the cookie; tests/services/test_auth.py asks a whole server the same."""

from __future__ import annotations

import pytest

from apiserver.calls.sites import cookie_counts

HOST = {"host": "tracker.example:8008"}


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({}, True),
        ({"origin": "http://tracker.example:8080"}, True),
        ({"origin": "https://TRACKER.example"}, True),
        ({"origin": "http://tracker.example:8080", "sec-fetch-site": "same-site"}, True),
        ({"origin": "https://other.example", "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "https://other.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://sub.tracker.example", "sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://tracker.example:8080", "sec-fetch-site": "cross-site"}, False),
        ({"origin": "https://listed.example", "sec-fetch-site": "cross-site"}, True),
    ],
)
def test_headers(headers: dict[str, str], counts: bool) -> None:
    """What browsers say about where a request comes from, new ones and old ones."""
    assert cookie_counts({**HOST, **headers}, ["https://listed.example"]) is counts


def test_star_lists_nobody() -> None:
    """`*` lets every origin read answers to tokens it holds; it gives no origin the cookie."""
    assert not cookie_counts({**HOST, "origin": "https://other.example"}, ["*"])
    assert not cookie_counts({**HOST, "origin": "*"}, ["*"])
