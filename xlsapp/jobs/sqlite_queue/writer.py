"""The one thread of a process that writes to the file: group commit, claims, the watch on other processes."""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from xlsapp.jobs.sqlite_queue.schema import open_checkpointer, open_writer
from xlsapp.jobs.sqlite_queue.statements import JobRow, News, Transaction, claim_jobs
from xlsapp.jobs.sqlite_queue.threads import Call, CallThread, Outcome, Reply, deliver

logger = logging.getLogger(__name__)

# Row changes between two checkpoints. A change costs about one page of 4 KiB of log when few share a commit:
# the log stays in the tens of megabytes, and 2,500 pages take 2 to 3 ms to move.
CHECKPOINT_EVERY = 4_000
CHECKPOINT_WHEN_IDLE = 500


@dataclass(slots=True, eq=False)
class Seat:
    """A connected queue's place at the writer: who waits for which jobs."""

    queue: str
    priorities: tuple[int, int]
    lease: int
    waiting: deque[Reply[JobRow | None]] = field(default_factory=deque)
    # There may be work. Cleared only by a claim that ran and found less than was asked for.
    ready: bool = True

    def take_waiting(self) -> list[Reply[JobRow | None]]:
        """Everybody who still waits; they leave the line."""
        replies = []
        while self.waiting:
            reply = self.waiting.popleft()
            if not (reply.future.done() or reply.loop.is_closed()):
                replies.append(reply)
        return replies

    def put_back(self, replies: list[Reply[JobRow | None]]) -> None:
        self.waiting.extendleft(reply for reply in reversed(replies) if not reply.future.done())


@dataclass(slots=True, eq=False)
class Claim:
    """What one seat takes in one transaction."""

    seat: Seat
    replies: list[Reply[JobRow | None]]
    rows: list[JobRow] = field(default_factory=list)


