"""SqliteEventStore: the embedded engine of events, one file `events.db`. Tables: `events_tables.py`; writing: `events_writing.py`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from attrs import evolve

from apiserver.stores.events import (
    IMAGE,
    NO_LINES,
    PLOT,
    SCALAR,
    TYPES,
    Curve,
    Entity,
    Event,
    EventStore,
    Extent,
    Key,
    Latest,
    Metrics,
    Owner,
    Page,
    Range,
    Selection,
    Spot,
    UrlUse,
)
from apiserver.stores.sqlite import events_packed as packed
from apiserver.stores.sqlite import events_tables as t
from apiserver.stores.sqlite import events_writing
from apiserver.stores.sqlite.connection import Database, Options, Row
from apiserver.stores.sqlite.events_packing import DEFAULT, Packer, Sizes, Sweeper
from apiserver.stores.sqlite.events_questions import (
    ABOVE_SINGLE,
    IN,
    OWNER_IN,
    Question,
    Series,
    blocks_of,
    column_of,
    ids_of,
    position_of,
    where_of,
)


class SqliteEventStore(EventStore):
    """See `stores/events.py` for what it promises."""

    def __init__(self, path: Path, *, options: Options | None = None, sizes: Sizes = DEFAULT) -> None:
        self._database = Database(path, version=t.VERSION, prepare=t.prepare, options=options)
        self._sizes = sizes
        self._workers: dict[int, str] = {}
        self._tails: dict[int, int] = {}
        self._sweeper = Sweeper(self._database, sizes)

    # Writing

    def add(self, company: str, events: Sequence[Event]) -> None:
        if not events:
            return
        batch = events_writing.encoded(events)
        with self._database.writing() as connection:
            events_writing.Writer(connection, company, Packer(connection, self._sizes), self._tails).write(batch)

    def put(self, company: str, events: Sequence[Event], *, lines: Mapping[str, int] = NO_LINES) -> None:
        if not events:
            return
        batch = events_writing.encoded(events)
        with self._database.writing() as connection:
            events_writing.Writer(connection, company, Packer(connection, self._sizes), self._tails, lines).write(batch)

    def delete(self, company: str, ids: Iterable[str]) -> int:
        return events_writing.delete(self._database, company, ids)

    def clear_log(self, company: str, task_id: str, *, before_ms: Key | None, include: Sequence[str], exclude: Sequence[str]) -> int:
        return events_writing.clear_log(self._database, company, task_id, before_ms=before_ms, include=include, exclude=exclude)

    def tidy(self, budget_s: float) -> int:
        return self._sweeper.sweep(time.monotonic() + budget_s)

    # Pages

    def count(self, selection: Selection) -> int:
        total = 0
        with self._database.reading():
            for table, series in self._by_table(selection).items():
                where, parameters = where_of(selection, table, series)
                total += self._database.rows(f"SELECT count(*) FROM {table.name} WHERE {where}", parameters)[0][0]
                if blocks := blocks_of(self._database, selection, table, series):
                    total += blocks.count()
        return total

    def exists(self, selection: Selection) -> bool:
        with self._database.reading():
            for table, series in self._by_table(selection).items():
                where, parameters = where_of(selection, table, series)
                if self._database.rows(f"SELECT 1 FROM {table.name} WHERE {where} LIMIT 1", parameters):
                    return True
                if (blocks := blocks_of(self._database, selection, table, series)) and blocks.exists():
                    return True
        return False

    def page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Sequence[Any] | None = None
    ) -> Page:
        (table,) = {t.TABLE_OF[kind] for kind in selection.types}
        with self._database.reading():
            series = self._by_table(selection).get(table)
            if not series or size <= 0:
                return Page([])
            question = Question(self._database, selection, table, series, by, descending)
            rows = question.rows(size, after=position_of(after, table))
        last = question.position(rows[-1]) if len(rows) == size else None
        return Page(self._events(table, rows, series), last)

    def whole_page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Key | None = None
    ) -> list[Event]:
        if size <= 0:
            return []
        with self._database.reading():
            asked = [
                Question(self._database, selection, table, series, by, descending) for table, series in self._by_table(selection).items()
            ]
            # NOTE: (lacks the key, key) of each row; the sort keeps the order of equals within a table.
            found: list[tuple[tuple[int, Any], Question, Row]] = []
            for one in asked:
                found += [(one.sort_key(row), one, row) for row in one.rows(size, beyond=after)]
            found.sort(key=lambda entry: entry[0])
            if len(found) >= size:
                last = found[size - 1][0]
                found = [entry for entry in found[:size] if entry[0] != last]
                for one in asked:
                    found += [(last, one, row) for row in one.rows(-1, at=last)]
        return [event for one, rows in groupby(found, key=lambda entry: entry[1]) for event in self._events_of(one, rows)]

    def _events_of(self, one: Question, rows: Iterable[tuple[Any, Any, Row]]) -> list[Event]:
        return self._events(one.table, [row for _, _, row in rows], one.series)

    # Names

    def variants(self, entities: Sequence[Entity], types: Sequence[str], *, above: int | None = None) -> dict[str, list[str]]:
        condition = "" if above is None else f" AND missing = 0 AND iter > {int(above)}"
        found: set[tuple[str, str]] = set()
        with self._database.reading():
            for table, series in self._by_table(Selection(tuple(entities), tuple(types))).items():
                if table is t.LOGS:
                    found |= self._log_variants(series, condition)
                    continue
                there = f"EXISTS (SELECT 1 FROM {table.name} WHERE series = j.value{condition})"
                if table is t.SCALARS:
                    there += " OR EXISTS (SELECT 1 FROM blocks WHERE series = j.value"
                    there += ")" if above is None else f" AND last > {int(above)})"
                rows = self._database.rows(f"SELECT j.value FROM json_each(?) AS j WHERE {there}", (ids_of(series),))
                found |= {(series[row[0]].metric, series[row[0]].variant) for row in rows}
        return {metric: [variant for _, variant in pairs] for metric, pairs in groupby(sorted(found), key=lambda pair: pair[0])}

    def _log_variants(self, series: dict[int, Series], condition: str) -> set[tuple[str, str]]:
        """PERF: lines have no index by series; a log has few, and each search ends at its first line."""
        rows = self._database.rows(
            "SELECT s.id FROM series s WHERE s.id IN (SELECT value FROM json_each(?)) AND EXISTS "
            f"(SELECT 1 FROM logs WHERE logs.owner = s.owner AND logs.series = s.id{condition})",
            (ids_of(series),),
        )
        return {(series[row[0]].metric, series[row[0]].variant) for row in rows}

    # Everything

    def companies(self) -> list[str]:
        rows = self._database.rows("SELECT DISTINCT company FROM owners WHERE id IN (SELECT owner FROM series)")
        return sorted(row[0] for row in rows)

    def owners(self, company: str, kind: str, *, after: str = "", size: int) -> list[Owner]:
        found: list[Owner] = []
        while len(found) < size:
            rows = self._database.rows(
                "SELECT entity FROM owners WHERE company = ? AND entity > ? AND EXISTS "
                "(SELECT 1 FROM series WHERE owner = owners.id AND kind = ?) ORDER BY entity LIMIT ?",
                (company, after, t.KINDS[kind], size - len(found)),
            )
            if not rows:
                break
            for (after,) in rows:
                # NOTE: a series whose events are all gone is still there.
                if count := self.count(Selection((Entity(company, after),), (kind,))):
                    found.append(Owner(after, count))
        return found

    @contextmanager
    def snapshot(self) -> Iterator[bool]:
        with self._database.snapshot():
            yield True

    # Scalars

    def ranges(self, entity: Entity, *, key: str, metrics: Metrics | None = None) -> list[Range]:
        with self._database.reading():
            series = self._series(Selection((entity,), (SCALAR,), metrics))
            if key == "iter":
                # PERF: counting alone takes a tenth of looking at each row; the ends are two searches.
                of_one = f"FROM scalars WHERE series = j.value AND {ABOVE_SINGLE}"
                ends = ", ".join(f"(SELECT iter {of_one} ORDER BY iter {order} LIMIT 1)" for order in ("ASC", "DESC"))
                sql = f"SELECT j.value, (SELECT count(*) {of_one}), {ends} FROM json_each(?) AS j"
                packed_ends = "min(first), max(last)"
            else:
                sql = (
                    "SELECT series, count(timestamp), min(timestamp), max(timestamp) FROM scalars "
                    f"WHERE {IN} AND {ABOVE_SINGLE} GROUP BY series"
                )
                packed_ends = "min(since), max(until)"
            rows = self._database.rows(sql, (ids_of(series),))
            rows += self._database.rows(
                f"SELECT series, sum(count), {packed_ends} FROM blocks WHERE {IN} GROUP BY series", (ids_of(series),)
            )
        found: dict[int, Range] = {}
        for identity, count, lowest, highest in rows:
            if not count:
                continue
            if known := found.get(identity):
                found[identity] = evolve(
                    known, count=known.count + count, lowest=min(known.lowest, lowest), highest=max(known.highest, highest)
                )
            else:
                found[identity] = Range(series[identity].metric, series[identity].variant, count, lowest, highest)
        return sorted(found.values(), key=lambda one: (one.metric, one.variant))

    def buckets(self, entity: Entity, series: Sequence[tuple[str, str]], *, key: str, interval: int) -> list[Curve]:
        with self._database.reading():
            known = {(one.metric, one.variant): one.id for one in self._series(Selection((entity,), (SCALAR,))).values()}
            rows = self._bucket_rows([known[name] for name in series if name in known], key, interval)
            return [
                self._curve(known[name], rows.get(known[name], []), key, interval) if name in known else Curve([], []) for name in series
            ]

    def _bucket_rows(self, series: Sequence[int], key: str, interval: int) -> dict[int, list[tuple[int, float, int]]]:
        """(start, total, count) of the points that are rows."""
        column = "iter" if key == "iter" else "CAST(floor(timestamp) AS INTEGER)"
        # NOTE: the division of SQLite cuts towards zero, buckets go down; `%` has the sign of the number that is divided.
        start = f"({column} - ((({column}) % ?2) + ?2) % ?2)"
        rows = self._database.rows(
            f"SELECT series, {start} AS start, total(coalesce(short, value)), count(value) FROM scalars "
            f"WHERE series IN (SELECT value FROM json_each(?1)) AND {ABOVE_SINGLE} AND {column_of(key)} IS NOT NULL "
            "GROUP BY series, start ORDER BY series, start",
            (json.dumps(series), interval),
        )
        found: dict[int, list[tuple[int, float, int]]] = {}
        for identity, *bucket in rows:
            found.setdefault(identity, []).append((bucket[0], bucket[1], bucket[2]))
        return found

    def _curve(self, series: int, rows: list[tuple[int, float, int]], key: str, interval: int) -> Curve:
        """Of the points in blocks and those that are rows."""
        if key == "iter" and interval == 1:
            starts, means = packed.single(self._database, series)
            if not rows or not starts or rows[0][0] > starts[-1]:
                starts += [start for start, _, _ in rows]
                return Curve(starts, [*means, *(total / count if count else None for _, total, count in rows)])
            totals, counts = dict(zip(starts, means, strict=True)), dict.fromkeys(starts, 1)
        else:
            totals, counts = packed.buckets(self._database, series, key=key, interval=interval)
        for start, total, count in rows:
            totals[start] = totals.get(start, 0.0) + total
            counts[start] = counts.get(start, 0) + count
        starts = sorted(totals)
        return Curve(starts, [totals[start] / count if (count := counts[start]) else None for start in starts])

    def latest(self, entity: Entity) -> list[Latest]:
        with self._database.reading():
            series = self._series(Selection((entity,), (SCALAR,)))
            positive = "FROM scalars WHERE series = ?1 AND coalesce(short, value) > 0"
            found = []
            for one in sorted(series.values(), key=lambda one: (one.metric, one.variant)):
                rows = self._database.rows(
                    f"SELECT missing > 0, -iter, coalesce(short, value), (SELECT max(arrived) {positive}) {positive} "
                    "ORDER BY missing > 0, iter DESC LIMIT 1",
                    (one.id,),
                )
                if in_blocks := packed.Blocks(self._database, {one.id: packed.Chosen()}).newest_positive(one.id):
                    rows.append((0, -in_blocks[0], *in_blocks[1:]))
                if rows:
                    found.append(Latest(one.metric, one.variant, float(min(rows)[2]), max(row[3] for row in rows)))
        return found

    def last_iteration(self, entity: Entity) -> int | None:
        highest: list[int | None] = []
        with self._database.reading():
            for table, series in self._by_table(Selection((entity,), TYPES)).items():
                if table is t.LOGS:
                    sql = f"SELECT max(iter) FROM logs WHERE missing = 0 AND {OWNER_IN}"
                else:
                    sql = f"SELECT max((SELECT max(iter) FROM {table.name} WHERE series = j.value AND missing = 0)) FROM json_each(?) AS j"
                highest += [row[0] for row in self._database.rows(sql, (ids_of(series),))]
                if table is t.SCALARS:
                    highest += [row[0] for row in self._database.rows(f"SELECT max(last) FROM blocks WHERE {IN}", (ids_of(series),))]
        return max((one for one in highest if one is not None), default=None)

    # Plots and images

    def newest(self, selection: Selection, *, count: int) -> list[Event]:
        found = []
        with self._database.reading():
            for one in sorted(self._series(selection).values(), key=lambda one: (one.metric, one.variant)):
                table = t.TABLE_OF[one.kind]
                question = Question(self._database, selection, table, {one.id: one}, "iter", True)
                found += self._events(table, question.rows(count), {one.id: one})
        return found

    def last_spots(self, selection: Selection, *, count: int, per_metric: bool) -> list[Spot]:
        found = []
        with self._database.reading():
            series = sorted(self._series(selection).values(), key=lambda one: (one.entity, one.metric))
            for (entity, metric), members in groupby(series, key=lambda one: (one.entity, one.metric if per_metric else None)):
                iterations = self._iterations(selection, {one.id: one for one in members}, descending=True, count=count)
                if iterations:
                    found.append(Spot(entity, metric, tuple(iterations)))
        return found

    def iterations(
        self, selection: Selection, *, below: int | None = None, above: int | None = None, descending: bool, count: int
    ) -> list[int]:
        with self._database.reading():
            series = self._series(selection)
            return self._iterations(selection, series, below=below, above=above, descending=descending, count=count)

    def _iterations(
        self,
        selection: Selection,
        series: dict[int, Series],
        *,
        below: int | None = None,
        above: int | None = None,
        descending: bool,
        count: int,
    ) -> list[int]:
        if not series:
            return []
        table = t.TABLE_OF[selection.types[0]]
        where, parameters = where_of(selection, table, series)
        for sign, bound in (("<", below), (">", above)):
            if bound is not None:
                where += f" AND iter {sign} ?"
                parameters.append(bound)
        order = "DESC" if descending else "ASC"
        rows = self._database.rows(
            f"SELECT DISTINCT iter FROM {table.name} WHERE {where} AND missing = 0 ORDER BY iter {order} LIMIT ?", (*parameters, count)
        )
        found = [row[0] for row in rows]
        if blocks := blocks_of(self._database, selection, table, series):
            more = blocks.iterations(below=below, above=above, descending=descending, count=count)
            found = sorted({*found, *more}, reverse=descending)[:count]
        return found

    def url_uses(self, entity: Entity, metrics: Metrics | None = None) -> list[UrlUse]:
        series = self._series(Selection((entity,), (IMAGE,), metrics))
        rows = self._database.rows(
            f"SELECT DISTINCT series, url, iter FROM items WHERE {IN} AND missing = 0 AND url IS NOT NULL ORDER BY series, url, iter DESC",
            (ids_of(series),),
        )
        found = []
        for (identity, url), uses in groupby(rows, key=lambda row: (row[0], row[1])):
            highest = [row[2] for row in uses]
            one = series[identity]
            found.append(UrlUse(one.metric, one.variant, url, highest[0], highest[1] if len(highest) > 1 else None))
        return sorted(found, key=lambda use: (use.metric, use.variant, use.url))

    def extents(self, selection: Selection) -> list[Extent]:
        with self._database.reading():
            series = self._series(selection)
            table = t.TABLE_OF[selection.types[0]]
            where, parameters = where_of(selection, table, series)
            rows = self._database.rows(
                "SELECT series, min(CASE missing WHEN 0 THEN iter END), max(CASE missing WHEN 0 THEN iter END), "
                f"max(CASE WHEN NOT ({table.without_time}) THEN {table.times} END) FROM {table.name} WHERE {where} GROUP BY series",
                parameters,
            )
            if blocks := blocks_of(self._database, selection, table, series):
                rows += [(identity, *ends) for identity, ends in blocks.extents().items()]
        found = []
        for identity, members in groupby(sorted(rows, key=lambda row: row[0]), key=lambda row: row[0]):
            lowest, highest, newest = ([end for end in ends if end is not None] for ends in list(zip(*members, strict=True))[1:])
            one = series[identity]
            ends = min(lowest, default=None), max(highest, default=None), max(newest, default=None)
            found.append(Extent(one.metric, one.variant, *ends))
        return sorted(found, key=lambda one: (one.metric, one.variant))

    def urls(self, company: str, ids: Iterable[str]) -> list[str]:
        found: set[str] = set()
        wanted = tuple(Entity(company, key) for key in dict.fromkeys(ids))
        for start in range(0, len(wanted), 500):
            series = self._series(Selection(wanted[start : start + 500], (IMAGE, PLOT)))
            for identity, url in self._database.rows(f"SELECT DISTINCT series, url FROM items WHERE {IN} AND url <> ''", (ids_of(series),)):
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
