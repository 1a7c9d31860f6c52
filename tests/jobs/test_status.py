"""Statuses: one writer, atomic updates, a last state that stays, and nobody who watches misses it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator

import pytest
from starlette.routing import Router

from xlsapp.db.database import SqliteDatabase
from xlsapp.db.expiring_store import SqliteExpiringStore
from xlsapp.db.migrate import migrate
from xlsapp.jobs.live.announcing import Announcer, job_topic
from xlsapp.jobs.live.bus import ProcessBus
from xlsapp.jobs.live.hub import Hub
from xlsapp.jobs.reporting import our_fault
from xlsapp.jobs.showing import shown
from xlsapp.jobs.status import FINAL, JobKind, JobStatusService, Status
from xlsapp.messages.saying import say
from xlsapp.metrics import Metrics
from xlsapp.problems import Message
from xlsapp.rendering import Renderer
from xlsapp.services.accounts.sessions import Sessions
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.exports.receipt import ExportReceipt
from xlsapp.sqlite_queue import SqliteQueue
from xlsapp.web.routes import routes

# `make torture` has a thousand.
QUICK_JOBS = int(os.environ.get("QUICK_JOBS", "200"))


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def statuses(tmp_path, hub) -> AsyncIterator[JobStatusService]:
    path = tmp_path / "status.sqlite3"
    migrate(path, "status")
    db = await SqliteDatabase.open(path, durable=False)
    router = Router(routes(max_upload_bytes=1))
    renderer = Renderer(lambda name, **params: str(router.url_path_for(name, **params)))
    bus = ProcessBus(Announcer(hub, renderer, Metrics()), Sessions(SqliteExpiringStore(db), 10).lately_ended)
    yield JobStatusService(SqliteExpiringStore(db), 86400, bus.tell)
    await db.close()


async def create(statuses: JobStatusService, job_id: str, user_id: int = 1) -> None:
    await statuses.create(
        job_id=job_id,
        kind=JobKind.IMPORT,
        import_template_id=1,
        user_id=user_id,
        template_name="Customers",
        file_name="customers.xlsx",
    )


def reading(row: int) -> Message:
    return Message("progress.reading", {"row": row})


async def test_a_late_word_cannot_turn_a_last_state_back(statuses):
    await create(statuses, "a")
    await statuses.update_status("a", Status.COMPLETED, result={"summary": "Done."})

    assert await statuses.update_progress("a", reading(5)) is None
    assert await statuses.update_status("a", Status.FAILED, reasons=[Message("file.empty")]) is None
    assert await statuses.update_status("a", Status.PENDING) is None
    await create(statuses, "a")

    status = await statuses.get_status("a")
    assert (status.status, status.reasons, status.progress) == (Status.COMPLETED, (), None)


async def test_a_job_says_what_was_stored_as_codes_in_words(statuses):
    await create(statuses, "a")
    await statuses.update_status(
        "a", Status.PENDING, progress=Message("progress.writing", {"row": 1, "of": 9})
    )
    await statuses.update_progress("a", reading(12_000))

    status = await statuses.get_status("a")
    assert status.progress == reading(12_000), "nothing is left of the message before"
    assert shown(status).progress == "Checking row 12,000"
    assert shown(status).progress_message == {"code": "progress.reading", "parameters": {"row": 12_000}}

    await statuses.update_status("a", Status.FAILED, reasons=[Message("job.never_queued"), our_fault("a")])
    words = shown(await statuses.get_status("a"))
    assert (words.title, words.progress) == ("Could not import customers.xlsx", None)
    assert words.error_message.startswith("The server stopped before this job was queued")
    assert words.error_message.endswith("quote job a.")


async def test_statuses_that_an_earlier_version_stored_still_show(statuses):
    for job_id, stored in {
        "a": {"progress": "Checking row 5"},
        "b": {
            "status": "failed",
            "error_message": "No rows.",
            "result": {"summary": "Nothing was imported."},
        },
    }.items():
        await create(statuses, job_id)
        await statuses.store.merge(f"job_status:import:1:{job_id}", stored, ttl_seconds=60)

    running, failed = [shown(await statuses.get_status(job_id)) for job_id in "ab"]

    assert (running.progress, running.error_message) == ("Checking row 5", None)
    assert (failed.progress, failed.error_message) == (None, "No rows.")
    assert failed.result == {"summary": "Nothing was imported."}


async def test_unfinished_jobs_are_counted_and_listed_for_their_user_alone(statuses):
    for number in range(5):
        await create(statuses, f"ada{number}", user_id=1)
        await create(statuses, f"eve{number}", user_id=11)
    await statuses.update_status("ada0", Status.COMPLETED)
    await statuses.update_status("ada1", Status.PROCESSING)

    assert await statuses.count_unfinished(1) == 4
    assert {status.job_id for status in await statuses.list_for(1)} == {f"ada{n}" for n in range(5)}
    assert len(await statuses.list_unfinished()) == 9


async def test_many_quick_jobs_show_everybody_their_last_state(statuses, hub, tmp_path, start_worker):
    """Each takes a few milliseconds: it is over before most who watch it have got its first state."""

    async def run(ctx):
        job_id = ctx["job"].key
        await statuses.update_status(job_id, Status.PROCESSING)
        await statuses.update_status(job_id, Status.COMPLETED, result={"summary": job_id})

    async def watch(job_id: str) -> str:
        """What a page does: subscribe, take the state as it is now, then follow."""
        with hub.watch(job_topic(job_id), session_id="s") as mailbox:
            status = await statuses.get_status(job_id)
            shown = "" if status is None else status.status
            async with asyncio.timeout(120):
                while shown not in FINAL:
                    shown = re.search(r'data-status="(\w+)"', await mailbox.get())[1]
            return shown

    queue = SqliteQueue(str(tmp_path / "queue.sqlite3"))
    await queue.connect()
    await start_worker(queue, [("run", run)])
    watching = []

    async def start(number: int) -> None:
        job_id = f"{number:016x}"
        if number % 2:
            watching.append(asyncio.create_task(watch(job_id)))
        await create(statuses, job_id)
        await queue.enqueue("run", key=job_id)
        watching.append(asyncio.create_task(watch(job_id)))

    for first in range(0, QUICK_JOBS, 50):
        await asyncio.gather(*map(start, range(first, first + 50)))

    assert set(await asyncio.gather(*watching)) == {"completed"}
    assert len(watching) == QUICK_JOBS * 3 // 2
    assert hub.count() == 0
    await queue.disconnect()


async def test_exports_show_what_version_1_of_the_api_promises_of_them(statuses):
    receipt = ExportReceipt(
        ExportKind.VIEW,
        ExportFormat.CSV,
        "people.csv",
        90,
        2,
        notes=(Message("export.formulas", {"texts": 1}),),
    )
    words = {
        "success": True,
        "summary": "2 records are in the file, as the page showed.",
        "file_name": "people.csv",
        "format": "csv",
        "size_bytes": 90,
        "processed_count": 2,
        "notes": [say(receipt.notes[0])],
    }
    for job_id, result in ("a", receipt.to_dict()), ("b", words):  # b by a version that stored sentences
        await statuses.create(
            job_id=job_id, kind=JobKind.EXPORT, import_template_id=1, user_id=1, template_name="People"
        )
        await statuses.update_status(job_id, Status.COMPLETED, result=result)

        result = shown(await statuses.get_status(job_id)).result
        assert {name: result[name] for name in words} == words
        if job_id == "a":
            assert result["messages"]["notes"] == [note.to_dict() for note in receipt.notes]
