"""The records that many changes at once are about, in memory: as they are, and as the changes leave them.

A record is known by its id; one that is to be added by a number below zero until it has one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xlsapp.db.connection import Connection
from xlsapp.errors import NotFound
from xlsapp.models import CellValue, DataRecord, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.records import data_records, listing, many_records
from xlsapp.repositories.records.many_records import Holders
from xlsapp.services.records.values import Problems
from xlsapp.spreadsheet.cells.entered import as_entered

Keys = tuple[CellValue, ...]


async def load(
    conn: Connection,
    template: ImportTemplate,
    ids: Iterable[int],
    once: Mapping[TemplateColumn, Iterable[CellValue]],
    keys: Sequence[TemplateColumn],
    sought: Iterable[Keys],
) -> "BulkState":
    """The records with these ids or keys, and whatever has one of the values that may be there `once`.

    Looks at all records once for each such column, and once for the keys. Raises NotFound.
    """
    version = await data_records.get_version(conn, template.id)
    if version is None:
        raise NotFound(f"import template {template.id}")
    filled = [each for each in sought if None not in each]
    found = await many_records.holders(conn, template, keys, filled) if keys else {}
    wanted = dict.fromkeys([*ids, *(each.first for each in found.values() if each.count == 1)])
    records = await listing.find_all(conn, template, list(wanted))
    state = BulkState(version, {record.id: record for record in records}, tuple(keys), found)
    for column, values in once.items():
        held = await many_records.holders(conn, template, [column], ((value,) for value in values))
        state.holding[column] = defaultdict(
            set, {value: {each.first, each.last} for (value,), each in held.items()}
        )
    return state


@dataclass(slots=True)
class BulkState:
    """What the changes so far have made of the records. Nothing of it is stored yet."""

    version: int
    """The number of the records' last change when they were loaded."""
    records: Mapping[int, DataRecord]
    keys: tuple[TemplateColumn, ...] = ()
    found: Mapping[Keys, Holders] = field(default_factory=dict)
    """Keys → the records that have them."""
    holding: dict[TemplateColumn, defaultdict[CellValue, set[int]]] = field(default_factory=dict)
    """Column → value that may be there once → which records have it."""
    added: dict[int, dict[str, CellValue]] = field(default_factory=dict)
    changed: dict[int, dict[str, CellValue]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    by_keys: dict[Keys, int] = field(default_factory=dict)
    """Keys that the changes have given to a record."""
    item_of: dict[int, int] = field(default_factory=dict)
    """Which item has added a record."""

    def has(self, ref: int) -> bool:
        """Whether a record is there."""
        return (ref in self.records or ref in self.added) and ref not in self.deleted

    def value(self, ref: int, key: str) -> CellValue:
        """What a record has in a column."""
        if ref in self.added:
            return self.added[ref].get(key)
        changed = self.changed.get(ref, {})
        return changed[key] if key in changed else self.records[ref].values.get(key)

    def revision_of(self, ref: int) -> int:
        """The revision that a record has, or will have."""
        return 1 if ref not in self.records else self.records[ref].revision + (ref in self.changed)

    def different(self, ref: int, values: Mapping[str, CellValue]) -> dict[str, CellValue]:
        """Those values that a record does not have."""
        return {key: value for key, value in values.items() if self.value(ref, key) != value}

    def with_keys(self, sought: Keys) -> list[int] | None:
        """The record that has these keys, if there is one; None where there are several."""
        if (ref := self.by_keys.get(sought)) is not None and self._has_keys(ref, sought):
            return [ref]
        found = self.found.get(sought)
        if found is None:
            return []
        if found.count > 1:
            return None
        # Its keys may be stored with what nobody sees: they are compared only where they are others now.
        moved = any(column.key in self.changed.get(found.first, {}) for column in self.keys)
        is_it = self._has_keys(found.first, sought) if moved else self.has(found.first)
        return [found.first] if is_it else []

    def stored_twice(self, ref: int | None, values: Mapping[str, CellValue]) -> Problems:
        """What is wrong with values that may be there only once."""
        problems: Problems = {}
        for column, holding in self.holding.items():
            value = values.get(column.key)
            others = holding[value] - {ref} if value is not None else set()
            if not others:
                continue
            shown = as_entered(column.type, value)
            text, other = shown if len(shown) <= 60 else shown[:59] + "…", max(others)
            problems[column.key] = (
                Message("unique.stored", {"value": text, "record_id": other, "is_default": False})
                if other > 0
                else Message("bulk.twice", {"value": text, "item": self.item_of[other] + 1})
            )
        return problems

    def add(self, item: int, values: Mapping[str, CellValue]) -> int:
        """A new record. Returns what it is known by."""
        ref = -len(self.added) - 1
        self.added[ref], self.item_of[ref] = {}, item
        self.change(ref, values)
        return ref

    def change(self, ref: int, values: Mapping[str, CellValue]) -> None:
        """Values of a record become others."""
        self._let_go(ref, values)
        target = self.added[ref] if ref in self.added else self.changed.setdefault(ref, {})
        target.update(values)
        for column, holding in self.holding.items():
            if values.get(column.key) is not None:
                holding[values[column.key]].add(ref)
        if self.keys:
            self.by_keys[tuple(self.value(ref, column.key) for column in self.keys)] = ref

    def delete(self, ref: int) -> None:
        """A record goes."""
        self._let_go(ref, [column.key for column in self.holding])
        self.deleted.add(ref)
        self.changed.pop(ref, None)

    def _let_go(self, ref: int, keys: Iterable[str]) -> None:
        for column, holding in self.holding.items():
            if column.key in keys:
                holding[self.value(ref, column.key)].discard(ref)

    def _has_keys(self, ref: int, sought: Keys) -> bool:
        return self.has(ref) and tuple(self.value(ref, column.key) for column in self.keys) == sought
