"""From a sample workbook to what an import template for it may look like: all rows are looked at."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

from xlsapp.models import ColumnType
from xlsapp.problems import Message, sentence
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.workbooks import Book, OpenFile, open_file
from xlsapp.spreadsheet.proposing.column_names import headers_in
from xlsapp.spreadsheet.proposing.column_proposals import ProposedColumn
from xlsapp.spreadsheet.proposing.own_lists import own_lists
from xlsapp.spreadsheet.proposing.sample_rows import SampleRows
from xlsapp.spreadsheet.proposing.sheets import SampleSheet, largest, sheets_of
from xlsapp.spreadsheet.reading.header_rows import whole_header
from xlsapp.spreadsheet.reading.headers import NO_HEADER, ROWS_SEARCHED
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.reading.tables import Table, find_table

SHEETS_SHOWN = ROWS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """What the user said of a sample."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a template for a sample may look like."""

    format: str
    sheet: str
    header_row: int
    """0 where no row holds names: columns are called by their letters then."""
    rows: int
    columns: tuple[ProposedColumn, ...]
    notes: tuple[Message, ...]
    sheets: tuple[SampleSheet, ...] = ()
    """All the sheets with rows, hidden ones, too."""
    is_header_asked: bool = False
    """The first row may be a header, or data: its user is to say which."""
    error_cells: Message | None = None
    """Which cells hold no value, but an error: its user is to say what becomes of them."""
    broken_rows: Message | None = None
    """Which rows of a text file can only be left out."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """As `to_dict` wrote it."""
        columns = tuple(
            ProposedColumn(
                **{
                    **column,
                    "type": ColumnType(column["type"]),
                    "choices": tuple(column["choices"]),
                    "evidence": tuple(map(_message, column["evidence"])),
                    "doubt": _message(column["doubt"]) if column["doubt"] else None,
                }
            )
            for column in stored["columns"]
        )
        sheets = tuple(SampleSheet(**sheet) for sheet in stored.get("sheets", ()))
        notes = tuple(map(_message, stored["notes"]))
        asked = {
            name: Message.from_dict(stored[name])
            for name in ("error_cells", "broken_rows")
            if stored.get(name)
        }
        return cls(**{**stored, "columns": columns, "notes": notes, "sheets": sheets, **asked})


def _message(stored: Any) -> Message:
    """What is stored of a message; an older version stored sentences."""
    return sentence(stored) if isinstance(stored, str) else Message.from_dict(stored)


def propose(
    path: Path,
    max_columns: int,
    max_unpacked_bytes: int,
    tell: Tell,
    memory: Memory | None = None,
    options: SampleOptions | None = None,
) -> Proposal:
    """Look at all rows of a workbook's table. Raises WorkbookError when there is none."""
    options = options or SampleOptions()
    with ExitStack() as stack:
        file = open_file(
            path,
            stack,
            max_unpacked_bytes=max_unpacked_bytes,
            memory=memory or Memory(),
            encoding=options.encoding,
            delimiter=options.delimiter,
        )
        return file.read(stack, lambda book: _propose(file, book, max_columns, options, tell))


def _propose(file: OpenFile, book: Book, max_columns: int, options: SampleOptions, tell: Tell) -> Proposal:
    sheets = sheets_of(book)
    sheet = options.sheet or largest(sheets).name
    table = _find_table(book, sheet, options.header_row)
    sample = _look_at(book, table, max_columns, tell)
    is_asked = options.header_row is None and sample.header_may_be_data()
    if is_asked and sample.header_is_likely_data():
        table = find_table(book, (), sheet=sheet, header_row=NO_HEADER)
        sample = _look_at(book, table, max_columns, tell)
    return Proposal(
        file.format.value,
        table.sheet,
        table.header_row,
        sample.rows,
        sample.columns,
        (*_other_sheets(table.sheet, sheets), *sample.notes),
        sheets,
        is_asked,
        sample.error_cells("" if file.delimited else table.sheet),
        _broken(sample.broken_rows),
    )


def _find_table(book: Book, sheet: str, header_row: int | None) -> Table:
    """Where it is not said, the header is the first row that is about as full as the others."""
    table = find_table(book, (), sheet=sheet, header_row=header_row)
    if header_row is not None:
        return table
    rows: list[tuple[int, list[Any]]] = []
    for chunk in book.chunks(table.sheet_index):
        rows += enumerate(chunk.rows(), chunk.first_row)
        if len(rows) >= ROWS_SEARCHED:
            break
    counts = {number: sum(not is_blank(value) for value in row) for number, row in rows[:ROWS_SEARCHED]}
    usual = median([count for count in counts.values() if count])
    place = next(place for place, (number, _) in enumerate(rows) if counts[number] > usual / 2)
    number, row = whole_header(book, table.sheet_index, rows[:ROWS_SEARCHED], place, ())
    is_first = not any(counts[above] for above, _ in rows[:place]) and number == rows[place][0]
    return Table(table.sheet_index, table.sheet, number, row, is_first=is_first)


def _look_at(book: Book, table: Table, max_columns: int, tell: Tell) -> SampleRows:
    found = headers_in(table.header)
    if not found:
        raise WorkbookError(Message("proposal.no_headers", {"sheet": table.sheet, "row": table.header_row}))
    sample = SampleRows(table, dict(list(found.items())[:max_columns]), book.totals_rows(table.sheet_index))
    for chunk in book.chunks(table.sheet_index):
        sample.take(chunk)
        tell({"row": chunk.first_row + chunk.row_count - 1})
    if sample.rows and not sample.has_values():
        raise WorkbookError(Message("proposal.only_errors", {"sheet": table.sheet, "row": table.header_row}))
    if not sample.rows:
        raise WorkbookError(
            Message("proposal.no_rows_below", {"sheet": table.sheet, "row": table.header_row})
        )
    if len(found) > max_columns:
        sample.notes.append(Message("proposal.many_columns", {"most": max_columns, "count": len(found)}))
    sample.propose(own_lists(book, table.sheet_index, table.header_row, found))
    return sample


def _broken(rows: Sequence[int]) -> Message | None:
    about = {"rows": len(rows), "shown": list(rows[:ROWS_SHOWN])}
    return Message("proposal.broken_rows", about) if rows else None


def _other_sheets(sheet: str, sheets: Sequence[SampleSheet]) -> list[Message]:
    others = [other.name for other in sheets if other.name != sheet and other.visible]
    if not others:
        return []
    shown = others[:SHEETS_SHOWN]
    return [
        Message("proposal.other_sheets", {"sheet": sheet, "others": shown, "more": len(others) - len(shown)})
    ]
