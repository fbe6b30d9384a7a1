"""Prints `generated/bindings.py`: the table endpoint → handlers, by plain imports, so that a missing handler fails at import."""

from __future__ import annotations

from apiserver.codegen.layout import WIDTH, bracketed, header, literal
from apiserver.codegen.model import Action, Contract, Handler
from apiserver.codegen.shapes import class_name


def print_bindings(contract: Contract) -> str:
    actions = [service.actions[name] for _, service in sorted(contract.services.items()) for name in sorted(service.actions)]
    built = [action for action in actions if action.built]
    lines = [
        header("schema/services/*.conf"),
        '"""Which function answers which endpoint and version. Not built endpoints have no handler."""',
        "",
    ]
    lines += ["from __future__ import annotations", "", "from apiserver.calls.endpoint import Binding, Endpoint"]
    modelled = sorted({action.service for action in built if any(handler.model is not None for handler in action.handlers)})
    lines += [f"from apiserver.generated import {service} as {_shapes(service)}" for service in modelled]
    lines += _import_services(sorted({action.service for action in built}))
    lines += ["", "ENDPOINTS: dict[str, Endpoint] = {"]
    for action in actions:
        lines += _endpoint(action)
    return "\n".join([*lines, "}"]) + "\n"


def _import_services(services: list[str]) -> list[str]:
    if not services:
        return []
    one = f"from apiserver.services import {', '.join(services)}"
    return [one] if len(one) <= WIDTH else bracketed("from apiserver.services import (", services, ")")


def _endpoint(action: Action) -> list[str]:
    """The row of one endpoint."""
    handlers = [_binding(action, handler) for handler in action.handlers]
    bindings = f"({', '.join(handlers)}{',' if len(handlers) == 1 else ''})"
    parts = [literal(action.endpoint)]
    options = []
    if action.authorize is not True:
        options.append(f"authorize={action.authorize!r}")
    if action.allow_roles != ("*",):
        options.append(f"allow_roles={literal(tuple(action.allow_roles))}")
    options += [f"{flag}={value}" for flag, value, usual in _flags(action) if value != usual]
    options.append(f"versions={literal(tuple(sorted(action.versions)))}")
    one = bracketed(f"{literal(action.endpoint)}: Endpoint(", [*parts, bindings, *options], "),", 4)
    if len(one) == 1:
        return one
    pad = " " * 8
    if len(pad) + len(bindings) + 1 > WIDTH:
        bindings = "\n".join(["(", *(f"    {handler}," for handler in handlers), ")"])
    return bracketed(f"{literal(action.endpoint)}: Endpoint(", [*parts, bindings, *options], "),", 4)


def _flags(action: Action) -> list[tuple[str, bool, bool]]:
    return [("internal", action.internal, False), ("built", action.built, True), ("batch", is_batch(action), False)]


def _binding(action: Action, handler: Handler) -> str:
    parts = [literal(handler.min_version), f"{action.service}.{handler.function}" if action.built else "None"]
    if action.built and handler.model is not None:
        parts.append(f"{_shapes(action.service)}.{class_name(action, handler)}")
    if handler.required_fields:
        parts.append(f"required_fields={literal(tuple(handler.required_fields))}")
    if is_batch(action):
        parts.append("batch=True")
    return f"Binding({', '.join(parts)})"


def is_batch(action: Action) -> bool:
    return any(shape.batch_request is not None for shape in action.versions.values())


def _shapes(service: str) -> str:
    return f"{service}_shapes"
