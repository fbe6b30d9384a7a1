"""Carrying everything from one installation to another, with checkpoints: killed at any moment, it goes on where it was.

A checkpoint is written after the portions that it covers are stored, so what is done again is at most a second's work, and that replaces
itself (`writing.py`).
"""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import define, field

from apiserver.logic.statistics import SERVER_ID
from apiserver.portable.comparing import Compared, Tally, as_json, compare
from apiserver.portable.progress import Counter, Listener, nobody
from apiserver.portable.reading import Reader, Section
from apiserver.portable.writing import Writer
from apiserver.stores.backend import Backend
from apiserver.stores.collections import SETTINGS
from apiserver.stores.errors import NotFound, StoreError

FORMAT = 1
_EVERY_S = 1.0


class OtherMove(StoreError):
    """The checkpoints are of a move between other places, or of another release."""


@define
class Checkpoints:
    """The file `move.json` of a work folder: what was told, and how far each section is."""

    file: Path
    state: dict[str, Any] = field(factory=dict)
    _written: float = -1e9

    @classmethod
    def of(cls, folder: Path, about: dict[str, Any]) -> Checkpoints:
        """Those of the folder, which is made when missing. about: what has to be the same. Raises: OtherMove; OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        found = cls(folder / "move.json")
        if found.file.exists():
            try:
                found.state = json.loads(found.file.read_bytes())
            except ValueError as error:
                raise OtherMove(f"{found.file} is damaged: remove it, and begin anew") from error
            other = [name for name, value in {**about, "format": FORMAT}.items() if found.state.get(name) != value]
            if other:
                was = found.state.get(other[0])
                raise OtherMove(f"{found.file} is of another move ({other[0]}: {was}); finish that one, remove the file, or name --work")
        else:
            found.state = {**about, "format": FORMAT, "sections": {}, "verified": {}}
        return found

    @property
    def begun(self) -> bool:
        """Whether something may be in the target already."""
        return bool(self.state.get("run"))

    def begin(self, run: str, *, merge: bool) -> None:
        self.state |= {"run": run, "merge": merge}
        self.write()

    def of_section(self, section: Section) -> dict[str, Any]:
        """{after, records, done}."""
        found: dict[str, Any] = self.state["sections"].setdefault(section.key, {"after": None, "records": 0, "done": False})
        return found

    def passed(self) -> None:
        """Write, unless that was just done."""
        if time.monotonic() - self._written >= _EVERY_S:
            self.write()

    def write(self) -> None:
        """Whole or not at all, and before whatever comes next."""
        half = self.file.with_suffix(".half")
        with half.open("wb") as out:
            out.write(json.dumps(self.state).encode())
            out.flush()
            os.fsync(out.fileno())
        half.replace(self.file)
        self._written = time.monotonic()

    def remove(self) -> None:
        """And the folder, when there is nothing else in it."""
        self.file.unlink(missing_ok=True)
        with suppress(OSError):
            self.file.parent.rmdir()


@define
class Mover:
    """source: opened only for reading."""

    source: Reader
    target: Backend
    checkpoints: Checkpoints
    listener: Listener = nobody

    def carry(self, *, merge: bool = False) -> int:
        """All records; how many the source has. merge: the target holds something already. Raises: StoreError."""
        if not self.checkpoints.begun:
            self.checkpoints.begin(run_of(self.source.backend), merge=merge)
        state = self.checkpoints.state
        writer = Writer(self.target, state["run"], state["merge"])
        sections = self.source.sections()
        counter = Counter("carry", sum(self.source.count(section) for section in sections), self.listener)
        for section in sections:
            at = self.checkpoints.of_section(section)
            counter.add(at["records"], section.key)
            if not at["done"]:
                self._carry(section, writer, at, counter)
        self.checkpoints.write()
        counter.tell("")
        return counter.done

    def _carry(self, section: Section, writer: Writer, at: dict[str, Any], counter: Counter) -> None:
        for portion in self.source.portions(section, at["after"], first=at["records"]):
            writer.put(section, portion)
            at["after"], at["records"] = portion.after, at["records"] + len(portion.records)
            counter.add(len(portion.records), section.key)
            self.checkpoints.passed()
        at["done"] = True
        self.checkpoints.passed()

    def compare(self) -> list[Compared]:
        """Both sides, section by section; those that were compared before an interruption are not read again."""
        verified = self.checkpoints.state["verified"]

        def done(key: str) -> Compared | None:
            known = verified.get(key)
            if known is None:
                return None
            store, _, rest = key.partition("/")
            name, _, company = rest.partition("/")
            source, target = (Tally("", known[side]["count"], int(known[side]["checksum"], 16)) for side in ("source", "target"))
            return Compared(Section(store, name, company), source, target, known["different"], known["differences"])

        def finished(found: Compared) -> None:
            verified[found.section.key] = as_json(found)
            self.checkpoints.passed()

        merged = bool(self.checkpoints.state.get("merge"))
        sides = self.source, Reader(self.target, self.source.size)
        return list(compare(*sides, merged=merged, done=done, finished=finished, listener=self.listener))


def run_of(backend: Backend) -> str:
    """A name of the installation that the records come from, the same each time where it has one."""
    try:
        return str(backend.documents.get(SETTINGS, SERVER_ID)["value"])
    except (NotFound, KeyError):
        return uuid.uuid4().hex
