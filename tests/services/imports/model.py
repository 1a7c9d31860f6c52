"""What an import should do, in plain Python, row by row: docs/imports.md, “The rows”, as a program.

It knows nothing of SQL, files or chunks, and is compared with the app on random records and rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from xlsapp.services.imports.options import Blank, Mode

BAD_NUMBER = "many"


@dataclass(frozen=True)
class Column:
    """A column's rules."""

    name: str
    number: bool = False
    required: bool = False
    unique: bool = False
    default: Any = None
    warns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """Records by id, and a file's rows, which have `record_id` and the columns that the file has."""

    columns: tuple[Column, ...]
    records: dict[int, dict[str, Any]]
    in_file: tuple[str, ...]
    rows: list[dict[str, Any]]
    mode: Mode
    blank: Blank = Blank.KEEP
    keys: tuple[str, ...] = ()
    with_ids: bool = False
    valid_only: bool = False


@dataclass
class Row:
    """A row on its way."""

    number: int
    cells: dict[str, Any]
    record: int | None = None
    by_key: bool = False
    wrong: bool = False


@dataclass
class Outcome:
    """What becomes of records and rows. `stopped` when nothing is changed."""

    stopped: bool = False
    changed: dict[int, dict[str, Any]] = field(default_factory=dict)
    new: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def imported(case: Case) -> Outcome:
    """What an import has to come to."""
    return _Import(case).outcome()


