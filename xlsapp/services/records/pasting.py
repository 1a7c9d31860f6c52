"""A block of cells, as a spreadsheet program copies it, into records: all of it, or nothing."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.services.records import bulk
from xlsapp.services.records.bulk import MOST, Act, Item, Outcome
from xlsapp.services.records.records import Records
from xlsapp.services.records.values import check

Target = tuple[int, int | None]
"""A record's id, and the revision that it had when it was looked at."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What became of a block: everything was stored, or nothing."""

    changed: int = 0
    added: int = 0
    problems: dict[tuple[int, int], Message] = field(default_factory=dict)
    """What is wrong with a cell, by its row and column in the block, from 0 on."""
    row_problems: dict[int, Message] = field(default_factory=dict)
    reason: Message | None = None
    """What is wrong with the block as a whole."""

    @property
    def is_stored(self) -> bool:
        """Whether it will do."""
        return not (self.problems or self.row_problems or self.reason)


def cells_of(text: str) -> list[list[str]]:
    """The rows of a block: tabs between cells; quotation marks around those with tabs or line feeds."""
    reader = csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")
    rows = [[cell.strip() for cell in row] for row in reader]
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


async def paste(
    records: Records,
    template: ImportTemplate,
    block: Sequence[Sequence[str]],
    columns: Sequence[TemplateColumn],
    into: Sequence[Target],
    *,
    adds: bool,
) -> Pasted:
    """Store a block in some columns of records, one after the other.

    With `adds`, the rows below the last of them become new records. A cell that the block lacks at a row's
    end stays as it is.
    """
    width = max(map(len, block), default=0)
    if not width:
        return Pasted(reason=Message("paste.nothing"))
    if len(block) > MOST:
        return Pasted(reason=Message("paste.many_rows", {"rows": len(block), "most": MOST}))
    if width > len(columns):
        return Pasted(reason=Message("paste.wide", {"columns": width, "room": len(columns)}))
    if len(block) > len(into) and not adds:
        return Pasted(reason=Message("paste.long", {"rows": len(block), "room": len(into)}))
    items = [_item(template, row, columns, into[n] if n < len(into) else None) for n, row in enumerate(block)]
    results = await bulk.apply(records, template, items, atomic=True)
    places = {column.key: place for place, column in enumerate(columns)}
    failed = [(n, result) for n, result in enumerate(results) if result.outcome is Outcome.FAILED]
    if failed:
        beside = {(n, key): message for n, result in failed for key, message in result.problems.items()}
        return Pasted(
            problems={(n, places[key]): m for (n, key), m in beside.items() if key in places},
            row_problems={
                **{n: result.reason for n, result in failed if result.reason},
                **{n: _beside(template, key, m) for (n, key), m in beside.items() if key not in places},
            },
        )
    outcomes = [result.outcome for result in results]
    return Pasted(outcomes.count(Outcome.UPDATED), outcomes.count(Outcome.CREATED))


def _beside(template: ImportTemplate, key: str, message: Message) -> Message:
    """What is wrong with a new record's value that the block has no cell for."""
    name = next(column.name for column in template.columns if column.key == key)
    return Message("paste.beside", {"column": name, "problem": say(message)})


def _item(
    template: ImportTemplate, row: Sequence[str], columns: Sequence[TemplateColumn], target: Target | None
) -> Item:
    given = {column.key: text for column, text in zip(columns, row, strict=False)}
    if target is None:
        new = check(template.columns, given)
        return Item(Act.CREATE, new_values=new.values, new_problems=new.problems)
    checked = check([c for c in columns if c.key in given], given)
    values = {key: value for key, value in checked.values.items() if key not in checked.problems}
    return Item(Act.UPDATE, *target, values=values, problems=checked.problems)
