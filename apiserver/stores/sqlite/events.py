"""SqliteEventStore: the embedded engine of events, one file `events.db`. Tables: `events_tables.py`; writing: `events_writing.py`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from attrs import frozen

from apiserver.stores.errors import InvalidQuery
from apiserver.stores.events import (
    IMAGE,
    PLOT,
    SCALAR,
    SINGLE,
    TYPES,
    Bucket,
    Entity,
    Event,
    EventStore,
    Extent,
    Key,
    Latest,
    Metrics,
    Page,
    Range,
    Selection,
    Spot,
    UrlUse,
)
from apiserver.stores.sqlite import events_tables as t
from apiserver.stores.sqlite import events_writing
from apiserver.stores.sqlite.connection import Database, Options, Row

_ABOVE_SINGLE = f"missing = 0 AND iter > {SINGLE}"
_IN = "series IN (SELECT value FROM json_each(?))"
_OWNER_IN = "owner IN (SELECT owner FROM series WHERE id IN (SELECT value FROM json_each(?)))"


@frozen
class Series:
    """A row of the table of series, with the id of its task or model."""

    id: int
    owner: int
    entity: str
    kind: str
    metric: str
    variant: str


class SqliteEventStore(EventStore):
    """See `stores/events.py` for what it promises."""

    def __init__(self, path: Path, *, options: Options | None = None) -> None:
        self._database = Database(path, version=t.VERSION, prepare=t.prepare, options=options)
        self._workers: dict[int, str] = {}

    # Writing

    def add(self, company: str, events: Sequence[Event]) -> None:
        if not events:
            return
        batch = events_writing.encoded(events)
        with self._database.writing() as connection:
            events_writing.Writer(connection, company).write(batch)

    def delete(self, company: str, ids: Iterable[str]) -> int:
        return events_writing.delete(self._database, company, ids)

    def clear_log(self, company: str, task_id: str, *, before_ms: Key | None, include: Sequence[str], exclude: Sequence[str]) -> int:
        return events_writing.clear_log(self._database, company, task_id, before_ms=before_ms, include=include, exclude=exclude)

    # Pages

    def count(self, selection: Selection) -> int:
        total = 0
        for table, series in self._by_table(selection).items():
            where, parameters = _where(selection, table, series)
            total += self._database.rows(f"SELECT count(*) FROM {table.name} WHERE {where}", parameters)[0][0]
        return total

    def exists(self, selection: Selection) -> bool:
        for table, series in self._by_table(selection).items():
            where, parameters = _where(selection, table, series)
            if self._database.rows(f"SELECT 1 FROM {table.name} WHERE {where} LIMIT 1", parameters):
                return True
        return False

    def page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Sequence[Any] | None = None
    ) -> Page:
        (table,) = {t.TABLE_OF[kind] for kind in selection.types}
        series = self._by_table(selection).get(table)
        if not series or size <= 0:
            return Page([])
        question = _Question(self._database, selection, table, series, by, descending)
        rows = question.rows(size, after=_position(after, table))
        last = question.position(rows[-1]) if len(rows) == size else None
        return Page(self._events(table, rows, series), last)

    def whole_page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Key | None = None
    ) -> list[Event]:
        if size <= 0:
            return []
        asked = [_Question(self._database, selection, table, series, by, descending) for table, series in self._by_table(selection).items()]
        # NOTE: (lacks the key, key) of each row; the sort keeps the order of equals within a table.
        found: list[tuple[tuple[int, Any], _Question, Row]] = []
        for one in asked:
            found += [(one.sort_key(row), one, row) for row in one.rows(size, beyond=after)]
        found.sort(key=lambda entry: entry[0])
        if len(found) >= size:
            last = found[size - 1][0]
            found = [entry for entry in found[:size] if entry[0] != last]
            for one in asked:
                found += [(last, one, row) for row in one.rows(-1, at=last)]
        return [event for one, rows in groupby(found, key=lambda entry: entry[1]) for event in self._events_of(one, rows)]

    def _events_of(self, one: _Question, rows: Iterable[tuple[Any, Any, Row]]) -> list[Event]:
        return self._events(one.table, [row for _, _, row in rows], one.series)

    # Names

    def variants(self, entities: Sequence[Entity], types: Sequence[str], *, above: int | None = None) -> dict[str, list[str]]:
        condition = "" if above is None else f" AND missing = 0 AND iter > {int(above)}"
        found: set[tuple[str, str]] = set()
        for table, series in self._by_table(Selection(tuple(entities), tuple(types))).items():
            if table is t.LOGS:
                found |= self._log_variants(series, condition)
                continue
            rows = self._database.rows(
                f"SELECT j.value FROM json_each(?) AS j WHERE EXISTS (SELECT 1 FROM {table.name} WHERE series = j.value{condition})",
                (_ids(series),),
            )
            found |= {(series[row[0]].metric, series[row[0]].variant) for row in rows}
        return {metric: [variant for _, variant in pairs] for metric, pairs in groupby(sorted(found), key=lambda pair: pair[0])}

    def _log_variants(self, series: dict[int, Series], condition: str) -> set[tuple[str, str]]:
        """PERF: lines have no index by series; a log has few, and each search ends at its first line."""
        rows = self._database.rows(
            "SELECT s.id FROM series s WHERE s.id IN (SELECT value FROM json_each(?)) AND EXISTS "
            f"(SELECT 1 FROM logs WHERE logs.owner = s.owner AND logs.series = s.id{condition})",
            (_ids(series),),
        )
        return {(series[row[0]].metric, series[row[0]].variant) for row in rows}

    # Scalars

    def ranges(self, entity: Entity, *, key: str, metrics: Metrics | None = None) -> list[Range]:
        series = self._series(Selection((entity,), (SCALAR,), metrics))
        if key == "iter":
            # PERF: counting alone takes a tenth of looking at each row; the ends are two searches.
            of_one = f"FROM scalars WHERE series = j.value AND {_ABOVE_SINGLE}"
            ends = ", ".join(f"(SELECT iter {of_one} ORDER BY iter {order} LIMIT 1)" for order in ("ASC", "DESC"))
            sql = f"SELECT j.value, (SELECT count(*) {of_one}), {ends} FROM json_each(?) AS j"
        else:
            sql = (
                "SELECT series, count(timestamp), min(timestamp), max(timestamp) FROM scalars "
                f"WHERE {_IN} AND {_ABOVE_SINGLE} GROUP BY series"
            )
        rows = self._database.rows(sql, (_ids(series),))
        found = [Range(series[row[0]].metric, series[row[0]].variant, row[1], row[2], row[3]) for row in rows]
        return sorted((one for one in found if one.count), key=lambda one: (one.metric, one.variant))

    def buckets(self, entity: Entity, series: Sequence[tuple[str, str]], *, key: str, interval: int) -> list[list[Bucket]]:
        known = self._series(Selection((entity,), (SCALAR,)))
        ids = {(one.metric, one.variant): one.id for one in known.values()}
        found: dict[int, list[Bucket]] = {}
        column = "iter" if key == "iter" else "CAST(floor(timestamp) AS INTEGER)"
        # NOTE: the division of SQLite cuts towards zero, buckets go down; `%` has the sign of the number that is divided.
        start = f"({column} - ((({column}) % ?2) + ?2) % ?2)"
        rows = self._database.rows(
            f"SELECT series, {start} AS start, sum(coalesce(short, value)), count(value) FROM scalars "
            f"WHERE series IN (SELECT value FROM json_each(?1)) AND {_ABOVE_SINGLE} AND {_column(key)} IS NOT NULL "
            "GROUP BY series, start ORDER BY series, start",
            (json.dumps([ids[name] for name in series if name in ids]), interval),
        )
        for identity, begin, total, count in rows:
            found.setdefault(identity, []).append(Bucket(begin, total / count if count else None))
        return [found.get(ids.get(name, -1), []) for name in series]

    def latest(self, entity: Entity) -> list[Latest]:
        series = self._series(Selection((entity,), (SCALAR,)))
        found = []
        for one in sorted(series.values(), key=lambda one: (one.metric, one.variant)):
            rows = self._database.rows(
                "SELECT coalesce(short, value), (SELECT max(arrived) FROM scalars WHERE series = ?1 AND coalesce(short, value) > 0) "
                "FROM scalars WHERE series = ?1 AND coalesce(short, value) > 0 ORDER BY missing > 0, iter DESC LIMIT 1",
                (one.id,),
            )
            found += [Latest(one.metric, one.variant, float(value), arrived) for value, arrived in rows]
        return found

    def last_iteration(self, entity: Entity) -> int | None:
        highest: list[int] = []
        for table, series in self._by_table(Selection((entity,), TYPES)).items():
            if table is t.LOGS:
                sql = f"SELECT max(iter) FROM logs WHERE missing = 0 AND {_OWNER_IN}"
            else:
                sql = f"SELECT max((SELECT max(iter) FROM {table.name} WHERE series = j.value AND missing = 0)) FROM json_each(?) AS j"
            highest += [row[0] for row in self._database.rows(sql, (_ids(series),)) if row[0] is not None]
        return max(highest, default=None)

    # Plots and images

    def newest(self, selection: Selection, *, count: int) -> list[Event]:
        found = []
        for one in sorted(self._series(selection).values(), key=lambda one: (one.metric, one.variant)):
            table = t.TABLE_OF[one.kind]
            question = _Question(self._database, selection, table, {one.id: one}, "iter", True)
            found += self._events(table, question.rows(count), {one.id: one})
        return found

    def last_spots(self, selection: Selection, *, count: int, per_metric: bool) -> list[Spot]:
        found = []
        series = sorted(self._series(selection).values(), key=lambda one: (one.entity, one.metric))
        for (entity, metric), members in groupby(series, key=lambda one: (one.entity, one.metric if per_metric else None)):
            iterations = self._iterations(selection, {one.id: one for one in members}, "1", (), descending=True, count=count)
            if iterations:
                found.append(Spot(entity, metric, tuple(iterations)))
        return found

    def iterations(
        self, selection: Selection, *, below: int | None = None, above: int | None = None, descending: bool, count: int
    ) -> list[int]:
        conditions, parameters = ["1"], []
        for sign, bound in (("<", below), (">", above)):
            if bound is not None:
                conditions.append(f"iter {sign} ?")
                parameters.append(bound)
        series = self._series(selection)
        return self._iterations(selection, series, " AND ".join(conditions), parameters, descending=descending, count=count)

    def _iterations(
        self, selection: Selection, series: dict[int, Series], condition: str, parameters: Sequence[Any], *, descending: bool, count: int
    ) -> list[int]:
        if not series:
            return []
        table = t.TABLE_OF[selection.types[0]]
        where, given = _where(selection, table, series)
        order = "DESC" if descending else "ASC"
        rows = self._database.rows(
            f"SELECT DISTINCT iter FROM {table.name} WHERE {where} AND missing = 0 AND {condition} ORDER BY iter {order} LIMIT ?",
            (*given, *parameters, count),
        )
        return [row[0] for row in rows]

    def url_uses(self, entity: Entity, metrics: Metrics | None = None) -> list[UrlUse]:
        series = self._series(Selection((entity,), (IMAGE,), metrics))
        rows = self._database.rows(
            f"SELECT DISTINCT series, url, iter FROM items WHERE {_IN} AND missing = 0 AND url IS NOT NULL ORDER BY series, url, iter DESC",
            (_ids(series),),
        )
        found = []
        for (identity, url), uses in groupby(rows, key=lambda row: (row[0], row[1])):
            highest = [row[2] for row in uses]
            one = series[identity]
            found.append(UrlUse(one.metric, one.variant, url, highest[0], highest[1] if len(highest) > 1 else None))
        return sorted(found, key=lambda use: (use.metric, use.variant, use.url))

    def extents(self, selection: Selection) -> list[Extent]:
        series = self._series(selection)
        table = t.TABLE_OF[selection.types[0]]
        where, parameters = _where(selection, table, series)
        rows = self._database.rows(
            "SELECT series, min(CASE missing WHEN 0 THEN iter END), max(CASE missing WHEN 0 THEN iter END), "
            f"max(CASE WHEN NOT ({table.without_time}) THEN {table.times} END) FROM {table.name} WHERE {where} GROUP BY series",
            parameters,
        )
        found = [Extent(series[row[0]].metric, series[row[0]].variant, *row[1:]) for row in rows]
        return sorted(found, key=lambda one: (one.metric, one.variant))

    def urls(self, company: str, ids: Iterable[str]) -> list[str]:
        found: set[str] = set()
        wanted = tuple(Entity(company, key) for key in dict.fromkeys(ids))
        for start in range(0, len(wanted), 500):
            series = self._series(Selection(wanted[start : start + 500], (IMAGE, PLOT)))
            for identity, url in self._database.rows(f"SELECT DISTINCT series, url FROM items WHERE {_IN} AND url <> ''", (_ids(series),)):
                found |= set(json.loads(url)) if series[identity].kind == PLOT else {url}
        return sorted(found)

    # The file

    def ping(self) -> None:
        self._database.ping()

    def close(self) -> None:
        self._database.close()

    # Series and events

    def _series(self, selection: Selection) -> dict[int, Series]:
        """The series that the selection's entities, types and metrics name, by id."""
        wanted = json.dumps([[entity.company, entity.id] for entity in selection.entities])
        rows = self._database.rows(
            "SELECT s.id, s.owner, o.entity, s.kind, s.metric, s.variant FROM json_each(?) AS e "
            "CROSS JOIN owners AS o ON o.entity = e.value ->> 1 AND o.company = e.value ->> 0 "
            "CROSS JOIN json_each(?) AS k CROSS JOIN series AS s ON s.owner = o.id AND s.kind = k.value",
            (wanted, json.dumps([t.KINDS[kind] for kind in dict.fromkeys(selection.types)])),
        )
        metrics = {name: set(variants) for name, variants in selection.metrics.items()} if selection.metrics else None
        found = {}
        for identity, owner, entity, kind, metric, variant in rows:
            if metrics is not None:
                variants = metrics.get(metric)
                if variants is None or (variants and variant not in variants):
                    continue
            found[identity] = Series(identity, owner, entity, TYPES[kind], metric, variant)
        return found

    def _by_table(self, selection: Selection) -> dict[t.Table, dict[int, Series]]:
        found: dict[t.Table, dict[int, Series]] = {}
        for one in self._series(selection).values():
            found.setdefault(t.TABLE_OF[one.kind], {})[one.id] = one
        return found

    def _events(self, table: t.Table, rows: Iterable[Row], series: dict[int, Series]) -> list[Event]:
        return list(self._decoded(table, rows, series))

    def _decoded(self, table: t.Table, rows: Iterable[Row], series: dict[int, Series]) -> Iterator[Event]:
        for row in rows:
            one = series[row[0]]
            event: Event = {"type": one.kind, "task": one.entity, "metric": one.metric, "variant": one.variant}
            if table is t.ITEMS:
                event.update(t.unpacked(row[6]))
                yield event
                continue
            t.add_iter(event, row[1], row[2])
            if table is t.SCALARS:
                event["value"], event["timestamp"] = row[4], row[5]
            else:
                event["msg"], event["level"], event["timestamp"] = row[8], row[9], row[5]
            event["@timestamp"] = t.arrived_text(row[6])
            event["worker"] = self._worker(row[7])
            event["model_event"] = False
            t.mend(event, row[-1])
            yield event

    def _worker(self, identity: int) -> str:
        """PERF: names of workers never change, so one process reads each once."""
        if identity not in self._workers:
            self._workers.update((row[0], row[1]) for row in self._database.rows("SELECT id, name FROM workers"))
        return self._workers[identity]


