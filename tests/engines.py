"""The databases that the repositories speak. A new one is added here, and has to pass every test beside."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from xlsapp.db.connection import Database
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.migrate import migrate

Open = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Database]]
"""Opens an empty database with the newest schema, for one test."""


@asynccontextmanager
async def sqlite(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A real file."""
    folder: Path = request.getfixturevalue("tmp_path")
    path = folder / "data.sqlite3"
    migrate(path, "data")
    database = await SqliteDatabase.open(path)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def postgres(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A copy of a database that was migrated once. Skips the test where there is no PostgreSQL."""
    url: str = request.getfixturevalue("migrated_url")
    from xlsapp.db.postgres.database import PostgresDatabase

    database = await PostgresDatabase.open(url)
    try:
        yield database
    finally:
        await database.close()


ENGINES: dict[str, Open] = {"sqlite": sqlite, "postgres": postgres}

on_every_engine = pytest.mark.parametrize("db", ENGINES, indirect=True)
"""For tests, or a whole module as its `pytestmark`, whose promises hold whichever database is behind them."""
