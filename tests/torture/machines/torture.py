"""Two machines with pages and two that work, over one PostgreSQL, and what happens to machines.

They are killed, stand still for longer than they may, are cut off from the database with and without a
word, and the database is restarted under them, while people import, export and upload samples. The clocks of
any two are minutes apart, and step. Afterwards nothing that was accepted is lost, doubled or left behind, and
no status says something else than the records.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.postgres import Cluster
from tests.torture.machines.checks import check_nothing_left, check_pages, check_records, until_all_is_final
from tests.torture.machines.machine import Machine
from tests.torture.machines.network import network
from tests.torture.machines.people import Book, Work, use

MACHINES = ("web1", "web2", "worker1", "worker2")
MINUTES_OFF = (0.0, 5.0, -2.5, 2.5)
MOST_MINUTES_OFF = 5.0
PEOPLE = 5
ENVIRONMENT = {"XLSAPP_JOBS__ATTEMPTS": "10", "XLSAPP_JOBS__RETRY_DELAY_SECONDS": "1"}

# The real lease, and what is longer.
LEASE_SECONDS = 30.0
STOPPED_TIMES = 4 / 3

FAULTS_A_LINE = 10
# Twice the lease, and a merge that a machine without power has begun is ended after a minute by the server.
ALL_DONE_WITHIN_SECONDS = 300


@dataclass
class Outcome:
    """What was seen, for the one who reads the test's output."""

    faults: Counter[str] = field(default_factory=Counter)
    merging: int = 0
    """How often a worker stood still, or was cut off, in the middle of a merge."""
    accepted: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    """How many attempts jobs took."""

    def figures(self) -> str:
        """In one line."""
        return (
            f"{self.faults.total()} faults, {self.merging} in the middle of a merge: {dict(self.faults)}; "
            f"{self.accepted.total()} jobs accepted: {dict(self.accepted)}; attempts: {dict(self.attempts)}; "
            f"answers: {dict(self.answers)}. Nothing lost, doubled, contradicted, or left behind."
        )


