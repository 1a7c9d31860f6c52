"""Uploads that may be sent again without harm: the same Idempotency-Key leads to the same job.

A key is claimed in the store of expiring entries before its job is queued, and lives as long as a job's
status does. Whoever finds it claimed gets the first job, if the upload is the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from xlsapp import clock
from xlsapp.context import App
from xlsapp.db.expiring_store import Entry
from xlsapp.jobs.account_removal import idempotency_prefix
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.web.api.failures import ApiFailure, invalid_parameters
from xlsapp.web.http.uploads import Upload

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255

# So long after its claim a key without a job belongs to an upload that was cut off: it may be claimed anew.
ACCEPTING_SECONDS = 60


@dataclass(frozen=True, slots=True)
class UploadKey:
    """A key, as one upload to a template claims it for its own job."""

    app: App
    key: str
    job_id: str
    fingerprint: str

    async def first_job(self) -> str | None:
        """The job that the key led to before; None when it is now this job's. Raises ApiFailure."""
        store, ttl_seconds = self.app.statuses.store, self.app.statuses.ttl_seconds
        entry: Entry = {"job_id": self.job_id, "fingerprint": self.fingerprint, "at": clock.now()}
        await store.put({self.key: entry}, ttl_seconds=ttl_seconds)
        # Final from now on, by whomever: of several who claim it at once, all read the same winner.
        claimed = await store.merge(self.key, {}, ttl_seconds=ttl_seconds, final=True)
        claimed = claimed or await store.get(self.key) or entry
        if claimed["job_id"] == self.job_id:
            return None
        if claimed["fingerprint"] != self.fingerprint:
            raise invalid_parameters([(HEADER, Message("body.key_was_used"))])
        if await self.app.statuses.get_status(claimed["job_id"]):
            return str(claimed["job_id"])
        if clock.now() - claimed["at"] > ACCEPTING_SECONDS:
            await self.give_up()
            return await self.first_job()
        raise ApiFailure(409, Message("body.key_in_use"), headers={"Retry-After": "1"})

    async def give_up(self) -> None:
        """Free the key: its upload came to nothing."""
        await self.app.statuses.store.delete(self.key)


def claim_of(
    app: App,
    user: User,
    template_id: int,
    *,
    key: str | None,
    upload: Upload,
    fields: Mapping[str, object],
) -> UploadKey | None:
    """The claim of an upload that came with a key. Raises ApiFailure when the key is none."""
    if key is None:
        return None
    check_key(key)
    hashed = hashlib.sha256(key.encode()).hexdigest()[:32]
    fingerprint = _fingerprint(upload, fields)
    return UploadKey(app, f"{idempotency_prefix(user.id)}{template_id}:{hashed}", upload.job_id, fingerprint)


def check_key(key: str) -> None:
    """Raise ApiFailure unless it may be a key."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not all("!" <= character <= "~" for character in key):
        raise invalid_parameters([(HEADER, Message("body.wrong_key", {"most": MAX_KEY_LENGTH}))])


def _fingerprint(upload: Upload, fields: Mapping[str, object]) -> str:
    content = upload.sha256.copy()
    content.update(repr(sorted(fields.items())).encode())
    return str(content.hexdigest())
