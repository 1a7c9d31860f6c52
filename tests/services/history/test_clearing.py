"""Histories are kept within their limits, the oldest first, and say how far back they go."""

import pytest

from xlsapp import clock
from xlsapp.config import HistorySettings
from xlsapp.errors import NotFound, Refused
from xlsapp.repositories.history import copies
from xlsapp.services.history import clearing
from xlsapp.services.history.clearing import clear_histories
from xlsapp.services.history.past import past_of


async def copied(shelf):
    """How many copies there are."""
    async with shelf.door.db.read() as conn:
        return await conn.value(f"SELECT COUNT(*) FROM {copies.table_name(shelf.template.id)}")


async def since(shelf):
    async with shelf.door.db.read() as conn:
        return await copies.since(conn, shelf.template.id)


async def test_what_is_too_old_goes_and_what_is_younger_stays(shelf, monkeypatch):
    monkeypatch.setattr(clearing, "STEP", 2)
    created = await shelf.add(*((f"{number}", number) for number in range(5)))
    old = await shelf.edit({number: (f"{number}", 0) for number in range(1, 6)})
    assert await since(shelf) == ""
    day = clock.now()
    monkeypatch.setattr(clock.CLOCK, "now", lambda: day + 8 * 86_400)
    young = await shelf.edit({1: ("x", 1)})

    assert await clear_histories(shelf.door.db, HistorySettings(days=7)) == 2
    assert await clear_histories(shelf.door.db, HistorySettings(days=7)) == 0

    assert await copied(shelf) == 1
    assert await since(shelf) == clock.utc_text(day)
    for change_id in (created, old):
        with pytest.raises(NotFound):
            await shelf.undo(change_id)
    assert (await shelf.undo(young)).changed == 1
    past = await past_of(shelf.door, shelf.template, 1)
    assert (len(past.events), past.since) == (2, clock.utc_text(day))


async def test_what_is_too_much_goes_from_the_oldest_on_and_cannot_be_taken_back(shelf):
    await shelf.add(("a", 1), ("b", 2))
    first = await shelf.edit({1: ("a" * 600_000, 1)})
    second = await shelf.edit({1: ("b" * 600_000, 1)})
    third = await shelf.edit({1: ("c", 1)})

    assert await clear_histories(shelf.door.db, HistorySettings(max_mb=1)) == 2

    assert [(await shelf.change(each)).is_whole for each in (first, second, third)] == [False, False, True]
    with pytest.raises(Refused):
        await shelf.undo(second)
    assert await shelf.records() == {1: ("c", 1), 2: ("b", 2)}
    assert (await shelf.undo(third)).changed == 1
