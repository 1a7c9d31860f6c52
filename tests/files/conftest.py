"""What tests of shared files need: PostgreSQL for the names, and for the bytes what speaks like S3."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.server import NO_TLS, free_port
from xlsapp.files.copies import Copies

BUCKET = "xlsapp"


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
    """A server that speaks like S3 and keeps all in memory, with a bucket: how to reach it."""
    url = f"http://127.0.0.1:{free_port()}"
    arguments = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", url.rsplit(":", 1)[1]]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _make_bucket(url, process)
            yield {
                "endpoint": url,
                "client_options": {"allow_http": True},
                "region": "eu-central-1",
                "access_key_id": "anything",
                "secret_access_key": "anything",
            }
        finally:
            process.kill()


def _make_bucket(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            httpx.put(f"{url}/{BUCKET}", verify=NO_TLS).raise_for_status()
            return
        except httpx.TransportError:
            assert process.poll() is None
            assert time.monotonic() < end, "the S3 server did not start"
            time.sleep(0.1)
