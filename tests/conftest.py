"""What tests share: databases in a temporary folder, a real server process, signed-in clients, a Chromium."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests import warm_starts
from tests.engines import ENGINES
from tests.factories import Customers, make_customers, make_workbook
from tests.server import Server
from xlsapp.db.connection import Database
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.records.records import Records

if TYPE_CHECKING:
    from tests.postgres import Cluster

HERE = Path(__file__).parent


# The longest begin first, so that none is left for the end, when nothing else is there to go on beside it.
LONGEST_FIRST = (
    *("browser/test_pages.py", "web/api/test_openapi.py", "test_deploy.py", "test_server.py"),
    *("security/test_full_disks.py", "browser/test_live.py", "security/test_odd_forms.py", "test_docs.py"),
    *("services/imports/test_hostile_files.py", "browser/test_records_grid.py", "cli/test_commands.py"),
    *("security/test_sql.py", "test_upgrades.py", "browser/test_errors.py", "test_bench.py"),
    *("torture/test_crowds.py", "torture/test_disks.py", "torture/test_kills.py", "torture/test_sockets.py"),
    *("browser/test_template_form.py", "browser/test_everybody.py", "browser/test_import_page.py"),
    *("services/exports/test_libreoffice.py", "services/imports/test_patient_files.py", "cli/test_remote.py"),
    *("jobs/test_recovery.py", "services/exports/test_exporting.py", "services/imports/test_model.py"),
    *("sandbox/test_sandbox.py", "web/pages/test_accounts.py", "security/test_log.py"),
)


Server.is_warm = True


def pytest_sessionfinish() -> None:
    """End what servers were forked from."""
    warm_starts.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of LONGEST_FIRST, and then that of the folders."""
    places = {HERE / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def missing(what: str) -> None:
    """Skip a test for something this machine lacks; under CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is not on this machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--engine postgres` runs what needs nothing but a database on that one."""
    parser.addoption("--engine", choices=list(ENGINES), default="sqlite")


@pytest.fixture
async def db(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database with the newest schema; see `on_every_engine`."""
    engine = getattr(request, "param", request.config.getoption("engine"))
    async with ENGINES[engine](request) as database:
        yield database


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
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Cluster"]:
    """A PostgreSQL for the whole run, where its programs are installed."""
    from tests.postgres import shared_cluster

    folder = tmp_path_factory.getbasetemp()
    with shared_cluster(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres: "Cluster") -> Iterator[str]:
    """An empty database of its own."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def _migrated(postgres: "Cluster") -> Iterator[str]:
    from xlsapp.db.postgres.migrate import migrate

    with postgres.database() as url:
        migrate(url)
        yield url


@pytest.fixture
def migrated_url(_migrated: str) -> str:
    """A database with the newest schema and nothing in it; the same one for every test of a process."""
    from tests.postgres import empty

    empty(_migrated)
    return _migrated


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
