"""Single sign-on: whose account a person of a provider has, gets, or may link to."""

import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from xlsapp.config import SignOnSettings
from xlsapp.db.connection import Connection, Database
from xlsapp.db.expiring_store import ExpiringStore
from xlsapp.errors import Refused
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.repositories import identities, users
from xlsapp.services.accounts.accounts import normalised_email

if TYPE_CHECKING:
    from xlsapp.services.accounts.openid import Person, Provider

# How long somebody may take at the provider's, and for the password that links an account.
ASKED_SECONDS = 15 * 60
# What `verify_password` takes for no hash at all.
NO_PASSWORD = ""


@dataclass(frozen=True, slots=True)
class CameBack:
    """Somebody whom the provider has named, and where the browser wanted to go."""

    next: str
    user: User | None
    """Whose account it is; None where its e-mail address is that of one which has to be linked first."""
    link: str = ""
    """Then the token that links it, with the account's password."""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Linking:
    """An account that had a password before, and the person of the provider who has its e-mail address."""

    token: str
    user: User
    issuer: str
    subject: str
    next: str


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """What can be done with single sign-on, where `sign_on.issuer` is set."""

    db: Database
    store: ExpiringStore
    settings: SignOnSettings
    _made: list["Provider"] = field(default_factory=list)

    @property
    def is_on(self) -> bool:
        """Whether there is any."""
        return bool(self.settings.issuer)

    async def start(self, redirect_uri: str, *, following: str) -> tuple[str, str]:
        """The provider's page to send a browser to, and the state that its cookie keeps. Raises Refused."""
        asked = await self._provider.ask(redirect_uri)
        entry = {**asdict(asked), "redirect_uri": redirect_uri, "next": following}
        await self.store.put({_asked_key(asked.state): entry}, ttl_seconds=ASKED_SECONDS)
        return asked.url, asked.state

    async def come_back(self, code: str, state: str) -> CameBack | None:
        """Who has come back from the provider; None when nobody was sent there of late. Raises Refused."""
        from xlsapp.services.accounts.openid import Asked  # not above: an extra

        entry = await self.store.get(_asked_key(state))
        if entry is None:
            return None
        await self.store.delete(_asked_key(state))  # an answer is good for one time
        asked = Asked(entry["url"], entry["state"], entry["nonce"], entry["verifier"])
        person = await self._provider.redeem(code, asked, entry["redirect_uri"])
        return await self._account_of(person, entry["next"])

    async def linking(self, token: str) -> Linking | None:
        """What a token of `come_back` links, once the account's password was right. None after a while."""
        entry = await self.store.get(_link_key(token))
        if entry is None:
            return None
        async with self.db.read() as conn:
            user = await users.find(conn, entry["user_id"])
        return Linking(token, user, entry["issuer"], entry["subject"], entry["next"])

    async def link(self, linking: Linking) -> None:
        """From now on the provider's word opens the account. Raises Refused when it is another person's."""
        async with self.db.write() as tx:
            await identities.add(tx, linking.issuer, linking.subject, linking.user.id)
        await self.store.delete(_link_key(linking.token))

    async def is_linked(self, user: User) -> bool:
        """Whether an account belongs to a person of the provider."""
        async with self.db.read() as conn:
            return await identities.is_linked(conn, user.id, self.settings.issuer)

    def close(self) -> None:
        """Wait for nothing any more."""
        for provider in self._made:
            provider.close()

    @property
    def _provider(self) -> "Provider":
        if not self._made:
            from xlsapp.services.accounts.openid import Provider  # not above: an extra, and slow to load

            self._made.append(Provider(self.settings))
        return self._made[0]

    async def _account_of(self, person: "Person", following: str) -> CameBack:
        async with self.db.read() as conn:
            user_id = await identities.get_user_id(conn, person.issuer, person.subject)
            if user_id is not None:
                return CameBack(following, await users.find(conn, user_id))
        if not person.email or not person.email_is_verified:
            raise Refused(Message("sign_on.no_verified_address", {"name": self.settings.name}))
        email = normalised_email(person.email)
        async with self.db.write() as tx:
            found = await users.get_by_email(tx, email)
            if found is None:
                return CameBack(following, await self._new_account(tx, person, email), is_new=True)
            if await identities.is_linked(tx, found[0].id, person.issuer):
                raise Refused(Message("sign_on.linked_already"))
        return await self._ask_to_link(person, found[0], following)

    async def _new_account(self, tx: Connection, person: "Person", email: str) -> User:
        """An account without a password. Raises Refused for somebody who is not of the team."""
        domain = email.rpartition("@")[2]
        is_ours = domain in {name.lower() for name in self.settings.domains}
        if not is_ours and not person.groups & set(self.settings.groups):
            raise Refused(Message("sign_on.not_allowed", {"email": email}))
        user = await users.add(tx, email=email, password_hash=NO_PASSWORD)
        await identities.add(tx, person.issuer, person.subject, user.id)
        return user

    async def _ask_to_link(self, person: "Person", user: User, following: str) -> CameBack:
        token = secrets.token_urlsafe(32)
        entry = {
            "issuer": person.issuer,
            "subject": person.subject,
            "user_id": user.id,
            "next": following,
        }
        await self.store.put({_link_key(token): entry}, ttl_seconds=ASKED_SECONDS)
        return CameBack(following, None, link=token)


def _asked_key(state: str) -> str:
    return f"sign_on:{hashlib.sha256(state.encode()).hexdigest()[:32]}"


def _link_key(token: str) -> str:
    return f"sign_on_link:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
