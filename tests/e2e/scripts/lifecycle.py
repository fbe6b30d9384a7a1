"""What becomes of a recorded task afterwards: found, cloned, reset, published, archived, deleted with its files."""

from __future__ import annotations

import sys
from typing import Any

import expected
import requests
from clearml import Task
from clearml.backend_api.session.client import APIClient


def check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok: {what}")


def ids(**filters: Any) -> list[str]:
    return sorted(task.id for task in Task.get_tasks(project_name=expected.PROJECT, **filters))


def main() -> None:
    task = Task.get_task(task_id=sys.argv[1])
    client = APIClient()
    headers = {"Authorization": f"Bearer {client.session.token}"}

    clone = Task.clone(source_task=task, name="a copy", comment="cloned")
    check("clone's status", clone.get_status(), "created")
    check("clone's parent", clone.parent, task.id)
    check("clone's parameters", clone.get_parameters(), task.get_parameters())
    check("clone has no artifacts", dict(clone.artifacts), {})

    check("all", ids(), sorted([task.id, clone.id]))
    check("by name", ids(task_name="a copy"), [clone.id])
    check("by tags", ids(tags=["e2e"]), sorted([task.id, clone.id]))
    check("by status", ids(task_filter={"status": ["completed"]}), [task.id])
    check("by parent", ids(task_filter={"parent": task.id}), [clone.id])
    check("by pattern", ids(task_filter={"_any_": {"pattern": "COPY", "fields": ["name", "comment"]}}), [clone.id])
    check("none", ids(tags=["no such tag"]), [])
    check(
        "ordered", [t.id for t in Task.get_tasks(project_name=expected.PROJECT, task_filter={"order_by": ["created"]})], [task.id, clone.id]
    )

    clone.mark_started(force=True)
    clone.get_logger().report_scalar("after", "clone", value=1.0, iteration=1)
    clone.flush(wait_for_uploads=True)
    clone.mark_completed()
    check("clone completed", Task.get_task(task_id=clone.id).get_status(), "completed")
    clone.reset(force=True)
    check("clone reset", Task.get_task(task_id=clone.id).get_status(), "created")
    check("clone's scalars are gone", Task.get_task(task_id=clone.id).get_reported_scalars(), {})
    check("clone's parameters are kept", Task.get_task(task_id=clone.id).get_parameters(), task.get_parameters())

    files = [task.artifacts["a file"].url, task.get_debug_samples("samples", "grey")[0]["url"], task.get_models()["output"][-1].url]
    for url in files:
        check(f"file is there: {url[-12:]}", requests.head(url, headers=headers, timeout=10).status_code, 200)

    clone.mark_completed(force=True)
    clone.publish()
    check("published", Task.get_task(task_id=clone.id).get_status(), "published")
    check("a published task is not deleted", clone.delete(raise_on_error=False), False)

    task.set_archived(True)
    check("archived", Task.get_task(task_id=task.id).get_archived(), True)
    check("archived ones are found by tag", ids(task_filter={"system_tags": ["archived"]}), [task.id])
    check("deleted", bool(task.delete(delete_artifacts_and_models=True, raise_on_error=True)), True)
    check("only the clone is left", ids(), [clone.id])
    for url in files:
        check(f"file is gone: {url[-12:]}", requests.head(url, headers=headers, timeout=10).status_code, 404)
    check("models are gone", [m.id for m in client.models.get_all(task=[task.id])], [])


if __name__ == "__main__":
    main()
