"""PostgreSQL: a table that has had many columns is made anew before a template gets further ones.

Nobody notices it, but that the change takes longer: readers have the old table until the new one is complete.
Records are not changed meanwhile. What stands in the way is let be; the template's next change tries again.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from xlsapp.db.connection import Connection, Database, IndexedDatabase
from xlsapp.db.errors import DatabaseFault
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.records import data_records, renewing

log = logging.getLogger(__name__)

MOST_COLUMNS = 1_600
"""In the life of a table, dropped ones counted."""
WORN_COLUMNS = 800
"""Then it is made anew. Until it has to be there is room for two changes of all columns."""

PATIENCE_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.05

FEW_RECORDS = 100_000
"""Of so many, the indexes for readers are made at once; of more, when somebody has a use for them."""


async def make_room_for_columns(db: Database, template: ImportTemplate, further: int) -> None:
    """See to it that a template's table can have so many further columns. Raises Refused."""
    if not db.dialect.is_postgres:
        return
    async with db.read() as conn:
        had = await renewing.count_columns(conn, template.id)
    if had + further < WORN_COLUMNS or await _renewed(cast(IndexedDatabase, db), template, had):
        return
    if had + further > MOST_COLUMNS:
        raise Refused(Message("change.worn"), field="columns")


async def _renewed(db: IndexedDatabase, template: ImportTemplate, had: int) -> bool:
    started = time.monotonic()
    try:
        async with db.upkeep() as conn, _held(db, template) as holder:
            done = await renewing.is_ours_alone(conn, template.id) and await _renew(conn, template, holder)
    except DatabaseFault:
        log.warning("The table of template %s could not be made anew now", template.id, exc_info=True)
        return False
    seconds = time.monotonic() - started
    what = "was made anew" if done else "is in use, and could not be made anew"
    log.info(
        "The table of template %s, which has had %d columns, %s (%.1f s)", template.id, had, what, seconds
    )
    return done


@asynccontextmanager
async def _held(db: Database, template: ImportTemplate) -> AsyncIterator[int]:
    """Nobody changes the records while the block lasts. Gives the process that sees to that."""
    async with db.write() as tx:
        await tx.run("SET LOCAL idle_in_transaction_session_timeout TO 0")
        await data_records.lock(tx, template.id)
        yield int(await tx.value("SELECT pg_backend_pid()"))


async def _renew(conn: Connection, template: ImportTemplate, holder: int) -> bool:
    few = template.record_count <= FEW_RECORDS
    try:
        copied = await renewing.make_copy(conn, template.id, with_readers_indexes=few)
        if await _is_seen_by_all(conn, copied, holder):
            await renewing.put_in_place(conn, template.id, copied)
            return True
    except BaseException:
        await asyncio.shield(renewing.remove_copy(conn, template.id))
        raise
    await renewing.remove_copy(conn, template.id)
    return False


async def _is_seen_by_all(conn: Connection, copied: renewing.Copied, holder: int) -> bool:
    """Whether everybody who sees an older moment has ended in time."""
    end = time.monotonic() + PATIENCE_SECONDS
    while await renewing.see_older_moments(conn, copied, but=holder):
        if time.monotonic() > end:
            return False
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return True
