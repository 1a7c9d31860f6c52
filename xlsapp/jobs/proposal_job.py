"""Sample workbooks: looked at as jobs without a status, and kept until they are used or expire."""

import enum
import logging
import time
from dataclasses import dataclass
from typing import Any

from saq.job import TERMINAL_STATUSES

from xlsapp.context import App
from xlsapp.db.expiring_store import Entry, ExpiringStore
from xlsapp.jobs.queueing import JobContext, enqueue
from xlsapp.jobs.reporting import PROGRESS_EVERY_SECONDS, TRANSIENT, our_fault
from xlsapp.messages.saying import say
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.services.templates.proposal import propose_template
from xlsapp.spreadsheet.proposing.proposals import Proposal

log = logging.getLogger(__name__)

KEPT_SECONDS = 2 * 3600
# Of one user: who uploads another one loses the oldest.
MOST_KEPT = 5


class State(enum.StrEnum):
    """How far a sample is."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample workbook. Its file is the upload of the job `sample_id`."""

    sample_id: str
    user_id: int
    file_name: str
    state: State
    progress: str = ""
    error_message: str = ""
    proposal: Proposal | None = None


async def start_sample(app: App, user: User, *, sample_id: str, file_name: str) -> None:
    """Have a sample looked at whose upload is already in its place."""
    entry: Entry = {
        "sample_id": sample_id,
        "user_id": user.id,
        "file_name": file_name,
        "state": State.WAITING,
    }
    await app.statuses.store.put(
        {_key(sample_id): entry, _user_key(user.id, sample_id): {"created_at": time.time()}},
        ttl_seconds=KEPT_SECONDS,
    )
    await _forget_oldest(app, user.id)
    await enqueue(
        app,
        "run_sample",
        job_id=sample_id,
        arguments={},
        timeout_seconds=app.settings.imports.max_seconds + 60,
    )


async def run_sample(ctx: JobContext) -> None:
    """Look at one sample. Its last state is ready or failed."""
    app, job = ctx["app"], ctx["job"]
    if not await is_kept(app, job.key):
        return

    next_progress = 0.0

    async def tell(progress: Message) -> None:
        nonlocal next_progress
        if time.monotonic() >= next_progress:
            next_progress = time.monotonic() + PROGRESS_EVERY_SECONDS
            await _change(app, job.key, {"progress": say(progress)})

    try:
        result = await propose_template(
            app.sandbox, app.files.upload(job.key), app.settings.imports, on_progress=tell
        )
    except TRANSIENT:
        if job.retryable:
            raise
        await _fail(app, job.key)
        raise
    except Exception:
        log.exception("Sample %s could not be looked at", job.key)
        await _fail(app, job.key)
        return
    if result.proposal:
        await _change(app, job.key, {"state": State.READY, "proposal": result.proposal.to_dict()})
    elif result.error:
        await _change(app, job.key, {"state": State.FAILED, "error_message": say(result.error)})


async def get_sample(app: App, user: User, sample_id: str) -> Sample | None:
    """A user's sample; None when it is unknown, used, expired, or somebody else's."""
    entry = await app.statuses.store.get(_key(sample_id))
    if entry is None or entry["user_id"] != user.id:
        return None
    if entry["state"] == State.WAITING and not await _is_queued(app, sample_id):
        # Either it has just been done, or the queue has given it up: its process was killed again and again.
        entry = await app.statuses.store.get(_key(sample_id)) or entry
        if entry["state"] == State.WAITING:
            entry |= {"state": State.FAILED, "error_message": say(our_fault(sample_id))}
    values: dict[str, Any] = {**entry, "state": State(entry["state"])}
    if "proposal" in entry:
        values["proposal"] = Proposal.from_dict(entry["proposal"])
    return Sample(**values)


async def forget_sample(app: App, sample: Sample) -> None:
    """Keep a sample no longer. Its file, if it is still there, goes with the next sweep of orphans."""
    await _forget(app, sample.user_id, sample.sample_id)


async def forget_samples(store: ExpiringStore, user_id: int) -> list[str]:
    """Keep none of a user's samples any longer. Returns their ids, which name their files."""
    pointers = await store.list_by_prefix(_user_key(user_id, ""))
    sample_ids = [key.removeprefix(_user_key(user_id, "")) for key in pointers]
    await store.delete(*pointers, *map(_key, sample_ids))
    return sample_ids


async def is_kept(app: App, job_id: str) -> bool:
    """Whether a file belongs to a sample that may still be used."""
    return await app.statuses.store.get(_key(job_id)) is not None


async def _is_queued(app: App, sample_id: str) -> bool:
    job = await app.queue.job(sample_id)
    return job is not None and job.status not in TERMINAL_STATUSES


async def _forget_oldest(app: App, user_id: int) -> None:
    kept = await app.statuses.store.list_by_prefix(_user_key(user_id, ""))
    newest_first = sorted(kept, key=lambda key: float(kept[key]["created_at"]), reverse=True)
    for key in newest_first[MOST_KEPT:]:
        await _forget(app, user_id, key.rpartition(":")[2])


async def _forget(app: App, user_id: int, sample_id: str) -> None:
    await app.statuses.store.delete(_key(sample_id), _user_key(user_id, sample_id))


async def _fail(app: App, sample_id: str) -> None:
    sentence = say(our_fault(sample_id))
    await _change(app, sample_id, {"state": State.FAILED, "error_message": sentence})


async def _change(app: App, sample_id: str, changes: Entry) -> None:
    await app.statuses.store.merge(_key(sample_id), changes, ttl_seconds=KEPT_SECONDS)


def _key(sample_id: str) -> str:
    return f"template_sample:{sample_id}"


def _user_key(user_id: int, sample_id: str) -> str:
    return f"user_template_sample:{user_id}:{sample_id}"
