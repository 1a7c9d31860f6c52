"""What becomes of a job whose run nobody will end: back into the line, or failed after all its attempts."""

from __future__ import annotations

from saq.job import Job, Status
from saq.utils import now

from xlsapp.queue_parts.codec import Codec
from xlsapp.queue_parts.rows import JobRow

INTERRUPTED = "cancelled"  # the error SAQ's worker gives a job that it stops at shutdown
DIED = "The process that ran this job ended before the job did (attempt {attempts} of {retries})."


def of_a_dead_process(codec: Codec, row: JobRow) -> tuple[Job, bool]:
    """The job as it now is, and whether it is to be done again.

    The attempt counts, so that a job that kills its worker ends as failed. One that was to be aborted is;
    but not one that was only swept, which is to be done again: its time may be over because a clock stepped.
    """
    job = codec.job(row)
    job.error = row.abort_error or DIED.format(attempts=job.attempts, retries=job.retries)
    return _taken_away(job, again=job.retryable and not _is_to_end(codec, row))


def given_back(codec: Codec, row: JobRow) -> tuple[Job, bool]:
    """The same for what a queue still holds when it disconnects in good order: interrupted is not failed.

    SAQ's worker leaves a job active when it is stopped between taking it and calling its function
    (that was no attempt), and when the function has returned but the job is not finished yet.
    """
    job = codec.job(row)
    job.error = row.abort_error or INTERRUPTED
    if row.worker_id is None:
        job.attempts -= 1
    else:
        job.retries += 1
    return _taken_away(job, again=not _is_to_end(codec, row))


def _is_to_end(codec: Codec, row: JobRow) -> bool:
    """Whether somebody has aborted it. A sweep stops a job only to have it done again."""
    return row.abort_error not in (None, codec.queue.swept_error_message)


def _taken_away(job: Job, *, again: bool) -> tuple[Job, bool]:
    job.touched = now()
    if again:
        job.status, job.started, job.progress = Status.QUEUED, 0, 0.0
    else:
        job.status = Status.ABORTED if job.status is Status.ABORTING else Status.FAILED
        job.completed = now()
    return job, again
