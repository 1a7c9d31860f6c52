"""What a file that is read whole will take: counted from its own records before anything is made of them."""

from dataclasses import dataclass

from xlsapp.errors import MuchMemory
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_COLUMNS, MAX_ROWS

# As measured: calamine keeps a cell in 40 bytes with its place, then makes a grid of 32 bytes a place.
CELL_BYTES = 40
PLACE_BYTES = 32
# Excel and LibreOffice write each place once. Some programs write a few twice, and the last one counts.
MOST_TWICE = 100
# A grid that is as empty as this has something in it that was never meant to be there.
EMPTY_PLACES = 10


@dataclass(frozen=True, slots=True)
class Memory:
    """How much memory a file may take that is read whole."""

    most_bytes: int = 1536 * 1024 * 1024
    shared_bytes: int = most_bytes
    """What it may take while others are read whole beside it."""

    def ask(self, needed: int) -> None:
        """Raises WorkbookError when it is more than there may be, MuchMemory when it is not to be shared."""
        if needed > self.most_bytes:
            raise WorkbookError(
                Message(
                    "file.needs_memory",
                    {"megabytes": needed // 1_000_000, "most_megabytes": self.most_bytes // 1_000_000},
                )
            )
        if needed > self.shared_bytes:
            raise MuchMemory

    def ask_for_grid(self, extent: "Extent", *, copies: int = 1) -> None:
        """The same for a sheet's cells, with words for cells that stand far from all others."""
        needed = extent.cells * CELL_BYTES + extent.places * PLACE_BYTES * copies
        if needed > self.most_bytes and extent.places > extent.cells * EMPTY_PLACES:
            raise WorkbookError(
                Message("file.far_cells", {"cell": cell_name(extent.last_row, extent.last_column)})
            )
        self.ask(needed)


class Extent:
    """How far a sheet's cells reach. Raises WorkbookError when rows or cells are there again and again."""

    def __init__(self) -> None:
        self.cells = 0
        self.first_row = self.first_column = 1 << 32
        self.last_row = self.last_column = -1
        self._rows = bytearray(MAX_ROWS + 1)
        self._row, self._in_row = 0, set[int]()
        self._again = 0

    @property
    def places(self) -> int:
        """How many places the smallest grid has that holds all cells."""
        if not self.cells:
            return 0
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)

    def row(self, row: int) -> None:
        """A row begins, counted from 1."""
        self._bounds(row, 0)
        if self._rows[row]:
            self._twice(WorkbookError(Message("file.rows_again", {"row": row})))
        self._rows[row] = 1

    def cell(self, row: int, column: int) -> None:
        """There is a cell: row from 1, column from 0."""
        self._bounds(row, column)
        if row != self._row:
            self._row, self._in_row = row, set()
        elif column in self._in_row:
            self._twice(WorkbookError(Message("file.cells_again", {"cell": cell_name(row, column)})))
        self._in_row.add(column)
        self.cells += 1
        self.first_row, self.last_row = min(self.first_row, row), max(self.last_row, row)
        self.first_column = min(self.first_column, column)
        self.last_column = max(self.last_column, column)

    def _bounds(self, row: int, column: int) -> None:
        if row < 1 or column < 0:
            raise ValueError("no place in a sheet")
        if row > MAX_ROWS or column >= MAX_COLUMNS:
            raise WorkbookError(Message("file.beyond_sheet", {"row": row, "column": column + 1}))

    def _twice(self, error: WorkbookError) -> None:
        self._again += 1
        if self._again > MOST_TWICE:
            raise error


def cell_name(row: int, column: int) -> str:
    """A place as Excel names it: row from 1, column from 0."""
    return f"{column_letters(column)}{row}"
