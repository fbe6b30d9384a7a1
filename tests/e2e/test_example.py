"""The example of the README runs as it is printed there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.running import Run, Server

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_shows_the_example_as_it_is() -> None:
    _, _, code = (ROOT / "examples/first_experiment.py").read_text().partition('"""\n\n')
    assert code
    assert f"```python\n{code}```" in (ROOT / "README.md").read_text()


def test_the_example_runs_and_its_task_is_complete(run: Run, server: Server) -> None:
    said = run(ROOT / "examples/first_experiment.py")
    task_id = re.search(r"final loss 0\.0071; task (\w+)", said)[1]  # type: ignore[index]
    task = server.call("tasks.get_by_id", task=task_id)["task"]
    assert task["status"] == "completed"
    assert task["hyperparams"]["General"]["rate"]["value"] == "0.05"
    assert [a["key"] for a in task["execution"]["artifacts"]] == ["summary"]
