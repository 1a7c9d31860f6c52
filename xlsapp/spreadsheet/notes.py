"""What the user should know about how a workbook was read: a sentence each."""

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.conventions import Evidence
from xlsapp.spreadsheet.headers import HeaderCheck
from xlsapp.spreadsheet.tables import Table
from xlsapp.spreadsheet.text_values import FIRST
from xlsapp.spreadsheet.values import column_letters


def notes_on(table: Table, header: HeaderCheck, *, left_out: int) -> list[str]:
    """On the table's place and what was left alone."""
    notes = []
    if table.others:
        names = ", ".join(f"“{name}”" for name in table.others[:5])
        notes.append(f"The sheet “{table.sheet}” was imported. Left alone: {names}.")
    if header.unnamed:
        letters = ", ".join(column_letters(index) for index in header.unnamed[:8])
        notes.append(f"Columns without a header were left alone: {letters}.")
    if left_out:
        rows = "1 row has" if left_out == 1 else f"{left_out:,} rows have"
        notes.append(f"{rows} values only in columns that are not imported, and counted as blank.")
    return notes


def convention_words(column_type: ColumnType, convention: int) -> tuple[str, str]:
    """What a convention is about, and what it is: dates, day first; numbers, with a decimal comma."""
    first = convention == FIRST
    if column_type in (ColumnType.DATE, ColumnType.DATETIME):
        return "dates", "day first (31/01/2026)" if first else "month first (01/31/2026)"
    return "numbers", "with a decimal point (1,234.5)" if first else "with a decimal comma (1.234,5)"


def convention_note(column: TemplateColumn, evidence: Evidence, convention: int) -> str | None:
    """Which way a column's texts were read, and what shows it. None when it made no difference."""
    if not evidence.total:
        return None
    kind, way = convention_words(column.type, convention)
    proofs, against = evidence.first_only, evidence.second_only
    if convention != FIRST:
        proofs, against = against, proofs
    text = f"“{column.name}”: {evidence.total:,} {kind} written as text were read {way}"
    if proofs:
        text += f"; {proofs:,} can only be read so" if proofs > 1 else "; one can only be read so"
    else:
        text += "; none of them shows which way is meant. If it is wrong, write them as Excel's own " + kind
    return text + (f"; {against:,} can only be read the other way." if against else ".")
