"""`xlsapp move`: all data from a folder into a PostgreSQL, and back; none is lost on the way."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.cli.commands import done, xlsapp
from tests.factories import make_customers, make_workbook
from tests.postgres import Cluster, programs
from tests.server import CUSTOMER_COLUMNS, ROOT, Server, add_template, run_export, run_import
from tests.web.api.conftest import make_token, program
from xlsapp.config import DatabaseSettings, DataSettings, Settings
from xlsapp.db.data_folder import sole_use
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.postgres import tables as postgres_tables
from xlsapp.db.postgres.address import shown_address
from xlsapp.db.postgres.migrate import migrate
from xlsapp.db.sqlite_tables import open_tables
from xlsapp.errors import ConfigurationError, InUse, Refused
from xlsapp.models import TokenScope
from xlsapp.services.operations.carrying import is_carried
from xlsapp.storage import on_sqlite
from xlsapp.storage.moving import move_to_folder, move_to_postgres

ALL_TYPES = (
    *CUSTOMER_COLUMNS,
    {"name": "Seen", "type": "datetime"},
    {"name": "Opens", "type": "time"},
    {"name": "Worked", "type": "duration"},
)

PEOPLE = (
    ["Name", "Since", "Orders", "Balance", "Active", "Seen", "Opens", "Worked"],
    ["Ada “\\N” \t é 😀", "1815-12-10", 3, -0.1, True, "2026-01-31 09:30:00.250", "08:15:00", "36:00:00"],
    ["Grace", None, -9007199254740991, 1e300, False, "0001-01-01 00:00:00", "23:59:59.5", "-0:30:00"],
    ["NULL", None, None, None, None, None, None, None],
)


@pytest.fixture
def other_url(postgres: Cluster) -> Iterator[str]:
    """One more database."""
    with postgres.database() as url:
        yield url


def test_everything_goes_there_through_a_dump_and_back_and_nobody_is_signed_out(
    postgres_url, other_url, tmp_path
):
    """Over sign-ins, tokens, records of every type, exports, lists of problems and ids that go on."""
    old, new, back = (Server(tmp_path / name) for name in ("old", "new", "back"))
    for each in (old, new, back):
        each.folder.mkdir()
    old.start()
    with old.client() as client:
        old.sign_up(client)
        template_id = add_template(client, ALL_TYPES)
        run_import(client, template_id, make_workbook(tmp_path, *PEOPLE))
        wrong = run_import(
            client, template_id, make_workbook(tmp_path, ["Name", "Orders"], ["Edsger", "many"])
        )
        export = run_export(client, template_id)
        token = make_token(client, *TokenScope)
        cookies = dict(client.cookies)
    with program(old, token) as api:
        columns = {
            each["name"]: each["id"] for each in api.get(f"/templates/{template_id}").json()["columns"]
        }
        assert api.delete(f"/templates/{template_id}/columns/{columns['Opens']}").is_success
    old.stop()
    pages = [f"/import_templates/{template_id}/jobs/{wrong['job_id']}", str(export.url.path), "/jobs"]

    said = done(xlsapp("move", "--to", postgres_url, data=old.data))
    assert "3 records of 1 templates" in said and "compared" in said
    refused = xlsapp("serve", "--port", "0", data=old.data)
    assert refused.returncode == 1 and "was moved to postgresql://" in refused.stderr
    for command in (["check"], ["backup", tmp_path / "copy"]):
        looked = xlsapp(*command, data=old.data)
        assert looked.returncode == 1 and "was moved to postgresql://" in looked.stdout + looked.stderr
    dump = tmp_path / "night.dump"
    _postgres_program("pg_dump", "--format=custom", f"--file={dump}", postgres_url)
    _postgres_program("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={other_url}", dump)
    restored = {"XLSAPP_DATABASE__URL": other_url}
    records = _goes_on(new, restored, cookies, token, template_id, pages)

    assert "compared" in done(xlsapp("move", "--to", back.data, data=new.data, **restored))
    refused = xlsapp("users", "list", data=new.data, **restored)
    assert refused.returncode == 2 and f"was moved to {back.data}" in refused.stderr
    again = _goes_on(back, {}, cookies, token, template_id, pages)

    with (
        psycopg.connect(other_url) as conn,
        closing(sqlite3.connect(back.data / "data.sqlite3")) as copied,
    ):
        kept = f"SELECT c{columns['Opens']} FROM history_{template_id} ORDER BY id LIMIT 2"
        there = conn.execute(kept.replace("history", "data.history")).fetchall()
        assert [time.isoformat() for (time,) in there] == [time for (time,) in copied.execute(kept)]
    assert [each["values"] for each in records[:3]] == [each["values"] for each in again[:3]]
    assert [each["id"] for each in again] == [1, 2, 3, 4, 5]


def _postgres_program(name: str, *arguments: object) -> None:
    found = programs()
    assert found
    subprocess.run([found / name, *map(str, arguments)], check=True, timeout=60)


def _goes_on(server, environment, cookies, token, template_id, pages):
    """All is there under the same sign-in, and something more can be added. Returns the records."""
    server.environment = environment
    server.start()
    with server.client() as client, program(server, token) as api:
        client.cookies.update(cookies)
        for page in pages:
            assert client.get(page).status_code == 200, page
        added = api.post(f"/templates/{template_id}/records", json={"values": {"Name": "Barbara"}})
        assert added.status_code == 201, added.text
        records = api.get(f"/templates/{template_id}/records").json()["records"]
    server.stop()
    return records


@pytest.fixture
async def folder(tmp_path) -> Path:
    """A data folder with a template, as a server leaves it."""
    root = tmp_path / "data"
    root.mkdir()
    on_sqlite.make(root)
    db = await SqliteDatabase.open(root / "data.sqlite3")
    customers = await make_customers(db)
    await db.close()
    _change(
        root,
        f"INSERT INTO records_{customers.template.id} (id, position, created_at, updated_at, "
        f"c{customers.template.columns[0].id}) VALUES (7, 1, 'then', 'then', 'Ada')",
    )
    return root


def _change(root: Path, *statements: str, file: str = "data.sqlite3") -> None:
    with closing(sqlite3.connect(root / file)) as conn:
        for statement in statements:
            conn.execute(statement)
        conn.commit()


def _settings(root: Path, url: str = "") -> Settings:
    return Settings(data=DataSettings(dir=str(root)), database=DatabaseSettings(url=url))


async def _refused(root: Path, url: str) -> str:
    """What is said; and nothing is switched, nothing is left over there."""
    with pytest.raises((Refused, DatabaseFault)) as caught:
        await move_to_postgres(_settings(root), url, lambda said: None)
    on_sqlite.prepare(_settings(root))
    return str(caught.value)


async def _is_empty(url: str) -> bool:
    async with postgres_tables.open_tables(url) as tables:
        return not await tables.names()


NUL = "UPDATE records_1 SET c1 = 'A' || char(0) || 'da'"
COLUMNS = """
INSERT INTO template_columns (import_template_id, name, type, position)
WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 450)
SELECT 1, 'Column ' || i, 'text', i FROM n
"""


POINTER = '{"status": "job_status:import:1:7f3a7f3a7f3a7f3a", "user_id": 1, "is_final": true}'
STATUS = """{"job_id": "7f3a7f3a7f3a7f3a", "kind": "import", "import_template_id": 1, "user_id": 1,
    "status": "completed", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    "template_name": "Customers", "file_name": "c.xlsx", "options": {}}"""
REVIEWED = (
    f"INSERT INTO entries VALUES ('job:7f3a7f3a7f3a7f3a', '{POINTER}', TRUE, 9e9)",
    f"INSERT INTO entries VALUES ('job_status:import:1:7f3a7f3a7f3a7f3a', '{STATUS}', TRUE, 9e9)",
)


async def test_what_does_not_fit_is_said_all_at_once_with_what_to_do(folder, postgres_url):
    _change(folder, NUL, COLUMNS)

    said = await _refused(folder, postgres_url)

    assert "Template “Customers” has 446 columns; 440 is the most. Delete some" in said
    assert "Template “Customers”, column “Name”, record 7: its text" in said
    assert "/import_templates/1/data_records/7/edit" in said
    assert await _is_empty(postgres_url)


async def test_a_job_that_has_not_ended_is_named(folder, postgres_url):
    with closing(sqlite3.connect(folder / "queue.sqlite3")) as conn:
        conn.execute("CREATE TABLE jobs (key TEXT, status TEXT)")
        conn.execute("INSERT INTO jobs VALUES ('7f3a7f3a7f3a7f3a', 'queued')")
        conn.commit()

    assert "job 7f3a7f3a7f3a7f3a" in await _refused(folder, postgres_url)
    assert await _is_empty(postgres_url)


async def test_what_was_mended_in_a_review_is_left_behind_only_where_that_is_said(folder, postgres_url):
    (folder / "reviews" / "7f3a7f3a7f3a7f3a.sqlite3").touch()
    _change(folder, "CREATE TABLE mends (id INTEGER)", file="reviews/7f3a7f3a7f3a7f3a.sqlite3")
    _change(folder, "INSERT INTO mends VALUES (1)", file="reviews/7f3a7f3a7f3a7f3a.sqlite3")
    _change(folder, *REVIEWED, file="status.sqlite3")

    assert "--without-reviews" in await _refused(folder, postgres_url)
    moved = await move_to_postgres(_settings(folder), postgres_url, lambda said: None, without_reviews=True)
    assert moved and moved.reviews_left == 1


async def test_a_running_server_is_not_moved(folder, postgres_url):
    with sole_use(folder), pytest.raises(InUse):
        await move_to_postgres(_settings(folder), postgres_url, lambda said: None)


@pytest.mark.parametrize("holds", ["CREATE TABLE public.here (id bigint)", "accounts"])
async def test_a_database_that_holds_anything_is_left_alone(folder, postgres_url, holds):
    migrate(postgres_url)
    with psycopg.connect(postgres_url) as conn:
        accounts = "INSERT INTO data.users (email, password_hash, created_at) VALUES ('ada', 'x', 'then')"
        conn.execute(accounts if holds == "accounts" else holds)

    assert "not empty" in await _refused(folder, postgres_url)

    with psycopg.connect(postgres_url) as conn:
        assert conn.execute("SELECT count(*) FROM data.users").fetchone() == (int(holds == "accounts"),)


async def test_what_fails_on_the_way_leaves_an_empty_database_and_the_folder_at_work(folder, postgres_url):
    # c3 is a column of whole numbers; no version of ours stores such a thing.
    _change(folder, "UPDATE records_1 SET c3 = 'many'")

    assert "bigint" in await _refused(folder, postgres_url)
    assert await _is_empty(postgres_url)

    _change(folder, "UPDATE records_1 SET c3 = 3")
    assert await move_to_postgres(_settings(folder), postgres_url, lambda said: None)


async def test_a_move_that_was_killed_begins_anew_and_the_folder_works_meanwhile(folder, postgres_url):
    _change(
        folder,
        "INSERT INTO records_1 (position, created_at, updated_at, c1)"
        " WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)"
        " SELECT i, 'then', 'then', 'Ada ' || i FROM n",
    )
    command = [sys.executable, "run.py", "move", "--to", postgres_url, "--data-dir", str(folder)]
    with subprocess.Popen(  # noqa: ASYNC220
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as moving:
        assert moving.stderr
        for line in moving.stderr:
            if "records of template 1" in line:
                os.kill(moving.pid, signal.SIGKILL)
    assert moving.returncode == -signal.SIGKILL
    on_sqlite.prepare(_settings(folder))
    with pytest.raises(ConfigurationError, match="has not come to its end"):
        migrate(postgres_url)

    moved = await move_to_postgres(_settings(folder), postgres_url, lambda said: None)

    assert moved and moved.carried.records == 30_000
    migrate(postgres_url)


async def test_a_move_that_lacked_its_last_step_takes_it(folder, postgres_url, monkeypatch):
    async def killed(url: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("xlsapp.storage.moving._let_start", killed)
        with pytest.raises(KeyboardInterrupt):
            await move_to_postgres(_settings(folder), postgres_url, lambda said: None)

    assert await move_to_postgres(_settings(folder), postgres_url, lambda said: None) is None
    migrate(postgres_url)
    assert await move_to_postgres(_settings(folder), postgres_url, lambda said: None) is None


async def test_only_an_empty_folder_is_moved_into(folder, postgres_url):
    migrate(postgres_url)

    with pytest.raises(Refused, match="is not empty: it has asked"):
        await move_to_folder(_settings(folder, postgres_url), folder, lambda said: None)

    migrate(postgres_url)


async def test_every_table_is_carried_or_it_is_said_why_not(tmp_path, migrated_url):
    """A new table is on both engines, or stands in `db.tables.NOT_CARRIED` with a reason."""
    on_sqlite.make(tmp_path)
    with open_tables(tmp_path) as on_one:
        here = {name: await on_one.describe(name) for name in await on_one.names() if is_carried(name)}
    async with postgres_tables.open_tables(migrated_url) as on_other:
        there = {name: await on_other.describe(name) for name in await on_other.names() if is_carried(name)}

    assert here.keys() == there.keys()
    for name, table in there.items():
        assert {c.name for c in table.columns} == {c.name for c in here[name].columns}
        assert table.key and table.key == here[name].key


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:geheim@db.example.com/xlsapp", "postgresql://ada@db.example.com/xlsapp"),
        ("postgres://db:5433/x?user=ada&password=geheim", "postgresql://ada@db:5433/x"),
        ("postgresql:///x?host=/run/pg&sslpassword=geheim", "postgresql:///x?host=/run/pg"),
    ],
)
def test_where_data_has_gone_is_told_without_a_password(url, shown):
    assert shown_address(url) == shown
