"""Backups: an installation's records in a file, back into stores, and what a file holds. Docs: docs/backup.md."""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter as Counts
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import define, field, frozen

from apiserver import build_info, clock
from apiserver.portable.archive import FORMAT, VERSION, ArchiveWriter, Damaged, Frame, frames
from apiserver.portable.comparing import Tally, tallies
from apiserver.portable.encoding import SUM_MODULUS, Record, checksum, dumped, loaded, restored
from apiserver.portable.moving import run_of
from apiserver.portable.progress import Counter, Listener, nobody
from apiserver.portable.reading import DOCUMENTS, EVENTS, STATE, STATISTICS, Portion, Reader, Section
from apiserver.portable.references import References
from apiserver.portable.writing import Writer
from apiserver.stores.backend import Backend

SECRETS, FILES = "secrets", "files"
_FILE_PART = 4 * 1024 * 1024


@frozen
class Contents:
    """What a whole and undamaged file holds. header: of docs/backup.md. sections: {key: records and their checksum}."""

    header: Mapping[str, Any]
    sections: Mapping[str, Tally]
    secrets: Mapping[str, str]
    files: int
    bytes: int


# Writing


def write(
    reader: Reader, file: Path, *, moment: bool, secrets: Mapping[str, str], files: Path | None = None, listener: Listener = nobody
) -> Contents:
    """Everything the reader gives. moment: whether it reads one moment. files: the folder of uploads, where they are wanted too.

    Raises: StoreError; OSError.
    """
    sections = reader.sections()
    counter = Counter("backup", sum(reader.count(section) for section in sections), listener)
    header = {
        "format": FORMAT, "version": VERSION, "id": uuid.uuid4().hex, "run": run_of(reader.backend),
        "created": clock.now().isoformat(timespec="milliseconds"), "server": build_info.server_version(),
        "consistency": "moment" if moment else "running", "files": files is not None,
    }  # fmt: skip
    sums: dict[str, Tally] = {}
    with ArchiveWriter(file) as archive:
        archive.add({"store": "header", **header}, dumped(header) + b"\n")
        if secrets:
            archive.add({"store": SECRETS}, dumped(dict(secrets)) + b"\n")
        for section in sections:
            count = total = 0
            for portion in reader.portions(section):
                about: dict[str, Any] = {"store": section.store, "name": section.name, "company": section.company}
                about |= {"first": portion.first, "records": len(portion.records), "lines": dict(portion.lines)}
                archive.add(about, b"".join(dumped(record) + b"\n" for record in portion.records))
                count += len(portion.records)
                total += sum(map(checksum, portion.records))
                counter.add(len(portion.records), section.key)
            if count:
                sums[section.key] = Tally(section.key, count, total % SUM_MODULUS)
        uploaded = _add_files(archive, files, counter) if files is not None else 0
        archive.end(
            {"sections": {key: {"records": one.count, "checksum": f"{one.sum:032x}"} for key, one in sums.items()}, "files": uploaded}
        )
    counter.tell("")
    return Contents(header, sums, dict(secrets), uploaded, file.stat().st_size)


def _add_files(archive: ArchiveWriter, folder: Path, counter: Counter) -> int:
    count = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            _add_file(archive, path, path.relative_to(folder).as_posix())
        except FileNotFoundError:  # NOTE: deleted while we were on our way
            continue
        count += 1
        counter.add(0, f"files/{path.name}")
    return count


def _add_file(archive: ArchiveWriter, path: Path, name: str) -> None:
    with path.open("rb") as source:
        modified = os.fstat(source.fileno()).st_mtime_ns
        first, part = 0, source.read(_FILE_PART)
        while True:
            following = source.read(_FILE_PART)
            about = {"store": FILES, "name": name, "first": first, "modified_ns": modified, "last": not following}
            archive.add(about, part)
            if not following:
                return
            first, part = first + len(part), following


# Reading


def check(file: Path, listener: Listener = nobody) -> Contents:
    """What it holds, after all of it was read and compared with its checksums. Raises: Damaged; OSError."""
    counter = Counter("check", file.stat().st_size, listener)
    header: Mapping[str, Any] = {}
    secrets: Mapping[str, str] = {}
    counts: dict[str, int] = {}
    end: Any = None
    files = at = 0
    for frame in frames(file):
        counter.add(frame.at - at, "")
        at = frame.at
        store = frame.head["store"]
        if store == "header":
            header = json.loads(frame.data)
        elif store == SECRETS:
            secrets = json.loads(frame.data)
        elif store == FILES:
            files += frame.head["last"]
        elif store == "end":
            end = json.loads(frame.data)
        else:
            key = _section(frame).key
            if frame.data.count(b"\n") != frame.head["records"]:
                raise Damaged(f"{file}: frame {frame.head['frame']} at byte {frame.at} has not the records that it names")
            counts[key] = counts.get(key, 0) + frame.head["records"]
    sections = {key: Tally(key, one["records"], int(one["checksum"], 16)) for key, one in end["sections"].items()}
    if counts != {key: one.count for key, one in sections.items()} or files != end["files"]:
        raise Damaged(f"{file} has not the records that its last frame names")
    counter.add(counter.total - at, "")
    counter.tell("")
    return Contents(header, sections, secrets, files, counter.total)


