"""Turns go round by account, and none is lost."""

import asyncio
from contextlib import suppress

import pytest

from xlsapp.db.turns import FairTurns, TooManyWait


class Steps:
    """Work that waits to be told to end, and what has begun."""

    def __init__(self, turns):
        self.turns, self.begun, self.ends, self.tasks = turns, [], {}, {}

    async def start(self, *names):
        for name in names:
            self.ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._work(name))
            await asyncio.sleep(0)

    async def end(self, name):
        self.ends[name].set()
        await self.tasks[name]
        await asyncio.sleep(0)

    async def _work(self, name):
        async with self.turns.turn(ord(name[0])):
            self.begun.append(name)
            await self.ends[name].wait()


async def test_an_account_has_only_so_many_turns_at_once():
    steps = Steps(FairTurns(each=2))
    await steps.start("a1", "a2", "a3", "b1", "a4")
    assert steps.begun == ["a1", "a2", "b1"]
    await steps.end("a2")
    await steps.end("b1")
    assert steps.begun == ["a1", "a2", "b1", "a3"]


async def test_turns_go_round_by_account():
    steps = Steps(FairTurns(each=2, at_once=2))
    await steps.start("a1", "a2", "a3", "a4", "b1", "b2", "c1")
    for name in ("a1", "a2", "b1", "c1", "a3", "b2"):
        await steps.end(name)
    assert steps.begun == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_who_goes_away_takes_no_turn_along():
    steps = Steps(FairTurns(each=1, at_once=1))
    await steps.start("a1", "b1", "b2", "c1")
    steps.tasks["b1"].cancel()
    steps.ends["a1"].set()  # b1's turn comes in the moment in which it goes
    for name in ("b1", "a1"):
        with suppress(asyncio.CancelledError):
            await steps.tasks[name]
    for name in ("b2", "c1"):
        await steps.end(name)
    assert sorted(steps.begun) == ["a1", "b2", "c1"]
    await steps.start("d1")
    assert steps.begun[-1] == "d1"


async def test_too_many_of_one_account_do_not_even_wait():
    turns = FairTurns(each=1, most_waiting=1)
    steps = Steps(turns)
    await steps.start("a1", "a2")
    with pytest.raises(TooManyWait):
        async with turns.turn(ord("a")):
            pass
    await steps.start("b1")
    assert steps.begun == ["a1", "b1"]
    await steps.end("a1")
    await steps.end("a2")


async def test_a_short_turn_ends_by_itself():
    turns = FairTurns(each=2)
    begun = asyncio.get_running_loop().time()
    for _ in range(6):
        await turns.short_turn(1, seconds=0.05)
    assert asyncio.get_running_loop().time() - begun >= 0.1  # two, two and two
    async with asyncio.timeout(0.05):
        await turns.short_turn(2, seconds=60)
