"""From an uploaded workbook to a staging file of checked rows.

This is what the child process of an import runs.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, compress
from pathlib import Path
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cell_types import is_blank
from xlsapp.spreadsheet.chunks import Chunk, Values
from xlsapp.spreadsheet.columns import ColumnConverter, ColumnRulesCheck, Flaws
from xlsapp.spreadsheet.headers import HeaderCheck, check_headers, missing_sentence
from xlsapp.spreadsheet.notes import convention_note, notes_on
from xlsapp.spreadsheet.problems import ProblemLog, WorkbookError
from xlsapp.spreadsheet.staging import open_staging, reject_rows, stage_rows
from xlsapp.spreadsheet.tables import find_table
from xlsapp.spreadsheet.values import as_text
from xlsapp.spreadsheet.whole_file import CannotRead
from xlsapp.spreadsheet.workbooks import Book, OpenFile, open_file
from xlsapp.spreadsheet.xlsx_pieces import NotOrdinary

Report = Callable[[dict[str, Any]], None]

TEXTUAL = frozenset({ColumnType.TEXT, ColumnType.CHOICE, ColumnType.EMAIL, ColumnType.LINK})


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user said of the file, and what a blank cell means."""

    sheet: str = ""
    header_row: int | None = None
    encoding: str = ""
    delimiter: str = ""
    blanks_may_stay: bool = False
    """A blank cell may keep what is stored, so that a required one is judged only once its record is known.
    """
    may_lack_required: bool = False
    """A required column may be missing: the same, for all rows."""
    by_record_id: bool = False
    """Records' ids in the workbook say which record a row is. Otherwise they are left alone."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What a workbook may be. Refused by name, and never cut."""

    max_rows: int = 1_048_576
    max_cells: int = 16_000_000
    max_unpacked_bytes: int = 1_024_000_000
    max_text_bytes: int = 300_000_000


@dataclass(slots=True)
class ReadReport:
    """What was found in a workbook: where the table is, what its headers are, and how many rows of each
    kind.
    """

    format: str
    sheet: str
    header: HeaderCheck
    encoding: str = ""
    delimiter: str = ""
    rows: int = 0
    """The number of the last row with a value."""
    staged: int = 0
    rejected: int = 0
    hidden: int = 0
    left_out: int = 0
    """Rows with values only in columns that are not imported."""
    notes: list[str] = field(default_factory=list)

    @property
    def columns(self) -> set[int]:
        """The ids of the template's columns that the workbook has."""
        return set(self.header.places)


def read_workbook(
    path: Path,
    columns: Sequence[TemplateColumn],
    options: ReadOptions,
    limits: ReadLimits,
    staging: Path,
    log: ProblemLog,
    report: Report,
) -> tuple[ReadReport, sqlite3.Connection]:
    """Read, check and stage all rows, with every problem in the log.

    Raises WorkbookError when there is no table.

    The connection to the staging file is returned open, within its transaction.
    """
    with ExitStack() as stack:
        file = open_file(
            path,
            stack,
            max_unpacked_bytes=limits.max_unpacked_bytes,
            encoding=options.encoding,
            delimiter=options.delimiter,
        )
        for book in file.readers(stack):
            try:
                return _read_book(file, book, columns, options, limits, staging, log, report)
            except (NotOrdinary, CannotRead):
                log.start_again()
    raise AssertionError("the last reader raises WorkbookError")


def _read_book(
    file: OpenFile,
    book: Book,
    columns: Sequence[TemplateColumn],
    options: ReadOptions,
    limits: ReadLimits,
    staging: Path,
    log: ProblemLog,
    report: Report,
) -> tuple[ReadReport, sqlite3.Connection]:
    table = find_table(book, columns, sheet=options.sheet, header_row=options.header_row)
    header = check_headers(table.header, columns, row_number=table.header_row)
    found = ReadReport(file.format.value, table.sheet, header)
    if file.delimited:
        found.encoding, found.delimiter = file.delimited.encoding_name, file.delimited.delimiter_name
    _check_missing(found, columns, options)
    log.sheet = table.sheet
    conventions: dict[int, int] = {}
    while True:
        reading = _Reading(found, columns, options, limits, staging, log, report, conventions)
        for chunk in book.chunks(table.sheet_index):
            reading.take(chunk)
        better = reading.better_conventions()
        if not better or conventions:
            break
        # The column as a whole asks for the other reading of its dates or numbers: once more, with that.
        conventions = better
        reading.conn.close()
        log.start_again()
        found.rows = found.staged = found.rejected = found.hidden = found.left_out = 0
    if not found.staged:
        raise WorkbookError(
            f"The sheet “{table.sheet}” has no rows below its header row {table.header_row:,}. Fill some "
            "in and upload it "
            "again."
        )
    _warn_of_missing(found, log)
    found.notes = [*notes_on(table, found.header, left_out=found.left_out), *reading.convention_notes()]
    return found, reading.conn