def _section(frame: Frame) -> Section:
    return Section(frame.head["store"], frame.head["name"], frame.head.get("company", ""))


def portions(file: Path, *stores: str) -> Iterator[tuple[Section, Portion]]:
    """The records of some stores. Raises: Damaged; OSError."""
    for frame in frames(file):
        if frame.head["store"] in stores:
            records: list[Record] = [loaded(line) for line in frame.data.splitlines()]
            yield _section(frame), Portion(records, None, frame.head["first"], frame.head["lines"])


def sums(file: Path) -> dict[str, Tally]:
    """What the sections really hold, read record by record."""
    found: dict[str, Tally] = {}
    for section, portion in portions(file, DOCUMENTS, EVENTS, STATISTICS, STATE):
        before = found.get(section.key, Tally(section.key, 0, 0))
        total = (before.sum + sum(map(checksum, portion.records))) % SUM_MODULUS
        found[section.key] = Tally(section.key, before.count + len(portion.records), total)
    return found


def look(file: Path) -> References:
    """What the documents and events in the file name, and what is not in it."""
    found = References()
    for section, portion in portions(file, DOCUMENTS):
        found.learn(section, (record["id"] for record in portion.records))
    for section, portion in portions(file, DOCUMENTS, EVENTS):
        if section.store == DOCUMENTS:
            found.look(section, map(restored, portion.records))
        else:
            found.look_at_events(section, Counts(record["task"] for record in portion.records).items())
    return found


# Restoring


@define
class Restored:
    """different: sections whose records in the stores are others than in the file, in words."""

    records: int = 0
    files: int = 0
    different: list[str] = field(factory=list)


def restore(
    file: Path, contents: Contents, backend: Backend, *, merge: bool = False, files: Path | None = None, listener: Listener = nobody
) -> Restored:
    """Everything of a checked file into stores; files: the folder for uploads, None: leave them out. Afterwards the stores are compared
    with the file, unless they may hold more (merge). Raises: Damaged; StoreError; OSError."""
    writer = Writer(backend, contents.header["run"], merge)
    counter = Counter("restore", sum(one.count for one in contents.sections.values()), listener)
    found = Restored()
    for section, portion in portions(file, DOCUMENTS, EVENTS, STATISTICS, STATE):
        writer.put(section, portion)
        found.records += len(portion.records)
        counter.add(len(portion.records), section.key)
    counter.tell("")
    if files is not None:
        found.files = _restore_files(file, files)
    if not merge:
        found.different = _differences(contents, backend, listener)
    return found


def _differences(contents: Contents, backend: Backend, listener: Listener) -> list[str]:
    reader = Reader(backend)
    counter = Counter("verify", sum(one.count for one in contents.sections.values()), listener)
    different: list[str] = []
    for section in reader.sections():
        if section.store == STATE:  # NOTE: its members end by themselves
            continue
        wanted = contents.sections.get(section.key, Tally(section.key, 0, 0))
        count = total = 0
        for one in tallies(reader, section, lambda records, key=section.key: counter.add(records, key)):  # type: ignore[misc]
            count, total = count + one.count, (total + one.sum) % SUM_MODULUS
        if (count, total) != (wanted.count, wanted.sum):
            different.append(f"{section.key}: {wanted.text} in the file, {Tally('', count, total).text} in the stores")
    counter.tell("")
    return different


def _restore_files(file: Path, folder: Path) -> int:
    count = 0
    for frame in frames(file):
        if frame.head["store"] != FILES:
            continue
        target = folder / _inside(frame.head["name"])
        half = target.with_name(target.name + ".restoring")
        target.parent.mkdir(parents=True, exist_ok=True)
        with half.open("r+b" if frame.head["first"] else "wb") as out:
            out.seek(frame.head["first"])
            out.write(frame.data)
        if frame.head["last"]:
            os.utime(half, ns=(frame.head["modified_ns"], frame.head["modified_ns"]))
            half.replace(target)
            count += 1
    return count


def _inside(name: str) -> PurePosixPath:
    """Raises: Damaged for a path that leads out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise Damaged(f"a file with the path {name!r}, which leads out of the folder of uploads")
    return path
