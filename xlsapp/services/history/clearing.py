"""Keeps each template's history within its limits, the oldest first: `history.days` and `history.max_mb`."""

import logging

from xlsapp import clock
from xlsapp.config import HistorySettings
from xlsapp.db.connection import Database
from xlsapp.repositories.history import clearing
from xlsapp.repositories.records import data_records

log = logging.getLogger(__name__)

# Some 20 ms of others' time.
STEP = 2_000
DAY_SECONDS = 86_400


async def clear_histories(db: Database, settings: HistorySettings) -> int:
    """Clear away what is too old or too much of all templates. Returns how many changes that were."""
    async with db.read() as conn:
        templates = await clearing.templates(conn)
    number = 0
    for template_id in templates:
        while await clear_oldest(db, template_id, settings):
            number += 1
    if number:
        log.info("Cleared %d changes from the histories of templates", number)
    return number


async def clear_oldest(db: Database, template_id: int, settings: HistorySettings) -> bool:
    """Clear the oldest change of a template away, if it is to go. Whether there was one."""
    before = clock.utc_text(clock.now() - settings.days * DAY_SECONDS)
    async with db.read() as conn:
        change = await clearing.oldest(
            conn, template_id, before=before, most_bytes=settings.max_mb * 1_000_000
        )
    if change is None:
        return False
    while True:
        async with db.write() as tx:
            if not await data_records.lock(tx, template_id):
                return False
            if await clearing.clear_some(tx, template_id, change, limit=STEP) < STEP:
                await clearing.cleared(tx, template_id, change)
                return True
