"""An installation as the reference server leaves it, written with the drivers alone: databases, indices, keys.

Source: spec 1 §9, 2 §6 and §7, 3 §2 and §15, 4 §4.2, 5 §2, 6 §3. Nothing here uses code of ours but the numbers of migrations.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
import zlib
from datetime import datetime, timedelta
from typing import Any

from apiserver.bootstrap import REFERENCE_MIGRATIONS
from apiserver.stores.elastic.client import Elastic

T0 = datetime(2024, 11, 22, 4, 6, 11, 51000)
MS = 1_700_000_000_000
ARRIVED = "2023-11-14T22:13:20.000Z"
ANN, ANNS_PAIR = "ann000000000000000000000000000aa", ("ANNSACCESSKEY0000000000000000", "anns plain secret")
TASK, CHILD, PUBLIC = "t" + "0" * 31, "t" + "1" * 31, "e" + "0" * 31
PARENT, PROJECT = "p" + "0" * 31, "p" + "1" * 31
MODEL, QUEUE, GPU = "m" + "0" * 31, "q" + "0" * 31, "q" + "1" * 31
METRIC, VARIANT = "81513effdf5790b79549208838404407", "906384685f209775046d4a047ecdeaa5"
"""MD5 of `loss` and of `tr.ain` (spec 3 §2.3)."""
PLOT = json.dumps({"data": [{"y": list(range(30_000))}], "source": "http://files/x.png"})
PREFIXES = {"aws": {"key": "K", "secret": "S", "region": "r", "use_credentials_chain": False, "buckets": []}}


def task(company: str) -> dict[str, Any]:
    """With what only partial updates of the reference leave (`_cls`), and with a field of another release."""
    return {
        "_id": TASK, "company": company, "user": ANN, "name": "a run", "type": "training", "status": "completed", "status_reason": "",
        "status_message": "", "status_changed": T0, "comment": "note", "report_assets": [], "created": T0, "started": T0,
        "completed": T0 + timedelta(seconds=90), "active_duration": 90, "parent": CHILD, "project": PROJECT,
        "output": {"destination": "http://files"},
        "execution": {
            "test_split": 0, "parameters": {}, "model_desc": {}, "model_labels": {"cat%2Ea": 1}, "queue": GPU,
            "artifacts": {"8d777f385d3dfec8815d20f7496026dc_output": {
                "_cls": "Artifact", "key": "data", "type": "custom", "mode": "output", "uri": "http://files/data.csv", "content_size": 7,
                "display_data": [["a", "1"]]}},
        },
        "tags": ["a", "b"], "system_tags": ["development"],
        "script": {"binary": "python", "repository": "https://git/r.git", "entry_point": "train.py", "requirements": {"pip": "x==1"}},
        "last_worker": "host:0", "last_worker_report": T0, "last_update": T0, "last_change": T0, "last_changed_by": ANN,
        "last_iteration": 2,
        "last_metrics": {METRIC: {VARIANT: {
            "metric": "loss", "variant": "tr.ain", "value": 5.0, "min_value": 1.0, "min_value_iteration": 1, "max_value": 5.0,
            "max_value_iteration": 2, "first_value": 3.0, "first_value_iteration": 0, "count": 3, "mean_value": 3.0}}},
        "unique_metrics": ["loss/tr.ain"], "metric_stats": {METRIC: {"metric": "loss", "event_stats_by_type": {
            "training_stats_scalar": {"last_update": MS}}}},
        "hyperparams": {
            "Args": {"a%2Eb": {"_cls": "ParamsItem", "section": "Args", "name": "a.b", "value": "1"},
                     "p1": {"section": "Args", "name": "p1", "value": "5", "type": "legacy"}},
            "%_%_%24section": {"a%_%_b%%%24": {"section": "__$section", "name": "a__b%$", "value": "x"}},
        },
        "configuration": {"Gen%2Eeral": {"_cls": "ConfigurationItem", "name": "Gen.eral", "value": "xyz"}},
        "runtime": {"version": "1"},
        "models": {"input": [{"name": "start", "model": MODEL, "updated": T0}], "output": []},
        "container": {"image": "nvidia/cuda:12", "a%2Eb": None}, "of_another_release": {"x": [1]},
    }  # fmt: skip


def fill_mongo(backend: Any, auth: Any, company: str) -> None:
    """Documents first, then the reference's indexes."""
    backend["versions"].insert_many(
        [{"_id": uuid.uuid4().hex, "num": num, "created": T0, "desc": "Applied on server startup"} for num in REFERENCE_MIGRATIONS]
    )
    backend["settings"].insert_one({"_id": "server.uuid", "value": "6f1e2f0e-0000-4000-8000-000000000000"})
    backend["company"].insert_one({"_id": company, "name": "clearml"})
    backend["user"].insert_one({
        "_id": ANN, "company": company, "name": "Ann Lee", "family_name": "Lee", "given_name": "Ann",
        "preferences": '{"theme": {"dark": true}}', "created": T0, "created_in_version": "2.3.0",
    })  # fmt: skip
    key, secret = ANNS_PAIR
    auth["user"].insert_many([
        {"_id": ANN, "name": "Ann Lee", "created": T0, "role": "user", "company": company, "email": "ann@example.com", "autocreated": False,
         "credentials": [{"key": key, "secret": secret, "label": "laptop", "last_used": T0, "last_used_from": "host"}]},
        {"_id": "__apiserver__", "name": "apiserver", "created": T0, "role": "system", "company": company, "autocreated": True,
         "email": "apiserver@example.com", "credentials": [{"key": "PUBLICLYKNOWN", "secret": "everybody knows"}]},
    ])  # fmt: skip
    project = {"company": company, "user": ANN, "description": "", "created": T0, "last_update": T0, "tags": [], "system_tags": [],
               "featured": 9999}  # fmt: skip
    backend["project"].insert_many([
        {"_id": PARENT, "name": "lab", "basename": "lab", "path": [], **project},
        {"_id": PROJECT, "name": "lab/query", "basename": "query", "parent": PARENT, "path": [PARENT],
         "default_output_destination": "http://files", **project},
    ])  # fmt: skip
    backend["task"].insert_many([
        task(company),
        {**task(company), "_id": CHILD, "name": "queued", "status": "queued", "enqueue_status": "created", "system_tags": [],
         "parent": None},
        {**task(""), "_id": PUBLIC, "name": "example", "company_origin": company, "status": "published"},
    ])  # fmt: skip
    backend["model"].insert_one({
        "_id": MODEL, "company": company, "user": ANN, "name": "net", "project": PROJECT, "task": CHILD, "created": T0, "last_update": T0,
        "last_change": T0, "last_changed_by": ANN, "framework": "PyTorch", "tags": ["x", "y"], "system_tags": [], "uri": "http://files/m.pt",
        "design": {"design": "net"}, "labels": {"cat": 1}, "ready": True, "ui_cache": {}, "last_iteration": 0, "last_metrics": {},
        "metadata": {"a%2Eb": {"key": "a.b", "type": "str", "value": "v"}}, "unique_metrics": [],
    })  # fmt: skip
    queue = {"company": company, "created": T0, "last_update": T0, "tags": [], "metadata": {}}
    backend["queue"].insert_many([
        {"_id": QUEUE, "name": "default", "system_tags": ["default"], "entries": [], **queue},
        {"_id": GPU, "name": "gpu", "display_name": "GPU machines", "system_tags": [], "resources": {"cpu_usage": 2.0, "gpu_usage": 1.0},
         "entries": [{"task": CHILD, "added": T0}, {"task": "gone", "added": T0}], **queue},
    ])  # fmt: skip
    backend["url_to_delete"].insert_one({
        "_id": uuid.uuid4().hex, "company": company, "user": ANN, "url": "http://files/old.bin", "task": "gone", "created": T0,
        "storage_type": "fileserver", "type": "file", "retry_count": 1, "last_failure_time": T0, "last_failure_reason": "Not found",
        "status": "created",
    })  # fmt: skip
    backend["storage_settings"].insert_one({"_id": uuid.uuid4().hex, "company": company, "last_update": T0, **PREFIXES})
    backend["project"].create_index([("name", 1), ("company", 1)], unique=True)
    backend["queue"].create_index([("name", 1), ("company", 1)], unique=True)
    backend["url_to_delete"].create_index([("url", 1), ("company", 1)], unique=True, sparse=True)
    backend["versions"].create_index([("created", -1), ("num", -1)])
    backend["task"].create_index(
        [("company", 1), ("project", 1)], collation={"locale": "en_US", "numericOrdering": True}
    )  # fmt: skip
    backend["task"].create_index(
        [(path, "text") for path in ("name", "_id", "comment", "report", "models.input.model", "models.output.model", "script.repository",
                                     "script.entry_point")],
        name="backend-db.task.main_text_index", default_language="english",
        weights={"name": 10, "id": 10, "comment": 10, "report": 10, "models.input.model": 2, "models.output.model": 2},
    )  # fmt: skip
    auth["user"].create_index("email", unique=True, sparse=True)


