"""Moves from a folder into a PostgreSQL and back, killed, interrupted and cut off, and with it restarted.

However a move ends, there is one place at most where servers start on the data, and the next move comes to
its end with all of it.
"""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

import psycopg

from tests import warm_starts
from tests.factories import make_customers
from tests.postgres import Cluster
from tests.warm_starts import Program
from xlsapp.cli.exit_codes import Exit
from xlsapp.config import DataSettings, Settings
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.postgres.migrate import migrate
from xlsapp.errors import ConfigurationError, Refused
from xlsapp.storage import on_sqlite

TEMPLATES, RECORDS = 3, 3_000
MOST_FAULTS_RUNNING = 4
FAULTS = ("kill", "kill", "interrupt", "cut", "restart")

Told = tuple[int, int]
"""How many records there are, and what they add up to."""


@dataclass
class Outcome:
    """What was done, for the one who reads the test's output."""

    moves: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def torture(cluster: Cluster, folder: Path, *, faults: int, seed: int) -> Outcome:
    """Move there and back under so many faults. Raises AssertionError."""
    harm, root = Harm(cluster, random.Random(seed)), folder / "0"
    asyncio.run(_fill(root))
    told = _in_folder(root)
    while harm.outcome.faults.total() < faults:
        with cluster.database() as url:
            harm.move_until_done(["--to", url, "--data-dir", str(root)], {}, folder=root, url=url)
            assert _in_database(url) == told
            shutil.rmtree(root)
            root = folder / str(harm.outcome.moves)
            words = ["--to", str(root), "--data-dir", str(folder / "work")]
            harm.move_until_done(words, {"XLSAPP_DATABASE__URL": url}, folder=root, url=url)
            assert _in_folder(root) == told
    return harm.outcome


@dataclass
class Harm:
    """What is done to moves."""

    cluster: Cluster
    chance: random.Random
    outcome: Outcome = field(default_factory=Outcome)
    seconds: float = 2.0
    """What a move takes that is left alone."""

    def move_until_done(
        self, words: list[str], environment: dict[str, str], *, folder: Path, url: str
    ) -> None:
        """Begin again and again, some times under a fault, until a move comes to its end."""
        for attempt in range(100):
            fault = self.chance.choice(FAULTS) if attempt < MOST_FAULTS_RUNNING else ""
            code, said, seconds = self._move(words, environment, fault)
            assert "Traceback" not in said, said
            usable = _one_at_most(folder, url)
            if code == 0:
                self.outcome.moves += 1
                assert usable == 1, "a move has ended, and there is nothing to start on"
                if not fault:
                    self.seconds = seconds
                return
            # Of one that was killed something may be there for a moment.
            assert fault or code == Exit.IN_USE, said
        raise AssertionError("no move comes to its end")

    def _move(self, words: list[str], environment: dict[str, str], fault: str) -> tuple[int, str, float]:
        """A move's exit code, what it said, and how long it took."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("XLSAPP_")}
        with TemporaryFile() as nothing, TemporaryFile() as said:
            started = time.monotonic()
            program = warm_starts.start(["move", *words], {**clean, **environment}, nothing, said, said)
            if fault:
                time.sleep(self.chance.uniform(0.2, self.seconds))
                _do(fault, self.cluster, program)
                self.outcome.faults[fault] += 1
            code = program.wait(timeout=120)
            said.seek(0)
            return code, said.read().decode(), time.monotonic() - started


def _do(fault: str, cluster: Cluster, program: Program) -> None:
    if fault == "kill":
        program.kill()
    elif fault == "interrupt":
        program.send_signal(signal.SIGINT)
    elif fault == "cut":
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'xlsapp%'"
            )
    else:
        cluster.stop()
        cluster.start()


def _one_at_most(root: Path, url: str) -> int:
    """On how many of the two servers would start and find accounts."""
    usable = 0
    if (root / "data.sqlite3").exists():
        try:
            on_sqlite.prepare(Settings(data=DataSettings(dir=str(root))))
            usable += 1
        except Refused:
            pass
    try:
        migrate(url)
        usable += _in_database(url)[0] > 0
    except ConfigurationError:
        pass
    assert usable <= 1, "servers start on both"
    return usable


async def _fill(root: Path) -> None:
    root.mkdir()
    on_sqlite.make(root)
    db = await SqliteDatabase.open(root / "data.sqlite3")
    for _ in range(TEMPLATES):
        customers = await make_customers(db)
        table, name = f"records_{customers.template.id}", customers.template.columns[0].key
        async with db.write() as tx:
            await tx.run(
                f"""
                INSERT INTO {table} (position, created_at, updated_at, {name})
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {RECORDS})
                SELECT i, 'then', 'then', 'Ada ' || i FROM n
                """
            )
    await db.close()


def _in_folder(root: Path) -> Told:
    with closing(sqlite3.connect(root / "data.sqlite3")) as conn:
        ids = [row[0] for row in conn.execute("SELECT id FROM import_templates")]
        rows = [conn.execute(f"SELECT count(*), sum(id + position) FROM records_{n}").fetchone() for n in ids]
    return sum(row[0] for row in rows), sum(row[1] or 0 for row in rows)


def _in_database(url: str) -> Told:
    with psycopg.connect(url) as conn:
        ids = [row[0] for row in conn.execute("SELECT id FROM data.import_templates")]
        rows = [
            conn.execute(f"SELECT count(*), sum(id + position) FROM data.records_{n}").fetchone() for n in ids
        ]
    return sum(row[0] for row in rows), int(sum(row[1] or 0 for row in rows))
