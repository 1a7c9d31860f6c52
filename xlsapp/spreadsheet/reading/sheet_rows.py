"""One pass over a sheet's rows: converted, checked and staged, chunk by chunk."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from operator import ne
from pathlib import Path
from typing import Any

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.column_checks import ONLY_WARN
from xlsapp.spreadsheet.cells.columns import ColumnConverter, ColumnRulesCheck
from xlsapp.spreadsheet.cells.conventions import Reading
from xlsapp.spreadsheet.cells.text_values import FIRST
from xlsapp.spreadsheet.files.chunks import Chunk, Values
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.reading.as_seen import AMOUNTS, AsSeen
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.deciding import (
    MERGED_AMOUNT,
    TIME_ZONE,
    Decisions,
    Evident,
    Undecided,
    decide,
    merged_amount,
)
from xlsapp.spreadsheet.reading.flawed_cells import OF_ROW
from xlsapp.spreadsheet.reading.notes import (
    convention_note,
    currency_note,
    cut_note,
    merged_note,
    years_note,
    zone_note,
)
from xlsapp.spreadsheet.reading.options import ReadLimits, ReadOptions, TableRead, Tell
from xlsapp.spreadsheet.reading.outside import Outside
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.record_ids import NOT_AN_ID, record_ids
from xlsapp.spreadsheet.reading.set_aside import SetAside
from xlsapp.spreadsheet.reading.staged_copies import RowsCopy
from xlsapp.spreadsheet.reading.staging import (
    note_digits,
    note_flaws,
    open_staging,
    reject_rows,
    stage_rows,
)
from xlsapp.spreadsheet.reading.swapped_dates import Suspect, suspects
from xlsapp.spreadsheet.reading.unreadable_cells import UnreadableCells
from xlsapp.visible import Looks, all_visible

TEXTUAL = frozenset({ColumnType.TEXT, ColumnType.CHOICE, ColumnType.EMAIL, ColumnType.LINK})


@dataclass(frozen=True, slots=True)
class ReadInto:
    """What a sheet is read for, under which rules, and where its rows and their problems go."""

    columns: Sequence[TemplateColumn]
    options: ReadOptions
    limits: ReadLimits
    staging: Path
    log: ProblemLog
    tell: Tell
    with_copy: bool = False
    """Whether the rows are written as csv, too."""


class SheetRows:
    """Takes the chunks of a sheet and stages their rows. Counts them in `found`."""

    def __init__(
        self,
        found: TableRead,
        into: ReadInto,
        decisions: Decisions,
        seen: AsSeen,
        totals: Collection[int],
    ) -> None:
        header, columns = found.header, into.columns
        self._found, self._options, self._limits, self._log = found, into.options, into.limits, into.log
        self._tell, self._seen = into.tell, seen
        self._columns = [(c, header.places[c.id]) for c in columns if c.id in header.places]
        self._converters = [
            _converter(c, decisions.readings.get(c.id), into.options) for c, _ in self._columns
        ]
        self._aside = SetAside(found, self._columns, totals)
        self.unreadable = UnreadableCells(self._columns, into.options)
        self._ambiguous: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._priced: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._doubtful: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._perhaps_nepals: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._checks = [ColumnRulesCheck(c) for c, _ in self._columns]
        self._record_id = header.record_id if into.options.by_record_id else None
        compared = [c for c, _ in self._columns if c.rules.unique or c.id in into.options.keys]
        self.looks = {c.id: Looks() for c in compared if c.type in TEXTUAL}
        self._cut: Counter[int] = Counter()
        self._cells = self._text = 0
        self.outside = Outside(header)
        self.conn = open_staging(
            into.staging, [column for column, _ in self._columns], with_ids=self._record_id is not None
        )
        self._copy = RowsCopy(into.staging, self.conn) if into.with_copy else None

    def take(self, chunk: Chunk) -> None:
        """Convert, check and stage a chunk's rows."""
        self.outside.look_at(chunk)
        batch = Batch.below(self._found.header.row, chunk)
        if batch is None:
            return
        self._check_size(batch.rows)
        for (column, place), converter in zip(self._columns, self._converters, strict=True):
            values, seen_flaws = self._seen.cells(column, place, batch)
            stored, flaws = converter.convert(values)
            if column.id in self.looks:
                stored = self._as_compared(column, place, batch, stored)
            batch.raw.append(values)
            batch.stored.append(stored)
            batch.flaws.append(self.unreadable.empty(column, batch.rows, values, flaws | seen_flaws))
            _place(self._ambiguous[column.id], converter.ambiguous, batch.rows, values)
            _place(self._priced[column.id], converter.priced, batch.rows, values)
            _place(self._doubtful[column.id], converter.doubtful, batch.rows, values)
            _place(self._perhaps_nepals[column.id], converter.perhaps_nepals, batch.rows, values)
        self.outside.count(batch)
        broken = self.outside.broken_rows(batch)
        filled = batch.filled(self._ids(batch), broken)
        if filled:
            self._count_left_out(batch, filled)
        if aside := self._aside.places(batch):
            filled = filled or [True] * len(batch.rows)
            for place in aside:
                filled[place] = False
        if filled:
            batch.keep(filled)
        if broken:
            batch.rejected.update(broken)
            self.outside.log_broken_rows(broken, self._log)
            messages = [message for _, message in broken.values()]
            note_flaws(self.conn, OF_ROW, "fields", broken, messages, is_warning=False)
        if batch.rows:
            self._aside.warn_of_second_table(batch, self._log)
            self._stage(batch)

    def _as_compared(
        self, column: TemplateColumn, place: int, batch: Batch, stored: list[CellValue]
    ) -> list[CellValue]:
        """A column's values without what nobody sees, as others are to be found by them."""
        if digits := self._seen.digits(column, place, batch):
            note_digits(self.conn, column, digits)
        seen = all_visible(stored)
        self._cut[column.id] += sum(map(ne, stored, seen))
        self.looks[column.id].add("".join(filter(None, seen)))  # type: ignore[arg-type]  # they are texts
        return seen

    def _stage(self, batch: Batch) -> None:
        rows = batch.rows
        self._found.rows = max(self._found.rows, rows[-1])
        self._found.staged += len(rows)
        if batch.chunk.hidden_rows:
            self._found.hidden += len(batch.chunk.hidden_rows.intersection(rows))
        self._log_flaws(batch)
        ids: list[list[Any]] = []
        if self._record_id is not None:
            ids, wrong = record_ids(batch, self._record_id, self._found.header, self._log)
            note_flaws(self.conn, OF_ROW, "key", wrong, [NOT_AN_ID] * len(wrong), is_warning=False)
        columns = [rows, *ids, *batch.stored]
        stage_rows(self.conn, columns)
        if self._copy:
            self._copy.add(columns)
        self._found.rejected += len(batch.rejected)
        reject_rows(self.conn, batch.rejected)
        self._check_text(batch.stored)
        self._tell({"row": rows[-1]})

    def all_staged(self) -> sqlite3.Connection:
        """The staging file, once all rows are in it."""
        if self._copy:
            self._copy.close()
        return self.conn

    def readings(self) -> dict[int, Reading]:
        """How the columns' texts were read."""
        return {c.column.id: Reading(c.convention or FIRST, c.languages) for c in self._converters}

    def suspects(self) -> list[Suspect]:
        """The columns whose dates may have day and month the wrong way round."""
        return suspects(self._columns, self._converters)

    def warn_of_total(self) -> None:
        """Note a last row that adds up the others."""
        self._aside.warn_of_total(self.conn, self._log)

    def decide(self) -> Decisions:
        """How the columns' texts are to be read, now that all of them are known."""
        is_export = self._found.delimiter == "comma" and self._found.header.is_of_an_export
        evident = Evident(
            self._converters,
            self._ambiguous,
            self._priced,
            self._doubtful,
            self._perhaps_nepals,
            self._found.delimiter,
            is_export,
        )
        decisions = decide(evident, self._options.settled)
        return decisions.as_suggested() if self._options.asks else decisions

    def merged_amounts(self, seen: AsSeen) -> list[Undecided]:
        """The columns of numbers with merged cells of which nobody has said for which rows they hold."""
        open_ = (
            (column, place)
            for column, place in self._columns
            if seen.fill_merged
            and column.type in AMOUNTS
            and not self._options.said(column.id, MERGED_AMOUNT)
        )
        found = (merged_amount(self.conn, column, seen.areas(place)) for column, place in open_)
        return [undecided for undecided in found if undecided]

    def would_differ(self, decisions: Decisions, seen: AsSeen) -> bool:
        """Whether other values come out when the rows are read once more, by these decisions and so seen."""
        filled = seen.extras.merges and not self._seen.extras.merges
        if filled and any(seen.fills(c) and seen.merged(place) for c, place in self._columns):
            return True
        readings = ((c, decisions.readings.get(c.column.id)) for c in self._converters)
        return any(
            reading and ((c.convention or FIRST) != reading.convention or reading.languages != c.languages)
            for c, reading in readings
        )

    def notes(self, decisions: Decisions, seen: AsSeen) -> list[Message]:
        """How dates and numbers that were written as text were read, where it mattered."""
        settled = self._options.settled
        ways = [
            convention_note(
                c.column, c.evidence, c.convention or FIRST, decisions.decided_by.get(c.column.id)
            )
            for c in self._converters
        ]
        zones = [
            zone_note(c.column, c.zones, as_utc=c.as_utc, said=settled.get((c.column.id, TIME_ZONE)))
            for c in self._converters
            if c.zones
        ]
        years = [years_note(c.column, c.buddhist_years) for c in self._converters if c.buddhist_years]
        currencies = [currency_note(c.column, c.currencies) for c in self._converters if c.currencies]
        merged = [
            merged_note(c, areas, is_filled=seen.fills(c))
            for c, place in self._columns
            if (areas := seen.merged(place))
        ]
        cut = [cut_note(c, self._cut[c.id]) for c, _ in self._columns if self._cut[c.id]]
        emptied = self.unreadable.notes()
        return [note for note in (*ways, *zones, *years, *currencies, *merged, *cut, *emptied) if note]

    def _check_size(self, rows: Sequence[int]) -> None:
        if rows[-1] - self._found.header.row > self._limits.max_rows:
            raise WorkbookError(
                Message("table.too_many_rows", {"sheet": self._found.sheet, "most": self._limits.max_rows})
            )
        self._cells += len(rows) * len(self._columns)
        if self._cells > self._limits.max_cells:
            raise WorkbookError(
                Message("table.too_many_cells", {"sheet": self._found.sheet, "most": self._limits.max_cells})
            )

    def _check_text(self, stored: list[list[Any]]) -> None:
        for (column, _), values in zip(self._columns, stored, strict=True):
            if column.type in TEXTUAL:
                self._text += sum(map(len, filter(None, values)))
        if self._text > self._limits.max_text_bytes:
            raise WorkbookError(
                Message("table.too_much_text", {"most_megabytes": self._limits.max_text_bytes // 1_000_000})
            )

    def _ids(self, batch: Batch) -> Values | None:
        """The records' ids: a row that has only its id is a record without values."""
        if self._record_id is None:
            return None
        return [None if is_blank(value) else value for value in batch.cells(self._record_id)]

    def _count_left_out(self, batch: Batch, filled: list[bool]) -> None:
        """Count rows that are blank for the template, but not in the sheet."""
        imported = {place for _, place in self._columns}
        others = [batch.cells(place) for place in range(batch.chunk.width) if place not in imported]
        for place, is_filled in enumerate(filled):
            if not is_filled and not all(is_blank(values[place]) for values in others):
                self._found.left_out += 1
                self._found.rows = max(self._found.rows, batch.rows[place])

    def _log_flaws(self, batch: Batch) -> None:
        """Note all flaws, broken rules among them, and the rows that will not do."""
        for place, (column, _) in enumerate(self._columns):
            converter, check = self._converters[place], self._checks[place]
            stored, raw = batch.stored[place], batch.raw[place]
            flaws = self.unreadable.count(column, batch.rows, raw, batch.flaws[place])
            broken = check.check(stored, flaws, required=not self._options.blanks_may_stay)
            for rule, found in flaws.items():
                explain = partial(converter.explain, rule)
                numbers = self._log_rule(batch, place, rule, found, raw, explain)
                if rule not in ONLY_WARN:
                    batch.rejected.update(numbers)
            for rule, found in broken.items():
                numbers = self._log_rule(batch, place, rule, found, stored, partial(check.explain, rule))
                if rule not in column.rules.warnings:
                    batch.rejected.update(numbers)

    def _log_rule(
        self,
        batch: Batch,
        place: int,
        rule: str,
        found: list[int],
        values: Sequence[Any],
        explain: Callable[[Any], Message],
    ) -> list[int]:
        """Note all cells of a column that break one rule. Returns their rows."""
        column, index = self._columns[place]
        numbers = [batch.rows[at] for at in found]
        is_warning = rule in column.rules.warnings or rule in ONLY_WARN
        note_flaws(self.conn, column.id, rule, numbers, [values[at] for at in found], is_warning=is_warning)
        self._log.add_many(
            rows=numbers,
            index=index,
            column=column.name,
            rule=rule,
            values=[values[at] for at in found[: self._log.room]],
            explain=explain,
            warning=is_warning,
        )
        return numbers


def _place(known: list[tuple[int, str]], texts: Sequence[str], rows: Sequence[int], values: Values) -> None:
    """Note in which rows texts are that a converter has come upon."""
    known += [(rows[list(values).index(text)], text) for text in texts[len(known) :]]


def _converter(column: TemplateColumn, reading: Reading | None, options: ReadOptions) -> ColumnConverter:
    as_utc = options.said(column.id, TIME_ZONE) == "as_utc"
    if reading is None:
        return ColumnConverter(column, as_utc=as_utc)
    return ColumnConverter(column, reading.convention, languages=reading.languages, as_utc=as_utc)
