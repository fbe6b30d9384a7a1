"""Regular expressions that come from users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apiserver.generated import errors
from apiserver.stores.errors import InvalidPattern, InvalidQuery, InvalidValue

LONGEST = 32_000
"""Characters of a pattern; MongoDB takes no longer ones."""


def checked(pattern: Any, field: str) -> str:
    """The pattern, if it compiles. Raises: ValidationError (400/12), InvalidRegexError (400/21)."""
    if not isinstance(pattern, str):
        raise errors.ValidationError("a pattern has to be a text", field=field)
    if len(pattern) > LONGEST or "\0" in pattern:
        raise errors.InvalidRegexError(err="the pattern cannot be used", extra_info=None)
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise errors.InvalidRegexError(err=str(error), extra_info=None) from error
    return pattern


@contextmanager
def refused() -> Iterator[None]:
    """Turn what a store refuses because of what the request asked for into an error of the request."""
    try:
        yield
    except InvalidPattern as error:
        raise errors.InvalidRegexError(err=str(error), extra_info=None) from error
    except (InvalidQuery, InvalidValue) as error:
        raise errors.ValidationError(str(error)) from error
