"""0.16.2: artifacts of a task are a map instead of a list. Source: spec 6 §3.3."""

from __future__ import annotations

from .changing import Databases, Document, Update, Walk, md5, tasks_of

VERSION = "0.16.2"
WHAT = "artifacts of tasks become a map by key and mode"
LASTING = True

OLD = {"execution.artifacts": {"$type": "array"}}


def by_key(document: Document) -> Update:
    """The values unchanged; of two with the same key and mode the later one stays, as everywhere."""
    found = {}
    for artifact in document["execution"]["artifacts"]:
        if isinstance(artifact, dict) and "key" in artifact:
            found[f"{md5(str(artifact['key']))}_{artifact.get('mode') or 'output'}"] = artifact
    return {"$set": {"execution.artifacts": found}}


def left(databases: Databases) -> int:
    return sum(tasks.count_documents(OLD) for tasks in tasks_of(databases))


def run(databases: Databases, walk: Walk) -> None:
    for tasks in tasks_of(databases):
        walk.over(tasks, OLD, by_key, ("execution.artifacts",))
