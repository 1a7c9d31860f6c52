"""Templates that were deleted: they lie in the bin for `history.days`, and come back whole."""

import logging
from datetime import timedelta

from xlsapp import clock
from xlsapp.clock import parse_utc, utc_text
from xlsapp.config import HistorySettings
from xlsapp.db.connection import Database
from xlsapp.errors import NotFound
from xlsapp.models import ImportTemplate
from xlsapp.repositories import import_templates

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400


def erased_at(template: ImportTemplate, settings: HistorySettings) -> str:
    """When a template in the bin is erased, as UTC text."""
    since = parse_utc(template.deleted_at or template.updated_at)
    return utc_text((since + timedelta(days=settings.days)).timestamp())


async def empty_bin(db: Database, settings: HistorySettings) -> int:
    """Erase what has lain in the bin for too long, each template by itself. Returns how many those were."""
    before = utc_text(clock.now() - settings.days * DAY_SECONDS)
    async with db.read() as conn:
        old = await import_templates.binned_before(conn, before)
    for template in old:
        try:
            async with db.write() as tx:
                await import_templates.find_binned(
                    tx, template.user_id, template.id
                )  # not brought back meanwhile
                await import_templates.remove(tx, template.user_id, template.id)
        except NotFound:
            continue
        log.info("Erased template %s, which lay in the bin since %s", template.id, template.deleted_at)
    return len(old)
