"""What jobs do, and how they end when it is not their workbook that decides."""

from xlsapp.problems import Message

ID = "0123456789abcdef"


def _title(kind: str, status: str, name: str) -> Message:
    return Message("job.title", {"kind": kind, "status": status, "name": name})


JOBS = [
    (_title("import", "pending", "a.xlsx"), "Importing a.xlsx"),
    (_title("undo", "completed", "a.xlsx"), "Took back a.xlsx"),
    (_title("undo", "failed", ""), "Could not take back a change"),
    (_title("import", "processing", ""), "Importing a workbook"),
    (_title("import", "completed", "{a}.xlsx"), "Imported {a}.xlsx"),
    (_title("import", "failed", "a.xlsx"), "Could not import a.xlsx"),
    (_title("import", "asking", "a.xlsx"), "Waiting for your answer: a.xlsx"),
    (_title("import", "answered", "a.xlsx"), "You were asked about a.xlsx"),
    (_title("proposal", "processing", "a.xlsx"), "Looking at a.xlsx"),
    (_title("proposal", "completed", "a.xlsx"), "Looked at a.xlsx"),
    (_title("proposal", "failed", "a.xlsx"), "Could not look at a.xlsx"),
    (_title("export", "processing", "Customers"), "Exporting Customers"),
    (_title("export", "completed", "Customers"), "Exported Customers"),
    (_title("export", "failed", "Customers"), "Could not export Customers"),
    (
        Message("job.our_fault", {"job_id": ID}),
        f"Something broke on our side and nothing was changed. Try again; if it repeats, quote job {ID}.",
    ),
    (
        Message("job.template_gone"),
        "The template was deleted before this job was done, and nothing was changed.",
    ),
    (
        Message("job.many_unfinished", {"most": 100}),
        "100 of your jobs are not done yet, the most that an account may have. Wait until some are done, and "
        "try again.",
    ),
    (Message("job.waits_again"), "Waiting to start again."),
    (
        Message("job.waits_for_files"),
        "The files cannot be reached at the moment. Waiting to start again.",
    ),
    (
        Message("job.files_away", {"job_id": "7f3a"}),
        "The files could not be reached, and nothing was changed. Try again in some minutes; if it repeats, "
        "quote job 7f3a to whoever runs this server.",
    ),
    (Message("job.waits_for_seat"), "This takes longer than a small job. Waiting to start again."),
    (
        Message("job.could_not_queue"),
        "The job could not be queued, and nothing was changed. Try again in a moment.",
    ),
    (
        Message("job.never_queued"),
        "The server stopped before this job was queued, and nothing was changed. Please start it again.",
    ),
    (
        Message("job.stopped_too_often", {"attempts": 1, "job_id": ID}),
        "The server was stopped while it worked on this, once; nothing was changed. Try again; if the "
        f"workbook is very large or unusual, save it anew as .xlsx first. If it repeats, quote job {ID}.",
    ),
    (
        Message("job.stopped_too_often", {"attempts": 3, "job_id": ID}),
        "The server was stopped while it worked on this, three times; nothing was changed. Try again; if the "
        f"workbook is very large or unusual, save it anew as .xlsx first. If it repeats, quote job {ID}.",
    ),
    (Message("stored.sentence", {"sentence": "Said {before}."}), "Said {before}."),
]
