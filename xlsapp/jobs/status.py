"""Job statuses: what a job's page shows. JobStatusService alone writes them; a final state never changes."""

import asyncio
import enum
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from xlsapp import clock
from xlsapp.clock import parse_utc, utc_now, utc_text
from xlsapp.db.expiring_store import Entry, ExpiringStore
from xlsapp.db.runs import OneProcess, Run, Runs
from xlsapp.problems import Message, sentence


class Status(enum.StrEnum):
    """The states of a job."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class JobKind(enum.StrEnum):
    """What a job does."""

    IMPORT = "import"
    EXPORT = "export"
    PROPOSAL = "proposal"
    UNDO = "undo"
    MARKING = "marking"


FINAL = frozenset({Status.COMPLETED, Status.FAILED})


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job, as data: showing.py has its words. Times are UTC text; `result` is a receipt's `to_dict()`."""

    job_id: str
    kind: JobKind
    import_template_id: int | None
    """None for a proposal, whose template is not made yet."""
    user_id: int
    status: Status
    created_at: str
    updated_at: str
    template_name: str
    file_name: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    progress: Message | None = None
    reasons: Sequence[Message] = ()
    """Why it failed."""
    result: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    attempt: int = 0
    """The one that came to the last state: what it has made is what counts."""
    expires_at: str = ""

    @property
    def asks(self) -> bool:
        """Whether it ended with questions; an answer starts another job."""
        return self.status is Status.FAILED and bool(self.result and self.result.get("questions"))

    @property
    def is_final(self) -> bool:
        """Whether it will never change again."""
        return self.status in FINAL


OnChange = Callable[[JobStatus, int | None], Awaitable[None]]
"""Told of every stored change: the status, and how many jobs of its user run if it came to another state."""


# Each job is asked for a dozen times while it runs.
MOST_POINTERS = 1_000


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a job's status is kept, and whose job it is."""

    key: str
    user_id: int


