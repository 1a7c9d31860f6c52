"""What PostgreSQL tells those who listen, on a connection of its own: taken up again after every break."""

import asyncio
import logging
from collections.abc import Callable

import psycopg
from psycopg.conninfo import conninfo_to_dict

from xlsapp.db.postgres.database import DEFAULTS

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0

APPLICATION = "xlsapp listens"


async def listen_for_ever(
    url: str, channel: str, *, on_begin: Callable[[], None], on_told: Callable[[str], None]
) -> None:
    """Listen until cancelled. `on_begin` is called once nothing is missed any more, after each break anew.

    Neither may wait: who does not read on keeps what is told from being forgotten, for everybody. The `url`
    must lead to the server itself, or to a pooler that gives a session: others do not pass on what is told.
    """
    pause = FIRST_PAUSE_SECONDS
    options = {**DEFAULTS, **conninfo_to_dict(url), "application_name": APPLICATION}
    while True:
        try:
            async with await psycopg.AsyncConnection.connect("", **options, autocommit=True) as conn:
                await conn.execute(f"LISTEN {channel}".encode())
                pause = FIRST_PAUSE_SECONDS
                on_begin()
                async for told in conn.notifies():
                    on_told(told.payload)
        except psycopg.Error as error:
            log.warning("PostgreSQL cannot be listened to now: %s", error)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


STUCK = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = :application AND wait_event = 'ClientWrite' AND datname = current_database()
AND pg_notification_queue_usage() > :usage
"""
"""Ends the connections of those who listen and do not read, once what is told has filled so much of its
queue: in a full one nobody can tell anything, and nothing that tells can be stored."""
