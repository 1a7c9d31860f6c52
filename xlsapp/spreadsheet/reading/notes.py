"""What the user should know about how a workbook was read: a sentence each."""

from collections import Counter
from collections.abc import Mapping, Sequence

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.conventions import Evidence
from xlsapp.spreadsheet.cells.numbers import are_of_several_countries
from xlsapp.spreadsheet.cells.text_values import FIRST
from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.files.delimited import ASSUMED, ASSUMED_OF_MACS, ENCODINGS
from xlsapp.spreadsheet.reading.tables import Table

COLUMNS_SHOWN = 8
SHEETS_SHOWN = 5


def notes_on(table: Table, outside: Mapping[int, int], *, left_out: int) -> list[str]:
    """On the table's place and what was left alone."""
    notes = []
    if table.others:
        names = ", ".join(f"“{name}”" for name in table.others[:SHEETS_SHOWN])
        if (more := len(table.others) - SHEETS_SHOWN) > 0:
            names += f" and {more} more"
        notes.append(f"The sheet “{table.sheet}” was imported. Left alone: {names}.")
    if outside:
        notes.append(f"Columns without a header were left alone: {counted_columns(outside)}.")
    if left_out:
        rows = "1 row has" if left_out == 1 else f"{left_out:,} rows have"
        notes.append(f"{rows} values only in columns that are not imported, and counted as blank.")
    return notes


def encoding_notes(encoding: str, *, given: str) -> list[str]:
    """On a text file's encoding, where it was assumed: any bytes are text in it, but perhaps a wrong one."""
    if not assumed_encoding(encoding, given=given):
        return []
    return [
        f"The file is not in UTF-8, and was read as {encoding}. If letters are wrong, choose its encoding in "
        "the upload form."
    ]


def assumed_encoding(encoding: str, *, given: str) -> str:
    """The encoding that a text file was read in, if it was only assumed; else nothing."""
    return "" if given or encoding not in (ENCODINGS[ASSUMED], ENCODINGS[ASSUMED_OF_MACS]) else encoding


def counted_columns(counts: Mapping[int, int]) -> str:
    """Columns and how many cells with a value they have: “D (12 cells), F (1 cell)”."""
    columns = sorted(counts)
    shown = ", ".join(
        f"{column_letters(place)} ({counts[place]:,} {'cell' if counts[place] == 1 else 'cells'})"
        for place in columns[:COLUMNS_SHOWN]
    )
    if len(columns) <= COLUMNS_SHOWN:
        return shown
    others = columns[COLUMNS_SHOWN:]
    return f"{shown} and {len(others):,} more ({sum(counts[place] for place in others):,} cells)"


def convention_words(column_type: ColumnType, convention: int) -> tuple[str, str]:
    """What a convention is about, and what it is: dates, day first; numbers, with a decimal comma."""
    first = convention == FIRST
    if column_type in (ColumnType.DATE, ColumnType.DATETIME):
        return "dates", "day first (31/01/2026)" if first else "month first (01/31/2026)"
    if column_type is ColumnType.INTEGER:
        return (
            "numbers",
            f"with {'commas' if first else 'points'} between thousands ({'1,234' if first else '1.234'})",
        )
    return "numbers", "with a decimal point (1,234.5)" if first else "with a decimal comma (1.234,5)"


def convention_note(
    column: TemplateColumn, evidence: Evidence, convention: int, lender: str | None
) -> str | None:
    """Which way a column's texts were read, and what shows it: they, or the column `lender`.

    None when it made no difference.
    """
    if not evidence.total:
        return None
    kind, way = convention_words(column.type, convention)
    proofs, against = evidence.first_only, evidence.second_only
    if convention != FIRST:
        proofs, against = against, proofs
    were = f"{evidence.total:,} {kind} written as text were"
    if evidence.total == 1:
        were = f"1 {kind.removesuffix('s')} written as text was"
    text = f"“{column.name}”: {were} read {way}"
    if proofs:
        text += f"; {proofs:,} can only be read so" if proofs > 1 else "; one can only be read so"
    elif lender:
        text += f", as in the column “{lender}”"
    else:
        text += "; none of them shows which way is meant. If it is wrong, write them as Excel's own " + kind
    return text + (f"; {against:,} can only be read the other way." if against else ".")


def currency_note(column: TemplateColumn, counts: Counter[str]) -> str:
    """Which currencies were taken out of a column's numbers."""
    shown = ", ".join(f"{sign} ({count:,})" for sign, count in counts.most_common(COLUMNS_SHOWN))
    if len(counts) > 1 and are_of_several_countries(counts):
        return f"“{column.name}”: the numbers are of several currencies, which were not kept: {shown}."
    return f"“{column.name}”: the numbers were kept without their currency: {shown}."


def merged_note(column: TemplateColumn, areas: Sequence[str], *, is_filled: bool) -> str:
    """What became of cells that are merged over several rows."""
    shown = ", ".join(areas[:COLUMNS_SHOWN])
    if (more := len(areas) - COLUMNS_SHOWN) > 0:
        shown += f" and {more:,} more"
    if is_filled:
        return f"“{column.name}”: the value of merged cells was taken for all their rows: {shown}."
    return f"“{column.name}”: a number in merged cells was taken for the first of their rows only: {shown}."


def zone_note(column: TemplateColumn, zones: Counter[str], *, as_utc: bool) -> str:
    """What became of the time zones that a column's texts name."""
    count = zones.total()
    times = "1 time is" if count == 1 else f"{count:,} times are"
    became = "stored as UTC" if as_utc else f"kept as {'it is' if count == 1 else 'they are'} written"
    was = "was" if count == 1 else "were"
    if len(zones) == 1:
        return f"“{column.name}”: {times} written for {next(iter(zones))}, and {was} {became}."
    shown = ", ".join(f"{zone} ({many:,})" for zone, many in zones.most_common(COLUMNS_SHOWN))
    return f"“{column.name}”: {times} written for several time zones, {shown}, and {was} {became}."
