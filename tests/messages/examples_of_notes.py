"""What is to be known of how a workbook was read."""

from xlsapp.problems import Message


def _convention(
    type: str, convention: int, total: int, proofs: int, against: int, lender: str = ""
) -> Message:
    return Message(
        "reading.convention",
        {
            "column": "Since",
            "type": type,
            "convention": convention,
            "total": total,
            "proofs": proofs,
            "against": against,
            "lender": lender or None,
        },
    )


NOTES = [
    (
        Message("reading.no_header_row"),
        "No row was taken for a header: the columns were found by their letters.",
    ),
    (
        Message("reading.headers_in_order", {"header": "Qtr 1", "cells": ["B1", "C1"], "count": 2}),
        "The header “Qtr 1” is there twice, in B1, C1: its columns were told apart by their order.",
    ),
    (
        Message("reading.headers_in_order", {"header": "Qtr 1", "cells": ["B1", "C1"], "count": 9}),
        "The header “Qtr 1” is there 9 times, in B1, C1 …: its columns were told apart by their order.",
    ),
    (
        Message("reading.bare_times", {"column": "Opens", "times": 12}),
        "“Opens”: 12 texts such as 9.30 or 0930 were read as times of day, as all of the column can be.",
    ),
    (
        Message("reading.values_only"),
        "Only the cells' values could be read, as the file is written in an unusual way: zeros that a format "
        "shows, links and merged cells were not seen. Open it in Excel, save it, and upload it again if it "
        "has them.",
    ),
    (
        Message("reading.other_sheets", {"sheet": "Jan", "others": ["Feb", "March"], "more": 0}),
        "The sheet “Jan” was imported. Left alone: “Feb”, “March”.",
    ),
    (
        Message("reading.other_sheets", {"sheet": "Jan", "others": ["Feb"], "more": 2}),
        "The sheet “Jan” was imported. Left alone: “Feb” and 2 more.",
    ),
    (
        Message(
            "reading.columns_without_header", {"columns": [["D", 1200], ["F", 1]], "more": 0, "more_cells": 0}
        ),
        "Columns without a header were left alone: D (1,200 cells), F (1 cell).",
    ),
    (
        Message("reading.columns_without_header", {"columns": [["D", 2]], "more": 3, "more_cells": 1200}),
        "Columns without a header were left alone: D (2 cells) and 3 more (1,200 cells).",
    ),
    (
        Message("reading.rows_left_out", {"rows": 1}),
        "1 row has values only in columns that are not imported, and counted as blank.",
    ),
    (
        Message("reading.rows_left_out", {"rows": 1200}),
        "1,200 rows have values only in columns that are not imported, and counted as blank.",
    ),
    (
        Message("reading.assumed_encoding", {"encoding": "Windows-1252"}),
        "The file is not in UTF-8, and was read as Windows-1252. If letters are wrong, choose its encoding "
        "in the upload form.",
    ),
    (
        _convention("date", 0, total=1, proofs=1, against=0),
        "“Since”: 1 date written as text was read day first (31/01/2026); one can only be read so.",
    ),
    (
        _convention("datetime", 1, total=1200, proofs=3, against=2),
        "“Since”: 1,200 dates written as text were read month first (01/31/2026); 3 can only be read so; 2 "
        "can only be read the other way.",
    ),
    (
        _convention("integer", 1, total=2, proofs=0, against=0, lender="Price"),
        "“Since”: 2 numbers written as text were read with points between thousands (1.234), as in the "
        "column “Price”.",
    ),
    (
        _convention("number", 0, total=2, proofs=0, against=0),
        "“Since”: 2 numbers written as text were read with a decimal point (1,234.5); none of them shows "
        "which way is meant. If it is wrong, write them as Excel's own numbers.",
    ),
    (
        Message("reading.buddhist_years", {"column": "Day", "dates": 2}),
        "“Day”: 2 dates of the Thai calendar, whose years are 543 ahead: 2567 was read as 2024.",
    ),
    (
        Message("reading.currencies", {"column": "Price", "signs": [["€", 1200]], "several": False}),
        "“Price”: the numbers were kept without their currency: € (1,200).",
    ),
    (
        Message("reading.currencies", {"column": "Price", "signs": [["€", 2], ["$", 1]], "several": True}),
        "“Price”: the numbers are of several currencies, which were not kept: € (2), $ (1).",
    ),
    (
        Message(
            "reading.error_cells",
            {"column": "Price", "cells": 1, "shown": [["B2", "#N/A"]], "by": "upload"},
        ),
        "“Price”: 1 cell without a value was taken for blank, as was said for this upload: “#N/A” in B2.",
    ),
    (
        Message(
            "reading.error_cells",
            {"column": "Price", "cells": 1200, "shown": [["B2", "#N/A"]], "by": "template"},
        ),
        "“Price”: 1,200 cells without a value were taken for blank, as the template remembers: “#N/A” in "
        "B2 ….",
    ),
    (
        Message("reading.cut", {"column": "Code", "values": 1}),
        "“Code”: outer blanks and characters that nobody sees were left out of 1 value, as this column's "
        "values are compared.",
    ),
    (
        Message("reading.cut", {"column": "Code", "values": 1200}),
        "“Code”: outer blanks and characters that nobody sees were left out of 1,200 values, as this "
        "column's values are compared.",
    ),
    (
        Message("reading.merged_filled", {"column": "Plan", "areas": ["A2:A4", "A6:A7"], "more": 0}),
        "“Plan”: the value of merged cells was taken for all their rows: A2:A4, A6:A7.",
    ),
    (
        Message("reading.merged_numbers", {"column": "Price", "areas": ["A2:A4"], "more": 1200}),
        "“Price”: the value of merged cells was taken for the first of their rows only: A2:A4 and "
        "1,200 more.",
    ),
    (
        Message("reading.zones", {"column": "Seen", "times": 1, "zones": [["UTC", 1]], "as_utc": False}),
        "“Seen”: 1 time is written for UTC, and was kept as it is written.",
    ),
    (
        Message(
            "reading.zones",
            {"column": "Seen", "times": 1200, "zones": [["UTC", 1199], ["UTC+02:00", 1]], "as_utc": True},
        ),
        "“Seen”: 1,200 times are written for several time zones, UTC (1,199), UTC+02:00 (1), and were stored "
        "as UTC.",
    ),
]
