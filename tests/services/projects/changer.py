"""Changes the tree of projects at random, until its process is killed."""

from __future__ import annotations

import random
from multiprocessing.connection import Connection
from pathlib import Path

from apiserver.stores.collections import PROJECTS
from apiserver.stores.registry import open_embedded
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import USER, settings_of
from tests.services.projects.stores import Plain
from tests.services.projects.trees import over


def main(folder: Path, seed: int, says: Connection, *, plain: bool) -> None:
    """says: gets a word when the changes begin."""
    chance = random.Random(seed)
    backend = open_embedded(folder, settings_of({}))
    api = over(Client(None, backend, *USER), Plain(backend.documents) if plain else backend.documents)
    api.login(*USER)
    says.send("ready")
    while True:
        try:
            change(api, chance)
        except CallFailed as error:
            if error.code >= 500:
                raise


def change(api: Client, chance: random.Random) -> None:
    projects = api.backend.documents.list(PROJECTS, fields=["name"])
    one, other = chance.choice(projects), chance.choice(projects)
    word = "".join(chance.choices("abc", k=3))
    match chance.choice(("create", "create", "create", "rename", "move", "move", "merge", "delete")):
        case "create":
            made = api.call("projects.create", {"name": f"{one['name']}/{word}/{word}"})["id"]
            api.call("tasks.create", {"name": "a task", "type": "training", "project": made})
        case "rename":
            above = one["name"].rpartition("/")[0]
            api.call("projects.update", {"project": one["id"], "name": f"{above}/{word}{word}"})
        case "move":
            api.call("projects.move", {"project": one["id"], "new_location": other["name"]})
        case "merge":
            api.call("projects.merge", {"project": one["id"], "destination_project": other["id"]})
        case "delete" if len(projects) > 20:
            api.call("projects.delete", {"project": one["id"], "force": True, "delete_contents": chance.random() < 0.5})
