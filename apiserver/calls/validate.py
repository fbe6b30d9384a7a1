"""What a handler is given: the data of a call, checked against what its endpoint enforces."""

from __future__ import annotations

from typing import Any

from apiserver.calls.endpoint import Binding
from apiserver.generated import errors

Data = dict[str, Any]


def validate(binding: Binding, data: Data | list[Data]) -> Any:
    """The second argument for `binding.handler`.

    data: the request as it came, an object, or a list for a body of JSON lines.
    Returns: a request object where the binding has a model, else the object as it is; for a batch endpoint a list of these.
    Raises: 400/11 for absent required fields, 400/12 for anything the model refuses.
    Source: spec 1 §1.4, §4 step 9, §5.
    """
    if binding.batch:
        return _batch(binding, data)
    if isinstance(data, list):
        data = _no_lines(binding, data)
    _require(binding.required_fields, data)
    return data if binding.request is None else binding.request.parse(data)


def _batch(binding: Binding, data: Data | list[Data]) -> list[Any]:
    """NOTE: one ordinary object counts as a batch of one, an empty one as no batch."""
    items = data if isinstance(data, list) else [data] if data else []
    if binding.required_fields:
        for item in items:
            _require(binding.required_fields, item)
    if binding.request is None:
        return items
    return [binding.request.parse(item, f"[{i}].") for i, item in enumerate(items)]


def _no_lines(binding: Binding, lines: list[Data]) -> Data:
    """JSON lines where one object is expected: handlers of raw data see nothing of them."""
    if lines and binding.request is not None:
        raise errors.ValidationError("one JSON object is expected, not JSON lines")
    return {}


def _require(paths: tuple[str, ...], data: Data) -> None:
    missing = [path for path in paths if not _has(data, path)]
    if missing:
        raise errors.MissingRequiredFields(missing=missing)


def _has(data: Any, path: str) -> bool:
    for name in path.split("."):
        if not isinstance(data, dict) or name not in data:
            return False
        data = data[name]
    return True
