"""Passwords (argon2id, off the event loop) and tokens (random, kept as hashes)."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vaxelflode.errors import FieldError, Invalid

#: OWASP's second choice for argon2id: 46 MiB, one pass, one lane.
_HASHER = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
#: Hashes under way at once: each takes 46 MiB.
_TOGETHER = asyncio.Semaphore(4)

MIN_LENGTH = 12
MAX_LENGTH = 256


def check_password(password: object, field: str = "password") -> str:
    """The password if its length will do; :class:`Invalid` otherwise."""
    if not isinstance(password, str) or not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid([FieldError(field, "length", f"must be {MIN_LENGTH} to {MAX_LENGTH} characters")])
    return password


async def hashed(password: str) -> str:
    """The hash to keep."""
    async with _TOGETHER:
        return await asyncio.to_thread(_HASHER.hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Whether the password is the one kept; takes the same time when there is none (``None``, or empty: not set)."""
    async with _TOGETHER:
        right = await asyncio.to_thread(_verify, password, kept or _nobody())
    return right and bool(kept)


def _verify(password: str, kept: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def new_token() -> str:
    """A token of 256 bits."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
