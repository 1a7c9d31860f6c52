"""What tests share: databases in a temporary folder, a real server process, signed-in clients, a Chromium."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.factories import Customers, make_customers, make_workbook
from tests.server import Server
from xlsapp.db.database import Database
from xlsapp.db.migrate import migrate
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.records.records import Records


def missing(what: str) -> None:
    """Skip a test for something this machine lacks; under CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with the newest schema."""
    path = tmp_path / "data.sqlite3"
    migrate(path, "data")
    database = await Database.open(path)
    yield database
    await database.close()


@pytest.fixture
async def records(db: Database, tmp_path: Path) -> AsyncIterator[Records]:
    """The door to the records in `db`."""
    door = Records(db, tmp_path)
    yield door
    await door.close()


@pytest.fixture
async def customers(db: Database) -> Customers:
    """A template “Customers” with a column of each common type, and its owner."""
    return await make_customers(db)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A started sandbox."""
    box = Sandbox()
    await box.start()
    yield box
    await box.close()


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows into an .xlsx file and returns its path."""
    return lambda *rows, **options: make_workbook(tmp_path, *rows, **options)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running app that anybody may sign up to, shared by the tests that only visit it."""
    with Server.started(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def visitor(server: Server) -> Iterator[httpx.Client]:
    """A browser without an account, as httpx sees one."""
    with server.client() as client:
        yield client


@pytest.fixture
def ada(server: Server) -> Iterator[httpx.Client]:
    """Someone signed in, with an account of her own."""
    with server.client() as client:
        server.sign_up(client)
        yield client


@pytest.fixture
def eve(server: Server) -> Iterator[httpx.Client]:
    """Somebody else who is signed in."""
    with server.client() as client:
        server.sign_up(client)
        yield client
