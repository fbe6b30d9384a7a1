"""What clients are told about a store's refusal."""

from __future__ import annotations

import pytest

from apiserver.calls.errors import ApiError
from apiserver.calls.store_errors import translated
from apiserver.stores import errors


@pytest.mark.parametrize(
    ("error", "code", "subcode"),
    [
        (errors.DuplicateKey("user", {"email": "a@b.c"}), 400, 801),
        (errors.InvalidPattern("("), 400, 21),
        (errors.InvalidQuery("broken path"), 400, 12),
        (errors.InvalidValue("too large"), 400, 800),
        (errors.NotFound("task", "x"), 400, 10),
        (errors.Unavailable("locked"), 503, 102),
    ],
)
def test_codes(error: errors.StoreError, code: int, subcode: int) -> None:
    """Each has its code; only what passes by itself is 503, which SDKs repeat."""
    with pytest.raises(ApiError) as caught, translated():
        raise error
    assert (caught.value.code, caught.value.subcode) == (code, subcode)
    assert caught.value.__cause__ is error


def test_values_are_named() -> None:
    """Who broke a unique index reads which value was there already."""
    with pytest.raises(ApiError, match=r"email=a@b\.c"), translated():
        raise errors.DuplicateKey("user", {"email": "a@b.c"})
