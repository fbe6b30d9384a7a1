"""The main job: an unchanged training script with the official SDK records everything, and everything is read back as it was."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.running import SCRIPTS, Run


def test_a_training_run_is_recorded_read_back_and_taken_through_its_life(run: Run, tmp_path: Path) -> None:
    """10,000 points, plots, images, text, artifacts, a model; then clone, reset, publish, archive, delete."""
    said = run(SCRIPTS / "training.py", str(tmp_path))
    task = re.findall(r"^task=(\w+)$", said, re.MULTILINE)[-1]
    assert "Retrying" not in said, said[-4000:]
    assert "ERROR" not in said, said[-4000:]
    run(SCRIPTS / "readback.py", task)
    run(SCRIPTS / "lifecycle.py", task)
