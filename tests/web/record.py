"""What the web tests look at, recorded by the real SDK. Prints {name: task id} as JSON on its last line."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pandas as pd
from clearml import OutputModel, Task

STEPS = 60
LINES = 3_000
"""Of the long log: three pages of the console."""


def train(project: str, name: str, *, rate: float, tags: list[str]) -> str:
    task = Task.init(project_name=project, task_name=name, tags=tags, auto_connect_frameworks=False, auto_resource_monitoring=False)
    task.connect({"rate": rate, "batch": 32, "layers": [64, 64], "optimizer": "adam"})
    logger = task.get_logger()
    noise = random.Random(name)
    for step in range(STEPS):
        loss = math.exp(-rate * step) + noise.random() * 0.05
        logger.report_scalar("loss", "train", value=loss, iteration=step)
        logger.report_scalar("loss", "validation", value=loss * 1.2 + noise.random() * 0.05, iteration=step)
        logger.report_scalar("accuracy", "validation", value=1 - loss / 2, iteration=step)
    logger.report_single_value("best accuracy", 1 - math.exp(-rate * STEPS) / 2)
    logger.report_text(f"epoch done, rate {rate}")
    logger.report_histogram("weights", "layer 1", values=[1, 5, 9, 4], iteration=STEPS)
    task.upload_artifact("summary", {"rate": rate}, wait_on_upload=True)
    if "baseline" in tags:
        model = OutputModel(task=task, name=f"{name} weights", framework="PyTorch")
        model.update_weights(register_uri="file:///tmp/weights.pt")
    task.close()
    return str(task.id)


def show_everything() -> str:
    """A task with something on every tab: each kind of artifact, figures, pictures, plots, and text that would be markup if it were let."""
    task = Task.init(
        project_name="showcase", task_name="everything", tags=["baseline"], auto_connect_frameworks=False, auto_resource_monitoring=False
    )
    task.set_comment("All kinds of data.\n<b>Not bold.</b>")
    task.connect({"rate": 0.1, "name": "<img src=x onerror=alert(1)>"})
    task.connect({"depth": 4, "width": 64}, name="Network")
    task.connect_configuration({"stages": [1, 2, 4]}, name="model")
    logger = task.get_logger()
    for metric in range(12):
        for step in range(STEPS):
            for variant in ("train", "validation"):
                logger.report_scalar(
                    f"metric {metric:02}", variant, value=math.sin(step / 9 + metric + len(variant) / 20), iteration=step * 10
                )
    logger.report_single_value("F1", 0.913)
    logger.report_single_value("latency <ms>", 12.5)
    for line in range(LINES):
        colour = f"\x1b[{31 + line % 6}m"
        logger.report_text(f"line {line:05} {colour}colour\x1b[0m <script>alert({line})</script>", print_console=False)
    for step in range(3):
        shade = np.full((48, 64, 3), 60 + 60 * step, dtype=np.uint8)
        for variant in ("left", "right"):
            logger.report_image("pictures", variant, iteration=step, image=shade)
    logger.report_histogram("weights", "layer 1", values=[1, 5, 9, 4], iteration=0)
    logger.report_confusion_matrix("confusion", "validation", matrix=[[9, 1], [2, 8]], iteration=0, xlabels=["a", "b"], ylabels=["a", "b"])
    logger.report_table("best rows", "table", iteration=0, table_plot=pd.DataFrame({"file": ["a.png", "b.png"], "score": [0.9, 0.4]}))
    task.upload_artifact("settings", {"rate": 0.1, "html": "<b>no</b>"}, wait_on_upload=True)
    task.upload_artifact("scores", pd.DataFrame({"epoch": [1, 2, 3], "loss": [0.9, 0.5, 0.2]}), wait_on_upload=True)
    task.upload_artifact("notes", "line one\n<i>line two</i>\n", wait_on_upload=True)
    model = OutputModel(task=task, name="everything weights", framework="PyTorch", label_enumeration={"cat": 0, "dog": 1})
    model.update_weights(register_uri="file:///tmp/everything.pt")
    task.close()
    return str(task.id)


def main() -> None:
    tasks = {
        name: train(project, name, rate=rate, tags=tags)
        for project, name, rate, tags in [
            ("vision/detection", "yolo baseline", 0.05, ["baseline"]),
            ("vision/detection", "yolo wide", 0.09, ["wide", "candidate"]),
            ("vision/segmentation", "unet", 0.02, []),
            ("language", "small transformer", 0.15, ["baseline"]),
        ]
    }
    tasks["everything"] = show_everything()
    print(json.dumps(tasks))


if __name__ == "__main__":
    main()
