"""`deploy/upgrade/`: the files say what the commands know, and the folder of the old engine is never written to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from apiserver.commands.migrate_elastic import command

FOLDER = Path(__file__).parents[2] / "deploy" / "upgrade"
VARIABLES = {option.envvar for sub in command.commands.values() for option in sub.params if option.envvar}


def test_compose_starts_the_engine_over_a_layer_of_its_own() -> None:
    found = yaml.safe_load((FOLDER / "compose.yml").read_text())
    options = found["volumes"]["old-data"]["driver_opts"]
    assert (options["type"], options["o"].split("=")[0]) == ("overlay", "lowerdir")
    mounts = [mount for service in found["services"].values() for mount in service["volumes"]]
    assert not [mount for mount in mounts if "OLD_DATA" in mount]
    tool = found["services"]["migrate"]
    assert tool["entrypoint"] == ["trackyard", "migrate", "elastic"]
    assert tool["command"][0] in command.commands
    assert set(tool["environment"]) - {"TRACKYARD__data__dir"} == VARIABLES
    assert found["services"]["migrate"]["build"]["dockerfile"] == "deploy/upgrade/Dockerfile"


def test_the_job_mounts_the_folder_for_reading_only() -> None:
    _, job = yaml.safe_load_all((FOLDER / "job.yml").read_text())
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    containers = [*pod["initContainers"], *pod["containers"]]
    old = [mount for one in containers for mount in one["volumeMounts"] if mount["name"] == "old"]
    assert [mount["readOnly"] for mount in old] == [True]
    (tool,) = pod["containers"]
    assert {one["name"] for one in tool["env"]} == VARIABLES
    for part in tool["command"][2].split(" && "):
        words = part.split()
        assert words[:3] == ["trackyard", "migrate", "elastic"]
        assert words[3] in command.commands
    assert {mount["name"] for one in containers for mount in one["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
