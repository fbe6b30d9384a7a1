"""Suite of writing: every change, unique indexes, refused values, transactions."""

from __future__ import annotations

import math
from typing import Any

import pytest

from apiserver.stores.documents import Document, DocumentStore, Updated
from apiserver.stores.errors import DuplicateKey, InvalidQuery, InvalidValue, StoreError
from apiserver.stores.filters import (
    EVERYTHING,
    AddToSet,
    Change,
    Eq,
    Fold,
    In,
    Inc,
    Max,
    Min,
    Move,
    Ne,
    Order,
    PopFirst,
    Pull,
    PullWhere,
    Push,
    Range,
    Set,
    SetElement,
    Unset,
)
from apiserver.testing.samples import COMPOUNDS, EARLY, LATE, SAMPLES, SCALARS, same


def changed(documents: DocumentStore, before: Document, *changes: Change) -> Document:
    """The document after the changes, without its id."""
    documents.replace(SAMPLES, {"id": "x", **before})
    documents.update(SAMPLES, Eq("id", "x"), *changes)
    found = documents.get(SAMPLES, "x")
    assert found.pop("id") == "x"
    return found


class WritingSuite:
    """What each write does."""

    @pytest.mark.parametrize(
        ("before", "changes", "after"),
        [
            ({}, [Set("number", 5)], {"number": 5}),
            ({"number": 1}, [Set("number", None)], {"number": None}),
            ({}, [Set("data.a.b.c", [1])], {"data": {"a": {"b": {"c": [1]}}}}),
            ({"data": {"a": 1}}, [Set("data.b", EARLY)], {"data": {"a": 1, "b": EARLY}}),
            ({"items": [{"count": 1}]}, [Set("items.0.count", 2)], {"items": [{"count": 2}]}),
            ({"tags": ["a"]}, [Set("tags.2", "c")], {"tags": ["a", None, "c"]}),
            ({}, [Set("data", {}), Set("data.x", 1), Set("number", 2)], {"data": {"x": 1}, "number": 2}),
            ({"number": 1, "flag": True}, [Unset("number"), Unset("note"), Unset("data.a.b"), Unset("flag.x")], {"flag": True}),
            ({"data": {"a": 1, "b": 2}}, [Unset("data.a")], {"data": {"b": 2}}),
            ({"tags": []}, [Push("tags.1", ["a"])], {"tags": [None, ["a"]]}),
            ({"tags": []}, [Inc("tags.1")], {"tags": [None, 1]}),
            ({"tags": []}, [Set("tags.1.x", 1)], {"tags": [None, {"x": 1}]}),
            ({"tags": ["a", "b"]}, [Unset("tags.0")], {"tags": [None, "b"]}),
            ({}, [Inc("number"), Inc("data.n", 2.5)], {"number": 1, "data": {"n": 2.5}}),
            ({"number": 5, "data": {"n": 1}}, [Inc("number", -7), Inc("data.n", 0.5)], {"number": -2, "data": {"n": 1.5}}),
            ({"number": 5}, [Max("number", 3), Max("ratio", 1.5), Max("moment", EARLY)], {"number": 5, "ratio": 1.5, "moment": EARLY}),
            ({"number": 5, "moment": EARLY}, [Max("number", 7), Max("moment", LATE)], {"number": 7, "moment": LATE}),
            ({"number": 5, "note": None}, [Min("number", 3), Min("ratio", 1.5), Min("note", 1)], {"number": 3, "note": None, "ratio": 1.5}),
            ({"note": None, "number": "z"}, [Max("note", 1), Max("number", 9)], {"note": 1, "number": "z"}),
            ({}, [Push("tags", ["a", "a"])], {"tags": ["a", "a"]}),
            (
                {"tags": ["a", "b"]},
                [Push("tags", ["x", "y"], 0), Push("tags", ["z"], 99), Push("tags", ["m"], 1)],
                {"tags": ["x", "m", "y", "a", "b", "z"]},
            ),
            ({"tags": ["a", "b"]}, [Push("tags", ["c"], -1)], {"tags": ["a", "c", "b"]}),
            ({"tags": ["a"]}, [AddToSet("tags", ["b", "a", "b"])], {"tags": ["a", "b"]}),
            ({}, [AddToSet("data.s", [1, 1.0, True, None, {"a": 1}, {"a": 1}])], {"data": {"s": [1, True, None, {"a": 1}]}}),
            ({"tags": ["a", "b", "a", 1]}, [Pull("tags", ["a", 1.0, "zz"]), Pull("missing", ["a"])], {"tags": ["b"]}),
            ({"tags": [["a"], "a"]}, [Pull("tags", [["a"]])], {"tags": ["a"]}),
            ({"items": [{"key": "a", "n": 1}, {"key": "b"}, "a"]}, [PullWhere("items", Eq("key", "a"))], {"items": [{"key": "b"}, "a"]}),
            ({"items": [{"n": 5}, {"n": 1}]}, [PullWhere("items", Range("n", gt=2) & Ne("key", "k"))], {"items": [{"n": 1}]}),
            (
                {"items": [{"key": "a"}, {"key": "b", "count": 1}, {"key": "b"}]},
                [SetElement("items", Eq("key", "b"), {"count": 2, "more.x": EARLY})],
                {"items": [{"key": "a"}, {"key": "b", "count": 2, "more": {"x": EARLY}}, {"key": "b"}]},
            ),
            (
                {"items": [{"key": "a"}]},
                [SetElement("items", Eq("key", "z"), {"count": 2}), SetElement("missing", Eq("key", "z"), {})],
                {"items": [{"key": "a"}]},
            ),
            (
                {"items": [{"key": "a"}, {"key": "b"}], "tags": ["x", "y"]},
                [PopFirst("items"), PopFirst("tags"), PopFirst("missing")],
                {"items": [{"key": "b"}], "tags": ["y"]},
            ),
            ({"items": []}, [PopFirst("items"), Move("items", Eq("key", "a"), 1), Move("missing", Eq("key", "a"), 1)], {"items": []}),
            (
                {"items": [{"key": "a"}, {"key": "b"}, {"key": "c"}, {"key": "d"}]},
                [Move("items", Eq("key", "d"), -2), Move("items", Eq("key", "a"), 99), Move("items", Eq("key", "z"), 1)],
                {"items": [{"key": "d"}, {"key": "b"}, {"key": "c"}, {"key": "a"}]},
            ),
        ],
    )  # fmt: skip
    def test_changes(self, documents: DocumentStore, before: Document, changes: list[Change], after: Document) -> None:
        """Each change does what its description says, in the order given."""
        assert same(dict(sorted(changed(documents, before, *changes).items())), dict(sorted(after.items())))

    @pytest.mark.parametrize(
        ("before", "change"),
        [
            ({"number": "text"}, Inc("number")),
            ({"number": None}, Inc("number")),
            ({"flag": True}, Inc("flag")),
            ({"number": 2**63 - 1}, Inc("number")),
            ({"number": 5}, Set("number.x", 1)),
            ({"data": {"a": None}}, Set("data.a.b", 1)),
            ({"tags": ["a"]}, Set("tags.x", 1)),
            ({"data": None}, Pull("data.x", ["a"])),
            ({"data": {"x": 5}}, PopFirst("data.x.y")),
            ({"tags": []}, PullWhere("tags.x", Eq("a", 1))),
            ({"tags": [None]}, Set("tags.0.x", 1)),
            ({"tags": [None]}, Inc("tags.0")),
            ({"tags": [None]}, Push("tags.0", ["a"])),
            ({"tags": ["a"]}, Set("tags.100000000", 1)),
            ({"number": 5}, Push("number", [1])),
            ({"data": {"x": 5}}, AddToSet("data.x", [1])),
            ({"data": {"x": 5}}, Pull("data.x", [5])),
            ({"data": {"x": {}}}, PullWhere("data.x", Eq("a", 1))),
            ({}, Set("", 1)),
            ({}, Set("data..x", 1)),
            ({}, Set("id", "other")),
            ({}, Unset("id")),
        ],
    )
    def test_impossible_changes_are_refused_whole(self, documents: DocumentStore, before: Document, change: Change) -> None:
        """InvalidQuery; nothing is written, nor anything that stood before it in the same call."""
        documents.insert(SAMPLES, {"id": "x", "company": "c", **before})
        with pytest.raises(InvalidQuery):
            documents.update(SAMPLES, Eq("id", "x"), Set("note", "new"), change)
        assert documents.list(SAMPLES) == [{"id": "x", "company": "c", **before}]

    def test_fold_merges_a_batch(self, documents: DocumentStore) -> None:
        """Minimum and maximum with their iterations, the first value kept, the mean rounded each time to two digits."""
        fold = Fold("data.m.v", 3, 3 + 1 / 3, minimum=(-2, 2), maximum=(5, 1), first=(5.0, 1))
        found = changed(documents, {"data": {"m": {"v": {"value": 0.5}}}}, fold)["data"]["m"]["v"]
        assert found == {
            "value": 0.5, "min_value": -2, "min_value_iteration": 2, "max_value": 5, "max_value_iteration": 1, "first_value": 5.0,
            "first_value_iteration": 1, "mean_value": 1.11, "count": 3,
        }  # fmt: skip
        documents.update(SAMPLES, Eq("id", "x"), Fold("data.m.v", 1, 100.0, minimum=(100, 0), maximum=(100, 0), first=(100, 0)))
        found = documents.get(SAMPLES, "x")["data"]["m"]["v"]
        assert (found["count"], found["mean_value"], found["max_value"], found["max_value_iteration"]) == (4, 25.83, 100, 0)
        assert (found["first_value"], found["min_value"], found["min_value_iteration"]) == (5.0, -2, 2)

    def test_fold_into_nothing(self, documents: DocumentStore) -> None:
        """The objects on the way are made; an iteration that is None is left out; ties round to even."""
        found = changed(documents, {}, Fold("data.a.b", 8, 1.0, minimum=(0.125, None), maximum=(0.125, 3), first=(0.125, None)))
        assert found["data"]["a"]["b"] == {
            "min_value": 0.125, "max_value": 0.125, "max_value_iteration": 3, "first_value": 0.125, "mean_value": 0.12, "count": 8,
        }  # fmt: skip

    def test_matched_and_modified(self, documents: DocumentStore) -> None:
        """A change that changes nothing matches all the same; update takes the first, update_many all."""
        documents.insert(SAMPLES, *({"id": str(n), "company": str(n), "number": n % 2} for n in range(6)))
        assert documents.update(SAMPLES, Eq("number", 0), Set("note", "x")) == Updated(matched=1, modified=1)
        assert documents.get(SAMPLES, "0")["note"] == "x"
        assert documents.update(SAMPLES, Eq("id", "0"), Set("note", "x")) == Updated(matched=1, modified=0)
        assert documents.update_many(SAMPLES, Eq("number", 0), Set("note", "x")) == Updated(matched=3, modified=2)
        assert documents.update(SAMPLES, Eq("id", "none"), Set("note", "x")) == Updated(matched=0, modified=0)
        assert documents.update_many(SAMPLES, EVERYTHING, AddToSet("tags", ["t"])) == Updated(matched=6, modified=6)
        assert documents.update_many(SAMPLES, EVERYTHING, AddToSet("tags", ["t"])) == Updated(matched=6, modified=0)
        assert documents.update_many(SAMPLES, EVERYTHING, Set("number", 1)) == Updated(matched=6, modified=3)

    def test_a_changed_value_is_found_and_sorted_anew(self, documents: DocumentStore) -> None:
        """Indexes follow every kind of write."""
        documents.insert(
            SAMPLES, {"id": "a", "company": "1", "number": 1}, {"id": "b", "company": "2", "number": 2, "items": [{"key": "k"}]}
        )
        documents.update(SAMPLES, Eq("id", "a"), Set("number", 3), Set("tags", ["t"]), Set("items", [{"key": "k"}]))
        assert [d["id"] for d in documents.list(SAMPLES, order=[Order("number")])] == ["b", "a"]
        assert documents.count(SAMPLES, Eq("number", 1)) == 0
        assert documents.count(SAMPLES, Eq("tags", "t")) == 1
        assert documents.count(SAMPLES, Eq("items.key", "k")) == 2
        documents.update_many(SAMPLES, EVERYTHING, Unset("items"))
        assert documents.count(SAMPLES, Eq("items.key", "k")) == 0
        documents.replace(SAMPLES, {"id": "a", "company": "9"})
        assert documents.count(SAMPLES, Eq("number", 3) | Eq("tags", "t")) == 0
        assert documents.count(SAMPLES, Eq("company", "9")) == 1

    def test_find_and_update(self, documents: DocumentStore) -> None:
        """The first in order is changed and returned, as it became or as it was; None when nothing matches."""
        documents.insert(SAMPLES, *({"id": str(n), "company": str(n), "number": n} for n in range(3)))
        last = documents.find_and_update(SAMPLES, Range("number", lt=9), Inc("number", 100), order=[Order("number", True)])
        assert last == {"id": "2", "company": "2", "number": 102}
        first = documents.find_and_update(
            SAMPLES, Range("number", lt=9), Set("flag", True), order=[Order("number")], fields=("number", "flag"), before=True
        )
        assert first == {"id": "0", "number": 0}
        assert documents.get(SAMPLES, "0")["flag"] is True
        assert documents.find_and_update(SAMPLES, Eq("id", "x"), Set("flag", True)) is None
        found = documents.find_and_update(SAMPLES, Eq("id", "1"), Set("data.t", EARLY.replace(microsecond=789999)), fields=("data.t",))
        assert found == {"id": "1", "data": {"t": EARLY}}

    def test_insert_is_all_or_nothing(self, documents: DocumentStore) -> None:
        """A refused document takes the whole call with it."""
        documents.insert(SAMPLES, {"id": "a", "company": "1"})
        with pytest.raises(DuplicateKey) as caught:
            documents.insert(SAMPLES, {"id": "b", "company": "2"}, {"id": "a", "company": "3"})
        assert (caught.value.collection, caught.value.fields) == ("sample", {"id": "a"})
        assert documents.count(SAMPLES) == 1
        documents.insert(SAMPLES)
        assert documents.count(SAMPLES) == 1

    def test_unique_indexes(self, documents: DocumentStore) -> None:
        """Named with the refused values; null and missing are values of their own; every kind of write is checked, and refused whole."""
        documents.insert(
            SAMPLES, {"id": "a", "company": "c", "name": "n"}, {"id": "b", "company": "c", "name": "m"}, {"id": "d", "company": "c"}
        )
        refused = {"company": "c", "name": "n"}
        with pytest.raises(DuplicateKey) as caught:
            documents.insert(SAMPLES, {"id": "e", "company": "c", "name": "n"})
        assert caught.value.fields == refused
        with pytest.raises(DuplicateKey) as caught:
            documents.update(SAMPLES, Eq("id", "b"), Set("number", 1), Set("name", "n"))
        assert caught.value.fields == refused
        with pytest.raises(DuplicateKey) as caught:
            documents.find_and_update(SAMPLES, Eq("id", "b"), Set("name", "n"))
        with pytest.raises(DuplicateKey):
            documents.replace(SAMPLES, {"id": "b", "company": "c", "name": "n"})
        with pytest.raises(DuplicateKey) as caught:
            documents.insert(SAMPLES, {"id": "f", "company": "c", "name": None})
        assert caught.value.fields == {"company": "c", "name": None}
        assert documents.get(SAMPLES, "b") == {"id": "b", "company": "c", "name": "m"}
        documents.insert(SAMPLES, {"id": "g", "company": "other", "name": "n"})
        documents.update(SAMPLES, Eq("id", "a"), Set("name", "n"))
        documents.delete(SAMPLES, Eq("id", "a"))
        documents.update(SAMPLES, Eq("id", "b"), Set("name", "n"))

    def test_a_sparse_unique_index_leaves_out_what_lacks_it(self, documents: DocumentStore) -> None:
        """Many may lack the field; none may share a value."""
        documents.insert(SAMPLES, *({"id": str(n), "company": str(n)} for n in range(3)), {"id": "x", "company": "x", "email": "e"})
        with pytest.raises(DuplicateKey) as caught:
            documents.update(SAMPLES, Eq("id", "1"), Set("email", "e"))
        assert caught.value.fields == {"email": "e"}

    def test_put_stores_many_as_they_are(self, documents: DocumentStore) -> None:
        """New ones and such that are there, with every kind of value; put again nothing changes; a refused one is named."""
        values = {**SCALARS, **COMPOUNDS}
        many: list[Document] = [
            {"id": f"d{n:03d}", "company": str(n), "anything": value, "data": {"$odd.": n}} for n, value in enumerate(values.values())
        ]
        documents.insert(SAMPLES, {"id": "d001", "note": "is replaced"}, {"id": "e", "company": "c", "name": "n"})
        documents.put(SAMPLES, [])
        for _ in range(2):
            documents.put(SAMPLES, many)
            found = documents.list(SAMPLES, Range("id", gte="d", lt="e"), order=[Order("id")])
            assert len(found) == len(many)
            assert all(same(one, other) for one, other in zip(found, many, strict=True))
        with pytest.raises(DuplicateKey) as caught:
            documents.put(SAMPLES, [{"id": "f", "company": "c", "name": "n"}])
        assert caught.value.fields == {"company": "c", "name": "n"}
        with pytest.raises(InvalidValue):
            documents.put(SAMPLES, [{"id": "g", "company": "g"}, {"id": "h", "anything": 2**64}])

    def test_replace_stores_in_any_case(self, documents: DocumentStore) -> None:
        """Whether or not the id is there; what was there is gone."""
        documents.replace(SAMPLES, {"id": "a", "number": 1, "note": "x"})
        documents.replace(SAMPLES, {"id": "a", "number": 2})
        assert documents.list(SAMPLES) == [{"id": "a", "number": 2}]

    def test_delete(self, documents: DocumentStore) -> None:
        """All that match; how many."""
        documents.insert(SAMPLES, *({"id": str(n), "company": str(n), "number": n} for n in range(10)))
        assert documents.delete(SAMPLES, Range("number", gte=4)) == 6
        assert documents.delete(SAMPLES, In("id", ["0", "0", "99"])) == 1
        assert documents.delete(SAMPLES, Eq("id", "0")) == 0
        assert documents.count(SAMPLES) == 3

    @pytest.mark.parametrize(
        "bad",
        [
            {"number": 2**63}, {"number": -(2**63) - 1}, {"data": {"x": [2**64 - 1]}}, {"data": {"x": 2**80}}, {"data": {1: "x"}},
            {"data": {"a\0b": 1}},
            {"data": {"x": object()}}, {"data": {"x": {1, 2}}}, {"data": {"x": b"bytes"}}, {"moment": EARLY.replace(tzinfo=None)},
            {"data": {"x": EARLY.replace(tzinfo=None)}}, {"note": "\ud800"}, {"note": "x" * (16 * 1024 * 1024)}, {"id": None}, {"id": 5},
            {"id": ""},
        ],
    )  # fmt: skip
    def test_values_that_cannot_be_stored(self, documents: DocumentStore, bad: Document) -> None:
        """InvalidValue, and nothing is stored; also for a text whose other documents are fine."""
        with pytest.raises(InvalidValue):
            documents.insert(SAMPLES, {"id": "fine", "company": "1"}, {"id": "bad", "company": "2", **bad})
        assert documents.count(SAMPLES) == 0
        if "id" not in bad:
            documents.insert(SAMPLES, {"id": "x"})
            with pytest.raises(InvalidValue):
                documents.update(SAMPLES, Eq("id", "x"), *(Set(path, value) for path, value in bad.items()))
            assert documents.list(SAMPLES) == [{"id": "x"}]

    def test_nesting_has_an_end(self, documents: DocumentStore) -> None:
        """A hundred levels are stored; thousands are refused."""
        assert documents.insert(SAMPLES, {"id": "a", "company": "1", "data": nested(100)}) is None
        assert documents.get(SAMPLES, "a")["data"] == nested(100)
        with pytest.raises(InvalidValue):
            documents.insert(SAMPLES, {"id": "b", "company": "2", "data": nested(5000)})

    def test_a_large_document(self, documents: DocumentStore) -> None:
        """Ten megabytes of text are kept as they are."""
        text = "äöü x\n" * 1_000_000
        documents.insert(SAMPLES, {"id": "a", "data": {"x": text}})
        assert documents.get(SAMPLES, "a")["data"]["x"] == text

    def test_what_is_given_stays_the_givers(self, documents: DocumentStore) -> None:
        """Neither documents nor values of changes are altered or kept."""
        document: Document = {"id": "a", "company": "1", "data": {"l": [1]}, "moment": EARLY.replace(microsecond=789999)}
        value: dict[str, Any] = {"deep": [1]}
        documents.insert(SAMPLES, document, {"id": "b", "company": "2"})
        documents.update_many(SAMPLES, EVERYTHING, Set("data", value), Push("data.deep", [2]), Set("data.n", math.inf))
        assert document == {"id": "a", "company": "1", "data": {"l": [1]}, "moment": EARLY.replace(microsecond=789999)}
        assert value == {"deep": [1]}
        assert [d["data"] for d in documents.list(SAMPLES)] == [{"deep": [1, 2], "n": math.inf}] * 2

    def test_collections_are_apart(self, documents: DocumentStore) -> None:
        """Also two of one name in two databases."""
        from apiserver.stores.collections import AUTH_USERS, USERS

        documents.insert(USERS, {"id": "u", "name": "one"})
        documents.insert(AUTH_USERS, {"id": "u", "name": "two"})
        assert documents.get(USERS, "u")["name"] == "one"
        assert documents.get(AUTH_USERS, "u")["name"] == "two"

    def test_transactions(self, documents: DocumentStore) -> None:
        """All or nothing; own writes are seen inside; blocks nest, and an inner one fails alone. Without them, a block does nothing."""
        if not documents.capabilities.get("transactions", True):
            with documents.transaction():
                documents.insert(SAMPLES, {"id": "a", "company": "1"})
                assert documents.count(SAMPLES) == 1
            assert documents.count(SAMPLES) == 1
            return
        with documents.transaction():
            documents.insert(SAMPLES, {"id": "a", "company": "1"})
            assert documents.count(SAMPLES) == 1

        def fail(key: str) -> None:
            with documents.transaction():
                documents.insert(SAMPLES, {"id": key, "company": key})
                documents.update(SAMPLES, Eq("id", "a"), Set("number", 1))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail("b")
        assert documents.list(SAMPLES) == [{"id": "a", "company": "1"}]
        with documents.transaction():
            documents.insert(SAMPLES, {"id": "c", "company": "3"})
            with pytest.raises(ZeroDivisionError):
                fail("d")
            with pytest.raises(DuplicateKey):
                documents.insert(SAMPLES, {"id": "e", "company": "5"}, {"id": "a", "company": "1"})
        assert documents.distinct(SAMPLES, "id") == ["a", "c"]

    def test_errors_share_a_root(self) -> None:
        """Whoever catches StoreError catches them all."""
        assert all(issubclass(error, StoreError) for error in (DuplicateKey, InvalidQuery, InvalidValue))


def nested(levels: int) -> Document:
    """An object in an object in an object."""
    document: Document = {}
    for _ in range(levels):
        document = {"x": document}
    return document
