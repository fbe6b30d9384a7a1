"""Filters by value: patterns, lists with operators, `filters`, ranges, plain values and dates. A row for each rule of spec 2 §1.1-1.6.

The documents are those of `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
TAGGED = "alpha beta gamma noTags"
KINDS = "five four one shared stored three two"
RUNS = "r0 r1 r2 r3 r4"
Rule = tuple[str, dict[str, Any], Any]
TOP, SUB = "tasks.get_all", "tasks.get_all_ex"

GENERAL: list[Rule] = [
    ("unknown keys are ignored", {"nonsense": {"a": 1}, "allow": [1]}, TAGGED),
    ("fields that are no filters are ignored", {"script": "x", "last_worker": ["w"], "unique_metrics": ["z"], "metric_stats": 1}, TAGGED),
    ("null is no filter", {"name": None, "tags": None, "created": None, "runtime.n": None, "last_update": None, "filters": None}, TAGGED),
    ("null for several fields is refused", {"_any_": None}, (400, 16)),
    ("null for several fields is refused", {"_and_": None}, (400, 16)),
    ("filters are ANDed", {"tags": ["b"], "name": "^a"}, "alpha"),
    ("filters are ANDed", {"tags": ["b"], "name": "^g"}, ""),
    ("flags are taken by truth", {"search_hidden": "x"}, TAGGED),
    ("other companies' documents are never found", {"id": ["t-foreign"], "project": []}, ""),
]

PATTERNS: list[Rule] = [
    ("anywhere in the text", {"name": "lph"}, "alpha"),
    ("case counts", {"name": "notags"}, ""),
    ("unless the pattern says otherwise", {"name": "(?i)notags"}, "noTags"),
    ("an empty pattern is none", {"name": ""}, TAGGED),
    ("anchors", {"name": "^beta$"}, "beta"),
    ("one that does not compile", {"name": "("}, (400, 21)),
    ("one that does not compile", {"comment": "a{2,1}"}, (400, 21)),
    ("a list is no pattern", {"name": ["alpha"]}, (400, 12)),
    ("a missing text matches nothing", {"comment": ""}, TAGGED),
    ("a missing text matches nothing", {"comment": ".*"}, ""),
]

LISTS: list[Rule] = [
    ("any of the values", {"tags": ["a", "c"]}, "alpha beta"),
    ("one text is a list of it", {"tags": "a"}, "alpha"),
    ("an empty list is no filter", {"tags": []}, TAGGED),
    ("duplicates do not matter", {"tags": ["a", "a"]}, "alpha"),
    ("items are texts or null", {"tags": [1]}, (400, 16)),
    ("items are texts or null", {"tags": ["a", ["b"]]}, (400, 16)),
    ("items are texts or null", {"tags": {"a": 1}}, (400, 16)),
    ("a prefix excludes", {"tags": ["-a"]}, "beta gamma noTags"),
    ("values and exclusions are ANDed", {"tags": ["b", "-c"]}, "alpha"),
    ("a lone prefix is refused", {"tags": ["-"]}, (400, 16)),
    ("null is missing or empty", {"tags": [None]}, "gamma noTags"),
    ("null is ORed to the rest", {"tags": [None, "a"]}, "alpha gamma noTags"),
    ("null is ORed to exclusions too", {"tags": ["a", "-b", None]}, "gamma noTags"),
    ("all of the values", {"tags": ["__$all", "a", "b"]}, "alpha"),
    ("all of the values", {"tags": ["__$and", "b", "c"]}, "beta"),
    ("any, by name", {"tags": ["__$or", "a", "c"]}, "alpha beta"),
    ("any ORs the exclusion", {"tags": ["__$any", "a", "__$not", "b"]}, "alpha gamma noTags"),
    ("all ANDs the exclusion", {"tags": ["__$all", "b", "__$not", "c"]}, "alpha"),
    ("the operator before the first value joins all", {"tags": ["__$any", "a", "__$all", "b", "c"]}, "alpha beta"),
    ("one after the first value does not", {"tags": ["a", "__$all", "b"]}, "alpha"),
    ("one after the first value does not", {"tags": ["a", "__$any", "__$not", "b"]}, ""),
    ("nop leaves the context", {"tags": ["__$all", "a", "b", "__$nop", "c"]}, ""),
    ("nop brings the prefix back", {"tags": ["__$all", "b", "__$nop", "-c"]}, "alpha"),
    ("nop first settles that all is ANDed", {"tags": ["__$nop", "__$any", "a", "__$not", "b"]}, ""),
    ("nop clears a pending exclusion no more than any operator", {"tags": ["__$not", "__$nop", "a"]}, (400, 16)),
    ("the exclusion holds for the next value only", {"tags": ["__$not", "c", "b"]}, "alpha"),
    ("null takes the exclusion away", {"tags": ["__$not", None]}, "gamma noTags"),
    ("an exclusion needs a value", {"tags": ["__$not"]}, (400, 16)),
    ("an exclusion needs a value", {"tags": ["a", "__$not", "__$all", "b"]}, (400, 16)),
    ("unknown operators are refused", {"tags": ["__$xor", "a"]}, (400, 16)),
    ("a scalar field: any of", {"parent": ["t-alpha", "gone"]}, "beta noTags"),
    ("a scalar field: null is missing or null", {"parent": [None]}, "alpha gamma"),
    ("a scalar field: exclusion", {"parent": ["-gone"]}, "alpha beta gamma"),
    ("a scalar field: one text", {"status": "created"}, TAGGED),
    ("a scalar field: exclusion", {"status": ["-created"]}, ""),
]

DASHES: list[Rule] = [
    ("after an operator the prefix is part of the value", {"tags": ["__$any", "-x"]}, "dash"),
    ("after an operator the prefix is part of the value", {"tags": ["__$all", "-x"]}, "dash"),
    ("right after an exclusion too", {"tags": ["__$not", "-x"]}, "cross"),
    ("else it excludes", {"tags": ["-x"]}, "dash"),
]

FILTERS: list[Rule] = [
    ("any.include", {"any": {"include": ["a", "c"]}}, "alpha beta"),
    ("any.exclude: not all of them", {"any": {"exclude": ["a", "b"]}}, "beta gamma noTags"),
    ("any ORs its two sides", {"any": {"include": ["a"], "exclude": ["b"]}}, "alpha gamma noTags"),
    ("all.include", {"all": {"include": ["a", "b"]}}, "alpha"),
    ("all.exclude: none of them", {"all": {"exclude": ["a", "c"]}}, "gamma noTags"),
    ("all ANDs its two sides", {"all": {"include": ["b"], "exclude": ["a"]}}, "beta"),
    ("null included: an empty list, not a missing one", {"any": {"include": [None]}}, "gamma"),
    ("null included: an empty list, not a missing one", {"all": {"include": [None]}}, "gamma"),
    ("null excluded: a missing list too", {"all": {"exclude": [None]}}, "alpha beta noTags"),
    ("null excluded: a missing list too", {"any": {"exclude": [None]}}, "alpha beta noTags"),
    ("null beside values", {"any": {"include": ["a", None]}}, "alpha gamma"),
    ("the parts are ANDed", {"any": {"include": ["a"]}, "all": {"include": ["c"]}}, ""),
    ("the parts are ANDed", {"any": {"include": ["a"]}, "all": {"include": ["b"]}, "op": "and"}, "alpha"),
    ("or ORed", {"any": {"include": ["a"]}, "all": {"include": ["c"]}, "op": "or"}, "alpha beta"),
    ("an empty object is no filter", {}, TAGGED),
    ("an empty part is none", {"any": {}, "all": {"include": []}}, TAGGED),
    ("an unknown operator", {"any": {"include": ["a"]}, "op": "xor"}, (400, 12)),
    ("an unknown part", {"some": {"include": ["a"]}}, (400, 12)),
    ("an unknown side", {"any": {"only": ["a"]}}, (400, 12)),
    ("no object", ["a"], (400, 12)),
    ("no object", "a", (400, 12)),
    ("items are texts or null", {"any": {"include": [5]}}, (400, 12)),
    ("operators are texts like others", {"any": {"include": ["__$all"]}}, ""),
]  # fmt: skip

BESIDE_FILTERS: list[Rule] = [
    ("the flat list of the same name does not count", {"tags": ["a"], "filters": {"tags": {"any": {"include": ["c"]}}}}, "beta"),
    ("not even for an empty entry", {"tags": ["a"], "filters": {"tags": {}}}, TAGGED),
    ("another flat list counts", {"parent": ["gone"], "filters": {"tags": {"all": {"exclude": ["a"]}}}}, "noTags"),
    ("keys that are no list fields are ignored", {"filters": {"name": {"any": {"include": ["a"]}}, "zzz": 5}}, TAGGED),
    ("null on a scalar field matches nothing", {"filters": {"parent": {"any": {"include": [None]}}}}, ""),
    ("filters is an object", {"filters": ["tags"]}, (400, 16)),
    ("filters is an object", {"filters": "tags"}, (400, 16)),
]

RANGES: list[Rule] = [
    ("both ends belong to it", {"last_iteration": [10, 20]}, "r1 r2"),
    ("open above", {"last_iteration": [20, None]}, "r2 r3"),
    ("open below: missing ones too", {"last_iteration": [None, 10]}, "r0 r1 r4"),
    ("one end is needed", {"last_iteration": [None, None]}, (400, 12)),
    ("two items", {"last_iteration": [1]}, (400, 12)),
    ("two items", {"last_iteration": [1, 2, 3]}, (400, 12)),
    ("two items", {"last_iteration": 10}, (400, 12)),
    ("two items", {"last_iteration": "10"}, (400, 12)),
    ("dates as text", {"started": ["2024-01-02", "2024-01-03"]}, "r2 r3"),
    ("dates as text", {"started": ["2024-01-02T00:00:00Z", None]}, "r2 r3"),
    ("dates with an offset", {"started": ["2024-01-02T01:00:00+01:00", None]}, "r2 r3"),
    ("no date: nothing matches", {"started": ["garbage", None]}, ""),
    ("an operator belongs to dates, not to ranges", {"created": [">=2020-01-01"]}, (400, 12)),
    ("running times", {"active_duration": [2, 3]}, "r2 r3"),
    ("metrics", {"last_metrics.m1.v1.value": [9, 10]}, "r1 r2"),
    ("metrics, digits in texts as numbers", {"last_metrics.m1.v1.value": ["9", "10"]}, "r1 r2"),
    ("metrics below zero", {"last_metrics.m1.v1.min_value": [-50, 0]}, "r1 r2"),
    ("metrics, open below: missing ones too", {"last_metrics.m1.v1.value": [None, 9.5]}, "r0 r1"),
]

DATES: list[Rule] = [
    ("after", {"last_update": [">2024-01-02"]}, "r3"),
    ("from", {"last_update": [">=2024-01-02"]}, "r2 r3 r4"),
    ("before", {"last_update": ["<2024-01-02"]}, "r1"),
    ("until", {"last_update": ["<=2024-01-02"]}, "r1 r2 r4"),
    ("exactly", {"last_update": ["2024-01-03"]}, "r3"),
    ("one text", {"last_update": "2024-01-03"}, "r3"),
    ("one text", {"last_update": ">2024-01-02"}, "r3"),
    ("items are ANDed", {"last_update": [">=2024-01-02", "<2024-01-03"]}, "r2 r4"),
    ("the last of the same operator counts", {"last_update": [">2024-01-02", ">2024-01-01"]}, "r2 r3 r4"),
    ("two without operator are a range", {"last_update": ["2024-01-01", "2024-01-02"]}, "r1 r2 r4"),
    ("that may be open", {"last_update": ["2024-01-02", None]}, "r2 r3 r4"),
    ("that may be open below: missing ones too", {"last_update": [None, "2024-01-01"]}, "r0 r1"),
    ("but has an end", {"last_update": [None, None]}, (400, 12)),
    ("and in which no date matches nothing", {"last_update": ["garbage", "2024-01-02"]}, ""),
    ("what is no date is left out", {"last_update": [">garbage"]}, RUNS),
    ("what is no date is left out", {"last_update": [">garbage", "<2024-01-02"]}, "r1"),
    ("forms: a blank, an offset", {"last_update": [">2024-01-02 00:30:00+01:00"]}, "r2 r3 r4"),
    ("forms: words", {"last_update": [">=Jan 3, 2024"]}, "r3"),
    ("no text", {"last_update": [5]}, (400, 16)),
    ("no text", {"last_update": [None]}, (400, 16)),
    ("no text", {"last_update": [">2024-01-01", None, None]}, (400, 16)),
    ("no text", {"last_update": 5}, (400, 16)),
    ("another field", {"status_changed": [">=2024-01-08"]}, "r1 r2"),
]

PLAIN: list[Rule] = [
    ("a number", {"runtime.n": 5}, "three"),
    ("a text", {"runtime.s": "x"}, "three"),
    ("a truth", {"runtime.flag": True}, "three"),
    ("the kind counts", {"runtime.n": "5"}, ""),
    ("a path", {"runtime.in.ner": 7}, "four"),
    ("a name with a line in front", {"runtime._u": 1}, "three"),
    ("a name with a line behind", {"runtime.v_": 2}, "three"),
    ("an object is refused", {"runtime.n": {"$gt": 1}}, (400, 12)),
]

ENTITIES: list[tuple[str, str, dict[str, Any], Any]] = [
    ("tasks", "pattern", {"name": "^thr", "project": "p-kinds"}, "three"),
    ("tasks", "pattern", {"comment": "fox"}, "one"),
    ("tasks", "pattern", {"report": "fox"}, "two"),
    ("tasks", "list", {"id": ["t-one", "t-two"]}, "one two"),
    ("tasks", "list", {"user": ["u-grace"]}, "one"),
    ("tasks", "list", {"system_tags": ["archived"]}, "stored"),
    ("tasks", "list", {"type": ["testing"]}, "one"),
    ("tasks", "list", {"status": ["queued"]}, "one"),
    ("tasks", "list", {"project": ["p-empty"]}, "cross dash"),
    ("tasks", "list", {"execution.queue": ["q-first"]}, "one"),
    ("tasks", "list", {"models.input.model": ["m-net"]}, "two"),
    ("tasks", "list", {"hyperparams.Args.lr.value": ["10"]}, "four"),
    ("tasks", "list", {"hyperparams.Args.x%2Ey.value": ["dot"]}, "five"),
    ("tasks", "list", {"execution.parameters.lr.value": ["abc"]}, "five"),
    ("tasks", "filters", {"filters": {"hyperparams.Args.x%2Ey.value": {"any": {"include": ["dot"]}}}}, "five"),
    ("tasks", "datetime", {"last_change": [">2024-01-01"]}, ""),
    ("models", "pattern", {"name": "net$"}, "net tree net"),
    ("models", "pattern", {"comment": "fir"}, "net"),
    ("models", "list", {"tags": ["best"]}, "net"),
    ("models", "list", {"system_tags": ["-archived"]}, "given net"),
    ("models", "list", {"framework": ["Keras"]}, "tree net"),
    ("models", "list", {"uri": ["s3://b/net"]}, "net"),
    ("models", "list", {"id": ["m-net"]}, "net"),
    ("models", "list", {"user": ["u-grace"]}, "tree net"),
    ("models", "list", {"project": ["p-branch"]}, "net"),
    ("models", "list", {"task": ["t-two"]}, "net"),
    ("models", "list", {"parent": ["m-net"]}, "tree net"),
    ("models", "list", {"metadata.rank.value": ["9"]}, "tree net"),
    ("models", "range", {"created": ["2024-01-02", None]}, "tree net"),
    ("models", "range", {"last_metrics.m1.v1.value": [5, 5]}, "net"),
    ("models", "range", {"last_iteration": [7, 7]}, "net"),
    ("models", "datetime", {"last_update": [">2024-01-03"]}, "tree net"),
    ("models", "datetime", {"last_change": ["2024-01-03"]}, "net"),
    ("models", "plain", {"ready": True}, "net"),
    ("models", "plain", {"ready": False}, "tree net"),
    ("models", "none", {"labels": {"a": 1}, "design": "x", "company": ["elsewhere"]}, "given net tree net"),
    ("projects", "pattern", {"name": "^tree"}, "tree branch leaf"),
    ("projects", "pattern", {"basename": "^tree"}, "tree"),
    ("projects", "pattern", {"description": "woods"}, "tree"),
    ("projects", "list", {"tags": ["green"]}, "tree"),
    ("projects", "list", {"system_tags": ["archived"]}, "leaf"),
    ("projects", "list", {"id": ["p-leaf"]}, "leaf"),
    ("projects", "list", {"parent": ["p-tree"], "shallow_search": True}, "branch"),
    ("projects", "list", {"parent": ["p-tree"]}, "branch leaf"),
    ("projects", "filters", {"filters": {"path": {"all": {"include": ["p-branch"]}}}}, "leaf"),
    ("projects", "filters", {"filters": {"path": {"any": {"include": ["p-tree"]}}, "tags": {}}}, "branch leaf"),
    ("projects", "range", {"last_update": ["2024-01-05", None]}, "tree"),
    ("projects", "none", {"name": "^tree", "user": ["u-grace"], "company": ["x"], "path": ["nowhere"]}, "tree branch leaf"),
    ("projects", "none", {"name": "^tree$", "shallow_search": True, "parent": None}, "tree"),
    ("projects", "none", {"name": "^tree", "shallow_search": True, "parent": None}, "tree branch leaf"),
    ("projects", "none", {"name": "^tree", "shallow_search": True}, "tree"),
    ("queues", "pattern", {"name": "^fir"}, "first"),
    ("queues", "pattern", {"name": "^FIR"}, ""),
    ("queues", "list", {"tags": ["gpu"]}, "first"),
    ("queues", "list", {"system_tags": ["default"], "name": "^second"}, "second"),
    ("queues", "list", {"id": ["q-second"]}, "second"),
    ("queues", "list", {"metadata.k.value": ["10"]}, "second"),
    ("queues", "list", {"metadata.k.value": ["9"]}, "first"),
    ("queues", "none", {"id": ["q-first"], "created": [1], "display_name": "x"}, "first"),
    ("users", "pattern", {"name": "^gr"}, "grace"),
    ("users", "list", {"id": ["u-ada", "u-stranger"]}, "ada"),
    ("users", "list", {"id": "u-ada"}, "ada"),
    ("users", "none", {"id": "u-ada", "tags": ["x"], "created": ["bad"], "given_name": "zzz"}, "ada"),
]  # fmt: skip


def ids(rules: list[Rule]) -> list[str]:
    return [f"{text}-{data}"[:90] for text, data, _ in rules]


def table(section: str, project: str, rules: list[Rule]) -> Any:
    """A test of each row, for tasks of one project of the world, through both lists; the row's rule and section name it."""

    @pytest.mark.parametrize(("data", "found"), [rule[1:] for rule in rules], ids=[f"§{section} {name}" for name in ids(rules)])
    @pytest.mark.parametrize("action", [TOP, SUB])
    def test(ask: Ask, action: str, data: dict[str, Any], found: Any) -> None:
        assert ask(action, {"project": [project], **data}) == found

    return test


