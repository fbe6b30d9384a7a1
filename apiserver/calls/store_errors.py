"""What a store refused, as clients are told. The one place for it. Source: spec 1 §6.3."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from apiserver.generated import errors
from apiserver.stores import errors as stores

log = logging.getLogger(__name__)


class ComeBack(errors.DatabaseUnavailable):
    """The store is locked or away, and the write that met it was not made.

    NOTE: its table entry says 500, which clients take as final. 503 is the one status that SDKs repeat with growing pauses (spec 7 §4).
    """

    code = 503


class NoSpace(errors.LowDiskSpace):
    """The event store takes no writes since its disk is full. NOTE: 503, as above: nothing is lost if clients repeat it."""

    code = 503


@contextmanager
def translated() -> Iterator[None]:
    """Raises the API's error for one of a store's."""
    try:
        yield
    except stores.DuplicateKey as error:
        raise errors.ExpectedUniqueData(**error.fields) from error
    except stores.InvalidPattern as error:
        raise errors.InvalidRegexError(err=str(error)) from error
    except stores.InvalidQuery as error:
        raise errors.ValidationError(str(error)) from error
    except stores.InvalidValue as error:
        raise errors.DataValidationError(str(error)) from error
    except stores.NotFound as error:
        raise errors.InvalidId(collection=error.collection, id=error.key) from error
    except stores.NoSpace as error:
        log.error("%s", error)
        raise NoSpace() from error
    except stores.Unavailable as error:
        log.warning("%s", error)
        raise ComeBack(error.cause) from error
