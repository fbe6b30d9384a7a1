"""How long random tests run: a little each time, or as long as `make fuzz` wants, which is TRACKYARD_FUZZ=long. The one place for it."""

from __future__ import annotations

import os
from collections import Counter

LONG = os.environ.get("TRACKYARD_FUZZ") == "long"

compared: Counter[str] = Counter()
"""{what was compared: how often}, in this process; a long run prints it at its end."""


def examples(usual: int, long: int, *, ci: int | None = None) -> int:
    """How many: `usual`, on CI `ci` where that is given, with `make fuzz` `long`."""
    if LONG:
        return long
    return usual if ci is None or os.environ.get("CI") != "true" else ci
