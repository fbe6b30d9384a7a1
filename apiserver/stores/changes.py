"""The meaning of changes on a document in memory. The SQLite engine writes with it; MongoDB's own operators must agree with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from apiserver.stores import filters as f
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.match import MISSING, compile_filter, split
from apiserver.stores.ordering import order_key

Document = dict[str, Any]
_LONGEST_PADDING = 10_000


def apply(document: Document, changes: Sequence[f.Change]) -> None:
    """Change the document in place, in the order given. Raises: InvalidQuery; the document is then half changed and to be thrown away."""
    key = document.get("id")
    for change in changes:
        _APPLY[type(change)](document, change)
    if document.get("id") != key:
        raise InvalidQuery("the id of a document cannot change")


def copied(value: Any) -> Any:
    """A deep copy of a stored value."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    return value


def _parent(document: Document, path: str, *, make: bool) -> tuple[Any, Any]:
    """(container, key or index) of the path; (None, None) when it is not there and not to be made."""
    parts = split(path)
    node: Any = document
    # PERF: nearly always all of it is there, and objects in objects.
    for part in parts[:-1]:
        node = node.get(part)
        if type(node) is not dict:
            break
    else:
        return node, parts[-1]
    node = document
    for place, part in enumerate(parts):
        key: Any = part
        if isinstance(node, list):
            if not (part.isascii() and part.isdigit()):
                if not make:
                    return None, None
                raise InvalidQuery(f"{path}: {part!r} is no place in a list")
            key = int(part)
            if make:
                _pad(node, key, path)
            elif key >= len(node):
                return None, None
        elif not isinstance(node, dict):
            if not make:
                return None, None
            raise InvalidQuery(f"{path}: {'.'.join(parts[:place])} is not an object")
        if place == len(parts) - 1:
            return node, key
        below = node.get(key, MISSING) if isinstance(node, dict) else node[key]
        if below is MISSING:
            if not make:
                return None, None
            below = node[key] = {}
        node = below
    raise InvalidQuery(f"not a path: {path!r}")


def _pad(items: list[Any], index: int, path: str) -> None:
    """Makes the place, for a value that is put there at once."""
    if index - len(items) > _LONGEST_PADDING:
        raise InvalidQuery(f"{path}: too far beyond the end of the list")
    if index >= len(items):
        items.extend([None] * (index - len(items)))
        items.append(MISSING)


def _current(node: Any, key: Any) -> Any:
    if node is None:
        return MISSING
    return node.get(key, MISSING) if isinstance(node, dict) else node[key]


def _set(document: Document, change: f.Set) -> None:
    node, key = _parent(document, change.path, make=True)
    node[key] = copied(change.value)


def _unset(document: Document, change: f.Unset) -> None:
    node, key = _parent(document, change.path, make=False)
    if isinstance(node, list):
        node[key] = None
    elif node is not None:
        node.pop(key, None)


def _inc(document: Document, change: f.Inc) -> None:
    node, key = _parent(document, change.path, make=True)
    found = _current(node, key)
    if found is MISSING:
        node[key] = change.by
        return
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise InvalidQuery(f"{change.path}: not a number")
    total = found + change.by
    if isinstance(total, int) and not -(2**63) <= total < 2**63:
        raise InvalidQuery(f"{change.path}: beyond 64 bits")
    node[key] = total


def _extreme(sign: int) -> Callable[[Document, Any], None]:
    def apply_extreme(document: Document, change: f.Max | f.Min) -> None:
        node, key = _parent(document, change.path, make=True)
        found = _current(node, key)
        new, old = order_key(change.value), b"" if found is MISSING else order_key(found)
        if found is MISSING or (new > old if sign > 0 else new < old):
            node[key] = copied(change.value)

    return apply_extreme


def _list(document: Document, path: str, *, make: bool) -> list[Any] | None:
    node, key = _parent(document, path, make=make)
    found = _current(node, key)
    if found is MISSING:
        if not make:
            return None
        found = node[key] = []
    if not isinstance(found, list):
        raise InvalidQuery(f"{path}: not a list")
    return found


