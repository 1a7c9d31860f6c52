"""How much an ods file makes of itself: rows and cells that it says are repeated, counted before they are
made.
"""

import re
from collections.abc import Iterator

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH
from xlsapp.spreadsheet.files.memory import PLACE_BYTES, Memory
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_COLUMNS, MAX_ROWS

ROW, ROW_END, TABLE_END = b"<table:table-row", b"</table:table-row", b"</table:table>"
CELL, COVERED_CELL = b"<table:table-cell", b"<table:covered-table-cell"
STRING = b'office:value-type="string"'
# Where none of these is, there are rows of cells alone, each for itself.
_ODD = (b"-repeated", COVERED_CELL, b"<text:s", TABLE_END)
BLANK_END = b"/></table:table-row"
# A row with more XML than this is looked at in stretches.
STRETCH_BYTES = 8 * 1024 * 1024
# So many places for each cell that is written down are there by repetition.
MADE_OF_ONE = 10
# What the C library takes for a text beside its bytes, and at least.
TEXT_BYTES, LEAST_TEXT_BYTES = 24, 32
# What blank cells take, which are made until their row has ended, as measured.
BLANK_BYTES, MOST_BLANK_BYTES = 56, 32 * 1024 * 1024

_COUNT = rb"""\s*=\s*["']\+?([0-9]{1,18})["']"""
_ROWS = re.compile(rb"table:number-rows-repeated" + _COUNT)
_COLUMNS = re.compile(rb"table:number-columns-repeated" + _COUNT)
_NO_TIMES = re.compile(rb"""table:number-columns-repeated\s*=\s*["']\+?0+["']""")
_BLANKS = re.compile(rb"<text:s\b[^>]*\stext:c" + _COUNT)
_TAG = re.compile(rb"<[^>]*>")


def ask(content: Iterator[bytes], memory: Memory) -> bool:
    """Ask for the memory that a content part needs (ODF 1.3 part 3, 9.1), but for the blank cells behind the
    last one that is filled: whether these are so many that they should be left out, as ods_copy.py does.

    Raises WorkbookError when it is too much, or when a cell's blanks are; CannotRead when something that is
    filled is repeated 0 times.
    """
    sheet, buffer, begins = _Sheet(memory), b"", False
    for piece in content:
        buffer += piece
        *rows, rest = buffer.split(ROW)
        is_odd = any(sign in buffer for sign in _ODD)
        if begins and rows and not (is_odd or (BLANK_END in buffer and any(map(_ends_blank, rows)))):
            sheet.take_plain(rows)
        else:
            for row in rows:
                sheet.take(row, begins=begins)
                begins = True
        buffer = rest
        if len(buffer) > STRETCH_BYTES and (cut := buffer.rfind(b"<table:")) > 0:
            sheet.take(buffer[:cut], begins=begins)
            buffer, begins = buffer[cut:], False
    sheet.take(buffer, begins=begins)
    sheet.end()
    return sheet.blank_cells * BLANK_BYTES > MOST_BLANK_BYTES


def _ends_blank(row: bytes) -> bool:
    """Whether its last cell is not filled."""
    return b"office:" not in row[row.rfind(CELL) :]


def _refuse_long_blanks(stretch: bytes) -> None:
    for match in _BLANKS.finditer(stretch):
        if int(match[1]) > MAX_TEXT_LENGTH:
            raise WorkbookError(Message("file.repeated_blanks", {"count": int(match[1])}))


