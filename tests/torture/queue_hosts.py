"""Processes that work on one queue in PostgreSQL, and what happens to hosts.

They are killed, stand still, are cut off, and the database is restarted under them.

What each job leaves is a row, stored behind the fence. Afterwards every job has left exactly one.
"""

import asyncio
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg

from tests.postgres import Cluster
from tests.postgres_queue.other_process import LEASE_SECONDS, other_process
from tests.postgres_queue.storage import pool_of
from tests.sqlite_queue.other_process import Other
from xlsapp.db.postgres.migrate import migrate
from xlsapp.postgres_queue import PostgresQueue

WORKERS = 2
JOBS_A_FAULT = 20
DONE_WITHIN_SECONDS = 120
FAULTS = ("kill", "stop", "cut", "restart")


@dataclass
class Outcome:
    """What was done, for the one who reads the test's output."""

    jobs: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def torture(cluster: Cluster, *, faults: int, seed: int, kinds: tuple[str, ...] = FAULTS) -> Outcome:
    """Do so many faults while jobs are done, then check everything. Raises AssertionError."""
    with cluster.database() as url:
        migrate(url)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE TABLE public.effects (job_id text)")
        return asyncio.run(_torture(cluster, url, faults, random.Random(seed), kinds))


async def _torture(
    cluster: Cluster, url: str, faults: int, chance: random.Random, kinds: tuple[str, ...]
) -> Outcome:
    outcome = Outcome()
    with ExitStack() as stack:
        async with pool_of(url) as pool:
            queue = PostgresQueue(pool)
            await queue.connect()
            workers = [stack.enter_context(other_process("work", url)) for _ in range(WORKERS)]
            for worker in workers:
                assert await asyncio.to_thread(worker.says) == "works"
            for number in range(faults):
                keys = [f"{number}-{n}" for n in range(JOBS_A_FAULT)]
                await asyncio.gather(*(_enqueue(queue, key) for key in keys))
                outcome.jobs += len(keys)
                await asyncio.sleep(chance.uniform(0, 0.3))
                kind = chance.choice(kinds) if number >= len(kinds) else kinds[number]
                outcome.faults[kind] += 1
                which = chance.randrange(WORKERS)
                if kind == "kill":
                    workers[which].kill()
                    workers[which] = stack.enter_context(other_process("work", url))
                    # One that is cut off while it starts ends, and is started anew by who watches over it.
                    assert await asyncio.to_thread(workers[which].says) == "works"
                else:
                    await _harm(kind, workers[which], cluster, url, chance)
            await _until_done(queue)
            for worker in workers:
                worker.go()
            await queue.disconnect()
    _check(url, outcome.jobs)
    return outcome


async def _harm(kind: str, worker: Other, cluster: Cluster, url: str, chance: random.Random) -> None:
    if kind == "stop":  # for less and for longer than its lease
        worker.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(chance.uniform(0, 2 * LEASE_SECONDS))
        worker.process.send_signal(signal.SIGCONT)
    elif kind == "cut":
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.7"
            )
    else:
        await asyncio.to_thread(cluster.stop, chance.choice(["fast", "immediate"]))
        await asyncio.to_thread(cluster.start)


async def _enqueue(queue: PostgresQueue, key: str) -> None:
    """Until it is accepted: who was told of an error may ask again, and a key is taken once."""
    end = time.monotonic() + DONE_WITHIN_SECONDS
    while True:
        try:
            await queue.enqueue("run", key=key, retries=100, ttl=0)
            return
        except psycopg.Error:
            assert time.monotonic() < end, "nothing is accepted any more"
            await asyncio.sleep(0.1)


async def _until_done(queue: PostgresQueue) -> None:
    end = time.monotonic() + DONE_WITHIN_SECONDS
    while True:
        try:
            await queue.schedule()
            info = await queue.info(jobs=True)
            if not info["jobs"]:
                return
        except psycopg.Error:
            info = {}
        assert time.monotonic() < end, f"jobs hang: {info}"
        await asyncio.sleep(0.1)


def _check(url: str, jobs: int) -> None:
    with psycopg.connect(url) as conn:
        states = dict(conn.execute("SELECT status, count(*) FROM queue.jobs GROUP BY status").fetchall())
        effects = Counter(row[0] for row in conn.execute("SELECT job_id FROM public.effects"))
    doubled = [job_id for job_id, count in effects.items() if count > 1]
    assert not doubled, f"done twice: {doubled[:3]}"
    assert len(effects) == jobs, f"accepted, and not done: {jobs - len(effects)}"
    assert states == {"complete": jobs}, f"jobs that say something else than what was done: {states}"
