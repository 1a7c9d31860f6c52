"""Who is signed in: server-side sessions, which expire and can be ended."""

import hashlib
import secrets
from dataclasses import dataclass

from xlsapp import clock
from xlsapp.clock import utc_now
from xlsapp.db.expiring_store import Entry, ExpiringStore

# How long it is told which sessions were ended: by then a server that has them open has heard of it.
ENDED_SECONDS = 120

# A visit is written down at most this often, so that pages do not cost a write each.
SEEN_EVERY_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in. `id` is a hash of the token in its cookie, which is stored nowhere."""

    id: str
    user_id: int
    created_at: str
    last_seen_at: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions by token, and by user."""

    store: ExpiringStore
    ttl_seconds: float

    async def start(self, user_id: int, *, user_agent: str) -> str:
        """Sign a browser in. Returns the token for its cookie."""
        token = secrets.token_urlsafe(32)
        session_id = _session_id(token)
        now = utc_now()
        entry: Entry = {
            "id": session_id,
            "user_id": user_id,
            "created_at": now,
            "last_seen_at": now,
            "seen_epoch": int(clock.now()),
            "user_agent": user_agent[:300],
        }
        await self.store.put(
            {_key(session_id): entry, _user_key(user_id, session_id): {"session": session_id}},
            ttl_seconds=self.ttl_seconds,
        )
        return token

    async def get(self, token: str) -> Session | None:
        """The session of a cookie, if it is still one. Its life begins anew with each visit."""
        session_id = _session_id(token)
        entry = await self.store.get(_key(session_id))
        if entry is None:
            return None
        if clock.now() - entry["seen_epoch"] > SEEN_EVERY_SECONDS:
            entry = await self._seen(entry)
        return _session(entry) if entry else None

    async def is_alive(self, session_id: str) -> bool:
        """Whether a session has neither been ended nor expired. This is no visit."""
        return await self.store.get(_key(session_id)) is not None

    async def list_for(self, user_id: int) -> list[Session]:
        """Where someone is signed in, newest first."""
        pointers = await self.store.list_by_prefix(_user_key(user_id, ""))
        entries = await self.store.get_many(_key(pointer["session"]) for pointer in pointers.values())
        sessions = [_session(entry) for entry in entries]
        return sorted(sessions, key=lambda session: session.created_at, reverse=True)

    async def end(self, user_id: int, session_id: str) -> None:
        """Sign one browser out."""
        pointer = _user_key(user_id, session_id)
        if await self.store.get(pointer):
            await self.store.put({_ended_key(session_id): {}}, ttl_seconds=ENDED_SECONDS)
            await self.store.delete(_key(session_id), pointer)

    async def end_all(self, user_id: int) -> list[str]:
        """Sign someone out everywhere. Returns the ids of the sessions that were ended."""
        sessions = await self.list_for(user_id)
        for session in sessions:
            await self.end(user_id, session.id)
        return [session.id for session in sessions]

    async def lately_ended(self) -> list[str]:
        """The ids of the sessions that were ended in the last minutes, by a server or from the shell."""
        return [key.removeprefix(_ended_key("")) for key in await self.store.list_by_prefix(_ended_key(""))]

    async def _seen(self, entry: Entry) -> Entry | None:
        return await self.store.merge(
            _key(entry["id"]),
            {"last_seen_at": utc_now(), "seen_epoch": int(clock.now())},
            ttl_seconds=self.ttl_seconds,
            along={_user_key(entry["user_id"], entry["id"]): {}},
        )


def _session_id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def _key(session_id: str) -> str:
    return f"session:{session_id}"


def _user_key(user_id: int, session_id: str) -> str:
    return f"user_session:{user_id}:{session_id}"


def _ended_key(session_id: str) -> str:
    return f"ended_session:{session_id}"


def _session(entry: Entry) -> Session:
    return Session(
        id=entry["id"],
        user_id=entry["user_id"],
        created_at=entry["created_at"],
        last_seen_at=entry["last_seen_at"],
        user_agent=entry["user_agent"],
    )
