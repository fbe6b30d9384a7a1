"""What `training.py` records and the others expect to find."""

from __future__ import annotations

import math
from collections.abc import Iterator

PROJECT = "first light/e2e"
NAME = "everything at once"
TAGS = ["e2e", "äö"]
COMMENT = "recorded by a test"
ARGUMENTS = {"epochs": 3, "optimizer": "adam"}
PARAMETERS = {"lr": 0.001, "layers": 4, "dropout.rate": 0.5, "name with $ and .dots": "x"}
CONFIGURATION = {"input": [224, 224], "augment": {"flip": True}}
CONSOLE = [f"epoch {i}: ünïcode and a tab\tand {'x' * 50}" for i in range(20)]
POINTS = 500
SINGLE_VALUES = {"final accuracy": 0.93, "parameters": 1_200_000.0}
HISTOGRAM = [3, 1, 4, 1, 5, 9, 2, 6]
CONFUSION = [[5, 1], [2, 8]]
TABLE = {"name": ["a", "b"], "loss": [0.5, 0.25]}
IMAGES = 3
DICTIONARY = {"nested": {"list": [1, 2, 3]}, "text": "ü"}
FILE = bytes(range(256)) * 64
MODEL_NAME = "e2e weights"
WEIGHTS = b"weights" * 1000


def series() -> Iterator[tuple[str, str]]:
    """20 of them, 500 points each: 10,000 points."""
    for title in range(4):
        for name in range(5):
            yield f"metric {title}", f"series.{name}"


def value(title: str, name: str, iteration: int) -> float:
    """Different in every series."""
    return math.sin(iteration / 50 + int(title[-1])) * (1 + int(name[-1]))
