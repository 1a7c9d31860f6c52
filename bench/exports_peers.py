"""What others take for the same workbook, as the children of the bench write it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from bench.exports_ours import Source, peak_mb
from tests.spreadsheet.oracle import FORMATS, LAST_ROW, PARSERS, write_with_xlsxwriter
from xlsapp.models import ColumnType
from xlsapp.spreadsheet.reading.headers import RECORD_ID_HEADER, UPDATED_AT_HEADER
from xlsapp.spreadsheet.writing.words import note, prompt


def write_xlsxwriter(source: Source, target: Path, report: Callable[[Any], None]) -> float:
    """XlsxWriter, in constant memory."""
    columns = source.template.columns
    widths = [12.0] * len(columns)
    write_with_xlsxwriter(
        target, "Customers", columns, source.rows(), count=source.template.record_count, widths=widths
    )
    return peak_mb()


def write_openpyxl(source: Source, target: Path, report: Callable[[Any], None]) -> float:
    """openpyxl, write-only. Texts that begin with “=” would become formulas: there are none among these."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Customers")
    sheet.freeze_panes = "A2"
    columns = source.template.columns
    sheet.append([_header(sheet, c.name, note(c)) for c in columns] + [RECORD_ID_HEADER, UPDATED_AT_HEADER])
    for place, column in enumerate(columns):
        letter = chr(65 + place)
        choices = "TRUE,FALSE" if column.type is ColumnType.BOOLEAN else ",".join(column.rules.choices)
        kind = {"type": "list", "formula1": f'"{choices}"'} if choices else {"type": "textLength"}
        check = DataValidation(**kind, allow_blank=True, prompt=prompt(column))
        check.add(f"{letter}2:{letter}{LAST_ROW + 1}")
        sheet.data_validations.append(check)
    parsers = {**PARSERS, ColumnType.BOOLEAN: bool}
    styled = [(parsers.get(c.type), FORMATS.get(c.type, "@")) for c in columns]
    for row in source.rows():
        cells: list[Any] = [
            _cell(sheet, parse, code, value) for (parse, code), value in zip(styled, row[:-3], strict=True)
        ]
        sheet.append([*cells, *row[-3:]])
    book.save(target)
    return peak_mb()


def _header(sheet: Any, name: str, words: str) -> Any:
    cell = WriteOnlyCell(sheet, name)
    cell.font, cell.comment = Font(bold=True), Comment(words, "")
    return cell


def _cell(sheet: Any, parse: Callable[[Any], Any] | None, code: str, value: Any) -> Any:
    if value is None:
        return None
    cell = WriteOnlyCell(sheet, parse(value) if parse else value)
    cell.number_format = code
    return cell
