"""A PostgreSQL for tests: one throw-away cluster a run, an empty database for whoever asks.

The cluster is started by whichever process of the run needs it first, listens on a socket in its own folder
alone, and is stopped by the last one to leave.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from tests.conftest import missing

DEBIANS_FOLDER = Path("/usr/lib/postgresql")
SETTINGS = {
    "fsync": "off",  # what a power cut does is PostgreSQL's own promise
    "full_page_writes": "off",
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10s",
    "log_min_messages": "warning",
}


@cache
def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: Debian's newest, or wherever PATH has them."""
    found = sorted(DEBIANS_FOLDER.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Cluster:
    """A running PostgreSQL."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self.folder = folder
        self._settings = settings

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def url(self, database: str) -> str:
        """How to reach one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextmanager
    def database(self, *, template: str = "template0") -> Iterator[str]:
        """An empty database, or a copy of `template`, for as long as the block lasts. Gives its URL."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
                conn.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        _run(
            *("pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", "120", "-l", str(self.folder / "log")),
            *("-o", f"-k {self.folder} {options}", "start"),
        )


# Making a database takes a hundred times as long.
EMPTY = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT schemaname AS s, tablename AS t FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
        AND tablename NOT IN ('schema_migrations', 'version')
    LOOP
        IF found.t ~ '^(records|history)_\\d+$' OR found.s ~ '^staging_' THEN
            EXECUTE format('DROP TABLE %I.%I', found.s, found.t);
        ELSE
            EXECUTE format('DELETE FROM %I.%I', found.s, found.t);
        END IF;
    END LOOP;
    FOR found IN SELECT schemaname AS s, sequencename AS t FROM pg_sequences LOOP
        EXECUTE format('ALTER SEQUENCE %I.%I RESTART', found.s, found.t);
    END LOOP;
    FOR found IN SELECT nspname AS s FROM pg_namespace WHERE nspname ~ '^staging_' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', found.s);
    END LOOP;
END $$
"""


def empty(url: str) -> None:
    """Remove everything but the schema."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET lock_timeout TO '10s'")
        conn.execute("SET client_min_messages TO warning")
        conn.execute("SET session_replication_role TO replica")  # in any order, whatever refers to what
        conn.execute(EMPTY)


@contextmanager
def new_cluster(settings: Mapping[str, str] = SETTINGS) -> Iterator[Cluster]:
    """A cluster of one's own: for who stops it, or fills it. Skips the test without PostgreSQL's programs."""
    if programs() is None:
        missing("PostgreSQL")
    folder = _made()
    cluster = Cluster(folder, settings)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def shared_cluster(shared: Path) -> Iterator[Cluster]:
    """The run's cluster. `shared` is a folder that all processes of the run know."""
    if programs() is None:
        missing("PostgreSQL")
    place, users = shared / "postgres-folder", shared / "postgres-users"
    with _locked(shared):
        if not place.exists():
            Cluster(folder := _made()).start()
            place.write_text(str(folder))
        users.write_text(str(_number(users) + 1))
    cluster = Cluster(Path(place.read_text()))
    try:
        yield cluster
    finally:
        with _locked(shared):
            users.write_text(str(_number(users) - 1))
            if not _number(users):
                cluster.stop()
                place.unlink()
                shutil.rmtree(cluster.folder, ignore_errors=True)


def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="xlsapp-pg-"))  # a socket's path has to be short
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    _run(
        *("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
        *("--locale=C.UTF-8", "--no-sync"),
    )
    return folder


def _run(program: str, *arguments: str) -> None:
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    found = programs()
    assert found
    subprocess.run(
        [str(found / program), *arguments], check=True, stdout=subprocess.DEVNULL, user=user, cwd="/"
    )


def _number(path: Path) -> int:
    return int(path.read_text()) if path.exists() else 0


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "postgres-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
