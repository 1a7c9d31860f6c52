"""The table `audit_entries`: who did what, when and from where. It is added to and cleared, never changed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection, Row
from xlsapp.problems import Message

HIGHEST_ID = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Noted:
    """What is written into the log. No value of a record is in it."""

    what: Message
    """What was done; `whom` is not among its parameters."""
    user_id: int | None = None
    """Who did it; None for a visitor, and for the shell."""
    whom_id: int | None = None
    """The account that it was done to, if it is another one."""
    template_id: int | None = None
    address: str = ""
    """The network address that it came from; empty for the shell."""
    at: str = field(default_factory=utc_now)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry, with the names of today."""

    id: int
    noted: Noted
    actor: str | None
    """The e-mail address of who did it, as long as there is such an account."""
    whom: str | None


async def add(conn: Connection, entries: Iterable[Noted]) -> None:
    """Write entries down, in this order."""
    for entry in entries:
        await conn.run(
            """
            INSERT INTO audit_entries (at, kind, user_id, whom_id, import_template_id, address, about)
            VALUES (:at, :kind, :user_id, :whom_id, :template_id, :address, :about)
            """,
            at=entry.at,
            kind=entry.what.code,
            user_id=entry.user_id,
            whom_id=entry.whom_id,
            template_id=entry.template_id,
            address=entry.address,
            about=json.dumps(dict(entry.what.parameters), ensure_ascii=False),
        )


async def list_before(
    conn: Connection, before: int | None, *, kind: str | None = None, user_id: int | None = None, most: int
) -> list[AuditEntry]:
    """The newest entries below an id, newest first: of one kind, and by or about one account, if asked."""
    rows = await conn.all(
        """
        SELECT e.*, actor.email AS actor, whom.email AS whom
        FROM audit_entries e
        LEFT JOIN users actor ON actor.id = e.user_id
        LEFT JOIN users whom ON whom.id = e.whom_id
        WHERE e.id < :before
            AND (CAST(:kind AS TEXT) IS NULL OR e.kind = :kind)
            AND (CAST(:user_id AS BIGINT) IS NULL OR e.user_id = :user_id OR e.whom_id = :user_id)
        ORDER BY e.id DESC LIMIT :most
        """,
        before=before or HIGHEST_ID,
        kind=kind,
        user_id=user_id,
        most=most,
    )
    return [_entry(row) for row in rows]


async def clear(conn: Connection, *, before: str, most: int) -> int:
    """Forget the oldest entries that are older than a time, so many at the most. Returns how many."""
    rows = await conn.all(
        """
        DELETE FROM audit_entries WHERE id IN (
            SELECT id FROM audit_entries WHERE at < :before ORDER BY id LIMIT :most
        )
        RETURNING id
        """,
        before=before,
        most=most,
    )
    return len(rows)


def _entry(row: Row) -> AuditEntry:
    noted = Noted(
        what=Message.from_dict({"code": row["kind"], "parameters": json.loads(row["about"])}),
        user_id=row["user_id"],
        whom_id=row["whom_id"],
        template_id=row["import_template_id"],
        address=row["address"],
        at=row["at"],
    )
    return AuditEntry(row["id"], noted, row["actor"], row["whom"])
