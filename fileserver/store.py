"""Files below the root: receive, open, delete. Knows nothing of HTTP."""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self
from urllib.parse import unquote_plus

from attrs import Factory, define

from fileserver.paths import PARTIAL, locate

CHUNK_BYTES = 1 << 18
_ABANDONED_AFTER_S = 24 * 3600
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Readable(Protocol):
    def read(self, size: int = ...) -> bytes: ...


class OutsideRoot(Exception):
    """The name leads out of the root folder."""


class CannotStore(Exception):
    """The target is a folder, lies below a file, or its name is too long. The text says which."""


class DiskFull(Exception):
    """No room for the upload; nothing of it was kept."""


class TooLarge(Exception):
    """More bytes than allowed; nothing of the upload was kept."""


@define
class Deleted:
    """What `delete_many` did. deleted: {name as sent: its decoded path}; errors: {reason: [names as sent]} (spec 6 §1.6)."""

    deleted: dict[str, str] = Factory(dict)
    errors: dict[str, list[str]] = Factory(dict)

    def fail(self, name: str, reason: str) -> None:
        self.errors.setdefault(reason, []).append(name)


class Upload:
    """One file on its way in: written beside the tree, moved to its place by `keep`, removed when the block ends without that.

    So a broken connection leaves neither half a file nor a damaged older one.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._path = files.partial / uuid.uuid4().hex
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._path.unlink(missing_ok=True)

    def receive(self, stream: Readable, *, limit: int = 0) -> None:
        """Copy the stream to its end in constant memory. Raises: TooLarge (limit in bytes, 0: none), DiskFull."""
        try:
            with open(self._path, "wb") as out:
                while chunk := stream.read(CHUNK_BYTES):
                    self.size += len(chunk)
                    if limit and self.size > limit:
                        raise TooLarge
                    out.write(chunk)
        except OSError as error:
            raise (DiskFull() if error.errno in _FULL else error) from error

    def keep(self, name: str) -> None:
        """Put the file into its place, over an older one. Raises: OutsideRoot, CannotStore, DiskFull."""
        target = self._files.find(name)
        if target is None:
            raise OutsideRoot(name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._move(target)
        except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
            raise CannotStore(f"{name} is a folder or lies below a file") from error
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull from error
            raise CannotStore(f"{name}: {error.strerror}") from error

    def _move(self, target: Path) -> None:
        try:
            self._path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # NOTE: an operator may mount another disk below the root; there the last step is copy and rename.
            beside = target.with_name(f"{PARTIAL}-{self._path.name}")
            shutil.copyfile(self._path, beside)
            beside.replace(target)


class Files:
    """The tree below one root folder. Safe for many threads and processes at once."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = Path(os.path.realpath(root))
        self.partial = self.root / PARTIAL
        self.partial.mkdir(exist_ok=True)

    def find(self, name: str) -> Path | None:
        """Where the name leads below the root, whether or not something is there; None: nowhere."""
        return locate(self.root, name)

    def upload(self) -> Upload:
        """A new upload; use it in a `with` block."""
        return Upload(self)

    def open(self, name: str) -> tuple[BinaryIO, os.stat_result] | None:
        """The regular file of this name, open for reading, with what `stat` says of it; None if there is none."""
        place = self.find(name)
        if place is None or name.endswith("/"):
            return None
        try:
            if not place.is_file():
                return None
            stream = open(place, "rb")  # noqa: SIM115 - the answer closes it
        except OSError:
            return None
        return stream, os.fstat(stream.fileno())

    def delete(self, name: str) -> bool:
        """Remove one regular file; whether there was one. Folders stay, also empty ones (spec 6 §1.5)."""
        place = self.find(name)
        try:
            if place is None or not place.is_file():
                return False
            place.unlink()
        except OSError:
            return False
        return True

    def delete_many(self, names: Iterable[str]) -> Deleted:
        """Remove files, and folders with all that is in them.

        QUIRK: spec 6 §1.6: names come URL-encoded, and `+` stands for a space.
        """
        result = Deleted()
        for name in names:
            path = unquote_plus(name)
            if not path.strip("/"):
                result.fail(name, "Empty path not allowed")
                continue
            place = self.find(path)
            try:
                if place is None or not os.path.lexists(place):
                    result.fail(name, "Not found")
                    continue
                _remove(place)
            except OSError as error:
                result.fail(name, error.strerror or str(error))
                continue
            result.deleted[name] = path
        return result

    def sweep(self) -> int:
        """Remove what uploads that died with their process left behind, a day after; how many."""
        swept = 0
        for leftover in self.partial.iterdir():
            if time.time() - leftover.stat().st_mtime > _ABANDONED_AFTER_S:
                leftover.unlink(missing_ok=True)
                swept += 1
        return swept


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink()
