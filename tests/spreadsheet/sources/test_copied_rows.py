"""Records that come as csv through a pipe are the values that they are."""

import os
import threading

from xlsapp.models import ColumnType
from xlsapp.spreadsheet.sources.copied_rows import CopiedRows

LINES = '''\
7,2026-01-31T09:30:00.123456Z,1,"two
lines, ""quoted""",42,0.1,t,2026-01-31 09:30:00.25,36000.5
9,2026-02-01T00:00:00Z,12,,,,,,
'''
TYPES = (
    *(ColumnType.TEXT, ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.BOOLEAN),
    *(ColumnType.DATETIME, ColumnType.DURATION),
)


def test_what_is_written_into_a_pipe_arrives_as_typed_rows(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_text, args=(LINES,))
    writing.start()
    rows = CopiedRows(pipe, TYPES, count=2).open()
    found = []
    while more := rows.next_rows():
        found += more
    rows.close()
    writing.join()
    assert found == [
        (
            'two\nlines, "quoted"',
            42,
            0.1,
            1,
            "2026-01-31T09:30:00.250000",
            36000.5,
            7,
            "2026-01-31T09:30:00.123456Z",
            1,
        ),
        (None, None, None, None, None, None, 9, "2026-02-01T00:00:00Z", 12),
    ]
