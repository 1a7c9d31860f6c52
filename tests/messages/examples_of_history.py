"""What taking changes back does, and why some of them cannot be taken back."""

from xlsapp.problems import Message


def _done(changed: int = 0, deleted: int = 0, returned: int = 0, columns: int = 0, left: int = 0) -> Message:
    records = {"changed": changed, "deleted": deleted, "returned": returned, "left": left}
    return Message("undo.done", {**records, "columns": columns})


HISTORY = [
    (
        _done(1200, 1, 2, 1, 1),
        "1,200 records are as before, 2 records are there again, 1 record is gone again, 1 column is "
        "there again, 1 record was left as it is.",
    ),
    (
        _done(1, 2, 1, 2, 2),
        "1 record is as before, 1 record is there again, 2 records are gone again, 2 columns are there "
        "again, 2 records were left as they are.",
    ),
    (Message("undo.nothing_to_do"), "There was nothing to take back."),
    (Message("undo.nothing_done"), "Nothing was taken back."),
    (
        Message("undo.still_open"),
        "This change is still being made. Wait until it is done, then take it back.",
    ),
    (
        Message("undo.not_whole"),
        "This change cannot be taken back any more: what the records were before it has been cleared away to "
        "keep the history within its limits.",
    ),
    (
        Message("undo.our_fault", {"job_id": "7f3a"}),
        "Something broke on our side. What was taken back so far is in the history of the template. Start it "
        "again to go on; if it repeats, quote job 7f3a.",
    ),
    (
        Message("undo.erased"),
        "What was erased from the history is gone for good, and cannot be taken back.",
    ),
    (Message("progress.undoing", {"done": 5000, "all": 12000}), "Taking back record 5,000 of 12,000."),
]
