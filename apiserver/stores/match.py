"""The meaning of filters, projections and orders on documents in memory: what every engine must agree with.

The SQLite engine uses it for what SQL cannot say; tests use it as the oracle. Paths walk as MongoDB's do: into objects, into every
object in a list, and into a list by number.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cmp_to_key
from typing import Any

import regex

from apiserver.stores import filters as f
from apiserver.stores.errors import InvalidPattern, InvalidQuery
from apiserver.stores.ordering import EMPTY_LIST, Fold, kind, order_key

Predicate = Callable[[dict[str, Any]], bool]
PATTERN_TIME_S = 2.0
"""All matching of one pattern in one query may take this long."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
"""A path that is not there, as opposed to null."""


def split(path: str) -> tuple[str, ...]:
    """The parts of a dotted path. Raises: InvalidQuery for an empty part."""
    parts = tuple(path.split("."))
    if not all(parts):
        raise InvalidQuery(f"not a path: {path!r}")
    return parts


# Walking


def leaves(value: Any, parts: Sequence[str]) -> Iterator[tuple[Any, bool]]:
    """(value or MISSING at the path, whether a list there stands for its elements too), for every way through lists."""
    for place, part in enumerate(parts):
        if isinstance(value, dict):
            if part not in value:
                yield MISSING, False
                return
            value = value[part]
        elif isinstance(value, list):
            yield from _list_leaves(value, parts[place:])
            return
        else:
            yield MISSING, False
            return
    yield value, True


def _list_leaves(items: list[Any], parts: Sequence[str]) -> Iterator[tuple[Any, bool]]:
    wanted = _index(parts[0])
    for number, item in enumerate(items):
        if isinstance(item, dict):
            yield from leaves(item, parts)
        if number == wanted:
            if len(parts) == 1:
                yield item, False
            elif isinstance(item, dict):
                yield from leaves(item, parts[1:])
            elif isinstance(item, list):
                yield from _list_leaves(item, parts[1:])


def _index(part: str) -> int:
    return int(part) if part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") and len(part) < 10 else -1


def candidates(document: dict[str, Any], parts: Sequence[str]) -> Iterator[Any]:
    """Every value that a condition on the path may hold for: MISSING, scalars, the elements of a list and the list itself."""
    if len(parts) == 1:
        value = document.get(parts[0], MISSING)
        if type(value) is not list:
            yield value
            return
    for value, expand in leaves(document, parts):
        if expand and isinstance(value, list):
            yield from value
        yield value


# Filters


def compile_filter(where: f.Filter, fold: Fold | None = None) -> Predicate:
    """A function that tells whether a document matches. fold: the key of the collation in force.

    Raises: InvalidPattern, InvalidQuery (also later, when a pattern takes too long).
    """
    if isinstance(where, f.All):
        return _all([compile_filter(part, fold) for part in where.parts])
    if isinstance(where, f.AnyOf):
        options = [compile_filter(part, fold) for part in where.parts]
        return lambda document: any(test(document) for test in options)
    if isinstance(where, f.Not):
        part = compile_filter(where.part, fold)
        return lambda document: not part(document)
    return _compile_leaf(where, fold)


def _all(tests: list[Predicate]) -> Predicate:
    if len(tests) == 1:
        return tests[0]
    return lambda document: all(test(document) for test in tests)


def _compile_leaf(where: f.Filter, fold: Fold | None) -> Predicate:
    if isinstance(where, f.Eq):
        return _any_candidate(where.path, one_of((where.value,), fold))
    if isinstance(where, f.In):
        return _any_candidate(where.path, one_of(where.values, fold))
    if isinstance(where, f.Ne):
        return _negated(_any_candidate(where.path, one_of((where.value,), fold)))
    if isinstance(where, f.NotIn):
        return _negated(_any_candidate(where.path, one_of(where.values, fold)))
    if isinstance(where, f.ContainsAll):
        if not where.values:
            return lambda document: False
        return _all([_any_candidate(where.path, one_of((value,), fold)) for value in where.values])
    if isinstance(where, f.Range):
        return _all([_any_candidate(where.path, within(sign, bound, fold)) for sign, bound in bounds(where)])
    if isinstance(where, f.Matches):
        return _any_candidate(where.path, compile_pattern(where.pattern, where.ignore_case))
    return _compile_shape(where, fold)


