"""1.9.0: the text of reports can be searched. Source: spec 6 §3.3."""

from __future__ import annotations

from .changing import Databases, Walk

VERSION = "1.9.0"
WHAT = "the text index of tasks is made anew, with the text of reports"

_INDEX = "backend-db.task.main_text_index"


def left(databases: Databases) -> int:
    return 0


def run(databases: Databases, walk: Walk) -> None:
    task = databases.backend["task"]
    if "task" in databases.backend.list_collection_names() and _INDEX in task.index_information():
        task.drop_index(_INDEX)
