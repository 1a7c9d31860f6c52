"""Entries that expire: small JSON objects by key, in status.sqlite3. Job statuses and sessions live here."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from xlsapp.db.connection import Connection, Database

Entry = dict[str, Any]

# Each write also removes up to this many expired entries: more than it adds, so that the file stays bounded.
EXPIRED_PER_WRITE = 4

NOTHING: Mapping[str, Entry] = MappingProxyType({})

SWEEP = """
DELETE FROM entries WHERE key IN
    (SELECT key FROM entries WHERE expires_at <= :now ORDER BY expires_at LIMIT :most)
"""


class ExpiringStore(Protocol):
    """What a store of expiring entries promises; `tests/db/expiring_store_contract.py` holds each to it.

    An entry is gone the moment it expires, whether swept or not. A final entry never changes again, other
    than by being deleted or by expiring.
    """

    async def get(self, key: str) -> Entry | None:
        """The entry, or None when there is none or it has expired."""

    async def get_many(self, keys: Iterable[str]) -> list[Entry]:
        """Those of the entries that live, in no special order."""

    async def list_by_prefix(self, prefix: str) -> dict[str, Entry]:
        """All living entries whose key begins so, by key."""

    async def count_by_prefix(self, prefix: str, member: str, value: bool) -> int:
        """How many living entries, whose key begins so, have that value of a member."""

    async def put(self, entries: Mapping[str, Entry], *, ttl_seconds: float) -> None:
        """Store entries whole, all or none; final ones that are there already stay as they are."""

    async def merge(
        self,
        key: str,
        changes: Entry,
        *,
        ttl_seconds: float,
        final: bool = False,
        along: Mapping[str, Entry] = NOTHING,
    ) -> Entry | None:
        """Merge changes into a living entry that is not final, and return it whole; None if there is none.

        A change to None removes that member, at any depth (RFC 7396). With `final` it is the entry's last
        change. Entries in `along` that live are merged in the same transaction; their expiry moves with it.
        """

    async def delete(self, *keys: str) -> None:
        """Remove entries, final or not."""

    async def sweep(self, most: int = 1000) -> int:
        """Remove expired entries. Returns how many there were, `most` at the most."""


@dataclass(frozen=True, slots=True)
class SqliteExpiringStore:
    """The store on SQLite. `now` gives seconds since 1970."""

    db: Database
    now: Callable[[], float] = time.time

    async def get(self, key: str) -> Entry | None:
        """See ExpiringStore."""
        async with self.db.read() as conn:
            value = await conn.value(
                "SELECT value FROM entries WHERE key = :key AND expires_at > :now", key=key, now=self.now()
            )
        return None if value is None else _entry(value)

    async def get_many(self, keys: Iterable[str]) -> list[Entry]:
        """See ExpiringStore."""
        async with self.db.read() as conn:
            rows = await conn.all(
                """
                SELECT value FROM entries
                WHERE key IN (SELECT value FROM json_each(:keys)) AND expires_at > :now
                """,
                keys=json.dumps(list(keys)),
                now=self.now(),
            )
        return [_entry(row["value"]) for row in rows]

    async def list_by_prefix(self, prefix: str) -> dict[str, Entry]:
        """See ExpiringStore."""
        async with self.db.read() as conn:
            rows = await conn.all(
                """
                SELECT key, value FROM entries
                WHERE key >= :prefix AND key < :after AND expires_at > :now ORDER BY key
                """,
                prefix=prefix,
                after=_after(prefix),
                now=self.now(),
            )
        return {row["key"]: _entry(row["value"]) for row in rows}

    async def count_by_prefix(self, prefix: str, member: str, value: bool) -> int:
        """See ExpiringStore."""
        async with self.db.read() as conn:
            return int(
                await conn.value(
                    """
                    SELECT count(*) FROM entries
                    WHERE key >= :prefix AND key < :after AND expires_at > :now AND value ->> :member = :value
                    """,
                    prefix=prefix,
                    after=_after(prefix),
                    now=self.now(),
                    member=member,
                    value=value,
                )
            )

    async def put(self, entries: Mapping[str, Entry], *, ttl_seconds: float) -> None:
        """See ExpiringStore."""
        async with self._writing() as tx:
            for key, entry in entries.items():
                await tx.run(
                    """
                    INSERT INTO entries (key, value, is_final, expires_at)
                    VALUES (:key, :value, FALSE, :expires)
                    ON CONFLICT (key) DO UPDATE
                    SET value = excluded.value, is_final = FALSE, expires_at = excluded.expires_at
                    WHERE NOT entries.is_final OR entries.expires_at <= :now
                    """,
                    key=key,
                    value=json.dumps(entry, ensure_ascii=False),
                    expires=self.now() + ttl_seconds,
                    now=self.now(),
                )

    async def merge(
        self,
        key: str,
        changes: Entry,
        *,
        ttl_seconds: float,
        final: bool = False,
        along: Mapping[str, Entry] = NOTHING,
    ) -> Entry | None:
        """See ExpiringStore."""
        expires = self.now() + ttl_seconds
        async with self._writing() as tx:
            value = await tx.value(
                """
                UPDATE entries
                SET value = json_patch(value, :changes), is_final = :final, expires_at = :expires
                WHERE key = :key AND expires_at > :now AND NOT is_final
                RETURNING value
                """,
                key=key,
                changes=json.dumps(changes, ensure_ascii=False),
                final=final,
                expires=expires,
                now=self.now(),
            )
            if value is not None:
                for other, other_changes in along.items():
                    await tx.run(
                        """
                        UPDATE entries SET value = json_patch(value, :changes), expires_at = :expires
                        WHERE key = :key AND expires_at > :now
                        """,
                        key=other,
                        changes=json.dumps(other_changes, ensure_ascii=False),
                        expires=expires,
                        now=self.now(),
                    )
        return None if value is None else _entry(value)

    async def delete(self, *keys: str) -> None:
        """See ExpiringStore."""
        async with self._writing() as tx:
            for key in keys:
                await tx.run("DELETE FROM entries WHERE key = :key", key=key)

    async def sweep(self, most: int = 1000) -> int:
        """See ExpiringStore."""
        async with self.db.write() as tx:
            return await tx.run(SWEEP, now=self.now(), most=most)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Connection]:
        async with self.db.write() as tx:
            yield tx
            await tx.run(SWEEP, now=self.now(), most=EXPIRED_PER_WRITE)


def _after(prefix: str) -> str:
    """The first text behind all that begin so."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _entry(value: str) -> Entry:
    entry = json.loads(value)
    if not isinstance(entry, dict):
        raise TypeError(f"an entry must be a JSON object, not {value[:40]}")
    return entry
