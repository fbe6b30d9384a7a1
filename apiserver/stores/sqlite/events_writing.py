"""Storing and removing events in `events.db`: one transaction a batch."""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import apsw
from attrs import define, field

from apiserver.stores.events import LOG, PLOT, SCALAR, SINGLE, Event, Key
from apiserver.stores.sqlite import blocks
from apiserver.stores.sqlite import events_tables as t
from apiserver.stores.sqlite.blocks import Points
from apiserver.stores.sqlite.connection import Database, fetch
from apiserver.stores.sqlite.events_packing import Packer

_MOST_WHOLE = blocks.MOST_WHOLE
_ORDINARY = len(t.SCALAR_KEYS)
Name = tuple[str, str, str, str]
"""task, type, metric, variant."""
Row = tuple[Any, ...]
_NOTHING = -(2**63) - 1
"""Below every iteration."""

_INSERT_SCALAR = (
    "INSERT OR REPLACE INTO scalars (series, missing, iter, key, value, short, timestamp, arrived, worker, odd) "
    "VALUES (?,?,?,?,?,?,?,?,?,?)"
)
_DELETE_SCALAR = "DELETE FROM scalars WHERE series = ? AND missing = ? AND iter = ? AND key = ?"
_INSERT_ITEM = "INSERT OR REPLACE INTO items (series, missing, iter, key, timestamp, url, invalid, body) VALUES (?,?,?,?,?,?,?,?)"
_INSERT_LINE = (
    "INSERT OR REPLACE INTO logs (owner, time, seq, series, missing, iter, arrived, worker, msg, level, odd) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
)


@define
class Group:
    """What one batch says about one series. plain: what a block can hold, iteration to (value, timestamp, arrival, worker). others:
    the rest, by place. twins: groups of other names with the same events."""

    name: Name
    plain: dict[int, tuple[Any, int, int, str]] = field(factory=dict)
    others: dict[t.Place, Row] = field(factory=dict)
    twins: list[Group] = field(factory=list)

    def drop(self, place: t.Place) -> None:
        self.others.pop(place, None)
        if place[0] == t.HAS_ITER and not place[2]:
            self.plain.pop(place[1], None)


@define
class Batch:
    """Events as rows without ids: by identity, so that the last report of a place wins."""

    groups: dict[Name, Group] = field(factory=dict)
    items: dict[tuple[Name, t.Place], Row] = field(factory=dict)
    lines: list[tuple[Name, t.Place, Row]] = field(factory=list)
    workers: set[str] = field(factory=set)
    _joined: dict[tuple[str, str], list[Group]] = field(factory=dict)

    def group(self, name: Name) -> Group:
        """A new one. QUIRK: spec 4 §4.2.4: series whose names are the same with dashes between share their events."""
        made = self.groups[name] = Group(name)
        same = self._joined.setdefault((name[0], f"{name[2]}-{name[3]}"), [])
        for other in same:
            made.twins.append(other)
            other.twins.append(made)
        same.append(made)
        return made


def encoded(events: Sequence[Event]) -> Batch:
    """PERF: all that needs no lock happens here; 1 us for an ordinary scalar. Raises: InvalidValue."""
    batch = Batch()
    groups, workers = batch.groups, batch.workers
    arrival, arrived = "", 0
    for event in events:
        kind = event["type"]
        name = (event["task"], kind, event["metric"], event["variant"])
        if kind == SCALAR:
            group = groups.get(name)
            if group is None:
                group = batch.group(name)
            if len(event) == _ORDINARY and not group.others and not group.twins and "value" in event and "iter" in event:
                value, iteration, timestamp, worker = event["value"], event["iter"], event["timestamp"], event["worker"]
                if (
                    (type(value) is float or (type(value) is int and -_MOST_WHOLE <= value <= _MOST_WHOLE))
                    and type(iteration) is int
                    and SINGLE < iteration < 1 << 63
                    and type(timestamp) is int
                    and -(1 << 63) <= timestamp < 1 << 63
                    and type(worker) is str
                    and event["model_event"] is False
                ):
                    if event["@timestamp"] != arrival:
                        arrival = event["@timestamp"]
                        arrived = t.arrived_ms(arrival)
                    group.plain[iteration] = value, timestamp, arrived, worker
                    workers.add(worker)
                    continue
            place = t.place(event)
            group.drop(place)
            for twin in group.twins:
                twin.drop(place)
            group.others[place] = _scalar(event, batch)
        elif kind == LOG:
            batch.lines.append((name, t.place(event), _line(event, batch)))
        else:
            _last(batch.items, (name, t.place(event)), _item(event))
    return batch


