"""Filling the stores through the handlers of the API themselves, without HTTP.

Every call goes through the endpoint's binding: its checks and its function, at a moment of the loader's choice. So what lies in the
stores afterwards is what clients would have left there, and nothing here knows how anything is stored. PERF: over `StagedDocuments`
each document is written once, which is five times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from attrs import Factory, define, frozen

from apiserver.calls.auth import default_company
from apiserver.calls.call import Call, Identity
from apiserver.calls.endpoint import NEWEST
from apiserver.calls.validate import validate
from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.backend import Backend
from benchmarks.inventing import ENDS, TYPES, Inventor
from benchmarks.staging import StagedDocuments

EVENTS_A_CALL = 10_000
A_COMMIT = 200
YEAR = timedelta(days=365)


@frozen
class Sizes:
    """How much to make. reports: of each worker, half a minute apart."""

    tasks: int = 100_000
    projects: int = 500
    points: int = 10_000_000
    lines: int = 500_000
    plots: int = 20_000
    images: int = 60_000
    models: int = 20_000
    users: int = 40
    queues: int = 12
    workers: int = 20
    reports: int = 600

    def scaled(self, factor: float) -> Sizes:
        """All of it so many times as much, at least a few of each."""
        least = {"tasks": 40, "projects": 12, "points": 2000, "lines": 300, "plots": 60, "images": 60, "models": 10}
        least |= {"users": 3, "queues": 3, "workers": 3, "reports": 5}
        return Sizes(**{name: max(fewest, round(getattr(self, name) * factor)) for name, fewest in least.items()})


Advance = Callable[[str, int], None]
"""(what, how many more of it are done)"""


@define
class Landmarks:
    """Ids that a benchmark asks for: the largest of each kind, which is where reading is slow."""

    company: str = ""
    user: str = ""
    project: str = ""
    top_project: str = ""
    pipelines: str = ""
    tasks: list[str] = Factory(list)
    """With most points first."""
    log: str = ""
    plots: list[str] = Factory(list)
    images: list[str] = Factory(list)
    model: str = ""
    queue: str = ""
    worker: str = ""
    begin_s: float = 0
    end_s: float = 0


@define
class Caller:
    """Calls actions as one of the users would."""

    backend: Backend
    company: str
    user: str

    def __call__(self, name: str, data: Any, *, at: datetime) -> Any:
        binding = ENDPOINTS[name].binding(NEWEST)
        assert binding is not None
        assert binding.handler is not None, f"{name} is not built"
        call = Call(name, NEWEST, self.backend, now=at, endpoints=ENDPOINTS, headers={"x-clearml-worker": "loader"})
        call.caller = call.identity = Identity(self.user, self.company, "user", "Loader", "clearml")
        if isinstance(data, dict):
            call.data = data
        else:
            call.batch = data
        return binding.handler(call, validate(binding, data))


@define
class Job:
    """One task in the making: what it will have."""

    number: int
    project: str
    hidden: str
    points: int
    lines: int
    plots: int
    images: int
    model: bool
    end: str
    at: datetime
    parent: str | None = None


class Loader:
    """`run` does all of it; `landmarks` are known afterwards."""

    def __init__(self, backend: Backend, sizes: Sizes, advance: Advance, *, seed: int = 1, now: datetime | None = None) -> None:
        self.sizes = sizes
        self.landmarks = Landmarks()
        self._backend = backend
        self._advance = advance
        self._make = Inventor(seed)
        self._now = (now or datetime.now(UTC)).replace(microsecond=0)
        company = default_company(backend.settings)
        self._call = Caller(backend, company, "")
        self._users: list[str] = []
        self._queues: list[str] = []
        self._workers = [f"gpu-node-{number:02d}:{number % 4}" for number in range(sizes.workers)]
        self.landmarks.company = company

    def run(self) -> Landmarks:
        self._add_users()
        self._add_queues()
        projects = self._add_projects()
        self._add_tasks(projects)
        self._report_workers()
        return self.landmarks

    # Users, queues, projects

    def _add_users(self) -> None:
        at = self._now - YEAR
        with self._committing("users", self.sizes.users) as numbers:
            for number in numbers:
                name = f"User {number}"
                user = {"name": name, "email": f"user{number}@example.com", "company": self._call.company, "given_name": name}
                # NOTE: the first may call everything, and is who benchmarks sign in as.
                user |= {"family_name": "X", "role": "user" if number else "root"}
                self._users.append(self._call("auth.create_user", user, at=at)["id"])
        self.landmarks.user = self._users[0]

    def _add_queues(self) -> None:
        with self._committing("queues", self.sizes.queues) as numbers:
            for number in numbers:
                self._call.user = self._users[0]
                self._queues.append(self._call("queues.create", {"name": f"queue-{number}"}, at=self._now - YEAR)["id"])
        self.landmarks.queue = self._queues[0]

    def _add_projects(self) -> list[tuple[str, str]]:
        """[(id, system tag of its tasks)] in a random order, so that large ones lie at any depth."""
        names = self._make.project_names(self.sizes.projects)
        found: list[tuple[str, str]] = []
        with self._committing("projects", len(names)) as numbers:
            for number in numbers:
                name = names[number]
                tag = next((kind for kind in ("pipeline", "dataset") if f"/.{kind}s" in name), "")
                folder = name.endswith(("/.pipelines", "/.datasets"))
                tags = [*([tag] if tag and not folder else []), *(["hidden"] if tag else [])]
                self._call.user = self._make.random.choice(self._users)
                request = {"name": name, "description": f"All about {name}", "system_tags": tags}
                project = self._call("projects.create", request, at=self._now - YEAR)["id"]
                if not folder:
                    found.append((project, tag))
                if not number:
                    self.landmarks.top_project = project
        open_ones = [entry for entry in found if not entry[1]]
        self._make.random.shuffle(open_ones)
        hidden = [entry for entry in found if entry[1]]
        self.landmarks.project = open_ones[0][0]
        self.landmarks.pipelines = next((key for key, tag in hidden if tag == "pipeline"), "")
        return open_ones + hidden

    # Tasks

    def _add_tasks(self, projects: Sequence[tuple[str, str]]) -> None:
        jobs = self._jobs(projects)
        with self._committing("tasks", len(jobs)) as numbers:
            parent = None
            for number in numbers:
                job = jobs[number]
                job.parent = parent if number % 4 else None
                task = self._add_task(job)
                parent = task if number % 40 < 2 else parent
        known = sorted(self._weights.items(), key=lambda entry: -entry[1][0])
        self.landmarks.tasks = [task for task, _ in known[:20]]
        self.landmarks.log = max(self._weights, key=lambda task: self._weights[task][1])
        self.landmarks.plots = sorted(self._weights, key=lambda task: -self._weights[task][2])[:10]
        self.landmarks.images = sorted(self._weights, key=lambda task: -self._weights[task][3])[:10]

    def _jobs(self, projects: Sequence[tuple[str, str]]) -> list[Job]:
        """Who gets how much. The largest project has a tenth of all tasks, and the richest task some percent of all points."""
        make, sizes = self._make, self.sizes
        places = [place for place, share in enumerate(make.shares(len(projects), sizes.tasks, steep=0.75)) for _ in range(share)]
        make.random.shuffle(places)
        places = (places + [0] * sizes.tasks)[: sizes.tasks]

        ends = [make.random.choice(ENDS) for _ in range(sizes.tasks)]
        ran = [number for number, end in enumerate(ends) if end not in ("created", "queued")]

        def spread(total: int, part: float, *, steep: float) -> dict[int, int]:
            """Shares of so large a part of the tasks that ran, in a random order."""
            chosen = make.random.sample(ran, max(1, int(len(ran) * part)))
            return dict(zip(chosen, make.shares(len(chosen), total, steep=steep), strict=True))

        points, lines = spread(sizes.points, 1, steep=0.8), spread(sizes.lines, 0.3, steep=0.6)
        plots, images = spread(sizes.plots, 0.05, steep=0.5), spread(sizes.images, 0.02, steep=0.6)
        models = set(make.random.sample(ran, min(len(ran), sizes.models)))
        self._weights: dict[str, tuple[int, int, int, int]] = {}
        step = YEAR / (sizes.tasks + 1)
        return [
            Job(number, *projects[places[number]], *(kind.get(number, 0) for kind in (points, lines, plots, images)), number in models,
                ends[number], self._now - YEAR + step * number)
            for number in range(sizes.tasks)
        ]  # fmt: skip

    def _add_task(self, job: Job) -> str:
        make = self._make
        if job.end == "in_progress":
            job.at = self._now - timedelta(minutes=make.random.random() * 60)
        kind = {"pipeline": "controller", "dataset": "data_processing"}.get(job.hidden) or make.random.choice(TYPES)
        self._call.user = make.random.choice(self._users)
        request = make.task(job.number, job.project, kind, [job.hidden] if job.hidden else [])
        if job.parent:
            request["parent"] = job.parent
        task: str = self._call("tasks.create", request, at=job.at)["id"]
        if job.end == "queued":
            queue = self._queues[int(make.random.random() ** 3 * len(self._queues))]
            self._call("tasks.enqueue", {"task": task, "queue": queue}, at=job.at)
        elif job.end != "created":
            self._run(job, task)
        self._advance("tasks", 1)
        return task

    def _run(self, job: Job, task: str) -> None:
        began = job.at + timedelta(seconds=5)
        ended = began + timedelta(seconds=30 + job.points // 20 + self._make.random.randrange(3600))
        self._call("tasks.started", {"task": task}, at=began)
        runtime: dict[str, Any] = {"progress": "100", "python_version": "3.11.2", "CLI": "python train.py"}
        if job.hidden == "dataset":
            runtime |= {"ds_file_count": self._make.random.randrange(1000), "ds_total_size": self._make.random.randrange(10**9)}
        self._call("tasks.edit", {"task": task, "runtime": runtime, "force": True}, at=began)
        self._report(job, task, began)
        self._weights[task] = (job.points, job.lines, job.plots, job.images)
        if job.model:
            self._add_model(job, task, ended)
        self._end(task, job.end, ended)

    def _report(self, job: Job, task: str, began: datetime) -> None:
        make, ms = self._make, int(began.timestamp() * 1000)
        worker = self._workers[job.number % len(self._workers)]
        plots = (make.plot(task, f"plot {n % 4}", f"series {n % 3}", n // 12, ms + n) for n in range(job.plots))
        images = (make.image(task, f"sample {n % 3}", f"view {n % 4}", n // 12, ms + n) for n in range(job.images))
        for what, events in (
            ("points", make.scalars(task, job.points, ms, worker)), ("lines", make.lines(task, job.lines, ms, worker)),
            ("plots", plots), ("images", images),
        ):  # fmt: skip
            while batch := list(islice(events, EVENTS_A_CALL)):
                sent = len(batch)
                self._call("events.add_batch", batch, at=began)
                self._advance(what, sent)

    def _add_model(self, job: Job, task: str, at: datetime) -> None:
        make = self._make
        name = f"model of run {job.number}"
        metadata = {"depth": {"key": "depth", "type": "int", "value": str(make.random.randrange(9))}}
        model = {
            "uri": f"http://localhost:8081/models/{task}.pt", "name": name, "framework": make.random.choice(("PyTorch", "Keras", "ONNX")),
            "labels": {"cat": 1, "dog": 2}, "ready": make.chance(0.2), "project": job.project, "task": task,
            "tags": make.random.sample(("best", "candidate", "old"), make.random.randrange(2)), "metadata": metadata,
        }  # fmt: skip
        key = self._call("models.create", model, at=at)["id"]
        slot = {"task": task, "name": "weights", "model": key, "type": "output"}
        self._call("tasks.add_or_update_model", slot, at=at)
        if self.landmarks.model and make.chance(0.3):
            self._call("tasks.add_or_update_model", {**slot, "type": "input", "name": "base", "model": self.landmarks.model}, at=at)
        self.landmarks.model = self.landmarks.model or key
        item = {
            "key": "data",
            "type": "pandas",
            "uri": f"http://localhost:8081/{task}/artifacts/data.csv.gz",
            "content_size": 12345,
            "mode": "output",
        }
        self._call("tasks.add_or_update_artifacts", {"task": task, "artifacts": [item]}, at=at)
        self._advance("models", 1)

    def _end(self, task: str, end: str, at: datetime) -> None:
        at = min(at, self._now)
        if end in ("completed", "published"):
            self._call("tasks.completed", {"task": task}, at=at)
            if end == "published":
                self._call("tasks.publish", {"task": task, "publish_model": False}, at=at)
        elif end in ("failed", "stopped"):
            self._call(f"tasks.{end}", {"task": task, "status_reason": "Exception: out of memory"}, at=at)
        if end != "in_progress" and self._make.chance(0.08):
            self._call("tasks.archive_many", {"ids": [task]}, at=at)

    # Workers

    def _report_workers(self) -> None:
        total, apart = self.sizes.reports * len(self._workers), timedelta(seconds=30)
        begin = self._now - apart * self.sizes.reports
        self.landmarks.worker = self._workers[0]
        self.landmarks.begin_s, self.landmarks.end_s = begin.timestamp(), self._now.timestamp()
        self._call.user = self._users[0]
        with self._committing("reports", total) as numbers:
            for number in numbers:
                turn, place = divmod(number, len(self._workers))
                at = begin + apart * turn
                worker = self._workers[place]
                if not turn:
                    self._call("workers.register", {"worker": worker, "queues": self._queues[: 1 + place % 3]}, at=at)
                task = self.landmarks.tasks[place % len(self.landmarks.tasks)] if place % 3 and turn == self.sizes.reports - 1 else None
                report = {
                    "worker": worker, "timestamp": int(at.timestamp() * 1000), "machine_stats": self._make.machine(1 + place % 4),
                    "queues": self._queues[: 1 + place % 3], "task": task,
                }  # fmt: skip
                self._call("workers.status_report", report, at=at)
                self._advance("reports", 1)

    @contextmanager
    def _committing(self, what: str, total: int) -> Iterator[Iterator[int]]:
        """The numbers below the total; the documents written meanwhile are committed so many numbers at a time."""
        documents = self._backend.documents

        def numbers() -> Iterator[int]:
            for start in range(0, total, A_COMMIT):
                with documents.transaction():
                    yield from range(start, min(total, start + A_COMMIT))
                if isinstance(documents, StagedDocuments):
                    documents.flush()
                if what in ("users", "queues", "projects"):
                    self._advance(what, min(total, start + A_COMMIT) - start)

        yield numbers()
