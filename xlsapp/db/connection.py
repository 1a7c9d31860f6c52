"""What a database and a connection to it promise, whichever engine it is.

`db/database.py` keeps it on SQLite, `db/postgres/` on PostgreSQL; what their SQL spells differently is in
`db/dialect.py`. Everything raises DatabaseFault, as `db/errors.py` has it.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from xlsapp.db.dialect import Dialect

Row = Mapping[str, Any]

Staging = Path | str
"""Where an import's rows are staged: a SQLite file, or a schema in PostgreSQL."""


class Connection(Protocol):
    """A connection spoken to in `:named` parameters, given as keywords. Rows come back as mappings."""

    @property
    def dialect(self) -> Dialect:
        """What this engine's SQL spells in its own way."""

    async def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Every row."""

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row, or None."""

    async def value(self, sql: str, /, **params: Any) -> Any:
        """The first column of the first row, or None."""

    async def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""


class Database(Protocol):
    """Connections for reading and for writing, whole transactions each."""

    @property
    def dialect(self) -> Dialect:
        """What this engine's SQL spells in its own way."""

    @property
    def heavy_readers(self) -> int:
        """How many may look at many records at once, see `read_much`."""

    def read(self) -> AbstractAsyncContextManager[Connection]:
        """A connection that can only read. Keep it no longer than a few statements take."""

    def read_much(self, account_id: int) -> AbstractAsyncContextManager[Connection]:
        """The same for statements that look at many records: by turns that go round by account."""

    def hold_writer(self, template_id: int) -> AbstractAsyncContextManager[None]:
        """Let nobody change a template's records while the block lasts, but for `write(held=True)` in it."""

    def write(
        self, *, attach: Staging | None = None, held: bool = False
    ) -> AbstractAsyncContextManager[Connection]:
        """A transaction: committed when the block ends, rolled back when it raises or is cancelled.

        With `attach`, the staged tables are there. A statement that fails ends the transaction.
        """

    async def close(self) -> None:
        """Finish what is under way and close the database."""


class IndexedDatabase(Database, Protocol):
    """One that may have an index made while others work."""

    def upkeep(self, *, patience_seconds: int = 0) -> AbstractAsyncContextManager[Connection]:
        """A connection outside of all transactions, which waits as long as need be for others to end.

        Or so long: then it raises Busy.
        """
