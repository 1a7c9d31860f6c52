"""SAQ's jobs as rows of a table, and back; and the claim a job carries while a worker has it."""

from __future__ import annotations

from dataclasses import dataclass

from saq.job import Job, Status
from saq.queue.base import Queue

from xlsapp.queue_parts.rows import JobRow, JobValues

# Attributes of a Job that was dequeued: whose it is; not begun yet. A Job has no fields for them.
CLAIM, FRESH, SENT_BACK = "_queue_claim", "_queue_fresh", "_queue_sent_back"

# Keys of a job's `meta`: whose job it is, a text; whether it is a small one.
OWNER, SMALL = "owner", "small"

UNREADABLE = "This job cannot be read: {error!r}"


def claim_of(job: Job) -> int | None:
    """The claim under which this object was taken from the line."""
    claim: int | None = job.__dict__.get(CLAIM)
    return claim


def hold(job: Job, claim: int | None) -> None:
    """What is done to the job through this object counts only while the row's claim is this one."""
    job.__dict__[CLAIM] = claim


def release(job: Job) -> None:
    """It is in the line again: this object is nobody's in particular."""
    job.__dict__.pop(CLAIM, None)
    job.__dict__.pop(FRESH, None)


def mark_fresh(job: Job) -> None:
    """The job was taken, and has not begun."""
    job.__dict__[FRESH] = True


def take_freshness(job: Job) -> bool:
    """Whether the job begins now. True once."""
    return bool(job.__dict__.pop(FRESH, False))


def mark_sent_back(job: Job) -> None:
    """The run has ended, and the job has not: whatever its worker says now is about nothing."""
    job.__dict__[SENT_BACK] = True


def was_sent_back(job: Job) -> bool:
    """Whether the run of this object ended by `send_back`."""
    return SENT_BACK in job.__dict__


@dataclass(frozen=True, slots=True)
class Codec:
    """Translates the jobs of one queue, with the queue's own `dump` and `load`."""

    queue: Queue

    def values(self, job: Job, status: Status | str | None = None) -> JobValues:
        """The job as it is at this moment, with this status."""
        given, job.status = job.status, Status(status or job.status)
        try:
            payload = self.queue.serialize(job)
            name = job.status.value
        finally:
            job.status = given
        return JobValues(
            self.queue.name,
            job.key,
            name,
            job.priority,
            job.group_key,
            job.scheduled,
            job.attempts,
            job.started,
            job.touched,
            job.worker_id,
            payload,
            str(job.meta.get(OWNER, "")),
            bool(job.meta.get(SMALL)),
            claim_of(job),
        )

    def job(self, row: JobRow) -> Job:
        """The job of a row: its payload, with the columns laid over it."""
        job = self.queue.deserialize(row.payload, row.status)
        if job is None:
            raise ValueError(f"Job {row.key} has no payload")
        job.attempts, job.started, job.touched = row.attempts, row.started, row.touched
        job.worker_id = row.worker_id
        if row.abort_error is not None:
            job.error = row.abort_error
        return job

    def held_job(self, row: JobRow) -> Job:
        """A job with its present claim: what we do to it counts only while that lasts."""
        job = self.job(row)
        hold(job, row.claim)
        return job
