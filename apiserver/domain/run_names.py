"""How runs of a pipeline are named: `nightly`, `nightly #2`, … Pure. Source: spec 5 §8 step 2."""

from __future__ import annotations

import re


def pattern(pipeline: str) -> str:
    """A regular expression for the names that runs of the pipeline get."""
    return rf"^{re.escape(pipeline)}( #[0-9]+)?$"


def is_run(name: str, pipeline: str) -> bool:
    """Whether a name is one that a run of the pipeline gets."""
    return re.search(pattern(pipeline), name) is not None


def numbered(pipeline: str, count: int) -> str:
    """The name of the run that is counted as the `count`-th; 0: nothing of that name is there, not even the run itself."""
    return f"{pipeline} #{count}" if count else pipeline
