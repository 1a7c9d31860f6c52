"""The one thread of a process that writes to the file: group commit, claims, the watch on other processes."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable

from xlsapp.queue_parts.listening import Listeners
from xlsapp.queue_parts.rows import JobRow, News
from xlsapp.sqlite_queue.log_file import LOG_BYTES, LogFile
from xlsapp.sqlite_queue.schema import open_checkpointer, open_writer
from xlsapp.sqlite_queue.seats import Claim, Seat
from xlsapp.sqlite_queue.threads import Call, CallThread, Outcome, Reply, deliver
from xlsapp.sqlite_queue.transaction import Transaction
from xlsapp.sqlite_queue.turns import claim_jobs

logger = logging.getLogger(__name__)

# The log is moved into the file when it has about so many pages of 4 KiB. That takes some milliseconds in
# which nobody writes: better when nothing happens anyway, and then sooner.
CHECKPOINT_PAGES = LOG_BYTES // 4096
PAGES_WORTH_A_REST = 250

# A job that was claimed begins within this time, as a rule; the note of it travels with the next write.
STARTS_WITHIN_SECONDS = 0.01

# Who has just been busy, or was told by the kernel of a write that is not committed yet, looks for changes of
# others every poll interval; after this time without any the kernel has to wake it. And a slow look all the
# same: the kernel may say nothing of writes through some container's file systems.
LIGHT_SLEEP_SECONDS = 0.2
SHORTEST_NAP_SECONDS = 0.001
LOOK_IN_DEEP_SLEEP_SECONDS = 2.0


class WritingThread(CallThread):
    """Runs all calls that have gathered in one transaction, claims for those who wait, commits, answers.

    While one batch is under way the next gathers, so concurrent writes share one sync of the disk and
    nobody waits for company. Whoever takes a job gets it as soon as that is committed; whoever has stored
    something is told so when it is on the disk as well.
    """

    def __init__(self, path: str, listeners: Listeners, *, busy_timeout_seconds: float) -> None:
        super().__init__("queue-writer", lambda: open_writer(path, busy_timeout_seconds=busy_timeout_seconds))
        self._path = path
        self._listeners = listeners
        self._data_version = -1
        self._changes = 0
        self._pages_a_change = 2.0  # as few share a commit, or many; learnt at each checkpoint
        self._log: LogFile | None = None
        self._checkpointer: sqlite3.Connection | None = None
        self._syncs_itself = True
        self._claims = 0
        self._claims_fail = False
        self._postponed: list[Call] = []
        self._starts_until = 0.0
        self._watching = False
        self._light_sleep_until = 0.0
        self._nap_seconds = SHORTEST_NAP_SECONDS
        self._seats_lock = threading.Lock()
        self.seats: tuple[Seat, ...] = ()
        self.poll_interval = 0.1

    # --- from any thread ---

    def post(self, run: Callable[[Transaction], object], *, at_once: bool = False) -> None:
        """Run this soon, and only log its error. It may wait some 10 ms for a write to travel with."""
        self._calls.append(Call(run, None))
        if at_once or time.monotonic() > self._starts_until:
            self._bell.ring()

    def wait(self, seat: Seat, reply: Reply[JobRow | None]) -> None:
        """Stand in the line for the next job of this seat."""
        seat.waiting.append(reply)
        if seat.left:
            deliver([Outcome(reply)])
        elif seat.ready or not self._watching:
            self._bell.ring()

    def ask(self, seat: Seat) -> None:
        """Look for work, whether or not there seems to be any."""
        seat.ready = True
        self._bell.ring()

    def add_seat(self, seat: Seat, poll_interval: float) -> None:
        """Let a queue wait for jobs."""
        with self._seats_lock:
            self.poll_interval = min(self.poll_interval, poll_interval) if self.seats else poll_interval
            # An ordinary seat takes what comes, and the small ones what is left for them.
            self.seats = tuple(sorted((*self.seats, seat), key=lambda other: other.small_only))

    def remove_seat(self, seat: Seat) -> None:
        """Claim nothing more for it; who waits gets None."""
        seat.left = True
        self._bell.ring()

    def watch(self) -> None:
        """Somebody has begun to wait for changes of other processes."""
        if not self._watching:
            self._bell.ring()

    # --- when to sleep, and how deeply ---

    def _sleep(self, connection: sqlite3.Connection) -> None:
        """Until somebody rings; or for as long as nothing has to be looked at."""
        # Cleared before the look: whoever comes after the look finds it cleared, and rings.
        self._watching = False
        self._watching = bool(self._listeners.count or any(seat.waiting for seat in self.seats))
        if (seconds := self._starts_until - time.monotonic()) > 0:
            self._bell.sleep(seconds)
            return
        self._starts_until = 0.0
        if self._calls:  # posted while nobody had to ring
            return
        if self._postponed or time.monotonic() < self._light_sleep_until:
            if not self._bell.sleep(self._next_nap_seconds()):
                self._rest(connection)
            return
        self._rest(connection)
        if not self._watching:
            self._bell.sleep(-1)
        elif self._log is None or self._log.changes is None:
            self._bell.sleep(self.poll_interval)
        else:
            self._sleep_deeply(connection, self._log, self._log.changes)

    def _sleep_deeply(self, connection: sqlite3.Connection, log: LogFile, changes: int) -> None:
        log.forget_changes()
        if self._data_version != _data_version(connection):  # a change before they were forgotten
            return
        if self._bell.sleep_on(changes, LOOK_IN_DEEP_SLEEP_SECONDS):
            # What was written is not committed yet: look again and again, at first very soon.
            self._light_sleep_until = time.monotonic() + LIGHT_SLEEP_SECONDS
            self._nap_seconds = SHORTEST_NAP_SECONDS

    def _next_nap_seconds(self) -> float:
        nap = min(self._nap_seconds, self.poll_interval)
        self._nap_seconds *= 2
        return nap

    def _rest(self, connection: sqlite3.Connection) -> None:
        """What is better done when nothing happens."""
        if self._changes * self._pages_a_change > PAGES_WORTH_A_REST:
            self._checkpoint(connection)

    # --- work ---

    def _work(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        self._dismiss_who_left()
        self._look_for_foreign_changes(connection)
        calls, self._postponed = self._postponed + calls, []
        if calls or any(seat.ready and seat.waiting for seat in self.seats):
            self._light_sleep_until = time.monotonic() + LIGHT_SLEEP_SECONDS
            self._nap_seconds = self.poll_interval
            self._write(connection, calls)
        if self._changes * self._pages_a_change > CHECKPOINT_PAGES:
            self._checkpoint(connection)

    def _dismiss_who_left(self) -> None:
        for seat in self.seats:
            if seat.left:
                deliver(Outcome(reply) for reply in seat.take_waiting())
                with self._seats_lock:
                    self.seats = tuple(other for other in self.seats if other is not seat)

    def _look_for_foreign_changes(self, connection: sqlite3.Connection) -> None:
        version = _data_version(connection)
        if version != self._data_version:
            self._data_version = version
            for seat in self.seats:
                seat.ready = True
            self._listeners.publish_foreign_change()

    def _write(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        try:
            self._begin(connection, wants_answers=any(call.reply is not None for call in calls))
        except sqlite3.Error as error:  # locked for longer than the busy timeout: nothing was done
            deliver(outcome for call in calls if (outcome := self._failed(call, _like(error))))
            return
        news: list[News] = []
        try:
            outcomes = self._commit(connection, calls, self.seats, news)
            self._claims_fail = False
        except Exception as error:
            _roll_back(connection)
            if not calls:
                self._log_failed_claim(error)
            alone = [self._write_alone(connection, call, news) for call in calls]
            outcomes = [outcome for outcome in alone if outcome is not None]
        if outcomes and self._log is not None and not self._syncs_itself:
            outcomes = self._synced(self._log, outcomes)
        if news:
            self._listeners.publish_commit(news)
        deliver(outcomes)

    def _begin(self, connection: sqlite3.Connection, *, wants_answers: bool) -> None:
        """Begin a transaction, whose commit includes a sync if somebody wants to hear that it is safe.

        But whoever waits for a job need not wait for the disk as well: the sync follows then (see `_synced`).
        """
        syncs_itself = self._log is None or (wants_answers and not any(seat.waiting for seat in self.seats))
        if syncs_itself != self._syncs_itself:
            connection.execute(f"PRAGMA synchronous = {'FULL' if syncs_itself else 'NORMAL'}")
            self._syncs_itself = syncs_itself
        connection.execute("BEGIN IMMEDIATE")
        if self._log is None:
            self._open_log()

    def _open_log(self) -> None:
        try:
            self._log = LogFile(self._path)
        except OSError as error:  # then each commit syncs for itself, and others' changes are looked for
            logger.warning("The log of %s could not be opened: %s", self._path, error)

    def _synced(self, log: LogFile, outcomes: list[Outcome]) -> list[Outcome]:
        try:
            log.sync()
        except OSError as error:
            logger.exception("The log of %s could not be synced", self._path)
            return [Outcome(outcome.reply, error=outcome.error or error) for outcome in outcomes]
        return outcomes

    def _commit(
        self, connection: sqlite3.Connection, calls: list[Call], seats: tuple[Seat, ...], news: list[News]
    ) -> list[Outcome]:
        """Run the calls, claim for the seats, commit: all of it, or an error and nothing.

        Hands out what was claimed; returns what the calls came to, and adds to the news.
        """
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
                if seat.ready and not seat.left and (replies := seat.take_waiting()):
                    claims.append(Claim(seat, replies))
                    claims[-1].rows = self._claim(transaction, seat, len(replies))
            connection.execute("COMMIT")
        except Exception:
            for claim in claims:
                claim.seat.put_back(claim.replies)
            raise
        self._hand_out(claims)
        self._changes += connection.total_changes - before
        news += transaction.news
        return outcomes

    def _claim(self, transaction: Transaction, seat: Seat, limit: int) -> list[JobRow]:
        self._claims += 1
        return claim_jobs(transaction, seat, claim=seat.lease << 32 | self._claims, limit=limit)

    def _hand_out(self, claims: list[Claim]) -> None:
        for claim in claims:
            found = len(claim.rows)
            if found:
                self._starts_until = time.monotonic() + STARTS_WITHIN_SECONDS
                deliver(map(Outcome, claim.replies[:found], claim.rows))
            if found < len(claim.replies):
                claim.seat.ready = False
                claim.seat.put_back(claim.replies[found:])

    def _write_alone(self, connection: sqlite3.Connection, call: Call, news: list[News]) -> Outcome | None:
        """One call of a batch that failed: in a transaction of its own, so that only the culprit fails."""
        try:
            self._begin(connection, wants_answers=call.reply is not None)
            outcomes = self._commit(connection, [call], (), news)
        except Exception as error:
            _roll_back(connection)
            return self._failed(call, error)
        return outcomes[0] if outcomes else None

    def _failed(self, call: Call, error: Exception) -> Outcome | None:
        if call.reply is not None:
            return Outcome(call.reply, error=error)
        if isinstance(error, sqlite3.OperationalError):  # locked, or the disk is full: it may pass
            self._postponed.append(call)
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
        changes, self._changes = self._changes, 0
        try:
            if self._checkpointer is None:
                self._checkpointer = open_checkpointer(self._path)
            connection.execute("BEGIN IMMEDIATE")
            _busy, pages, _moved = self._checkpointer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._pages_a_change = min(max(pages / changes, 0.1), 10.0)
            if self._log is not None:
                self._log.make_room()
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
            if self._log is not None:
                self._log.close()


def _data_version(connection: sqlite3.Connection) -> int:
    """A number that changes when another connection has committed. A look costs 3 µs, and no lock."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _like(error: sqlite3.Error) -> sqlite3.Error:
    """The same again: an exception that several raise would gather all their tracebacks."""
    return type(error)(*error.args)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
