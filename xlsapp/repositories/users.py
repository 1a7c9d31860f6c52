"""The table `users`."""

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection, Row
from xlsapp.db.errors import Taken
from xlsapp.errors import NotFound, Refused
from xlsapp.models import User
from xlsapp.problems import Message

MEMBERS = "id, email, created_at, disabled_at"


async def list_all(conn: Connection) -> list[User]:
    """Every account, oldest first."""
    return [_user(row) for row in await conn.all(f"SELECT {MEMBERS} FROM users ORDER BY id")]


async def count(conn: Connection) -> int:
    """How many accounts there are."""
    return int(await conn.value("SELECT COUNT(*) FROM users"))


async def oldest_id(conn: Connection) -> int | None:
    """The id of the account that was made first, of those that there are."""
    value = await conn.value("SELECT MIN(id) FROM users")
    return None if value is None else int(value)


async def find(conn: Connection, user_id: int) -> User:
    """An account by its id. Raises NotFound."""
    row = await conn.one(f"SELECT {MEMBERS} FROM users WHERE id = :user_id", user_id=user_id)
    if row is None:
        raise NotFound(f"user {user_id}")
    return _user(row)


async def get_by_email(conn: Connection, email: str) -> tuple[User, str] | None:
    """An account and its password's hash."""
    row = await conn.one("SELECT * FROM users WHERE email = :email", email=email)
    return (_user(row), row["password_hash"]) if row else None


async def password_hash(conn: Connection, user_id: int) -> str:
    """The hash of an account's password. Raises NotFound."""
    value = await conn.value("SELECT password_hash FROM users WHERE id = :user_id", user_id=user_id)
    if value is None:
        raise NotFound(f"user {user_id}")
    return str(value)


async def add(conn: Connection, *, email: str, password_hash: str) -> User:
    """A new account. Raises Refused when the address has one already."""
    try:
        rows = await conn.all(
            f"""
            INSERT INTO users (email, password_hash, created_at) VALUES (:email, :password_hash, :now)
            RETURNING {MEMBERS}
            """,
            email=email,
            password_hash=password_hash,
            now=utc_now(),
        )
    except Taken:
        raise Refused(Message("account.address_taken", {"email": email}), field="email") from None
    return _user(rows[0])


async def change_password(conn: Connection, user_id: int, password_hash: str) -> None:
    """Store another hash."""
    await conn.run(
        "UPDATE users SET password_hash = :password_hash WHERE id = :user_id",
        user_id=user_id,
        password_hash=password_hash,
    )


async def set_disabled(conn: Connection, user_id: int, disabled_at: str | None) -> None:
    """Let nobody in with an account from a time on, or let its owner in again (None)."""
    await conn.run(
        "UPDATE users SET disabled_at = :disabled_at WHERE id = :user_id",
        user_id=user_id,
        disabled_at=disabled_at,
    )


async def remove(conn: Connection, user_id: int) -> None:
    """Remove an account. Remove its templates first: each has a table of records of its own."""
    await conn.run("DELETE FROM users WHERE id = :user_id", user_id=user_id)


def _user(row: Row) -> User:
    return User(
        id=row["id"], email=row["email"], created_at=row["created_at"], disabled_at=row["disabled_at"]
    )
