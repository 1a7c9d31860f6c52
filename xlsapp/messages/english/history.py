"""What taking changes back does, and why some of them cannot be taken back."""

from collections.abc import Callable, Mapping


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"


def _done(changed: int, deleted: int, returned: int, columns: int, left: int) -> str:
    parts = []
    if changed:
        parts.append(f"{_records(changed)} {'is' if changed == 1 else 'are'} as before")
    if returned:
        parts.append(f"{_records(returned)} {'is' if returned == 1 else 'are'} there again")
    if deleted:
        parts.append(f"{_records(deleted)} {'is' if deleted == 1 else 'are'} gone again")
    if columns:
        parts.append("1 column is there again" if columns == 1 else f"{columns:,} columns are there again")
    if left:
        parts.append(f"{_records(left)} {'was left as it is' if left == 1 else 'were left as they are'}")
    return f"{', '.join(parts)}."


WORDS: Mapping[str, str | Callable[..., str]] = {
    "undo.done": _done,
    "undo.nothing_to_do": "There was nothing to take back.",
    "undo.nothing_done": "Nothing was taken back.",
    "undo.still_open": "This change is still being made. Wait until it is done, then take it back.",
    "undo.not_whole": (
        "This change cannot be taken back any more: what the records were before it has been cleared away to "
        "keep the history within its limits."
    ),
    "undo.our_fault": (
        "Something broke on our side. What was taken back so far is in the history of the template. Start it "
        "again to go on; if it repeats, quote job {job_id}."
    ),
    "undo.erased": "What was erased from the history is gone for good, and cannot be taken back.",
    "progress.undoing": "Taking back record {done:,} of {all:,}.",
}
