"""What jobs do, and how they end when it is not their workbook that decides."""

from collections.abc import Callable, Mapping

# What a job is about to do, what it has done, and what it could not do.
DOING = {
    "check": ("Checking {name}", "Checked {name}", "Could not check {name}"),
    "import": ("Importing {name}", "Imported {name}", "Could not import {name}"),
    "proposal": ("Looking at {name}", "Looked at {name}", "Could not look at {name}"),
    "marking": ("Marking {name}", "Marked {name}", "Could not mark {name}"),
    "export": ("Exporting {name}", "Exported {name}", "Could not export {name}"),
    "undo": ("Taking back {name}", "Took back {name}", "Could not take back {name}"),
}
# An import that has stopped because it asks, and such a one that goes on in another job.
ASKING = {"asking": "Waiting for your answer: {name}", "answered": "You were asked about {name}"}


def _title(kind: str, status: str, name: str) -> str:
    if status in ASKING:
        return ASKING[status].format(name=name or "a workbook")
    doing, done, not_done = DOING[kind]
    words = {"completed": done, "failed": not_done}.get(status, doing)
    return words.format(name=name or ("a change" if kind == "undo" else "a workbook"))


def _stopped_too_often(attempts: int, job_id: str) -> str:
    times = {1: "once", 2: "twice", 3: "three times"}.get(attempts, f"{attempts:,} times")
    return (
        f"The server was stopped while it worked on this, {times}; nothing was changed. Try again; if the "
        f"workbook is very large or unusual, save it anew as .xlsx first. If it repeats, quote job {job_id}."
    )


WORDS: Mapping[str, str | Callable[..., str]] = {
    "job.title": _title,
    "job.our_fault": (
        "Something broke on our side and nothing was changed. Try again; if it repeats, quote job {job_id}."
    ),
    "job.unknown": "There is no such job. It may be gone, or it belongs to another account.",
    "job.template_gone": "The template was deleted before this job was done, and nothing was changed.",
    "job.many_unfinished": lambda most: (
        f"{most:,} of your jobs {'is' if most == 1 else 'are'} not done yet, the most that an account may "
        f"have. Wait until {'it is' if most == 1 else 'some are'} done, and try again."
    ),
    "job.waits_again": "Waiting to start again.",
    "job.waits_for_files": "The files cannot be reached at the moment. Waiting to start again.",
    "job.files_away": (
        "The files could not be reached, and nothing was changed. Try again in some minutes; if it repeats, "
        "quote job {job_id} to whoever runs this server."
    ),
    "job.waits_for_seat": "This takes longer than a small job. Waiting to start again.",
    "job.could_not_queue": ("The job could not be queued, and nothing was changed. Try again in a moment."),
    "job.never_queued": (
        "The server stopped before this job was queued, and nothing was changed. Please start it again."
    ),
    "job.stopped_too_often": _stopped_too_often,
    # What an earlier version has stored, which had no codes for it.
    "stored.sentence": "{sentence}",
}