test_general = table("1.1", "p-tagged", GENERAL)
test_patterns = table("1.2", "p-tagged", PATTERNS)
test_lists = table("1.3", "p-tagged", LISTS)
test_literal_prefixes = table("1.3", "p-empty", DASHES)
test_structured = table("1.4", "p-tagged", [(text, {"filters": {"tags": entry}}, found) for text, entry, found in FILTERS])
test_beside_structured = table("1.4", "p-tagged", BESIDE_FILTERS)
test_ranges = table("1.5", "p-runs", RANGES)
test_dates = table("1.6", "p-runs", DATES)
test_plain = table("1.2", "p-kinds", PLAIN)


@pytest.mark.parametrize(("entity", "kind", "data", "found"), ENTITIES, ids=[f"§5 {e} {k} {d}"[:90] for e, k, d, _ in ENTITIES])
@pytest.mark.parametrize("action", ["get_all", "get_all_ex"])
def test_fields_of_entities(ask: Ask, rows: Ask, action: str, entity: str, kind: str, data: dict[str, Any], found: Any) -> None:
    """§5: which fields are filters of what kind; all others (`none`) are ignored."""
    if (entity, action) == ("queues", "get_all_ex"):  # whole rows, whatever is projected
        assert " ".join(row["name"] for row in rows("queues.get_all_ex", {"order_by": ["name"], **data})) == found
    else:
        assert ask(f"{entity}.{action}", data) == found
