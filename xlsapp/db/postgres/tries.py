"""Tries counted for all machines at once: see `Tries` in services/accounts/throttling.py."""

import math
from dataclasses import dataclass

from xlsapp.db.connection import Database

NOW = "extract(epoch FROM statement_timestamp())::float8"

# A float's rounding, as in memory.
TAKE = f"""
WITH gone AS (
    DELETE FROM status.tries WHERE key IN (
        SELECT key FROM status.tries WHERE back_at <= {NOW} AND key <> :key LIMIT 4 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO status.tries AS present (key, back_at) VALUES (:key, {NOW} + :step)
ON CONFLICT (key) DO UPDATE SET back_at = greatest(present.back_at, {NOW}) + :step
WHERE greatest(present.back_at, {NOW}) + :step - {NOW} - :period <= 1e-6
RETURNING back_at
"""

WAIT = f"SELECT back_at + :step - {NOW} - :period FROM status.tries WHERE key = :key"


@dataclass(frozen=True, slots=True)
class PostgresTries:
    """`most` tries at once of each key, won back one by one over `period_seconds`."""

    db: Database
    name: str
    """What is tried: keys of others are others."""
    most: int
    period_seconds: float

    async def take(self, key: str) -> int:
        """Count a try, in one statement. Returns 0, or in how many seconds to come back."""
        asked = {
            "key": self._key(key),
            "step": self.period_seconds / self.most,
            "period": self.period_seconds,
        }
        async with self.db.write() as tx:
            if await tx.value(TAKE, **asked) is not None:
                return 0
            return max(1, math.ceil(await tx.value(WAIT, **asked) or 0))

    async def give_back(self, key: str) -> None:
        """The try was none: undo its `take`."""
        async with self.db.write() as tx:
            await tx.run(
                "UPDATE status.tries SET back_at = back_at - :step WHERE key = :key",
                key=self._key(key),
                step=self.period_seconds / self.most,
            )

    def _key(self, key: str) -> str:
        return f"{self.name}:{key}"