@dataclass(frozen=True, slots=True)
class JobStatusService:
    """Creates, reads and updates statuses, each update in one atomic statement, and tells of it."""

    store: ExpiringStore
    ttl_seconds: float
    on_change: OnChange
    runs: Runs = field(default_factory=OneProcess)
    _pointers: dict[str, Pointer] = field(default_factory=dict)
    """Of the jobs asked for last; they never change."""
    exports_starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while it is looked whether an export is being made already, and until it is."""

    async def create(
        self,
        *,
        job_id: str,
        kind: JobKind,
        import_template_id: int | None,
        user_id: int,
        template_name: str,
        file_name: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> JobStatus:
        """The first status of a job: pending. One that is there already stays as it is."""
        present = await self.get_status(job_id)
        if present:
            return present
        now = utc_now()
        entry: Entry = {
            "job_id": job_id,
            "kind": kind,
            "import_template_id": import_template_id,
            "user_id": user_id,
            "status": Status.PENDING,
            "created_at": now,
            "updated_at": now,
            "template_name": template_name,
            "file_name": file_name,
            "options": dict(options or {}),
        }
        key = _key(kind, import_template_id, job_id)
        await self.store.put(
            {
                key: entry,
                _job_key(job_id): {"status": key, "user_id": user_id, "is_final": False},
                _user_key(user_id, job_id): {
                    "status": key,
                    "is_final": False,
                    "kind": kind,
                    "created": clock.now(),
                },
            },
            ttl_seconds=self.ttl_seconds,
        )
        status = self._status(entry)
        await self._tell(status, state_changed=True)
        return status

    async def get_status(self, job_id: str) -> JobStatus | None:
        """A job's status; None when it is unknown or has expired. Check its owner before you show it."""
        pointer = await self._pointer(job_id)
        entry = await self.store.get(pointer.key) if pointer else None
        return self._status(entry) if entry else None

    async def get_statuses(self, job_ids: Iterable[str]) -> list[JobStatus]:
        """Those of the statuses that there are, newest first."""
        return await self._follow(await self.store.get_many(map(_job_key, job_ids)))

    async def list_for(self, user_id: int) -> list[JobStatus]:
        """All of a user's jobs that are still alive, newest first."""
        pointers = await self.store.list_by_prefix(_user_key(user_id, ""))
        return await self._follow(pointers.values())

    async def list_ids(self, user_id: int, kind: JobKind | None = None) -> dict[str, bool]:
        """The ids of a user's jobs, or those of a kind, that are still alive, oldest first; each with whether
        the job has ended."""
        prefix = _user_key(user_id, "")
        pointers = await self.store.list_by_prefix(prefix)
        found = [key for key, pointer in pointers.items() if kind in (None, pointer.get("kind"))]
        found.sort(key=lambda key: pointers[key].get("created", 0))
        return {key.removeprefix(prefix): bool(pointers[key]["is_final"]) for key in found}

    async def ids_by_user(self) -> dict[int, list[str]]:
        """The ids of everybody's jobs that are still alive."""
        found: dict[int, list[str]] = {}
        for key, pointer in (await self.store.list_by_prefix(_job_key(""))).items():
            found.setdefault(pointer["user_id"], []).append(key.removeprefix(_job_key("")))
        return found

    async def list_unfinished(self) -> list[JobStatus]:
        """Everybody's jobs that are pending or processing, newest first."""
        pointers = await self.store.list_by_prefix(_job_key(""))
        return await self._follow(pointer for pointer in pointers.values() if not pointer["is_final"])

    async def count_unfinished(self, user_id: int) -> int:
        """How many of a user's jobs are pending or processing."""
        # Asked for each page and each change: it must not cost more where there are thousands of them.
        return await self.store.count_by_prefix(_user_key(user_id, ""), "is_final", False)

    async def update_status(
        self,
        job_id: str,
        status: Status,
        *,
        progress: Message | None = None,
        reasons: Sequence[Message] = (),
        result: Mapping[str, Any] | None = None,
        run: Run | None = None,
    ) -> JobStatus | None:
        """Go to a state, with what else is new. None when the job is final, expired or unknown.

        Raises LostRun when it is a `run` that says so, and no longer the one that counts.
        """
        changes: Entry = {"status": status, "progress": _stored([progress] if progress else [])}
        if status in FINAL:
            changes |= {"completed_at": utc_now(), "error_message": _stored(reasons), "result": result}
            changes["attempt"] = run.attempt if run else 0
        elif status is Status.PROCESSING:
            changes["started_at"] = utc_now()
        return await self._merge(job_id, changes, state_changed=True, run=run)

    async def update_progress(
        self, job_id: str, progress: Message, *, run: Run | None = None
    ) -> JobStatus | None:
        """Say how far a job is. None when the job is final, expired or unknown. Raises LostRun."""
        return await self._merge(job_id, {"progress": _stored([progress])}, state_changed=False, run=run)

    async def keep_longer(self, job_id: str) -> None:
        """Keep a job's last state as long as if it had ended now: somebody works on what it found."""
        if pointer := await self._pointer(job_id):
            keys = pointer.key, _job_key(job_id), _user_key(pointer.user_id, job_id)
            await self.store.keep_longer(keys, note={"kept_from": utc_now()}, ttl_seconds=self.ttl_seconds)

    async def forget(self, job_id: str) -> None:
        """Keep a job's status no longer. Its files are somebody else's to remove."""
        if pointer := await self._pointer(job_id):
            await self.store.delete(pointer.key, _job_key(job_id), _user_key(pointer.user_id, job_id))

    async def forget_all(self, user_id: int) -> list[str]:
        """Keep none of a user's statuses any longer. Returns the ids of their jobs."""
        pointers = await self.store.list_by_prefix(_user_key(user_id, ""))
        job_ids = [key.removeprefix(_user_key(user_id, "")) for key in pointers]
        statuses = [str(pointer["status"]) for pointer in pointers.values()]
        await self.store.delete(*pointers, *statuses, *map(_job_key, job_ids))
        return job_ids

    async def _merge(
        self, job_id: str, changes: Entry, *, state_changed: bool, run: Run | None
    ) -> JobStatus | None:
        pointer = await self._pointer(job_id)
        if pointer is None:
            return None
        final = changes.get("status") in FINAL
        pointers = (_job_key(job_id), _user_key(pointer.user_id, job_id))
        entry = await self.store.merge(
            pointer.key,
            {**changes, "updated_at": utc_now()},
            ttl_seconds=self.ttl_seconds,
            final=final,
            along={key: {"is_final": final} for key in pointers},
            fence=partial(self.runs.require, run=run) if run else None,
        )
        if entry is None:
            return None
        status = self._status(entry)
        await self._tell(status, state_changed=state_changed)
        return status

    async def _pointer(self, job_id: str) -> Pointer | None:
        if found := self._pointers.get(job_id):
            return found
        entry = await self.store.get(_job_key(job_id))
        if entry is None:
            return None
        while len(self._pointers) >= MOST_POINTERS:
            del self._pointers[next(iter(self._pointers))]
        return self._pointers.setdefault(job_id, Pointer(entry["status"], entry["user_id"]))

    async def _tell(self, status: JobStatus, *, state_changed: bool) -> None:
        await self.on_change(status, await self.count_unfinished(status.user_id) if state_changed else None)

    async def _follow(self, pointers: Iterable[Entry]) -> list[JobStatus]:
        entries = await self.store.get_many(pointer["status"] for pointer in pointers)
        return sorted(map(self._status, entries), key=lambda status: status.created_at, reverse=True)

    def _status(self, entry: Entry) -> JobStatus:
        known = {name: entry[name] for name in STORED_FIELDS if name in entry}
        progress = _messages(entry.get("progress"))
        kept_from = entry.get("kept_from") or entry["updated_at"]
        expires = parse_utc(kept_from).timestamp() + self.ttl_seconds
        return JobStatus(
            **{
                **known,
                "kind": JobKind(entry["kind"]),
                "status": Status(entry["status"]),
                "progress": progress[0] if progress else None,
                "reasons": _messages(entry.get("error_message")),
                "expires_at": utc_text(expires),
            }
        )


STORED_FIELDS = [f.name for f in fields(JobStatus) if f.name != "expires_at"]


def next_job_id(job_id: str) -> str:
    """The job that goes on where this one has asked. Made of its id, so that two answers lead to one job."""
    return hashlib.sha256(f"answered {job_id}".encode()).hexdigest()[:16]


def new_job_id() -> str:
    """An id that cannot be guessed: it is in the job's address."""
    return secrets.token_hex(8)


def _stored(messages: Iterable[Message]) -> list[Entry] | None:
    # As a list: merging replaces lists whole, and would mix the parameters of an old and a new message.
    return [message.to_dict() for message in messages] or None


def _messages(stored: Sequence[Entry] | str | None) -> tuple[Message, ...]:
    if isinstance(stored, str):  # by a version that made the sentence itself
        return (sentence(stored),)
    return tuple(map(Message.from_dict, stored or ()))


def _key(kind: JobKind, import_template_id: int | None, job_id: str) -> str:
    return f"job_status:{kind}:{'-' if import_template_id is None else import_template_id}:{job_id}"


def _job_key(job_id: str) -> str:
    return f"job:{job_id}"


def _user_key(user_id: int, job_id: str) -> str:
    return f"user_job:{user_id}:{job_id}"
