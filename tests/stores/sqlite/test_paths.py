"""Patterns that are plain texts, and ids under the numeric collation."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiserver.stores.collections import TASKS
from apiserver.stores.filters import Eq, Ids, In, Matches, Order
from apiserver.stores.sqlite.compile import literal_text
from apiserver.stores.sqlite.documents import SqliteDocumentStore


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("unet", "unet"), ("unet\\ sweep", "unet sweep"), ("a\\.b\\-c", "a.b-c"), ("50%_x\\\\", "50%_x\\"), ("", ""), ("a.b", ""),
        ("^a", ""), ("a$", ""), ("\\d", ""), ("é", ""), ("a\\", ""), ("a|b", ""), ("a\nb", ""),
    ],
)  # fmt: skip
def test_a_pattern_that_is_a_text(pattern: str, text: str) -> None:
    """Only what can mean nothing else counts as one."""
    assert literal_text(pattern) == text


def test_a_search_for_words_is_a_search_by_the_pattern(tmp_path: Path) -> None:
    """Case, signs that LIKE knows, other alphabets, NULs and lists: as the pattern finds them."""
    store = SqliteDocumentStore(tmp_path / "documents.db")
    texts = ["Unet 50%", "UNET_50", "u\0net 50%", "\u212aelvin unet", "kelvin", "unet\n50%", "été unet 50%", ""]
    store.insert(TASKS, *({"id": str(n), "name": text, "comment": text, "tags": ["x", text]} for n, text in enumerate(texts)))
    for pattern in ("unet", "50%", "et_5", "kelvin", "net\\ 50", "t\\ 50%"):
        for path in ("name", "comment", "tags"):
            found = store.list(TASKS, Matches(path, pattern, ignore_case=True), fields=["name"])
            called = store.list(TASKS, Matches(path, f"(?:{pattern})", ignore_case=True), fields=["name"])
            assert found == called, (pattern, path)


def test_ids_are_compared_as_they_are(tmp_path: Path) -> None:
    """Under the numeric collation `09` and `9` are one text and two ids; ids are looked up by their index then too."""
    store = SqliteDocumentStore(tmp_path / "documents.db")
    store.insert(TASKS, {"id": "a09", "project": "09"}, {"id": "a9", "project": "9"}, {"id": "a10", "project": "10"})
    assert len(store.list(TASKS, Eq("project", "9"), numeric=True)) == 2
    assert [task["id"] for task in store.list(TASKS, Ids("project", ["9"]), numeric=True)] == ["a9"]
    assert isinstance(Ids("project", ["9"]), In)
    by_number = [task["id"] for task in store.list(TASKS, order=[Order("id")], numeric=True)]
    exactly = [task["id"] for task in store.list(TASKS, order=[Order("id", exact=True)], numeric=True)]
    assert (by_number[-1], exactly) == ("a10", ["a09", "a10", "a9"])
