"""Workbooks that are given back with their problems marked: what stands in them, and what is told of them."""

from collections.abc import Callable, Mapping

from xlsapp.messages.english.phrases import many

HEADERS = {"cell": "Cell", "column": "Column", "value": "What it holds", "problem": "What is wrong"}


def _left_out(rows: int, cells: int) -> str:
    return f"A workbook of {many(rows, 'rows')} is ready, with {many(cells, 'cells')} marked."


WORDS: Mapping[str, str | Callable[..., str]] = {
    "marking.nothing": "Nothing was written.",
    "marking.done": lambda cells: f"The workbook is ready, with {many(cells, 'cells')} marked.",
    "marking.left_out": _left_out,
    "marking.not_yet": "Only an import that has ended with problems in its rows has a workbook to be marked.",
    "marking.cannot_be_read": (
        "The workbook could not be read once more. Open it in Excel or LibreOffice, save it as .xlsx, and "
        "upload it again."
    ),
    "marking.nothing_left_out": "This import has left no rows out.",
    "marking.file_name": lambda left_out: "rows left out" if left_out else "problems marked",
    "marking.about": lambda name, left_out: (
        f"The rows of “{name}” that were not imported, and why." if left_out else f"Of “{name}”."
    ),
    "marking.what_to_do": (
        "Mend the coloured cells and upload this workbook as it is: this sheet, the colours and the notes "
        "are ignored."
    ),
    "marking.header": lambda of: HEADERS[of],
    "marking.warning": "Only a warning:",
    "marking.values_only": (
        "This workbook is written in an unusual way, so it could not be marked itself: what is marked is a "
        "new one with the values of the sheet."
    ),
    "marking.other_format": (
        "Only xlsx files can be marked themselves, and this one is of another format ({format}): what is "
        "marked is an xlsx file with the values of the sheet in the same cells."
    ),
    "marking.not_all": lambda listed, more: (
        f"{many(listed, 'problems')} {'is' if listed == 1 else 'are'} marked, the most that are listed. "
        f"There {'is' if more == 1 else 'are'} {more:,} more."
    ),
}
