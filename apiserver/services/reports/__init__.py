"""Handlers of `reports.*`: written reports, which are tasks of type `report`. Source: spec 5 §9; docs/reports.md."""

from apiserver.services.reports.editing import archive, create, delete, move, publish, unarchive, update
from apiserver.services.reports.reading import get_all_ex, get_tags, get_task_data

__all__ = [
    "archive",
    "create",
    "delete",
    "get_all_ex",
    "get_tags",
    "get_task_data",
    "move",
    "publish",
    "unarchive",
    "update",
]
