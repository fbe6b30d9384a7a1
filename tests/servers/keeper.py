"""Runs one server for the test processes that hold a shared lock on `<folder>/users.lock`, and stops it when the last of them is gone.

`python keeper.py FOLDER {"command": [...], "environment": {...}, "stop_s": 30}`; started by `base.py`. It needs nothing but the standard
library. The kernel drops the locks of a killed process, so no server outlives its tests.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path


def main(folder: Path, order: dict[str, object]) -> None:
    command, environment = order["command"], order["environment"]
    assert isinstance(command, list)
    assert isinstance(environment, dict)
    server = subprocess.Popen(command, env={**os.environ, **environment}, cwd=folder / "data", stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    with (folder / "users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        (folder / "address").unlink(missing_ok=True)
        server.terminate()
        try:
            server.wait(float(str(order["stop_s"])))
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder / "data", ignore_errors=True)
        (folder / "log").unlink(missing_ok=True)


def _end_with(server: subprocess.Popen[bytes]) -> None:
    """A server that ends by itself takes the keeper along, so that whoever waits for it sees it."""
    code = server.wait()
    if code:
        os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
