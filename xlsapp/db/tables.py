"""Whole tables, as they are carried from one engine to the other: named alike, with the same values."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from xlsapp.db.connection import Connection

ROWS_AT_ONCE = 2_000

Rows = Sequence[Sequence[Any]]

NOT_CARRIED: Mapping[str, str] = {
    "data.schema_migrations": "each engine has its own",
    "status.schema_migrations": "the same",
    "data.secrets": "on SQLite it is a file",
    "data.job_runs": "no job is under way, and no job is begun anew",
    "data.moving": "a mark, while data comes in",
    "data.moved": "a mark, once it has gone",
    "status.tries": "what throttles count is over in minutes, and in memory on SQLite",
    "files.contents": "files are carried one by one, as they lie in a folder on SQLite",
    "files.names": "the same",
}
"""Tables of one engine alone, and why nothing of them is carried. Whatever is not here is on both."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind` is its type in PostgreSQL, such as `bigint`; SQLite has no types to speak of."""

    name: str
    kind: str = ""
    counts: bool = False
    """Whether it has ids that are never given twice."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what identifies its rows: `data.users`, `status.entries`."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    refers_to: frozenset[str] = frozenset()
    """Other tables, whose rows have to be there first."""


@dataclass(slots=True, eq=False)
class Digest:
    """What was in a table, by its values: the same on both engines."""

    count: int = 0
    _hash: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def add(self, rows: Rows) -> None:
        """Some rows more, in the order of their keys. How many come at once makes no difference."""
        if rows:
            text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=bytes.hex)
            self._hash.update(text[1:-1].encode() + b",")
            self.count += len(rows)

    @property
    def value(self) -> tuple[int, str]:
        """How many rows there were, and what was in them."""
        return self.count, self._hash.hexdigest()


class Tables(Protocol):
    """All tables of one engine, on a connection that nobody else has."""

    @property
    def conn(self) -> Connection:
        """For what repositories know better."""

    async def names(self) -> set[str]:
        """All of them that are ours, or somebody's."""

    async def describe(self, name: str) -> Table:
        """One of them. What is computed from other columns is left out."""

    def rows(self, table: Table) -> AsyncIterator[Rows]:
        """Its rows in the order of the key, some at a time; values as both engines have them."""

    async def fill(self, table: Table, rows: AsyncIterator[Rows]) -> None:
        """Put rows into an empty table; its indexes come after them."""

    async def last_id(self, table: Table) -> int:
        """The last id that was given; 0 for none."""

    async def go_on_after(self, table: Table, last_id: int) -> None:
        """The next id is greater than that."""

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Committed at the end of the block, rolled back when it raises."""
