"""Several processes on one database, and what becomes of the jobs of one that is gone, or stood still."""

import asyncio
import signal
import time

import psycopg
import pytest
from saq.job import Status

from tests.postgres_queue.other_process import LEASE_SECONDS, other_process
from tests.queue_contract.steps import begin, counts, has_status, take, until
from xlsapp.postgres_queue import claims, shared, turns
from xlsapp.postgres_queue.seats import Seat


async def test_a_waiting_process_gets_what_another_enqueues(queue, queue_database, monkeypatch):
    monkeypatch.setattr(claims, "LOOK_ANYWAY_SECONDS", 3600)
    with other_process("enqueue", queue_database, "k") as other:
        assert await asyncio.to_thread(other.says) == "ready"
        waiting = asyncio.create_task(queue.dequeue())
        await asyncio.sleep(0.1)
        other.go()
        assert (await asyncio.wait_for(waiting, 30)).key == "k"


async def test_who_listens_hears_of_a_job_that_another_process_finishes(queue, queue_database):
    job = await queue.enqueue("run", key="k")
    with other_process("hold", queue_database) as other:
        assert await asyncio.to_thread(other.says) == "k"
        listening = asyncio.create_task(job.refresh(30))
        await asyncio.sleep(0.05)
        other.go()
        await listening
    assert job.result == "from the other process"


async def test_the_jobs_of_a_killed_process_go_to_another_when_its_lease_is_over(queue, queue_database):
    told = []

    async def after_recovery(job):
        told.append((job.key, job.status))

    queue.register_after_recovery(after_recovery)
    await queue.enqueue("run", key="k", retries=2)
    with other_process("hold", queue_database) as other:
        assert await asyncio.to_thread(other.says) == "k"
        other.kill()
    await queue.schedule()
    assert await counts(queue) == [0, 1, 1]

    await until(lambda: scheduled(queue, told))

    job = await take(queue)
    assert (job.key, job.attempts) == ("k", 1)
    assert "process that ran this job ended" in (await queue.job("k")).error


async def scheduled(queue, told):
    await queue.schedule()  # a worker does so every second
    return told == [("k", Status.QUEUED)]


async def test_a_process_that_stood_still_for_too_long_cannot_finish_what_another_has(queue, queue_database):
    await queue.enqueue("run", key="k", retries=2)
    with other_process("hold", queue_database) as other:
        assert await asyncio.to_thread(other.says) == "k"
        other.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(LEASE_SECONDS)
        await until(lambda: scheduled_to(queue, Status.QUEUED))
        job = await begin(queue)
        other.process.send_signal(signal.SIGCONT)
        other.go()
        assert await asyncio.to_thread(other.says) == "said so"
    assert await has_status(job, Status.ACTIVE)()


async def scheduled_to(queue, status):
    await queue.schedule()
    return (await queue.job("k")).status is status


async def test_a_clock_that_jumps_ahead_makes_nobody_dead(clock, queue, queue_database):
    await queue.enqueue("run", key="k")
    await begin(queue)
    with psycopg.connect(queue_database, autocommit=True) as conn:
        conn.execute("UPDATE queue.jobs SET holder = 'somebody else'")
        conn.execute("INSERT INTO queue.leases SELECT 'somebody else', queue.moment() + 30")
        clock.step(3600)
        await queue.schedule()
        assert (await queue.job("k")).status is Status.ACTIVE
        conn.execute("DELETE FROM queue.leases WHERE holder = 'somebody else'")
        queue._trusts_leases_at = 0.0  # half a minute later
        await queue.schedule()
    assert (await queue.job("k")).status is Status.FAILED


async def test_a_lease_is_renewed_long_before_it_ends(connected, queue_database, monkeypatch):
    monkeypatch.setattr(shared, "LEASE_SECONDS", 2.0)
    await connected()
    with psycopg.connect(queue_database, autocommit=True) as conn:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            (living,) = conn.execute(
                "SELECT count(*) FROM queue.leases WHERE expires_at > queue.moment()"
            ).fetchone()
            assert living == 1
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("take_next", [turns.TAKE_NEXT, turns.TAKE_NEXT_SMALL])
async def test_who_is_next_is_found_without_a_look_at_all_who_wait(queue, pool, queue_database, take_next):
    """By what PostgreSQL would do with ten thousand jobs: every step goes through an index."""
    with psycopg.connect(queue_database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO queue.jobs (queue, key, place, status, priority, group_key, scheduled, attempts,"
            " started, touched, payload, owner, small) SELECT 'default', n, n, 'queued', 0,"
            " CASE WHEN n % 10 = 0 THEN 'g' || n % 50 END, 0, 0, 0, 0, '{}', n % 7, TRUE"
            " FROM generate_series(1, 10000) AS n"
        )
        conn.execute("ANALYZE queue.jobs")
        values = {**turns.claim_values(Seat("default", (0, 9), "h")), "claim": 1, "limit": 4}
        steps = [row[0] for row in conn.execute("EXPLAIN " + take_next, values)]
    assert [step for step in steps if "Seq Scan on jobs" in step] == []
