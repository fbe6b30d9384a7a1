"""One meaning: random events and questions have the same answers on Elasticsearch and on SQLite. What differs on purpose: decision 0154."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.events import TYPES, Entity, Selection
from apiserver.stores.sqlite.events import SqliteEventStore
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.testing.elastic import empty, place
from tests.fuzzing import LONG, examples
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_7
from tests.stores.random_events import CHECKS, COMPANIES, SMALL, TASKS, Both, Rng, changed, reported, shown

DATASETS = range(5)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("random")
    elastic, layout = place(shared(ELASTIC_7))
    state = SqliteStateStore(folder / "state.db")
    yield Both(ElasticEventStore(elastic, state, layout=layout), SqliteEventStore(folder / "events.db", sizes=SMALL))
    state.close()


def _emptied(both: Both) -> None:
    assert isinstance(both.one, ElasticEventStore)
    empty(both.one._elastic, [both.one._layout.all()])
    for company in COMPANIES:
        both.two.delete(company, TASKS)


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, both: Both) -> Both:
    """Five hundred events."""
    _emptied(both)
    rng = Rng(request.param if not LONG else random.randrange(10**9))
    reported(both, rng, 6, 170)
    return both


@pytest.mark.parametrize("filled", DATASETS, indirect=True)
@settings(
    max_examples=examples(200, 15_000),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.explicit, Phase.reuse, Phase.shrink],
)
@given(check=st.sampled_from(CHECKS), seed=st.integers(0, 2**32))
def test_random_questions(filled: Both, check: Callable[[Both, Rng], None], seed: int) -> None:
    """Each question has one answer."""
    check(filled, Rng(seed))


@settings(max_examples=examples(25, 1_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_random_changes(both: Both, seed: int) -> None:
    """What was reported again, removed, and reported after that, lies in both alike."""
    rng = Rng(seed)
    _emptied(both)
    for _ in range(3):
        reported(both, rng, 2, 12)
        changed(both, rng)
    for company in COMPANIES:
        for task in TASKS:
            for kind in TYPES:
                selection = Selection((Entity(company, task),), (kind,))
                one, two = both.ask(lambda store, selection=selection: sorted(map(shown, store.select(selection))))  # type: ignore[misc]
                assert one == two
    for check in rng.sample(CHECKS, 3):
        check(both, rng)
