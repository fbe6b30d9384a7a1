"""What is particular to MongoDB: patterns and changes that go another way, plans of hot questions, failures in the middle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from apiserver.stores.collections import ALL, AUTH_USERS, MODELS, PROJECTS, QUEUES, TASKS, Collection
from apiserver.stores.errors import InvalidPattern, InvalidQuery, StoreError
from apiserver.stores.filters import (
    TEXT_SCORE,
    AnyElement,
    Change,
    Eq,
    Filter,
    Fold,
    In,
    Inc,
    Matches,
    Move,
    Not,
    NotIn,
    Order,
    PopFirst,
    PullWhere,
    Push,
    Range,
    Set,
    SetElement,
    Text,
)
from apiserver.stores.mongo.changes import Plan
from apiserver.stores.mongo.connection import place
from apiserver.stores.mongo.documents import MongoDocumentStore
from apiserver.stores.mongo.patterns import translated
from apiserver.testing.backends import mongo_documents
from apiserver.testing.documents_together import in_threads
from apiserver.testing.samples import SAMPLES
from tests.servers.base import shared
from tests.servers.mongo import MONGO


@pytest.fixture
def store() -> Iterator[MongoDocumentStore]:
    with mongo_documents(shared(MONGO), collections=(*ALL, SAMPLES)) as opened:
        assert isinstance(opened, MongoDocumentStore)
        yield opened


@pytest.mark.parametrize(
    ("pattern", "sent"),
    [
        ("abc", "abc"), ("^a\\.b$", "^a\\.b$"), (r"^my\ project/\.x$", "^my project/\\.x$"), ("^a.*b", "^a.*b"), ("a{2,}?", "a{2,}?"),
        ("[^-b]", "[^\\-b]"), ("^beta|one$", "(?:^beta|one$)"), ("(?P<name>a)", "(a)"), ("\\Z", "\\z"), ("[]]", "\\]"),
        ("(a|aa)+$", None), ("(a+)+", None), ("a*b*c*d*", None), ("(?=a)", None), ("(a)\\1", None), ("(?i:a)", None), ("(?i)É", None),
    ],
)  # fmt: skip
def test_patterns_that_both_understand_are_sent(pattern: str, sent: str | None) -> None:
    """A simple prefix stays one, which an index answers; what may take exponential time or differ is not sent."""
    found = translated(pattern, False)
    assert (found and found[0]) == sent


@pytest.mark.parametrize(
    "pattern", [r"\d+", r"^\w+$", r"\s", r"\S+", r"\W", r"\D$", r"\bé", r"[\w.]x", r"a\Z", ".", "(?s)a.b", "(?m)^b", "a$"]
)
def test_classes_mean_what_they_mean_in_python(store: MongoDocumentStore, pattern: str) -> None:
    """Digits, letters and spaces of all scripts; ends of lines."""
    texts = [
        "a",
        "é",
        "٣",
        "a b",
        "a\u00a0b",
        "a\u2003b",
        "_",
        "a\nb",
        "a\n",
        "a\r\nb",
        "x.x",
        "éx",
        "\x1f",
        "\x85",
        "ʰ",
        "Ⅷ",
        "½",
        "e\u0301",
        "",
    ]
    store.insert(SAMPLES, *({"id": f"i{n}", "company": str(n), "data": {"x": text}} for n, text in enumerate(texts)))
    assert translated(pattern, False) is not None
    expected = {f"i{n}" for n, text in enumerate(texts) if re.search(pattern, text)}
    assert {d["id"] for d in store.list(SAMPLES, Matches("data.x", pattern))} == expected


def test_patterns_that_are_matched_here(store: MongoDocumentStore) -> None:
    """Alone, negated, in alternatives and inside of elements, with other conditions and for writes."""
    store.insert(SAMPLES, *({"id": k, "company": k, "name": k, "items": [{"key": k}]} for k in ("aab", "abb", "ccc")))
    odd = Matches("name", "(a|aa)+b$")
    wanted: list[tuple[Filter, set[str]]] = [
        (odd, {"aab"}), (Not(odd), {"abb", "ccc"}), (odd | Eq("id", "ccc"), {"aab", "ccc"}), (odd & Eq("company", "x"), set()),
        (AnyElement("items", Matches("key", "(a|aa)+b$")), {"aab"}),
        (Matches("items.key", "(?=c)c"), {"ccc"}), (Matches("id", "(?=c)c"), {"ccc"}),
    ]  # fmt: skip
    for where, expected in wanted:
        assert {d["id"] for d in store.list(SAMPLES, where)} == expected, where
        assert store.count(SAMPLES, where, numeric=True) == len(expected)
    assert store.update_many(SAMPLES, odd, Set("number", 1)).matched == 1
    with pytest.raises(InvalidPattern):
        store.count(SAMPLES, odd | Matches("name", "("))


SIMPLE = [Set("a.b", 1), Inc("n"), PullWhere("items", Eq("key", "a") & Range("n", gt=1)), PopFirst("entries"), Push("tags", ["x"], 0)]
FOLD = Fold("m.v", 1, 1.0, (1, 1), (1, 1), (1, 1))


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        (SIMPLE, "operators"), ([FOLD, Set("m.v.value", 1)], "pipeline"),
        ([FOLD, Inc("n")], "python"), ([Set("a", {}), Set("a.b", 1)], "python"),
        ([Move("items", Eq("key", "a"), 1)], "python"), ([SetElement("items", Eq("key", "a"), {"n": 1})], "python"),
        ([Set("data.$d", 1)], "python"), ([Push("name", ["x"])], "python"), ([Set("id", "x")], "python"),
    ],
)  # fmt: skip
def test_which_way_changes_go(changes: list[Change], way: str) -> None:
    """The hot ones are one step of the server."""
    plan = Plan.of(SAMPLES, changes)
    found = "python" if plan is None else "pipeline" if isinstance(plan.update, list) else "operators"
    assert found == way


def test_changes_in_python_lose_nothing_to_others(store: MongoDocumentStore) -> None:
    """Two writers of one document, one of them by its own operators."""
    store.insert(SAMPLES, {"id": "x", "company": "c", "number": 0, "items": [{"key": str(n)} for n in range(10)]})

    def work(number: int) -> None:
        for turn in range(20):
            if number % 2:
                store.update(SAMPLES, Eq("id", "x"), Move("items", Eq("key", str(turn % 10)), number))
            else:
                store.update(SAMPLES, Eq("id", "x"), Inc("number"), Push("tags", [f"{number}.{turn}"]))

    in_threads(4, work)
    found = store.get(SAMPLES, "x")
    assert found["number"] == len(set(found["tags"])) == 40
    assert sorted(item["key"] for item in found["items"]) == [str(n) for n in range(10)]


def test_folds_of_many_writers_add_up(store: MongoDocumentStore) -> None:
    """Each report is counted once, and the extremes are those of all."""
    store.insert(TASKS, {"id": "x", "company": "c", "last_metrics": {}, "unique_metrics": []})

    def work(number: int) -> None:
        for turn in range(20):
            value = number * 20 + turn
            fold = Fold("last_metrics.a.b", 1, float(value), (value, turn), (value, turn), (value, turn))
            store.update(TASKS, Eq("id", "x"), Set("last_metrics.a.b.value", value), fold)

    in_threads(4, work)
    found = store.get(TASKS, "x")["last_metrics"]["a"]["b"]
    assert (found["count"], found["min_value"], found["max_value"], found["max_value_iteration"]) == (80, 0, 79, 19)


def test_a_fold_into_what_is_no_object_is_refused(store: MongoDocumentStore) -> None:
    """The pipeline's guard sends it to Python, which says why; nothing is changed."""
    for broken in (5, None, [], {"a": 5}, {"a": {"b": None}}, {"a": []}):
        store.replace(TASKS, {"id": "x", "last_metrics": broken} if not isinstance(broken, list) else {"id": "x", "metric_stats": {}})
        before = store.get(TASKS, "x")
        path = "last_metrics.a.b" if not isinstance(broken, list) else "metric_stats.a"
        fold = Fold(path, 1, 1.0, (1, 1), (1, 1), (1, 1))
        if isinstance(broken, list):
            assert store.update(TASKS, Eq("id", "x"), fold).matched == 1
            continue
        with pytest.raises(InvalidQuery):
            store.update(TASKS, Eq("id", "x"), Set("name", "n"), fold)
        assert store.get(TASKS, "x") == before


