"""The key that signs cookies, the same for all machines."""

import secrets

from xlsapp.db.connection import Database


async def load_secret(db: Database) -> str:
    """The key, made by whoever asks for it first."""
    async with db.write() as tx:
        await tx.run(
            "INSERT INTO data.secrets (name, value) VALUES ('cookies', :value) ON CONFLICT DO NOTHING",
            value=secrets.token_hex(32),
        )
        return str(await tx.value("SELECT value FROM data.secrets WHERE name = 'cookies'"))
