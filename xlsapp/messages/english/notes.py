"""What its user should know about how a workbook was read."""

from collections.abc import Callable, Mapping, Sequence

from xlsapp.messages.english.phrases import assumed_encoding, counted, counted_columns, many, quoted, read_as


def _other_sheets(sheet: str, others: Sequence[str], more: int) -> str:
    names = quoted(others) + (f" and {more} more" if more else "")
    return f"The sheet “{sheet}” was imported. Left alone: {names}."


def _rows_left_out(rows: int) -> str:
    have = "1 row has" if rows == 1 else f"{rows:,} rows have"
    return f"{have} values only in columns that are not imported, and counted as blank."


BY = {
    "": "",
    "upload": ", as was said for this upload",
    "template": ", as the template remembers",
    "currency": ", as in all countries of their currency",
    "export": ", as exports from here are written",
}


def _convention(
    column: str,
    type: str,
    convention: int,
    total: int,
    proofs: int,
    against: int,
    lender: str | None,
    by: str = "",
) -> str:
    kind, way = read_as(type, convention)
    were = f"{total:,} {kind} written as text were"
    if total == 1:
        were = f"1 {kind.removesuffix('s')} written as text was"
    text = f"“{column}”: {were} read {way}"
    if lender:
        text += f", as in the column “{lender}”"
    elif by:
        text += BY[by]
    elif proofs:
        text += f"; {proofs:,} can only be read so" if proofs > 1 else "; one can only be read so"
    else:
        text += "; none of them shows which way is meant. If it is wrong, write them as Excel's own " + kind
    return text + (f"; {against:,} can only be read the other way." if against else ".")


def _currencies(column: str, signs: Sequence[Sequence[str | int]], several: bool) -> str:
    if several:
        return f"“{column}”: the numbers are of several currencies, which were not kept: {counted(signs)}."
    return f"“{column}”: the numbers were kept without their currency: {counted(signs)}."


def _areas(areas: Sequence[str], more: int) -> str:
    return ", ".join(areas) + (f" and {more:,} more" if more else "")


def _zones(column: str, times: int, zones: Sequence[Sequence[str | int]], as_utc: bool, by: str = "") -> str:
    are, was = ("1 time is", "was") if times == 1 else (f"{times:,} times are", "were")
    became = "stored as UTC" if as_utc else f"kept as {'it is' if times == 1 else 'they are'} written"
    named = str(zones[0][0]) if len(zones) == 1 else f"several time zones, {counted(zones)}"
    return f"“{column}”: {are} written for {named}, and {was} {became}{BY[by]}."


def _cut(column: str, values: int) -> str:
    these = "1 value" if values == 1 else f"{values:,} values"
    return (
        f"“{column}”: outer blanks and characters that nobody sees were left out of {these}, as this "
        "column's values are compared."
    )


def _error_cells(column: str, cells: int, shown: Sequence[Sequence[str]], by: str) -> str:
    were = "1 cell without a value was" if cells == 1 else f"{cells:,} cells without a value were"
    named = ", ".join(f"“{text}” in {cell}" for cell, text in shown) + (" …" if cells > len(shown) else "")
    return f"“{column}”: {were} taken for blank{BY[by]}: {named}."


def _headers_in_order(header: str, cells: Sequence[str], count: int) -> str:
    times = "twice" if count == 2 else f"{count:,} times"
    more = " …" if count > len(cells) else ""
    return (
        f"The header “{header}” is there {times}, in {', '.join(cells)}{more}: its columns were told apart "
        "by their order."
    )


WORDS: Mapping[str, str | Callable[..., str]] = {
    "reading.other_sheets": _other_sheets,
    "reading.columns_without_header": lambda columns, more, more_cells: (
        f"Columns without a header were left alone: {counted_columns(columns, more, more_cells)}."
    ),
    "reading.values_only": (
        "Only the cells' values could be read, as the file is written in an unusual way: zeros that a format "
        "shows, links and merged cells were not seen. Open it in Excel, save it, and upload it again if it "
        "has them."
    ),
    "reading.no_header_row": "No row was taken for a header: the columns were found by their letters.",
    "reading.headers_in_order": _headers_in_order,
    "reading.rows_left_out": _rows_left_out,
    "reading.assumed_encoding": assumed_encoding,
    "reading.convention": _convention,
    "reading.bare_times": lambda column, times: (
        f"“{column}”: {many(times, 'texts')} such as 9.30 or 0930 {'was' if times == 1 else 'were'} read as "
        f"{'a time' if times == 1 else 'times'} of day, as all of the column can be."
    ),
    "reading.buddhist_years": lambda column, dates: (
        f"“{column}”: {dates:,} {'dates' if dates > 1 else 'date'} of the Thai calendar, whose years are 543 "
        "ahead: 2567 was read as 2024."
    ),
    "reading.currencies": _currencies,
    "reading.zones": _zones,
    "reading.cut": _cut,
    "reading.error_cells": _error_cells,
    "reading.merged_filled": lambda column, areas, more: (
        f"“{column}”: the value of merged cells was taken for all their rows: {_areas(areas, more)}."
    ),
    "reading.merged_numbers": lambda column, areas, more: (
        f"“{column}”: the value of merged cells was taken for the first of their rows only: "
        f"{_areas(areas, more)}."
    ),
}
