"""A job as a queue has it in its table, and as its owner wants it there."""

from __future__ import annotations

from typing import NamedTuple


class JobRow(NamedTuple):
    """A job as stored: the payload, and the columns that are laid over it."""

    key: str
    payload: bytes | str
    status: str
    attempts: int
    started: int
    touched: int
    worker_id: str | None
    abort_error: str | None
    claim: int | None


ROW = ", ".join(JobRow._fields)


class JobValues(NamedTuple):
    """A job as its owner wants it stored."""

    queue: str
    key: str
    status: str
    priority: int
    group_key: str | None
    scheduled: float
    attempts: int
    started: int
    touched: int
    worker_id: str | None
    payload: bytes | str
    # Whose job it is ("": nobody's in particular), and whether a small seat may take it.
    owner: str
    small: bool
    # Who asks. A claim that is no longer the row's own changes nothing; None: nobody in particular.
    claim: int | None


class News(NamedTuple):
    """What a committed transaction tells those who listen."""

    queue: str
    key: str
    status: str
