"""Upgrades: whatever schema a database stands at, the next start copies it and brings it to the newest."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.commands import done, xlsapp
from tests.factories import make_customers, make_workbook, records_of
from tests.server import PASSWORD, Server, add_template, finished, job_of, run_import
from xlsapp.db import migrate as migrations_module
from xlsapp.db.copies import damage
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.migrate import migrate, migrations, schema_version
from xlsapp.errors import ConfigurationError

NAMES = ("data", "status")
RELEASED = [(name, version) for name in NAMES for version in sorted(migrations(name))]
FIRST_WITH_REVISIONS = 6


def stands_at(path: Path, name: str, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database as the program of that schema made it."""
    known = {number: script for number, script in migrations(name).items() if number <= version}
    with monkeypatch.context() as patched:
        patched.setattr(migrations_module, "migrations", lambda _: known)
        migrate(path, name)


def with_a_template(path: Path) -> None:
    """An account with a template and two records, in words that every schema since the first knows."""
    has_revisions = schema_version(path) >= FIRST_WITH_REVISIONS
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.executescript(
            """
            INSERT INTO users (email, password_hash, created_at)
            VALUES ('ada@example.com', 'x', '2026-01-01T00:00:00Z');
            INSERT INTO import_templates (user_id, name, created_at, updated_at, record_count)
            VALUES (1, 'Customers', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 2);
            INSERT INTO template_columns (import_template_id, name, type, position)
            VALUES (1, 'Name', 'text', 0);
            CREATE TABLE records_1 (
                id INTEGER PRIMARY KEY AUTOINCREMENT, position BIGINT NOT NULL, import_id BIGINT,
                created_at TEXT NOT NULL, updated_at TEXT NOT NULL, c1 TEXT
            );
            INSERT INTO records_1 (position, created_at, updated_at, c1)
            VALUES (1, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'Ada'),
                   (2, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'Grace');
            """
        )
        if has_revisions:
            conn.execute("ALTER TABLE records_1 ADD COLUMN revision BIGINT NOT NULL DEFAULT 1")


