"""What people automate with the SDK runs against the server: pipelines, datasets, searches, schedules. Each in processes of its own."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.running import SCRIPTS, Run, printed


def test_a_pipeline_of_function_steps(run: Run) -> None:
    """The controller and its steps are recorded, with what they were given, returned and reported."""
    run(SCRIPTS / "pipeline_results.py", printed("controller", run(SCRIPTS / "pipeline.py")))


def test_a_pipeline_of_decorated_functions(run: Run) -> None:
    said = run(SCRIPTS / "decorated.py")
    assert printed("result", said) == "55"
    run(SCRIPTS / "pipeline_results.py", printed("controller", said), "--decorated")


def test_a_dataset_and_its_next_version(run: Run, tmp_path: Path) -> None:
    """Made, uploaded, finished, found, fetched, listed, deleted."""
    run(SCRIPTS / "dataset.py", str(tmp_path))


def test_a_search_for_parameters(run: Run) -> None:
    """A grid of four jobs; the table of their results is what the objective gives."""
    run(SCRIPTS / "search.py", printed("task", run(SCRIPTS / "objective.py")))


def test_a_scheduler_and_triggers(run: Run, tmp_path: Path) -> None:
    """What is due starts at once, what is watched for starts when it happens."""
    assert "done" in run(SCRIPTS / "schedules.py", str(tmp_path)).splitlines()