# Elasticsearch: templates as at each start of the reference, indices as its first writes make them

_KEYWORD, _DATE, _FLOAT, _LONG = ({"type": kind} for kind in ("keyword", "date", "float", "long"))
_COMMON = {
    "@timestamp": _DATE, "task": _KEYWORD, "type": _KEYWORD, "worker": _KEYWORD, "timestamp": _DATE, "model_event": {"type": "boolean"},
    "iter": _LONG, "metric": _KEYWORD, "variant": _KEYWORD, "value": _FLOAT, "company_id": _KEYWORD,
}  # fmt: skip
_TEMPLATES: dict[str, tuple[str, dict[str, Any]]] = {
    "events_log": ("events-log-*", {"msg": {"type": "text", "index": False}, "level": _KEYWORD}),
    "events_plot": ("events-plot-*", {"plot_str": {"type": "text", "index": False}, "plot_data": {"type": "binary"}}),
    "events_training_debug_image": ("events-training_debug_image-*", {"key": _KEYWORD, "url": _KEYWORD}),
    "events_training_stats_scalar": ("events-training_stats_scalar-*", {}),
}
_QUEUE_METRICS = {"timestamp": _DATE, "queue": _KEYWORD, "average_waiting_time": _FLOAT, "queue_length": {"type": "integer"}}
_WORKER_STATS = {
    **dict.fromkeys(("worker", "category", "metric", "variant", "unit", "task", "company_id"), _KEYWORD), "timestamp": _DATE,
    "value": _FLOAT,
}  # fmt: skip


