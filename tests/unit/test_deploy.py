"""The files of `deploy/`: they can be read, and every setting that they give to the server is one that the server knows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from apiserver import configuration

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = sorted((DEPLOY / "compose").glob("*.yaml"))
CHART = DEPLOY / "kubernetes" / "trackyard"
GIVEN = {"TRACKYARD_TOKEN_SECRET": "a" * 48, "TRACKYARD_CREDENTIALS_KEY": "b" * 48}


class Compose(yaml.SafeLoader):
    """Knows the tags of Compose files."""


Compose.add_constructor("!reset", lambda loader, node: loader.construct_sequence(node))


def variables(text: str, given: Mapping[str, str]) -> str:
    """Compose's `${NAME}`, `${NAME:-default}` and `${NAME:?why}` filled in."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found[1], found[2] or "", found[3] or ""
        if given.get(name):
            return given[name]
        assert kind != ":?", f"{name} has to be given: {rest}"
        return rest

    return re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", value, text)


def services(path: Path, given: Mapping[str, str] = GIVEN) -> dict[str, Any]:
    """The services of a Compose file, with what they extend."""
    found = yaml.load(variables(path.read_text(), given), Loader=Compose)["services"]
    for service in found.values():
        if extends := service.get("extends"):
            base = services(path.with_name(extends["file"]), given)[extends["service"]]
            service["environment"] = {**base.get("environment", {}), **service.get("environment", {})}
            for name, value in base.items():
                service.setdefault(name, value)
    return dict(found)


def problems(environment: Mapping[str, str]) -> list[str]:
    """What the configuration finds wrong with these variables."""
    return [str(problem) for problem in configuration.load({**environment, "TRACKYARD_CONFIG_DIR": ""}).problems]


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_the_server_knows_what_compose_tells_it(path: Path) -> None:
    environment = services(path)["server"]["environment"]
    assert all(isinstance(value, str) for value in environment.values()), "Compose wants texts"
    assert problems(environment) == []
    assert problems({**environment, "TRACKYARD__serve__no_such_key": "1"}) != []


def test_scale_out_names_all_three_databases() -> None:
    found = configuration.load(services(DEPLOY / "compose" / "compose.scaleout.yaml")["server"]["environment"]).settings()
    assert found.get("stores.engine") == "scaleout"
    assert (found.get("hosts.mongo.backend.service_host"), found.get("hosts.mongo.auth.service_host")) == ("mongo", "mongo")
    assert found.get("hosts.elastic.events.service_host") == found.get("hosts.elastic.workers.service_host") == "elastic"
    assert found.get("hosts.redis.workers.host") == "redis"


def test_scale_out_without_secrets_says_what_makes_them() -> None:
    with pytest.raises(AssertionError, match=r"run deploy/compose/secrets\.sh first"):
        services(DEPLOY / "compose" / "compose.scaleout.yaml", {})


def test_no_database_is_published_and_nothing_is_privileged() -> None:
    for path in COMPOSE:
        for name, service in services(path).items():
            assert not service.get("privileged"), name
            assert name == "server" or not service.get("ports"), name
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_secrets_are_made_once_and_for_their_owner(tmp_path: Path) -> None:
    script = tmp_path / "secrets.sh"
    script.write_bytes((DEPLOY / "compose" / "secrets.sh").read_bytes())
    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    file = tmp_path / ".env"
    made = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert {name: len(value) for name, value in made.items()} == {
        "TRACKYARD_TOKEN_SECRET": 48, "TRACKYARD_CREDENTIALS_KEY": 48, "CLEARML_AGENT_ACCESS_KEY": 20, "CLEARML_AGENT_SECRET_KEY": 40,
    }  # fmt: skip
    assert file.stat().st_mode & 0o777 == 0o600
    again = subprocess.run(["sh", str(script)], check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert problems(services(DEPLOY / "compose" / "compose.scaleout.yaml", made)["server"]["environment"]) == []


def test_the_server_knows_what_the_chart_tells_it() -> None:
    """Every variable of the template, with a value of the kind that the template gives it."""
    text = (CHART / "templates" / "server.yaml").read_text()
    names = set(re.findall(r"name: ((?:TRACKYARD|CLEARML)_\w+)", text))
    values = {
        "TRACKYARD__serve__workers": "2", "TRACKYARD__serve__sign_in_by_name": "never", "TRACKYARD__stores__engine": "scaleout",
        "TRACKYARD__apiserver__auth__cookies__domain": '".example.com"', "TRACKYARD__fileserver__auth__cookie_names": '["token"]',
        "TRACKYARD__hosts__mongo__backend__host": '"mongodb://m:27017/backend"',
        "TRACKYARD__hosts__elastic__events__hosts": '[{"host": "elastic", "port": 9200}]',
        "TRACKYARD__hosts__elastic__workers__hosts": '[{"host": "elastic", "port": 9200}]',
        "CLEARML_REDIS_SERVICE_PORT": "6379", "TRACKYARD__data__files_dir": "/files",
    }  # fmt: skip
    assert len(names) > 15
    assert set(values) <= names
    assert problems({name: values.get(name, '"text"') for name in names}) == []


def test_the_values_of_the_chart_are_those_that_its_templates_read() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["name"] == "trackyard"
    read = set()
    for template in (CHART / "templates").iterdir():
        read.update(re.findall(r"\.Values\.(\w+)", template.read_text()))
    assert read == set(values)


def test_the_image_runs_as_a_user_of_its_own_and_is_watched() -> None:
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    for stage in re.split(r"^FROM ", text, flags=re.MULTILINE)[2:-1]:
        assert re.findall(r"^USER (\S+)$", stage, flags=re.MULTILINE)[-1] == "1000:1000"
    assert "/healthz" in text
    copied = {
        line.removeprefix("!") for line in (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    }
    assert all((DEPLOY.parent / name).exists() for name in copied)
