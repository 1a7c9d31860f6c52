"""What exports wrote, what is to be known of it, and why there is none."""

from xlsapp.problems import Message

LONG = {"column": "Notes", "record": 2, "reason": "too_long", "found": 40_000}
STRANGE = {"column": "Name", "row": 1003, "reason": "no_character", "found": "U+FFFE"}
INFINITE = {"column": "Share", "record": 9, "reason": "infinite", "found": ""}


def _unwritable(count: int, *cells: object) -> Message:
    return Message("export.unwritable", {"count": count, "cells": list(cells), "most_characters": 32_767})


EXPORTS = [
    (Message("export.nothing_written"), "Nothing was written."),
    (Message("export.blank_written"), "A blank workbook is ready to be filled in."),
    (Message("export.sample_written", {"rows": 5}), "A sample with 5 made-up rows is ready."),
    (Message("export.records_written", {"records": 1}), "1 record is in the file."),
    (Message("export.records_written", {"records": 1204}), "1,204 records are in the file."),
    (Message("export.view_written", {"records": 1204}), "1,204 records are in the file, as the page showed."),
    (
        Message("export.no_columns"),
        "This template has no columns yet, so there is nothing to write. Add some first.",
    ),
    (
        Message("export.only_records"),
        "Only records can be exported as csv or JSON lines: these have no room for rules. Take a workbook "
        "(xlsx).",
    ),
    (Message("export.only_csv"), "Only a csv file has a separator. Export as csv, or leave it out."),
    (
        Message("export.no_such_delimiter"),
        "Write “,” or “;”: what is to stand between the values of a csv file.",
    ),
    (
        Message("export.too_many_records", {"most": 1_048_575, "count": 2_000_000}),
        "A sheet holds 1,048,575 records below its header, and these are 2,000,000. Export them as csv, or a "
        "part of them.",
    ),
    (
        Message("export.too_large"),
        "These records are larger than the 4 GB that a workbook holds. Export them as csv, or a part of "
        "them.",
    ),
    (
        Message("export.view_of_before"),
        "This export was asked for before the server was upgraded, and it cannot be told any more which "
        "records it was to have. Search and filter the records once more, and export them from there.",
    ),
    (
        _unwritable(1, INFINITE),
        "A workbook cannot hold a value of these records, and nothing is cut off in silence. “Share” of "
        "record 9 is infinite, and a cell holds numbers up to 1.8e308. Change them, or export as csv.",
    ),
    (
        _unwritable(1002, LONG, STRANGE),
        "A workbook cannot hold 1,002 values of these records, and nothing is cut off in silence. “Notes” of "
        "record 2 has 40,000 characters, and a cell holds 32,767. “Name” of row 1,003 has U+FFFE in it, "
        "which is not a character that a workbook knows. There are 1,000 more. Change them, or export as "
        "csv.",
    ),
    (
        Message("export.unwritable_name", {"column": "A\ufffe", "found": "U+FFFE", "more": 0}),
        "The name of the column “A\ufffe” has U+FFFE in it, which is not a character that a workbook knows. "
        "Rename it, or export as csv.",
    ),
    (
        Message("export.unwritable_name", {"column": "A\ufffe", "found": "U+FFFE", "more": 2}),
        "The name of the column “A\ufffe” has U+FFFE in it, which is not a character that a workbook knows, "
        "and 2 more have such a one. Rename it, or export as csv.",
    ),
    (
        Message("export.no_rows_made_up", {"columns": ["Code"], "more": 0}),
        "There are no made-up rows, as no values could be made up that keep to the rules of “Code”, which "
        "must not be empty: fill in rows of your own.",
    ),
    (
        Message("export.nothing_made_up", {"columns": ["Code", "Grade"], "more": 0}),
        "No values could be made up that keep to the rules of “Code”, “Grade”: fill them in.",
    ),
    (
        Message("export.nothing_made_up", {"columns": ["Code", "Grade"], "more": 3}),
        "No values could be made up that keep to the rules of “Code”, “Grade” and others: fill them in.",
    ),
    (
        Message("export.formulas", {"texts": 1}),
        "A spreadsheet program may take a text in this file for formulas, as csv cannot say what is text. A "
        "workbook (.xlsx) can.",
    ),
    (
        Message("export.formulas", {"texts": 1204}),
        "A spreadsheet program may take 1,204 texts in this file for formulas, as csv cannot say what is "
        "text. A workbook (.xlsx) can.",
    ),
]
