"""Is this the service password, and may one choose it?"""

import asyncio
import hmac
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import Literal, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

LENGTH = 6
CHEAPEST = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
"""OWASP's least for argon2id: 19 MiB, two passes. What keeps six digits safe is their tries and their key, not this."""

T = TypeVar("T")
Weakness = Literal["not_six_digits", "all_equal", "run", "part_of_identity"]


@dataclass(frozen=True, slots=True)
class WeakPassword:
    """The password may not be chosen, and why (domain §5)."""

    reason: Weakness


class Overloaded(Exception):  # noqa: N818  a fault
    """More passwords wait to be checked than this process takes on."""


def normalize_secret(text: str) -> str:
    """Digits as typed on any keyboard: full-width ones and spaces are the same secret."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text[:64]))


def find_weakness(password: str, *, number: str, identity_number: str | None = None) -> WeakPassword | None:
    """The rule of domain §5: six digits; not all equal, no run, not six consecutive digits of the number or the ID."""
    if not re.fullmatch(r"[0-9]{6}", password):
        return WeakPassword("not_six_digits")
    if len(set(password)) == 1:
        return WeakPassword("all_equal")
    if {int(after) - int(before) for before, after in pairwise(password)} in ({1}, {-1}):
        return WeakPassword("run")
    if password in number or password in (identity_number or ""):
        return WeakPassword("part_of_identity")
    return None


class PasswordHashes:
    """Hashes and checks in threads of its own, a few at a time: argon2 is slow on purpose, and the loop must go on."""

    def __init__(
        self, *, secret: bytes, hasher: PasswordHasher = CHEAPEST, at_once: int = 2, longest_queue: int = 64
    ) -> None:
        """``secret`` keys what is hashed, so that a stolen table alone can't be searched."""
        self._key = hmac.digest(secret, b"service-password", "sha256")
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._longest_queue = longest_queue
        self._queued = 0
        self._nobodys = _hash_of_nobody(hasher)

    async def hash(self, password: str, *, number: str) -> str:
        """What may be stored. Raises Overloaded."""
        return await self._in_thread(self._hasher.hash, self._keyed(password, number))

    async def verify(self, password_hash: str | None, password: str, *, number: str) -> bool:
        """Whether the password matches. Without a hash it takes just as long and is False. Raises Overloaded."""
        matches = await self._in_thread(
            _matches, self._hasher, password_hash or self._nobodys, self._keyed(password, number)
        )
        return matches and password_hash is not None

    def close(self) -> None:
        """Ends the threads once they are idle."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _keyed(self, password: str, number: str) -> str:
        return hmac.new(self._key, f"{number}\0{password}".encode(errors="backslashreplace"), sha256).hexdigest()

    async def _in_thread(self, deed: Callable[..., T], *arguments: object) -> T:
        if self._queued >= self._longest_queue:
            raise Overloaded(f"{self._queued} passwords wait to be checked")
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, deed, *arguments)
        finally:
            self._queued -= 1


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    """What a number without a password is compared with, made once a process."""
    return hasher.hash("nobody")


def _matches(hasher: PasswordHasher, password_hash: str, keyed: str) -> bool:
    try:
        return hasher.verify(password_hash, keyed)
    except (VerificationError, InvalidHashError):
        return False
