"""Accounts: who may sign up, signing in, changing a password."""

import hmac
import re
import secrets
from dataclasses import dataclass, field

from xlsapp.config import AuthSettings
from xlsapp.db.connection import Database
from xlsapp.errors import Refused
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.repositories import access_tokens, import_templates, server_settings, users
from xlsapp.services.accounts.passwords import hash_password, verify_password
from xlsapp.services.accounts.sessions import Sessions
from xlsapp.services.accounts.throttling import Throttles, attempt, network_of, require

MAX_PASSWORD_LENGTH = 200
# Its name among the settings that the administrator's page has set.
SIGN_UP = "auth.signup"
# Without those that look alike.
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_setup_code() -> str:
    """A code that a person can type, and nobody can guess: 50 bits."""
    return _code(secrets.token_bytes(10))


def shared_setup_code(secret: str) -> str:
    """The same for all who know the key that signs cookies."""
    return _code(hmac.digest(secret.encode(), b"set-up code", "sha256")[:10])


def _code(chosen: bytes) -> str:
    letters = "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in chosen)
    return f"{letters[:5]}-{letters[5:]}"


@dataclass(frozen=True, slots=True)
class Accounts:
    """What can be done with accounts."""

    db: Database
    sessions: Sessions
    settings: AuthSettings
    throttles: Throttles
    setup_code: str = field(default_factory=new_setup_code)
    """What the first account takes where a visitor may be anybody."""

    async def may_sign_up(self) -> bool:
        """Whether a visitor may make an account with a password now."""
        if not self.settings.passwords:
            return False
        mode = await self.sign_up_mode()
        return await self.is_first() if mode == "first" else mode == "open"

    async def sign_up_mode(self) -> str:
        """Who may sign up: as the administrator's page has it, or else the settings."""
        async with self.db.read() as conn:
            return await server_settings.get(conn, SIGN_UP) or self.settings.signup

    async def is_first(self) -> bool:
        """Whether there is no account yet."""
        async with self.db.read() as conn:
            return await users.count(conn) == 0

    async def is_administrator(self, user: User) -> bool:
        """Whether an account looks after the server: the first one, and where that is removed, the next."""
        async with self.db.read() as conn:
            return await users.oldest_id(conn) == user.id

    async def sign_up(
        self, email: str, password: str, *, address: str, setup_code: str | None = None
    ) -> User:
        """A new account for a visitor. Raises Refused, or TooMany, when that cannot be.

        With a `setup_code`, it must be the right one as long as there is no account.
        """
        if not await self.may_sign_up():
            raise Refused(Message("account.sign_up_closed"))
        normalised_email(email)
        self._check_password(password)
        # From here on each one counts, made or refused: asking who has an account here is slow work too.
        await require(self.throttles.sign_ups_by_address, network_of(address), _many_sign_ups)
        if setup_code is not None and await self.is_first() and not self._is_setup_code(setup_code):
            raise Refused(Message("account.wrong_setup_code"), field="setup_code")
        return await self.add(email, password, only_first=await self.sign_up_mode() == "first")

    async def add(self, email: str, password: str, *, only_first: bool = False) -> User:
        """A new account. Raises Refused when the address or the password will not do."""
        email = normalised_email(email)
        self._check_password(password)
        password_hash = await hash_password(password)
        async with self.db.write() as tx:
            if only_first and await users.count(tx):  # two first visitors at once: one of them is the first
                raise Refused(Message("account.sign_up_closed"))
            return await users.add(tx, email=email, password_hash=password_hash)

    async def authenticate(
        self, email: str, password: str, *, address: str, known_browser: tuple[int, str] | None = None
    ) -> User | None:
        """The account, if address and password are right. Takes as long when there is none.

        Raises TooMany after too many failures for the account, or from the network address; it says nothing
        about whether there is such an account. A `known_browser`, which has signed in as (user id, its own
        name) before, is counted on its own and by nothing else, so that nobody can lock the owner of an
        account out: neither who guesses at it, nor who guesses at others from the same address.
        """
        email = email.strip().lower()
        async with self.db.read() as conn:
            found = await users.get_by_email(conn, email)
        user, stored = found or (None, None)
        if user and known_browser and known_browser[0] == user.id:
            tries = [(self.throttles.failures_by_account, f"browser {user.id} {known_browser[1]}")]
        else:
            tries = [
                (self.throttles.failures_by_address, network_of(address)),
                (self.throttles.failures_by_account, f"account {email[:254]}"),
            ]
        async with attempt(*tries, too_often=_many_failures) as succeeded:
            right = await verify_password(stored, password[: MAX_PASSWORD_LENGTH + 1])
            if right:
                succeeded()
        return user if right else None

    async def has_password(self, user: User) -> bool:
        """Whether there is a password that opens an account; who came by single sign-on alone has none."""
        async with self.db.read() as conn:
            return bool(await users.password_hash(conn, user.id))

    async def change_password(self, user: User, current: str, new: str) -> list[str]:
        """Change a password and end every session. Returns their ids. Raises Refused, or TooMany."""
        async with self.db.read() as conn:
            stored = await users.password_hash(conn, user.id)
        tries = (self.throttles.failures_by_account, f"change {user.id}")
        async with attempt(tries, too_often=_many_failures) as succeeded:
            right = await verify_password(stored, current[: MAX_PASSWORD_LENGTH + 1])
            if right:
                succeeded()
        if not right:
            raise Refused(Message("account.wrong_password"), field="current_password")
        return await self.set_password(user, new)

    async def set_password(self, user: User, new: str) -> list[str]:
        """Give an account another password and end every session of it. Returns their ids."""
        self._check_password(new)
        password_hash = await hash_password(new)
        async with self.db.write() as tx:
            await users.change_password(tx, user.id, password_hash)
        return await self.sessions.end_all(user.id)

    async def remove(self, user: User) -> list[int]:
        """Remove an account with its templates, records, tokens and sessions. Returns its tokens' ids.

        Its jobs and their files are another floor's: see jobs/account_removal.py.
        """
        async with self.db.write() as tx:
            token_ids = [token.id for token in await access_tokens.list_for(tx, user.id)]
            mine = await import_templates.list_for(tx, user.id)
            for template in [*mine, *await import_templates.list_binned(tx, user.id)]:
                await import_templates.remove(tx, user.id, template.id)
            await users.remove(tx, user.id)
        await self.sessions.end_all(user.id)
        return token_ids

    def _is_setup_code(self, text: str) -> bool:
        return hmac.compare_digest(text.strip().upper().encode(), self.setup_code.encode())

    def _check_password(self, password: str) -> None:
        shortest = self.settings.min_password_length
        if not shortest <= len(password) <= MAX_PASSWORD_LENGTH:
            about = {"least": shortest, "most": MAX_PASSWORD_LENGTH}
            raise Refused(Message("account.password_length", about), field="password")


def normalised_email(text: str) -> str:
    """An e-mail address in lower case. Raises Refused when it does not look like one."""
    email = text.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise Refused(Message("account.no_address"), field="email")
    return email


def _many_sign_ups(wait: int) -> Message:
    return Message("account.many_sign_ups", {"wait": wait})


def _many_failures(wait: int) -> Message:
    return Message("account.many_failures", {"wait": wait})