def identity(event: dict[str, Any]) -> str:
    """Spec 4 §4.2.4."""
    parts = [str(event[name]) for name in ("task", "iter", "metric", "variant", "key") if name in event]
    return hashlib.md5("-".join(parts).encode()).hexdigest() if event["type"] != "log" else uuid.uuid4().hex


def events() -> list[dict[str, Any]]:
    """Of the task: scalars with a single value, log, a plot in each form, images, a vector; of the model, a scalar."""
    usual = {"task": TASK, "worker": "host:0", "@timestamp": ARRIVED, "model_event": False}
    packed = base64.encodebytes(zlib.compress(PLOT.encode(), 1)).decode()
    made: list[dict[str, Any]] = [
        *({"type": "training_stats_scalar", "iter": n, "metric": "loss", "variant": "tr.ain", "value": value, "timestamp": MS + n}
          for n, value in enumerate((3.0, 1.0, 5.0))),
        {"type": "training_stats_scalar", "iter": -(2**31), "metric": "Summary", "variant": "best", "value": 0.91, "timestamp": MS},
        {"type": "log", "metric": "", "variant": "", "msg": "first line", "level": "INFO", "timestamp": MS},
        {"type": "log", "metric": "", "variant": "", "msg": "second line", "level": "ERROR", "timestamp": MS + 1, "iter": 1},
        {"type": "plot", "iter": 1, "metric": "small", "variant": "v", "plot_str": '{"data": []}', "plot_len": 12, "timestamp": MS},
        {"type": "plot", "iter": 2, "metric": "large", "variant": "v", "plot_data": packed, "plot_len": len(PLOT), "timestamp": MS,
         "source_urls": ["http://files/x.png"]},
        {"type": "training_debug_image", "iter": 1, "metric": "images", "variant": "v", "key": "k", "url": "http://files/1.png",
         "timestamp": MS},
        {"type": "training_stats_vector", "iter": 1, "metric": "vec", "variant": "v", "value": [1, 2], "timestamp": MS},
    ]  # fmt: skip
    return [{**usual, **one} for one in made] + [
        {**usual, "task": MODEL, "model_event": True, "type": "training_stats_scalar", "iter": 1, "metric": "m", "variant": "v",
         "value": 2.0, "timestamp": MS}
    ]  # fmt: skip


