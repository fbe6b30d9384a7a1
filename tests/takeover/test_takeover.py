"""An installation of the reference server is taken over in place: all that is there is read right, and what is written lies as it would.

On real servers, without any prefix. `reference.py` makes the installation from the chapters' layout.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import jwt
import pymongo
import pytest
import redis
from attrs import frozen

from apiserver import starting
from apiserver.app import create_api
from apiserver.bootstrap import bootstrap
from apiserver.stores.elastic.client import Elastic, Options
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import settings_of
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_7
from tests.servers.mongo import MONGO
from tests.servers.redis import REDIS
from tests.takeover import reference as r

MAIN_DB, WORKERS_DB = 14, 15
HEX = re.compile("[0-9a-f]{32}")


@frozen
class Taken:
    """The client of our server, and the databases behind it."""

    client: Client
    settings: Mapping[str, Any]
    company: str
    backend: Any
    auth: Any
    elastic: Elastic
    main: Any
    workers: Any

    def call(self, action: str, /, **data: Any) -> Any:
        return self.client.call(action, data)

    def document(self, collection: str, key: str) -> dict[str, Any]:
        found = self.backend[collection].find_one({"_id": key})
        assert found is not None
        return dict(found)

    def hits(self, index: str) -> list[dict[str, Any]]:
        self.elastic.ask("POST", f"/{index}/_refresh")
        return list(self.elastic.ask("POST", f"/{index}/_search", {"size": 100})["hits"]["hits"])


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """The reference's databases, and our server started on them as `trackyard serve` starts it."""
    company, name = uuid.uuid4().hex, f"test_takeover_{uuid.uuid4().hex[:8]}"
    mongo, search, cache = shared(MONGO), shared(ELASTIC_7), shared(REDIS)
    elastic = Elastic(Options(hosts=[search]))
    databases = [redis.Redis.from_url(f"{cache}/{db}", decode_responses=True) for db in (MAIN_DB, WORKERS_DB)]
    settings: dict[str, Any] = {
        "data.dir": str(tmp_path_factory.mktemp("data")),
        "stores.engine": "scaleout",
        "apiserver.default_company": company,
        "secure.credentials": {"apiserver": {"role": "system", "user_key": "OURS", "user_secret": "ours"}},
        "services.async_urls_delete.fileserver.url_prefixes": ["http://files"],
        **{f"hosts.mongo.{alias}": {"host": f"{mongo}/{name}_{alias}"} for alias in ("backend", "auth")},
        **{f"hosts.elastic.{alias}": {"hosts": [search]} for alias in ("events", "workers")},
        "hosts.redis.apiserver": {"url": f"{cache}/{MAIN_DB}"},
        "hosts.redis.workers": {"url": f"{cache}/{WORKERS_DB}"},
    }
    with pymongo.MongoClient[Any](mongo) as client:
        r.fill_mongo(client[f"{name}_backend"], client[f"{name}_auth"], company)
        r.fill_elastic(elastic, company)
        r.fill_redis(*databases, company)
        backend = starting.opened(settings_of(settings), wait_s=0)
        bootstrap(backend)
        caller = Client(create_api(backend), backend, *r.ANNS_PAIR)
        yield Taken(caller, settings, company, client[f"{name}_backend"], client[f"{name}_auth"], elastic, *databases)
        backend.close()
        for database in (f"{name}_backend", f"{name}_auth"):
            client.drop_database(database)
    for database in databases:
        database.flushdb()
    for index in elastic.ask("GET", f"/*-{company}*,*_{company}_*/_settings"):
        elastic.ask("DELETE", f"/{index}")
    elastic.close()


# What is there is read


def test_the_start_changes_nothing_of_the_reference(taken: Taken) -> None:
    """Our marks and our user are added; its documents are as they were."""
    assert taken.document("task", r.TASK) == r.task(taken.company)
    assert taken.backend["versions"].count_documents({}) == 14
    assert {row["_id"] for row in taken.backend["settings"].find()} == {"server.uuid", "trackyard.secrets", "trackyard.token_secret"}
    assert [row["_id"] for row in taken.backend["queue"].find()] == [r.QUEUE, r.GPU]
    assert taken.auth["user"].find_one({"_id": "__apiserver__"})["credentials"][0]["key"] == "OURS"
    assert set(taken.backend["task"].index_information()) >= {
        "company_1_project_1",
        "backend-db.task.main_text_index",
        "status_1_last_update_1",
    }


