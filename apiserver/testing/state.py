"""The suite of every StateStore: `class TestStateStore(StateStoreSuite)` with a fixture `state` that opens a clean store."""

from __future__ import annotations

import os
import time

import pytest

from apiserver.stores.errors import InvalidValue
from apiserver.stores.state import StateStore
from apiserver.testing.documents_together import in_threads

SHORT_S = 0.15
"""An expiry that a test waits for."""


def pass_expiry() -> None:
    """Wait until what was written with SHORT_S is gone."""
    time.sleep(SHORT_S * 1.2)


class StateStoreSuite:
    """Everything that `stores/state.py` promises."""

    def test_values(self, state: StateStore) -> None:
        """Absent until stored, replaced, deleted; any text."""
        assert state.get("a") is None
        state.set("a", "1")
        state.set("a", "ä\0'\"\n")
        state.set("empty", "")
        assert state.get("a") == "ä\0'\"\n"
        assert state.get("empty") == ""
        assert state.get_many(["empty", "no", "a", "empty"]) == ["", None, "ä\0'\"\n", ""]
        assert state.get_many([]) == []
        assert state.delete("a", "no", "empty", "empty") == 2
        assert state.delete() == 0
        assert state.get("a") is None

    def test_expiry(self, state: StateStore) -> None:
        """An expired key is absent for every method; a new write sets a new expiry, or none."""
        for key in ("value", "kept", "counter"):
            state.set(key, "1", ttl_s=SHORT_S)
        state.add_member("set", "m", 1, ttl_s=SHORT_S)
        state.set("kept", "2")
        assert (state.get("value"), state.score("set", "m")) == ("1", 1)
        pass_expiry()
        assert state.keys("") == ["kept"]
        assert state.get_many(["value", "kept"]) == [None, "2"]
        assert state.members("set") == []
        assert state.score("set", "m") is None
        assert state.remove_members("set", "m") == state.expire_members("set", up_to=5) == 0
        assert state.delete("value", "set") == 0
        assert not state.compare_and_set("counter", "1", "2")
        assert state.increment("counter", 5) == 5
        assert state.set_if_absent("value", "3")
        state.add_member("set", "new", 2)
        assert state.members("set") == ["new"]

    def test_sweep_leaves_what_is_alive(self, state: StateStore) -> None:
        """Whatever it removes, nobody sees a difference."""
        state.set("a", "1", ttl_s=SHORT_S)
        state.set("b", "1", ttl_s=60)
        state.add_member("s", "m", 1, ttl_s=SHORT_S)
        pass_expiry()
        assert state.sweep() in (0, 2)
        assert state.keys("") == ["b"]
        assert state.sweep() == 0

    def test_set_if_absent(self, state: StateStore) -> None:
        """Only the first stores."""
        assert state.set_if_absent("a", "1")
        assert not state.set_if_absent("a", "2")
        state.add_member("s", "m", 1)
        assert not state.set_if_absent("s", "2")
        assert state.get("a") == "1"

    def test_compare_and_set(self, state: StateStore) -> None:
        """None stands for absent, in what is expected and in what is stored."""
        assert not state.compare_and_set("a", "x", "1")
        assert state.compare_and_set("a", None, "1")
        assert not state.compare_and_set("a", None, "2")
        assert state.compare_and_set("a", "1", "2", ttl_s=SHORT_S)
        assert state.get("a") == "2"
        pass_expiry()
        assert state.compare_and_set("a", None, "3")
        assert state.compare_and_set("a", "3", None)
        assert state.get("a") is None
        assert state.compare_and_set("a", None, None)

    def test_increment(self, state: StateStore) -> None:
        """From 0, up and down; the expiry is that of the first; only integers."""
        assert state.increment("n") == 1
        assert state.increment("n", 10) == 11
        assert state.increment("n", -20) == -9
        assert state.get("n") == "-9"
        state.increment("short", ttl_s=SHORT_S)
        state.increment("short", ttl_s=60)
        pass_expiry()
        assert state.increment("short") == 1
        state.set("text", "x")
        with pytest.raises(InvalidValue):
            state.increment("text")

    def test_keys_and_scan(self, state: StateStore) -> None:
        """By prefix, of any kind, sorted; no character of the prefix is special."""
        for key in ("a:2", "a:1", "b:1", "a*", "a%", "é:1"):
            state.set(key, key.upper())
        state.add_member("a:set", "m", 1)
        assert state.keys("a:") == ["a:1", "a:2", "a:set"]
        assert state.keys("a*") == ["a*"]
        assert state.keys("a%") == ["a%"]
        assert state.keys("é") == ["é:1"]
        assert state.keys("zz") == []
        assert list(state.scan("a:")) == [("a:1", "A:1"), ("a:2", "A:2")]

    def test_sorted_sets(self, state: StateStore) -> None:
        """By rising score; a member has one score; the last member takes the set with it."""
        for member, score in (("c", 3), ("a", 1.5), ("b", -2)):
            state.add_member("s", member, score)
        assert state.members("s") == ["b", "a", "c"]
        assert state.members("s", above=1.5) == ["c"]
        assert state.members("s", above=1.4) == ["a", "c"]
        state.add_member("s", "b", 10)
        assert state.members("s") == ["a", "c", "b"]
        assert (state.score("s", "b"), state.score("s", "x"), state.score("x", "b")) == (10, None, None)
        assert state.remove_members("s", "a", "x") == 1
        assert state.expire_members("s", up_to=3) == 1
        assert state.members("s") == ["b"]
        assert state.keys("") == ["s"]
        assert state.remove_members("s", "b") == 1
        assert state.keys("") == []
        assert state.members("s") == []

    def test_expiry_of_sets(self, state: StateStore) -> None:
        """Given anew with ttl_s, left alone without."""
        state.add_member("short", "a", 1, ttl_s=SHORT_S)
        state.add_member("short", "b", 1)
        state.add_member("renewed", "a", 1, ttl_s=SHORT_S)
        state.add_member("renewed", "b", 1, ttl_s=60)
        pass_expiry()
        assert state.members("short") == []
        assert state.members("renewed") == ["a", "b"]

    def test_delete_takes_whole_sets(self, state: StateStore) -> None:
        """Members do not come back with the key."""
        state.add_member("s", "a", 1)
        assert state.delete("s") == 1
        state.add_member("s", "b", 1)
        assert state.members("s") == ["b"]

    def test_locks(self, state: StateStore) -> None:
        """One holder at a time; free after the block, also after an error; a dead holder's is free after ttl_s."""
        with state.lock("l", ttl_s=60) as got:
            assert got
            with state.lock("l", ttl_s=60) as again:
                assert not again
            with state.lock("other", ttl_s=60) as other:
                assert other
            started = time.monotonic()
            with state.lock("l", ttl_s=60, wait_s=0.1) as waited:
                assert not waited
            assert time.monotonic() - started >= 0.1
        with pytest.raises(ZeroDivisionError), state.lock("l", ttl_s=60):
            raise ZeroDivisionError
        abandoned = state.lock("l", ttl_s=SHORT_S)
        assert abandoned.__enter__()
        with state.lock("l", ttl_s=60, wait_s=SHORT_S * 5) as got:
            assert got
            abandoned.__exit__(None, None, None)
            with state.lock("l", ttl_s=60) as third:
                assert not third, "a holder that came too late must not free another's lock"

    def test_threads(self, state: StateStore) -> None:
        """Counting, first come, and locks hold among threads."""
        firsts: list[int] = []
        inside: list[int] = []

        def work(number: int) -> None:
            if state.set_if_absent("first", str(number)):
                firsts.append(number)
            for _ in range(20):
                state.increment("n")
                state.add_member("s", str(number), number)
            with state.lock("l", ttl_s=60, wait_s=30) as got:
                assert got
                inside.append(number)
                time.sleep(0.002)
                assert inside == [number]
                inside.clear()

        in_threads(6, work)
        assert state.get("n") == "120"
        assert len(firsts) == 1
        assert state.members("s") == [str(n) for n in range(6)]

    def test_use_after_fork_and_close(self, state: StateStore) -> None:
        """A child works with the same keys; connections come back by themselves."""
        state.set("a", "1")
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if state.increment("a") == 2 else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        assert state.get("a") == "2"
        state.close()
        state.ping()
        assert state.get("a") == "2"
