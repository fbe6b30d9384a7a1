"""What a busy installation would hold, made up from a seed: names, parameters, curves, console lines, figures. Nothing is stored here.

`loading.py` sends what is made here through the actions of the API.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]

AREAS = (
    "Detection", "Segmentation", "Speech", "Translation", "Ranking", "Forecasting", "Fraud", "Robotics", "Genomics", "Search", "Pricing",
    "Churn", "Routing", "Imaging", "Weather", "Materials", "Support", "Vision", "Recommendation", "Planning",
)  # fmt: skip
PARTS = ("baseline", "sweep", "ablation", "large", "small", "distilled", "pretraining", "finetuning", "evaluation", "production", "archive")
MODELS = ("resnet50", "vit_b16", "unet", "conformer", "bert_base", "gru", "xgboost", "lightgbm", "tft", "dqn", "yolo", "graphsage")
TAGS = tuple(
    f"{word}-{number}" for word in ("baseline", "v", "candidate", "bug", "paper", "customer", "sprint", "seed") for number in range(20)
)
TYPES = ("training",) * 14 + ("testing", "testing", "inference", "data_processing", "optimizer", "custom")
ENDS = ("completed",) * 70 + ("failed",) * 9 + ("stopped",) * 8 + ("published",) * 5 + ("created",) * 5 + ("queued",) + ("in_progress",) * 2
METRICS = (
    ("loss", ("train", "validation")), ("accuracy", ("train", "validation", "top5")), ("learning_rate", ("group 0",)),
    (":monitor:machine", ("cpu_usage", "memory_used_gb", "memory_free_gb", "network_tx_mbs", "network_rx_mbs", "disk_free_percent")),
    (":monitor:gpu", ("gpu_0_utilization", "gpu_0_mem_usage", "gpu_0_temperature")), ("gradients", ("norm", "max")),
    ("f1", ("macro", "micro")), ("throughput", ("samples/s",)),
)  # fmt: skip
SERIES = tuple((metric, variant) for metric, variants in METRICS for variant in variants)
_WORDS = (
    "loading", "batch", "epoch", "loss", "val", "accuracy", "saved", "checkpoint", "step", "learning", "rate", "warning", "deprecated",
    "tensor", "shape", "cuda", "memory", "worker", "data",
)  # fmt: skip
_PACKAGES = tuple(f"package-{name}=={n % 7}.{n % 13}.{n % 5}" for n, name in enumerate("abcdefghijklmnopqrstuvwxyz" * 3))
_NOISE = tuple(random.Random(7).gauss(0, 1) for _ in range(4096))


class Inventor:
    """The same seed makes the same things in the same order."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    # Projects

    def project_names(self, count: int) -> list[str]:
        """Full names, parents first: areas, teams below them, a third and sometimes a fourth level; some of pipelines and datasets."""
        names: dict[str, None] = {}
        tops = max(1, count // 12)
        for number in range(tops):
            names[AREAS[number % len(AREAS)] + (f" {number // len(AREAS) + 1}" if number >= len(AREAS) else "")] = None
        while len(names) < count:
            above = self.random.choice([name for name in names if name.count("/") < 3 and not name.rpartition("/")[0].endswith(_HIDDEN)])
            kind = self.random.random()
            basename = f"{self.random.choice(PARTS)} {self.random.randrange(100)}"
            if kind < 0.12 and len(names) + 2 <= count and not above.endswith(_HIDDEN):
                folder = f"{above}/{'.pipelines' if kind < 0.05 else '.datasets'}"
                names[folder] = None
                names[f"{folder}/{basename}"] = None
            elif not above.endswith(_HIDDEN):
                names[f"{above}/{basename}"] = None
        return list(names)[:count]

    def shares(self, parts: int, total: int, *, steep: float) -> list[int]:
        """A total in parts of very different size, the largest first: each as large as its rank to the power of minus `steep`."""
        weights = [1 / rank**steep for rank in range(1, parts + 1)]
        scale = max(0, total - parts) / sum(weights)
        shares = [1 + int(weight * scale) for weight in weights]
        shares[0] += max(0, total - sum(shares))
        return shares

    # Tasks

    def task(self, number: int, project: str, kind: str, system_tags: list[str]) -> dict[str, Any]:
        """The request of `tasks.create`, as an SDK fills it."""
        architecture = self.random.choice(MODELS)
        request: dict[str, Any] = {
            "name": f"{architecture} {self.random.choice(PARTS)} run {number}",
            "type": kind,
            "project": project,
            "tags": self.random.sample(TAGS, self.random.choice((0, 0, 1, 1, 2, 3))),
            "system_tags": system_tags,
            "script": self.script(architecture),
            "hyperparams": self.hyperparams(architecture),
            "container": {"image": "nvidia/cuda:12.1", "arguments": "--ipc=host", "setup_shell_script": ""} if self.chance(0.3) else {},
        }
        if self.chance(0.25):
            text = "\n".join(
                f"{word}_{line}: {self.random.random():.4f}" for line in range(self.random.randrange(5, 60)) for word in _WORDS[:3]
            )
            request["configuration"] = {
                "OmegaConf": {"name": "OmegaConf", "value": text, "type": "OmegaConf YAML", "description": "Full config"}
            }
        if self.chance(0.2):
            request["comment"] = " ".join(self.random.choice(_WORDS) for _ in range(12))
        return request

    def script(self, architecture: str) -> dict[str, Any]:
        repository = f"https://git.example.com/team/{architecture}.git"
        changed = self.random.randrange(10, 120) if self.chance(0.3) else 0
        return {
            "binary": "python3.11", "repository": repository, "branch": "main", "version_num": f"{self.random.getrandbits(160):040x}",
            "entry_point": f"train_{architecture}.py", "working_dir": ".",
            "requirements": {"pip": "\n".join(_PACKAGES[: self.random.randrange(20, len(_PACKAGES))])},
            "diff": "".join(f"-old line {line} of code\n+new line {line} of code, slightly longer\n" for line in range(changed)),
        }  # fmt: skip

    def hyperparams(self, architecture: str) -> dict[str, dict[str, dict[str, str]]]:
        pick = self.random.choice
        values: dict[str, Any] = {
            "lr": f"{10 ** self.random.uniform(-5, -1):.6f}", "batch_size": pick((16, 32, 64, 128, 256)),
            "epochs": pick((10, 50, 100, 300)), "optimizer": pick(("adam", "sgd", "adamw")),
            "dropout": f"{self.random.uniform(0, 0.5):.3f}", "seed": self.random.randrange(10_000),
            "weight_decay": f"{10 ** self.random.uniform(-6, -2):.7f}", "warmup_steps": self.random.randrange(0, 2000),
            "architecture": architecture, "layers": self.random.randrange(2, 48), "hidden": pick((128, 256, 512, 1024)),
            "augment": pick(("True", "False")),
        }  # fmt: skip
        values.update({f"option_{number}": self.random.randrange(100) for number in range(self.random.choice((0, 4, 12)))})
        sections = {"Args": values, "General": {"data.path": f"s3://bucket/{architecture}", "fold": self.random.randrange(5)}}
        return {
            section: {name: {"section": section, "name": name, "value": str(value), "type": ""} for name, value in items.items()}
            for section, items in sections.items()
        }

    # Reports

    def scalars(self, task: str, points: int, began_ms: int, worker: str) -> Iterator[Event]:
        """Curves that fall or rise with noise, all series of a task side by side, iteration by iteration."""
        names = SERIES[: max(1, min(len(SERIES), points // 6 or 1))]
        iterations = max(1, points // len(names))
        step_ms = max(200, min(60_000, 3_600_000 // iterations))
        shift, scale = self.random.randrange(4096), self.random.uniform(0.5, 3)
        falls = [math.exp(-number / 40) for number in range(200)]
        for made in range(points):
            iteration, series = divmod(made, len(names))
            metric, variant = names[series]
            fall = falls[iteration * 199 // iterations] if iterations else 1.0
            value = scale * (fall if series % 2 else 1 - fall) + 0.05 * _NOISE[(shift + made * 7) & 4095]
            yield {
                "type": "training_stats_scalar", "task": task, "metric": metric, "variant": variant, "iter": iteration, "value": value,
                "timestamp": began_ms + iteration * step_ms, "worker": worker,
            }  # fmt: skip

    def lines(self, task: str, count: int, began_ms: int, worker: str) -> Iterator[Event]:
        for number in range(count):
            text = " ".join(self.random.choices(_WORDS, k=self.random.randrange(4, 16)))
            yield {
                "type": "log", "task": task, "level": "INFO", "worker": worker, "timestamp": began_ms + number * 700,
                "msg": f"[{number}] {text} {number / (count or 1):.4f}\n",
            }  # fmt: skip

    def plot(self, task: str, metric: str, variant: str, iteration: int, at_ms: int) -> Event:
        size = self.random.choice((10, 60, 200))
        trace = {"type": "scatter", "x": list(range(size)), "y": [round(value, 5) for value in _NOISE[:size]], "name": variant}
        figure = {"data": [trace], "layout": {"title": metric, "xaxis": {"title": "x"}, "yaxis": {"title": "y"}}}
        return {
            "type": "plot", "task": task, "metric": metric, "variant": variant, "iter": iteration, "timestamp": at_ms,
            "plot_str": json.dumps(figure),
        }  # fmt: skip

    def image(self, task: str, metric: str, variant: str, iteration: int, at_ms: int) -> Event:
        key = f"{task}/metrics/{metric}/{variant}/{metric}_{variant}_{iteration % 100:08d}.jpeg"
        return {
            "type": "training_debug_image", "task": task, "metric": metric, "variant": variant, "iter": iteration, "timestamp": at_ms,
            "key": key, "url": f"http://localhost:8081/{key}",
        }  # fmt: skip

    def machine(self, gpus: int) -> dict[str, Any]:
        """`machine_stats` of a worker's report."""
        percent = self.random.uniform
        return {
            "cpu_usage": [percent(0, 100) for _ in range(4)], "memory_used": percent(1e3, 6e4), "memory_free": percent(1e3, 6e4),
            "gpu_usage": [percent(0, 100) for _ in range(gpus)], "gpu_temperature": [percent(30, 85) for _ in range(gpus)],
            "gpu_memory_used": [percent(0, 4e4) for _ in range(gpus)], "network_tx": percent(0, 50), "network_rx": percent(0, 50),
            "disk_free_home": percent(10, 500), "disk_read": percent(0, 100), "disk_write": percent(0, 100),
        }  # fmt: skip


_HIDDEN = (".pipelines", ".datasets")
