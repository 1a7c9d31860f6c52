"""Passwords as argon2id hashes, computed in threads of their own, a few at a time."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from xlsapp.errors import TooMany
from xlsapp.problems import Message

T = TypeVar("T")

# The profile of RFC 9106, section 4, for machines with little memory: 64 MiB and some 50 ms a hash. One at a
# time for each processor but one, so that a wave of sign-ins takes neither the memory nor the machine.
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_threads = ThreadPoolExecutor(max_workers=max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="passwords")

# Whoever would stand further back in the line is asked to come again: some ten seconds on one processor.
MOST_WAITING = 200
_line: set[object] = set()


async def hash_password(password: str) -> str:
    """The hash to store. Raises TooMany when the line is too long."""
    return await _in_line(lambda: _hasher.hash(password))


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed. Takes as long when none was. Raises TooMany."""
    return await _in_line(lambda: _verify(stored, password))


async def _in_line(work: Callable[[], T]) -> T:
    if len(_line) >= MOST_WAITING:
        raise TooMany(Message("account.many_at_once"), retry_after_seconds=10)
    place = object()
    _line.add(place)
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        _line.discard(place)


def _verify(stored: str | None, password: str) -> bool:
    nobody = _nobody()  # before it is known whether it is needed: made once, it takes as long as a hash
    try:
        return _hasher.verify(stored or nobody, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """Verified when there is no such account, so that the answer takes as long as for one that exists."""
    return _hasher.hash(os.urandom(16).hex())