def test_text_and_numbers_together(store: MongoDocumentStore) -> None:
    """A text search knows no collation; both hold all the same."""
    store.insert(
        SAMPLES, {"id": "1", "company": "1", "name": "fox", "note": "v09"}, {"id": "2", "company": "2", "name": "dog", "note": "v9"}
    )
    assert [d["id"] for d in store.list(SAMPLES, Text("fox") & Eq("note", "v9"), numeric=True)] == ["1"]
    assert [d["id"] for d in store.list(SAMPLES, Text("fox") & Eq("note", "v9"), order=[Order(TEXT_SCORE)], numeric=True)] == ["1"]
    assert store.count(SAMPLES, Text("fox") & Eq("note", "v9"), numeric=True) == 1


@pytest.mark.parametrize(
    ("entry", "credentials", "address", "database", "shown"),
    [
        ({"host": "mongodb://h:1/db"}, {}, "mongodb://h:1/", "db", "mongodb://h:1/db"),
        ({"host": "mongodb://a,b:2/db?replicaSet=r"}, {}, "mongodb://a,b:2/?replicaSet=r", "db", "mongodb://a,b:2/db"),
        ({"host": "mongodb://u:p@h"}, {}, "mongodb://u:p@h/backend", "backend", "mongodb://h/backend"),
        ({"host": "mongodb://h", "name": "n"}, {}, "mongodb://h/", "n", "mongodb://h/n"),
        ({"host": "mongodb://h/db", "service_host": "x"}, {}, "mongodb://x:27017/", "db", "mongodb://x:27017/db"),
        ({"host": "mongodb://h:5/db", "service_host": "x", "service_query": "a=b"}, {}, "mongodb://x:5/?a=b", "db", "mongodb://x:5/db"),
        ({"host": "mongodb://h:5,i/db", "service_port": 7}, {}, "mongodb://h:7,i:7/", "db", "mongodb://h:7,i:7/db"),
        ({}, {"user": "u@", "password": "p/"}, "mongodb://u%40:p%2F@127.0.0.1:27017/backend", "backend", "mongodb://127.0.0.1:27017/backend"),
    ],
)  # fmt: skip
def test_addresses(entry: dict[str, Any], credentials: dict[str, Any], address: str, database: str, shown: str) -> None:
    """Parts are replaced, credentials put in, and never shown."""
    found = place("backend", entry, credentials)
    assert (found.address, found.database, found.shown) == (address, database, shown)
    assert "p@" not in repr(found)


