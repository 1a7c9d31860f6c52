"""Cells that break a rule, as they stood in the sheet: kept with the staged rows, explained when asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.columns import ColumnConverter, ColumnRulesCheck
from xlsapp.spreadsheet.cells.conventions import Reading
from xlsapp.spreadsheet.cells.rules import rules_of
from xlsapp.spreadsheet.cells.values import CellError, as_text

MESSAGE = "message"
"""The kind of what is wrong with a row: its value is the message, as JSON."""

OF_ROW = 0
"""In the place of a column's id: what is wrong with a row as a whole."""


def written(value: Any) -> tuple[str, str]:
    """What kind of value it is, and the value as a text: `read_back` makes it anew."""
    match value:
        case Message():
            return MESSAGE, json.dumps(value.to_dict(), ensure_ascii=False)
        case None:
            return "blank", ""
        case bool():
            return "boolean", str(int(value))
        case int() | float():
            return "number", repr(value)
        case datetime():
            return "datetime", value.isoformat()
        case date():
            return "date", value.isoformat()
        case time():
            return "time", value.isoformat()
        case timedelta():
            return "duration", repr(value.total_seconds())
        case CellError():
            return "error", value.code
        case _:
            # No text of PostgreSQL's has these.
            return "text", str(value).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def read_back(kind: str, text: str) -> Any:
    """The value that `written` wrote."""
    match kind:
        case "blank":
            return None
        case "boolean":
            return text == "1"
        case "number":
            return float(text) if any(sign in text for sign in ".einf") else int(text)
        case "datetime":
            return datetime.fromisoformat(text)
        case "date":
            return date.fromisoformat(text)
        case "time":
            return time.fromisoformat(text)
        case "duration":
            return timedelta(seconds=float(text))
        case "error":
            return CellError(text)
        case _:
            return text


def shown(kind: str, text: str) -> str:
    """The value as Excel would show it; nothing for what is wrong with a row."""
    return "" if kind == MESSAGE else as_text(read_back(kind, text))


@dataclass(frozen=True, slots=True)
class Explaining:
    """What is wrong with cells of some columns, whose texts were read in certain ways."""

    columns: Mapping[int, TemplateColumn]
    readings: Mapping[int, Reading]

    def explain(self, column_id: int, rule: str, kind: str, text: str) -> Message:
        """What is wrong with one of them."""
        if kind == MESSAGE:
            return Message.from_dict(json.loads(text))
        column, value = self.columns[column_id], read_back(kind, text)
        if rule == "required" or rule in {name for name, _, _ in rules_of(column)}:
            return ColumnRulesCheck(column).explain(rule, value)
        reading = self.readings.get(column_id, Reading(None))
        try:
            return ColumnConverter(column, reading.convention, languages=reading.languages).explain(
                rule, value
            )
        except (AssertionError, ValueError):  # what was wrong with it is right by now, or was cut
            return Message("cell.not_as_it_was")
