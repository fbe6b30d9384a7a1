"""The background jobs: what each does and how often."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from apiserver.jobs import files, projects, queue_metrics, scalars, state, watchdog
from apiserver.settings import Settings
from apiserver.stores.backend import Backend


@frozen
class Job:
    """run: does the work once and says what it did, nothing if there was nothing. every_s: seconds between runs; None: off."""

    name: str
    what: str
    run: Callable[[Backend], str]
    every_s: Callable[[Settings], float | None]


def _watchdog_s(settings: Settings) -> float | None:
    section = settings.section("services.tasks.non_responsive_tasks_watchdog")
    return float(section.get("watch_interval_sec", 900)) if section.get("enabled", True) else None


def _files_s(settings: Settings) -> float | None:
    return 15.0 if settings.get("services.async_urls_delete.enabled", True) else None


def _queues_s(settings: Settings) -> float | None:
    refresh_s = float(settings.get("services.queues.metrics_refresh_interval_sec", 300))
    return min(60.0, refresh_s) if refresh_s > 0 else None


JOBS = {
    job.name: job
    for job in (
        Job("files", "deletes the files of what was deleted", files.delete_files, _files_s),
        Job("projects", "completes changes of projects whose process died", projects.complete_changes, lambda settings: 60.0),
        Job("queue_metrics", "samples the queues for their charts", queue_metrics.sample_queues, _queues_s),
        Job("scalars", "packs scalars that were reported one by one", scalars.pack_scalars, lambda settings: 120.0),
        Job("state", "forgets short-lived state that has expired", state.sweep, lambda settings: 300.0),
        Job("watchdog", "stops running tasks that nothing is heard of", watchdog.stop_silent_tasks, _watchdog_s),
    )
}
