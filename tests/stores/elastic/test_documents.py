"""Events as documents: ids of the reference, and nothing that a server refuses, misreads or dies of."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic.layout import COMMON, OF_TYPE
from apiserver.stores.errors import InvalidValue
from apiserver.stores.events import IMAGE, LOG, PLOT, VECTOR, Event
from apiserver.testing.events import event


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"iter": 1}, "T-1-m-v"),
        ({"iter": ...}, "T-m-v"),
        ({"iter": None}, "T-None-m-v"),
        ({"iter": 1, "metric": "im", "key": "kk"}, "T-1-im-v-kk"),
        ({"iter": 1, "key": None}, "T-1-m-v-None"),
        ({"iter": 7, "metric": "", "variant": ""}, "T-7--"),
    ],
)
def test_ids_are_those_of_the_reference(fields: dict[str, Any], text: str) -> None:
    """Spec 4 §4.2.4: so that what a run reports again replaces what another server stored."""
    assert d.identity(event(task="T", **fields)) == hashlib.md5(text.encode()).hexdigest()


def test_lines_have_ids_of_their_batch() -> None:
    """The same batch, arrived later, has the same ids; one with another line does not; two equal lines of a batch are two."""
    batch = [event(LOG, msg="x"), event(LOG, msg="x")]
    later = [{**one, "@timestamp": "2030-01-01T00:00:00.000Z"} for one in batch]
    digest = d.batch_digest(batch)
    assert digest == d.batch_digest(later)
    assert digest != d.batch_digest([*batch, event(LOG, msg="y")])
    ids = {d.line_identity(digest, place) for place in (0, 1)}
    assert len(ids) == 2
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in ids)


MAPPED = {"trackyard_odd", *COMMON, *(name for fields in OF_TYPE.values() for name in fields)}


def _nested(depth: int) -> Any:
    found: Any = 1
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    "sent",
    [
        event(timestamp=1000),
        event(timestamp=9999.5),
        event(timestamp=-5),
        event(timestamp=-0.5),
        event(timestamp=1e16),
        event(timestamp=1e-7),
        event(timestamp=2**63 - 1),
        event(timestamp=-(2**63) + 1),
        event(deep=_nested(200)),
        event(VECTOR, value=_nested(200)),
        event(big=10**900),
        event(**{"a.b": 1, "": 2, "_id": 3, "..": 4, "metric.x": 5}),
        event(trackyard_odd="mine"),
        event(worker="w" * 40_000),
        event(worker={"a": 1}),
        event(model_event=1),
        event(LOG, msg={"a": 1}, level="l" * 40_000, value="no number"),
        event(IMAGE, url=5, key=[1]),
        event(PLOT, plot_data="theirs", valid_plot="no", source_urls=["http://f/1", 2]),
        event(PLOT, plot_str="ä" * 200_000),
    ],
)
def test_what_a_server_does_not_take_is_kept_aside(sent: Event) -> None:
    """It comes back as it was; nothing of it is left where Elasticsearch would look at it."""
    for written in (d.document(sent), d.strict_document(sent)):
        stored = json.loads(d.dumped(written))
        assert d.event_of(stored) == sent
        assert set(stored) <= MAPPED
        assert not isinstance(stored.get("value"), str)
        assert stored["timestamp"] is None or type(stored["timestamp"]) is not int or stored["timestamp"] > 9999


def test_what_no_json_writer_takes_is_refused() -> None:
    """Before anything of the batch is sent."""
    with pytest.raises(InvalidValue):
        d.document(event(deep=_nested(5000)))


def test_an_ordinary_event_is_stored_as_it_is() -> None:
    """Nothing is added that the reference would not write."""
    for one in (event(), event(IMAGE, key="k"), event(LOG, level="info"), event(PLOT, plot_len=2), event(extra={"a": [1]})):
        assert d.document(one) == one


def test_long_plots_are_packed_as_the_reference_packs_them() -> None:
    """Spec 4 §4.2.5: base64 in lines of 76 of the compressed text, from 100,000 characters on."""
    stored = d.document(event(PLOT, plot_str="x" * 100_000))
    assert "plot_str" not in stored
    assert max(len(line) for line in stored["plot_data"].splitlines()) <= 76
    assert "plot_str" in d.document(event(PLOT, plot_str="x" * 99_999))
    with pytest.raises(InvalidValue):
        d.unpacked("no base64!")


def test_documents_of_old_releases() -> None:
    """Before 1.8 there was no `model_event`."""
    old = {name: value for name, value in event().items() if name != "model_event"}
    assert d.event_of(old)["model_event"] is False


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1000.9, "1970-01-01T00:00:01.000Z"), (1e300, 2**63 - 1)],
)
def test_times_in_questions(ms: float, text: Any) -> None:
    """In a form that is never taken for a year."""
    assert d.when(ms) == text
