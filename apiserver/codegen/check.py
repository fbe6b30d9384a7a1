"""Compares the actions of the schema with the functions of `apiserver/services/`. Reads the source and imports nothing of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from apiserver.codegen.model import Contract, SchemaError, Service

SERVICES = Path("apiserver") / "services"


def check_handlers(contract: Contract, root: Path) -> None:
    """root: the folder that holds `apiserver/`. Raises: SchemaError, the first of `wrong_handlers`."""
    for error in wrong_handlers(contract, root):
        raise error


def wrong_handlers(contract: Contract, root: Path) -> Iterator[SchemaError]:
    """What does not fit together: an action without a function, a function without an action, one that is there for an action not built."""
    for _, service in sorted(contract.services.items()):
        found = functions(root, service.name)
        yield from _without_function(service, found)
        yield from _without_action(service, found)


@frozen
class Function:
    """A public name of a service's module.

    place: `file:line`. handles: whether it is a function whose first parameter is `call: Call`.
    """

    name: str
    place: str
    handles: bool


def functions(root: Path, service: str) -> dict[str, Function]:
    """Public names of a service: those its module defines, and those it re-exports from its own submodules by plain imports."""
    module = root / SERVICES / f"{service}.py"
    package = root / SERVICES / service
    if not module.is_file():
        module = package / "__init__.py"
    if not module.is_file():
        return {}
    found = {}
    for statement in _parse(module).body:
        if isinstance(statement, ast.ImportFrom) and not statement.level:
            found.update(_re_exported(root, statement, f"apiserver.services.{service}"))
        else:
            found.update({function.name: function for function in _defined(statement, module, root)})
    return {name: function for name, function in found.items() if not name.startswith("_")}


def _re_exported(root: Path, statement: ast.ImportFrom, package: str) -> dict[str, Function]:
    origin = statement.module or ""
    if not origin.startswith(f"{package}."):
        return {}
    path = root.joinpath(*origin.split(".")).with_suffix(".py")
    if not path.is_file():
        return {}
    defined = {function.name: function for statement in _parse(path).body for function in _defined(statement, path, root)}
    return {alias.asname or alias.name: defined[alias.name] for alias in statement.names if alias.name in defined}


def _defined(statement: ast.stmt, path: Path, root: Path) -> Iterator[Function]:
    place = f"{path.relative_to(root).as_posix()}:{statement.lineno}"
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        yield Function(statement.name, place, _takes_a_call(statement))
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield Function(target.id, place, False)


def _takes_a_call(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = [*function.args.posonlyargs, *function.args.args]
    if not parameters or parameters[0].arg != "call":
        return False
    annotation = parameters[0].annotation
    name = ast.unparse(annotation).strip("'\"") if annotation is not None else ""
    return name.rpartition(".")[2] == "Call"


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _without_function(service: Service, found: dict[str, Function]) -> Iterator[SchemaError]:
    where = (SERVICES / service.name).as_posix()
    for _, action in sorted(service.actions.items()):
        names = [handler.function for handler in action.handlers]
        missing = [name for name in names if name not in found]
        if action.built and missing:
            yield SchemaError(
                action.place, f"action {action.endpoint} has no function {missing[0]} in {where}; write it, or say built: false"
            )
        if not action.built and not missing:
            yield SchemaError(action.place, f"action {action.endpoint} is built: false, and {found[names[0]].place} is its function")


def _without_action(service: Service, found: dict[str, Function]) -> Iterator[SchemaError]:
    wanted = {handler.function for action in service.actions.values() for handler in action.handlers}
    for name, function in sorted(found.items()):
        if function.handles and name not in wanted:
            yield SchemaError(service.place, f"{function.place} has a handler {name}, and service {service.name} has no action for it")