def test_tasks(taken: Taken) -> None:
    """Keys unescaped, artifacts as a list, nothing of the storage shown."""
    task = taken.call("tasks.get_by_id", task=r.TASK)["task"]
    assert task["hyperparams"] == {
        "Args": {"a.b": {"section": "Args", "name": "a.b", "value": "1"},
                 "p1": {"section": "Args", "name": "p1", "value": "5", "type": "legacy"}},
        "__$section": {"a__b%$": {"section": "__$section", "name": "a__b%$", "value": "x"}},
    }  # fmt: skip
    assert task["configuration"] == {"Gen.eral": {"name": "Gen.eral", "value": "xyz"}}
    assert task["execution"]["model_labels"] == {"cat.a": 1}
    (artifact,) = task["execution"]["artifacts"]
    assert (artifact["key"], artifact["uri"], artifact["mode"]) == ("data", "http://files/data.csv", "output")
    assert task["container"]["image"] == "nvidia/cuda:12"
    assert (task["status"], task["active_duration"], task["last_iteration"]) == ("completed", 90, 2)
    assert task["last_metrics"][r.METRIC][r.VARIANT]["mean_value"] == 3.0
    assert task["created"] == "2024-11-22T04:06:11.051000+00:00"
    assert "of_another_release" not in task
    found = taken.call("tasks.get_all_ex", **{"hyperparams.Args.a%2Eb.value": ["1"], "only_fields": ["project.name", "user.name"]})["tasks"]
    assert {row["id"] for row in found} == {r.TASK, r.CHILD, r.PUBLIC}
    assert found[0]["project"] == {"id": r.PROJECT, "name": "lab/query"}
    assert [t["id"] for t in taken.call("tasks.get_all", search_text="queued", only_fields=["id"])["tasks"]] == [r.CHILD]
    ordered = taken.call("tasks.get_all", order_by=[f"-last_metrics.{r.METRIC}.{r.VARIANT}.value"], only_fields=["id"])["tasks"]
    assert len(ordered) == 3


def test_no_class_is_shown(taken: Taken) -> None:
    """Spec 3 §2: `_cls` never shows in answers."""
    for name, data in (
        ("tasks.get_by_id", {"task": r.TASK}),
        ("tasks.get_all_ex", {"id": [r.TASK]}),
        ("tasks.get_hyper_params", {"tasks": [r.TASK]}),
        ("tasks.get_configurations", {"tasks": [r.TASK]}),
    ):
        assert "_cls" not in json.dumps(taken.call(name, **data)), name


def test_a_public_task_of_ours(taken: Taken) -> None:
    """Read by everybody, changed by nobody; its events are in the company that it came from."""
    assert taken.call("tasks.get_by_id", task=r.PUBLIC)["task"]["company"] == ""
    with pytest.raises(CallFailed) as caught:
        taken.call("tasks.edit", task=r.PUBLIC, name="mine now", force=True)
    assert (caught.value.code, caught.value.subcode) == (403, 21)


def test_projects_models_queues(taken: Taken) -> None:
    projects = taken.call("projects.get_all_ex", parent=[r.PARENT], include_stats=True)["projects"]
    assert [(p["id"], p["name"], p["basename"]) for p in projects] == [(r.PROJECT, "lab/query", "query")]
    assert taken.call("projects.get_by_id", project=r.PROJECT)["project"]["path"] == [r.PARENT]
    model = taken.call("models.get_by_id", model=r.MODEL)["model"]
    assert model["metadata"] == {"a.b": {"key": "a.b", "type": "str", "value": "v"}}
    assert (model["ready"], model["labels"], model["framework"]) == (True, {"cat": 1}, "PyTorch")
    queue = taken.call("queues.get_by_id", queue=r.GPU)["queue"]
    assert [entry["task"] for entry in queue["entries"]] == [r.CHILD, "gone"]
    assert taken.call("queues.get_default")["id"] == r.QUEUE
    aws = taken.call("storage.get_settings")["settings"]["aws"]
    assert (aws["key"], aws["region"]) == ("K", "r")