class _Import:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.present = [column for column in case.columns if column.name in case.in_file]
        self.matches = case.mode is not Mode.ADD
        self.only_known = case.mode is Mode.UPDATE_ONLY
        self.keeps = case.blank is Blank.KEEP
        self.rows = [
            Row(number, cells)
            for number, cells in enumerate(case.rows, 2)
            if any(cells[c.name] is not None for c in self.present)
            or (self.matches and case.with_ids and cells["record_id"] is not None)
        ]

    def outcome(self) -> Outcome:
        case = self.case
        blank_may_stay = self.matches and (bool(case.records) or self.only_known) and self.keeps
        missing = [c for c in case.columns if c not in self.present and self.needs(c)]
        may_lack = self.only_known or (blank_may_stay and case.mode is Mode.UPDATE)
        if not self.rows or (missing and not may_lack):
            return Outcome(stopped=True)
        for row in self.rows:
            row.wrong = any(c.number and row.cells[c.name] == BAD_NUMBER for c in self.present) or (
                not blank_may_stay and any(self.needs(c) and row.cells[c.name] is None for c in self.present)
            )
        if self.matches:
            if not case.keys and not case.with_ids and case.records:
                return Outcome(stopped=True)
            self.match()
            for row in self.rows if not self.only_known else ():
                if row.record is None and any(
                    self.needs(c) and self.cell(row, c) is None for c in case.columns
                ):
                    row.wrong = True
        for column in case.columns:
            if column.unique:
                self.check_twice(column)
                self.check_stored(column)
        while case.valid_only and any(self.check_stored(c) for c in case.columns if c.unique):
            pass
        return self.carried_out()

    def needs(self, column: Column) -> bool:
        return column.required and column.default is None and "required" not in column.warns

    def cell(self, row: Row, column: Column) -> Any:
        return row.cells[column.name] if column in self.present else None

    def match(self) -> None:
        case = self.case
        if case.with_ids:
            for row in self.rows:
                row_id = row.cells["record_id"]
                row.record = row_id if row_id in case.records else None
                row.wrong |= row_id is not None and row.record is None and not self.only_known
        if case.keys:
            self.match_by_keys()
        self.only_one([row for row in self.rows if row.record is not None], lambda row: row.record)

    def match_by_keys(self) -> None:
        case = self.case

        def key(cells: dict[str, Any]) -> tuple[Any, ...]:
            return tuple(cells[name] for name in case.keys)

        stored: dict[tuple[Any, ...], list[int]] = {}
        for record_id, record in case.records.items():
            stored.setdefault(key(record), []).append(record_id)
        open_rows = [
            row
            for row in self.rows
            if row.record is None
            # Where only known records change, a row with the id of one that is gone is none of the others.
            and not (self.only_known and case.with_ids and row.cells["record_id"] is not None)
        ]
        for row in open_rows:
            if None in key(row.cells):
                row.wrong = True
            elif key(row.cells) in stored:
                row.record, row.by_key = min(stored[key(row.cells)]), True
        new = [row for row in open_rows if row.record is None and None not in key(row.cells)]
        if not self.only_known:
            self.only_one(new, lambda row: key(row.cells))
        for row in self.rows:
            row.wrong |= row.by_key and len(stored[key(row.cells)]) > 1

    def only_one(self, rows: list[Row], what: Any) -> None:
        """Of rows that exclude each other, the first right one counts."""
        for _, group in groupby(sorted(rows, key=lambda row: (str(what(row)), row.number)), what):
            same = list(group)
            first = next((row for row in same if not row.wrong), same[0])
            for row in same:
                row.wrong |= row is not first

    @property
    def making(self) -> list[Row]:
        """The rows that make or change a record."""
        return [row for row in self.rows if row.record is not None or not self.only_known]

    def after(self, row: Row, column: Column) -> Any:
        """What a row puts into a record; None where it puts nothing or a blank."""
        if row.cells.get(column.name) is not None and column in self.present:
            value = row.cells[column.name]
            return None if column.number and value == BAD_NUMBER else value
        if row.record is None:
            return column.default
        return column.default if column in self.present and not self.keeps and column.required else None

    def check_twice(self, column: Column) -> None:
        if "unique" in column.warns:
            return
        self.only_one(
            [row for row in self.making if self.after(row, column) is not None],
            lambda row: self.after(row, column),
        )

    def check_stored(self, column: Column) -> bool:
        if "unique" in column.warns:
            return False
        kept = list(self.kept(column))
        found = False
        for row in self.making:
            value = self.after(row, column)
            taken = any(value == v and record_id != row.record for record_id, v in kept)
            if value is not None and taken and not row.wrong:
                row.wrong = found = True
        return found

    def kept(self, column: Column) -> Iterator[tuple[int, Any]]:
        """The records that keep their value: id, value."""
        for record_id, record in self.case.records.items():
            own = [row for row in self.rows if row.record == record_id]
            if self.case.mode is Mode.REPLACE and not own:
                continue
            counted = [row for row in own if not (self.case.valid_only and row.wrong)]
            stays = self.keeps or column not in self.present
            changing = [row for row in counted if not stays or self.after(row, column) is not None]
            if record[column.name] is not None and not changing:
                yield record_id, record[column.name]

    def carried_out(self) -> Outcome:
        case = self.case
        right = [row for row in self.rows if not row.wrong]
        if len(right) < len(self.rows) and not case.valid_only:
            return Outcome(stopped=True)
        records = {record_id: dict(record) for record_id, record in case.records.items()}
        new, updated, not_found = [], 0, 0
        for row in right:
            if row.record is None and self.only_known:
                not_found += 1
                continue
            if row.record is None:
                new.append({c.name: self.after(row, c) for c in case.columns})
                continue
            record = records[row.record]
            before = dict(record)
            for column in self.present:
                value = self.after(row, column)
                if value is not None or not self.keeps:
                    record[column.name] = value
            updated += record != before
        known = {row.record for row in self.rows}
        deleted = [r for r in records if r not in known] if case.mode is Mode.REPLACE else []
        for record_id in deleted:
            del records[record_id]
        counts = {
            "created": len(new),
            "updated": updated,
            "unchanged": len(right) - len(new) - updated - not_found,
            "not_found": not_found,
            "rejected": len(self.rows) - len(right),
            "deleted": len(deleted),
        }
        return Outcome(changed=records, new=new, counts=counts)
