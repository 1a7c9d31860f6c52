"""What is cleared away in the background, now and again: histories beyond their limits, and the bin."""

import asyncio
import logging

from xlsapp.context import App
from xlsapp.services.history.clearing import clear_histories
from xlsapp.services.templates.bin import empty_bin

log = logging.getLogger(__name__)

EVERY_SECONDS = 600


async def clear_for_ever(app: App) -> None:
    """Clear now and again until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await clear_histories(app.db, app.settings.history)
            await empty_bin(app.db, app.settings.history)
        except Exception:
            log.exception(
                "Histories and the bin could not be cleared; trying again in %s seconds", EVERY_SECONDS
            )
