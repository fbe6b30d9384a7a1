"""What a handler is given, and what is refused before it: the coercions of spec 1 §5.2."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiserver.calls import coerce
from apiserver.calls.endpoint import Binding, Endpoint, max_version
from apiserver.calls.errors import ApiError
from apiserver.calls.validate import validate
from apiserver.generated import errors

WHERE = "field"


def refused(check: coerce.Check, value: Any) -> str:
    with pytest.raises(errors.ValidationError) as caught:
        check(value, WHERE)
    assert (caught.value.code, caught.value.subcode) == (400, 12)
    assert len(caught.value.message) < 500
    return caught.value.message


CONVERTED = [
    (coerce.string, "", ""),
    (coerce.string, "5", "5"),
    (coerce.safe_string, 5, "5"),
    (coerce.safe_string, 1.5, "1.5"),
    (coerce.integer, 5, 5),
    (coerce.integer, 5.9, 5),
    (coerce.integer, -5.9, -5),
    (coerce.integer, "5", 5),
    (coerce.integer, " 7 ", 7),
    (coerce.integer, True, 1),
    (coerce.integer, 2**63 - 1, 2**63 - 1),
    (coerce.number, 1, 1),
    (coerce.number, 1.5, 1.5),
    (coerce.boolean, "false", True),
    (coerce.boolean, "", False),
    (coerce.boolean, 0, False),
    (coerce.boolean, [0], True),
    (coerce.mapping, {}, {}),
    (coerce.strings, "", []),
    (coerce.strings, 0, []),
    (coerce.strings, {}, []),
    (coerce.strings, ["a"], ["a"]),
    (coerce.list_of(coerce.an_integer), False, []),
    (coerce.list_of(coerce.an_integer), [1, True], [1, 1]),
    (coerce.map_of(coerce.string), {"a": "b"}, {"a": "b"}),
    (coerce.any_of(coerce.string, coerce.an_integer), 5, 5),
    (coerce.one_of("asc", "desc"), "asc", "asc"),
    (coerce.within(coerce.integer, 1, 3), "3", 3),
    (coerce.sized(coerce.string, 3), "abc", "abc"),
    (coerce.matching(coerce.string, "^a"), "abc", "abc"),
]

REFUSED = [
    (coerce.string, 5),
    (coerce.string, ["a"]),
    (coerce.string, True),
    (coerce.safe_string, {}),
    (coerce.safe_string, 10**5000),
    (coerce.integer, "abc"),
    (coerce.integer, "1.5"),
    (coerce.integer, ""),
    (coerce.integer, []),
    (coerce.integer, {}),
    (coerce.integer, float("nan")),
    (coerce.integer, float("inf")),
    (coerce.integer, 2**63),
    (coerce.integer, -(10**30)),
    (coerce.integer, "9" * 5000),
    (coerce.integer, 10**5000),
    (coerce.number, "1.5"),
    (coerce.number, float("nan")),
    (coerce.number, float("-inf")),
    (coerce.number, 10**400),
    (coerce.mapping, []),
    (coerce.mapping, "x"),
    (coerce.strings, "abc"),
    (coerce.strings, {"a": 1}),
    (coerce.strings, ["a", 5]),
    (coerce.strings, [None]),
    (coerce.list_of(coerce.an_integer), ["5"]),
    (coerce.list_of(coerce.an_integer), [1.5]),
    (coerce.map_of(coerce.string), {"a": None}),
    (coerce.any_of(coerce.string, coerce.an_integer), 1.5),
    (coerce.one_of("asc", "desc"), "up"),
    (coerce.one_of("asc", "desc"), ["asc"]),
    (coerce.one_of("1"), 1),
    (coerce.within(coerce.integer, 1, 3), 0),
    (coerce.within(coerce.integer, 1, 3), 4),
    (coerce.sized(coerce.string, 3), "ab"),
    (coerce.sized(coerce.strings, 0, 1), ["a", "b"]),
    (coerce.matching(coerce.string, "^a"), "b"),
    (coerce.string, {"k": "v" * 10_000}),
    (coerce.integer, "x" * 10_000_000),
]


@pytest.mark.parametrize(("check", "value", "result"), CONVERTED, ids=range(len(CONVERTED)))
def test_converts(check: coerce.Check, value: Any, result: Any) -> None:
    """A value of another type becomes what the reference makes of it."""
    got = check(value, WHERE)
    assert (got, type(got)) == (result, type(result)) or got == result


@pytest.mark.parametrize(("check", "value"), REFUSED, ids=range(len(REFUSED)))
def test_refuses(check: coerce.Check, value: Any) -> None:
    """A value that cannot be meant is 400/12, whatever its size, and the message names the field and stays short."""
    assert WHERE in refused(check, value)


@define(kw_only=True, eq=False, repr=False)
class SampleRequest(coerce.Request):
    """Stands for a generated class, with one field for each way to read one."""

    flag: bool = True
    ids: list[str]
    inner: dict[str, Any] | None = None
    note: str = ""
    order: str = "asc"
    task: str

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> SampleRequest:
        return cls(
            flag=coerce.optional(data, "flag", at, coerce.boolean, True),
            ids=coerce.filled(data, "ids", at, coerce.sized(coerce.strings, 1)),
            inner=coerce.optional(data, "inner", at, inner),
            note=coerce.optional(data, "note", at, coerce.string, ""),
            order=coerce.defaulted(data, "order", at, coerce.one_of("asc", "desc"), "asc"),
            task=coerce.required(data, "task", at, coerce.string),
        )


def inner(value: Any, where: str) -> dict[str, Any]:
    data, at = coerce.inside(value, where)
    return coerce.given(
        {
            "metric": coerce.required(data, "metric", at, coerce.string),
            "variants": coerce.optional(data, "variants", at, coerce.strings),
        }
    )


def handler(*_: Any) -> dict[str, Any]:
    return {}


MODEL = Binding((1, 0), handler, SampleRequest)
PLAIN = Binding((1, 0), handler)
LINES = Binding((1, 0), handler, batch=True)
MODEL_LINES = Binding((1, 0), handler, SampleRequest, batch=True)
LEAST = {"ids": ["a"], "task": "t"}


def message(data: Any, binding: Binding = MODEL) -> str:
    with pytest.raises(errors.ValidationError) as caught:
        validate(binding, data)
    return caught.value.message


def test_defaults_stand_in_for_what_is_absent_or_null() -> None:
    """null for an optional field is the same as leaving it out."""
    assert validate(MODEL, LEAST) == SampleRequest(ids=["a"], task="t")
    assert validate(MODEL, {**LEAST, "flag": None, "inner": None, "note": None}) == SampleRequest(ids=["a"], task="t")


def test_unknown_fields_are_ignored() -> None:
    """At any depth; the nested object keeps known fields only."""
    request = validate(MODEL, {**LEAST, "more": 1, "inner": {"metric": "m", "variants": None, "more": 1}})
    assert request.inner == {"metric": "m"}


def test_required_fields() -> None:
    """Absent and null are both refused, and the text says which field."""
    assert message({"ids": ["a"]}) == "Validation error (error for field 'task'. field is required!)"
    assert "'task': field is required!" in message({"ids": ["a"], "task": None})
    assert "'inner.metric'" in message({**LEAST, "inner": {}})


def test_enum_with_default_refuses_null() -> None:
    """Other than every other kind of optional field (spec 3 §1.2)."""
    assert "'order'" in message({**LEAST, "order": None})


def test_list_with_least_length_is_required() -> None:
    """Absent, null and empty all are too short."""
    for data in ({"task": "t"}, {"task": "t", "ids": None}, {"task": "t", "ids": []}):
        assert "lower than allowed minimum '1'" in message(data)


def test_first_failure_by_name_is_reported() -> None:
    """Fields are looked at in alphabetical order."""
    assert "'note'" in message({"ids": ["a"], "note": 5})


def test_raw_data_passes_untouched() -> None:
    """Without a model the handler gets what came."""
    data = {"a": None, "b": [1]}
    assert validate(PLAIN, data) is data


def test_required_paths_come_first() -> None:
    """400/11 names all that is missing; null is there."""
    binding = Binding((1, 0), handler, required_fields=("id", "a.b", "name"))
    with pytest.raises(errors.MissingRequiredFields) as caught:
        validate(binding, {"a": 5, "name": None})
    assert caught.value.message.endswith("missing=(id, a.b)")
    assert validate(binding, {"id": None, "a": {"b": 0}, "name": ""})


@pytest.mark.parametrize("data", [{}, []])
def test_batch_without_items(data: Any) -> None:
    """No body, an empty object and no line alike give no items; what that means is the endpoint's to say."""
    assert validate(LINES, data) == []