class MissingColumns(WorkbookError):
    """The header row lacks columns; the report says which, so that its user can tell which is which."""

    def __init__(self, message: str, report: ReadReport) -> None:
        super().__init__(message)
        self.report = report


def _check_missing(found: ReadReport, columns: Sequence[TemplateColumn], options: ReadOptions) -> None:
    required = [c for c in found.header.missing if c.required and not c.rules.default and not _only_warns(c)]
    if not found.header.places or (required and not options.may_lack_required):
        raise MissingColumns(missing_sentence(found.header, required or found.header.missing), found)


def _warn_of_missing(found: ReadReport, log: ProblemLog) -> None:
    for column in found.header.missing:
        if column.required and not column.rules.default and _only_warns(column):
            log.add(
                row=found.header.row,
                index=None,
                column=column.name,
                rule="required",
                value="",
                message=f"The workbook has no column “{column.name}”: it is left as it is, and blank in new "
                "records.",
                warning=True,
            )


def _only_warns(column: TemplateColumn) -> bool:
    return "required" in column.rules.warnings


class _Reading:
    """One pass over a sheet's rows."""

    def __init__(
        self,
        found: ReadReport,
        columns: Sequence[TemplateColumn],
        options: ReadOptions,
        limits: ReadLimits,
        staging: Path,
        log: ProblemLog,
        report: Report,
        conventions: dict[int, int],
    ) -> None:
        header = found.header
        self._found, self._options, self._limits, self._log, self._report = (
            found,
            options,
            limits,
            log,
            report,
        )
        self._columns = [
            (column, header.places[column.id]) for column in columns if column.id in header.places
        ]
        self._converters = [
            ColumnConverter(column, conventions.get(column.id)) for column, _ in self._columns
        ]
        self._checks = [ColumnRulesCheck(column) for column, _ in self._columns]
        self._record_id = header.record_id if options.by_record_id else None
        self._cells = self._text = 0
        self.conn = open_staging(
            staging, [column for column, _ in self._columns], with_ids=self._record_id is not None
        )

    def take(self, chunk: Chunk) -> None:
        """Convert, check and stage a chunk's rows."""
        skipped = max(0, self._found.header.row + 1 - chunk.first_row)
        if skipped >= chunk.row_count:
            return
        first_row = chunk.first_row + skipped
        rows: Sequence[int] = range(first_row, chunk.first_row + chunk.row_count)
        self._check_size(chunk, rows)
        raw, stored, flaws = [], [], []
        for (_, place), converter in zip(self._columns, self._converters, strict=True):
            values = chunk.column(place)[skipped:] if skipped else chunk.column(place)
            converted, found = converter.convert(values)
            raw.append(values)
            stored.append(converted)
            flaws.append(found)
        filled = _filled_rows(self._with_ids(stored, chunk, skipped), flaws, len(rows))
        if filled is not None:
            self._note_left_out(chunk, skipped, filled)
            raw, stored, flaws = _without_blanks(raw, stored, flaws, filled)
            rows = list(compress(rows, filled))
        if not rows:
            return
        self._found.rows = max(self._found.rows, rows[-1])
        self._found.staged += len(rows)
        if chunk.hidden_rows:
            self._found.hidden += len(chunk.hidden_rows.intersection(rows))
        rejected = self._log_flaws(rows, raw, stored, flaws)
        ids = self._record_ids(chunk, skipped, filled, rows, rejected)
        stage_rows(self.conn, [rows, *ids, *stored])
        if rejected:
            self._found.rejected += len(rejected)
            reject_rows(self.conn, rejected)
        self._check_text(stored)
        self._report({"phase": "reading", "row": rows[-1]})

    def better_conventions(self) -> dict[int, int]:
        """Column id → convention, if some column was read under the one that fewer of its texts ask for."""
        chosen = {c.column.id: c.evidence.convention for c in self._converters if c.evidence.total}
        wrong = any(
            c.evidence.total and (c.convention or 0) != c.evidence.convention for c in self._converters
        )
        return chosen if wrong else {}

    def convention_notes(self) -> list[str]:
        """How dates and numbers that were written as text were read, where it mattered."""
        notes = (convention_note(c.column, c.evidence, c.convention or 0) for c in self._converters)
        return [note for note in notes if note]

    def _check_size(self, chunk: Chunk, rows: Sequence[int]) -> None:
        if rows[-1] - self._found.header.row > self._limits.max_rows:
            raise WorkbookError(
                f"The sheet “{self._found.sheet}” has more than {self._limits.max_rows:,} rows, the most "
                "that can be "
                "imported at once. Split it into several workbooks."
            )
        self._cells += len(rows) * len(self._columns)
        if self._cells > self._limits.max_cells:
            raise WorkbookError(
                f"The sheet “{self._found.sheet}” has more than {self._limits.max_cells:,} cells, the "
                "most that can be "
                "imported at once. Split it into several workbooks."
            )

    def _check_text(self, stored: list[list[Any]]) -> None:
        for (column, _), values in zip(self._columns, stored, strict=True):
            if column.type in TEXTUAL:
                self._text += sum(map(len, filter(None, values)))
        if self._text > self._limits.max_text_bytes:
            raise WorkbookError(
                f"The texts in this workbook are longer than {self._limits.max_text_bytes // 1_000_000:,} "
                "MB in all. "
                "Split it into several workbooks."
            )

    def _log_flaws(
        self, rows: Sequence[int], raw: list[Values], stored: list[list[Any]], flaws: list[Flaws]
    ) -> set[int]:
        """Note all flaws of a chunk, broken rules among them. Returns the rows that will not do."""
        rejected: set[int] = set()
        for place, (column, _) in enumerate(self._columns):
            converter, check = self._converters[place], self._checks[place]
            broken = check.check(stored[place], flaws[place], required=not self._options.blanks_may_stay)
            for rule, found in flaws[place].items():
                rejected.update(self._log_rule(place, rule, found, rows, raw[place], converter.explain))
            for rule, found in broken.items():
                numbers = self._log_rule(
                    place, rule, found, rows, stored[place], partial(check.explain, rule)
                )
                if rule not in column.rules.warnings:
                    rejected.update(numbers)
        return rejected

    def _log_rule(
        self,
        place: int,
        rule: str,
        found: list[int],
        rows: Sequence[int],
        values: Sequence[Any],
        explain: Callable[[Any], str],
    ) -> list[int]:
        """Note all cells of a column that break one rule. Returns their rows."""
        column, index = self._columns[place]
        numbers = [rows[at] for at in found]
        self._log.add_many(
            rows=numbers,
            index=index,
            column=column.name,
            rule=rule,
            values=[values[at] for at in found[: self._log.room]],
            explain=explain,
            warning=rule in column.rules.warnings,
        )
        return numbers

    def _with_ids(self, stored: list[list[Any]], chunk: Chunk, skipped: int) -> list[Values]:
        """The stored values and the records' ids: a row that has only its id is a record without values."""
        if self._record_id is None:
            return [*stored]
        ids = chunk.column(self._record_id)[skipped:]
        return [*stored, [None if is_blank(value) else value for value in ids]]

    def _record_ids(
        self, chunk: Chunk, skipped: int, filled: list[bool] | None, rows: Sequence[int], rejected: set[int]
    ) -> list[list[Any]]:
        """The record's id and its age as the export wrote them, for workbooks that have them."""
        header = self._found.header
        if self._record_id is None:
            return []
        ids = list(chunk.column(self._record_id)[skipped:])
        ages = (
            list(chunk.column(header.updated_at)[skipped:])
            if header.updated_at is not None
            else [""] * len(ids)
        )
        if filled is not None:
            ids, ages = list(compress(ids, filled)), list(compress(ages, filled))
        for place, value in enumerate(ids):
            if is_blank(value):
                ids[place] = None
                continue
            ids[place] = _record_id(value)
            if ids[place] is None:
                rejected.add(rows[place])
                self._log.add(
                    row=rows[place],
                    index=self._record_id,
                    column="__record_id",
                    rule="key",
                    value=value,
                    message="This is not the id of a record. Clear the cell to add the row as a new record.",
                    warning=False,
                )
        return [ids, [age if isinstance(age, str) and age else None for age in ages]]

    def _note_left_out(self, chunk: Chunk, skipped: int, filled: list[bool]) -> None:
        """Count rows that are blank for the template, but not in the sheet."""
        others = [chunk.column(place)[skipped:] for place in range(chunk.width)]
        for place, is_filled in enumerate(filled):
            if not is_filled and not all(is_blank(values[place]) for values in others):
                self._found.left_out += 1
                self._found.rows = max(self._found.rows, chunk.first_row + skipped + place)


def _record_id(value: Any) -> int | None:
    """The id in a cell, as we wrote it; None for anything else."""
    text = as_text(value).strip()
    return (
        int(text)
        if type(value) is not bool and text.isascii() and text.isdecimal() and len(text) < 19
        else None
    )


def _filled_rows(stored: list[Values], flaws: list[Flaws], count: int) -> list[bool] | None:
    """Which rows have a value in any column; None when all of them have."""
    if any(None not in values for values in stored):
        return None
    flawed = {index for found in flaws for indexes in found.values() for index in indexes}
    filled = [
        index in flawed or any(value is not None for value in row)
        for index, row in enumerate(zip(*stored, strict=True))
    ]
    return None if all(filled) else filled


def _without_blanks(
    raw: list[Values], stored: list[list[Any]], flaws: list[Flaws], filled: list[bool]
) -> tuple[list[Values], list[list[Any]], list[Flaws]]:
    """The same without blank rows; flaws point to their rows' new places."""
    moved = list(accumulate(filled, initial=0))
    return (
        [list(compress(values, filled)) for values in raw],
        [list(compress(values, filled)) for values in stored],
        [{rule: [moved[index] for index in indexes] for rule, indexes in found.items()} for found in flaws],
    )