class _Sheet:
    """Adds up what the tables need: all of them are made, and one of them twice."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.blank_cells = 0
        """Made behind the last filled cell of their row."""
        self._needed = self._largest = 0
        self._rows = self._blank_rows = self._columns = self._texts = 0
        self._repeated, self._place, self._row_texts, self._filled, self._last = 1, 0, 0, 0, 0
        self._cells = self._told = 0
        self._within = False

    def take_plain(self, rows: list[bytes]) -> None:
        """Rows in which nothing is repeated."""
        self._end_row()
        self._count_rows(len(rows))
        columns = [row.count(CELL) for row in rows]
        self._cells += sum(columns)
        self._rows += self._blank_rows + len(rows) - 1
        self._blank_rows, self._columns = 0, max(self._columns, *columns)
        self._texts += sum(row.count(STRING) for row in rows) * LEAST_TEXT_BYTES
        self._filled = self._place = columns[-1]
        self._ask()

    def take(self, stretch: bytes, *, begins: bool) -> None:
        """A row from behind the name of its tag, or more of its cells."""
        if b"<text:s" in stretch:
            _refuse_long_blanks(stretch)
        if begins:
            self._begin_row(stretch[: stretch.find(b">") + 1])
        if self._within:
            self._take_cells(stretch)
        if TABLE_END in stretch:
            self.end()

    def _begin_row(self, tag: bytes) -> None:
        self._end_row()
        self._count_rows(1)
        rows = _ROWS.search(tag) if b"-repeated" in tag else None
        self._repeated = min(int(rows[1]), MAX_ROWS) if rows else 1
        self._within = not tag.endswith(b"/>")

    def _count_rows(self, rows: int) -> None:
        self._told += rows
        if self._told > MAX_ROWS:
            raise WorkbookError(Message("file.beyond_sheet", {"row": self._told, "column": 1}))

    def _take_cells(self, stretch: bytes) -> None:
        end = stretch.find(ROW_END)
        if end >= 0:
            stretch, self._within = stretch[:end], False
        self._cells += stretch.count(CELL)
        repeats = b"columns-repeated" in stretch
        # A blank cell has none of these. Those after the last one that is filled are not made.
        last = max(stretch.rfind(b"<text:p"), stretch.rfind(b"office:"))
        if last >= 0:
            if self._repeated == 0:
                raise CannotRead("a filled row is repeated 0 times")
            self._filled = self._place + _columns(stretch[: stretch.find(b">", last)], repeats=repeats)
            if repeats and _loses_a_cell(stretch):
                raise CannotRead("a filled cell is repeated 0 times")
            if repeats or self._repeated > 1:
                self._row_texts += _repeated_texts(stretch)
            else:
                self._row_texts += stretch.count(STRING) * LEAST_TEXT_BYTES
        self._place += _columns(stretch, repeats=repeats)
        if last < 0 or repeats:  # the last cell of a row is not made when it is blank
            cell = max(stretch.rfind(CELL), stretch.rfind(COVERED_CELL))
            self._last = _columns(stretch[cell:], repeats=repeats) if cell >= 0 else 0
        if self._filled > MAX_COLUMNS:
            raise WorkbookError(
                Message("file.too_many_columns", {"columns": self._filled, "most": MAX_COLUMNS})
            )
        self._ask()

    def end(self) -> None:
        """A table ends, and blank rows at its end with it."""
        self._end_row()
        size = self._size(self._rows, self._columns, self._texts)
        self._needed, self._largest = self._needed + size, max(self._largest, size)
        self._rows = self._blank_rows = self._columns = self._texts = self._told = 0

    def _end_row(self) -> None:
        if self._filled:
            self._rows += self._blank_rows + self._repeated
            self._texts += self._row_texts * self._repeated
            self._columns, self._blank_rows = max(self._columns, self._filled), 0
        else:
            self._blank_rows += self._repeated
        self.blank_cells += max(0, self._place - self._filled - self._last)
        self._repeated, self._place, self._row_texts, self._filled, self._last = 1, 0, 0, 0, 0

    def _ask(self) -> None:
        if not self._filled:
            return
        rows = self._rows + self._blank_rows + self._repeated
        columns = max(self._columns, self._filled)
        size = self._size(rows, columns, self._texts + self._row_texts * self._repeated)
        needed = self._needed + size + max(self._largest, size)
        if needed > self._memory.most_bytes and rows * columns > MADE_OF_ONE * self._cells:
            raise WorkbookError(Message("file.repeated_cells", {"rows": rows, "columns": columns}))
        self._memory.ask(needed)

    @staticmethod
    def _size(rows: int, columns: int, texts: int) -> int:
        return min(rows, MAX_ROWS) * columns * PLACE_BYTES + texts


def _columns(cells: bytes, *, repeats: bool) -> int:
    """How many columns these cells take."""
    columns = cells.count(CELL) + (cells.count(COVERED_CELL) if COVERED_CELL in cells else 0)
    return columns + sum(int(count) - 1 for count in _COLUMNS.findall(cells)) if repeats else columns


def _loses_a_cell(cells: bytes) -> bool:
    """Whether one that is filled is repeated 0 times, and so would not be read."""
    for match in _NO_TIMES.finditer(cells):
        begin, end = cells.rfind(b"<table:", 0, match.start()), cells.find(b"<table:", match.end())
        cell = cells[begin : end if end >= 0 else None]
        if b"<text:p" in cell or b"office:" in cell:
            return True
    return False


def _repeated_texts(cells: bytes) -> int:
    """What the texts of cells take when each is made as often as it is repeated."""
    found = 0
    for cell in cells.split(CELL)[1:]:
        columns = _COLUMNS.search(cell[: cell.find(b">")])
        length = len(_TAG.sub(b"", cell[cell.find(b">") + 1 :]))
        if length:
            found += (int(columns[1]) if columns else 1) * max(LEAST_TEXT_BYTES, length + TEXT_BYTES)
    return found
