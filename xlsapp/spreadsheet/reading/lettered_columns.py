"""Sheets without a header row: their columns are called by their letters."""

from collections.abc import Sequence
from typing import Any

from xlsapp.models import TemplateColumn
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text, column_index, column_letters
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_COLUMNS
from xlsapp.spreadsheet.reading.headers import NO_HEADER, RECORD_ID_HEADER, called, is_letters, normalised


def letters(rows: Sequence[Sequence[Any]], columns: Sequence[TemplateColumn]) -> list[str]:
    """The letters of as many columns as the first rows of a sheet have, or the template knows."""
    widths = [max(place for place, value in enumerate(row, 1) if not is_blank(value)) for row in rows]
    return list(map(column_letters, range(max([*widths, *(place + 1 for place in _places(columns))]))))


def count_lettered(rows: Sequence[Sequence[Any]], columns: Sequence[TemplateColumn]) -> int:
    """How many cells of a template's columns have a value in the first rows of a sheet."""
    places = set(_places(columns))
    return sum(place in places and not is_blank(value) for row in rows for place, value in enumerate(row))


def is_header_of_ours(row: Sequence[Any], columns: Sequence[TemplateColumn]) -> bool:
    """Whether a row is the header of a file from here all the same: of an export, or of a blank workbook."""
    names = list(map(normalised, map(as_text, row)))
    given = {normalised(column.name) for column in columns if not is_letters(column.name)}
    if RECORD_ID_HEADER in names or not columns:
        return RECORD_ID_HEADER in names
    if given:
        return 2 * len(given.intersection(names)) >= len(given)
    return len(columns) > 1 and names[: len(columns)] == [normalised(column.name) for column in columns]


def _places(columns: Sequence[TemplateColumn]) -> list[int]:
    names = [called(column, NO_HEADER)[0] for column in columns]
    places = [column_index(name) for name in names if is_letters(name)]
    return [place for place in places if place < MAX_COLUMNS]
