"""What a reading of a workbook is told: options and limits; and what it tells."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.conventions import Reading
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.reading.deciding import Settled, Undecided
from xlsapp.spreadsheet.reading.headers import HeaderCheck
from xlsapp.visible import Looks

Tell = Callable[[dict[str, Any]], None]
"""Told now and then how far the work is: its row, and of how many."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user said of the file, and what a blank cell means."""

    sheet: str = ""
    header_row: int | None = None
    """0 where there is none."""
    has_header: bool = True
    """Whether the template's files have a header row; it is looked for."""
    encoding: str = ""
    delimiter: str = ""
    blanks_may_stay: bool = False
    """A blank cell may keep what is stored, so that a required one is judged only once its record is known.
    """
    may_lack_required: bool = False
    """A required column may be missing: the same, for all rows."""
    settled: Mapping[tuple[int, str], Settled] = field(default_factory=dict)
    """A column's id and what it is about, as in `Undecided.about` → what was said of it."""
    fill_merged: bool = True
    """The value of cells that are merged downwards holds for every row, but not in columns of numbers."""
    asks: bool = False
    """What nobody decides is asked about, and not guessed."""
    keys: Collection[int] = ()
    """Ids of columns that tell which record a row is. Their texts, and those that may be there once, are
    compared: outer blanks and what nobody sees are left out of them.
    """
    by_record_id: bool = False
    """Records' ids in the workbook say which record a row is. Otherwise they are left alone."""

    def said(self, column_id: int, about: str) -> str:
        """What somebody has said of a column; nothing when nobody has."""
        known = self.settled.get((column_id, about))
        return known.answer if known else ""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What a workbook may be. Refused by name, and never cut."""

    max_rows: int = 1_048_576
    max_cells: int = 16_000_000
    max_unpacked_bytes: int = 1_024_000_000
    max_text_bytes: int = 300_000_000
    memory: Memory = field(default_factory=Memory)
    """For a file that is read whole."""


@dataclass(slots=True)
class TableRead:
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
    totals: int = 0
    """Rows that a table of the sheet declares as its totals, which are no records."""
    headers_again: int = 0
    """Rows with the header once more."""
    left_out: int = 0
    """Rows with values only in columns that are not imported."""
    undecided: tuple[Undecided, ...] = ()
    """What values depend on and nobody has decided; it was read as usual."""
    unreadable: Mapping[Undecided, int] = field(default_factory=dict)
    """What nobody has said of cells without a value, and how many there are; they are problems."""
    notes: list[Message] = field(default_factory=list)
    looks: Mapping[int, Looks] = field(default_factory=dict)
    """Column id → how its texts look, for the columns whose values are compared."""
    readings: Mapping[int, Reading] = field(default_factory=dict)
    """Column id → how its texts were read."""
    given_up: list[str] = field(default_factory=list)
    """Why faster readers gave up, for the log."""

    @property
    def columns(self) -> set[int]:
        """The ids of the template's columns that the workbook has."""
        return set(self.header.places)

    def start_again(self) -> None:
        """Forget all counts: the rows are read once more."""
        self.totals = self.headers_again = 0
        self.rows = self.staged = self.rejected = self.hidden = self.left_out = 0
