"""What the engines take with nothing around them: the other half of the ratios of `bench.py`."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw

UPSERT = "INSERT INTO p VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET at = excluded.at, value = excluded.value"


def sqlite_upserts(batches: Sequence[Sequence[dict[str, Any]]]) -> float:
    """Scalars a second, from parsed JSON into a table with the key of a scalar, a commit for each batch."""
    with tempfile.TemporaryDirectory() as folder:
        connection = apsw.Connection(str(Path(folder) / "bare.db"))
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -8192"):
            connection.execute(f"PRAGMA {pragma}")
        key = "PRIMARY KEY (task, metric, variant, iter)"
        connection.execute(f"CREATE TABLE p (task, metric, variant, iter INTEGER, at INTEGER, value REAL, {key}) WITHOUT ROWID")

        def work(batch: Sequence[dict[str, Any]]) -> None:
            rows = [(one["task"], one["metric"], one["variant"], one["iter"], one["timestamp"], one["value"]) for one in batch]
            with connection:
                connection.executemany(UPSERT, rows)

        found = _rate(work, batches)
        connection.close()
    return found


def elastic_bulk(address: str, batches: Sequence[Sequence[dict[str, Any]]]) -> float:
    """Documents a second by `_bulk`, no refresh, bodies made beforehand, into an index that the server's template applies to."""
    index = "events-training_stats_scalar-bare"
    ids = ("task", "metric", "variant", "iter")
    bodies = [
        b"".join(
            json.dumps({"index": {"_index": index, "_id": "_".join(str(one[name]) for name in ids)}}).encode()
            + b"\n"
            + json.dumps(one).encode()
            + b"\n"
            for one in batch
        )
        for batch in batches
    ]

    def work(body: bytes) -> None:
        _ask("POST", f"{address}/_bulk?filter_path=errors", body)

    found = _rate(work, bodies, each=len(batches[0]))
    _ask("DELETE", f"{address}/{index}")
    return found


def elastic_bytes(address: str, index: str) -> int:
    """What an index takes on the disk, merged into one segment."""
    _ask("POST", f"{address}/{index}/_forcemerge?max_num_segments=1")
    return int(json.loads(_ask("GET", f"{address}/{index}/_stats/store"))["_all"]["primaries"]["store"]["size_in_bytes"])


def elastic_count(address: str, index: str) -> int:
    return int(json.loads(_ask("GET", f"{address}/{index}/_count"))["count"])


def _ask(method: str, url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": "application/x-ndjson"}, method=method)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return bytes(answer.read())


def _rate(work: Callable[[Any], None], batches: Sequence[Any], *, each: int = 0) -> float:
    """By the median batch, the first tenth left out."""
    taken = []
    for batch in batches:
        began = time.perf_counter()
        work(batch)
        taken.append(time.perf_counter() - began)
    return (each or len(batches[0])) / statistics.median(taken[len(taken) // 10 :])
