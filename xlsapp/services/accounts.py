"""Accounts: who may sign up, signing in, changing a password."""

import re
from dataclasses import dataclass

from xlsapp.config import AuthSettings
from xlsapp.db.database import Database
from xlsapp.errors import Refused
from xlsapp.models import User
from xlsapp.repositories import import_templates, users
from xlsapp.services.passwords import hash_password, verify_password
from xlsapp.services.sessions import Sessions

MAX_PASSWORD_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Accounts:
    """What can be done with accounts."""

    db: Database
    sessions: Sessions
    settings: AuthSettings

    async def may_sign_up(self) -> bool:
        """Whether a visitor may make an account now."""
        async with self.db.read() as conn:
            first = await users.count(conn) == 0
        return self.settings.signup == "open" or (self.settings.signup == "first" and first)

    async def sign_up(self, email: str, password: str) -> User:
        """A new account for a visitor. Raises Refused with a sentence when that cannot be."""
        if not await self.may_sign_up():
            raise Refused("Sign-up is closed here. Ask whoever runs this server for an account.")
        return await self.add(email, password, only_first=self.settings.signup == "first")

    async def add(self, email: str, password: str, *, only_first: bool = False) -> User:
        """A new account. Raises Refused with a sentence when the address or the password will not do."""
        email = normalised_email(email)
        self._check_password(password)
        password_hash = await hash_password(password)
        async with self.db.write() as tx:
            if only_first and await users.count(tx):  # two first visitors at once: one of them is the first
                raise Refused("Sign-up is closed here. Ask whoever runs this server for an account.")
            return await users.add(tx, email=email, password_hash=password_hash)

    async def authenticate(self, email: str, password: str) -> User | None:
        """The account, if address and password are right. Takes as long when there is none."""
        async with self.db.read() as conn:
            found = await users.get_by_email(conn, email.strip().lower())
        user, stored = found or (None, None)
        right = await verify_password(stored, password[:MAX_PASSWORD_LENGTH])
        return user if right else None

    async def change_password(self, user: User, current: str, new: str) -> list[str]:
        """Change a password and end every session. Returns their ids. Raises Refused with a sentence."""
        async with self.db.read() as conn:
            stored = await users.password_hash(conn, user.id)
        if not await verify_password(stored, current[:MAX_PASSWORD_LENGTH]):
            raise Refused("This is not your present password.", field="current_password")
        return await self.set_password(user, new)

    async def set_password(self, user: User, new: str) -> list[str]:
        """Give an account another password and end every session of it. Returns their ids."""
        self._check_password(new)
        password_hash = await hash_password(new)
        async with self.db.write() as tx:
            await users.change_password(tx, user.id, password_hash)
        return await self.sessions.end_all(user.id)

    async def remove(self, user: User) -> None:
        """Remove an account with everything that belongs to it."""
        async with self.db.write() as tx:
            for template in await import_templates.list_for(tx, user.id):
                await import_templates.remove(tx, user.id, template.id)
            await users.remove(tx, user.id)
        await self.sessions.end_all(user.id)

    def _check_password(self, password: str) -> None:
        shortest = self.settings.min_password_length
        if not shortest <= len(password) <= MAX_PASSWORD_LENGTH:
            raise Refused(
                f"Choose a password of {shortest} to {MAX_PASSWORD_LENGTH} characters.", field="password"
            )


def normalised_email(text: str) -> str:
    """An e-mail address in lower case. Raises Refused with a sentence when it does not look like one."""
    email = text.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise Refused("Write an e-mail address, like ada@example.com.", field="email")
    return email
