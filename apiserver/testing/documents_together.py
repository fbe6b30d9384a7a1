"""Suite of working together: threads, and life after `close` and `fork`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from apiserver.stores.documents import DocumentStore
from apiserver.stores.filters import Eq, Exists, Inc, Ne, Order, Push, Set, Size, Unset
from apiserver.testing.samples import SAMPLES


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run the work in threads and raise the first error of any."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class TogetherSuite:
    """One step is one step among all threads."""

    def test_nobody_writes_while_documents_are_paused(self, documents: DocumentStore) -> None:
        """Where the engine has it: others wait for the end of the block, and readers do not."""
        documents.insert(SAMPLES, {"id": "x", "number": 0})
        changed = threading.Thread(target=lambda: documents.update(SAMPLES, Eq("id", "x"), Inc("number", 1)))
        with documents.paused() as is_paused:
            changed.start()
            if is_paused:
                changed.join(0.05)
                assert changed.is_alive()
                assert documents.get(SAMPLES, "x")["number"] == 0
        changed.join()
        assert documents.get(SAMPLES, "x")["number"] == 1

    def test_a_snapshot_is_one_moment(self, documents: DocumentStore) -> None:
        """Where the engine has them: what others change meanwhile is not seen inside, and is afterwards."""
        documents.insert(SAMPLES, {"id": "x", "number": 0})

        def change(_: int) -> None:
            documents.update(SAMPLES, Eq("id", "x"), Inc("number", 1))
            documents.insert(SAMPLES, {"id": "y", "company": "c"})

        with documents.snapshot() as is_one:
            assert is_one == documents.capabilities["snapshots"]
            in_threads(1, change)
            if is_one:
                assert documents.list(SAMPLES) == [{"id": "x", "number": 0}]
        assert documents.list(SAMPLES) == [{"id": "x", "number": 1}, {"id": "y", "company": "c"}]

    def test_no_increment_is_lost(self, documents: DocumentStore) -> None:
        """Threads add to one number and to one list."""
        documents.insert(SAMPLES, {"id": "x", "number": 0, "tags": []})

        def work(number: int) -> None:
            for turn in range(25):
                documents.update(SAMPLES, Eq("id", "x"), Inc("number"), Push("tags", [f"{number}.{turn}"]))

        in_threads(6, work)
        found = documents.get(SAMPLES, "x")
        assert found["number"] == 150
        assert len(set(found["tags"])) == 150

    def test_each_entry_is_taken_once(self, documents: DocumentStore) -> None:
        """find_and_update hands every document to exactly one thread."""
        documents.insert(SAMPLES, *({"id": str(n), "company": str(n), "number": n} for n in range(120)))
        taken: list[str] = []

        def work(number: int) -> None:
            while True:
                found = documents.find_and_update(SAMPLES, Exists("flag", False), Set("flag", True), order=[Order("number")])
                if found is None:
                    return
                taken.append(found["id"])

        in_threads(6, work)
        assert sorted(taken, key=int) == [str(n) for n in range(120)]

    def test_readers_see_whole_documents(self, documents: DocumentStore) -> None:
        """Two fields that are always written together are always read together."""
        documents.insert(SAMPLES, {"id": "x", "number": 0, "data": {"n": 0}})
        done = threading.Event()

        def work(number: int) -> None:
            if number == 0:
                for _ in range(100):
                    documents.update(SAMPLES, Eq("id", "x"), Inc("number"), Inc("data.n"))
                done.set()
            while not done.is_set():
                found = documents.get(SAMPLES, "x")
                assert found["number"] == found["data"]["n"]

        in_threads(4, work)

    def test_a_transaction_is_seen_at_once(self, documents: DocumentStore) -> None:
        """Another thread sees nothing of it before its end, and everything afterwards."""
        if not documents.capabilities.get("transactions", True):
            return
        counts: list[int] = []
        with documents.transaction():
            documents.insert(SAMPLES, {"id": "a", "company": "1"})
            in_threads(1, lambda number: counts.append(documents.count(SAMPLES)))
            documents.insert(SAMPLES, {"id": "b", "company": "2"})
        in_threads(1, lambda number: counts.append(documents.count(SAMPLES)))
        assert counts == [0, 2]

    def test_use_after_close(self, documents: DocumentStore) -> None:
        """Connections come back by themselves."""
        documents.insert(SAMPLES, {"id": "x", "items": [{"key": "a"}]})
        documents.close()
        documents.ping()
        documents.update(SAMPLES, Eq("id", "x") & Size("items", 1) & Ne("note", "x"), Unset("items"))
        assert documents.get(SAMPLES, "x") == {"id": "x"}

    def test_use_after_a_fork(self, documents: DocumentStore) -> None:
        """A child may use a store that its parent has used, and both go on."""
        documents.insert(SAMPLES, {"id": "x", "number": 1})
        child = os.fork()
        if child == 0:
            try:
                documents.update(SAMPLES, Eq("id", "x"), Inc("number"))
                os._exit(0 if documents.get(SAMPLES, "x")["number"] == 2 else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        documents.update(SAMPLES, Eq("id", "x"), Inc("number"))
        assert documents.get(SAMPLES, "x")["number"] == 3
