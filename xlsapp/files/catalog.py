"""Which files there are, where several machines share them: their names, and what each of them names."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlsapp.db.connection import Connection, Database, Row
from xlsapp.db.errors import Unreachable
from xlsapp.files.contents import Content
from xlsapp.files.files import Found

# Between a file and the status of its job: so long nobody may take the file for one that was left behind.
SETTLING_SECONDS = 600

# An upload that has taken longer than that does not come in any more; nor does anybody still read a file of
# which the last name went so long ago.
STALE_SECONDS = 6 * 3600

NOW = "extract(epoch FROM now())"

SELECT = """
SELECT key, content, day, size_bytes, named_at FROM files.names JOIN files.contents ON contents.id = content
"""

NAME = f"""
INSERT INTO files.names (key, content) VALUES (:key, :content)
ON CONFLICT (key) DO UPDATE SET content = excluded.content, named_at = {NOW}
"""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Names of files, in PostgreSQL."""

    db: Database

    async def find(self, keys: Sequence[str]) -> dict[str, Found]:
        """The files that have these keys, or keys below them."""
        async with self.db.read() as conn:
            rows = await conn.all(
                f"""
                SELECT * FROM ({SELECT}) AS files WHERE key = ANY (:keys)
                UNION
                SELECT files.* FROM unnest(:keys::text[]) AS above (key)
                JOIN ({SELECT}) AS files ON files.key > above.key || '/' AND files.key < above.key || '0'
                ORDER BY key
                """,
                keys=list(keys),
            )
        return {row["key"]: Found(row["content"], row["size_bytes"], row["named_at"]) for row in rows}

    async def get(self, key: str) -> Content | None:
        """What a key names."""
        async with self.db.read() as conn:
            row = await conn.one(f"{SELECT} WHERE key = :key", key=key)
        return _content(row) if row else None

    async def settled(self) -> list[str]:
        """The names that have been there for some time."""
        async with self.db.read() as conn:
            rows = await conn.all(
                f"SELECT key FROM files.names WHERE named_at <= {NOW} - :seconds", seconds=SETTLING_SECONDS
            )
        return [row["key"] for row in rows]

    async def begin(self) -> Content:
        """A new file, which has no name yet."""
        async with self.db.write() as tx:
            rows = await tx.all(
                "INSERT INTO files.contents DEFAULT VALUES RETURNING id AS content, day, size_bytes"
            )
        return _content(rows[0])

    async def name(self, key: str, content: Content, size_bytes: int) -> None:
        """Give a file its first name: it is whole. Raises Unreachable where it took too long to come in."""
        async with self.db.write() as tx:
            sized = await tx.run(
                "UPDATE files.contents SET size_bytes = :size WHERE id = :id AND unnamed_at IS NULL",
                id=content.id,
                size=size_bytes,
            )
            if not sized:
                raise Unreachable(f"file {content.id} was given up before it was whole")
            await tx.run(NAME, key=key, content=content.id)

    async def copy(self, key: str, other: str) -> None:
        """Give a file one more name. Raises FileNotFoundError."""
        async with self.db.write() as tx:
            await tx.run(NAME, key=other, content=await _named(tx, key))

    async def move(self, key: str, other: str) -> None:
        """Give a file another name. Raises FileNotFoundError."""
        async with self.db.write() as tx:
            await tx.run(NAME, key=other, content=await _named(tx, key))
            await tx.run("DELETE FROM files.names WHERE key = :key", key=key)

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove names, and those below them."""
        async with self.db.write() as tx:
            await tx.run(
                """
                DELETE FROM files.names WHERE key IN (
                    SELECT key FROM files.names WHERE key = ANY (:keys)
                    UNION ALL
                    SELECT names.key FROM unnest(:keys::text[]) AS above (key)
                    JOIN files.names ON names.key > above.key || '/' AND names.key < above.key || '0'
                )
                """,
                keys=list(keys),
            )

    async def unnamed(self, most: int = 1000) -> list[Content]:
        """Files that nobody can name or read any more."""
        async with self.db.write() as tx:
            await tx.run(
                f"""
                UPDATE files.contents SET unnamed_at = {NOW}
                WHERE unnamed_at IS NULL AND started_at < {NOW} - :seconds
                AND NOT EXISTS (SELECT 1 FROM files.names WHERE content = contents.id)
                """,
                seconds=STALE_SECONDS,
            )
            rows = await tx.all(
                f"""
                SELECT id AS content, day, size_bytes FROM files.contents
                WHERE unnamed_at < {NOW} - :seconds ORDER BY id LIMIT :most
                """,
                seconds=STALE_SECONDS,
                most=most,
            )
        return [_content(row) for row in rows]

    async def forget(self, contents: Sequence[Content]) -> None:
        """Files whose bytes are gone."""
        async with self.db.write() as tx:
            await tx.run(
                "DELETE FROM files.contents WHERE id = ANY (:ids) AND unnamed_at IS NOT NULL",
                ids=[content.id for content in contents],
            )


async def _named(tx: Connection, key: str) -> int:
    content = await tx.value("SELECT content FROM files.names WHERE key = :key FOR UPDATE", key=key)
    if content is None:
        raise FileNotFoundError(key)
    return int(content)


def _content(row: Row) -> Content:
    return Content(row["content"], row["day"], row["size_bytes"])
