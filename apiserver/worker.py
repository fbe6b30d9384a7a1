"""The worker of gunicorn that serves requests: its threads stay with a connection for a moment after an answer.

PERF: gunicorn hands a kept connection back to its main thread after each answer, and to another thread for the next request. Clients that
send one call after another (an SDK that reports, a page that loads) have sent the next within a millisecond, which is less than the two
changes of threads take.
"""

from __future__ import annotations

import select
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

STAY_MS = 3
"""How long a thread waits for the next request. No other request waits for it: it stays only while another thread is free."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """`gthread`, with threads that stay."""

    def init_process(self) -> None:
        self._busy = 0
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        self._busy += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        self._busy -= 1
        super().finish_request(conn, fs)

    def handle(self, conn: Any) -> Any:
        kept = super().handle(conn)
        while kept is True and self.alive and self._next_is_here(conn):
            kept = super().handle(conn)
        return kept

    def _next_is_here(self, conn: Any) -> bool:
        """Whether the client has sent more, or does so soon. NOTE: what was read already makes no socket readable; gunicorn looks there."""
        if self._busy >= self.cfg.threads or conn.parser.unreader.buf.getvalue():
            return False
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(STAY_MS))
