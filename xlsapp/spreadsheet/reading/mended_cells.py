"""Cells with another text than stood in the sheet, read and checked just as the sheet's column was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlsapp.models import CellValue, TemplateColumn
from xlsapp.spreadsheet.cells.column_checks import ONLY_WARN
from xlsapp.spreadsheet.cells.columns import ColumnConverter, ColumnRulesCheck
from xlsapp.spreadsheet.cells.conventions import Reading
from xlsapp.spreadsheet.reading.deciding import TIME_ZONE
from xlsapp.spreadsheet.reading.options import ReadOptions
from xlsapp.visible import visible


@dataclass(frozen=True, slots=True)
class MendedCell:
    """What a text becomes."""

    value: CellValue
    """As it is staged; None where it is blank, or cannot be read."""
    flaws: tuple[tuple[str, bool, Any], ...]
    """The rules that it breaks: each with whether it only warns, and what breaks it."""


def read_text(
    column: TemplateColumn, text: str, options: ReadOptions, readings: Mapping[int, Reading]
) -> MendedCell:
    """A text in the place of a cell of a column. A blank one is a blank cell."""
    reading = readings.get(column.id, Reading(None))
    as_utc = options.said(column.id, TIME_ZONE) == "as_utc"
    converter = ColumnConverter(column, reading.convention, languages=reading.languages, as_utc=as_utc)
    raw = [text or None]
    stored, flaws = converter.convert(raw)
    if (column.rules.unique or column.id in options.keys) and isinstance(stored[0], str):
        stored = [visible(stored[0]) or None]
    required = not options.blanks_may_stay
    broken = ColumnRulesCheck(column).check(stored, flaws, required=required)
    warnings = column.rules.warnings
    found: list[tuple[str, bool, Any]] = [
        (rule, rule in ONLY_WARN or rule in warnings, raw[0]) for rule, places in flaws.items() if places
    ]
    found += ((rule, rule in warnings, stored[0]) for rule, places in broken.items() if places)
    return MendedCell(stored[0], tuple(found))
