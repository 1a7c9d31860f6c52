"""What can be asked about jobs and queues."""

import asyncio
import inspect
import json

import httpx
import pytest
from saq.job import Status
from saq.queue import Queue
from saq.web.starlette import saq_web

from tests.queue_contract.steps import begin, counts, take


async def test_jobs_keeps_the_order_and_puts_none_for_absent_ones(queue):
    await queue.enqueue("echo", key="a")
    await queue.enqueue("echo", key="b")
    assert [job and job.key for job in await queue.jobs(iter(["b", "x", "a", "b"]))] == ["b", None, "a", "b"]
    assert await queue.jobs([]) == []
    assert await queue.job("x") is None
    assert queue.job_id("a") == "a"


async def test_iterating_is_steady_while_jobs_change_and_leave(queue):
    for n in range(25):
        await queue.enqueue("echo", key=f"{n:02}", ttl=-1)
    seen = []
    async for job in queue.iter_jobs(batch_size=4):
        seen.append(job.key)
        await queue.retry(job, None)
        if len(seen) == 10:
            await queue.finish(await queue.job("20"), Status.COMPLETE)
    assert seen == [f"{n:02}" for n in range(25) if n != 20]
    assert [job async for job in queue.iter_jobs(statuses=["active"])] == []


async def test_an_unknown_count_is_refused(queue):
    with pytest.raises(ValueError, match="unknown"):
        await queue.count("finished")


async def test_info_shows_what_runs_then_what_is_next(queue, clock):
    for key, options in (
        ("later", {"scheduled": clock.now + 99}),
        ("second", {"priority": 1, "group_key": "g"}),
        ("running", {}),
        ("third", {"priority": 1}),
    ):
        await queue.enqueue("echo", key=key, **options)
    await begin(queue)
    await queue.worker_info("w1", queue_key=queue.name, metadata={"host": "a"}, ttl=10)
    await queue.worker_info("w2", queue_key=queue.name, ttl=5)
    clock.now += 7

    info = await queue.info(jobs=True)

    assert (info["queued"], info["active"], info["scheduled"], info["name"]) == (2, 1, 1, "default")
    assert [job["key"] for job in info["jobs"]] == ["running", "second", "third", "later"]
    assert list(info["workers"]) == ["w1"]
    assert info["workers"]["w1"]["metadata"] == {"host": "a"}
    assert info["workers"]["w1"]["queue_key"] == "default"
    assert [job["key"] for job in (await queue.info(jobs=True, offset=1, limit=2))["jobs"]] == [
        "second",
        "third",
    ]
    assert (await queue.info())["jobs"] == []


async def test_the_same_key_in_two_queues_of_a_file_is_two_jobs(connected):
    first, second = await connected("first"), await connected("second")
    await first.enqueue("echo", key="k", a=1)
    await second.enqueue("echo", key="k", a=2)
    assert [job.kwargs for job in await first.jobs(["k"])] == [{"a": 1}]
    assert (await take(second)).kwargs == {"a": 2}
    assert await counts(first) == [1, 0, 1]
    assert (await first.info())["workers"] == {}
    assert [job.kwargs async for job in second.iter_jobs()] == [{"a": 2}]


async def test_a_job_may_be_refreshed_from_another_event_loop(queue):
    job = await queue.enqueue("echo")
    await (await begin(queue)).finish(Status.COMPLETE, result=4)
    await asyncio.to_thread(lambda: asyncio.run(job.refresh(1)))
    assert job.result == 4


async def test_statistics_count_what_was_done(queue):
    for _ in range(3):
        await queue.enqueue("echo")
        job = await begin(queue)
        await job.retry(None)
        await job.abort("stop")
        await job.finish(Status.FAILED)
        await job.finish(Status.COMPLETE)
    info = await queue.worker_info("w", queue_key="default")
    stats = info["stats"]
    assert [stats[kind] for kind in ("complete", "failed", "retried", "aborted")] == [3, 3, 3, 3]


async def test_info_can_be_sent_as_json(queue):
    await queue.enqueue("echo", key="k", group_key="g", meta={"by": "ada"})
    await begin(queue)
    await queue.worker_info("w1", queue_key=queue.name, ttl=10)

    assert json.loads(json.dumps(await queue.info(jobs=True))) == await queue.info(jobs=True)


async def test_saqs_dashboard_shows_retries_and_aborts_jobs(queue):
    await queue.enqueue("echo", key="failed", retries=2)
    await (await begin(queue)).finish(Status.FAILED, error="oops")
    await queue.enqueue("echo", key="waiting")
    dashboard = httpx.ASGITransport(saq_web("", [queue]))
    async with httpx.AsyncClient(transport=dashboard, base_url="http://saq") as browser:
        shown = (await browser.get("/api/queues/default")).json()["queue"]
        assert (shown["queued"], [job["key"] for job in shown["jobs"]]) == (1, ["waiting"])
        assert (await browser.get("/api/queues/default/jobs/failed")).json()["job"]["error"] == "oops"

        await browser.post("/api/queues/default/jobs/failed/retry")
        await browser.post("/api/queues/default/jobs/waiting/abort")

    assert [job.status for job in await queue.jobs(["failed", "waiting"])] == [Status.QUEUED, Status.ABORTED]


def test_methods_name_their_parameters_as_saq_does(queue):
    """SAQ's HTTP proxy calls by keyword."""
    for name in Queue.__abstractmethods__ | {"schedule", "notify", "listen", "update", "finish", "retry"}:
        known = inspect.signature(getattr(Queue, name)).parameters
        ours = inspect.signature(getattr(type(queue), name)).parameters
        missing = {parameter for parameter in known if parameter.strip("_") not in ours}
        assert not missing, f"{name} lacks {missing}"