def test_batch_items() -> None:
    """A list is passed on, one object is a batch of one, and a model checks each line and names the wrong one."""
    assert validate(LINES, [{"a": 1}, {}]) == [{"a": 1}, {}]
    assert validate(LINES, {"a": 1}) == [{"a": 1}]
    assert validate(MODEL_LINES, [LEAST]) == [SampleRequest(ids=["a"], task="t")]
    assert "'[1].task'" in message([LEAST, {"ids": ["a"]}], MODEL_LINES)


def test_json_lines_to_an_ordinary_endpoint() -> None:
    """Handlers of raw data see an empty object; a model refuses."""
    assert validate(PLAIN, [{"a": 1}]) == {}
    assert "JSON lines" in message([{"a": 1}])


def test_version_choice() -> None:
    """The highest minimum up to the requested version, compared part by part; nothing below the lowest."""
    bindings = tuple(Binding(version, handler) for version in ((1, 7), (2, 9), (2, 10)))
    endpoint = Endpoint("events.get_task_log", bindings)
    chosen = {version: endpoint.binding(version) for version in ((1, 6), (1, 7), (2, 8), (2, 9), (2, 34), (999, 0))}
    assert [binding and binding.version for binding in chosen.values()] == [None, "1.7", "1.7", "2.9", "2.10", "2.10"]
    assert (endpoint.service, endpoint.action) == ("events", "get_task_log")
    assert max_version([endpoint]) == (2, 34)
    assert max_version([Endpoint("a.b", (Binding((3, 1), handler),))]) == (3, 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(10**400),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=10,
)


