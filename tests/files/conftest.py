"""What tests of shared files need: PostgreSQL for the names, and for the bytes what speaks like S3."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.object_store import KEY, KEY_ID, REGION, object_store
from xlsapp.files.copies import Copies


@pytest.fixture
async def postgres_db(migrated_url) -> AsyncIterator:
    from xlsapp.db.postgres.database import PostgresDatabase

    db = await PostgresDatabase.open(migrated_url)
    yield db
    await db.close()


@pytest.fixture
def shared(postgres_db, tmp_path):
    """Makes the files whose bytes are in some contents."""
    from xlsapp.files.catalog import Catalog
    from xlsapp.files.shared import SharedFiles

    return lambda contents: SharedFiles(Catalog(postgres_db), contents, Copies(tmp_path))


@pytest.fixture
def later(postgres_db):
    """Lets all files be so many hours older."""

    async def age(hours: float) -> None:
        async with postgres_db.write() as tx:
            await tx.run("UPDATE files.names SET named_at = named_at - :seconds", seconds=hours * 3600)
            await tx.run(
                "UPDATE files.contents SET started_at = started_at - :seconds,"
                " unnamed_at = unnamed_at - :seconds",
                seconds=hours * 3600,
            )

    return age


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, Any]]:
    """A server that speaks like S3, with a bucket: how to reach it."""
    with object_store() as store:
        yield {
            "endpoint": store.url,
            "client_options": {"allow_http": True},
            "region": REGION,
            "access_key_id": KEY_ID,
            "secret_access_key": KEY,
        }
