"""Random changes of the tree of projects through the API, compared with a model that knows parents and last names only.

On the store of the stack, and on the embedded one as if it had no transactions, as MongoDB has none.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from apiserver.stores.collections import PROJECTS
from apiserver.testing.server import serving
from apiserver.testing.stacks import EMBEDDED, stack
from tests.fuzzing import examples
from tests.services.projects.stores import Plain
from tests.services.projects.trees import check_tree, contents, over

MAX_DEPTH = 4
EXAMPLES = examples(12, 1_000)
WORDS = st.sampled_from(["aaa", "bbb", "ccc"])


@define
class Forest:
    """parents: {project: the one above, or None}; names: their last parts; held: {task or model: its project}."""

    parents: dict[str, str | None] = field(factory=dict)
    names: dict[str, str] = field(factory=dict)
    held: dict[str, str | None] = field(factory=dict)
    archived: set[str] = field(factory=set)

    def path(self, key: str) -> list[str]:
        above = self.parents[key]
        return [] if above is None else [*self.path(above), above]

    def full(self, key: str) -> str:
        return "/".join(self.names[part] for part in [*self.path(key), key])

    def below(self, key: str) -> list[str]:
        return [other for other in self.parents if key in self.path(other)]

    def depth(self, key: str | None) -> int:
        return 0 if key is None else len(self.path(key)) + 1

    def named(self, full: str) -> str | None:
        return next((key for key in self.parents if self.full(key) == full), None)

    def taken(self, base: str, above: str | None, *, but: set[str]) -> bool:
        """Whether something else has this name below the parent."""
        return any(self.names[key] == base and self.parents[key] == above for key in self.parents.keys() - but)


class Changes(RuleBasedStateMachine):
    store: ClassVar[str]

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        api = self.stack.enter_context(serving(Path(folder), {"services.projects.sub_projects.max_depth": MAX_DEPTH}))
        if self.store == "plain":
            api = over(api, Plain(api.backend.documents))
        self.api = api
        self.model = Forest()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    def call(self, action: str, data: dict[str, Any], refusal: int | None) -> dict[str, Any]:
        """The answer; the call has to be refused with this subcode, or (None) not at all."""
        raw = self.api.call_raw(action, data)
        assert (raw.status, raw.body["meta"]["result_subcode"]) == ((400, refusal) if refusal else (200, 0)), (
            action,
            data,
            raw.body["meta"],
        )
        answer: dict[str, Any] = raw.body["data"]
        return answer

    def some(self, number: int) -> str:
        """One of the projects."""
        return sorted(self.model.parents, key=self.model.full)[number % len(self.model.parents)]

    def learn(self, full: str) -> str:
        """Add a project, and those above it that are missing, to the model; its id."""
        if (known := self.model.named(full)) is not None:
            return known
        above = self.learn(full.rpartition("/")[0]) if "/" in full else None
        (key,) = (row["id"] for row in self.api.backend.documents.list(PROJECTS) if row["name"] == full)
        self.model.parents[key], self.model.names[key] = above, full.rpartition("/")[2]
        return str(key)

    @rule(number=st.integers(0, 99), top=st.booleans(), words=st.lists(WORDS, min_size=1, max_size=3))
    def create(self, number: int, top: bool, words: list[str]) -> None:
        start = [] if top or not self.model.parents else [self.model.full(self.some(number))]
        full = "/".join([*start, *words])
        too_deep = full.count("/") >= MAX_DEPTH
        self.call("projects.create", {"name": full}, 409 if too_deep else 801 if self.model.named(full) else None)
        if not too_deep:
            self.learn(full)

    @precondition(lambda self: self.model.parents)
    @rule(number=st.integers(0, 99), word=WORDS)
    def rename(self, number: int, word: str) -> None:
        key = self.some(number)
        taken = self.model.taken(word, self.model.parents[key], but={key})
        location = self.model.full(key).rpartition("/")[0]
        self.call("projects.update", {"project": key, "name": f"{location}/{word}"}, 801 if taken else None)
        if not taken:
            self.model.names[key] = word

    @precondition(lambda self: self.model.parents)
    @rule(number=st.integers(0, 99), other=st.integers(0, 99), top=st.booleans(), words=st.lists(WORDS, max_size=1))
    def move(self, number: int, other: int, top: bool, words: list[str]) -> None:
        key, model = self.some(number), self.model
        location = "/".join([*([] if top else [model.full(self.some(other))]), *words])
        moved, old = [key, *model.below(key)], model.parents[key]
        new_depth = location.count("/") + 1 if location else 0
        if max(map(model.depth, moved)) - model.depth(old) + new_depth > MAX_DEPTH:
            self.call("projects.move", {"project": key, "new_location": location}, 409)
            return
        known = model.named(location) if location else None
        refusal = None
        if known == old if known or not location else False:
            refusal = 410
        elif f"{location}/".startswith(f"{model.full(key)}/"):
            refusal = 411
        elif (known or not location) and model.taken(model.names[key], known, but={key}):
            refusal = 801
        answer = self.call("projects.move", {"project": key, "new_location": location}, refusal)
        place = self.learn(location) if location else None  # made even if the move was refused after that
        if refusal is None:
            model.parents[key] = place
            assert answer == {"moved": len(moved)}

    @precondition(lambda self: self.model.parents)
    @rule(number=st.integers(0, 99), other=st.integers(0, 99), top=st.booleans())
    def merge(self, number: int, other: int, top: bool) -> None:
        source, model = self.some(number), self.model
        target = None if top else self.some(other)
        below = model.below(source)
        children = [key for key in below if model.parents[key] == source]
        shift = model.depth(target) - model.depth(source)
        refusal = None
        if source == target:
            refusal = 410
        elif target in below:
            refusal = 412
        elif below and max(map(model.depth, below)) + shift > MAX_DEPTH:
            refusal = 409
        elif any(model.taken(model.names[key], target, but=set(below)) for key in children):
            refusal = 801
        answer = self.call("projects.merge", {"project": source, **({"destination_project": target} if target else {})}, refusal)
        if refusal is None:
            went = [key for key, project in model.held.items() if project == source and key not in model.archived]
            assert answer == {"moved_entities": len(went), "moved_projects": len(children)}
            model.held.update(dict.fromkeys(went, target))
            model.parents.update(dict.fromkeys(children, target))
            del model.parents[source], model.names[source]

    @precondition(lambda self: len(self.model.parents) > 3)
    @rule(number=st.integers(0, 99), with_contents=st.booleans())
    def delete(self, number: int, with_contents: bool) -> None:
        key, model = self.some(number), self.model
        gone = [key, *model.below(key)]
        held = [item for item, project in model.held.items() if project in gone]
        answer = self.call("projects.delete", {"project": key, "force": True, "delete_contents": with_contents}, None)
        assert answer["deleted"] == len(gone)
        for item in held:
            if with_contents:
                del model.held[item]
            else:
                model.held[item] = None
        for project in gone:
            del model.parents[project], model.names[project]

    @precondition(lambda self: self.model.parents)
    @rule(number=st.integers(0, 99), what=st.sampled_from(["task", "model"]), archived=st.booleans())
    def fill(self, number: int, what: str, archived: bool) -> None:
        project = self.some(number)
        data: dict[str, Any] = {"name": "something", "project": project, "system_tags": ["archived"] if archived else []}
        more = {"type": "training"} if what == "task" else {"uri": "file:///x"}
        key = self.call(f"{what}s.create", data | more, None)["id"]
        self.model.held[key] = project
        if archived:
            self.model.archived.add(key)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        model, documents = self.model, self.api.backend.documents
        assert check_tree(documents) == {key: (model.full(key), tuple(model.path(key))) for key in model.parents}
        assert {key: row[0] for key, row in contents(documents).items()} == model.held

    @invariant()
    def counts_agree(self) -> None:
        if not hasattr(self, "model") or not self.model.parents:
            return
        model = self.model
        tasks = {row["id"] for row in self.api.call("tasks.get_all", {"only_fields": ["id"]})["tasks"]} - model.archived
        shown = self.api.call("projects.get_all_ex", {"include_stats": True, "check_own_contents": True, "only_fields": ["parent.name"]})
        assert {row["id"] for row in shown["projects"]} == set(model.parents)
        for row in shown["projects"]:
            key, above = row["id"], model.parents[row["id"]]
            inside = {key, *model.below(key)}
            assert row["stats"]["active"]["total_tasks"] == sum(model.held[task] in inside for task in tasks)
            assert row["own_tasks"] == sum(model.held[task] == key for task in tasks)
            assert row["own_tasks"] + row["own_models"] == sum(at == key and item not in model.archived for item, at in model.held.items())
            assert [other["name"] for other in row["sub_projects"]] == sorted(map(model.full, model.below(key)))
            assert row.get("parent") == ({"id": above, "name": model.full(above)} if above else None)


class AsItIs(Changes):
    store = "as it is"


class WithoutTransactions(Changes):
    store = "plain"


TestChanges, TestWithoutTransactions = AsItIs.TestCase, pytest.mark.embedded("MongoDB has none")(WithoutTransactions.TestCase)
# PERF: a step takes five times as long on database servers.
TestChanges.settings = settings(max_examples=EXAMPLES if stack() == EMBEDDED else EXAMPLES // 3, stateful_step_count=25)
TestWithoutTransactions.settings = settings(max_examples=EXAMPLES, stateful_step_count=25)
