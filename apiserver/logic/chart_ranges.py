"""The range of a chart as a call asked for it, and as a question to the statistics store."""

from __future__ import annotations

from apiserver.domain import charts
from apiserver.generated import errors
from apiserver.stores.statistics import Span

MOST_VALUES = 1_000_000
"""More values in one answer are refused."""


def checked(shown: charts.Range, from_s: float, to_s: float) -> charts.Range:
    """The range itself. Raises: FieldsValueError for dates the wrong way round; ValidationError for too many points."""
    if from_s >= to_s:
        raise errors.FieldsValueError("from_date must be before to_date", from_date=from_s, to_date=to_s)
    if shown.count() > charts.MOST_BUCKETS:
        raise errors.ValidationError(f"too many points ({shown.count()}): use a longer interval or a shorter time")
    return shown


def span(shown: charts.Range) -> Span:
    """What is read for the chart."""
    return Span(shown.first_s * 1000, shown.last_s * 1000, shown.interval_ms)
