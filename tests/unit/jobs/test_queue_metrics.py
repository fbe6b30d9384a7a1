"""The job that samples queues."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiserver.jobs.queue_metrics import sample_queues
from apiserver.jobs.table import JOBS
from apiserver.settings import Settings
from apiserver.stores.collections import QUEUES
from apiserver.testing.backends import embedded


def test_says_what_it_did(tmp_path: Path) -> None:
    """Each queue once, then nothing until the samples are old."""
    with embedded(tmp_path) as backend:
        backend.documents.insert(QUEUES, {"id": "q", "company": "c", "name": "queue", "entries": []})
        backend.documents.insert(QUEUES, {"id": "p", "company": "d", "name": "queue"})
        assert sample_queues(backend) == "2 queues sampled"
        assert sample_queues(backend) == ""


@pytest.mark.parametrize(("refresh_s", "every_s"), [(300, 60), (20, 20), (0, None)])
def test_how_often(refresh_s: int, every_s: float | None) -> None:
    """0 switches it off."""
    settings = Settings.from_dict({"services.queues.metrics_refresh_interval_sec": refresh_s})
    assert JOBS["queue_metrics"].every_s(settings) == every_s
