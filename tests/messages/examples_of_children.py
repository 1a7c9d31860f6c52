"""How far the work of a child process is, and why it ended early."""

from xlsapp.problems import Message

CHILDREN = [
    (Message("progress.reading", {"row": 12000}), "Checking row 12,000"),
    (Message("progress.comparing"), "Comparing with the records"),
    (Message("progress.saving", {"records": 12000}), "Saving 12,000 records"),
    (Message("progress.waits_for_memory"), "Waiting until another large workbook has been read"),
    (Message("progress.proposing", {"row": 12000}), "Looking at row 12,000"),
    (Message("progress.writing", {"row": 12000, "of": 50000}), "Writing row 12,000 of 50,000"),
    (
        Message("child.reading.out_of_memory"),
        "Reading this workbook takes more memory than is allowed here. It may have a stray value far outside "
        "the table: delete the columns and rows after it, save it as .xlsx, and upload it again.",
    ),
    (
        Message("child.reading.too_slow", {"seconds": 1200}),
        "Reading this workbook takes longer than 1,200 seconds, the most that is allowed. Split it into "
        "several.",
    ),
    (
        Message("child.reading.crashed"),
        "This workbook could not be read: it may be damaged. Open it in Excel or LibreOffice, save it as "
        ".xlsx, and upload it again.",
    ),
    (
        Message("child.comparing.out_of_memory"),
        "Comparing this workbook with the records takes more memory than is allowed here. Ask whoever runs "
        "this server to raise “imports.max_memory_mb”; or, to add or update, split the workbook into "
        "several.",
    ),
    (
        Message("child.comparing.too_slow", {"seconds": 300}),
        "The workbook was read, but comparing it with the records went past 300 seconds, the most that is "
        "allowed in all. Ask whoever runs this server to raise “imports.max_seconds”; or, to add or update, "
        "split the workbook into several.",
    ),
    (
        Message("child.writing.out_of_memory"),
        "Writing this export takes more memory than is allowed here, which should never happen. Export a "
        "part of the records, and tell whoever runs this server.",
    ),
    (
        Message("child.writing.too_slow", {"seconds": 300}),
        "Writing this export takes longer than 300 seconds, the most that is allowed. Export a part of the "
        "records.",
    ),
    (
        Message("child.writing.crashed"),
        "The export could not be written. Try again; if it repeats, tell whoever runs this server.",
    ),
]