@st.composite
def bodies(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    return draw(st.dictionaries(st.sampled_from(names) | st.text(max_size=5), json_values, max_size=8))


@pytest.mark.parametrize("service", ["auth", "events", "models", "projects", "queues", "reports", "serving", "storage", "tasks", "workers"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_arbitrary_json_is_taken_or_refused(service: str, data: st.DataObject) -> None:
    """Whatever JSON comes, a generated class answers with itself or with an API error of the 4xx kind, never with another exception."""
    import importlib

    module = importlib.import_module(f"apiserver.generated.{service}")
    classes = sorted((c for c in vars(module).values() if isinstance(c, type) and issubclass(c, coerce.Request)), key=lambda c: c.__name__)
    request = data.draw(st.sampled_from([c for c in classes if c is not coerce.Request]))
    body = data.draw(bodies([a.name for a in request.__attrs_attrs__] or ["x"]))
    code = 200
    try:
        assert isinstance(request.parse(body), request)
    except ApiError as error:
        code = error.code
    assert code in (200, 400)


def test_deep_values_are_no_recursion() -> None:
    """A value nested 100,000 deep is refused or passed on without following it down."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert "list" in refused(coerce.string, deep)
    assert refused(coerce.strings, deep)
    assert coerce.anything(deep, WHERE) is deep
