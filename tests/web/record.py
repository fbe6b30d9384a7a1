"""What the web tests look at, recorded by the real SDK. Prints {name: task id} as JSON on its last line."""

from __future__ import annotations

import json
import math
import random

from clearml import OutputModel, Task

STEPS = 60


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
    print(json.dumps(tasks))


if __name__ == "__main__":
    main()
