"""`trackyard generate [--check]` and the rows of `trackyard routes`."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

from attrs import frozen

from apiserver.codegen.bindings import print_bindings
from apiserver.codegen.error_classes import print_errors
from apiserver.codegen.layout import COMMAND
from apiserver.codegen.model import Contract, SchemaError
from apiserver.codegen.openapi import print_openapi
from apiserver.codegen.responses import print_responses
from apiserver.codegen.shapes import print_shapes

REPOSITORY = Path(__file__).parents[2]
"""Generating is for checkouts: `schema/` beside the package `apiserver/`."""

PACKAGE = '"""Printed from schema/ by `trackyard generate`: request classes, errors, bindings. Never edited."""\n'
FOLDER = "apiserver/generated"
MOST_DIFF_LINES = 200


def generate(check: bool = False, *, root: Path = REPOSITORY, out: TextIO | None = None) -> int:
    """Write `apiserver/generated/` from `schema/`, or compare them. Both are below root.

    check: write nothing; print the differences and the command that removes them.
    Returns: the exit status: 1 if the schema is wrong (one line says where), if an action and its functions do not fit together (one line
    each) or, with check, if a file differs.
    """
    out = out or sys.stdout
    if not (root / "schema").is_dir():
        print(f"there is no schema/ in {root}: generating is for checkouts of the source", file=out)
        return 1
    try:
        contract = _load(root)
        files = printed(contract)
    except SchemaError as error:
        print(error, file=out)
        return 1
    status = _compare(files, root, out) if check else _write(files, root, out)
    for wrong in _wrong_handlers(contract, root):  # NOTE: last, so that a new action's request class is there when its function is written
        print(wrong, file=out)
        status = 1
    return status


def printed(contract: Contract) -> dict[str, str]:
    """File name → contents of everything below `generated/`."""
    files = {f"{name}.py": print_shapes(service) for name, service in contract.services.items()}
    return {
        **files,
        "__init__.py": PACKAGE,
        "bindings.py": print_bindings(contract),
        "errors.py": print_errors(contract),
        "openapi.json": print_openapi(contract),
        "responses.json": print_responses(contract),
    }


def _load(root: Path) -> Contract:
    from apiserver.codegen.load import load  # PERF: imports the HOCON parser, which only generating needs

    return load(root / "schema")


def _wrong_handlers(contract: Contract, root: Path) -> Iterable[SchemaError]:
    from apiserver.codegen.check import wrong_handlers

    return wrong_handlers(contract, root)


def _differences(files: dict[str, str], folder: Path) -> tuple[list[str], list[str]]:
    """The names of files to write, and of files to remove."""
    present = [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    return [name for name in sorted(files) if _read(folder / name) != files[name]], sorted(set(present) - set(files))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _write(files: dict[str, str], root: Path, out: TextIO) -> int:
    folder = root / FOLDER
    changed, stale = _differences(files, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (folder / name).write_text(files[name], encoding="utf-8", newline="\n")
    for name in stale:
        (folder / name).unlink()
    print(f"{len(files)} files in {FOLDER}, {len(changed)} changed, {len(stale)} removed", file=out)
    return 0


def _compare(files: dict[str, str], root: Path, out: TextIO) -> int:
    folder = root / FOLDER
    changed, stale = _differences(files, folder)
    if not changed and not stale:
        return 0
    _print_diff(folder, {**{name: files[name] for name in changed}, **dict.fromkeys(stale, "")}, out)
    return 1


def _print_diff(folder: Path, files: dict[str, str], out: TextIO) -> None:
    lines: list[str] = []
    for name in sorted(files):
        now = (_read(folder / name) or "").splitlines()
        lines += difflib.unified_diff(now, files[name].splitlines(), f"{FOLDER}/{name}", "as schema/ has it", lineterm="")
    print("\n".join(lines[:MOST_DIFF_LINES]), file=out)
    if len(lines) > MOST_DIFF_LINES:
        print(f"... and {len(lines) - MOST_DIFF_LINES} more lines", file=out)
    print(f"{FOLDER} does not match schema/. Run: {COMMAND}", file=out)


@frozen
class Row:
    """One line of `trackyard routes`. versions: the minimum of each handler; handlers: `file:line` of each, empty while not built."""

    endpoint: str
    versions: tuple[str, ...]
    handlers: tuple[str, ...]
    built: bool
    authorize: bool | None
    roles: tuple[str, ...]
    internal: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "endpoint": self.endpoint,
            "versions": list(self.versions),
            "handlers": list(self.handlers),
            "built": self.built,
            "authorize": self.authorize,
            "roles": list(self.roles),
            "internal": self.internal,
        }


def rows(*, missing: bool = False) -> list[Row]:
    """The routing table as it is mounted, by endpoint name. missing: only what is not built."""
    from apiserver.generated.bindings import ENDPOINTS  # PERF: imports every service

    return [
        Row(
            endpoint=endpoint.name,
            versions=tuple(binding.version for binding in endpoint.bindings),
            handlers=tuple(_place(binding.handler) for binding in endpoint.bindings if binding.handler is not None),
            built=endpoint.built,
            authorize=endpoint.authorize,
            roles=endpoint.allow_roles,
            internal=endpoint.internal,
        )
        for endpoint in sorted(ENDPOINTS.values(), key=lambda endpoint: endpoint.name)
        if not (missing and endpoint.built)
    ]


def _place(handler: Callable[..., Any]) -> str:
    """`apiserver/services/tasks.py:120`, through decorators."""
    while hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    code = handler.__code__
    path = Path(code.co_filename)
    shown = path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
    return f"{shown.as_posix()}:{code.co_firstlineno}"
