"""A training run as users write it, with everything the SDK can record. Prints the task's id on its last line.

What it records is in `expected.py`; `readback.py` reads it back.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import expected
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from clearml import Logger, OutputModel, Task
from PIL import Image


def scalars(logger: Logger) -> None:
    for title, series in expected.series():
        for iteration in range(expected.POINTS):
            logger.report_scalar(title, series, value=expected.value(title, series, iteration), iteration=iteration)
    for name, value in expected.SINGLE_VALUES.items():
        logger.report_single_value(name, value)


def plots(logger: Logger) -> None:
    logger.report_histogram("sizes", "layer1", values=expected.HISTOGRAM, iteration=1, xaxis="bin", yaxis="count")
    logger.report_confusion_matrix("confusion", "test", matrix=np.array(expected.CONFUSION), iteration=2, xaxis="is", yaxis="said")
    figure = go.Figure(go.Scatter(x=[1, 2, 3], y=[4, 1, 9], name="line"))
    logger.report_plotly("figure", "plotly", figure=figure, iteration=3)
    logger.report_table("table", "frame", iteration=4, table_plot=pd.DataFrame(expected.TABLE))


def images(logger: Logger) -> None:
    for iteration in range(expected.IMAGES):
        pixels = np.full((8, 8, 3), iteration * 40, dtype=np.uint8)
        logger.report_image("samples", "grey", iteration=iteration, image=Image.fromarray(pixels))


def artifacts(task: Task, folder: Path) -> None:
    file = folder / "notes.bin"
    file.write_bytes(expected.FILE)
    task.upload_artifact("a dict", artifact_object=expected.DICTIONARY, wait_on_upload=True)
    task.upload_artifact("a file", artifact_object=file, wait_on_upload=True)
    task.upload_artifact("a frame", artifact_object=pd.DataFrame(expected.TABLE), wait_on_upload=True)


def model(task: Task, folder: Path) -> None:
    weights = folder / "weights.pt"
    weights.write_bytes(expected.WEIGHTS)
    output = OutputModel(task=task, name=expected.MODEL_NAME, framework="PyTorch", tags=["best"], label_enumeration={"cat": 1, "dog": 2})
    output.update_weights(str(weights), auto_delete_file=False, async_enable=False)
    output.set_metadata("accuracy", "0.93", "float")


def main() -> None:
    folder = Path(sys.argv.pop())
    task = Task.init(project_name=expected.PROJECT, task_name=expected.NAME, output_uri=True, tags=expected.TAGS, reuse_last_task_id=False)
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=expected.ARGUMENTS["epochs"])
    parser.add_argument("--optimizer", default=expected.ARGUMENTS["optimizer"])
    parser.parse_args()
    task.connect(dict(expected.PARAMETERS), name="net")
    task.connect_configuration(expected.CONFIGURATION, name="layout")
    task.set_comment(expected.COMMENT)
    logger = task.get_logger()
    for line in expected.CONSOLE:
        print(line)
    scalars(logger)
    plots(logger)
    images(logger)
    artifacts(task, folder)
    model(task, folder)
    task.flush(wait_for_uploads=True)
    task.close()
    print(f"task={task.id}")


if __name__ == "__main__":
    main()
