"""What is to be marked in a workbook: one mark for each cell, with all that is to be said of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from xlsapp.spreadsheet.cells.values import column_letters


@dataclass(frozen=True, slots=True)
class Remark:
    """One problem, in words."""

    row: int
    index: int | None
    """The column's place in the sheet, counted from 0; None for the whole row."""
    column: str
    """The column's name."""
    value: str
    text: str
    warning: bool = False


@dataclass(slots=True)
class Mark:
    """A cell with its remarks, or a row that has no cell to blame: its first one stands for it then."""

    row: int
    index: int
    is_row: bool
    warning: bool
    texts: list[str] = field(default_factory=list)

    @property
    def cell(self) -> str:
        """Its reference: C17."""
        return f"{column_letters(self.index)}{self.row}"


def marks_of(remarks: Iterable[Remark]) -> list[Mark]:
    """The marks by row and column. One of a problem and a warning is one of a problem."""
    found: dict[tuple[int, int], Mark] = {}
    for remark in remarks:
        place = (remark.row, remark.index or 0)
        mark = found.get(place)
        if mark is None:
            mark = found[place] = Mark(*place, is_row=remark.index is None, warning=remark.warning)
        mark.is_row |= remark.index is None
        mark.warning &= remark.warning
        mark.texts.append(remark.text)
    return [found[place] for place in sorted(found)]
