"""Groups, distinct values and keys of maps, of documents in memory: their meaning, and what engines use where they have nothing better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from apiserver.stores.documents import Document, Measure
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.filters import Order
from apiserver.stores.match import MISSING, leaves, sort, split
from apiserver.stores.ordering import NUMBER, kind, order_key


def distinct(documents: Iterable[Document], path: str) -> list[Any]:
    """See `DocumentStore.distinct`."""
    parts = split(path)
    found: dict[bytes, Any] = {}
    for document in documents:
        for value, _ in leaves(document, parts):
            for item in value if isinstance(value, list) else (value,):
                if item is not MISSING:
                    found.setdefault(order_key(item), item)
    return [found[key] for key in sorted(found)]


def map_keys(documents: Iterable[Document], path: str, depth: int) -> list[tuple[str, ...]]:
    """See `DocumentStore.map_keys`."""
    parts = split(path)
    found: set[tuple[str, ...]] = set()
    for document in documents:
        for value, _ in leaves(document, parts):
            found.update(_keys(value, depth))
    return sorted(found)


def _keys(value: Any, depth: int) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if depth == 1:
                yield (key,)
            else:
                yield from ((key, *rest) for rest in _keys(item, depth - 1))


def group(documents: Iterable[Document], by: Sequence[str], measures: Sequence[Measure], order: Sequence[Order]) -> list[Document]:
    """See `DocumentStore.group`; rows by their keys, as MongoDB orders values. order: what `first` and `last` go by."""
    chosen = sort(list(documents), order) if order else documents
    groups: dict[tuple[bytes, ...], tuple[list[Any], list[Document]]] = {}
    for document in chosen:
        for key in product(*(_group_values(document, path) for path in by)):
            groups.setdefault(tuple(map(order_key, key)), (list(key), []))[1].append(document)
    rows = []
    for key in sorted(groups):
        values, members = groups[key]
        row: Document = dict(zip(by, values, strict=True))
        row.update((measure.name, figure(measure, members)) for measure in measures)
        rows.append(row)
    return rows


def _group_values(document: Document, path: str) -> list[Any]:
    found: list[Any] = []
    for value, expand in leaves(document, split(path)):
        found.extend(value if expand and isinstance(value, list) else [None if value is MISSING else value])
    return found


def figure(measure: Measure, members: Sequence[Document]) -> Any:
    """One figure of a group. Sums and averages pass over what is no number, minima and maxima over null."""
    if measure.kind == "count":
        return len(members)
    values = [next((None if v is MISSING else v for v, _ in leaves(member, split(measure.path))), None) for member in members]
    if measure.kind == "first":
        return values[0]
    if measure.kind == "last":
        return values[-1]
    if measure.kind in ("min", "max"):
        present = [value for value in values if value is not None]
        return (min if measure.kind == "min" else max)(present, key=order_key) if present else None
    numbers: list[int | float] = [value for value in values if value is not None and kind(value) == NUMBER]
    if measure.kind == "sum":
        return sum(numbers)
    if measure.kind == "avg":
        return sum(numbers) / len(numbers) if numbers else None
    raise InvalidQuery(f"not a measure: {measure.kind!r}")