def _last(rows: dict[Any, Row], key: Any, row: Row) -> None:
    """NOTE: a report that overwrites another is the later one in the order of the table, too."""
    rows.pop(key, None)
    rows[key] = row


def _scalar(event: Event, batch: Batch) -> Row:
    value, timestamp, worker = event.get("value"), event["timestamp"], event["worker"]
    (short,) = t.short([value])
    named = worker if type(worker) is str else ""
    batch.workers.add(named)
    columns = {"value": t.stored_number(value), "timestamp": timestamp, "worker": named, "model_event": False}
    if event.get("iter") is not None or "iter" in event:
        columns["iter"] = event["iter"]
    return t.stored_number(value), short, timestamp, t.arrived_ms(event["@timestamp"]), named, t.odd(event, columns)


def _item(event: Event) -> Row:
    url = event.get("url")
    if event["type"] == PLOT:
        urls = event.get("source_urls")
        named = [one for one in urls if isinstance(one, str)] if isinstance(urls, list) else []
        url = json.dumps(named) if named else None
    invalid = 1 if event.get("valid_plot") is False else None
    return event["timestamp"], url if isinstance(url, str) else None, invalid, t.body(event)


def _line(event: Event, batch: Batch) -> Row:
    worker, timestamp = event["worker"], event["timestamp"]
    named = worker if type(worker) is str else ""
    batch.workers.add(named)
    msg, level = (value if type(value) is str else None for value in (event.get("msg"), event.get("level")))
    time = t.NO_TIME if timestamp is None else timestamp
    if event.keys() == t.LOG_KEYS and event["model_event"] is False and None not in (msg, level, timestamp) and type(worker) is str:
        return time, t.arrived_ms(event["@timestamp"]), named, msg, level, None
    columns = {"msg": msg, "level": level, "timestamp": time, "worker": named, "model_event": False}
    if "iter" in event:
        columns["iter"] = event["iter"]
    return time, t.arrived_ms(event["@timestamp"]), named, msg, level, t.odd(event, columns)


