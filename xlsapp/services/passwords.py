"""Passwords as argon2id hashes, computed in threads of their own, a few at a time."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

# The profile of RFC 9106, section 4, for machines with little memory: 64 MiB and some 50 ms a hash. One at a
# time for each processor but one, so that a wave of sign-ins takes neither the memory nor the machine.
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_threads = ThreadPoolExecutor(max_workers=max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="passwords")

# Verified when there is no such account, so that the answer takes as long as for one that exists.
_NOBODY = _hasher.hash(os.urandom(16).hex())


async def hash_password(password: str) -> str:
    """The hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed. Takes as long when nothing was stored."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored, password)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
