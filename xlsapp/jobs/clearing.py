"""What is cleared away in the background, now and again: histories beyond their limits."""

import asyncio
import logging

from xlsapp.context import App
from xlsapp.services.history.clearing import clear_histories

log = logging.getLogger(__name__)

EVERY_SECONDS = 600


async def clear_for_ever(app: App) -> None:
    """Clear now and again until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await clear_histories(app.db, app.settings.history)
        except Exception:
            log.exception("Histories could not be cleared; trying again in %s seconds", EVERY_SECONDS)
