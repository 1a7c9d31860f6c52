"""Who listens to which jobs of a file, and the statuses they hear."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from saq.job import Job, Status

from xlsapp.queue_parts.rows import News


class Inbox:
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
    """Inboxes by job. News carry the number of their commit, so that none is told twice as new."""

    def __init__(self) -> None:
        self.commits = 0
        self.count = 0
        self._inboxes: dict[tuple[str, str], tuple[Inbox, ...]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def listening(self, queue: str, keys: Iterable[str]) -> Iterator[Inbox]:
        """A inbox for the news of some jobs, for as long as the block lasts."""
        inbox = Inbox()
        jobs = [(queue, key) for key in keys]
        with self._lock:
            self.count += 1
            for job in jobs:
                self._inboxes[job] = (*self._inboxes.get(job, ()), inbox)
        try:
            yield inbox
        finally:
            with self._lock:
                self.count -= 1
                for job in jobs:
                    left = tuple(box for box in self._inboxes.get(job, ()) if box is not inbox)
                    if left:
                        self._inboxes[job] = left
                    else:
                        self._inboxes.pop(job, None)

    def publish(self, news: News, commit: float = math.inf) -> None:
        """Tell those who listen to this job, unless they have looked at the file since that commit."""
        for inbox in self._inboxes.get((news.queue, news.key), ()):
            inbox.put(commit, news)

    def publish_commit(self, all_news: list[News]) -> None:
        """After each commit of this process, in the writer's thread."""
        self.commits += 1
        if self._inboxes:
            for news in all_news:
                self.publish(news, self.commits)

    def publish_foreign_change(self) -> None:
        """After commits of other processes, in the writer's thread."""
        with self._lock:
            inboxes = {inbox for boxes in self._inboxes.values() for inbox in boxes}
        for inbox in inboxes:
            inbox.put(self.commits, None)


async def statuses(
    listeners: Listeners,
    inbox: Inbox,
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
        commit, news = await inbox.next()
        while news is not None and commit <= seen:  # known from the look
            commit, news = await inbox.next()
