"""The bus on PostgreSQL: it tells what is stored there (NOTIFY), and each process with pages listens.

What is told is a key alone, by a trigger in the transaction that stores it: see migrations/postgres. Who
hears it reads the status, once, if anybody here watches it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from xlsapp import clock
from xlsapp.clock import utc_text
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.postgres.listening import listen_for_ever
from xlsapp.jobs.live.announcing import Announcer, endings_topic, job_topic, state_topic, user_topic
from xlsapp.jobs.live.signing_out import LatelyEnded
from xlsapp.jobs.status import JobStatus, JobStatusService, Status

log = logging.getLogger(__name__)

CHANNEL = "xlsapp"

AGAIN_SECONDS = 1.0

# What ended so long before a break may not have been told either: clocks differ.
BEFORE_BREAK_SECONDS = 60.0

# Of so many jobs it is known which state was told last.
MOST_STATES = 10_000


@dataclass(slots=True)
class PostgresBus:
    """See Bus."""

    url: str
    announcer: Announcer
    lately_ended: LatelyEnded
    _changed: dict[str, None] = field(default_factory=dict)
    """Jobs whose status is to be read."""
    _missed_since: str | None = None
    """From when on more may have changed than was heard, as UTC text."""
    _heard_at: float = field(default_factory=clock.now)
    _work: asyncio.Event = field(default_factory=asyncio.Event)
    _states: dict[str, Status] = field(default_factory=dict)

    async def tell(self, status: JobStatus, running_jobs: int | None) -> None:
        """See Bus. PostgreSQL has told everybody already."""
        self.announcer.count(status, running_jobs)

    @asynccontextmanager
    async def hearing(self, statuses: JobStatusService) -> AsyncIterator[None]:
        """See Bus. After a break all that is watched is read again."""
        tasks = [
            asyncio.create_task(listen_for_ever(self.url, CHANNEL, on_begin=self._begin, on_told=self._hear)),
            asyncio.create_task(self._read_for_ever(statuses)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self) -> None:
        self._missed_since = self._missed_since or utc_text(self._heard_at - BEFORE_BREAK_SECONDS)
        self._work.set()

    def _hear(self, key: str) -> None:
        self._heard_at = clock.now()
        kind, _, ids = key.partition(":")
        if kind == "ended_session":
            self.announcer.hub.close_sessions(ids)
        elif kind == "user_job":
            user_id, _, job_id = ids.partition(":")
            if self.announcer.hub.count(*_topics(int(user_id), job_id)):
                self._changed[job_id] = None
                self._work.set()

    async def _read_for_ever(self, statuses: JobStatusService) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._read(statuses)
            except DatabaseFault:
                log.warning("What has changed cannot be read now; trying again", exc_info=True)
                self._missed_since = self._missed_since or utc_text(self._heard_at - BEFORE_BREAK_SECONDS)
                await asyncio.sleep(AGAIN_SECONDS)
                self._work.set()

    async def _read(self, statuses: JobStatusService) -> None:
        if self._missed_since:
            await self._read_watched(statuses, self._missed_since)
            self._missed_since = None
        while self._changed:
            changed, self._changed = self._changed, {}
            await self._announce(statuses, await statuses.get_statuses(changed))

    async def _read_watched(self, statuses: JobStatusService, since: str) -> None:
        """Tell all that may not have been heard: sessions that were ended, and jobs that are watched."""
        hub = self.announcer.hub
        if hub.is_watched:
            hub.close_sessions(*await self.lately_ended())
        watched = [topic.partition(":") for topic in hub.topics()]
        jobs = {of for kind, _, of in watched if kind in ("job", "state")}
        await self._announce(statuses, await statuses.get_statuses(jobs))
        for user_id in {int(of) for kind, _, of in watched if kind in ("user", "endings")}:
            found = await statuses.list_for(user_id)
            fresh = [job for job in found if not job.is_final or job.updated_at >= since]
            await self._announce(statuses, [job for job in fresh if job.job_id not in jobs])

    async def _announce(self, statuses: JobStatusService, found: Iterable[JobStatus]) -> None:
        running: dict[int, int] = {}
        for status in found:
            told = self._states.get(status.job_id)
            if told is not status.status and status.user_id not in running:
                running[status.user_id] = await statuses.count_unfinished(status.user_id)
            if len(self._states) >= MOST_STATES:
                self._states.clear()
            self._states[status.job_id] = status.status
            self.announcer.announce(status, None if told is status.status else running[status.user_id])


def _topics(user_id: int, job_id: str) -> tuple[str, ...]:
    return job_topic(job_id), state_topic(job_id), user_topic(user_id), endings_topic(user_id)