def test_an_address_that_is_none() -> None:
    """With its key, and without its password."""
    with pytest.raises(StoreError, match=r"hosts.mongo.auth.host: not an address .*x://u:\*\*\*@h"):
        place("auth", {"host": "x://u:secret@h"})


OWN, SHOWN = In("company", ["c", ""]), NotIn("system_tags", ["archived", "hidden"])
NEWEST = [Order("last_update", descending=True)]


@pytest.mark.parametrize(
    ("collection", "where", "order"),
    [
        (TASKS, Eq("id", "x"), []), (TASKS, OWN & Eq("id", "x"), []), (TASKS, OWN & In("project", ["p"]) & SHOWN, NEWEST),
        (TASKS, OWN & SHOWN, NEWEST), (TASKS, Eq("parent", "x"), []), (TASKS, Eq("status", "in_progress") & Range("last_update", lt=1), []),
        (TASKS, OWN & Matches("name", "^a name$"), []), (TASKS, Eq("models.input.model", "m"), []), (MODELS, In("task", ["t"]) & OWN, []),
        (MODELS, OWN & Eq("uri", "t"), []), (PROJECTS, OWN & Matches("name", "^a/b$"), []), (PROJECTS, In("path", ["x"]), []),
        (QUEUES, Eq("name", "x") & Eq("company", "c"), []), (AUTH_USERS, Eq("credentials.key", "k"), []),
    ],
)  # fmt: skip
def test_hot_questions_have_an_index(store: MongoDocumentStore, collection: Collection, where: Filter, order: list[Order]) -> None:
    """No frequent question reads a whole collection."""
    store.insert(collection, *({"id": f"{n}", "company": "c", "name": f"n{n}", "email": f"{n}"} for n in range(20)))
    plan = str(store.query_plan(collection, where, order))
    assert "COLLSCAN" not in plan
    assert "IXSCAN" in plan or "IDHACK" in plan
