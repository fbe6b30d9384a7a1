"""Reads back all that `training.py` recorded, by the SDK's own getters, and compares. Any difference ends it with an error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import expected
import numpy as np
import requests
from clearml import InputModel, Task
from clearml.backend_api.session.client import APIClient


def check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok: {what}")


def document(task: Task) -> None:
    check("name", task.name, expected.NAME)
    check("project", task.get_project_name(), expected.PROJECT)
    check("tags", sorted(task.get_tags()), sorted(expected.TAGS))
    check("comment", task.comment, expected.COMMENT)
    check("status", task.get_status(), "completed")
    parameters = task.get_parameters_as_dict(cast=True)
    check("argparse", parameters["Args"], expected.ARGUMENTS)
    check("dict", parameters["net"], expected.PARAMETERS)
    check("configuration", task.get_configuration_object_as_dict("layout"), expected.CONFIGURATION)


def scalars(task: Task) -> None:
    reported = task.get_reported_scalars(max_samples=0)
    for title, name in expected.series():
        line = reported[title][name]
        check(f"{title}/{name} x", list(line["x"]), list(range(expected.POINTS)))
        wanted = [expected.value(title, name, i) for i in range(expected.POINTS)]
        check(f"{title}/{name} y", bool(np.allclose(line["y"], wanted, rtol=1e-6)), True)
    check("single values", task.get_reported_single_values(), expected.SINGLE_VALUES)
    last = task.get_last_scalar_metrics()["metric 3"]["series.4"]
    wanted = [expected.value("metric 3", "series.4", i) for i in range(expected.POINTS)]
    check("last", bool(np.isclose(last["last"], wanted[-1], rtol=1e-6)), True)
    check("minimum", bool(np.isclose(last["min"], min(wanted), rtol=1e-6)), True)
    check("maximum", bool(np.isclose(last["max"], max(wanted), rtol=1e-6)), True)
    # The machine's own monitor reports iterations too, by seconds, when a run is slow to begin.
    check("last iteration", task.get_last_iteration() >= expected.POINTS - 1, True)


def plots(task: Task) -> None:
    found = {(p["metric"], p["variant"]): (p["iter"], json.loads(p["plot_str"])) for p in task.get_reported_plots()}
    check("plot names", {("sizes", "layer1"), ("confusion", "test"), ("figure", "plotly"), ("table", "frame")} <= set(found), True)
    check("histogram", list(found["sizes", "layer1"][1]["data"][0]["y"]), expected.HISTOGRAM)
    check("confusion matrix", found["confusion", "test"][1]["data"][0]["z"], expected.CONFUSION)
    check("plotly", (found["figure", "plotly"][0], found["figure", "plotly"][1]["data"][0]["name"]), (3, "line"))
    cells = found["table", "frame"][1]["data"][0]["cells"]["values"]
    check("table", [list(map(str, column)) for column in cells], [list(map(str, column)) for column in expected.TABLE.values()])


def images(task: Task) -> None:
    shown = task.get_debug_samples("samples", "grey")
    check("debug images", sorted(s["iter"] for s in shown), list(range(expected.IMAGES)))
    for sample in shown:
        answer = requests.get(sample["url"], headers={"Authorization": f"Bearer {APIClient().session.token}"}, timeout=10)
        check(f"image {sample['iter']}", (answer.status_code, answer.headers["Content-Type"]), (200, "image/jpeg"))


def console(task: Task) -> None:
    text = "".join(task.get_reported_console_output(number_of_reports=100))
    for line in expected.CONSOLE:
        check(f"console {line[:10]}", line in text, True)


def artifacts(task: Task) -> None:
    check("artifact names", set(task.artifacts), {"a dict", "a file", "a frame"})
    check("dict artifact", task.artifacts["a dict"].get(), expected.DICTIONARY)
    check("file artifact", Path(task.artifacts["a file"].get_local_copy()).read_bytes(), expected.FILE)
    frame = task.artifacts["a frame"].get()
    check("frame artifact", {k: list(frame[k]) for k in expected.TABLE}, expected.TABLE)


def model(task: Task) -> None:
    output = task.get_models()["output"][-1]
    found = InputModel(output.id)
    check("model name", found.name.endswith(expected.MODEL_NAME), True)
    check("model framework", found.framework, "PyTorch")
    check("model tags", list(found.tags), ["best"])
    check("model labels", found.labels, {"cat": 1, "dog": 2})
    check("model metadata", found.get_metadata("accuracy"), "0.93")
    check("model weights", Path(found.get_local_copy()).read_bytes(), expected.WEIGHTS)


def main() -> None:
    task = Task.get_task(task_id=sys.argv[1])
    for part in (document, scalars, plots, images, console, artifacts, model):
        part(task)


if __name__ == "__main__":
    main()
