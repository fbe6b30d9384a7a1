"""`organization.get_project_usages`: how long tasks ran, by project, user and queue."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apiserver.stores.collections import PROJECTS, QUEUES, TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client

DAY = datetime(2026, 1, 10, tzinfo=UTC)
WINDOW = {"from_date": "2026-01-10", "to_date": "2026-01-11"}


def project(api: Client, name: str, **data: Any) -> str:
    return str(api.call("projects.create", {"name": name, "description": "", **data})["id"])


def queue(api: Client, name: str, **fields: Any) -> str:
    made = str(api.call("queues.create", {"name": name})["id"])
    for field, value in fields.items():
        api.backend.documents.update(QUEUES, Eq("id", made), Set(field, value))
    return made


def ran(api: Client, project_id: str, queue_id: str | None, began_h: float, ended_h: float | None, **fields: Any) -> str:
    """A task that ran between hours after the first day began; None: it runs."""
    company = api.call("users.get_current_user")["user"]["company"]["id"]
    made = {
        "id": uuid.uuid4().hex, "company": company, "user": "__tests__", "name": "a task", "type": "training", "project": project_id,
        "status": "completed" if ended_h is not None else "in_progress", "started": DAY + timedelta(hours=began_h), "tags": [],
        "system_tags": [], **({} if ended_h is None else {"completed": DAY + timedelta(hours=ended_h)}),
        **({"execution": {"queue": queue_id}} if queue_id else {}), **fields,
    }  # fmt: skip
    api.backend.documents.insert(TASKS, made)
    return str(made["id"])


def usages(api: Client, *projects: str, **data: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.call("organization.get_project_usages", {"projects": projects, **WINDOW, **data})
    return found


def hours(found: dict[str, Any]) -> dict[str, list[float]]:
    """{name: hours of each day}, which the total has to agree with."""
    totals = {row["name"]: row["duration"] for row in found["total"]}
    series = {row["name"]: row["duration"] for row in found["series"]}
    assert totals == {name: sum(values) for name, values in series.items()}
    return {name: [value / 3600 for value in values] for name, values in series.items()}


def test_days_and_weights(api: Client) -> None:
    """A run is cut at midnight and at the ends; a queue's own weight counts, a guess is marked."""
    top = project(api, "top")
    fast = queue(api, "fast", display_name="Fast ones", resources={"gpu_usage": 0.5})
    plain = queue(api, "plain")
    ran(api, top, fast, -2, 1)
    ran(api, top, fast, 22, 26)
    ran(api, top, plain, 47, 60)
    found = usages(api, top, usage_fields=["duration", "cpu_usage", "gpu_usage"])
    assert hours(found["projects"]) == {"top": [3, 3]}
    assert hours(found["queues"]) == {"Fast ones": [3, 2], "plain": [0, 1]}
    assert hours(found["users"]) == {"Default User": [3, 3]}
    first, second = found["queues"]["series"]
    assert first["dates"] == [DAY.timestamp(), DAY.timestamp() + 86400]
    assert first["gpu_usage"] == [3 * 1800.0, 2 * 1800.0]
    assert (first["cpu_artificial_weights"], "gpu_artificial_weights" in first) == (True, False)
    assert (second["id"], second["gpu_artificial_weights"]) == (plain, True)
    assert found["projects"]["total"][0]["gpu_artificial_weights"] is True


def test_one_project_is_split_into_its_children(api: Client) -> None:
    """Each with all below it; several are taken as they are."""
    top, one, low, two = (project(api, name) for name in ("top", "top/one", "top/one/mid/low", "top/two"))
    mine = queue(api, "queue")
    for place, length in [(top, 1), (one, 2), (low, 3), (two, 4)]:
        ran(api, place, mine, 0, length)
    assert hours(usages(api, top)["projects"]) == {"top": [1, 0], "top/one": [5, 0], "top/two": [4, 0]}
    assert hours(usages(api, one, two)["projects"]) == {"top/one": [5, 0], "top/two": [4, 0]}
    assert hours(usages(api, top, one)["projects"]) == {"top": [10, 0], "top/one": [5, 0]}
    assert hours(usages(api, top, one)["users"]) == {"Default User": [10, 0]}
    assert hours(usages(api, one, "nope")["projects"]) == {"top/one": [5, 0]}
    assert usages(api, "nope", breakdown_keys=["user"]) == {"users": {"total": [], "series": []}}


