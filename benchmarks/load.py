"""Fill a new data folder with a busy installation's content: by default 100,000 tasks in 500 projects and 10 million scalar points.

Run: python benchmarks/load.py FOLDER [--scale 0.01] [--tasks N] [--points N] ... The folder can then be served:
`trackyard serve --data FOLDER`; `landmarks.json` in it names the largest tasks and holds a key pair for `benchmarks/reads.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import asdict, evolve, fields
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from apiserver.bootstrap import bootstrap, create_credentials
from apiserver.commands.opening import configured
from apiserver.configuration import secrets
from apiserver.stores.registry import open_backend
from benchmarks.loading import Advance, Loader, Sizes
from benchmarks.staging import StagedDocuments

LANDMARKS = "landmarks.json"


class Rate(TextColumn):
    """How many a second, since the first of them."""

    def render(self, task):  # type: ignore[no-untyped-def]
        return f"{task.finished_speed or task.speed or 0:,.0f}/s"


@contextmanager
def bars(sizes: Sizes, *, quiet: bool) -> Iterator[Advance]:
    totals = {field.name: getattr(sizes, field.name) for field in fields(Sizes) if field.name != "workers"}
    totals["reports"] *= sizes.workers
    columns = (TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(), Rate(""), TimeRemainingColumn())
    with Progress(*columns, disable=quiet) as progress:
        shown = {what: progress.add_task(what, total=total) for what, total in totals.items()}
        yield lambda what, done: progress.advance(shown[what], done)


def load(folder: Path, sizes: Sizes, *, seed: int = 1, quiet: bool = False) -> None:
    """Make the folder as the first start of a server would, fill it, and leave `landmarks.json` there."""
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    found = configured({"data.dir": str(folder)}, with_secrets=False)
    secrets.fill_in(found, folder)
    backend = open_backend(found.settings())
    try:
        bootstrap(backend)
        backend = evolve(backend, documents=StagedDocuments(backend.documents))
        with bars(sizes, quiet=quiet) as advance:
            landmarks = Loader(backend, sizes, advance, seed=seed).run()
        pair = create_credentials(backend, user_id=landmarks.user, label="benchmarks")
    finally:
        backend.close()
    text = json.dumps({**asdict(landmarks), "key": pair.access_key, "secret": pair.secret_key, "sizes": asdict(sizes)}, indent=1)
    (folder / LANDMARKS).write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1, help="so many times the default sizes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    for field in fields(Sizes):
        parser.add_argument(f"--{field.name}", type=int)
    arguments = vars(parser.parse_args())
    sizes = Sizes() if arguments["scale"] == 1 else Sizes().scaled(arguments["scale"])
    given = {field.name: arguments[field.name] for field in fields(Sizes) if arguments[field.name] is not None}
    load(arguments["folder"], evolve(sizes, **given), seed=arguments["seed"], quiet=arguments["quiet"])


if __name__ == "__main__":
    main()
