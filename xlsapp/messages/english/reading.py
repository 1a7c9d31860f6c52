"""Why a workbook's table cannot be imported."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xlsapp.messages.english.phrases import assumed_encoding, quoted

SPLIT = "Split it into several workbooks."


def _nothing_in_row(sheet: str, row: int) -> str:
    return (
        f"{_place(sheet)} has nothing in row {row:,}. Write the number of the row with headers, or leave it "
        "to be found."
    )


def _place(sheet: str) -> str:
    return f"The sheet “{sheet}”" if sheet else "This workbook"


def _header_again(name: str, cells: Sequence[str], count: int) -> str:
    times = "twice" if count == 2 else f"{count} times"
    return (
        f"The column “{name}” is there {times}: in {' and '.join(cells)}. Rename or remove the one that is "
        "not meant."
    )


def _no_header_known(row: int, found: Sequence[str], expected: Sequence[str], encoding: str) -> str:
    names = quoted(expected) or "the template’s columns"
    sentence = (
        f"No header of the template was found. Row {row:,} was taken for the header row; it has "
        f"{quoted(found) or 'no headers'}, and should have {names}."
    )
    return f"{sentence} {assumed_encoding(encoding)}" if encoding else sentence


def _columns_missing(row: int, columns: Sequence[Mapping[str, Any]], more: int) -> str:
    sentences = []
    for column in columns:
        likely = column["likely"]
        hint = f" Is “{likely}” your column “{column['name']}”?" if likely else ""
        sentences.append(f"Row {row:,} has no column “{column['name']}”.{hint}")
    if more:
        sentences.append("1 more is missing." if more == 1 else f"{more:,} more are missing.")
    return " ".join(sentences)


WORDS: Mapping[str, str | Callable[..., str]] = {
    "table.no_such_sheet": lambda sheet, sheets: (
        f"There is no sheet “{sheet}” with cells in this workbook. It has: {quoted(sheets)}."
    ),
    "table.no_visible_sheet": (
        "This workbook has no visible sheet with cells. Unhide the sheet, or name it in the form."
    ),
    "table.nothing_in_row": _nothing_in_row,
    "table.no_rows": lambda sheet: f"{_place(sheet)} has no rows. Choose a workbook with rows in it.",
    "table.no_rows_below": (
        "The sheet “{sheet}” has no rows below its header row {row:,}. Fill some in and upload it again."
    ),
    "table.too_many_rows": (
        "The sheet “{sheet}” has more than {most:, rows}, the most that can be imported at once. " + SPLIT
    ),
    "table.too_many_cells": (
        "The sheet “{sheet}” has more than {most:, cells}, the most that can be imported at once. " + SPLIT
    ),
    "table.too_much_text": (
        "The texts in this workbook are longer than {most_megabytes:,} MB in all. " + SPLIT
    ),
    "headers.again": _header_again,
    "headers.none_known": _no_header_known,
    "headers.missing": _columns_missing,
    "headers.left_as_it_is": (
        "The workbook has no column “{column}”: it is left as it is, and blank in new records."
    ),
}
