"""One value that someone typed into a form, or a program sent, under the same rules as the import's."""

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import Rejected
from xlsapp.spreadsheet.cells.durations import duration_text
from xlsapp.spreadsheet.cells.rules import stored_value


def as_entered(kind: ColumnType, value: CellValue) -> str:
    """A stored value as a form has it, which `parse_text` reads back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind is ColumnType.DURATION and isinstance(value, int | float):
        return duration_text(value)
    return "" if value is None else str(value)


def parse_text(column: TemplateColumn | ColumnType, given: CellValue) -> tuple[CellValue, Message | None]:
    """The value as it is stored and None, or None and what is wrong with it. A bare type has no rules."""
    if isinstance(column, ColumnType):
        column = TemplateColumn(0, "", ColumnType.TEXT if column is ColumnType.CHOICE else column, 0)
    try:
        return stored_value(column, given), None
    except Rejected as rejected:
        return None, rejected.message