class Writer(CallThread):
    """Runs all calls that have gathered in one transaction, claims for those who wait, commits, answers.

    While one batch is under way the next gathers, so concurrent writes share one sync of the disk and
    nobody waits for company.
    """

    def __init__(
        self,
        path: str,
        *,
        busy_timeout_seconds: float,
        on_news: Callable[[list[News]], None],
        on_foreign_change: Callable[[], None],
    ) -> None:
        super().__init__("queue-writer", lambda: open_writer(path, busy_timeout_seconds=busy_timeout_seconds))
        self._path = path
        self._on_news = on_news
        self._on_foreign_change = on_foreign_change
        self._data_version = -1
        self._changes_to_checkpoint = 0
        self._checkpointer: sqlite3.Connection | None = None
        self._claims = 0
        self._claims_fail = False
        self._watching = False
        self.seats: tuple[Seat, ...] = ()
        self.listeners = 0
        self.poll_interval = 0.1

    def wait(self, seat: Seat, reply: Reply[JobRow | None]) -> None:
        """Stand in the line for the next job of this seat."""
        seat.waiting.append(reply)
        if seat.ready or not self._watching:
            self.ring()

    def ask(self, seat: Seat) -> None:
        """Look for work, whether or not there seems to be any."""
        seat.ready = True
        self.ring()

    def add_seat(self, seat: Seat, poll_interval: float) -> None:
        self.seats = (*self.seats, seat)
        self.poll_interval = min(self.poll_interval, poll_interval) if len(self.seats) > 1 else poll_interval

    def remove_seat(self, seat: Seat) -> None:
        """Claim nothing more for it; who waits gets None."""
        self.seats = tuple(other for other in self.seats if other is not seat)
        deliver(Outcome(reply) for reply in seat.take_waiting())

    def watch(self) -> None:
        """Somebody has begun to wait for changes of other processes."""
        if not self._watching:
            self.ring()

    def _patience(self) -> float:
        # Cleared before the look: whoever comes after the look finds it cleared, and rings.
        self._watching = False
        self._watching = bool(self.listeners or self._calls or any(seat.waiting for seat in self.seats))
        return self.poll_interval if self._watching else -1

    def _work(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        self._look_for_foreign_changes(connection)
        if calls or any(seat.ready and seat.waiting for seat in self.seats):
            self._write(connection, calls)
        if self._changes_to_checkpoint > (CHECKPOINT_EVERY if calls else CHECKPOINT_WHEN_IDLE):
            self._checkpoint(connection)

    def _look_for_foreign_changes(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self._data_version = version
            for seat in self.seats:
                seat.ready = True
            self._on_foreign_change()

    def _write(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:  # locked for longer than the busy timeout: nothing was done
            deliver(outcome for call in calls if (outcome := self._failed(call, error)))
            return
        try:
            outcomes = self._commit(connection, calls, self.seats)
            self._claims_fail = False
        except Exception as error:
            _roll_back(connection)
            if calls:
                outcomes = [
                    outcome for call in calls if (outcome := self._write_alone(connection, call)) is not None
                ]
            else:
                outcomes = []
                self._log_failed_claim(error)
        deliver(outcomes)

    def _commit(
        self, connection: sqlite3.Connection, calls: list[Call], seats: tuple[Seat, ...]
    ) -> list[Outcome]:
        """Run the calls, claim for the seats, commit: all of it, or an error and nothing."""
        transaction = Transaction(connection)
        before = connection.total_changes
        claims: list[Claim] = []
        try:
            outcomes = [
                Outcome(call.reply, value)
                for call in calls
                for value in (call.run(transaction),)
                if call.reply is not None
            ]
            for seat in self.seats:
                seat.ready = seat.ready or seat.queue in transaction.woken
            for seat in seats:
                if seat.ready and (replies := seat.take_waiting()):
                    claims.append(Claim(seat, replies))
                    claims[-1].rows = self._claim(transaction, seat, len(replies))
            connection.execute("COMMIT")
        except Exception:
            for claim in claims:
                claim.seat.put_back(claim.replies)
            raise
        self._changes_to_checkpoint += connection.total_changes - before
        if transaction.news:
            self._on_news(transaction.news)
        for claim in claims:
            found = len(claim.rows)
            outcomes += map(Outcome, claim.replies, claim.rows)
            if found < len(claim.replies):
                claim.seat.ready = False
                claim.seat.put_back(claim.replies[found:])
        return outcomes

    def _claim(self, transaction: Transaction, seat: Seat, limit: int) -> list[JobRow]:
        self._claims += 1
        return claim_jobs(
            transaction, seat.queue, seat.priorities, claim=seat.lease << 32 | self._claims, limit=limit
        )

    def _write_alone(self, connection: sqlite3.Connection, call: Call) -> Outcome | None:
        """One call of a batch that failed: in a transaction of its own, so that only the culprit fails."""
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = self._commit(connection, [call], ())
        except Exception as error:
            _roll_back(connection)
            return self._failed(call, error)
        return outcomes[0] if outcomes else None

    def _failed(self, call: Call, error: Exception) -> Outcome | None:
        if call.reply is not None:
            return Outcome(call.reply, error=type(error)(*error.args))
        if isinstance(error, sqlite3.OperationalError):  # locked, or the disk is full: it may pass
            self._calls.append(call)
        else:
            logger.error("A queue operation in the background failed", exc_info=error)
        return None

    def _log_failed_claim(self, error: Exception) -> None:
        if not self._claims_fail:  # once, not every poll interval
            self._claims_fail = True
            logger.error("No job can be taken from %s; trying again", self._path, exc_info=error)

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        """Move the log into the file while nobody can write.

        In SQLite before 3.51.3 a checkpoint that runs beside a commit may lose it. We hold the write lock, so
        there is no such commit, in no process. The log starts anew with the next write.
        """
        self._changes_to_checkpoint = 0
        try:
            if self._checkpointer is None:
                self._checkpointer = open_checkpointer(self._path)
            connection.execute("BEGIN IMMEDIATE")
            self._checkpointer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:  # a busy file, a full disk: the log keeps all, the next time will do
            logger.warning("The log of %s could not be moved into it: %s", self._path, error)
        finally:
            _roll_back(connection)

    def _serve(self, connection: sqlite3.Connection) -> None:
        try:
            super()._serve(connection)
        finally:
            if self._checkpointer is not None:
                self._checkpointer.close()


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