def tables(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Table → its columns with their types."""
    with closing(sqlite3.connect(path)) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [(row[1], row[2]) for row in conn.execute(f"PRAGMA table_info({name})")] for name in names
        }


@pytest.mark.parametrize(("name", "version"), RELEASED)
def test_every_released_schema_is_brought_to_the_newest(tmp_path, monkeypatch, name, version):
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    stands_at(old, name, version, monkeypatch)
    migrate(new, name)

    migrate(old, name)

    assert schema_version(old) == max(migrations(name))
    assert tables(old) == tables(new)
    assert damage(old) == []


async def test_a_database_of_the_first_release_keeps_its_data_and_is_copied_before(tmp_path, monkeypatch):
    path, backups = tmp_path / "data.sqlite3", tmp_path / "backups"
    stands_at(path, "data", 1, monkeypatch)
    with_a_template(path)

    migrate(path, "data", backups=backups)

    (copy,) = backups.iterdir()
    assert copy.name.startswith("data-schema1-")
    assert schema_version(copy) == 1
    assert copy.stat().st_mode & 0o077 == 0
    db = await SqliteDatabase.open(path)
    try:
        another = await make_customers(db)
        async with db.read() as conn:
            names = await conn.all("SELECT c1, revision FROM records_1 ORDER BY position")
        assert [(row["c1"], row["revision"]) for row in names] == [("Ada", 1), ("Grace", 1)]
        assert await records_of(db, another.template) == []
    finally:
        await db.close()


@pytest.mark.parametrize("version", sorted(migrations("data")))
def test_a_server_upgrades_every_release_and_its_users_go_on_working(tmp_path, monkeypatch, version):
    data = tmp_path / "data"
    data.mkdir()
    stands_at(data / "data.sqlite3", "data", version, monkeypatch)
    with_a_template(data / "data.sqlite3")
    done(xlsapp("users", "reset-password", "ada@example.com", data=data, stdin=f"{PASSWORD}\n"))

    with Server.started(tmp_path) as server, server.client() as ada:
        ada.post("/sign_in", data={"email": "ada@example.com", "password": PASSWORD})

        assert "Grace" in ada.get("/import_templates/1/data_records").text
        state = run_import(ada, 1, make_workbook(tmp_path, ["Name"], ["Edsger"]), mode="add")
        assert state["status"] == "completed", state
        assert "Edsger" in ada.get("/import_templates/1/data_records").text
        assert add_template(ada) == 2
    copies = [path.name for path in (data / "backups").glob("*")]
    is_newest = version == max(migrations("data"))
    assert len(copies) == (0 if is_newest else 1)
    assert all(name.startswith(f"data-schema{version}-") for name in copies)


def test_what_an_old_data_folder_imported_it_imports_and_one_answer_settles_what_is_asked_now(
    tmp_path, monkeypatch
):
    data = tmp_path / "data"
    data.mkdir()
    stands_at(data / "data.sqlite3", "data", 3, monkeypatch)
    with_a_template(data / "data.sqlite3")
    with closing(sqlite3.connect(data / "data.sqlite3")) as conn, conn:
        conn.execute(
            "INSERT INTO template_columns (import_template_id, name, type, position) "
            "VALUES (1, 'Kg', 'number', 1), (1, 'Due', 'date', 2)"
        )
        conn.execute("ALTER TABLE records_1 ADD COLUMN c2 DOUBLE PRECISION")
        conn.execute("ALTER TABLE records_1 ADD COLUMN c3 TEXT")
    done(xlsapp("users", "reset-password", "ada@example.com", data=data, stdin=f"{PASSWORD}\n"))
    as_before = make_workbook(tmp_path, ["Name", "Kg", "Due"], ["Ada", "1,234.5", "31/01/2026"])
    doubtful = tmp_path / "doubtful.csv"
    doubtful.write_text("Name;Kg;Due\nBo;1,250;03/04/2026\n")

    with Server.started(tmp_path) as server, server.client() as ada:
        ada.post("/sign_in", data={"email": "ada@example.com", "password": PASSWORD})
        before = run_import(ada, 1, as_before)
        asked = run_import(ada, 1, doubtful)
        answers = {question["id"]: question["suggested"] for question in asked["result"]["questions"]}
        page = f"/import_templates/1/jobs/{asked['job_id']}/answers"
        answered = finished(ada, job_of(ada.post(page, data={**answers, "remember": "on"})))
        doubtful.write_text("Name;Kg;Due\nCy;2,250;03/04/2026\n")
        again = run_import(ada, 1, doubtful)

    assert sorted(answers) == ["day_order:3", "decimal_sign:2"]
    assert [state["status"] for state in (before, answered, again)] == ["completed"] * 3
    with closing(sqlite3.connect(data / "data.sqlite3")) as conn:
        stored = conn.execute("SELECT c1, c2, c3 FROM records_1 WHERE id > 2 ORDER BY id").fetchall()
    records = [("Ada", 1234.5, "2026-01-31"), ("Bo", 1.25, "2026-04-03"), ("Cy", 2.25, "2026-04-03")]
    assert stored == records


@pytest.mark.parametrize("name", [*NAMES, "queue"])
def test_a_newer_database_stops_an_older_program_with_a_sentence(tmp_path, name):
    with Server.started(tmp_path) as server:
        server.stop()
    data = tmp_path / "data"
    with closing(sqlite3.connect(data / f"{name}.sqlite3")) as conn, conn:
        if name == "queue":
            conn.execute("PRAGMA user_version = 99")
        else:
            conn.execute("INSERT INTO schema_migrations VALUES (99, '0099_tomorrow', 'later')")

    result = xlsapp("serve", "--port", "0", data=data)
    checked = xlsapp("check", data=data)

    assert result.returncode == 2
    assert "was written by a newer xlsapp (schema 99" in result.stderr
    assert "Traceback" not in result.stderr
    assert checked.returncode == 1
    assert "newer xlsapp" in checked.stdout


def test_a_migration_that_fails_half_way_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "data.sqlite3"
    stands_at(path, "data", 1, monkeypatch)
    with_a_template(path)
    before = tables(path)
    script = "CREATE TABLE half (id INTEGER); SELECT * FROM nowhere;"
    broken = {**migrations("data"), 98: ("0098_broken", script)}

    monkeypatch.setattr(migrations_module, "migrations", lambda _: broken)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(path, "data", backups=tmp_path / "backups")

    assert tables(path) == before
    assert schema_version(path) == 1


def test_two_processes_that_start_at_once_upgrade_once(tmp_path, monkeypatch):
    path = tmp_path / "data.sqlite3"
    stands_at(path, "data", 1, monkeypatch)
    applied: list[list[str]] = []
    starts = [threading.Thread(target=lambda: applied.append(migrate(path, "data"))) for _ in range(4)]

    for start in starts:
        start.start()
    for start in starts:
        start.join()

    newest = [name for version, (name, _) in sorted(migrations("data").items()) if version > 1]
    assert sorted(applied) == [[], [], [], newest]


def test_there_must_be_room_for_the_copy_before_an_upgrade(tmp_path, monkeypatch):
    path = tmp_path / "data.sqlite3"
    stands_at(path, "data", 1, monkeypatch)
    usage = migrations_module.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(migrations_module.shutil, "disk_usage", lambda _: usage._replace(free=1000))

    with pytest.raises(ConfigurationError, match="Make room"):
        migrate(path, "data", backups=tmp_path / "backups")

    assert schema_version(path) == 1


def test_commands_leave_the_schema_alone_under_a_running_server_of_another_version(tmp_path):
    with Server.started(tmp_path) as server:
        with closing(sqlite3.connect(server.data / "data.sqlite3")) as conn, conn:
            conn.execute("DELETE FROM schema_migrations WHERE version > 1")

        result = xlsapp("users", "list", data=server.data)

        assert result.returncode == 3
        assert "another version" in result.stderr
        assert schema_version(server.data / "data.sqlite3") == 1
