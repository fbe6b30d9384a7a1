"""What a store refused, as clients are told. The one place for it. Source: spec 1 §6.3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apiserver.generated import errors
from apiserver.stores import errors as stores


@contextmanager
def translated() -> Iterator[None]:
    """Raises the API's error for one of a store's.

    NOTE: an engine that cannot be reached or stays locked gives 503-like trouble, but only 500/102 is in the protocol's table; clients
    end the call on it, and repeat nothing for ever.
    """
    try:
        yield
    except stores.DuplicateKey as error:
        raise errors.ExpectedUniqueData(**{name: value for name, value in error.fields.items()}) from error
    except stores.InvalidPattern as error:
        raise errors.InvalidRegexError(err=str(error)) from error
    except stores.InvalidQuery as error:
        raise errors.ValidationError(str(error)) from error
    except stores.InvalidValue as error:
        raise errors.DataValidationError(str(error)) from error
    except stores.NotFound as error:
        raise errors.InvalidId(collection=error.collection, id=error.key) from error
    except stores.Unavailable as error:
        raise errors.DatabaseUnavailable(str(error)) from error
