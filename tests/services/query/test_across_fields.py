"""One pattern or date for several fields, text search, and digits that compare as numbers. A row for each rule of spec 2 §1.7, 1.9, 1.10.

The documents are those of `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
KINDS = "five four one shared stored three two"
RUNS = "r0 r1 r2 r3 r4"
WORDS = "Hello again hello world run of networks"

PATTERNS: list[tuple[str, str, dict[str, Any], Any]] = [
    ("case does not count", "p-kinds", {"_any_": {"fields": ["comment"], "pattern": "QUICK"}}, "five one"),
    ("any of the fields", "p-kinds", {"_any_": {"fields": ["comment", "report"], "pattern": "fox"}}, "one two"),
    ("any of the fields, by its other name", "p-kinds", {"_or_": {"fields": ["comment", "report"], "pattern": "fox"}}, "one two"),
    ("all of the fields", "p-kinds", {"_all_": {"fields": ["comment", "name"], "pattern": "^[fq].{3,4}"}}, "five"),
    ("all of the fields, by its other name", "p-kinds", {"_and_": {"fields": ["comment", "report"], "pattern": "fox"}}, ""),
    ("id is the document's", "p-kinds", {"_any_": {"fields": ["id"], "pattern": "^T-TWO$"}}, "two"),
    ("any field, with a path", "p-words", {"_any_": {"fields": ["script.repository"], "pattern": r"repo\.git"}}, "run of networks"),
    ("any element of a list", "p-tagged", {"_any_": {"fields": ["tags"], "pattern": "^C$"}}, "beta"),
    ("inside maps", "p-kinds", {"_any_": {"fields": ["runtime.s"], "pattern": "X"}}, "three"),
    ("inside maps, names with a line", "p-kinds", {"_any_": {"fields": ["runtime._u", "name"], "pattern": "^one"}}, "one"),
    ("an unknown field", "p-kinds", {"_any_": {"fields": ["bogus"], "pattern": "x"}}, (400, 14)),
    ("a path through a reference", "p-kinds", {"_any_": {"fields": ["project.name"], "pattern": "x"}}, (400, 14)),
    ("a pattern that does not compile", "p-kinds", {"_any_": {"fields": ["name"], "pattern": "("}}, (400, 21)),
    ("no fields: no filter", "p-kinds", {"_any_": {"fields": [], "pattern": "x"}}, KINDS),
    ("no pattern and no date", "p-kinds", {"_any_": {"fields": ["name"]}}, (400, 16)),
    ("both", "p-kinds", {"_any_": {"fields": ["name"], "pattern": "x", "datetime": [">2024-01-01"]}}, (400, 16)),
    ("an unknown key", "p-kinds", {"_any_": {"fields": ["name"], "pattern": "x", "more": 1}}, (400, 16)),
    ("no object", "p-kinds", {"_all_": ["name"]}, (400, 16)),
    ("both keys are ANDed", "p-kinds", {
        "_any_": {"fields": ["comment"], "pattern": "quick"}, "_or_": {"fields": ["name"], "pattern": "o"},
    }, "one"),
    ("with other filters", "p-kinds", {"_any_": {"fields": ["comment"], "pattern": "quick"}, "type": ["testing"]}, "one"),
    ("a date for any", "p-runs", {"_any_": {"fields": ["last_update", "status_changed"], "datetime": [">2024-01-08"]}}, "r1"),
    ("a date for all", "p-runs", {"_all_": {"fields": ["last_update", "status_changed"], "datetime": [">2024-01-02"]}}, "r3"),
    (
        "a date: others are dropped", "p-runs", {"_all_": {"fields": ["last_update", "created"], "datetime": [">2024-01-02"]}}, "r3",
    ),
    ("a date: no field is left", "p-runs", {"_any_": {"fields": ["created", "name"], "datetime": [">2024-01-02"]}}, RUNS),
    ("a date: no text", "p-runs", {"_any_": {"fields": ["last_update"], "datetime": [5]}}, (400, 16)),
]  # fmt: skip

TEXT: list[tuple[str, dict[str, Any], Any]] = [
    ("whole words", {"search_text": "hell"}, ""),
    ("whatever their case", {"search_text": "HELLO"}, "Hello again hello world"),
    ("words are ORed", {"search_text": "world networks"}, "hello world run of networks"),
    ("words are stemmed", {"search_text": "run"}, "hello world run of networks"),
    ("words are stemmed", {"search_text": "network"}, "run of networks"),
    ("a phrase", {"search_text": '"hello world"'}, "hello world"),
    ("a word that may not occur", {"search_text": "hello -world"}, "Hello again"),
    ("an id", {"search_text": "0123456789abcdef0123456789abcdef"}, "Hello again"),
    ("the repository", {"search_text": "repo"}, "run of networks"),
    ("an empty text is no search", {"search_text": ""}, WORDS),
    ("null is no search", {"search_text": None}, WORDS),
    ("with other filters", {"search_text": "hello", "name": "^h"}, "hello world"),
    ("no text", {"search_text": 5}, (400, 12)),
]

DIGITS: list[tuple[str, str, dict[str, Any], Any]] = [
    ("a filter of parameters", "tasks", {"hyperparams.Args.lr.value": ["09"]}, "three"),
    ("a filter of parameters, by their old name", "tasks", {"execution.parameters.lr.value": ["010"]}, "four"),
    ("the whole query, other filters too", "tasks", {"hyperparams.Args.lr.value": ["9"], "tags": []}, "three"),
    ("a filter of metadata", "models", {"metadata.rank.value": ["010"]}, "net"),
    ("a filter of metadata", "queues", {"metadata.k.value": ["9"], "name": ""}, "first"),
    ("not without it", "tasks", {"name": "^09$"}, ""),
]


@pytest.mark.parametrize(("project", "data", "found"), [row[1:] for row in PATTERNS], ids=[f"§1.7 {row[0]}" for row in PATTERNS])
@pytest.mark.parametrize("action", ["tasks.get_all", "tasks.get_all_ex"])
def test_several_fields(ask: Ask, action: str, project: str, data: dict[str, Any], found: Any) -> None:
    assert ask(action, {"project": [project], **data}) == found


@pytest.mark.parametrize(("data", "found"), [row[1:] for row in TEXT], ids=[f"§1.9 {row[0]}" for row in TEXT])
@pytest.mark.parametrize("action", ["tasks.get_all", "tasks.get_all_ex"])
def test_text(ask: Ask, action: str, data: dict[str, Any], found: Any) -> None:
    assert ask(action, {"project": ["p-words"], **data}) == found


@pytest.mark.parametrize(
    ("entity", "text", "found"), [("models", "PyTorch", ""), ("models", "nets", "net tree net"), ("projects", "wood", "tree")]
)
def test_text_of_other_entities(ask: Ask, entity: str, text: str, found: str) -> None:
    """§1.9, §6: each entity by the fields of its own index."""
    assert ask(f"{entity}.get_all_ex", {"search_text": text}) == found


@pytest.mark.parametrize("entity", ["queues", "users"])
def test_no_text_index(ask: Ask, entity: str) -> None:
    """§1.9: a refusal, where the reference breaks."""
    assert ask(f"{entity}.get_all", {"search_text": "x"}) == (400, 12)
    assert ask(f"{entity}.get_all", {"search_text": "", "id": []}) != (400, 12)


@pytest.mark.parametrize(("entity", "data", "found"), [row[1:] for row in DIGITS], ids=[f"§1.10 {row[0]}" for row in DIGITS])
def test_digits(ask: Ask, entity: str, data: dict[str, Any], found: Any) -> None:
    """§1.10: what is below certain keys makes digits inside texts compare as numbers."""
    assert ask(f"{entity}.get_all", data) == found