def fill_elastic(elastic: Elastic, company: str) -> None:
    one_shard = {"number_of_shards": 1, "number_of_replicas": 0}
    common = {"settings": one_shard, "mappings": {"_source": {"enabled": True}, "properties": _COMMON}}
    elastic.ask("PUT", "/_component_template/events_common", {"template": common})
    for name, (pattern, properties) in _TEMPLATES.items():
        body = {"index_patterns": [pattern], "priority": 500, "composed_of": ["events_common"],
                "template": {"mappings": {"properties": properties}}}  # fmt: skip
        elastic.ask("PUT", f"/_index_template/{name}", body)
    for kind, properties in (("queue_metrics", _QUEUE_METRICS), ("worker_stats", _WORKER_STATS)):
        template = {"settings": one_shard, "mappings": {"properties": properties}}
        elastic.ask("PUT", f"/_index_template/{kind}", {"index_patterns": [f"{kind}_*"], "template": template})
    for event in events():
        elastic.ask("PUT", f"/events-{event['type']}-{company}/_doc/{identity(event)}", event)
    elastic.ask("POST", f"/queue_metrics_{company}_2023-11/_doc",
                {"timestamp": MS, "queue": GPU, "average_waiting_time": 30.0, "queue_length": 2})  # fmt: skip
    for variant, value in (("0", 40.0), ("1", 60.0)):
        elastic.ask("POST", f"/worker_stats_{company}_2023-11/_doc",
                    {"timestamp": MS, "worker": "host:0", "category": "cpu", "metric": "cpu_usage", "variant": variant, "value": value,
                     "task": TASK})  # fmt: skip
    elastic.ask("POST", f"/*-{company}*,*_{company}_*/_refresh")


def worker_key(company: str) -> str:
    return f"worker_{company}_{ANN}_host:0"


def fill_redis(main: Any, workers: Any, company: str) -> None:
    """One worker that runs the task, and the last sample of a queue."""
    key, until = worker_key(company), time.time() + 600
    now = datetime.utcnow().isoformat()
    entry = {
        "key": key, "id": "host:0", "user": {"id": ANN, "name": "Ann Lee"}, "company": {"id": company, "name": "clearml"},
        "ip": "10.0.0.5", "queues": [GPU], "queue": GPU, "task": {"id": TASK, "name": "a run"},
        "project": {"id": PROJECT, "name": "lab/query"}, "register_time": now, "register_timeout": 600, "last_activity_time": now,
        "last_report_time": now, "tags": ["fast"], "system_tags": [],
    }  # fmt: skip
    workers.set(key, json.dumps(entry), ex=600)
    workers.zadd(f"workers_{company}", {key: until})
    workers.zadd(f"workers.tags_{company}_fast", {key: until})
    main.set(f"queue_metrics_{GPU}", json.dumps({"timestamp": MS, "queue": GPU, "average_waiting_time": 30.0, "queue_length": 2}))
    main.rpush(f"tags_{company}_Task", "__dummy__", "a", "b")
