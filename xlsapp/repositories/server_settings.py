"""The table `server_settings`: what the administrator's page has set, which counts before the file."""

from xlsapp.db.connection import Connection


async def get(conn: Connection, name: str) -> str | None:
    """What a setting was set to, if it was."""
    value = await conn.value("SELECT value FROM server_settings WHERE name = :name", name=name)
    return None if value is None else str(value)


async def put(conn: Connection, name: str, value: str) -> None:
    """Set a setting."""
    await conn.run(
        """
        INSERT INTO server_settings (name, value) VALUES (:name, :value)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """,
        name=name,
        value=value,
    )


async def remove(conn: Connection, name: str) -> None:
    """Let the file say it again."""
    await conn.run("DELETE FROM server_settings WHERE name = :name", name=name)
