"""Access tokens: made, recognised, revoked; when each was used last, and how often each may ask."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from xlsapp import clock
from xlsapp.clock import utc_now, utc_text
from xlsapp.config import ApiSettings
from xlsapp.db.connection import Database
from xlsapp.db.expiring_store import ExpiringStore
from xlsapp.errors import NotFound, Refused
from xlsapp.models import AccessToken, TokenScope, User
from xlsapp.problems import Message
from xlsapp.repositories import access_tokens, users
from xlsapp.services.accounts.throttling import Throttle

# Recognised by people, and by programs that look for secrets where none should be.
PREFIX = "xlsapp_"
SHOWN_LENGTH = len(PREFIX) + 4
MOST_TOKENS = 100
MAX_NAME_LENGTH = 100

# A use is written down at most this often, so that requests do not cost a write each.
USED_EVERY_SECONDS = 300
USE_KEPT_SECONDS = 400 * 86400


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """What can be done with access tokens."""

    db: Database
    store: ExpiringStore
    requests: Throttle
    _uses: Throttle = field(default_factory=lambda: Throttle(1, USED_EVERY_SECONDS))

    @classmethod
    def of(cls, db: Database, store: ExpiringStore, settings: ApiSettings) -> Self:
        """As the settings say."""
        return cls(db, store, Throttle(settings.max_requests_per_minute, 60))

    async def add(
        self, user: User, *, name: str, scopes: frozenset[TokenScope], days: int | None
    ) -> tuple[AccessToken, str]:
        """A new token and its secret, which is told this once. `days` None is for ever. Raises Refused."""
        if not name:
            raise Refused(Message("token.no_name"), field="name")
        if len(name) > MAX_NAME_LENGTH:
            about = {"most": MAX_NAME_LENGTH, "length": len(name)}
            raise Refused(Message("token.name_too_long", about), field="name")
        if not scopes:
            raise Refused(Message("token.no_scopes"), field="scopes")
        secret = PREFIX + secrets.token_urlsafe(32)
        async with self.db.write() as tx:
            if len(await access_tokens.list_for(tx, user.id)) >= MOST_TOKENS:
                raise Refused(Message("token.many", {"most": MOST_TOKENS}))
            token = await access_tokens.add(
                tx,
                user.id,
                name=name,
                scopes=scopes,
                token_hash=_hash(secret),
                beginning=secret[:SHOWN_LENGTH],
                expires_at=utc_text(clock.now() + days * 86400) if days else None,
            )
        return token, secret

    async def authenticate(self, secret: str) -> tuple[User, AccessToken] | None:
        """Who uses a token, and the token; None when it is none, was revoked or has expired.

        Raises TooMany when all of its owner's tokens together have been used too often of late.
        """
        async with self.db.read() as conn:
            token = await access_tokens.get_by_hash(conn, _hash(secret))
            if token is None:
                return None
            try:
                user = await users.find(conn, token.user_id)
            except NotFound:
                return None
            if user.disabled_at:
                return None
        self.requests.require(str(user.id), _too_often)
        if not self._uses.take(str(token.id)):
            await self.store.put({_use_key(token.id): {"at": utc_now()}}, ttl_seconds=USE_KEPT_SECONDS)
        return user, token

    async def list_for(self, user_id: int) -> list[tuple[AccessToken, str | None]]:
        """A user's tokens, newest first, each with when it was used last."""
        async with self.db.read() as conn:
            tokens = await access_tokens.list_for(conn, user_id)
        uses = [await self.store.get(_use_key(token.id)) for token in tokens]
        return [(token, use["at"] if use else None) for token, use in zip(tokens, uses, strict=True)]

    async def revoke(self, user_id: int, token_id: int) -> AccessToken:
        """End one of a user's tokens: from now on it opens nothing. Returns what it was. Raises NotFound."""
        async with self.db.write() as tx:
            tokens = await access_tokens.list_for(tx, user_id)
            await access_tokens.remove(tx, user_id, token_id)
        await self.store.delete(_use_key(token_id))
        return next(token for token in tokens if token.id == token_id)


async def forget_uses(store: ExpiringStore, token_ids: Iterable[int]) -> None:
    """Keep no longer when tokens were used last."""
    await store.delete(*(_use_key(token_id) for token_id in token_ids))


def _hash(secret: str) -> str:
    # 256 random bits cannot be guessed, so this needs neither salt nor slowness.
    return hashlib.sha256(secret.encode()).hexdigest()


def _use_key(token_id: int) -> str:
    return f"token_use:{token_id}"


def _too_often(wait: int) -> Message:
    return Message("token.asked_too_often", {"wait": wait})
