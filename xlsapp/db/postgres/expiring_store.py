"""Entries that expire, in PostgreSQL. Their clock is the database's: those of several machines differ."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlsapp.db.connection import Connection, Database
from xlsapp.db.expiring_store import NOTHING, Entry
from xlsapp.db.postgres.listening import APPLICATION, STUCK
from xlsapp.db.runs import Fence

# Each time that entries are stored, up to this many for each that have expired are removed.
EXPIRED_PER_ENTRY = 4

DATABASE_CLOCK = "extract(epoch FROM statement_timestamp())::float8"

PUT = """
WITH swept AS (
    DELETE FROM status.entries WHERE key IN (
        SELECT key FROM status.entries
        WHERE expires_period <= floor({now} / 600)::bigint AND expires_at <= {now} AND key <> ALL (:keys)
        ORDER BY expires_period LIMIT :most FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO status.entries (key, value, is_final, expires_at)
SELECT key, value, FALSE, {now} + :ttl_seconds
FROM unnest(:keys::text[], :values::text[]) AS new (key, value)
ORDER BY key
ON CONFLICT (key) DO UPDATE
SET value = excluded.value, is_final = FALSE, expires_at = excluded.expires_at
WHERE NOT entries.is_final OR entries.expires_at <= {now}
"""

# In the order of the keys, so that two who change the same entries never wait for each other.
LOCK = """
SELECT key, value, is_final, CASE WHEN :waits THEN '' ELSE set_config('synchronous_commit', 'off', TRUE) END
FROM status.entries WHERE key = ANY (:keys) AND expires_at > {now} ORDER BY key FOR UPDATE
"""

CHANGE = """
UPDATE status.entries
SET value = new.value, is_final = entries.is_final OR (:final AND entries.key = :key),
    expires_at = {now} + :ttl_seconds
FROM unnest(:keys::text[], :values::text[]) AS new (key, value)
WHERE entries.key = new.key
"""

SWEEP = """
DELETE FROM status.entries WHERE key IN (
    SELECT key FROM status.entries WHERE expires_period <= floor({now} / 600)::bigint AND expires_at <= {now}
    ORDER BY expires_period LIMIT :most FOR UPDATE SKIP LOCKED
)
"""


# Of the queue of what was told and not read by all yet: eight gigabytes, as a rule.
MOST_UNREAD = 0.1


def database_clock() -> str:
    """Seconds since 1970, as SQL."""
    return DATABASE_CLOCK


@dataclass(frozen=True, slots=True)
class PostgresExpiringStore:
    """The store on PostgreSQL. `now` gives SQL for seconds since 1970."""

    db: Database
    now: Callable[[], str] = database_clock

    async def get(self, key: str) -> Entry | None:
        """See ExpiringStore."""
        found = await self.get_many([key])
        return found[0] if found else None

    async def get_many(self, keys: Iterable[str]) -> list[Entry]:
        """See ExpiringStore."""
        sql = "SELECT value FROM status.entries WHERE key = ANY (:keys) AND expires_at > {now}"
        return [json.loads(row["value"]) for row in await self._read(sql, keys=list(keys))]

    async def list_by_prefix(self, prefix: str) -> dict[str, Entry]:
        """See ExpiringStore."""
        sql = """
        SELECT key, value FROM status.entries
        WHERE starts_with(key, :prefix) AND expires_at > {now} ORDER BY key
        """
        return {row["key"]: json.loads(row["value"]) for row in await self._read(sql, prefix=prefix)}

    async def count_by_prefix(self, prefix: str, member: str, value: bool) -> int:
        """See ExpiringStore."""
        sql = """
        SELECT count(*) AS count FROM status.entries
        WHERE starts_with(key, :prefix) AND expires_at > {now} AND value::json ->> :member = :value
        """
        rows = await self._read(sql, prefix=prefix, member=member, value=json.dumps(value))
        return int(rows[0]["count"])

    async def put(self, entries: Mapping[str, Entry], *, ttl_seconds: float) -> None:
        """See ExpiringStore."""
        async with self.db.write() as tx:
            await tx.run(
                self._at(PUT),
                keys=list(entries),
                values=[json.dumps(entry) for entry in entries.values()],
                ttl_seconds=ttl_seconds,
                most=EXPIRED_PER_ENTRY * len(entries),
            )

    async def merge(
        self,
        key: str,
        changes: Entry,
        *,
        ttl_seconds: float,
        final: bool = False,
        along: Mapping[str, Entry] = NOTHING,
        fence: Fence | None = None,
    ) -> Entry | None:
        """See ExpiringStore. A change that is not the last may be lost in a power cut, as on SQLite."""
        async with self.db.write() as tx:
            if fence:
                await fence(tx)
            present = await self._lock(tx, [key, *along], waits=final)
            entry = present.get(key)
            if entry is None:
                return None
            merged = {name: patched(was, along.get(name, {})) for name, was in present.items()}
            merged[key] = patched(entry, changes)
            await tx.run(
                self._at(CHANGE),
                key=key,
                final=final,
                keys=list(merged),
                values=[json.dumps(value) for value in merged.values()],
                ttl_seconds=ttl_seconds,
            )
        return merged[key]

    async def keep_longer(self, keys: Sequence[str], *, note: Entry, ttl_seconds: float) -> None:
        """See ExpiringStore."""
        async with self.db.write() as tx:
            rows = await tx.all(self._at(LOCK), keys=list(keys), waits=False)
            await tx.run(
                self._at(CHANGE),
                key="",
                final=False,
                keys=[row["key"] for row in rows],
                values=[json.dumps(patched(json.loads(row["value"]), note)) for row in rows],
                ttl_seconds=ttl_seconds,
            )

    async def delete(self, *keys: str) -> None:
        """See ExpiringStore."""
        async with self.db.write() as tx:
            await tx.run("DELETE FROM status.entries WHERE key = ANY (:keys)", keys=list(keys))

    async def sweep(self, most: int = 1000) -> int:
        """See ExpiringStore."""
        async with self.db.write() as tx:
            await tx.run(STUCK, application=APPLICATION, usage=MOST_UNREAD)
            return await tx.run(self._at(SWEEP), most=most)

    async def _lock(self, tx: Connection, keys: list[str], *, waits: bool) -> dict[str, Entry]:
        """The first of these entries, if it lives and is not final, and the living among the others."""
        rows = await tx.all(self._at(LOCK), keys=keys, waits=waits)
        if any(row["is_final"] for row in rows if row["key"] == keys[0]):
            return {}
        return {row["key"]: json.loads(row["value"]) for row in rows}

    async def _read(self, sql: str, **params: Any) -> list[Mapping[str, Any]]:
        async with self.db.read() as conn:
            return await conn.all(self._at(sql), **params)

    def _at(self, sql: str) -> str:
        return sql.format(now=self.now())


def patched(target: Any, changes: Entry) -> Entry:
    """What RFC 7396 makes of a JSON value: members of objects change one by one, and None removes them."""
    result = dict(target) if isinstance(target, dict) else {}
    for name, change in changes.items():
        if change is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), change) if isinstance(change, dict) else change
    return result
