"""The statistics report of a company: how much goes on, on which machine. Source: spec 1 §18.2.

NOTE: nothing sends it anywhere; `server.get_stats` shows it to operators.
"""

from __future__ import annotations

import os
import time
from typing import Any

import psutil

from apiserver import build_info
from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.query import scope
from apiserver.stores.collections import QUEUES, SETTINGS, TASKS, USERS
from apiserver.stores.filters import Eq, Exists, NotIn

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
    ran = scope.own(call.company) & Exists("started") & Exists("last_update")
    ran = ran & NotIn("status", (task_status.CREATED, task_status.QUEUED))
    tasks = [
        (task["last_update"] - task["started"], task.get("last_iteration") or 0)
        for task in call.documents.iterate(TASKS, ran, fields=["started", "last_update", "last_iteration"])
        if task.get("started") and task.get("last_update")
    ]
    if not tasks:
        return {}
    return {
        "count": len(tasks),
        "avg_run_time_sec": round(sum(ran_for.total_seconds() for ran_for, _ in tasks) / len(tasks)),
        "avg_iterations": sum(iterations for _, iterations in tasks) / len(tasks),
    }
