"""The example of docs/codegen.md, done as written in a copy of the source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

TRY = """
from apiserver.calls.errors import ApiError
from apiserver.calls.validate import validate
from apiserver.generated.bindings import ENDPOINTS

binding = ENDPOINTS["debug.echo"].binding((2, 34))
print(binding.handler(None, validate(binding, {"words": "hello"})))
try:
    validate(binding, {"words": 5})
except ApiError as error:
    print(error.code, error.subcode)
"""


def blocks() -> dict[str, str]:
    """Language → the fenced block of the example."""
    page = (ROOT / "docs" / "codegen.md").read_text(encoding="utf-8")
    section = page.partition("## Adding an action")[2].partition("\n## ")[0]
    return dict(re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL))


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)


def test_ten_lines() -> None:
    """The page promises it."""
    assert len([line for text in blocks().values() for line in text.splitlines() if line.strip()]) == 10


def test_example_works_as_written(tmp_path: Path) -> None:
    """Edit, generate, write the function, call it: in between, the command names what is missing."""
    for folder in ("apiserver", "config", "schema"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = blocks()
    schema = tmp_path / "schema" / "services" / "debug.conf"
    schema.write_text(schema.read_text().replace("actions {\n", f"actions {{\n{text['hocon']}\n", 1))
    program, *arguments = text["sh"].split()
    assert program == "trackyard"
    generate = ["-m", "apiserver", *arguments]

    missing = python(tmp_path, *generate)
    assert missing.returncode == 1
    assert re.search(r"schema/services/debug.conf.*echo", missing.stdout), missing.stdout + missing.stderr

    services = tmp_path / "apiserver" / "services"
    service = services / "debug.py"
    service.write_text(f"{service.read_text()}\n\n{text['python']}")
    done = python(tmp_path, *generate, "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert python(tmp_path, "-c", TRY).stdout.splitlines() == ["{'words': 'hello'}", "400 12"]
