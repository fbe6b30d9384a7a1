"""What to select and what to change, as plain values that every document engine compiles to its own language.

Meaning follows MongoDB's (spec chapter 2): a path is dotted; it descends into objects, and into every element of a list on its
way; a condition on a list-valued field holds when it holds for the list as a whole or for any element. Comparisons only match
values of the same kind (numbers with numbers, texts with texts, dates with dates). Every path is written as it is stored, with
keys already escaped (`domain/keys.py`). The document's own id is the path `id`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import field, frozen


def _values(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


class Filter:
    """Base of all conditions; `a & b` and `a | b` build `All` and `Any_`."""

    __slots__ = ()

    def __and__(self, other: Filter) -> Filter:
        return All(self, other)

    def __or__(self, other: Filter) -> Filter:
        return AnyOf(self, other)


@frozen
class Eq(Filter):
    """The path equals the value. `Eq(path, None)` holds for null and for a missing path, as in MongoDB."""

    path: str
    value: Any


@frozen
class Ne(Filter):
    """Not `Eq`: also holds where the path is missing (unless value is None)."""

    path: str
    value: Any


@frozen
class In(Filter):
    """The path equals one of the values (None among them: or is null or missing); no values: never."""

    path: str
    values: Sequence[Any] = field(converter=_values)


@frozen
class Ids(In):
    """`In` on texts that are ids: no collation is asked for. An engine that can only fold all texts of a query may fold these too."""


@frozen
class NotIn(Filter):
    """Not `In`."""

    path: str
    values: Sequence[Any] = field(converter=_values)


@frozen
class ContainsAll(Filter):
    """The list at the path holds every one of the values (a scalar field: equals all of them); no values: never."""

    path: str
    values: Sequence[Any] = field(converter=_values)


@frozen
class Range(Filter):
    """`gt`/`gte`/`lt`/`lte` bounds, those given; numbers or aware datetimes or texts; a missing path never matches."""

    path: str
    gt: Any = None
    gte: Any = None
    lt: Any = None
    lte: Any = None


@frozen
class Exists(Filter):
    """The path is there (null counts as there), or, with `present=False`, is not."""

    path: str
    present: bool = True


@frozen
class Size(Filter):
    """The path holds a list of exactly this many elements."""

    path: str
    length: int


@frozen
class Matches(Filter):
    """The text (or a text in the list) at the path matches a Python regular expression somewhere.

    Raises InvalidPattern when it does not compile, InvalidQuery when matching takes longer than the engine allows.
    """

    path: str
    pattern: str
    ignore_case: bool = False


@frozen
class AnyElement(Filter):
    """One element of the list at the path, an object, meets the condition (whose paths are relative to the element).

    A list in the list counts as an object with the names `0`, `1`, …, as in MongoDB.
    """

    path: str
    condition: Filter


@frozen(init=False)
class All(Filter):
    """Every part holds; with no parts: always."""

    parts: tuple[Filter, ...]

    def __init__(self, *parts: Filter) -> None:
        self.__attrs_init__(tuple(parts))


@frozen(init=False)
class AnyOf(Filter):
    """At least one part holds; with no parts: never."""

    parts: tuple[Filter, ...]

    def __init__(self, *parts: Filter) -> None:
        self.__attrs_init__(tuple(parts))


@frozen
class Not(Filter):
    """The part does not hold."""

    part: Filter


@frozen
class Text(Filter):
    """Full-text search over the collection's text index: words ORed and stemmed, `"phrase"`, `-word` (spec 2 §1.9).

    At most once in a filter, and only under `All`. Raises InvalidQuery when the collection has no text index.
    """

    query: str


EVERYTHING = All()


class Change:
    """Base of all changes. Paths as in filters; missing objects on the way are made."""

    __slots__ = ()


@frozen
class Set(Change):
    path: str
    value: Any


@frozen
class Unset(Change):
    path: str


@frozen
class Inc(Change):
    """Add to a number; a missing path counts as 0."""

    path: str
    by: int | float = 1


@frozen
class Max(Change):
    """Store the value if it is greater than what is there, or if nothing is."""

    path: str
    value: Any


@frozen
class Min(Change):
    """Store the value if it is smaller than what is there, or if nothing is."""

    path: str
    value: Any


@frozen
class Push(Change):
    """Append values to a list (made when missing), or insert them at `position`."""

    path: str
    values: Sequence[Any] = field(converter=_values)
    position: int | None = None


@frozen
class AddToSet(Change):
    """Append those values that the list does not hold yet, in order."""

    path: str
    values: Sequence[Any] = field(converter=_values)


@frozen
class Pull(Change):
    """Remove every element that equals one of the values."""

    path: str
    values: Sequence[Any] = field(converter=_values)


@frozen
class PullWhere(Change):
    """Remove every element (an object) that meets the condition, whose paths are relative to the element."""

    path: str
    condition: Filter


@frozen
class SetElement(Change):
    """In the list at `path`, set fields of the first element that meets the condition. No such element: no change."""

    path: str
    condition: Filter
    values: dict[str, Any]


@frozen
class PopFirst(Change):
    """Remove the first element of a list, if there is one."""

    path: str


@frozen
class Move(Change):
    """In the list at `path`, move the first element that meets the condition by so many places, towards the end or (negative) the
    beginning, stopping there. No such element: no change."""

    path: str
    condition: Filter
    by: int


@frozen
class Fold(Change):
    """Merge one batch of scalar reports into a metric summary at `path` (an object), atomically (spec 3 §2.3 step 4, 4 §4.4.2).

    In Mongo one aggregation-pipeline update does it, in SQLite one function; it is a change of its own because min, max, first,
    mean and count depend on what is stored.
    count, total: of the batch. minimum/maximum/first: (value, iteration); of None none is stored.
    """

    path: str
    count: int
    total: float
    minimum: tuple[float, int | None]
    maximum: tuple[float, int | None]
    first: tuple[float, int | None]


@frozen
class Order:
    """One sort key. Ascending or descending as MongoDB orders values: null and missing first when ascending, then numbers,
    texts, objects, lists, booleans, dates. A list sorts by its smallest (descending: greatest) element."""

    path: str
    descending: bool = False
    exact: bool = field(default=False, eq=False)
    """Texts compare as they are, whatever the query's collation: for ids. An engine that can only fold all may do so."""


def first_of_each(order: Sequence[Order]) -> list[Order]:
    """Without the keys whose path an earlier one has: only the first counts. A list would sort by its other end as well."""
    found: dict[str, Order] = {}
    for key in order:
        found.setdefault(key.path, key)
    return list(found.values())


TEXT_SCORE = "@text_score"
"""Order(TEXT_SCORE): best match of the `Text` filter first."""
