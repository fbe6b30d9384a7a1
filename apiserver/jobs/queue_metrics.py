"""Samples the queues, so that their charts go on while nothing happens. Source: spec 5 §4.8."""

from __future__ import annotations

from apiserver import clock
from apiserver.logic import queue_metrics
from apiserver.stores.backend import Backend


def sample_queues(backend: Backend) -> str:
    """Each queue of all companies whose last sample is too old. Says how many."""
    written = queue_metrics.sample_all(backend, clock.now())
    return f"{written} queues sampled" if written else ""
