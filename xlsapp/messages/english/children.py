"""How far the work of a child process is, and why it ended early."""

from collections.abc import Callable, Mapping

from xlsapp.messages.english.phrases import many

WORDS: Mapping[str, str | Callable[..., str]] = {
    "progress.reading": "Checking row {row:,}",
    "progress.comparing": "Comparing with the records",
    "progress.marking": "Marking the problems",
    "progress.saving": "Saving {records:, records}",
    "progress.waits_for_memory": "Waiting until another large workbook has been read",
    "progress.proposing": "Looking at row {row:,}",
    "progress.writing": "Writing row {row:,} of {of:,}",
    "child.reading.out_of_memory": (
        "Reading this workbook takes more memory than is allowed here. It may have a stray value far "
        "outside the table: delete the columns and rows after it, save it as .xlsx, and upload it again."
    ),
    "child.reading.too_slow": (
        "Reading this workbook takes longer than {seconds:, seconds}, the most that is allowed. Split it "
        "into several."
    ),
    "child.reading.crashed": (
        "This workbook could not be read: it may be damaged. Open it in Excel or LibreOffice, save it as "
        ".xlsx, and upload it again."
    ),
    "child.reading.slow_for_its_size": lambda seconds, megabytes: (
        f"Reading this workbook takes longer than {many(seconds, 'seconds')}, the most that is allowed for a "
        f"file of {max(0.1, megabytes):,.1f} MB. Open it in Excel or LibreOffice, save it as .xlsx, and "
        "upload that."
    ),
    "child.comparing.out_of_memory": (
        "Comparing this workbook with the records takes more memory than is allowed here. Ask whoever runs "
        "this server to raise “imports.max_memory_mb”; or, to add or update, split the workbook into several."
    ),
    "child.comparing.too_slow": (
        "The workbook was read, but comparing it with the records went past {seconds:, seconds}, the most "
        "that is allowed in all. Ask whoever runs this server to raise “imports.max_seconds”; or, to add or "
        "update, split the workbook into several."
    ),
    "child.writing.out_of_memory": (
        "Writing this export takes more memory than is allowed here, which should never happen. Export a "
        "part of the records, and tell whoever runs this server."
    ),
    "child.writing.too_slow": (
        "Writing this export takes longer than {seconds:, seconds}, the most that is allowed. Export a part "
        "of the records."
    ),
    "child.writing.crashed": (
        "The export could not be written. Try again; if it repeats, tell whoever runs this server."
    ),
}