class _Question:
    """One table asked for selected rows in order: those with the key first, then those without, equals by what ties them."""

    def __init__(
        self, database: Database, selection: Selection, table: t.Table, series: dict[int, Series], by: str, descending: bool
    ) -> None:
        self.table, self.series = table, series
        self._database = database
        self._where, self._parameters = _where(selection, table, series)
        if by == "iter":
            self._key, self._has, self._lacks = "iter", "missing = 0", "missing > 0"
        else:
            self._key, self._has, self._lacks = table.times, f"NOT ({table.without_time})", table.without_time
        self._descending = descending
        columns = [name.strip() for name in table.columns.split(",")]
        self._ties = [columns.index(name) for name in table.tie]

    def rows(
        self, size: int, *, beyond: Key | None = None, after: tuple[Any, ...] | None = None, at: tuple[int, Any] | None = None
    ) -> list[Row]:
        """size: -1 for all. beyond: keys past this one. after: a position. at: exactly this sort key."""
        found: list[Row] = []
        sign = "<" if self._descending else ">"
        tie = ", ".join(self.table.tie)
        marks = ", ".join("?" * len(self.table.tie))
        if (after is None or not after[0]) and (at is None or not at[0]):
            condition, parameters = "1", tuple[Any, ...]()
            if beyond is not None:
                condition, parameters = f"{self._key} {sign} ?", (beyond,)
            elif after is not None:
                condition = f"({self._key} {sign} ? OR ({self._key} = ? AND ({tie}) > ({marks})))"
                parameters = (after[1], after[1], *after[2:])
            elif at is not None:
                condition, parameters = f"{self._key} = ?", (self._plain(at[1]),)
            order = f"{self._key}{' DESC' if self._descending else ''}, {tie}"
            found = self._ask(f"{self._has} AND {condition}", parameters, order, size)
        if (len(found) < size or size < 0) and (at is None or at[0]):
            condition, parameters = "1", ()
            if after is not None and after[0]:
                condition, parameters = f"({tie}) > ({marks})", tuple(after[2:])
            found += self._ask(f"{self._lacks} AND {condition}", parameters, tie, size - len(found) if size > 0 else size)
        return found

    def sort_key(self, row: Row) -> tuple[int, Any]:
        """(whether the key is missing, the key), to be sorted rising whatever the direction."""
        if self._key == "iter":
            lacks, key = row[1] > 0, row[2]
        else:
            lacks, key = row[5] is None or row[5] == t.NO_TIME, row[5]
        return (1, 0) if lacks else (0, -key if self._descending else key)

    def position(self, row: Row) -> list[Any]:
        lacks, key = self.sort_key(row)
        return [lacks, self._plain(key), *(row[index] for index in self._ties)]

    def _plain(self, key: Any) -> Any:
        return -key if self._descending else key

    def _ask(self, condition: str, parameters: Sequence[Any], order: str, size: int) -> list[Row]:
        sql = f"SELECT {self.table.columns} FROM {self.table.name} WHERE {self._where} AND {condition} ORDER BY {order} LIMIT ?"
        return self._database.rows(sql, (*self._parameters, *parameters, size))


