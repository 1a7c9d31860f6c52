"""Imports whose rows are kept for a review, on the engine that holds the records."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.services.conftest import Desk
from xlsapp.db.connection import Database
from xlsapp.db.database import SqliteDatabase
from xlsapp.services.engines.review_places import ReviewFiles, ReviewPlaces


@pytest.fixture
async def places(db: Database, tmp_path: Path) -> ReviewPlaces:
    """Where reviews are kept."""
    if isinstance(db, SqliteDatabase):
        folder = tmp_path / "reviews"
        folder.mkdir()
        return ReviewFiles(folder, db.path)
    from xlsapp.db.postgres.database import PostgresDatabase
    from xlsapp.services.engines.review_schemas import ReviewSchemas

    assert isinstance(db, PostgresDatabase)
    schemas = ReviewSchemas(db)
    await schemas.remove(*await schemas.job_ids())  # the tests of a process share a database
    return schemas


@pytest.fixture
async def desk(desk: Callable[..., Awaitable[Desk]], places: ReviewPlaces) -> Callable[..., Awaitable[Desk]]:
    """The same desk, which keeps what it reviews."""

    async def make(*columns: str | tuple[str, str]) -> Desk:
        made = await desk(*columns)
        made.places = places
        return made

    return make