def test_events(taken: Taken) -> None:
    """Every type, in every form."""
    curve = taken.call("events.scalar_metrics_iter_histogram", task=r.TASK)
    assert curve["loss"]["tr.ain"]["x"] == [0, 1, 2]
    assert curve["loss"]["tr.ain"]["y"] == [3.0, 1.0, 5.0]
    (single,) = taken.call("events.get_task_single_value_metrics", tasks=[r.TASK])["tasks"]
    assert [(value["variant"], value["value"]) for value in single["values"]] == [("best", 0.91)]
    log = taken.call("events.get_task_log", task=r.TASK, order="asc")["events"]
    assert [line["msg"] for line in log] == ["first line", "second line"]
    plots = {plot["metric"]: plot for plot in taken.call("events.get_task_plots", task=r.TASK, iters=5)["plots"]}
    assert plots["small"]["plot_str"] == '{"data": []}'
    assert plots["large"]["plot_str"] == r.PLOT
    assert "plot_data" not in plots["large"]
    (images,) = taken.call("events.debug_images", metrics=[{"task": r.TASK}])["metrics"]
    assert [event["url"] for one in images["iterations"] for event in one["events"]] == ["http://files/1.png"]
    vectors = taken.call("events.vector_metrics_iter_histogram", task=r.TASK, metric="vec", variant="v")
    assert vectors["vectors"] == [[1, 2]]
    of_model = taken.call("events.scalar_metrics_iter_histogram", task=r.MODEL, model_events=True)
    assert of_model["m"]["v"]["y"] == [2.0]


def test_workers_and_statistics(taken: Taken) -> None:
    """The worker stays registered; measurements of months ago are there."""
    (worker,) = taken.call("workers.get_all")["workers"]
    assert (worker["id"], worker["ip"], worker["task"]["id"], worker["queue"]["id"]) == ("host:0", "10.0.0.5", r.TASK, r.GPU)
    assert taken.call("workers.get_count", tags=["fast"])["count"] == 1
    at = r.MS // 1000
    item = {"key": "cpu_usage", "aggregation": "avg"}
    asked = {"worker_ids": ["host:0"], "from_date": at - 600, "to_date": at + 600, "interval": 60, "items": [item]}
    (load,) = taken.call("workers.get_stats", **asked)["workers"]
    (stats,) = load["metrics"][0]["stats"]
    assert (load["worker"], [value for value in stats["values"] if value]) == ("host:0", [50])
    (waiting,) = taken.call("queues.get_queue_metrics", queue_ids=[r.GPU], from_date=at - 600, to_date=at + 600, interval=60)["queues"]
    assert waiting["queue_lengths"] == [2]


def test_users_and_credentials(taken: Taken) -> None:
    """The plain secret signs in; nobody sees it; publicly known pairs of the reference open nothing here."""
    user = taken.call("users.get_current_user")["user"]
    assert (user["id"], user["name"]) == (r.ANN, "Ann Lee")
    assert taken.call("users.get_preferences")["preferences"] == {"theme": {"dark": True}}
    assert [entry["access_key"] for entry in taken.call("auth.get_credentials")["credentials"]] == [r.ANNS_PAIR[0]]
    with pytest.raises(CallFailed):
        taken.client.login("PUBLICLYKNOWN", "everybody knows")
    assert taken.auth["user"].find_one({"_id": r.ANN})["credentials"][0]["secret"] == r.ANNS_PAIR[1]


def test_a_session_that_was_signed_out_there(taken: Taken) -> None:
    """Its set of revoked sessions counts here."""
    token = taken.client.login(*r.ANNS_PAIR)
    assert taken.client.call("users.get_current_user", token=token)
    session = jwt.decode(token, options={"verify_signature": False})["session_id"]
    taken.main.zadd("revoked_tokens", {session: time.time() + 1000})
    with pytest.raises(CallFailed, match="revoked"):
        taken.client.call("users.get_current_user", token=token)


# What is written lies as the reference has it


