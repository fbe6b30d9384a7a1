"""Every statistics engine keeps the contract."""

from __future__ import annotations

from apiserver.testing.statistics import StatisticsStoreSuite


class TestStatisticsStore(StatisticsStoreSuite):
    """See the suite."""
