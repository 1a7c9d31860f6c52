"""What was proposed for a workbook and what shows it, or why no template can be."""

from collections.abc import Callable, Mapping, Sequence

from xlsapp.messages.english.phrases import counted_columns, quoted

NOUNS = {
    "integer": "whole numbers",
    "number": "numbers",
    "date": "dates",
    "datetime": "dates with a time",
    "time": "times of day",
    "duration": "durations",
    "boolean": "yes or no",
    "email": "e-mail addresses",
    "link": "links",
}

BY_ORDER = ("be day first", "be month first")
BY_SIGN = ("have a decimal point", "have a decimal comma")
WAYS = {"date": BY_ORDER, "datetime": BY_ORDER, "integer": BY_SIGN, "number": BY_SIGN}


def _other_sheets(sheet: str, others: Sequence[str], more: int) -> str:
    names = quoted(others) + (f" and {more:,} more" if more else "")
    return f"The sheet “{sheet}” was looked at, not {names}."


def _choices(choices: Sequence[str], count: int, cells: int) -> str:
    shown = ", ".join(choices) + (" …" if count > len(choices) else "")
    return f"{count} different texts in {cells:,} cells: {shown}."


def _texts(texts: int, zeros: bool, different: int | None) -> str:
    if texts == 1:
        return "1 text, of digits with a zero in front, which is kept." if zeros else "1 text."
    if zeros:
        return f"{texts:,} texts, some of digits with a zero in front, which is kept."
    return f"{texts:,} texts." if different is None else f"{texts:,} texts, {different:,} of them different."


def _type(type: str, fits: int, cells: int, way: Mapping[str, int] | None) -> str:
    shown = f"; {_way(type, **way)}" if way else ""
    return f"{fits:,} of {cells:,} are {NOUNS[type]}{shown}."


def _way(type_: str, convention: int, only: int, either: int) -> str:
    way = WAYS[type_][convention]
    if only:
        return f"{only:,} can only {way}"
    return f"{either:,} could be read either way, and {'is' if either == 1 else 'are'} taken to {way}"


def _empty_cells(empty: int, rows: int) -> str:
    if not empty:
        return "No cell is empty."
    return f"{empty:,} of {rows:,} {'is' if empty == 1 else 'are'} empty."


def _misfits(count: int, value: str, cell: str) -> str:
    start = (
        f"One cell is not: “{value}” in {cell}."
        if count == 1
        else f"{count:,} cells are not, such as “{value}” in {cell}."
    )
    them = "it" if count == 1 else "them"
    return f"{start} So text is proposed; otherwise an import would report {them}."


def _errors(count: int, value: str, cell: str) -> str:
    if count == 1:
        return f"One cell cannot be imported: “{value}” in {cell}."
    return f"{count:,} cells cannot be imported, such as “{value}” in {cell}."


def _error_cells(sheet: str, cells: int, shown: Sequence[Sequence[str]]) -> str:
    named = ", ".join(f"“{text}” in {cell}" for cell, text in shown) + (" …" if cells > len(shown) else "")
    where = f" of the sheet “{sheet}”" if sheet else ""
    return f"{'1 cell' if cells == 1 else f'{cells:,} cells'}{where} cannot be imported: {named}."


def _broken_rows(rows: int, shown: Sequence[int]) -> str:
    named = ", ".join(f"{row:,}" for row in shown) + (" …" if rows > len(shown) else "")
    if rows == 1:
        return (
            f"Row {named} has more or fewer fields than the header has names, and cannot be read: it is left "
            "out of the import."
        )
    return (
        f"{rows:,} rows have more or fewer fields than the header has names, and cannot be read: {named}. "
        "They are left out of the import."
    )


def _listed(choices: Sequence[str], count: int) -> str:
    shown = ", ".join(choices) + (" …" if count > len(choices) else "")
    return f"The workbook's own list of {count:,}: {shown}."


def _headers_in_order(header: str, cells: Sequence[str], count: int, names: Sequence[str]) -> str:
    times = "twice" if count == 2 else f"{count:,} times"
    more = " …" if count > len(cells) else ""
    shown = ", ".join(cells) + more if more else f"{', '.join(cells[:-1])} and {cells[-1]}"
    return (
        f"The header “{header}” is there {times}, in {shown}. Its columns are called {quoted(names)}{more} "
        "in this order, and are told apart by it in imports."
    )


def _found(columns: int, rows: int) -> str:
    return (
        f"{columns:,} {'column' if columns == 1 else 'columns'} proposed, from all of "
        f"{rows:,} {'row' if rows == 1 else 'rows'}."
    )


WORDS: Mapping[str, str | Callable[..., str]] = {
    "proposal.found": _found,
    "proposal.none": "No template was proposed.",
    "proposal.no_headers": "Row {row:,} of the sheet “{sheet}” has no headers in it.",
    "proposal.no_rows_below": (
        "The sheet “{sheet}” has no rows below its header row {row:,}. A template can be proposed only "
        "where there are some."
    ),
    "proposal.only_errors": (
        "The sheet “{sheet}” has nothing but errors below its header row {row:,}. Mend its formulas, and "
        "upload it again."
    ),
    "proposal.other_sheets": _other_sheets,
    "proposal.headers_in_order": _headers_in_order,
    "proposal.many_columns": "Only the first {most:,} of {count:, columns} were taken.",
    "proposal.columns_without_header": lambda columns, more, more_cells: (
        f"Columns without a header were left out: {counted_columns(columns, more, more_cells)}."
    ),
    "evidence.nothing": "Every cell is empty.",
    "evidence.only_value": "Its only value is of this type.",
    "evidence.choices": _choices,
    "evidence.texts": _texts,
    "evidence.type": _type,
    "evidence.empty_cells": _empty_cells,
    "evidence.unique": "No value is there twice, which is proposed as a rule.",
    "evidence.misfits": _misfits,
    "evidence.errors": _errors,
    "proposal.error_cells": _error_cells,
    "proposal.broken_rows": _broken_rows,
    "evidence.listed": _listed,
}
