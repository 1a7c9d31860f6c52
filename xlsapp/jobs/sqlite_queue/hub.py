"""What all queues of one process on one file share: the writer, the reader, the leases, the listeners."""

from __future__ import annotations

import asyncio
import math
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from xlsapp.jobs.sqlite_queue.leases import LeaseFile
from xlsapp.jobs.sqlite_queue.schema import open_reader
from xlsapp.jobs.sqlite_queue.statements import News
from xlsapp.jobs.sqlite_queue.threads import Reader
from xlsapp.jobs.sqlite_queue.writer import Writer

_hubs: dict[tuple[int, int], Hub] = {}
_lock = threading.Lock()


class Mailbox:
    """What one listener has not read yet. None means: something changed, look for yourself."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._letters: asyncio.Queue[tuple[float, News | None]] = asyncio.Queue()
        self.next = self._letters.get

    def put(self, commit: float, news: News | None) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._letters.put_nowait, (commit, news))


class Hub:
    """One per file and process. Two queues that share it wake each other without a poll."""

    def __init__(self, path: str, *, busy_timeout_seconds: float) -> None:
        self.leases = LeaseFile(f"{path}-leases")
        self.reader = Reader(
            "queue-reader", lambda: open_reader(path, busy_timeout_seconds=busy_timeout_seconds)
        )
        self.writer = Writer(
            path,
            busy_timeout_seconds=busy_timeout_seconds,
            on_news=self._publish,
            on_foreign_change=self._foreign_change,
        )
        self.commits = 0
        self._mailboxes: dict[tuple[str, str], tuple[Mailbox, ...]] = {}
        self._members = 0

    @staticmethod
    def join(path: str, *, busy_timeout_seconds: float) -> Hub:
        """The hub of a file. The file is made if need be; its folder must be there."""
        # Closing any descriptor of a file drops SQLite's locks on it: it is opened here only when it is new.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
        status = os.stat(path)
        identity = status.st_dev, status.st_ino
        with _lock:
            hub = _hubs.get(identity)
            if hub is None:
                hub = _hubs[identity] = Hub(path, busy_timeout_seconds=busy_timeout_seconds)
                hub.writer.start()
                hub.reader.start()
            hub._members += 1
            return hub

    async def leave(self) -> None:
        """The last one out finishes what was asked and stops the threads."""
        with _lock:
            self._members -= 1
            if self._members:
                return
            for identity in [identity for identity, hub in _hubs.items() if hub is self]:
                del _hubs[identity]
            # Under the lock: a hub that opened the lease file before would lose its locks now.
            self.leases.close()
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self.writer.close()
        self.reader.close()

    @contextmanager
    def listening(self, queue: str, keys: Iterable[str]) -> Iterator[Mailbox]:
        """Get the news of some jobs."""
        mailbox = Mailbox()
        jobs = [(queue, key) for key in keys]
        with _lock:
            for job in jobs:
                self._mailboxes[job] = (*self._mailboxes.get(job, ()), mailbox)
            self.writer.listeners += 1
        self.writer.watch()
        try:
            yield mailbox
        finally:
            with _lock:
                self.writer.listeners -= 1
                for job in jobs:
                    left = tuple(box for box in self._mailboxes.get(job, ()) if box is not mailbox)
                    if left:
                        self._mailboxes[job] = left
                    else:
                        self._mailboxes.pop(job, None)

    def publish(self, news: News, commit: float = math.inf) -> None:
        """Tell those who listen to this job, unless they have looked at the file since that commit."""
        for mailbox in self._mailboxes.get((news.queue, news.key), ()):
            mailbox.put(commit, news)

    def _publish(self, all_news: list[News]) -> None:
        """After each commit of ours, in the writer's thread."""
        self.commits += 1
        if self._mailboxes:
            for news in all_news:
                self.publish(news, self.commits)

    def _foreign_change(self) -> None:
        """After commits of others, in the writer's thread."""
        with _lock:
            mailboxes = {mailbox for boxes in self._mailboxes.values() for mailbox in boxes}
        for mailbox in mailboxes:
            mailbox.put(self.commits, None)


def _forget_all() -> None:
    # A forked child has neither the threads nor the locks: its queues must connect for themselves.
    _hubs.clear()


os.register_at_fork(after_in_child=_forget_all)
