"""Any action with any data: an answer with the envelope, never a server error. `make fuzz` draws more."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st

from apiserver.generated.bindings import ENDPOINTS
from apiserver.testing.client import Client
from apiserver.testing.server import SYSTEM, USER, serving

OPENAPI = Path(__file__).parents[2] / "apiserver" / "generated" / "openapi.json"
BUILT = sorted(name for name, endpoint in ENDPOINTS.items() if endpoint.built and endpoint.action != "logout")
VERSIONS = ("1.5", "2.1", "2.8", "2.9", "2.13", "2.20", "2.34")


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


NASTY: list[Any] = [
    None, True, 0, -1, 2**31, 2**63, 2**70, -(2**63), 1.5, float("nan"), float("inf"), "", " ", "a", "\0", "é", "\U0001f600", "../x",
    "$where", "a.b", "a..b", ".", "$", "%2E", "(", "a" * 300, "__$not", "-", "@text_score", "2020-01-01T00:00:00", ">2020", "1", [], [None],
    [[]], [{}], ["a", 1], {}, {"a": 1}, {"$gt": 1}, {"a.b": {"$c": None}}, {"": 1}, {"key": "k", "value": {}}, {"min": "x"}, nested(150),
]  # fmt: skip


def fields() -> dict[str, list[str]]:
    """The names of each action's fields, as its documentation has them."""
    document = json.loads(OPENAPI.read_text())
    found: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        name = path.rsplit("/", 1)[-1]
        text = json.dumps(next(iter(operations.values())).get("requestBody", {}))
        found[name] = sorted(set(_properties(json.loads(text), document, set()))) or ["a"]
    return found


def _properties(schema: Any, document: Any, seen: set[str]) -> Iterator[str]:
    """Every property's name below a schema, references followed once."""
    if isinstance(schema, list):
        for item in schema:
            yield from _properties(item, document, seen)
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        yield from _properties(target, document, seen)
    yield from schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ()
    for value in schema.values():
        yield from _properties(value, document, seen)


FIELDS = fields()


@define
class Served:
    """A server for all draws. known: ids of a project, a task and a model; tokens: of a user and of the system."""

    client: Client
    known: list[str]
    tokens: tuple[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("fuzz")) as client:
        project = client.call("projects.create", {"name": "fuzzed", "description": ""})["id"]
        task = client.call("tasks.create", {"name": "fuzzed", "type": "training", "project": project})["id"]
        model = client.call("models.create", {"name": "fuzzed", "uri": "file:///m", "project": project})["id"]
        yield Served(client, [project, task, model], (client.login(*USER), client.login(*SYSTEM)))


def data(served: Served, name: str, draw: random.Random) -> dict[str, Any]:
    """A few fields of the action, with values that mostly do not fit; ids that exist where it asks for some."""
    values = [*NASTY, *served.known, *[[key] for key in served.known]]
    body = {field: draw.choice(values) for field in draw.sample(FIELDS[name], min(len(FIELDS[name]), draw.randint(0, 5)))}
    for field in ("task", "project", "model", "tasks", "ids"):
        if field in FIELDS[name] and draw.random() < 0.8:
            key = draw.choice(served.known)
            body[field] = [key] if field in ("tasks", "ids") else key
    return body


def refused_well(name: str, status: int, body: Any) -> bool:
    """QUIRK: spec 4: a scroll that nobody opened is answered 500/100."""
    if status >= 500 and (body["meta"]["result_subcode"] != 100 or "scroll" not in body["meta"]["result_msg"]):
        return False
    return body is None or body["meta"]["endpoint"]["name"] == name


@settings(max_examples=max(600, settings.default.max_examples))
@given(st.sampled_from(BUILT), st.sampled_from(VERSIONS), st.integers(0, 2**32))
def test_random_data(served: Served, name: str, version: str, seed: int) -> None:
    """Any action, any version, any values."""
    draw = random.Random(seed)
    body = data(served, name, draw)
    answer = served.client.call_raw(name, body, version=version, token=draw.choices(served.tokens, (7, 3))[0])
    assert refused_well(name, answer.status, answer.body), (name, version, body, answer.text[:500])


@settings(max_examples=max(300, settings.default.max_examples))
@given(
    st.sampled_from(["debug.ping", "tasks.create", "events.add_batch", "tasks.update_batch", "users.set_preferences", "projects.get_all"]),
    st.sampled_from(
        ["application/json", "application/json-lines", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "?"]
    ),
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(str.encode),
        st.lists(
            st.sampled_from(['{"a":1}', "{", "", "[1]", "null", '{"task":"x"}', "NaN", "--x", "a=1&b=2", "\x00", "{}\r"]), max_size=6
        ).map(lambda lines: "\n".join(lines).encode()),
    ),
)
def test_random_bytes(served: Served, name: str, kind: str, body: bytes) -> None:
    """Any body under any content type."""
    headers = {"Content-Type": kind, "Authorization": f"Bearer {served.tokens[0]}"}
    answer = served.client.send(f"/{name}", body, headers)
    assert refused_well(name, answer.status, answer.body), answer.text[:500]


@settings(max_examples=max(300, settings.default.max_examples))
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(st.characters(codec="ascii", exclude_characters="#"), max_size=60),
)
def test_random_paths_and_queries(served: Served, path: str, query: str) -> None:
    """Any path and any query string."""
    answer = served.client.send(f"/v2.34/debug.ping{quote(path)}?{quote(query, safe='&=[].%;+')}", method="GET")
    assert answer.status < 500
    assert answer.body is None or set(answer.body["meta"]["endpoint"]) == {"name", "requested_version", "actual_version"}
