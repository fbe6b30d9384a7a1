"""The folder `migrations/` as a package: `apiserver.migrations.elastic`, from a checkout or from the installed data.

It is imported by the commands that run migrations, and by a start, which looks whether some are pending.
"""

from __future__ import annotations

from apiserver.resources import folder

__path__ = [str(folder("migrations"))]
