"""Erasing what is known of a record's past, because of the personal data in it. That is noted itself."""

from xlsapp.models import ImportTemplate
from xlsapp.repositories.history.changes import Actor, ChangeKind
from xlsapp.services.records.journal import Why
from xlsapp.services.records.records import Records


async def erase_past(records: Records, template: ImportTemplate, record_id: int, actor: Actor) -> int:
    """Erase all that a record was before. Returns how many copies there were."""
    why = Why(actor, ChangeKind.ERASE, details={"record_id": record_id})
    async with records.write(template, why=why) as writer:
        return await writer.journal.erase(record_id)
