"""Reading zip files that anybody may have made: nothing outside of the target folder, nothing larger than is allowed."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from attrs import define, field

PIECE = 1024 * 1024
MOST_MEMBERS = 1_000_000
LONGEST_LINE = 64 * 1024 * 1024
_DRIVE = re.compile(r"[A-Za-z]:")


class BadArchive(Exception):
    """A zip file that is not taken; one line says why."""


@define
class Archive:
    """An open zip file. most_bytes: of all that is read from it together, unpacked; what its headers promise does not count."""

    file: Path
    most_bytes: int
    _zip: zipfile.ZipFile = field(init=False)
    _read: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        try:
            self._zip = zipfile.ZipFile(self.file)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BadArchive(f"{self.file} is no zip file: {error}") from error
        names = self._zip.namelist()
        if len(names) > MOST_MEMBERS:
            raise BadArchive(f"{self.file} has {len(names):,} members, more than {MOST_MEMBERS:,}")
        if len(set(names)) != len(names):
            raise BadArchive(f"{self.file} has two members of one name")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        return [one.filename for one in self._zip.infolist() if not one.is_dir()]

    def again(self) -> None:
        """What is read from now on is counted anew."""
        self._read = 0

    def read(self, name: str, most: int = LONGEST_LINE) -> bytes:
        """A whole member of at most `most` bytes."""
        found = b"".join(self.pieces(name, most))
        return found

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member."""
        with self._opened(name) as member, self._guarded(name):
            while line := member.readline(LONGEST_LINE + 1):
                self._count(len(line))
                if len(line) > LONGEST_LINE:
                    raise BadArchive(f"{self.file}: {name} has a line of more than {LONGEST_LINE >> 20} MiB")
                yield line

    def pieces(self, name: str, most: int | None = None) -> Iterator[bytes]:
        """A member in pieces."""
        size = 0
        with self._opened(name) as member, self._guarded(name):
            while piece := member.read(PIECE):
                self._count(len(piece))
                size += len(piece)
                if most is not None and size > most:
                    raise BadArchive(f"{self.file}: {name} has more than {most:,} bytes")
                yield piece

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > self.most_bytes:
            raise BadArchive(f"{self.file} holds more than {self.most_bytes:,} bytes when it is unpacked; --max-bytes allows more")

    def _opened(self, name: str) -> IO[bytes]:
        try:
            about = self._zip.getinfo(name)
            if about.flag_bits & 1:
                raise BadArchive(f"{self.file}: {name} is encrypted")
            return self._zip.open(about)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, KeyError) as error:
            raise BadArchive(f"{self.file}: {name} cannot be read: {error}") from error

    @contextlib.contextmanager
    def _guarded(self, name: str) -> Iterator[None]:
        """What decompressors say of broken data, as one kind of error."""
        try:
            yield
        except BadArchive:
            raise
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, RuntimeError) as error:
            raise BadArchive(f"{self.file}: {name} is broken: {error}") from error
        except Exception as error:
            if type(error).__module__ in ("zlib", "_bz2", "_lzma", "lzma"):
                raise BadArchive(f"{self.file}: {name} is broken: {error}") from error
            raise

    # Files

    def check_paths(self) -> None:
        """Raises: BadArchive for a member that is no plain file inside of the folder that it is unpacked into."""
        for about in self._zip.infolist():
            name = about.filename
            parts = PurePosixPath(name).parts
            kind = stat.S_IFMT(about.external_attr >> 16)
            if (
                not parts
                or name.startswith(("/", "\\"))
                or "\\" in name
                or "\0" in name
                or _DRIVE.match(name)
                or any(part in ("..", ".") for part in name.split("/"))
            ):
                raise BadArchive(f"{self.file}: {name!r} leaves the folder")
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise BadArchive(f"{self.file}: {name!r} is no plain file")

    def extract(self, folder: Path) -> int:
        """All files into the folder, each whole or not at all; how many. Raises: BadArchive."""
        self.check_paths()
        root = folder.resolve()
        count = 0
        for name in self.names():
            target = root.joinpath(*PurePosixPath(name).parts)
            # NOTE: a link that lies in the folder already may lead out of it.
            if not target.parent.resolve().is_relative_to(root) or target.is_dir():
                raise BadArchive(f"{self.file}: {name!r} leaves the folder")
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise BadArchive(f"{self.file}: {name!r} has no place below {root}: {error}") from error
            handle, half = tempfile.mkstemp(dir=target.parent, prefix=".unpacking-")
            try:
                with os.fdopen(handle, "wb") as out:
                    for piece in self.pieces(name):
                        out.write(piece)
                os.chmod(half, 0o644)
                os.replace(half, target)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(half)
                raise
            count += 1
        return count
