"""Configuration: layers and their order, what is refused and where it says so, this installation's secrets."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from apiserver import configuration, resources
from apiserver.configuration import keys, layers, secrets
from apiserver.configuration.outline import outline


@pytest.fixture(autouse=True)
def no_folders_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(layers, "REFERENCE_FOLDERS", (str(tmp_path / "trains"), str(tmp_path / "clearml")))
    monkeypatch.setattr(layers, "OWN_FOLDER", str(tmp_path / "etc"))


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_compiled_defaults_are_those_of_the_sources() -> None:
    """Else `trackyard generate` was forgotten after a change below config/."""
    folder = resources.folder("config")
    assert (folder / keys.COMPILED).read_text() == keys.compiled(folder)


def test_defaults_are_right_without_the_compiled_file(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = keys.load().by_path
    monkeypatch.setattr(keys, "COMPILED", "missing.json")
    assert keys.load().by_path == compiled


def test_every_key_has_a_comment() -> None:
    assert [path for path, key in keys.load().by_path.items() if not key.doc] == []


def test_every_default_fits_its_own_key() -> None:
    assert [(path, wrong) for path, key in keys.load().by_path.items() if (wrong := key.wrong(key.default))] == []


def test_every_key_is_in_the_documentation() -> None:
    """docs/configuration.md names every section, and config/ documents each key; here: that none is without a page."""
    page = (Path(keys.__file__).parents[2] / "docs" / "configuration.md").read_text()
    missing = {key.file for key in keys.load().by_path.values() if f"`{key.file.removesuffix('.conf').replace('/', '.')}" not in page}
    assert missing == set()


def test_every_setting_that_the_code_asks_for_is_a_key() -> None:
    import re

    root = Path(keys.__file__).parents[2]
    known = keys.load()
    asked = {
        (path, file.name)
        for package in ("apiserver", "fileserver")
        for file in (root / package).rglob("*.py")
        for path in re.findall(
            r'(?:settings|setting)(?:\.get)?\(\s*"((?:apiserver|services|secure|hosts|fileserver|stores|data|serve|logging)\.[\w.]+)"',
            file.read_text(),
        )
    }
    assert asked
    assert sorted((p, f) for p, f in asked if known.holding(p) is None and p not in known.sections) == []


def test_layers_in_their_order(tmp_path: Path) -> None:
    """Reference folders, /etc/trackyard, $TRACKYARD_CONFIG_DIR, TRAINS__, CLEARML__, TRACKYARD__, options: later goes first."""
    environment = {"TRACKYARD_CONFIG_DIR": str(tmp_path / "own")}

    def effective() -> tuple[object, str]:
        found = configuration.load(environment).values["services.tasks.max_last_metrics"]
        return found.value, found.origin.rpartition("/")[2]

    assert effective() == (2000, "default")
    for value, folder in enumerate(("trains", "clearml", "etc", "own")):
        written(tmp_path / folder, "services/tasks.conf", f"# comment\n\nmax_last_metrics: {value}\n")
        assert effective() == (value, "tasks.conf:3")
    for value, prefix in ((11, "TRAINS"), (12, "CLEARML"), (13, "TRACKYARD")):
        environment[f"{prefix}__services__tasks__max_last_metrics"] = str(value)
        assert effective() == (value, f"{prefix}__services__tasks__max_last_metrics")
    found = configuration.load(environment, {"services.tasks.max_last_metrics": 99, "serve.host": None})
    assert found.settings().get("services.tasks.max_last_metrics") == 99
    assert found.problems == []


def test_the_variable_replaces_the_reference_folders(tmp_path: Path) -> None:
    written(tmp_path / "clearml", "apiserver.conf", "version.required: true")
    written(tmp_path / "mine", "apiserver.conf", "auth { cookies { max_age: 5 } }")
    found = configuration.load({"CLEARML_CONFIG_DIR": f"{tmp_path / 'mine'}:{tmp_path / 'missing'}"})
    assert found.settings().get("apiserver.version.required") is False
    assert found.settings().get("apiserver.auth.cookies") == {
        "httponly": True,
        "secure": False,
        "domain": None,
        "samesite": "Lax",
        "max_age": 5,
    }
    assert found.warnings == [f"CLEARML_CONFIG_DIR names {tmp_path / 'missing'}, which is no folder"]


def test_a_leading_dash_replaces_a_section(tmp_path: Path) -> None:
    written(tmp_path / "etc", "apiserver.conf", "auth { -cookies { max_age: 5 } }")
    assert configuration.load({}).settings().get("apiserver.auth.cookies") == {"max_age": 5}


def test_free_sections_merge_by_name(tmp_path: Path) -> None:
    written(tmp_path / "etc", "secure.conf", 'credentials { tests { user_key: "K", user_secret: "S" }, robot { role: "user" } }')
    found = configuration.load({"CLEARML__SECURE__CREDENTIALS__ROBOT__USER_KEY": "R"}).settings().get("secure.credentials")
    assert found["tests"]["user_key"] == "K"
    assert found["tests"]["role"] == "user"
    assert found["robot"] == {"role": "user", "user_key": "R"}
    assert found["webserver"]["role"] == "system"
    assert configuration.load({}).keys.by_path["secure.credentials"].default["tests"]["user_key"] == "", "defaults are never changed"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("true", True),
        ("", ""),
        ('"quoted # text"', "quoted # text"),
        ("plain text", "plain text"),
        ("[1, 2, {c: d}]", [1, 2, {"c": "d"}]),
        ("1.5", 1.5),
    ],
)
def test_variables_are_hocon(text: str, value: object) -> None:
    found = configuration.load({"TRACKYARD__APISERVER__CUSTOM": text, "CLEARML__APISERVER__AUTH__CUSTOM_COOKIES__X": text})
    assert found.settings().get("apiserver.auth.custom_cookies") == {"x": value}
    assert [str(problem) for problem in found.problems] == ["TRACKYARD__APISERVER__CUSTOM: unknown key apiserver.custom"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "tasks {\n  max_last_metric: 5\n}",
            2,
            "unknown key services.tasks.max_last_metric; did you mean services.tasks.max_last_metrics?",
        ),
        ('tasks {\n\n  max_last_metrics: "many"\n}', 3, "services.tasks.max_last_metrics has to be a number, not a text"),
        ("tasks.max_last_metrics: true", 1, "services.tasks.max_last_metrics has to be a number, not true or false"),
        ("# a\ntasks: 5", 2, "services.tasks is a section: it has to be {...}, not one value"),
        ("queues.hidden_tags: a", 1, "services.queues.hidden_tags has to be a list, not a text"),
        ("queues { hidden_tags { a: 1 } }", 1, "unknown key services.queues.hidden_tags.a"),
        ("events.validate_plot_str: 1", 1, "services.events.validate_plot_str has to be true or false, not a number"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    file = written(tmp_path / "etc", "services.conf", text)
    problems = [str(problem) for problem in configuration.load({}).problems]
    assert len(problems) == 1
    assert problems[0].startswith(f"{file}:{line}: {words}")


@pytest.mark.parametrize("text", ["auth {", "auth = [1, 2", "a = ${missing}", '"', "{" * 50, "\x00", "include"])
def test_broken_files_are_named_and_nothing_crashes(tmp_path: Path, text: str) -> None:
    file = written(tmp_path / "etc", "apiserver.conf", text)
    problems = [str(problem) for problem in configuration.load({}).problems]
    assert problems
    assert all(str(file) in problem for problem in problems)


def test_names_of_the_reference_stand_for_keys() -> None:
    found = configuration.load({"CLEARML_GUNICORN_WORKERS": "7", "TRAINS_REDIS_SERVICE_HOST": "redis", "REDIS_SERVICE_PORT": "6380"})
    assert found.problems == []
    assert found.settings().get("serve.workers") == 7
    assert found.settings().get("hosts.redis.workers") == {"host": "redis", "port": 6380, "db": 4}


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first, second = configuration.load({}), configuration.load({})
    secrets.fill_in(first, tmp_path / "data")
    secrets.fill_in(second, tmp_path / "data")
    file = tmp_path / "data" / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secrets.json"]
    for path in secrets.PATHS:
        assert first.values[path] == second.values[path]
        assert len(first.values[path].value) >= 48
    assert len({first.values[path].value for path in secrets.PATHS}) == 2


def test_configured_secrets_go_before_the_file(tmp_path: Path) -> None:
    found = configuration.load({"TRACKYARD__SECURE__AUTH__TOKEN_SECRET": "mine"})
    secrets.fill_in(found, tmp_path)
    assert found.settings().get("secure.auth.token_secret") == "mine"
    assert found.settings().get("secure.auth.credentials_key")


def test_a_damaged_secrets_file_is_never_replaced(tmp_path: Path) -> None:
    """New secrets would lock everybody out."""
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(secrets.BadSecrets, match="damaged"):
        secrets.fill_in(configuration.load({}), tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"


def test_an_older_secrets_file_is_completed(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({secrets.PATHS[0]: "kept"}))
    found = configuration.load({})
    secrets.fill_in(found, tmp_path)
    assert found.settings().get(secrets.PATHS[0]) == "kept"
    assert found.settings().get(secrets.PATHS[1])


def test_the_outline_of_a_file() -> None:
    text = '# head\n\n# one\na = 1 # after\nb { // two\n  c: [1,\n  {x: 2}]\n  "d.e".f: """long\n  }"""\n}\ng\n{\n h=http://x#y\n}\n'
    assert {path: place.line for path, place in outline(text).items()} == {
        ("a",): 4,
        ("b",): 5,
        ("b", "c"): 6,
        ("b", "d.e", "f"): 8,
        ("g",): 11,
        ("g", "h"): 13,
    }
    assert outline(text)[("a",)].comment == "one"
