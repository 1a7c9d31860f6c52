"""The table `identities`: who an account is to a provider of single sign-on."""

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection
from xlsapp.db.errors import Taken
from xlsapp.errors import Refused
from xlsapp.problems import Message


async def get_user_id(conn: Connection, issuer: str, subject: str) -> int | None:
    """Whose account a person of an issuer has."""
    value = await conn.value(
        "SELECT user_id FROM identities WHERE issuer = :issuer AND subject = :subject",
        issuer=issuer,
        subject=subject,
    )
    return None if value is None else int(value)


async def is_linked(conn: Connection, user_id: int, issuer: str) -> bool:
    """Whether an account belongs to a person of an issuer."""
    found = await conn.value(
        "SELECT 1 FROM identities WHERE user_id = :user_id AND issuer = :issuer",
        user_id=user_id,
        issuer=issuer,
    )
    return found is not None


async def add(conn: Connection, issuer: str, subject: str, user_id: int) -> None:
    """An account belongs to a person of an issuer from now on. Raises Refused when either is taken."""
    try:
        await conn.run(
            """
            INSERT INTO identities (issuer, subject, user_id, created_at)
            VALUES (:issuer, :subject, :user_id, :now)
            """,
            issuer=issuer,
            subject=subject,
            user_id=user_id,
            now=utc_now(),
        )
    except Taken:
        raise Refused(Message("sign_on.linked_already")) from None


async def remove_of(conn: Connection, user_id: int) -> None:
    """An account belongs to nobody of any issuer any more."""
    await conn.run("DELETE FROM identities WHERE user_id = :user_id", user_id=user_id)
