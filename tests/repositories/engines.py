"""The databases that the repositories speak. A new one is added here, and has to pass every test beside."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from xlsapp.db.database import Database
from xlsapp.db.migrate import migrate

Open = Callable[[Path], AbstractAsyncContextManager[Database]]
"""Opens an empty database with the newest schema, for one test."""


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Database]:
    """A real file."""
    path = folder / "data.sqlite3"
    migrate(path, "data")
    database = await Database.open(path)
    try:
        yield database
    finally:
        await database.close()


ENGINES: dict[str, Open] = {"sqlite": sqlite}