def test_a_task(taken: Taken) -> None:
    """The worked example of the chapter; exactly the fields that it names (spec 3 §2, §15)."""
    created = taken.call(
        "tasks.create", name="  unit ", type="training", project=r.PROJECT,
        hyperparams={"Args": {"a.b": {"section": "Args", "name": "a.b", "value": "1"}},
                     "__$section": {"k": {"section": "__$section", "name": "k", "value": "x"}}},
        configuration={"Gen.eral": {"name": "Gen.eral", "value": "xyz"}},
        execution={"parameters": {"p1": 5, "TF_DEFINE/p2": "z"},
                   "artifacts": [{"key": "k.1", "type": "string", "uri": "s3://b/c"}, {"key": "k.1", "type": "string", "mode": "input"}]},
    )["id"]  # fmt: skip
    assert HEX.fullmatch(created)
    task = taken.document("task", created)
    assert set(task) == {
        "_id", "company", "user", "name", "type", "status", "report_assets", "created", "project", "output", "execution", "tags",
        "system_tags", "script", "last_update", "last_change", "last_iteration", "last_metrics", "unique_metrics", "metric_stats",
        "hyperparams", "configuration", "runtime", "models", "container", "last_changed_by",
    }  # fmt: skip
    stamps = {name: task.pop(name) for name in ("created", "last_update", "last_change")}
    assert all(type(stamp) is datetime for stamp in stamps.values())
    assert len(set(stamps.values())) == 1
    empty = {"parameters": {}, "model_desc": {}, "model_labels": {}}
    artifact = {"key": "k.1", "type": "string", "display_data": []}
    key = "fa24b6465069526039d63f81352eda6c"
    assert task == {
        "_id": created, "company": taken.company, "user": r.ANN, "name": "unit", "type": "training", "status": "created",
        "report_assets": [], "project": r.PROJECT, "output": {}, "tags": [], "system_tags": [], "last_iteration": 0, "last_metrics": {},
        "unique_metrics": [], "metric_stats": {}, "runtime": {}, "models": {"input": [], "output": []}, "container": {},
        "last_changed_by": r.ANN, "script": {"binary": "python", "repository": "", "entry_point": "", "requirements": {}},
        "execution": {"test_split": 0, **empty, "artifacts": {
            f"{key}_output": {**artifact, "mode": "output", "uri": "s3://b/c"}, f"{key}_input": {**artifact, "mode": "input"}}},
        "hyperparams": {
            "Args": {"a%2Eb": {"section": "Args", "name": "a.b", "value": "1"},
                     "p1": {"section": "Args", "name": "p1", "value": "5", "type": "legacy"}},
            "%_%_%24section": {"k": {"section": "__$section", "name": "k", "value": "x"}},
            "TF_DEFINE": {"p2": {"section": "TF_DEFINE", "name": "p2", "value": "z", "type": "legacy"}}},
        "configuration": {"Gen%2Eeral": {"name": "Gen.eral", "value": "xyz"}},
    }  # fmt: skip


def test_events_and_what_they_leave_in_the_task(taken: Taken) -> None:
    """Index, id, source; the fields of `last_metrics` (spec 3 §15), whether the task is new or of the reference."""
    task = taken.call("tasks.create", name="reports", type="training")["id"]
    sent = [
        {"type": "training_stats_scalar", "task": task, "metric": "loss", "variant": "tr.ain", "iter": n, "value": value}
        for n, value in enumerate((3.0, 1.0, 5.0))
    ]
    assert taken.client.batch("events.add_batch", sent)["added"] == 3
    stored = taken.document("task", task)
    assert stored["last_metrics"] == r.task("")["last_metrics"]
    assert (stored["unique_metrics"], stored["last_iteration"]) == (["loss/tr.ain"], 2)
    (stats,) = stored["metric_stats"].values()
    assert set(stats["event_stats_by_type"]["training_stats_scalar"]) == {"last_update"}
    index = f"events-training_stats_scalar-{taken.company}"
    found = {hit["_id"]: hit["_source"] for hit in taken.hits(index) if hit["_source"]["task"] == task}
    assert set(found) == {r.identity({**one}) for one in sent}
    for source in found.values():
        assert set(source) == {"type", "task", "metric", "variant", "iter", "value", "timestamp", "@timestamp", "worker", "model_event"}
        assert source["model_event"] is False
        assert type(source["timestamp"]) is int
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", source["@timestamp"])
    again = [{"type": "training_stats_scalar", "task": r.CHILD, "metric": "loss", "variant": "tr.ain", "iter": 9, "value": 0.5}]
    taken.client.batch("events.add_batch", again)
    entry = taken.document("task", r.CHILD)["last_metrics"][r.METRIC][r.VARIANT]
    assert (entry["count"], entry["mean_value"], entry["min_value"], entry["min_value_iteration"]) == (4, 2.38, 0.5, 9)


