"""Changes the tree of projects at random, until its process is killed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from apiserver.stores.collections import PROJECTS
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import USER, client
from tests.services.projects.stores import Plain
from tests.services.projects.trees import over


def main(stores: Mapping[str, Any], seed: int, says: Connection, *, plain: bool) -> None:
    """stores: a place of `apiserver/testing/stacks.py`; says: gets a word when a change begins."""
    chance = random.Random(seed)
    with client(stores) as found:
        api = over(found, Plain(found.backend.documents)) if plain else found
        api.login(*USER)
        while True:
            says.send("next")
            try:
                change(api, chance)
            except CallFailed as error:
                if error.code >= 500:
                    raise


def change(api: Client, chance: random.Random) -> None:
    projects = api.backend.documents.list(PROJECTS, fields=["name"])
    word = "".join(chance.choices("abc", k=3))
    if not projects:
        projects = [api.call("projects.create", {"name": word}) | {"name": word}]
    one, other = chance.choice(projects), chance.choice(projects)
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
