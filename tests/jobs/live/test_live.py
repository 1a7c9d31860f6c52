"""The hub: only the newest, nobody waits for anybody, and sockets end when they must."""

import asyncio

import pytest

from xlsapp.jobs.live.hub import Closed, Hub


async def test_a_slow_watcher_gets_the_newest_of_each_thing():
    hub = Hub()
    with hub.watch("user:1", session_id="s") as mailbox:
        for n in range(100):
            hub.publish("user:1", "job a", lambda n=n: f"a{n} ")
        hub.publish("user:1", "job b", lambda: "b ")

        assert await mailbox.get() == "a99 b "


async def test_a_message_is_made_once_for_all_and_not_at_all_for_nobody():
    hub, made = Hub(), []

    def make() -> str:
        made.append(1)
        return "text"

    hub.publish("job:1", "1", make)
    assert made == []
    with hub.watch("job:1", session_id="a") as first, hub.watch("job:1", session_id="b") as second:
        hub.publish("job:1", "1", make)
        assert [await first.get(), await second.get()] == ["text", "text"]
    assert made == [1]


async def test_a_watcher_waits_until_something_arrives():
    hub = Hub()
    with hub.watch("job:1", session_id="s") as mailbox:
        waiting = asyncio.create_task(mailbox.get())
        await asyncio.sleep(0)
        assert not waiting.done()
        hub.publish("job:1", "1", lambda: "now")

        assert await asyncio.wait_for(waiting, 5) == "now"


async def test_signing_out_ends_the_sockets_of_that_session_alone():
    hub = Hub()
    with hub.watch("job:1", session_id="mine") as mine, hub.watch("job:1", session_id="other") as other:
        hub.close_sessions("mine")
        hub.publish("job:1", "1", lambda: "still here")

        with pytest.raises(Closed):
            await mine.get()
        assert await other.get() == "still here"


async def test_nobody_is_kept_after_they_have_gone_or_the_hub_has_closed():
    hub = Hub()
    with hub.watch("job:1", session_id="s"):
        assert hub.count() == 1
    assert hub.count() == 0

    hub.close()
    with hub.watch("job:1", session_id="s") as late, pytest.raises(Closed):
        await late.get()


async def test_one_mailbox_hears_of_several_topics():
    hub = Hub()
    with hub.watch("job:1", "endings:7", session_id="s") as mailbox:
        hub.publish("job:1", "1", lambda: "state of 1;")
        hub.publish("endings:7", "row:2", lambda: "end of 2;")

        assert await mailbox.get() == "state of 1;end of 2;"
        assert hub.count() == 1
    assert hub.count() == 0
