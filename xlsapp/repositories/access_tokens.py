"""The table `access_tokens`: every token of the API, by the hash of its secret."""

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection, Row
from xlsapp.db.errors import Taken
from xlsapp.errors import NotFound, Refused
from xlsapp.models import AccessToken, TokenScope
from xlsapp.problems import Message


async def list_for(conn: Connection, user_id: int) -> list[AccessToken]:
    """A user's tokens, newest first."""
    rows = await conn.all(
        "SELECT * FROM access_tokens WHERE user_id = :user_id ORDER BY id DESC", user_id=user_id
    )
    return [_token(row) for row in rows]


async def get_by_hash(conn: Connection, token_hash: str) -> AccessToken | None:
    """The token whose secret has this hash, unless it has expired."""
    row = await conn.one(
        """
        SELECT * FROM access_tokens
        WHERE token_hash = :token_hash AND (expires_at IS NULL OR expires_at > :now)
        """,
        token_hash=token_hash,
        now=utc_now(),
    )
    return _token(row) if row else None


async def add(
    conn: Connection,
    user_id: int,
    *,
    name: str,
    scopes: frozenset[TokenScope],
    token_hash: str,
    beginning: str,
    expires_at: str | None,
) -> AccessToken:
    """A new token. Raises Refused when its owner has one of that name."""
    try:
        rows = await conn.all(
            """
            INSERT INTO access_tokens (user_id, name, scopes, token_hash, beginning, created_at, expires_at)
            VALUES (:user_id, :name, :scopes, :token_hash, :beginning, :now, :expires_at)
            RETURNING *
            """,
            user_id=user_id,
            name=name,
            scopes=" ".join(sorted(scopes)),
            token_hash=token_hash,
            beginning=beginning,
            now=utc_now(),
            expires_at=expires_at,
        )
    except Taken:
        raise Refused(Message("token.name_taken", {"name": name}), field="name") from None
    return _token(rows[0])


async def remove(conn: Connection, user_id: int, token_id: int) -> None:
    """Remove one of a user's tokens. Raises NotFound."""
    if not await conn.run(
        "DELETE FROM access_tokens WHERE id = :token_id AND user_id = :user_id",
        token_id=token_id,
        user_id=user_id,
    ):
        raise NotFound(f"access token {token_id}")


def _token(row: Row) -> AccessToken:
    return AccessToken(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        scopes=frozenset(TokenScope(scope) for scope in row["scopes"].split()),
        beginning=row["beginning"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
