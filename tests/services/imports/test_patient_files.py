"""No file of less than 2 MB holds a seat for long, or takes half a gigabyte; `make torture` tries more."""

import asyncio
import time

import pytest

from tests.spreadsheet import patient
from tests.spreadsheet.containers import xls
from tests.spreadsheet.patient import PATIENT, SLOW
from tests.torture.patience import MOST_MB, MOST_SECONDS, watching
from xlsapp.config import ImportSettings
from xlsapp.problems import Message
from xlsapp.sandbox.failures import TimedOut
from xlsapp.sandbox.sandbox import Limits
from xlsapp.services.allowances import Allowance
from xlsapp.services.child_work import Work, meaning


@pytest.mark.parametrize("name", [name for name in PATIENT if name not in SLOW])
async def test_a_small_file_takes_little_time_and_memory(desk, sandbox, tmp_path, name):
    people = await desk("Name")
    path = patient.write(tmp_path, name)
    begun = time.monotonic()

    with watching(sandbox) as peak:
        result = await people.run(path)

    assert time.monotonic() - begun < MOST_SECONDS
    assert peak.megabytes < MOST_MB
    assert PATIENT[name][1] in (result.error_message or "imported"), result.error_message


async def test_files_that_take_much_memory_are_read_one_at_a_time(desk, sandbox, tmp_path):
    people = await desk("Name")
    path = tmp_path / "large.xls"
    path.write_bytes(xls({(0, 0): "Name", (1, 0): "Ada", (65_535, 70): 1.0}))
    told, waits = [], asyncio.Event()

    async def tell(progress):
        told.append(progress.code)
        waits.set()

    async with sandbox.alone:
        reading = asyncio.create_task(people.run(path, on_progress=tell))
        await waits.wait()
        assert told == ["progress.waits_for_memory"]
    result = await reading

    assert result.success
    assert await people.values() == [("Ada",)]


def test_a_small_file_may_take_less_than_a_large_one(tmp_path):
    settings = ImportSettings()
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(bytes(1_000_000))
    with large.open("wb") as file:
        file.truncate(90_000_000)

    assert Allowance.of(small, settings).seconds < 30
    assert Allowance.of(small, settings).memory_bytes < Allowance.of(large, settings).memory_bytes
    assert Allowance.of(large, settings).seconds == settings.max_seconds
    assert Allowance.of(small, ImportSettings(max_seconds=5)).seconds == 5


def test_a_file_that_is_slow_for_its_size_is_told_so(tmp_path):
    path = tmp_path / "small"
    path.write_bytes(bytes(1_000_000))

    told = meaning(TimedOut(), Work.READING, Limits(), Allowance.of(path, ImportSettings()))

    assert told == Message("child.reading.slow_for_its_size", {"seconds": 25, "megabytes": 1.0})
