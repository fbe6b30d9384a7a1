"""How long `tasks.get_all` takes for a page of 50 among many on MongoDB, beside pymongo's own find of the same page in the same run.

Run: python benchmarks/mongo_page.py [--tasks N]. Prints, asserts nothing. It starts a mongod of its own (tests/servers/mongo.py). The call
is timed in this process from the bytes of the request to those of the answer: credentials, query, documents, JSON. The application is
called as its server calls it, since a client library of tests took a quarter of a short call's time.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pymongo
from attrs import evolve

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from apiserver.app import create_api
from apiserver.bootstrap import bootstrap
from apiserver.stores.mongo.connection import place
from apiserver.stores.mongo.documents import MongoDocumentStore
from apiserver.stores.registry import open_embedded
from apiserver.testing.client import Client
from apiserver.testing.server import USER, settings_of
from tests.servers.base import Own
from tests.servers.mongo import MONGO

COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
PROJECTS, PAGE, TURNS = 20, 50, 60
START = datetime(2024, 1, 1)


def task(number: int) -> dict[str, Any]:
    """As the SDK leaves one: 30 parameters, 12 series, a script, artifacts; 7 kB of BSON."""
    at = START + timedelta(seconds=number * 37 % 1_000_003)
    last = {
        f"{n:032x}": {
            f"{n:032x}": {
                "metric": f"m{n}",
                "variant": "v",
                "value": 0.5 * n,
                "min_value": 0.1,
                "max_value": 9.5,
                "count": 100,
                "mean_value": 1.5,
            }
        }
        for n in range(12)
    }
    parameters = {f"p{n}": {"section": "Args", "name": f"p{n}", "value": str(n), "type": "int"} for n in range(30)}
    return {
        "_id": f"{number:032x}", "company": COMPANY, "user": "__tests__", "name": f"task {number}", "type": "training",
        "status": "completed",
        "created": at, "started": at, "completed": at, "last_update": at, "last_change": at, "status_changed": at,
        "project": f"project{number % PROJECTS}", "tags": [f"t{number % 7}"], "system_tags": [], "last_iteration": 1000,
        "execution": {"test_split": 0, "parameters": {}, "model_desc": {}, "model_labels": {}, "artifacts": {}},
        "script": {"binary": "python", "repository": "https://example.com/r.git", "entry_point": "train.py", "diff": "+x\n" * 200,
                   "requirements": {"pip": "torch==2.1\n" * 40}},
        "hyperparams": {"Args": parameters}, "configuration": {}, "runtime": {}, "last_metrics": last,
        "unique_metrics": [], "metric_stats": {},
        "models": {"input": [], "output": []}, "container": {}, "output": {"destination": "https://files.example.com"}, "report_assets": [],
    }  # fmt: skip


def median_ms(work: Callable[[], Any]) -> float:
    taken = []
    for _ in range(TURNS):
        before = time.perf_counter()
        work()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken) * 1000


def compared(
    client: Client, raw: Any, request: dict[str, Any], query: dict[str, Any], fields: dict[str, int] | None
) -> tuple[float, float]:
    """(the call, the find), each the median of turns taken in turn."""
    headers = client._bearer(None)
    body = json.dumps({**request, "page": 0, "page_size": PAGE, "order_by": ["-last_update"]}).encode()

    def call() -> bytes:
        environment = {
            "REQUEST_METHOD": "POST", "PATH_INFO": "/v2.34/tasks.get_all", "QUERY_STRING": "", "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)), "HTTP_AUTHORIZATION": headers["Authorization"], "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
            "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
        return b"".join(client.http.app(environment, lambda status, headers, info=None: None))

    def find() -> list[Any]:
        return list(raw.find(query, fields).sort([("last_update", -1), ("_id", 1)]).limit(PAGE))

    assert [row["id"] for row in json.loads(call())["data"]["tasks"]] == [row["_id"] for row in find()]
    rounds = [(median_ms(call), median_ms(find)) for _ in range(3)]
    return min(c for c, _ in rounds), min(f for _, f in rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=50_000)
    tasks = parser.parse_args().tasks
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        own = Own(MONGO, Path(folder) / "mongo")
        try:
            own.start()
            places = {name: place(name, {"host": own.address}) for name in ("backend", "auth")}
            backend = evolve(open_embedded(Path(folder), settings_of({})), documents=MongoDocumentStore(places))
            bootstrap(backend)
            raw = pymongo.MongoClient[Any](own.address)["backend"]["task"]
            for first in range(0, tasks, 1000):
                raw.insert_many([task(number) for number in range(first, min(first + 1000, tasks))])
            client = Client(create_api(backend), backend, *USER)
            few = ["id", "name", "status", "last_update", "tags"]
            both = {"$in": [COMPANY, ""]}
            for title, request, query, fields in (
                ("all fields, one project", {"project": ["project3"]}, {"company": both, "project": "project3"}, None),
                ("all fields, all projects", {}, {"company": both}, None),
                ("five fields, one project", {"project": ["project3"], "only_fields": few}, {"company": both, "project": "project3"},
                 dict.fromkeys(few, 1)),
            ):  # fmt: skip
                call, find = compared(client, raw, request, query, fields)
                print(f"page of {PAGE} of {tasks:,} tasks, {title}: call {call:.1f} ms; pymongo {find:.1f} ms; ratio {call / find:.2f}")
            backend.close()
        finally:
            own.stop()


if __name__ == "__main__":
    main()
