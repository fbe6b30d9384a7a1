"""A search for parameters whose jobs run on an agent."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.agents import agent
from tests.e2e.running import SCRIPTS, Run, Server, printed

QUEUE = "jobs of a search"


def test_the_jobs_of_a_search_run_on_an_agent(server: Server, run: Run, tmp_path: Path) -> None:
    """The same table comes out as with jobs of this machine, and the agent ran every one."""
    base = printed("task", run(SCRIPTS / "objective.py"))
    with agent(server, tmp_path, QUEUE, "search:0"):
        search = printed("search", run(SCRIPTS / "search.py", base, QUEUE))
    jobs = server.call("tasks.get_all", parent=search, search_hidden=True)["tasks"]
    assert [(job["status"], job["last_worker"]) for job in jobs] == [("completed", "search:0")] * 4