def _where(selection: Selection, table: t.Table, series: dict[int, Series]) -> tuple[str, list[Any]]:
    """The condition on rows of one table; the selection's entities, types and metrics are in the series already."""
    # PERF: one series is read in the order of its table, without sorting.
    parts = ["series = ?" if len(series) == 1 else _IN]
    parameters: list[Any] = [next(iter(series)) if len(series) == 1 else _ids(series)]
    if table is t.LOGS:
        # PERF: the same for the log of one task.
        owners = {one.owner for one in series.values()}
        parts.append("owner = ?" if len(owners) == 1 else _OWNER_IN)
        parameters.append(next(iter(owners)) if len(owners) == 1 else _ids(series))
    if selection.above is not None:
        parts.append(f"missing = 0 AND iter > {int(selection.above)}")
    if selection.iterations is not None:
        parts.append("missing = 0 AND iter IN (SELECT value FROM json_each(?))")
        parameters.append(json.dumps(selection.iterations))
    if selection.spots is not None:
        parts.append("missing = 0 AND (series, iter) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))")
        parameters.append(json.dumps(_spot_pairs(selection.spots, series)))
    if selection.with_url and table is t.ITEMS:
        parts.append("url IS NOT NULL")
    if selection.valid and table is t.ITEMS:
        parts.append("invalid IS NULL")
    return " AND ".join(parts), parameters


def _spot_pairs(spots: Sequence[Spot], series: dict[int, Series]) -> list[tuple[int, int]]:
    by_name: dict[tuple[str, str | None], list[int]] = {}
    for one in series.values():
        by_name.setdefault((one.entity, one.metric), []).append(one.id)
        by_name.setdefault((one.entity, None), []).append(one.id)
    return [
        (identity, iteration) for spot in spots for identity in by_name.get((spot.entity, spot.metric), ()) for iteration in spot.iterations
    ]


def _ids(series: dict[int, Series]) -> str:
    return json.dumps(list(series))


def _column(key: str) -> str:
    return "iter" if key == "iter" else "timestamp"


def _position(after: Sequence[Any] | None, table: t.Table) -> tuple[Any, ...] | None:
    if after is None:
        return None
    if len(after) != 2 + len(table.tie):
        raise InvalidQuery("a position of another kind of page")
    return tuple(after)
