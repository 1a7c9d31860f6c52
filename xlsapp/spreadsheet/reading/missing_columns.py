"""Columns of the template that a workbook does not have: some stop an import, some only warn."""

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.files.csv_style import DELIMITERS
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.reading.headers import missing_message
from xlsapp.spreadsheet.reading.notes import assumed_encoding
from xlsapp.spreadsheet.reading.options import ReadOptions, TableRead
from xlsapp.spreadsheet.reading.problem_log import ProblemLog


class MissingColumns(WorkbookError):
    """The header row lacks columns; `found` says which, so that its user can tell which is which."""

    def __init__(self, message: Message, found: TableRead) -> None:
        super().__init__(message)
        self.found = found


def check_missing(found: TableRead, options: ReadOptions) -> None:
    """Raise MissingColumns when the workbook cannot be imported without them."""
    required = [c for c in found.header.missing if c.required and not c.rules.default and not _only_warns(c)]
    if not found.header.places or (required and not options.may_lack_required):
        if found.delimiter and not found.header.places and _is_one_field(found):
            raise MissingColumns(Message("file.lines_in_marks", {"line": found.header.row}), found)
        assumed = assumed_encoding(found.encoding, given=options.encoding)
        raise MissingColumns(
            missing_message(found.header, required or found.header.missing, assumed=assumed), found
        )


def warn_of_missing(found: TableRead, log: ProblemLog) -> None:
    """Note the missing columns whose rule only warns."""
    for column in found.header.missing:
        if column.required and not column.rules.default and _only_warns(column):
            log.add(
                row=found.header.row,
                index=None,
                column=column.name,
                rule="required",
                value="",
                message=Message("headers.left_as_it_is", {"column": column.name}),
                warning=True,
            )


def _is_one_field(found: TableRead) -> bool:
    """Whether the header of a text file is a single field with separators in it."""
    return found.header.width == 1 and any(
        sign in header for header in found.header.extra for sign in DELIMITERS
    )


def _only_warns(column: TemplateColumn) -> bool:
    return "required" in column.rules.warnings
