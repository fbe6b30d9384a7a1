"""`python -m apiserver` is the command `trackyard`."""

from __future__ import annotations

from apiserver.commands import main

if __name__ == "__main__":
    main(prog_name="trackyard")