def test_other_kinds_of_events(taken: Taken) -> None:
    """Names of fields, packing of long plots."""
    task = taken.call("tasks.create", name="kinds", type="training")["id"]
    kinds: list[dict[str, Any]] = [
        {"type": "log", "msg": "line", "level": "info"},
        {"type": "plot", "metric": "p", "variant": "v", "iter": 1, "plot_str": r.PLOT},
        {"type": "training_debug_image", "metric": "i", "variant": "v", "iter": 1, "url": "http://files/y.png", "key": "y"},
        {"type": "training_stats_vector", "metric": "v", "variant": "v", "iter": 1, "values": [1, 2.5]},
    ]
    assert taken.client.batch("events.add_batch", [{"task": task, **one} for one in kinds])["added"] == 4
    for one in kinds:
        hits = taken.hits(f"events-{one['type']}-{taken.company}")
        (hit,) = [hit for hit in hits if hit["_source"]["task"] == task]
        source = hit["_source"]
        if one["type"] == "log":
            assert HEX.fullmatch(hit["_id"])
            assert (source["metric"], source["variant"], source["level"]) == ("", "", "info")
        else:
            assert hit["_id"] == r.identity({**one, "task": task})
        if one["type"] == "plot":
            assert "plot_str" not in source
            assert source["plot_len"] == len(r.PLOT)
            assert source["source_urls"] == ["http://files/x.png"]
        if one["type"] == "training_stats_vector":
            assert source["value"] == [1, 2.5]


def test_projects_models_and_queues_that_are_made(taken: Taken) -> None:
    """Exactly the chapters' fields (spec 2 §6, 5 §2.1)."""
    project = taken.document("project", taken.call("projects.create", name="lab/new/deep", description="d", tags=["b", "a"])["id"])
    parent = taken.backend["project"].find_one({"name": "lab/new"})
    assert {k: v for k, v in project.items() if k not in ("created", "last_update")} == {
        "_id": project["_id"], "company": taken.company, "user": r.ANN, "name": "lab/new/deep", "basename": "deep", "description": "d",
        "tags": ["a", "b"], "system_tags": [], "parent": parent["_id"], "path": [r.PARENT, parent["_id"]], "featured": 9999,
    }  # fmt: skip
    metadata = {"a.b": {"key": "a.b", "type": "t", "value": "v"}}
    created = taken.call("models.create", name="made", uri="http://files/n.pt", labels={"cat": 1}, metadata=metadata)
    model = taken.document("model", created["id"])
    assert {k: v for k, v in model.items() if k not in ("created", "last_update", "last_change")} == {
        "_id": model["_id"], "company": taken.company, "user": r.ANN, "name": "made", "uri": "http://files/n.pt", "labels": {"cat": 1},
        "metadata": {"a%2Eb": {"key": "a.b", "type": "t", "value": "v"}}, "ready": True, "tags": [], "system_tags": [], "design": {},
        "ui_cache": {}, "last_iteration": 0, "last_metrics": {}, "last_changed_by": r.ANN,
        **({"unique_metrics": []} if "unique_metrics" in model else {}),
    }  # fmt: skip
    queue_id = taken.call("queues.create", name="made")["id"]
    taken.call("queues.add_task", queue=queue_id, task=r.TASK, update_execution_queue=False)
    queue = taken.document("queue", queue_id)
    (entry,) = queue.pop("entries")
    assert (set(entry), entry["task"], type(entry["added"])) == ({"task", "added"}, r.TASK, datetime)
    assert {k: v for k, v in queue.items() if k not in ("created", "last_update")} == {
        "_id": queue_id, "company": taken.company, "name": "made", "tags": [], "system_tags": [], "metadata": {},
    }  # fmt: skip
    sample = json.loads(taken.main.get(f"queue_metrics_{queue_id}"))
    assert set(sample) == {"timestamp", "queue", "average_waiting_time", "queue_length"}
    month = f"queue_metrics_{taken.company}_{datetime.utcnow():%Y-%m}"
    # NOTE: `company_id` is mapped by the reference and never filled.
    assert {**sample, "company_id": taken.company} in [hit["_source"] for hit in taken.hits(month)]


def test_a_queue_of_the_reference_is_served(taken: Taken) -> None:
    """Head first, as it left it."""
    assert taken.call("queues.get_next_task", queue=r.GPU)["entry"]["task"] == r.CHILD
    assert [entry["task"] for entry in taken.document("queue", r.GPU)["entries"]] == ["gone"]