def test_which_tasks_count(api: Client) -> None:
    """Only those that worked for somebody, and, unless asked for, only those that an agent ran."""
    top, mine = project(api, "top"), queue(api, "queue")
    ran(api, top, mine, 0, 1)
    ran(api, top, None, 0, 2)
    ran(api, top, mine, 0, 4, system_tags=["development"])
    ran(api, top, mine, 0, 8, system_tags=["hidden"])
    ran(api, top, mine, 0, 8, type="controller")
    ran(api, top, mine, 0, 8, application={"id": "app"})
    ran(api, top, mine, -9, -1)
    ran(api, top, mine, 48, 49)
    assert hours(usages(api, top)["projects"]) == {"top": [1, 0]}
    found = usages(api, top, include_development=True)
    assert hours(found["projects"]) == {"top": [7, 0]}
    assert {row["id"]: row["name"] for row in found["queues"]["total"]} == {None: None, mine: "queue"}


def test_when_a_task_ended(api: Client) -> None:
    """A running one has not yet; one without an end ended when its status changed."""
    top, mine = project(api, "top"), queue(api, "queue")
    ran(api, top, mine, 20, None)
    ran(api, top, mine, 1, None, status="stopped", status_changed=DAY + timedelta(hours=3))
    ran(api, top, mine, -9, None, status="stopped", status_changed=DAY - timedelta(hours=3))
    assert hours(usages(api, top)["projects"]) == {"top": [6, 24]}


def test_zones(api: Client) -> None:
    """Days begin at midnight of the zone of the first time."""
    top, mine = project(api, "top"), queue(api, "queue")
    ran(api, top, mine, 22, 23)
    found = usages(api, top, from_date="2026-01-10T00:00:00+02:00", to_date="2026-01-11T00:00:00+02:00")
    assert hours(found["projects"]) == {"top": [0, 1]}
    assert found["projects"]["series"][0]["dates"][0] == DAY.timestamp() - 7200


def test_queues_that_are_gone_or_foreign(api: Client) -> None:
    """They are one, and tell nothing of themselves."""
    top = project(api, "top")
    api.backend.documents.insert(QUEUES, {"id": "foreign", "company": "other", "name": "secret", "resources": {"gpu_usage": 9.0}})
    ran(api, top, "foreign", 0, 1)
    ran(api, top, "gone", 0, 2)
    (row,) = usages(api, top)["queues"]["total"]
    assert (row["id"], row["name"], row["duration"], row["gpu_usage"]) == ("_other_", "other", 3 * 3600, 3 * 3600.0)


def test_users_that_are_gone(api: Client) -> None:
    """They go by their id."""
    top, mine = project(api, "top"), queue(api, "queue")
    ran(api, top, mine, 0, 1, user="gone")
    assert [(row["id"], row["name"]) for row in usages(api, top)["users"]["total"]] == [("gone", "gone")]


def test_another_company_sees_nothing(api: Client, stranger: str) -> None:
    top, mine = project(api, "top"), queue(api, "queue")
    ran(api, top, mine, 0, 1)
    found = api.call("organization.get_project_usages", {"projects": [top], **WINDOW}, token=stranger)
    assert all(breakdown == {"total": [], "series": []} for breakdown in found.values())
    api.backend.documents.update(PROJECTS, Eq("id", top), Set("company", ""))
    found = api.call("organization.get_project_usages", {"projects": [top], **WINDOW}, token=stranger)
    assert found["projects"]["total"] == []


def test_bad_input(api: Client) -> None:
    top, mine = project(api, "top"), queue(api, "queue")
    ran(api, top, mine, 0, 1)
    for bad in [
        {"from_date": "yesterday"},
        {"to_date": "2026-01-09"},
        {"to_date": "9999-12-31"},
        {"from_date": "0001-01-01"},
        {"from_date": ""},
        {"from_date": "2026-01-10T00:00:00+99:00"},
        {"projects": top},
        {"projects": [None]},
        {"projects": [5]},
        {"breakdown_keys": ["projects"]},
        {"usage_fields": "duration"},
    ]:
        with pytest.raises(CallFailed) as caught:
            api.call("organization.get_project_usages", {"projects": [top], **WINDOW, **bad})
        assert (caught.value.code, caught.value.subcode) == (400, 12), bad
