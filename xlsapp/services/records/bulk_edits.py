"""A column of many records set to one value, or searched and replaced: first what it would do, then done."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsapp.models import TEXT_TYPES, CellValue, DataRecord, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.services.records import bulk
from xlsapp.services.records.bulk import Act, Item, Outcome
from xlsapp.services.records.records import Records
from xlsapp.services.records.values import Problems
from xlsapp.spreadsheet.cells.entered import as_entered, parse_text

MOST = 20_000
"""Of records that are changed at once: so many take a fraction of a second, in which others wait."""


@dataclass(frozen=True, slots=True)
class ColumnEdit:
    """What a column is to become, as it was typed."""

    column: TemplateColumn
    value: str = ""
    """What is set, or put in the place of what was found."""
    find: str | None = None
    """What is searched; None where every value is set."""
    is_whole: bool = False
    """Only what fills its cell is replaced. So it always is where values are no texts."""
    any_case: bool = False

    def problems(self) -> dict[str, Message]:
        """What will not do, by the field's name."""
        if self.find is None:
            _, problem = parse_text(self.column, self.value)
            return {"value": problem} if problem else {}
        if not self.find:
            return {"find": Message("edit.nothing_to_find")}
        _, problem = parse_text(self.column.type, self.find)
        return {"find": problem} if problem and self.column.type not in TEXT_TYPES else {}

    def text_for(self, stored: CellValue) -> str | None:
        """What a value becomes; None where it stays."""
        if self.find is None:
            return self.value
        text = as_entered(self.column.type, stored)
        if self.column.type not in TEXT_TYPES:
            return (
                self.value
                if stored is not None and stored == parse_text(self.column.type, self.find)[0]
                else None
            )
        pattern = re.escape(self.find)
        pattern = rf"\A{pattern}\Z" if self.is_whole else pattern
        new, hits = re.subn(pattern, lambda _: self.value, text, flags=re.IGNORECASE if self.any_case else 0)
        return new if hits and new != text else None


@dataclass(frozen=True, slots=True)
class Edited:
    """One record: what it has, and what it is to have."""

    record: DataRecord
    old: CellValue
    new: CellValue
    text: str
    """The new value as it would be typed."""
    problem: Message | None = None
    """Why it cannot be."""


@dataclass(slots=True)
class Foreseen:
    """What an edit would do, or has done."""

    looked_at: int
    right: list[Edited] = field(default_factory=list)
    wrong: list[Edited] = field(default_factory=list)


async def foresee(
    records: Records, template: ImportTemplate, edit: ColumnEdit, found: Sequence[DataRecord]
) -> Foreseen:
    """Say what an edit would do to some records. Nothing is stored."""
    items, edits = _asked(edit, found)
    return _sorted(len(found), edits, await bulk.foresee(records, template, items), edit)


async def apply(
    records: Records,
    template: ImportTemplate,
    edit: ColumnEdit,
    found: Sequence[DataRecord],
    *,
    only_right: bool,
) -> Foreseen:
    """Do it, as far as it will do; unless `only_right`, nothing where one record will not."""
    items, edits = _asked(edit, found)
    results = await bulk.apply(records, template, items, atomic=not only_right)
    return _sorted(len(found), edits, results, edit)


def _asked(edit: ColumnEdit, found: Sequence[DataRecord]) -> tuple[list[Item], list[Edited]]:
    key = edit.column.key
    checked: dict[str, tuple[CellValue, Message | None]] = {}
    items, edits = [], []
    for record in found:
        old = record.values[key]
        text = edit.text_for(old)
        if text is None:
            continue
        if text not in checked:
            checked[text] = parse_text(edit.column, text)
        new, problem = checked[text]
        if problem is None and new == old:
            continue
        problems: Problems = {key: problem} if problem else {}
        values = {} if problem else {key: new}
        items.append(Item(Act.UPDATE, record.id, record.revision, values=values, problems=problems))
        edits.append(Edited(record, old, new, text, problem))
    return items, edits


def _sorted(
    looked_at: int, edits: Sequence[Edited], results: Sequence[bulk.Result], edit: ColumnEdit
) -> Foreseen:
    done = Foreseen(looked_at)
    for each, result in zip(edits, results, strict=True):
        if result.outcome is not Outcome.FAILED:
            done.right.append(each)
            continue
        problem = result.reason or result.problems.get(edit.column.key)
        done.wrong.append(Edited(each.record, each.old, each.new, each.text, problem))
    return done
