"""What time it is in the database."""

import time

from xlsapp.db.connection import Database


async def database_time(db: Database) -> float:
    """Seconds since 1970. What the way there and back took is divided between the two."""
    async with db.read() as conn:
        asked = time.monotonic()
        said = await conn.value("SELECT extract(epoch FROM clock_timestamp())::float8")
    return float(said) + (time.monotonic() - asked) / 2
