"""Who may import whom. The rules are in docs/README.md's picture and here; a broken one is printed with file and line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED_SHAPES = "apiserver.generated"

RULES: dict[str, tuple[str, ...]] = {
    # Package: what it may import of ours (itself always). Everything else of ours is refused.
    "apiserver.domain": (),
    "apiserver.stores": ("apiserver.domain", "apiserver.clock", "apiserver.resources", "apiserver.settings"),
    "apiserver.query": (
        "apiserver.domain",
        "apiserver.stores",
        "apiserver.calls.errors",
        "apiserver.calls.call",
        "apiserver.generated.errors",
        "apiserver.clock",
        "apiserver.settings",
    ),
    "apiserver.logic": (
        "apiserver.query",
        "apiserver.domain",
        "apiserver.stores",
        "apiserver.calls",
        "apiserver.generated.errors",
        "apiserver.build_info",
        "apiserver.clock",
        "apiserver.settings",
    ),
    "apiserver.services": (
        "apiserver.logic",
        "apiserver.query",
        "apiserver.domain",
        "apiserver.stores",
        "apiserver.calls",
        "apiserver.generated",
        "apiserver.build_info",
        "apiserver.clock",
        "apiserver.settings",
    ),
    "apiserver.calls": (
        "apiserver.domain",
        "apiserver.stores",
        "apiserver.generated.errors",
        "apiserver.build_info",
        "apiserver.clock",
        "apiserver.settings",
    ),
    "apiserver.transport": ("apiserver.calls", "apiserver.generated.errors", "apiserver.settings"),
    "apiserver.portable": (
        "apiserver.logic.statistics",
        "apiserver.domain",
        "apiserver.stores",
        "apiserver.calls.tokens",
        "apiserver.build_info",
        "apiserver.clock",
    ),
    "apiserver.jobs": (
        "apiserver.logic",
        "apiserver.query",
        "apiserver.domain",
        "apiserver.stores",
        "apiserver.calls",
        "apiserver.generated.errors",
        "apiserver.clock",
        "apiserver.settings",
    ),
    "apiserver.configuration": ("apiserver.resources", "apiserver.settings"),
    "apiserver.settings": (),
    "apiserver.resources": (),
    "apiserver.clock": (),
    "fileserver": ("apiserver.settings", "apiserver.calls"),
}
ONLY_IN = {
    # Module: the places that may import it.
    "falcon": ("apiserver.transport", "apiserver.app", "fileserver"),
    "apsw": ("apiserver.stores.sqlite",),
    "redis": ("apiserver.stores.redis",),
    "apiserver.stores.redis": ("apiserver.stores.redis", "apiserver.stores.registry", "apiserver.testing"),
    "elasticsearch": ("apiserver.stores.elastic",),
    "elastic_transport": ("apiserver.stores.elastic",),
    "gunicorn": ("apiserver.process", "apiserver.worker"),
    "pymongo": ("apiserver.stores.mongo", "apiserver.testing"),
    "bson": ("apiserver.stores.mongo",),
    "pyhocon": ("apiserver.configuration", "apiserver.codegen"),
    "apiserver.transport": ("apiserver.transport", "apiserver.app"),
    "apiserver.generated.bindings": ("apiserver.app", "apiserver.codegen"),
    "apiserver.services": ("apiserver.services", "apiserver.generated.bindings"),
    "apiserver.testing": ("apiserver.testing",),
    "apiserver.stores.sqlite": ("apiserver.stores.sqlite", "apiserver.stores.registry", "apiserver.testing"),
    "apiserver.stores.mongo": ("apiserver.stores.mongo", "apiserver.stores.registry", "apiserver.testing"),
    "apiserver.stores.elastic": ("apiserver.stores.elastic", "apiserver.stores.registry", "apiserver.testing"),
    "fileserver": ("fileserver", "apiserver.serve"),
}
DIFFERENT: dict[tuple[str, str], str] = {
    # (importing module, imported): why the rule does not hold for it.
    ("apiserver.logic.users", "apiserver.generated.auth"): "two services store a user from the same request",
}


def _modules() -> Iterator[tuple[str, Path]]:
    for package in ("apiserver", "fileserver"):
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def _imports(file: Path) -> Iterator[tuple[str, int]]:
    """Every imported module, those below `if TYPE_CHECKING` too; of `from a import b` both a and a.b."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def _inside(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


ALL = [(module, file, imported, line) for module, file in _modules() for imported, line in _imports(file)]


@pytest.mark.parametrize("package", RULES)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    allowed = (package, *RULES[package])
    broken = [
        f"{file.relative_to(ROOT)}:{line}: {module} imports {imported}"
        for module, file, imported, line in ALL
        if _inside(module, (package,))
        and _inside(imported, ("apiserver", "fileserver"))
        and not _inside(imported, allowed)
        and (module, imported) not in DIFFERENT
    ]
    assert broken == []


@pytest.mark.parametrize("target", ONLY_IN)
def test_what_only_one_place_may_import(target: str) -> None:
    broken = [
        f"{file.relative_to(ROOT)}:{line}: {module} imports {imported}"
        for module, file, imported, line in ALL
        if _inside(imported, (target,)) and not _inside(module, ONLY_IN[target]) and (module, imported) not in DIFFERENT
    ]
    assert broken == []


def test_domain_and_generated_shapes_need_nothing_to_be_installed() -> None:
    import sys

    allowed = {*sys.stdlib_module_names, "apiserver"}
    broken = [
        f"{file.relative_to(ROOT)}:{line}: {module} imports {imported}"
        for module, file, imported, line in ALL
        if _inside(module, ("apiserver.domain",)) and imported.partition(".")[0] not in allowed
    ]
    assert broken == []


def test_no_difference_is_kept_that_is_not_needed() -> None:
    used = {(module, imported) for module, _, imported, _ in ALL}
    assert [entry for entry in DIFFERENT if entry not in used] == []
