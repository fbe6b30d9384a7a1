"""Hidden and public documents, and sub-projects, for each list. A row for each rule of spec 2 §1.1, §1.8. Documents: `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
KINDS = "five four one shared stored three two"
OWN = "five four one stored three two"

HIDDEN: list[tuple[str, str, dict[str, Any], Any]] = [
    ("tasks.get_all", "left out", {"project": ["p-kinds"]}, KINDS),
    ("tasks.get_all", "on request", {"project": ["p-kinds"], "name": "secret", "search_hidden": True}, "secret"),
    ("tasks.get_all", "not by name", {"project": ["p-kinds"], "name": "secret"}, ""),
    ("tasks.get_all", "not by tag", {"project": ["p-kinds"], "system_tags": ["hidden"]}, ""),
    ("tasks.get_all", "by id", {"id": ["t-secret"]}, "secret"),
    ("tasks.get_all", "by id as a text", {"id": "t-secret"}, "secret"),
    ("tasks.get_all", "not by an empty list of ids", {"id": [], "project": ["p-kinds"]}, KINDS),
    ("tasks.get_all", "not by null", {"id": None, "project": ["p-kinds"]}, KINDS),
    ("tasks.get_all_ex", "left out", {"project": ["p-kinds"]}, KINDS),
    ("tasks.get_all_ex", "by id", {"id": ["t-secret"]}, "secret"),
    ("tasks.get_by_id_ex", "always there", {"id": ["t-secret", "t-one"]}, "one secret"),
    ("tasks.get_all", "archived ones are there", {"project": ["p-kinds"], "system_tags": ["archived"]}, "stored"),
    ("tasks.get_all", "unless the client says no", {"project": ["p-kinds"], "system_tags": ["-archived"], "name": "^st"}, ""),
    ("models.get_all", "no rule", {}, "given net tree net"),
    ("projects.get_all", "left out", {"parent": ["p-tree"]}, "branch leaf"),
    ("projects.get_all", "on request", {"parent": ["p-tree"], "search_hidden": True}, "branch leaf shy"),
    ("projects.get_all", "by id", {"id": ["p-shy"]}, "shy"),
    ("projects.get_all", "not by name", {"name": "shy"}, ""),
    ("projects.get_all_ex", "left out", {"parent": ["p-tree"]}, "branch leaf"),
    ("projects.get_all_ex", "on request", {"parent": ["p-tree"], "search_hidden": True}, "branch leaf shy"),
    ("projects.get_all_ex", "by id", {"id": ["p-shy"]}, "shy"),
    ("queues.get_all", "left out", {"name": ""}, "default first second"),
    ("queues.get_all", "by name", {"name": "^glue"}, "glue"),
    ("queues.get_all", "by id", {"id": ["q-glue"]}, "glue"),
    ("queues.get_all", "not by tag", {"system_tags": ["k8s-glue"]}, ""),
    ("queues.get_all", "on request", {"system_tags": ["k8s-glue"], "search_hidden": True}, "glue"),
    ("users.get_all", "no rule", {"id": ["u-ada", "u-grace"], "search_hidden": False}, "ada grace"),
]

PUBLIC: list[tuple[str, str, dict[str, Any], Any]] = [
    ("tasks.get_all", "always there", {"project": ["p-kinds"], "allow_public": False}, KINDS),
    ("tasks.get_all_ex", "by default", {"project": ["p-kinds"]}, KINDS),
    ("tasks.get_all_ex", "null is the default", {"project": ["p-kinds"], "allow_public": None}, KINDS),
    ("tasks.get_all_ex", "unless refused", {"project": ["p-kinds"], "allow_public": False}, OWN),
    ("tasks.get_all_ex", "by truth", {"project": ["p-kinds"], "allow_public": 0}, OWN),
    ("tasks.get_by_id_ex", "always there", {"id": ["t-shared"], "allow_public": False}, "shared"),
    ("models.get_all", "always there", {"allow_public": False}, "given net tree net"),
    ("models.get_all_ex", "unless refused", {"allow_public": False}, "net tree net"),
    ("models.get_by_id_ex", "always there", {"id": ["m-given", "m-other"], "allow_public": False}, "given"),
    ("projects.get_all", "always there", {"name": "common|abroad", "non_public": True}, "common"),
    ("projects.get_all_ex", "by default", {"name": "common|abroad"}, "common"),
    ("projects.get_all_ex", "unless refused", {"name": "common", "allow_public": False}, ""),
    ("projects.get_all_ex", "unless only own ones are asked for", {"name": "common", "non_public": True}, ""),
    ("projects.get_all_ex", "allow_public wins", {"name": "common", "allow_public": True, "non_public": True}, "common"),
    ("queues.get_all", "never of others", {"id": ["q-abroad", "q-first"]}, "first"),
    ("users.get_all", "never of others", {"id": ["u-stranger", "u-ada"]}, "ada"),
]

SUB_PROJECTS: list[tuple[str, str, dict[str, Any], Any]] = [
    ("models.get_all", "not unless asked", {"project": ["p-tree"]}, ""),
    ("models.get_all", "all depths", {"project": ["p-tree"], "include_subprojects": True}, "net tree net"),
    ("models.get_all_ex", "one text", {"project": "p-branch", "include_subprojects": True}, "net tree net"),
    ("models.get_all_ex", "the project itself too", {"project": ["p-leaf"], "include_subprojects": True}, "tree net"),
    ("models.get_all", "without a project it does nothing", {"include_subprojects": True}, "given net tree net"),
    ("models.get_all", "an empty list of projects neither", {"include_subprojects": True, "project": []}, "given net tree net"),
    ("models.get_by_id_ex", "unknown to it", {"id": ["m-net"], "project": ["p-tree"], "include_subprojects": True}, ""),
    ("tasks.get_all", "tasks too", {"project": ["p-kinds"], "include_subprojects": "x", "name": "^f"}, "five four"),
]

ALL = [("1.8", *row) for row in HIDDEN] + [("1.1", *row) for row in PUBLIC] + [("1.8", *row) for row in SUB_PROJECTS]


@pytest.mark.parametrize(
    ("action", "data", "found"), [(row[1], row[3], row[4]) for row in ALL], ids=[f"§{r[0]} {r[1]} {r[2]}" for r in ALL]
)
def test_who_is_seen(ask: Ask, action: str, data: dict[str, Any], found: Any) -> None:
    assert ask(action, data) == found


@pytest.mark.parametrize(
    ("data", "found"),
    [({}, ["default", "first", "second"]), ({"search_hidden": True}, ["default", "first", "glue", "second"]), ({"name": "g"}, ["glue"])],
)
def test_queues_with_references(rows: Ask, data: dict[str, Any], found: list[str]) -> None:
    """§1.8 for the list whose rows are always whole."""
    assert [row["name"] for row in rows("queues.get_all_ex", {"order_by": ["name"], **data})] == found


@pytest.mark.parametrize("service", ["tasks", "models"])
def test_ids_are_required(rows: Ask, service: str) -> None:
    """§12, spec 3 §6: `get_by_id_ex` without ids is refused; unknown ones are just missing."""
    assert rows(f"{service}.get_by_id_ex", {}) == (400, 11)
    assert rows(f"{service}.get_by_id_ex", {"id": ["nobody"]}) == []
