"""A second factor: codes of an authenticator app (TOTP, RFC 6238), and codes for when it is lost."""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hmac import compare_digest

from xlsapp import clock
from xlsapp.db.connection import Connection, Database
from xlsapp.db.expiring_store import ExpiringStore
from xlsapp.errors import NotFound, Refused
from xlsapp.models import SecondFactor, User
from xlsapp.problems import Message
from xlsapp.repositories import second_factors, users
from xlsapp.services.accounts.throttling import Tries, attempt

# What authenticator apps expect; most know nothing else.
STEP_SECONDS = 30
DIGITS = 6
# A clock may be half a minute off, and a person takes a while to type (RFC 6238, section 5.2).
STEPS_AROUND = 1

RECOVERY_CODES = 10
# Without those that look alike: fifteen of them have 74 bits.
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 15
SETUP_SECONDS = 15 * 60
HALF_SIGNED_IN_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True)
class HalfSignedIn:
    """Somebody whose password was right, and who is asked for a code now."""

    user: User
    next: str
    """Where the browser wanted to go."""


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What can be done with second factors."""

    db: Database
    store: ExpiringStore
    failures: Tries

    async def get(self, user_id: int) -> SecondFactor | None:
        """An account's second factor, if it has one."""
        async with self.db.read() as conn:
            return await second_factors.get(conn, user_id)

    async def offered(self, user: User) -> str:
        """The secret that an app is to be given; the same for a quarter of an hour: a page may come back."""
        key = _setup_key(user.id)
        entry = await self.store.get(key) or {"secret": new_secret()}
        await self.store.put({key: entry}, ttl_seconds=SETUP_SECONDS)
        return str(entry["secret"])

    async def turn_on(self, user: User, code: str) -> list[str]:
        """Ask for codes from now on, if this is the right one. Returns the recovery codes, told this once.

        Raises Refused for a wrong code, or TooMany.
        """
        secret = await self.offered(user)
        async with self._try(user.id) as succeeded:
            step = step_of(secret, code)
            if step is not None:
                succeeded()
        if step is None:
            raise Refused(Message("second_factor.wrong_first_code"), field="code")
        async with self.db.write() as tx:
            await second_factors.put(tx, user.id, secret, step)
            codes = await _new_recovery_codes(tx, user.id)
        await self.store.delete(_setup_key(user.id))
        return codes

    async def turn_off(self, user: User, code: str) -> None:
        """Ask for nothing but the password. Raises Refused for a wrong code, or TooMany."""
        await self.require(user.id, code)
        await self.forget(user.id)

    async def renew_recovery_codes(self, user: User, code: str) -> list[str]:
        """Other recovery codes; the old ones are worth nothing. Raises Refused for a wrong code, TooMany."""
        await self.require(user.id, code)
        async with self.db.write() as tx:
            return await _new_recovery_codes(tx, user.id)

    async def forget(self, user_id: int) -> bool:
        """Ask for nothing but the password, as phone and codes are lost. Returns whether more was asked."""
        async with self.db.write() as tx:
            return await second_factors.remove(tx, user_id)

    async def require(self, user_id: int, code: str) -> None:
        """Take a code, if codes are asked for. Raises Refused for a wrong or used one, or TooMany."""
        async with self._try(user_id) as succeeded:
            right = await self._accepts(user_id, code)
            if right:
                succeeded()
        if not right:
            raise Refused(Message("second_factor.wrong_code"), field="code")

    async def half_sign_in(self, user: User, *, following: str) -> str:
        """Remember that somebody's password was right. Returns the token for the browser's cookie."""
        token = secrets.token_urlsafe(32)
        entry = {"user_id": user.id, "next": following, "password": await self._password_mark(user.id)}
        await self.store.put({_half_key(token): entry}, ttl_seconds=HALF_SIGNED_IN_SECONDS)
        return token

    async def half_signed_in(self, token: str) -> HalfSignedIn | None:
        """Who has a cookie of `half_sign_in`; None after ten minutes, or when the password was changed."""
        entry = await self.store.get(_half_key(token))
        if entry is None:
            return None
        try:
            if entry["password"] != await self._password_mark(entry["user_id"]):
                return None
            async with self.db.read() as conn:
                return HalfSignedIn(await users.find(conn, entry["user_id"]), entry["next"])
        except NotFound:
            return None

    async def finish(self, token: str, code: str) -> HalfSignedIn | None:
        """Who is signed in now; None when it took too long. Raises Refused for a wrong code, or TooMany."""
        half = await self.half_signed_in(token)
        if half is not None:
            await self.require(half.user.id, code)
            await self.store.delete(_half_key(token))
        return half

    def _try(self, user_id: int) -> AbstractAsyncContextManager[Callable[[], None]]:
        return attempt((self.failures, f"second factor {user_id}"), too_often=_many_failures)

    async def _accepts(self, user_id: int, code: str) -> bool:
        """Whether a code is the app's, or one for when it is lost. Neither is taken twice."""
        async with self.db.write() as tx:
            factor = await second_factors.get(tx, user_id)
            if factor is None:  # turned off meanwhile, in another window
                return True
            step = step_of(factor.secret, code)
            if step is not None:
                return await second_factors.take_step(tx, user_id, step)
            return await second_factors.use_recovery_code(tx, user_id, _hash(code))

    async def _password_mark(self, user_id: int) -> str:
        async with self.db.read() as conn:
            stored = await users.password_hash(conn, user_id)
        return hashlib.sha256(stored.encode()).hexdigest()


def new_secret() -> str:
    """160 random bits in base 32: what RFC 4226, section 4, asks for."""
    from pyotp import random_base32  # not above: most servers never ask for a code

    return random_base32(length=32)


def step_of(secret: str, code: str) -> int | None:
    """The half minute since 1970 whose code this is, now or just before or after; None for a wrong one."""
    from pyotp import TOTP

    digits = code.replace(" ", "")
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    codes = TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    now = int(clock.now()) // STEP_SECONDS
    around = range(now - STEPS_AROUND, now + STEPS_AROUND + 1)
    return next((step for step in around if compare_digest(codes.generate_otp(step), digits)), None)


def address_for_app(secret: str, email: str, *, server: str) -> str:
    """What the picture for the app says: whose codes these are (otpauth://…)."""
    from pyotp import TOTP

    return TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=server)


async def _new_recovery_codes(tx: Connection, user_id: int) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await second_factors.replace_recovery_codes(tx, user_id, [_hash(code) for code in codes])
    return codes


def _recovery_code() -> str:
    letters = "".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH))
    return f"{letters[:5]}-{letters[5:10]}-{letters[10:]}"


def _hash(text: str) -> str:
    # 74 random bits behind limited tries: neither salt nor slowness is needed.
    return hashlib.sha256("".join(text.lower().split()).encode()).hexdigest()


def _setup_key(user_id: int) -> str:
    return f"second_factor_setup:{user_id}"


def _half_key(token: str) -> str:
    return f"half_signed_in:{hashlib.sha256(token.encode()).hexdigest()[:32]}"


def _many_failures(wait: int) -> Message:
    return Message("second_factor.many_failures", {"wait": wait})
