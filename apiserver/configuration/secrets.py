"""This installation's own secrets: made at the first start, kept in the data folder, readable by their owner only."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from apiserver.configuration import Configuration

FILE = "secrets.json"
PATHS = ("secure.auth.token_secret", "secure.auth.credentials_key")
_BYTES = 48


class BadSecrets(Exception):
    """The file cannot be read or written; the text says why."""


def fill_in(configuration: Configuration, folder: Path) -> None:
    """Take each secret that nobody configured from the file, which is made when missing. Raises: BadSecrets."""
    open_paths = [path for path in PATHS if not _configured(configuration, path)]
    if not open_paths:
        return
    file = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = _read(file)
        if any(not kept.get(path) for path in open_paths):
            kept = _complete(file, kept)
    except OSError as error:
        raise BadSecrets(f"{error.filename or file}: {error.strerror}") from error
    for path in open_paths:
        configuration.put(path, kept[path], str(file))


def known(configuration: Configuration, folder: Path) -> dict[str, str]:
    """{path: secret} of those that are configured or in the folder's file; none is made. Raises: BadSecrets."""
    try:
        kept = _read(folder / FILE)
    except OSError as error:
        raise BadSecrets(f"{folder / FILE}: {error.strerror}") from error
    return {
        path: str(configuration.values[path].value) if _configured(configuration, path) else kept[path]
        for path in PATHS
        if _configured(configuration, path) or kept.get(path)
    }


def keep(folder: Path, values: Mapping[str, str]) -> None:
    """Put secrets of another installation into the folder's file, beside those that are there. Raises: BadSecrets."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder / FILE, {**_read(folder / FILE), **values}, replace=True)
    except OSError as error:
        raise BadSecrets(f"{error.filename or folder}: {error.strerror}") from error


def configured(configuration: Configuration) -> bool:
    """Whether the configuration has them all, so that no file is needed."""
    return all(_configured(configuration, path) for path in PATHS)


def _configured(configuration: Configuration, path: str) -> bool:
    found = configuration.values.get(path)
    return found is not None and bool(found.value)


def _read(file: Path) -> dict[str, str]:
    try:
        kept = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadSecrets(f"{file} is damaged: put the copy of a backup there (without it, no stored key pair can be checked)") from error
    return {str(path): str(value) for path, value in kept.items()} if isinstance(kept, dict) else {}


def _complete(file: Path, kept: dict[str, str]) -> dict[str, str]:
    """The file with all secrets. Of several processes that make it at once, one wins and all use its file."""
    full = {**{path: secrets.token_urlsafe(_BYTES) for path in PATHS}, **{path: value for path, value in kept.items() if value}}
    return full if _write(file, full, replace=bool(kept)) else _read(file)


def _write(file: Path, values: Mapping[str, str], *, replace: bool) -> bool:
    """The file, whole or not at all; False when it must not replace another that is there."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".secrets-")  # NOTE: mode 0600 from the start
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(dict(values), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        if replace:
            os.replace(name, file)
        else:
            os.link(name, file)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink(missing_ok=True)
    return True
