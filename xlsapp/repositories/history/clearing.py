"""Clearing the oldest changes of a template's history away, in steps that keep nobody waiting."""

from dataclasses import dataclass

from xlsapp.db.connection import Connection
from xlsapp.repositories.history.copies import table_name


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest change of which there is something to clear."""

    id: int
    at: str
    first_copy: int | None
    last_copy: int | None
    is_over: bool
    """Whether it is older than the history goes; otherwise the copies take too much."""


async def templates(conn: Connection) -> list[int]:
    """The templates that have a history."""
    rows = await conn.all("SELECT DISTINCT import_template_id AS id FROM changes ORDER BY 1")
    return [row["id"] for row in rows]


async def oldest(conn: Connection, template_id: int, *, before: str, most_bytes: int) -> Oldest | None:
    """The oldest change that is from before a moment, or whose copies have to go for what came after them."""
    row = await conn.one(
        """
        SELECT id, at, first_copy, last_copy, is_open FROM changes
        WHERE import_template_id = :template_id ORDER BY id LIMIT 1
        """,
        template_id=template_id,
    )
    if row is not None and row["at"] < before and not row["is_open"]:
        return Oldest(row["id"], row["at"], row["first_copy"], row["last_copy"], is_over=True)
    total = await conn.value(
        "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM changes WHERE import_template_id = :template_id",
        template_id=template_id,
    )
    if total <= most_bytes:
        return None
    row = await conn.one(
        """
        SELECT id, at, first_copy, last_copy FROM changes
        WHERE import_template_id = :template_id AND bytes > 0 AND NOT is_open ORDER BY id LIMIT 1
        """,
        template_id=template_id,
    )
    return Oldest(**row, is_over=False) if row else None


async def clear_some(tx: Connection, template_id: int, change: Oldest, *, limit: int) -> int:
    """Remove some of a change's copies, so that it can be taken back no more. Returns how many."""
    await tx.run(
        """
        UPDATE changes SET is_whole = FALSE WHERE id = :change_id
        """,
        change_id=change.id,
    )
    if change.first_copy is None:
        return 0
    table = table_name(template_id)
    some = f"""
        SELECT id FROM {table} WHERE id BETWEEN :first AND :last AND change_id = :change_id
        ORDER BY id LIMIT :limit
    """
    return await tx.run(
        f"DELETE FROM {table} WHERE id IN ({some})",
        first=change.first_copy,
        last=change.last_copy,
        change_id=change.id,
        limit=limit,
    )


async def cleared(tx: Connection, template_id: int, change: Oldest) -> None:
    """Nothing is left of a change's copies; nothing of the change at all when it is over."""
    if change.is_over:
        await tx.run("DELETE FROM changes WHERE id = :change_id", change_id=change.id)
    else:
        await tx.run(
            "UPDATE changes SET bytes = 0, first_copy = NULL, last_copy = NULL WHERE id = :change_id",
            change_id=change.id,
        )
    await tx.run(
        """
        INSERT INTO histories (import_template_id, since) VALUES (:template_id, :at)
        ON CONFLICT (import_template_id) DO UPDATE
        SET since = CASE WHEN histories.since < :at THEN :at ELSE histories.since END
        """,
        template_id=template_id,
        at=change.at,
    )
