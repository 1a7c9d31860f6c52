"""The tables `second_factors` and `recovery_codes`: what is asked for beside an account's password."""

from collections.abc import Iterable

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection
from xlsapp.models import SecondFactor


async def get(conn: Connection, user_id: int) -> SecondFactor | None:
    """An account's second factor, if it has one."""
    row = await conn.one(
        """
        SELECT user_id, secret, created_at,
            (SELECT COUNT(*) FROM recovery_codes WHERE user_id = :user_id) AS recovery_codes
        FROM second_factors WHERE user_id = :user_id
        """,
        user_id=user_id,
    )
    return SecondFactor(**row) if row else None


async def put(conn: Connection, user_id: int, secret: str, step: int) -> None:
    """Ask for codes of `secret` from now on, later ones than that of `step`."""
    await conn.run(
        """
        INSERT INTO second_factors (user_id, secret, last_step, created_at)
        VALUES (:user_id, :secret, :step, :now)
        ON CONFLICT (user_id) DO UPDATE
        SET secret = excluded.secret, last_step = excluded.last_step, created_at = excluded.created_at
        """,
        user_id=user_id,
        secret=secret,
        step=step,
        now=utc_now(),
    )


async def take_step(conn: Connection, user_id: int, step: int) -> bool:
    """Whether no code of this half minute, or a later one, was taken before. From now on one was."""
    rows = await conn.all(
        """
        UPDATE second_factors SET last_step = :step WHERE user_id = :user_id AND last_step < :step
        RETURNING user_id
        """,
        user_id=user_id,
        step=step,
    )
    return bool(rows)


async def remove(conn: Connection, user_id: int) -> bool:
    """Ask for nothing but the password. Returns whether more was asked for."""
    await conn.run("DELETE FROM recovery_codes WHERE user_id = :user_id", user_id=user_id)
    rows = await conn.all(
        "DELETE FROM second_factors WHERE user_id = :user_id RETURNING user_id", user_id=user_id
    )
    return bool(rows)


async def replace_recovery_codes(conn: Connection, user_id: int, hashes: Iterable[str]) -> None:
    """Take these recovery codes, and none that were given before."""
    await conn.run("DELETE FROM recovery_codes WHERE user_id = :user_id", user_id=user_id)
    for code_hash in hashes:
        await conn.run(
            "INSERT INTO recovery_codes (user_id, code_hash) VALUES (:user_id, :code_hash)",
            user_id=user_id,
            code_hash=code_hash,
        )


async def use_recovery_code(conn: Connection, user_id: int, code_hash: str) -> bool:
    """Whether this is one of the account's recovery codes. It is none any more."""
    rows = await conn.all(
        "DELETE FROM recovery_codes WHERE user_id = :user_id AND code_hash = :code_hash RETURNING user_id",
        user_id=user_id,
        code_hash=code_hash,
    )
    return bool(rows)