def test_a_worker_that_registers(taken: Taken) -> None:
    """Key, sets, and the names in its entry (spec 5 §2.3, §5.1)."""
    taken.call("workers.register", worker="ours:0", queues=[r.GPU], tags=["slow"], timeout=600)
    key = f"worker_{taken.company}_{r.ANN}_ours:0"
    entry = json.loads(taken.workers.get(key))
    assert 590 < taken.workers.ttl(key) <= 600
    assert {name: entry[name] for name in ("key", "id", "user", "company", "queues", "register_timeout", "tags", "system_tags")} == {
        "key": key, "id": "ours:0", "user": {"id": r.ANN, "name": "Ann Lee"}, "company": {"id": taken.company, "name": "clearml"},
        "queues": [r.GPU], "register_timeout": 600, "tags": ["slow"], "system_tags": [],
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", entry["register_time"])
    for name in (f"workers_{taken.company}", f"workers.tags_{taken.company}_slow"):
        assert taken.workers.zscore(name, key) == pytest.approx(time.time() + 600, abs=60)
    taken.call("workers.status_report", worker="ours:0", timestamp=int(time.time() * 1000), machine_stats={"cpu_usage": [10, 20]})
    stats = [hit["_source"] for hit in taken.hits(f"worker_stats_{taken.company}_{datetime.utcnow():%Y-%m}")]
    # NOTE: one row more says that the worker reported, which the reference's charts count and its lists of metrics do not see.
    mine = [row for row in stats if row["worker"] == "ours:0" and "metric" in row]
    assert {(row["category"], row["metric"], row["variant"], row["value"]) for row in mine} == {
        ("cpu", "cpu_usage", "0", 10), ("cpu", "cpu_usage", "1", 20),
    }  # fmt: skip


def test_urls_preferences_and_settings(taken: Taken) -> None:
    """Rows of files to delete, preferences as text, one document of storage settings."""
    artifact = {"key": "a", "type": "custom", "uri": "http://files/dir/gone.bin"}
    task = taken.call("tasks.create", name="goes", type="training", execution={"artifacts": [artifact]})["id"]
    taken.call("tasks.delete", task=task, delete_external_artifacts=True)
    row = taken.backend["url_to_delete"].find_one({"url": "http://files/dir/gone.bin"})
    assert {k: v for k, v in row.items() if k not in ("_id", "created")} == {
        "company": taken.company, "user": r.ANN, "url": "http://files/dir/gone.bin", "task": task, "storage_type": "fileserver",
        "type": "file", "retry_count": 0, "status": "created",
    }  # fmt: skip
    taken.call("users.set_preferences", preferences={"x": {"y": 1}})
    preferences = taken.document("user", r.ANN)["preferences"]
    assert json.loads(preferences)["x"] == {"y": 1}
    taken.call("storage.set_settings", aws={"key": "K2"})
    (settings,) = taken.backend["storage_settings"].find({"company": taken.company})
    assert settings["aws"]["key"] == "K2"


def test_secrets_of_new_key_pairs(taken: Taken) -> None:
    """Hashed, unless one has to be able to go back; then as the reference keeps them, and it could use them."""
    sealed = taken.call("auth.create_credentials", label="ci")["credentials"]
    plain_settings = settings_of({**taken.settings, "secure.auth.plain_api_secrets": True})
    backend = starting.opened(plain_settings, wait_s=0)
    plain = Client(create_api(backend), backend, *r.ANNS_PAIR).call("auth.create_credentials")["credentials"]
    backend.close()
    stored = {entry["key"]: entry for entry in taken.auth["user"].find_one({"_id": r.ANN})["credentials"]}
    assert sealed["secret_key"] not in str(stored)
    assert stored[plain["access_key"]] == {"key": plain["access_key"], "secret": plain["secret_key"]}
    assert stored[sealed["access_key"]]["label"] == "ci"
    for pair in (sealed, plain):
        assert taken.client.login(pair["access_key"], pair["secret_key"])


def test_the_reference_finds_nothing_to_migrate(taken: Taken) -> None:
    """And its templates have their names, so that it takes the cluster for its own."""
    assert starting.verified(settings_of(taken.settings)) == []
    names = {one["name"] for one in taken.elastic.ask("GET", "/_index_template/events*")["index_templates"]}
    assert names >= {"events_log", "events_plot", "events_training_debug_image", "events_training_stats_scalar"}
