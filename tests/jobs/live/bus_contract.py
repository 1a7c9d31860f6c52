"""What every Bus must pass. A test module subclasses this and gives the fixtures `here` and `there`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.routing import Router

from xlsapp.jobs.live.announcing import Announcer, endings_topic, job_topic, state_topic, user_topic
from xlsapp.jobs.live.bus import Bus
from xlsapp.jobs.live.hub import Closed, Hub, Mailbox
from xlsapp.jobs.status import JobKind, JobStatusService, Status
from xlsapp.metrics import Metrics
from xlsapp.problems import Message
from xlsapp.rendering import Renderer
from xlsapp.services.accounts.sessions import Sessions
from xlsapp.web.routes import routes


@dataclass(frozen=True)
class Process:
    """What a process has of it: those that it tells, and those who watch in it."""

    hub: Hub
    bus: Bus
    statuses: JobStatusService
    sessions: Sessions

    async def create(self, job_id: str, user_id: int = 1) -> None:
        await self.statuses.create(
            job_id=job_id,
            kind=JobKind.IMPORT,
            import_template_id=1,
            user_id=user_id,
            template_name="Customers",
            file_name="customers.xlsx",
        )

    async def progress(self, job_id: str, row: int) -> None:
        await self.statuses.update_progress(job_id, Message("progress.reading", {"row": row}))


def announcer_for(hub: Hub) -> Announcer:
    router = Router(routes(max_upload_bytes=1))
    return Announcer(
        hub, Renderer(lambda name, **params: str(router.url_path_for(name, **params))), Metrics()
    )


@asynccontextmanager
async def process(store: Any, make_bus: Any) -> AsyncIterator[Process]:
    hub, sessions = Hub(), Sessions(store, 3600)
    bus = make_bus(announcer_for(hub), sessions.lately_ended)
    statuses = JobStatusService(store, 86400, bus.tell)
    async with bus.hearing(statuses):
        yield Process(hub, bus, statuses, sessions)


async def heard(mailbox: Mailbox, text: str) -> str:
    """What a watcher has been told by the time that this is in it."""
    told = ""
    async with asyncio.timeout(20):
        while text not in told:
            told += await mailbox.get()
    return told


class BusContract:
    """Changes are made `there` and watched `here`; both may be one process."""

    async def test_who_watches_a_job_is_told_of_its_progress_and_its_end(self, here, there):
        await there.create("a")
        with here.hub.watch(job_topic("a"), session_id="s") as mailbox:
            await there.progress("a", 12)
            await heard(mailbox, "12")
            await there.statuses.update_status("a", Status.COMPLETED)
            await heard(mailbox, "status--completed")

    async def test_who_watches_all_jobs_of_somebody_is_told_of_a_new_one_and_of_no_others(self, here, there):
        with here.hub.watch(user_topic(1), session_id="s") as mailbox:
            await there.create("other", user_id=11)
            await there.create("a")
            assert "job_row_other" not in await heard(mailbox, "job_row_a")

    async def test_who_waits_for_a_state_or_an_end_is_told_of_it(self, here, there):
        await there.create("a")
        with (
            here.hub.watch(state_topic("a"), session_id="s") as state,
            here.hub.watch(endings_topic(1), session_id="s") as ends,
        ):
            await there.statuses.update_status("a", Status.PROCESSING)
            await heard(state, "processing")
            await there.statuses.update_status("a", Status.COMPLETED)
            await heard(state, "completed")
            await heard(ends, "job_row_a")

    async def test_the_last_of_many_changes_is_told_last(self, here, there):
        await there.create("a")
        with here.hub.watch(job_topic("a"), session_id="s") as mailbox:
            for row in range(1000, 1050):
                await there.progress("a", row)
            told = await heard(mailbox, "1,049")

        assert told.rindex("1,049") > max(told.rfind(f"1,0{row}") for row in range(10, 49))

    async def test_the_sockets_of_an_ended_session_are_closed_and_no_others(self, here, there):
        await there.sessions.start(7, user_agent="one")
        ended = (await there.sessions.list_for(7))[0].id
        with (
            here.hub.watch("job:1", session_id=ended) as closed,
            here.hub.watch("job:1", session_id="other") as other,
        ):
            await there.sessions.end(7, ended)

            with pytest.raises(Closed):
                async with asyncio.timeout(20):
                    await closed.get()
            here.hub.publish("job:1", "1", lambda: "still here")
            assert await other.get() == "still here"