def _reachable(document: Document, path: str) -> list[Any] | None:
    """The list at the path, or None. QUIRK: MongoDB refuses to take elements out of a list that could not be made there."""
    node: Any = document
    for part in split(path):
        if isinstance(node, list) and part.isascii() and part.isdigit():
            node = node[int(part)] if int(part) < len(node) else MISSING
        elif isinstance(node, dict):
            node = node.get(part, MISSING)
        else:
            raise InvalidQuery(f"{path}: there is no list, and there cannot be one")
        if node is MISSING:
            return None
    if not isinstance(node, list):
        raise InvalidQuery(f"{path}: not a list")
    return node


def _push(document: Document, change: f.Push) -> None:
    items = _list(document, change.path, make=True)
    assert items is not None
    place = len(items) if change.position is None else change.position
    items[place:place] = [copied(value) for value in change.values]


def _add_to_set(document: Document, change: f.AddToSet) -> None:
    items = _list(document, change.path, make=True)
    assert items is not None
    there = {order_key(item) for item in items}
    for value in change.values:
        key = order_key(value)
        if key not in there:
            there.add(key)
            items.append(copied(value))


def _pull(document: Document, change: f.Pull) -> None:
    items = _reachable(document, change.path)
    if items:
        unwanted = {order_key(value) for value in change.values}
        items[:] = [item for item in items if order_key(item) not in unwanted]


def _pull_where(document: Document, change: f.PullWhere) -> None:
    items = _reachable(document, change.path)
    if items:
        test = compile_filter(change.condition)
        items[:] = [item for item in items if not (isinstance(item, dict) and test(item))]


def _set_element(document: Document, change: f.SetElement) -> None:
    items = _list(document, change.path, make=False)
    test = compile_filter(change.condition)
    for item in items or ():
        if isinstance(item, dict) and test(item):
            for path, value in change.values.items():
                _set(item, f.Set(path, value))
            return


def _pop_first(document: Document, change: f.PopFirst) -> None:
    items = _reachable(document, change.path)
    if items:
        del items[0]


def _move(document: Document, change: f.Move) -> None:
    items = _list(document, change.path, make=False)
    test = compile_filter(change.condition)
    for place, item in enumerate(items or ()):
        if items and isinstance(item, dict) and test(item):
            target = max(0, min(place + change.by, len(items) - 1))
            items.insert(target, items.pop(place))
            return


def _fold(document: Document, change: f.Fold) -> None:
    """QUIRK: spec 4 §4.4.2: `first_value` stays once set, and the stored mean is rounded each time, so that its error grows."""
    node, key = _parent(document, change.path, make=True)
    summary = _current(node, key)
    if summary is MISSING:
        summary = node[key] = {}
    if not isinstance(summary, dict):
        raise InvalidQuery(f"{change.path}: not an object")
    for name, (value, iteration), sign in (("min", change.minimum, -1), ("max", change.maximum, 1), ("first", change.first, 0)):
        stored = summary.get(f"{name}_value")
        if stored is None or _beyond(value, stored, sign):
            summary[f"{name}_value"] = value
            if iteration is None:
                summary.pop(f"{name}_value_iteration", None)
            else:
                summary[f"{name}_value_iteration"] = iteration
    count, mean = _number(summary.get("count")), _number(summary.get("mean_value"))
    summary["mean_value"] = float(round((mean * count + change.total) / (count + change.count), 2))
    summary["count"] = int(count) + change.count


def _beyond(value: Any, stored: Any, sign: int) -> bool:
    if type(value) in _NUMBERS and type(stored) in _NUMBERS and value == value and stored == stored:  # PERF: no NaN
        new, old = value, stored
    else:
        new, old = order_key(value), order_key(stored)
    return new > old if sign > 0 else new < old if sign < 0 else False


_NUMBERS = (float, int)


def _number(value: Any) -> int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


_APPLY: dict[type, Callable[[Document, Any], None]] = {
    f.Set: _set, f.Unset: _unset, f.Inc: _inc, f.Max: _extreme(1), f.Min: _extreme(-1), f.Push: _push, f.AddToSet: _add_to_set,
    f.Pull: _pull, f.PullWhere: _pull_where, f.SetElement: _set_element, f.PopFirst: _pop_first, f.Move: _move,
    f.Fold: _fold,
}  # fmt: skip
