"""Where the data folders lie that are no Python: `config`, `schema`, `webapp`. The only code that knows.

In an installed package they are below `_data/`, in a checkout beside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder. Raises: FileNotFoundError."""
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder {name} is missing from this installation")
