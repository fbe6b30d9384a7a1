"""Settings: lookups by path."""

from __future__ import annotations

from apiserver.settings import Settings


def test_values_are_found_by_dotted_path() -> None:
    settings = Settings.from_dict({"a.b.c": 1, "a.b.d": {"e": None}})
    assert settings.get("a.b.c") == 1
    assert settings.get("a.b") == {"c": 1, "d": {"e": None}}
    assert settings.get("a.b.d.e", 5) is None


def test_a_missing_path_gives_the_default() -> None:
    settings = Settings.from_dict({"a.b": 1})
    assert settings.get("a.c") is None
    assert settings.get("a.b.c", "default") == "default"


def test_a_section_is_settings_of_its_own() -> None:
    settings = Settings.from_dict({"a.b.c": 1})
    assert settings.section("a.b").get("c") == 1
    assert settings.section("nothing").get("c", 2) == 2
