"""A review: the rows of one import as they would become records, with what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.merging.merging import Found as RowFound
from xlsapp.repositories.merging.merging import Merging
from xlsapp.repositories.records.selection import Cursor
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.tables import stored
from xlsapp.services.imports.kept import Kept, KeptPlan, short_of
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.receipt import Counts as Found
from xlsapp.spreadsheet.reading.problem_groups import TITLES


@dataclass(frozen=True, slots=True)
class Review:
    """What is known of it as a whole."""

    job_id: str
    template: ImportTemplate
    kept: Kept
    made: KeptPlan
    options: ImportOptions
    revision: int
    """Another number after each mend, and whenever it was planned anew."""
    applied_by: str | None = None
    """The job that has begun to apply it, and may have ended without."""
    mends: int = 0
    """The number of the last mend, whether it was taken back or not."""

    @classmethod
    def read(cls, conn: Beside, job_id: str, template: ImportTemplate) -> "Review":
        """The one whose tables are there."""
        kept = Kept.from_dict(stored(conn, "kept"))
        state = stored(conn, "state") or {}
        columns = {column.id: column for column in template.columns}
        options = ImportOptions.from_dict(state["options"]) if "options" in state else kept.options
        return cls(
            job_id=job_id,
            template=template,
            kept=kept,
            made=KeptPlan.from_dict(stored(conn, "plan"), columns),
            options=options,
            revision=state.get("revision", 0),
            applied_by=state.get("applied_by"),
            mends=state.get("mends", 0),
        )

    @property
    def fits(self) -> bool:
        """Whether the template's columns are still those that the workbook was read for."""
        return short_of(self.template) == self.kept.columns

    @property
    def merging(self) -> Merging:
        """What its rows ask of the records."""
        merging = self.kept.merging(self.template, self.options)
        return replace(merging, leaves_out=self.options.valid_only or self.made.left_out > 0)

    @property
    def counts(self) -> "Counts":
        """How many rows of each kind there are."""
        plan, found = self.made.plan, self.kept.receipt.counts or Found()
        return Counts(
            rows=found.rows,
            new=plan.created,
            changed=plan.updated,
            same=plan.unchanged,
            not_found=plan.not_found,
            deleted=plan.deleted,
            problems=self.made.blocked,
            left_out=self.made.left_out,
            blank=found.blank,
            others=found.totals + found.headers_again + found.above_header,
        )

    @property
    def is_ready(self) -> bool:
        """Whether it can be applied as it is."""
        return self.why_not_ready is None

    @property
    def why_not_ready(self) -> Message | None:
        """Why it cannot be applied as it is; None when it can."""
        if not self.fits:
            return Message("review.columns_changed")
        if self.made.blocked and not self.options.valid_only:
            return Message("review.problems", {"problems": self.made.blocked})
        unclear = (
            (RowFound.CLASH, RowFound.AMBIGUOUS_KEYS) if self.merging.removes_others else (RowFound.CLASH,)
        )
        if self.made.plan.rejected and self.made.plan.has_found(*unclear):
            return Message("import.records_clash")
        return None

    def state(self, **changed: Any) -> dict[str, Any]:
        """What changes of it, as it is stored, with some of it changed."""
        state = {
            "options": self.options.to_dict(),
            "revision": self.revision,
            "applied_by": self.applied_by,
            "mends": self.mends,
        }
        return {**state, **changed}


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what would become of them.

    They add up: rows = new + changed + same + not_found + problems + left_out + blank + others.
    """

    rows: int
    new: int
    changed: int
    same: int
    not_found: int
    deleted: int
    """Records, and no rows."""
    problems: int
    left_out: int
    blank: int
    others: int
    """The header, what stands above it, and rows that are no records."""

    def of(self, kind: Kind) -> int:
        """How many there are of a kind."""
        if kind is Kind.ALL:
            rows = (self.new, self.changed, self.same, self.not_found, self.problems, self.left_out)
            return sum(rows)
        return int(getattr(self, kind.value))


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with a cell, or a row."""

    rule: str
    message: Message
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class ReviewedCell:
    """One cell of a row."""

    value: CellValue
    """As it would be stored; None where it is blank, or cannot be read."""
    old: CellValue = None
    """What the record has that the row is, if it is one."""
    is_changed: bool = False
    text: str | None = None
    """What stands in the workbook, where that is wrong."""
    problems: tuple[CellProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """One row of the sheet as it would become a record; or a record that would be deleted."""

    row: int
    """As Excel counts; 0 of a record that would be deleted."""
    kind: Kind
    record_id: int | None
    cells: Mapping[int, ReviewedCell]
    """By the columns' ids."""
    problems: tuple[CellProblem, ...]
    """What is wrong with the row as a whole."""
    revision: int
    """The number of the last mend of it; 0 when there is none. A mend says which one it has seen."""


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Some rows in order, with the places to go on from."""

    rows: tuple[ReviewedRow, ...]
    previous: Cursor | None
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one kind in one column."""

    column: TemplateColumn | None
    """None where it is about rows as a whole."""
    rule: str
    rows: int
    examples: tuple[tuple[str, int], ...] = field(default=())
    """The most frequent texts of its cells, and how many cells have each."""

    @property
    def title(self) -> Message:
        """What kind it is, said after the column's name."""
        return TITLES.get(self.rule, TITLES["type"])