@dataclass
class Site:
    """All of it."""

    cluster: Cluster
    url: str
    machines: list[Machine]
    chance: random.Random
    stopped_seconds: float
    outcome: Outcome = field(default_factory=Outcome)
    waiting: list[threading.Timer] = field(default_factory=list)
    """Whoever stands still now goes on later."""

    @property
    def webs(self) -> list[Machine]:
        return [machine for machine in self.machines if machine.has_pages]

    @property
    def workers(self) -> list[Machine]:
        return [machine for machine in self.machines if not machine.has_pages]

    @property
    def able(self) -> list[Machine]:
        return self.machines

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do something while the next faults go on."""
        timer = threading.Timer(seconds, work)
        self.waiting = [each for each in self.waiting if each.is_alive()]
        self.waiting.append(timer)
        timer.start()


def kill(site: Site, machine: Machine) -> None:
    """It is started anew by who watches over it."""
    machine.kill()
    time.sleep(site.chance.choice((0, 0, 2)))
    machine.start()


def stand_still(site: Site, machine: Machine) -> None:
    """For longer than its lease. At most one at a time, or nobody would work."""
    if any(each.is_stopped for each in site.machines):
        kill(site, machine)
        return
    machine.stop()
    site.later(site.stopped_seconds, machine.go)


def cut(site: Site, machine: Machine) -> None:
    """The server ends most of its connections."""
    with psycopg.connect(site.url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name IN (%s, 'xlsapp listens') AND random() < 0.8",
            (machine.name,),
        )


def break_line(site: Site, machine: Machine) -> None:
    """Nothing goes through for a while, and neither side notices; then some of it arrives late, or none."""
    machine.line.stall()
    seconds = site.chance.choice((1.0, 3.0, site.stopped_seconds))
    site.later(seconds, lambda: machine.line.restore(cut=site.chance.random() < 0.7))


def restart_database(site: Site, machine: Machine) -> None:
    """In good order, or not."""
    site.cluster.stop(site.chance.choice(["fast", "immediate"]))
    time.sleep(site.chance.choice((0, 0, 3)))
    site.cluster.start()


def start_without_database(site: Site, machine: Machine) -> None:
    """It was killed, and is started while the database is away."""
    machine.kill()
    site.cluster.stop("fast")
    starting = threading.Thread(target=machine.start)
    starting.start()
    time.sleep(site.chance.uniform(1, 4))
    site.cluster.start()
    starting.join()


FAULTS = {
    "kill a worker": (kill, Site.workers),
    "kill a web process": (kill, Site.webs),
    "stop a worker": (stand_still, Site.workers),
    "cut a worker's connections": (cut, Site.workers),
    "cut a web process's connections": (cut, Site.webs),
    "break a worker's line": (break_line, Site.workers),
    "restart the database": (restart_database, Site.workers),
    "start without the database": (start_without_database, Site.able),
}
IN_A_MERGE = ("stop a worker", "kill a worker", "break a worker's line", "cut a worker's connections")


def torture(
    cluster: Cluster,
    folder: Path,
    *,
    faults: int,
    seed: int,
    kinds: tuple[str, ...] = tuple(FAULTS),
    machines: tuple[str, ...] = MACHINES,
    lease_seconds: float | None = None,
    clocks: bool = True,
    rows: tuple[int, ...] = (300, 3_000),
    people: int = PEOPLE,
) -> Outcome:
    """Do so many faults while the machines are used, then check everything. Raises AssertionError."""
    chance = random.Random(seed)
    books = [Book.made(folder, rows[0]), *(Book.made(folder, size, flaws=3) for size in rows)]
    with _site(cluster, folder, machines, chance, lease_seconds, clocks=clocks) as site:
        work = Work.prepared(site.webs[0].server, books)
        threads = [
            threading.Thread(target=use, args=(work, site.webs, random.Random(f"{seed} {number}")))
            for number in range(people)
        ]
        for thread in threads:
            thread.start()
        try:
            for number in range(faults):
                time.sleep(chance.uniform(0.2, 1.5))
                kind = kinds[number] if number < len(kinds) else chance.choice(kinds)
                _do(site, kind)
                if (number + 1) % FAULTS_A_LINE == 0:
                    print(f"{number + 1} faults, {len(work.accepted)} jobs accepted", flush=True)
                assert not work.wrong, "\n".join(work.wrong[:5])
            for timer in site.waiting:
                timer.join()
        finally:
            work.over.set()
            _heal(site)
            for thread in threads:
                thread.join()
        assert not work.wrong, "\n".join(work.wrong[:5])
        until_all_is_final(site.url, seconds=ALL_DONE_WITHIN_SECONDS)
        check_records(site.url, work)
        check_pages(work, site.webs[0])
        check_nothing_left(site.url, work, site.machines)
        return _told(site, work)


@contextmanager
def _site(
    cluster: Cluster,
    folder: Path,
    names: tuple[str, ...],
    chance: random.Random,
    lease_seconds: float | None,
    *,
    clocks: bool,
) -> Iterator[Site]:
    with ExitStack() as stack:
        url = stack.enter_context(cluster.database())
        database = str(conninfo_to_dict(url)["dbname"])
        new_line = stack.enter_context(network(cluster.folder / ".s.PGSQL.5432"))
        machines = []
        for number, name in enumerate(names):
            machine = Machine.made(
                folder / name,
                name,
                database,
                new_line(),
                lease_seconds=lease_seconds,
                minutes_off=MINUTES_OFF[number % len(MINUTES_OFF)] if clocks else None,
                environment=ENVIRONMENT,
            )
            machine.start()
            stack.callback(machine.server.stop)
            stack.callback(machine.go)
            machines.append(machine)
        yield Site(cluster, url, machines, chance, (lease_seconds or LEASE_SECONDS) * STOPPED_TIMES)


def _do(site: Site, kind: str) -> None:
    harm, who = FAULTS[kind]
    able = [machine for machine in who.fget(site) if not machine.is_stopped]  # type: ignore[attr-defined]
    machine = site.chance.choice(able)
    if kind in IN_A_MERGE and site.chance.random() < 0.7 and _wait_for_merge(site, machine):
        site.outcome.merging += 1
    harm(site, machine)
    if machine.clock and site.chance.random() < 0.3:
        machine.clock.step_to(site.chance.uniform(-MOST_MINUTES_OFF, MOST_MINUTES_OFF) / 2 / 60)
    site.outcome.faults[kind] += 1


def _wait_for_merge(site: Site, machine: Machine) -> bool:
    """Whether it is writing records now; after two seconds, whatever it does."""
    query = """
    SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND state <> 'idle'
    AND query ~ '(INTO|UPDATE|IN) (data\\.)?records_|imports|FOR UPDATE' AND pid <> pg_backend_pid()
    """
    end = time.monotonic() + 2
    try:
        with psycopg.connect(site.url, autocommit=True) as conn:
            while time.monotonic() < end:
                if conn.execute(query, (machine.name,)).fetchone():
                    return True
                time.sleep(0.002)
    except psycopg.Error:
        pass
    return False


def _heal(site: Site) -> None:
    for timer in site.waiting:
        timer.cancel()
    for machine in site.machines:
        machine.go()
        machine.line.restore(cut=True)


def _told(site: Site, work: Work) -> Outcome:
    outcome = site.outcome
    outcome.accepted, outcome.answers = Counter(work.accepted.values()), work.answers
    with psycopg.connect(site.url) as conn:
        outcome.attempts = Counter(count for (count,) in conn.execute("SELECT attempt FROM data.job_runs"))
    return outcome
