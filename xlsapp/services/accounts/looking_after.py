"""What the administrator does with other people's accounts, and with who may make one."""

import hashlib
import secrets
from dataclasses import dataclass

from xlsapp.clock import utc_now
from xlsapp.config import SIGN_UPS
from xlsapp.db.expiring_store import ExpiringStore
from xlsapp.errors import NotFound, Refused
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, server_settings, users
from xlsapp.services.accounts.accounts import SIGN_UP, Accounts

PASSWORD_LINK_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class LookingAfter:
    """What can be done with accounts that are not one's own."""

    accounts: Accounts

    async def find(self, user_id: int) -> User:
        """Any account. Raises NotFound."""
        async with self.accounts.db.read() as conn:
            return await users.find(conn, user_id)

    async def disable(self, user: User, *, by: User) -> list[str]:
        """Let nobody in with an account for now. Returns the sessions that were ended. Raises Refused.

        What it has queued is done; its tokens open nothing meanwhile.
        """
        if user.id == by.id:
            raise Refused(Message("account.own"))
        async with self.accounts.db.write() as tx:
            await users.set_disabled(tx, user.id, utc_now())
        return await self.accounts.sessions.end_all(user.id)

    async def enable(self, user: User) -> None:
        """Let the owner of an account in again."""
        async with self.accounts.db.write() as tx:
            await users.set_disabled(tx, user.id, None)

    async def hand_over(self, user: User, heir: User) -> int:
        """Give somebody else the templates of an account. Returns how many. Raises Refused."""
        if user.id == heir.id:
            raise Refused(Message("account.no_heir"), field="heir")
        async with self.accounts.db.write() as tx:
            return await import_templates.hand_over(tx, user, heir.id)

    async def password_link(self, user: User) -> str:
        """A token for a new password: good once, for a day, and until the password is changed otherwise."""
        token = secrets.token_urlsafe(32)
        entry = {"user_id": user.id, "password": await self._password_mark(user.id)}
        await self._store.put({_link_key(token): entry}, ttl_seconds=PASSWORD_LINK_SECONDS)
        return token

    async def of_password_link(self, token: str) -> User:
        """Whose password a token is for. Raises NotFound."""
        entry = await self._store.get(_link_key(token))
        if entry is None or entry["password"] != await self._password_mark(entry["user_id"]):
            raise NotFound("link for a new password")
        return await self.find(entry["user_id"])

    async def set_password(self, token: str, password: str) -> tuple[User, list[str]]:
        """Use a link. Returns whose it was, and the sessions that were ended. Raises NotFound, or Refused."""
        user = await self.of_password_link(token)
        ended = await self.accounts.set_password(user, password)
        await self._store.delete(_link_key(token))
        return user, ended

    async def set_sign_up(self, mode: str) -> None:
        """Who may make an account from now on; nothing for what the settings say. Raises Refused."""
        if mode and mode not in SIGN_UPS:
            raise Refused(Message("account.no_such_sign_up"), field="mode")
        async with self.accounts.db.write() as tx:
            if mode:
                await server_settings.put(tx, SIGN_UP, mode)
            else:
                await server_settings.remove(tx, SIGN_UP)

    @property
    def _store(self) -> ExpiringStore:
        return self.accounts.sessions.store

    async def _password_mark(self, user_id: int) -> str:
        async with self.accounts.db.read() as conn:
            stored = await users.password_hash(conn, user_id)
        return hashlib.sha256(stored.encode()).hexdigest()


def _link_key(token: str) -> str:
    return f"new_password:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
