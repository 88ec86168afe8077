"""Argon2id, off the event loop and never inside a transaction."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_NOBODYS = _hasher.hash("nobody's password")
"""Verified against when there is no such account, so that both answers take the same time."""
_few_at_a_time = asyncio.Semaphore(2)
"""Each hash takes 64 MiB: a flood of sign-ins must not take the machine."""


def hash_password(password: str) -> str:
    """With the library's current parameters."""
    return _hasher.hash(password)


async def hashed(password: str) -> str:
    """The same, off the loop."""
    async with _few_at_a_time:
        return await asyncio.to_thread(hash_password, password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


async def matches(stored: str | None, password: str) -> bool:
    """Whether it is this password; always false, and as slow, where none is stored."""
    async with _few_at_a_time:
        right = await asyncio.to_thread(_verify, stored or _NOBODYS, password)
    return right and stored is not None
