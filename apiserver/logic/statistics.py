"""The statistics report of a company: how much goes on, on which machine. Source: spec 1 §18.2.

NOTE: nothing sends it anywhere; `server.get_stats` shows it to operators.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

import psutil

from apiserver import build_info
from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.query import scope
from apiserver.stores.collections import QUEUES, SETTINGS, TASKS, USERS
from apiserver.stores.documents import Measure
from apiserver.stores.filters import Eq, Ne, NotIn

SERVER_ID = "server.uuid"
_GIB = 1024**3


def report(call: Call) -> dict[str, Any]:
    """Counts and resources, as of now."""
    stored = call.documents.find(SETTINGS, Eq("id", SERVER_ID))
    return {
        "time": call.now,
        "company_id": call.company,
        "server": {
            "version": build_info.server_version(),
            "deployment": os.environ.get("CLEARML_SERVER_DEPLOYMENT_TYPE", "manual"),
            "uuid": stored["value"] if stored else None,
            "queues": {"count": call.documents.count(QUEUES, scope.own(call.company))},
            "users": {"count": call.documents.count(USERS, scope.own(call.company))},
            "resources": _resources(),
            "experiments": _experiments(call),
        },
        # NOTE: filled from the workers' reports once this server keeps those.
        "agents": [],
    }


def _resources() -> dict[str, Any]:
    memory = psutil.virtual_memory()

    def figure(value: float) -> dict[str, float]:
        return {"min": value, "max": value, "avg": value}

    return {
        "interval_sec": time.time() - psutil.Process().create_time(),
        "num_cores": psutil.cpu_count() or 1,
        "cpu_usage": figure(psutil.cpu_percent()),
        "mem_used_gb": figure(memory.used / _GIB),
        "mem_free_gb": figure(memory.available / _GIB),
    }


def _experiments(call: Call) -> dict[str, Any]:
    ran = scope.own(call.company) & Ne("started", None) & Ne("last_update", None)
    ran = ran & NotIn("status", (task_status.CREATED, task_status.QUEUED))
    measures = [Measure("count", "count"), Measure("iterations", "sum", "last_iteration")]
    found = call.documents.group(TASKS, ran, by=[], measures=measures)
    if not found:
        return {}
    ms = call.documents.elapsed(TASKS, ran, by="company", start="started", end="last_update", unit=timedelta(milliseconds=1))
    count = found[0]["count"]
    return {
        "count": count,
        "avg_run_time_sec": round(ms.get(call.company, 0) / 1000 / count),
        "avg_iterations": found[0]["iterations"] / count,
    }
