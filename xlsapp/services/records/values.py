"""The values of a record, under the same rules as the import's, whoever gives them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xlsapp.models import CellValue, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.entered import parse_text

Problems = dict[str, Message]
"""What is wrong, for each column whose value will not do, by its key."""


@dataclass(frozen=True, slots=True)
class CheckedValues:
    """Values as they are stored, by their columns' keys; and what is wrong with the others."""

    values: Mapping[str, CellValue]
    problems: Problems


def check(columns: Iterable[TemplateColumn], given: Mapping[str, CellValue]) -> CheckedValues:
    """The values of some columns: texts, or values of the columns' types. What is not given is blank."""
    values: dict[str, CellValue] = {}
    problems: Problems = {}
    for column in columns:
        value = given.get(column.key)
        values[column.key], problem = parse_text(column, "" if value is None else value)
        if problem:
            problems[column.key] = problem
    return CheckedValues(values, problems)
