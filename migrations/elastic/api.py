"""What the command uses of this folder, in one place.

`plan` says what there is to copy, `Run.run` copies it, `verify` compares, `mend` copies tasks anew that differ.
`look` and `upgrade` are for indices that stay where they are.
"""

from __future__ import annotations

from .checkpoints import BAD_FILE, BadDocument, Checkpoints, OtherMigration
from .layouts import Found, OldIndex, look, upgrade
from .opening import configured_cluster, target_of, work_folder
from .running import Outcome, Plan, Progress, Run, Stopped, plan
from .source import Source, SourceError
from .targets import ElasticTarget, StoreTarget, Target
from .verifying import Checked, Difference, Verified, mend, verify

__all__ = [
    "BAD_FILE",
    "BadDocument",
    "Checked",
    "Checkpoints",
    "Difference",
    "ElasticTarget",
    "Found",
    "OldIndex",
    "OtherMigration",
    "Outcome",
    "Plan",
    "Progress",
    "Run",
    "Source",
    "SourceError",
    "Stopped",
    "StoreTarget",
    "Target",
    "Verified",
    "configured_cluster",
    "look",
    "mend",
    "plan",
    "target_of",
    "upgrade",
    "verify",
    "work_folder",
]