@define
class Writer:
    """The write transaction of one batch: ids are looked up once for each name. tails: rows written to a series since it was packed.

    places: None, or how many lines each log has before the first one here (none: 0), which then take the places behind those.
    """

    connection: apsw.Connection
    company: str
    packer: Packer
    tails: dict[int, int]
    places: Mapping[str, int] | None = None
    owners: dict[str, int] = field(factory=dict)
    series: dict[Name, tuple[int, tuple[int, ...]]] = field(factory=dict)
    workers: dict[str, int] = field(factory=dict)

    def write(self, batch: Batch) -> None:
        known = "SELECT name, id FROM workers WHERE name IN (SELECT value FROM json_each(?))"
        self.workers.update(fetch(self.connection, known, (_json(batch.workers),)))
        for worker in batch.workers - self.workers.keys():
            self.connection.execute("INSERT INTO workers (name) VALUES (?)", (worker,))
            self.workers[worker] = self.connection.last_insert_rowid()
        self._know(batch.groups)
        self._scalars(batch.groups.values())
        self._items(batch.items)
        self._lines(batch.lines)

    def _items(self, rows: dict[tuple[Name, t.Place], Row]) -> None:
        found: dict[tuple[int, int, int, str], Row] = {}
        replaced: list[tuple[int, int, int, str]] = []
        for (name, place), row in rows.items():
            series, twins = self._series(name)
            for twin in twins:
                found.pop((twin, *place), None)
                replaced.append((twin, *place))
            found[(series, *place)] = row
        if replaced:
            self.connection.executemany("DELETE FROM items WHERE series = ? AND missing = ? AND iter = ? AND key = ?", replaced)
        self.connection.executemany(_INSERT_ITEM, ((*place, *found[place]) for place in found))

    def _know(self, names: Iterable[Name]) -> None:
        """Look up the series of scalars that are there. PERF: one question for each task instead of one for each series."""
        by_task: dict[str, list[Name]] = {}
        for name in names:
            by_task.setdefault(name[0], []).append(name)
        for task, wanted in by_task.items():
            rows = fetch(
                self.connection,
                "SELECT j.key, s.id, s.metric, s.variant FROM json_each(?) AS j CROSS JOIN series AS s "
                "ON s.owner = ? AND s.kind = ? AND s.metric || '-' || s.variant = j.value",
                (_json(f"{name[2]}-{name[3]}" for name in wanted), self._owner(task), t.KINDS[SCALAR]),
            )
            found: dict[int, list[Row]] = {}
            for place, *row in rows:
                found.setdefault(place, []).append(tuple(row))
            for place, same in found.items():
                name = wanted[place]
                mine = next((row[0] for row in same if row[1:] == name[2:]), None)
                if mine is not None:
                    self.series[name] = (mine, tuple(row[0] for row in same if row[0] != mine))

    def _ends(self, series: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Of each series the highest iteration in blocks and in rows. PERF: what comes beyond both replaces nothing."""
        rows = fetch(
            self.connection,
            "SELECT j.value, (SELECT last FROM blocks WHERE series = j.value ORDER BY first DESC LIMIT 1), "
            "(SELECT max(iter) FROM scalars WHERE series = j.value AND missing = 0) FROM json_each(?) AS j",
            (_json(series),),
        )
        return {one: (_NOTHING if last is None else last, _NOTHING if row is None else row) for one, last, row in rows}

    def _scalars(self, groups: Collection[Group]) -> None:
        rows: list[Row] = []
        near: dict[int, int] = {}
        known = {group.name: self._series(group.name) for group in groups}
        ends = self._ends(series for series, _ in known.values())
        for group in groups:
            series, twins = known[group.name]
            if twins:
                self._displace_from_twins(twins, group)
            if group.plain:
                points = self._points(group.plain)
                last, highest = ends[series]
                if len(points) >= self.packer.sizes.straight:
                    if points.iters[0] <= highest:
                        self._forget_rows(series, points.iters)
                    points = self.packer.absorb(series, points, at_end=points.iters[0] > last)
                elif points.iters[0] <= last:
                    self.packer.displace(series, points.iters)
                if len(points):
                    near[series] = points.iters[-1]
                    self.tails[series] = self.tails.get(series, 0) + len(points)
                    rows += self._rows(series, points)
            if group.others:
                self._displace(series, group.others)
                rows += [(series, *place, *row[:4], self.workers[row[4]], row[5]) for place, row in group.others.items()]
        rows.sort(key=lambda row: row[:4])  # PERF: in the order of the tree
        self.connection.executemany(_INSERT_SCALAR, rows)
        for series, iteration in near.items():
            if self.tails[series] >= self.packer.sizes.tail:
                self.tails[series] = self.packer.sizes.left
                self.packer.pack(series, iteration)

    def _displace_from_twins(self, twins: Iterable[int], group: Group) -> None:
        places = [*group.others, *((t.HAS_ITER, iteration, "") for iteration in group.plain)]
        for twin in twins:
            self._displace(twin, places)
            self.connection.executemany(_DELETE_SCALAR, ((twin, *place) for place in places))

    @staticmethod
    def _rows(series: int, points: Points) -> list[Row]:
        return [
            (series, t.HAS_ITER, iteration, "", value, None if short == value else short, timestamp, arrived, worker, None)
            for iteration, value, short, timestamp, arrived, worker in zip(*points.columns(), strict=True)
        ]

    def _points(self, plain: dict[int, tuple[Any, int, int, str]]) -> Points:
        iterations = list(plain)
        rows = plain.values()
        if (rising := sorted(iterations)) != iterations:
            iterations, rows = rising, [plain[iteration] for iteration in rising]  # type: ignore[assignment]
        values, times, arrived, workers = map(list, zip(*rows, strict=True))
        return Points(iterations, values, list(array("f", values)), times, arrived, [self.workers[worker] for worker in workers])

    def _displace(self, series: int, places: Iterable[t.Place]) -> None:
        """Take the places that a block may hold out of the blocks."""
        iterations = sorted(place[1] for place in places if place[0] == t.HAS_ITER and not place[2])
        if iterations:
            self.packer.displace(series, iterations)

    def _forget_rows(self, series: int, iterations: list[int]) -> None:
        found = fetch(
            self.connection,
            "SELECT iter FROM scalars WHERE series = ? AND missing = 0 AND iter BETWEEN ? AND ? AND key = ''",
            (series, iterations[0], iterations[-1]),
        )
        if found:
            self.packer.remove_rows(series, sorted({row[0] for row in found} & set(iterations)))

    def _lines(self, lines: list[tuple[Name, t.Place, Row]]) -> None:
        many: dict[int, int] = {}
        rows: list[Row] = []
        last: Name | None = None
        owner = series = 0
        for name, (missing, iteration, _), (time, arrived, worker, msg, level, odd) in lines:
            if name != last:
                last, owner, series = name, self._owner(name[0]), self._series(name)[0]
                if owner not in many:
                    many[owner] = self._lines_before(owner, name[0])
            many[owner] += 1
            rows.append((owner, time, many[owner], series, missing, iteration, arrived, self.workers[worker], msg, level, odd))
        self.connection.executemany(_INSERT_LINE, rows)
        update = "UPDATE owners SET lines = max(lines, ?) WHERE id = ?"
        self.connection.executemany(update, [(lines, owner) for owner, lines in many.items()])

    def _lines_before(self, owner: int, task: str) -> int:
        if self.places is not None:
            return self.places.get(task, 0)
        return int(fetch(self.connection, "SELECT lines FROM owners WHERE id = ?", (owner,))[0][0])

    def _owner(self, task: str) -> int:
        if task not in self.owners:
            rows = fetch(self.connection, "SELECT id FROM owners WHERE entity = ? AND company = ?", (task, self.company))
            if not rows:
                self.connection.execute("INSERT INTO owners (entity, company) VALUES (?, ?)", (task, self.company))
            self.owners[task] = rows[0][0] if rows else self.connection.last_insert_rowid()
        return self.owners[task]

    def _series(self, name: Name) -> tuple[int, tuple[int, ...]]:
        """The id, and the ids of series whose events are the same by identity (spec 4 §4.2.4: dashes are not escaped)."""
        if name not in self.series:
            task, kind, metric, variant = name
            owner = self._owner(task)
            rows = fetch(
                self.connection,
                "SELECT id, metric, variant FROM series WHERE owner = ? AND kind = ? AND metric || '-' || variant = ?",
                (owner, t.KINDS[kind], f"{metric}-{variant}"),
            )
            mine = next((row[0] for row in rows if row[1:] == (metric, variant)), None)
            if mine is None:
                self.connection.execute(
                    "INSERT INTO series (owner, kind, metric, variant) VALUES (?,?,?,?)", (owner, t.KINDS[kind], metric, variant)
                )
                mine = self.connection.last_insert_rowid()
                for other in rows:
                    self._know_twin(name, other, mine)
            self.series[name] = (mine, tuple(row[0] for row in rows if row[0] != mine))
        return self.series[name]

    def _know_twin(self, name: Name, other: Row, mine: int) -> None:
        known = (name[0], name[1], other[1], other[2])
        if known in self.series:
            series, twins = self.series[known]
            self.series[known] = (series, (*twins, mine))


def _json(values: Iterable[Any]) -> str:
    return t.dumped(list(values)).decode()


# Removing


def delete(database: Database, company: str, ids: Iterable[str]) -> int:
    """Each chunk is a transaction of its own, so that reports need not wait for thousands of tasks."""
    wanted = list(dict.fromkeys(ids))
    count = 0
    for start in range(0, len(wanted), 50):
        with database.writing() as connection:
            count += _delete(connection, company, wanted[start : start + 50])
    return count


def _delete(connection: apsw.Connection, company: str, ids: list[str]) -> int:
    owners = json.dumps(
        [
            row[0]
            for row in fetch(
                connection,
                "SELECT id FROM owners WHERE company = ? AND entity IN (SELECT value FROM json_each(?))",
                (company, json.dumps(ids)),
            )
        ]
    )
    series = "series IN (SELECT id FROM series WHERE owner IN (SELECT value FROM json_each(?)))"
    count = int(fetch(connection, f"SELECT coalesce(sum(count), 0) FROM blocks WHERE {series}", (owners,))[0][0])
    connection.execute(f"DELETE FROM blocks WHERE {series}", (owners,))
    for sql in (
        f"DELETE FROM scalars WHERE {series}",
        f"DELETE FROM items WHERE {series}",
        "DELETE FROM logs WHERE owner IN (SELECT value FROM json_each(?))",
    ):
        connection.execute(sql, (owners,))
        count += connection.changes()
    connection.execute("DELETE FROM series WHERE owner IN (SELECT value FROM json_each(?))", (owners,))
    connection.execute("DELETE FROM owners WHERE id IN (SELECT value FROM json_each(?))", (owners,))
    return count


def clear_log(
    database: Database, company: str, task_id: str, *, before_ms: Key | None, include: Sequence[str], exclude: Sequence[str]
) -> int:
    conditions, parameters = ["owner = (SELECT id FROM owners WHERE entity = ? AND company = ?)"], [task_id, company]
    for part, values in _log_conditions(before_ms, include, exclude):
        conditions.append(part)
        parameters.append(values)
    with database.writing() as connection:
        connection.execute(f"DELETE FROM logs WHERE {' AND '.join(conditions)}", tuple(parameters))
        return int(connection.changes())


def _log_conditions(before_ms: Key | None, include: Sequence[str], exclude: Sequence[str]) -> Iterator[tuple[str, Any]]:
    named = "(SELECT id FROM series WHERE owner = logs.owner AND metric IN (SELECT value FROM json_each(?)))"
    if before_ms is not None:
        yield f"time <> {t.NO_TIME} AND time < ?", before_ms
    if include:
        yield f"series IN {named}", json.dumps(list(include))
    if exclude:
        yield f"series NOT IN {named}", json.dumps(list(exclude))
