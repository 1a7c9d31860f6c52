"""What every write transaction of the queue file is handed, and the conditions its statements share."""

from __future__ import annotations

import sqlite3

from xlsapp.queue_parts.rows import News

FINAL = "('complete', 'failed', 'aborted')"

# Rows that may expire count as absent from that moment on, swept or not.
LIVE = "(expires_at IS NULL OR expires_at > :now)"

# The status once more, word for word as in the partial index: SQLite uses such an index only then.
IN_RUNNING_INDEX = "status IN ('new', 'active', 'aborting')"

# A worker that lost its job (swept, recovered, run elsewhere by now) must not touch it. Jobs that come over
# SAQ's HTTP proxy carry no claim; they are known by worker and attempt.
HOLDS = """
    CASE
        WHEN :claim IS NOT NULL THEN claim = :claim
        WHEN :worker_id IS NULL OR worker_id IS NULL OR status NOT IN ('active', 'aborting') THEN TRUE
        ELSE worker_id = :worker_id AND attempts = :attempts
    END
"""


class Transaction:
    """What a change is given: the connection inside a write transaction, and where to say what it did."""

    __slots__ = ("execute", "news", "woken")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self.woken: set[str] = set()  # queues in which a job may now run that could not before
        self.news: list[News] = []

    def tell(self, queue: str, key: str, status: str) -> None:
        """Note a status, for those who listen."""
        self.news.append(News(queue, key, status))