def _compile_shape(where: f.Filter, fold: Fold | None) -> Predicate:
    if isinstance(where, f.Exists):
        parts = split(where.path)
        present = where.present
        return lambda document: any(value is not MISSING for value, _ in leaves(document, parts)) is present
    if isinstance(where, f.Size):
        parts, length = split(where.path), where.length
        return lambda document: any(isinstance(value, list) and len(value) == length for value, _ in leaves(document, parts))
    if isinstance(where, f.AnyElement):
        parts, test = split(where.path), compile_filter(where.condition, fold)
        return lambda document: any(
            isinstance(value, list) and any(isinstance(item, dict | list) and test(_as_object(item)) for item in value)
            for value, _ in leaves(document, parts)
        )
    if isinstance(where, f.Text):
        raise InvalidQuery("a text search can only be a part of the whole condition")
    raise InvalidQuery(f"not a condition: {where!r}")


def _as_object(element: Any) -> dict[str, Any]:
    """QUIRK: a list in a list is an object to MongoDB here, with its places as names."""
    return element if isinstance(element, dict) else {str(place): item for place, item in enumerate(element)}


def _negated(test: Predicate) -> Predicate:
    return lambda document: not test(document)


def _any_candidate(path: str, test: Callable[[Any], bool]) -> Predicate:
    parts = split(path)
    if len(parts) == 1:
        name = parts[0]

        def simple(document: dict[str, Any]) -> bool:
            value = document.get(name, MISSING)
            if type(value) is list:
                return any(map(test, value)) or test(value)
            return test(value)

        return simple
    return lambda document: any(map(test, candidates(document, parts)))


def one_of(values: Sequence[Any], fold: Fold | None) -> Callable[[Any], bool]:
    """Whether a candidate equals one of the values; null among them stands for missing too."""
    keys = {order_key(value, fold) for value in values}
    texts = frozenset(value for value in values if type(value) is str) if fold is None else frozenset()
    null = any(value is None for value in values)

    def test(candidate: Any) -> bool:
        if candidate is MISSING:
            return null
        if fold is None and type(candidate) is str:
            return candidate in texts
        return order_key(candidate, fold) in keys

    return test


def bounds(where: f.Range) -> list[tuple[str, Any]]:
    """The given bounds as (`gt`|`gte`|`lt`|`lte`, value). Raises: InvalidQuery when there is none."""
    given = [(sign, bound) for sign in ("gt", "gte", "lt", "lte") if (bound := getattr(where, sign)) is not None]
    if not given:
        raise InvalidQuery(f"a range without bounds: {where.path}")
    return given


def within(sign: str, bound: Any, fold: Fold | None) -> Callable[[Any], bool]:
    """Whether a candidate of the bound's kind lies on the right side of it. NaN is only equal to itself."""
    rank, limit, bound_nan = kind(bound), order_key(bound, fold), bound != bound

    def test(candidate: Any) -> bool:
        if candidate is MISSING or kind(candidate) != rank:
            return False
        if bound_nan or candidate != candidate:
            return bound_nan and candidate != candidate and sign in ("gte", "lte")
        key = order_key(candidate, fold)
        return key > limit if sign == "gt" else key >= limit if sign == "gte" else key < limit if sign == "lt" else key <= limit

    return test


def compile_pattern(pattern: str, ignore_case: bool) -> Callable[[Any], bool]:
    """Whether a candidate is a text in which the pattern is found. Raises: InvalidPattern; later InvalidQuery after PATTERN_TIME_S."""
    try:
        plain = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidPattern(str(error)) from error
    if not any(char in pattern for char in "*+{?|("):
        return lambda candidate: isinstance(candidate, str) and plain.search(candidate) is not None
    try:
        limited = regex.compile(pattern, regex.V0 | (regex.IGNORECASE if ignore_case else 0))
    except (regex.error, RecursionError) as error:
        raise InvalidPattern(str(error)) from error
    left = PATTERN_TIME_S

    def test(candidate: Any) -> bool:
        nonlocal left
        if not isinstance(candidate, str):
            return False
        started = time.perf_counter()
        try:
            found = limited.search(candidate, timeout=max(left, 0.001)) is not None
        except TimeoutError as error:
            raise InvalidQuery(f"the pattern takes too long: {pattern!r}") from error
        left -= time.perf_counter() - started
        return found

    return test


