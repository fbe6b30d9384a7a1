"""Tables in CSV: columns, cells, and what a spreadsheet must not run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.domain import table


def cell(field: str, row: dict[str, Any], *values: tuple[Any, Any]) -> str:
    (column,) = table.columns([{"field": field, "values": [{"key": key, "value": value} for key, value in values]}])
    return table.cell(column, row)


@pytest.mark.parametrize(
    ("field", "row", "text"),
    [
        ("name", {"name": "a"}, "a"),
        ("name", {}, ""),
        ("name", {"name": None}, ""),
        ("a.b", {"a": {"b": 1.5}}, "1.5"),
        ("a.b", {"a": 5}, ""),
        ("parent", {"parent": {"id": "p", "name": "n"}}, "p"),
        ("labels", {"labels": {}}, ""),
        ("tags", {"tags": ["a", "b"]}, "['a', 'b']"),
        ("ready", {"ready": True}, "True"),
        ("n", {"n": 0}, "0"),
        ("n", {"n": -1.5}, "-1.5"),
        ("when", {"when": datetime(2026, 1, 2, tzinfo=UTC)}, "2026-01-02T00:00:00+00:00"),
        ("all", {"all": [{"at": datetime(2026, 1, 2, tzinfo=UTC)}]}, "[{'at': '2026-01-02T00:00:00+00:00'}]"),
        ("in.model.name", {"in": [{"model": {"name": "m"}}, {"model": {}}, {}]}, "['m']"),
        ("hyperparams.Args.x%2Ey.value", {"hyperparams": {"Args": {"x.y": {"value": "7"}}}}, "7"),
        ("metadata.%_k.value", {"metadata": {"_k": {"value": "v"}}}, "v"),
        ("other.x%2Ey", {"other": {"x%2Ey": 1}}, "1"),
    ],
)
def test_cells(field: str, row: dict[str, Any], text: str) -> None:
    assert cell(field, row) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(1)", "-2+3+cmd|' /C calc'!A0"])
def test_texts_that_a_spreadsheet_would_run(text: str) -> None:
    """They get a `'` in front, wherever they come from: the row, a replacement, an id, a heading."""
    assert cell("c", {"c": text}) == f"'{text}"
    assert cell("c", {"c": {"id": text}}) == f"'{text}"
    assert cell("c", {"c": 1}, (1, text)) == f"'{text}"
    columns = table.columns([{"field": "c", "name": text}])
    for rows in (True, False):
        assert next(csv.reader(io.StringIO(table.header(columns, rows=rows).lstrip(table.BOM), newline=""))) == [f"'{text}"]


@pytest.mark.parametrize(
    ("value", "key", "hit"),
    [
        ("a", "a", True), (1, 1.0, True), (1, "1", False), (1, True, False), (True, True, True), (None, None, True), (None, "", True),
        ("", None, True), (0, None, False), (0, False, False), ([1], "[1]", True), ({"id": "p"}, "p", True),
    ],
)  # fmt: skip
def test_values_are_replaced_when_they_are_equal(value: Any, key: Any, hit: bool) -> None:
    """A number and a text are never equal."""
    assert (cell("c", {"c": value}, (key, "new")) == "new") is hit


def test_columns_and_values_are_named_once() -> None:
    for wrong in (
        [{"field": "a"}, {"field": "b", "name": "a"}],
        [{"field": "a", "name": None}, {"field": "b", "name": ""}],
        [{"field": "a", "values": [{"key": 1, "value": "x"}, {"key": 1.0, "value": "y"}]}],
        [{"field": "a", "values": [{"key": {"b": [1]}, "value": "x"}, {"key": {"b": [1]}, "value": "y"}]}],
    ):
        with pytest.raises(table.Repeated):
            table.columns(wrong)
    assert len(table.columns([{"field": "a"}, {"field": "a", "name": "b", "values": None}])) == 2


def test_old_names_of_fields() -> None:
    """The same replacement that the projection of the query goes through."""
    (column,) = table.columns([{"field": "execution.parameters.lr.value"}], [("execution.parameters", "hyperparams.Args")])
    assert column.heading == "execution.parameters.lr.value"
    assert table.cell(column, {"hyperparams": {"Args": {"lr": {"value": "0.1"}}}}) == "0.1"


def test_a_header_without_rows_is_bare() -> None:
    columns = table.columns([{"field": "a"}, {"field": "b", "name": 'x, "y"'}])
    assert table.header(columns, rows=False) == 'a,"x, ""y"""\r\n'
    assert table.header(columns, rows=True) == '\ufeff"a","x, ""y"""\r\n'


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_any_text_comes_back(rows: list[tuple[str, str]]) -> None:
    """A reader of CSV gets what was written, but for the `'` of the dangerous ones; nothing begins as a formula."""
    columns = table.columns([{"field": "a"}, {"field": "b"}])
    written = table.lines(columns, [{"a": a, "b": b} for a, b in rows])
    read = list(csv.reader(io.StringIO(written.replace("\0", ""), newline="")))
    plain = [[text.replace("\0", "") for text in row] for row in rows]
    assert [[text.removeprefix("'") for text in row] for row in read] == [[text.removeprefix("'") for text in row] for row in plain]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for text in row)
