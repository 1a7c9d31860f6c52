"""Workbooks that are given back with their problems marked."""

from xlsapp.problems import Message

MARKING = [
    (Message("marking.nothing"), "Nothing was written."),
    (Message("marking.done", {"cells": 1}), "The workbook is ready, with 1 cell marked."),
    (
        Message("marking.left_out", {"rows": 1200, "cells": 1300}),
        "A workbook of 1,200 rows is ready, with 1,300 cells marked.",
    ),
    (
        Message("marking.not_yet"),
        "Only an import that has ended with problems in its rows has a workbook to be marked.",
    ),
    (
        Message("marking.cannot_be_read"),
        "The workbook could not be read once more. Open it in Excel or LibreOffice, save it as .xlsx, and "
        "upload it again.",
    ),
    (Message("marking.nothing_left_out"), "This import has left no rows out."),
    (Message("marking.file_name", {"left_out": False}), "problems marked"),
    (Message("marking.file_name", {"left_out": True}), "rows left out"),
    (Message("marking.about", {"name": "list.xlsx", "left_out": False}), "Of “list.xlsx”."),
    (
        Message("marking.about", {"name": "list.xlsx", "left_out": True}),
        "The rows of “list.xlsx” that were not imported, and why.",
    ),
    (
        Message("marking.what_to_do"),
        "Mend the coloured cells and upload this workbook as it is: this sheet, the colours and the notes "
        "are ignored.",
    ),
    *(
        (Message("marking.header", {"of": of}), text)
        for of, text in (
            ("cell", "Cell"),
            ("column", "Column"),
            ("value", "What it holds"),
            ("problem", "What is wrong"),
        )
    ),
    (Message("marking.warning"), "Only a warning:"),
    (
        Message("marking.values_only"),
        "This workbook is written in an unusual way, so it could not be marked itself: what is marked is a "
        "new one with the values of the sheet.",
    ),
    (
        Message("marking.other_format", {"format": "csv"}),
        "Only xlsx files can be marked themselves, and this one is of another format (csv): what is marked "
        "is an xlsx file with the values of the sheet in the same cells.",
    ),
    (
        Message("marking.not_all", {"listed": 10_000, "more": 1}),
        "10,000 problems are marked, the most that are listed. There is 1 more.",
    ),
    (Message("progress.marking"), "Marking the problems"),
]
