"""What somebody had before them when they began to change a record: so that no change is lost in silence.

A form carries the record's revision, and of each value a mark by which another value is told from it. What
nobody else touched meanwhile is stored without a question; what both have changed is asked about.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from xlsapp.models import CellValue, DataRecord, TemplateColumn
from xlsapp.spreadsheet.cells.entered import as_entered

MARK_BYTES = 6

_WHOLE = re.compile(r"[0-9]{1,18}( c[0-9]{1,18}:[0-9a-f]{12})*")


@dataclass(frozen=True, slots=True)
class Opened:
    """A record as it was opened."""

    revision: int
    marks: Mapping[str, str]
    """Of each value, by its column's key. Of a column that came later there is none."""

    @classmethod
    def of(cls, columns: Iterable[TemplateColumn], record: DataRecord) -> Self:
        """A record as it is now."""
        return cls(record.revision, {c.key: mark(c, record.values.get(c.key)) for c in columns})

    @classmethod
    def from_text(cls, text: str) -> Self | None:
        """What `to_text` gave; None for any other text."""
        if not _WHOLE.fullmatch(text):
            return None
        revision, *marks = text.split(" ")
        return cls(int(revision), dict(each.split(":") for each in marks))

    def to_text(self) -> str:
        """As one field of a form."""
        return " ".join([str(self.revision), *(f"{key}:{value}" for key, value in self.marks.items())])


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that was changed by two, each from the same one."""

    column: TemplateColumn
    mine: CellValue
    theirs: CellValue


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is to be stored of a record that somebody else may have changed meanwhile."""

    changes: Mapping[str, CellValue]
    """What nobody else touched, and is another value than what is stored."""
    conflicts: tuple[Conflict, ...] = field(default=())


def mark(column: TemplateColumn, value: CellValue) -> str:
    """A short text that is the same for the same value."""
    # A form gives texts back without outer blanks.
    entered = as_entered(column.type, value).strip()
    return hashlib.blake2b(entered.encode(), digest_size=MARK_BYTES).hexdigest()


def compare(
    columns: Iterable[TemplateColumn],
    record: DataRecord,
    values: Mapping[str, CellValue],
    opened: Opened | None,
    *,
    undecided: Collection[str] = (),
) -> Comparison:
    """What of `values` is to be stored. Those that are as they were opened are not meant to be.

    Without `opened` all are meant. `undecided` are keys that were asked about and not answered.
    """
    changes, conflicts = {}, []
    is_moved = opened is not None and opened.revision != record.revision
    for column in columns:
        key = column.key
        if key not in values or (opened and key not in opened.marks):
            continue
        mine, theirs = values[key], record.values[key]
        if mine == theirs or (opened and mark(column, mine) == opened.marks[key] and key not in undecided):
            continue
        is_theirs = is_moved and opened is not None and mark(column, theirs) != opened.marks[key]
        if is_theirs or key in undecided:
            conflicts.append(Conflict(column, mine, theirs))
        else:
            changes[key] = mine
    return Comparison(changes, tuple(conflicts))
