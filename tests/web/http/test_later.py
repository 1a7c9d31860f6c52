"""The API is not there when the port opens, and nobody notices: it is made a moment later, or when asked."""

import asyncio
import subprocess
import sys
import threading
import time

import httpx
import pytest
from starlette.responses import PlainTextResponse

from tests.server import ROOT
from xlsapp.web.http import later
from xlsapp.web.http.later import Later


class Making:
    """Makes an app when it may, and remembers in which threads it did."""

    def __init__(self):
        self.threads, self.may = [], threading.Event()

    def __call__(self):
        self.threads.append(threading.current_thread())
        assert self.may.wait(10)
        return PlainTextResponse("here")


def client_of(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_it_is_made_once_for_all_who_ask_and_holds_up_nobody_else():
    making = Making()
    async with client_of(Later(making)) as client:
        asking = [asyncio.create_task(client.get("/")) for _ in range(3)]
        while not making.threads:
            await asyncio.sleep(0.001)
        asking.pop().cancel()
        making.may.set()
        answers = await asyncio.gather(*asking)

    assert [answer.text for answer in answers] == ["here", "here"]
    assert len(making.threads) == 1
    assert making.threads[0] is not threading.main_thread()


async def test_it_is_made_soon_although_nobody_asks(monkeypatch):
    monkeypatch.setattr(later, "SOON_SECONDS", 0.0)
    making = Making()
    making.may.set()
    async with Later(making).soon(), asyncio.timeout(10):
        while not making.threads:
            await asyncio.sleep(0.001)


async def test_a_start_that_is_ended_at_once_makes_nothing():
    making = Making()
    started = time.monotonic()
    async with Later(making).soon():
        pass

    assert time.monotonic() - started < later.SOON_SECONDS
    assert not making.threads


@pytest.mark.parametrize("module", ["xlsapp.web.api.app", "pydantic"])
def test_the_start_does_without(module):
    code = f"import sys, xlsapp.cli.serve; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
