"""Who listens to which jobs of a file, and the statuses they hear."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from saq.job import Job, Status

from xlsapp.sqlite_queue.rows import News


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


class Listeners:
    """Mailboxes by job. News carry the number of their commit, so that none is told twice as new."""

    def __init__(self) -> None:
        self.commits = 0
        self.count = 0
        self._mailboxes: dict[tuple[str, str], tuple[Mailbox, ...]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def listening(self, queue: str, keys: Iterable[str]) -> Iterator[Mailbox]:
        """A mailbox for the news of some jobs, for as long as the block lasts."""
        mailbox = Mailbox()
        jobs = [(queue, key) for key in keys]
        with self._lock:
            self.count += 1
            for job in jobs:
                self._mailboxes[job] = (*self._mailboxes.get(job, ()), mailbox)
        try:
            yield mailbox
        finally:
            with self._lock:
                self.count -= 1
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

    def publish_commit(self, all_news: list[News]) -> None:
        """After each commit of this process, in the writer's thread."""
        self.commits += 1
        if self._mailboxes:
            for news in all_news:
                self.publish(news, self.commits)

    def publish_foreign_change(self) -> None:
        """After commits of other processes, in the writer's thread."""
        with self._lock:
            mailboxes = {mailbox for boxes in self._mailboxes.values() for mailbox in boxes}
        for mailbox in mailboxes:
            mailbox.put(self.commits, None)


async def statuses(
    listeners: Listeners,
    mailbox: Mailbox,
    look: Callable[[], Awaitable[list[Job | None]]],
) -> AsyncIterator[tuple[str, Status]]:
    """The status of each job: as it is now, then at each change. Ends when those that were there are gone."""
    told: dict[str, Status] = {}
    news: News | None = None  # at first, and after a change by another process: look for ourselves
    while True:
        if news is None:
            seen = listeners.commits
            jobs = await look()
            if told and not any(jobs):
                return
            for job in jobs:
                if job is not None and told.get(job.key) is not job.status:
                    told[job.key] = job.status
                    yield job.key, job.status
        else:
            told[news.key] = Status(news.status)
            yield news.key, told[news.key]
        commit, news = await mailbox.next()
        while news is not None and commit <= seen:  # known from the look
            commit, news = await mailbox.next()