# Projections


def project(document: dict[str, Any], fields: Sequence[str] | None) -> dict[str, Any]:
    """The document cut to the fields (see `stores/documents.py`). An object on the way stays, as MongoDB leaves it: `{a: {}}`."""
    if fields is None:
        return document
    excluded = [name[1:] for name in fields if name.startswith("-")]
    if excluded:
        if len(excluded) != len(fields):
            raise InvalidQuery("a projection either includes or excludes")
        for name in excluded:
            if name != "id":
                _drop(document, split(name))
        return document
    tree: dict[str, Any] = {"id": None}
    for name in fields:
        node: dict[str, Any] | None = tree
        parts = split(name)
        for part in parts[:-1]:
            node = node.setdefault(part, {}) if node is not None else None
        if node is not None:
            node[parts[-1]] = None
    return _keep(document, tree)


def _keep(document: dict[str, Any], tree: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, below in tree.items():
        if name in document:
            value = document[name] if below is None else _keep_below(document[name], below)
            if value is not MISSING:
                kept[name] = value
    return kept


def _keep_below(value: Any, tree: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return _keep(value, tree)
    if isinstance(value, list):
        return [part for item in value if (part := _keep_below(item, tree)) is not MISSING]
    return MISSING


def _drop(value: Any, parts: Sequence[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _drop(item, parts)
    elif isinstance(value, dict) and parts[0] in value:
        if len(parts) == 1:
            del value[parts[0]]
        else:
            _drop(value[parts[0]], parts[1:])


# Orders


def sort_key(value: Any, parts: Sequence[str], *, descending: bool, fold: Fold | None = None) -> bytes:
    """What a document is sorted by: of a list its smallest (descending: greatest) element."""
    keys = [_rank(item, fold) for item in _sort_values(value, parts)]
    return max(keys) if descending else min(keys)


def sort_value(value: Any, parts: Sequence[str], *, descending: bool, fold: Fold | None = None) -> Any:
    """The value behind `sort_key`; EMPTY for an empty list."""
    found = list(_sort_values(value, parts))
    if len(found) == 1:
        return found[0]
    return (max if descending else min)(found, key=lambda item: _rank(item, fold))


EMPTY = bytes((EMPTY_LIST,))
"""What an empty list is sorted as."""


def _rank(item: Any, fold: Fold | None) -> bytes:
    return EMPTY if item is EMPTY else order_key(item, fold)


def _sort_values(value: Any, parts: Sequence[str]) -> Iterator[Any]:
    by_number = False
    for place, part in enumerate(parts):
        if isinstance(value, dict):
            value, by_number = value.get(part), False
        elif isinstance(value, list):
            number = _index(part)
            if 0 <= number < len(value) and not any(isinstance(item, dict) and part in item for item in value):
                value, by_number = value[number], True
                continue
            if not value:
                yield None
            for item in value:
                yield from _sort_values(item, parts[place:]) if isinstance(item, dict) else (None,)
            return
        else:
            yield None
            return
    if not isinstance(value, list):
        yield value
    elif not value:
        yield EMPTY
    elif by_number:
        # NOTE: a list inside of a list, named by its number, is one value, as MongoDB has it.
        yield value
    else:
        yield from value


def sort(documents: list[dict[str, Any]], order: Sequence[f.Order], fold: Fold | None = None) -> list[dict[str, Any]]:
    """The documents by the order; equal ones stay as they came (after a descending last key: reversed)."""
    keys = f.first_of_each(order)
    keyed = [
        ([sort_key(document, split(o.path), descending=o.descending, fold=fold) for o in keys], number, document)
        for number, document in enumerate(documents)
    ]

    def compare(a: Any, b: Any) -> int:
        for one, other, o in zip(a[0], b[0], keys, strict=True):
            if one != other:
                return (1 if one > other else -1) * (-1 if o.descending else 1)
        back = bool(order) and order[-1].descending
        return int(b[1] - a[1] if back else a[1] - b[1])

    return [document for _, _, document in sorted(keyed, key=cmp_to_key(compare))]
