"""Which key signs now, and which ones do others check signatures with?"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import insert_into, read, write
from gateway.identity.oauth.tables import signing_key
from gateway.identity.seal import BrokenSeal, Seal
from gateway.identity.tables import from_us, to_us

log = structlog.get_logger(__name__)

ALGORITHM = "RS256"
"""The one that every client knows (OpenID Connect Core §15.1, RFC 9068 §2.1)."""

KEY_BITS = 3072
TURN_LASTS = timedelta(days=90)
PUBLISHED_AHEAD = timedelta(days=1)
STAYS_PUBLISHED = timedelta(hours=1)
"""After its turn: longer than the longest token that it signed, and clocks that differ."""
READ_AGAIN_AFTER = timedelta(minutes=5)
"""Far less than a key is published ahead: no process signs or checks with an old list."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key of ours, private part included, and from when on it signs."""

    turn: int
    key: RSAKey = field(repr=False)
    signs_from: datetime


def make_rsa_key() -> RSAKey:
    """A new key for signatures; its name follows from it."""
    return RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)


MakeKey = Callable[[], RSAKey]


class SigningKeys:
    """The keys in the database, made on first use. A key's state follows from the clock: it is next until its turn,
    current until that of the following one, and then retired; so no process has to tell another."""

    def __init__(
        self, engine: AsyncEngine, *, secret: bytes, now: Callable[[], datetime], make_key: MakeKey = make_rsa_key
    ) -> None:
        """``secret`` is the house's; private keys are sealed with one made from it. ``make_key`` takes its time, in a
        thread."""
        self._engine, self._now, self._make_key = engine, now, make_key
        self._seal = Seal(secret=secret, purpose="oauth-signing-key")
        self._known: Sequence[SigningKey] = ()
        self._opened: dict[str, RSAKey] = {}  # by their sealed text: to import one is slow
        self._read_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def fetch_current(self) -> RSAKey:
        """The key that signs now. Raises DatabaseFault."""
        return _find_current(await self._fetch_keys(), self._now()).key

    async def fetch_published(self) -> KeySet:
        """Every key that a living or a coming token may be signed with. Raises DatabaseFault."""
        return KeySet([known.key for known in _select_published(await self._fetch_keys(), self._now())])

    async def rotate(self) -> None:
        """Adds the next key a day before its turn, every 90 days, and forgets retired ones. Harmless at any time, by
        any number of processes at once."""
        keys, now = await self._read_or_make(), self._now()
        newest, oldest = keys[-1], _select_published(keys, now)[0]
        signs_from = max(newest.signs_from + TURN_LASTS, now + PUBLISHED_AHEAD)
        if newest.signs_from + TURN_LASTS - PUBLISHED_AHEAD <= now:
            await self._add(newest.turn + 1, signs_from=signs_from)
        async with write(self._engine) as connection:
            await connection.execute(delete(signing_key).where(signing_key.c.turn < oldest.turn))
        self._read_at = None

    async def _fetch_keys(self) -> Sequence[SigningKey]:
        async with self._turn:
            if self._read_at is None or not self._read_at <= self._now() < self._read_at + READ_AGAIN_AFTER:
                self._known, self._read_at = await self._read_or_make(), self._now()
            return self._known

    async def _read_or_make(self) -> Sequence[SigningKey]:
        for _ in range(2):
            keys, newest_turn = await self._read()
            if any(known.signs_from <= self._now() for known in keys):
                return keys
            await self._add(newest_turn + 1, signs_from=self._now())
        keys, _ = await self._read()
        return keys

    async def _read(self) -> tuple[Sequence[SigningKey], int]:
        """The keys that can be opened, oldest first, and the newest turn of all."""
        async with read(self._engine) as connection:
            rows = (await connection.execute(select(signing_key).order_by(signing_key.c.turn))).all()
        self._opened = {
            row.private_jwk: self._opened[row.private_jwk] for row in rows if row.private_jwk in self._opened
        }
        keys = []
        for row in rows:
            try:
                key = self._open(row.private_jwk)
            except BrokenSeal:  # the house's secret was changed: what the key signed is lost, the hall is not
                log.warning("signing_key_unreadable", turn=row.turn)
            else:
                keys.append(SigningKey(row.turn, key, from_us(row.signs_from_us)))
        return keys, max((row.turn for row in rows), default=0)

    def _open(self, private_jwk: str) -> RSAKey:
        if private_jwk not in self._opened:
            self._opened[private_jwk] = RSAKey.import_key(json.loads(self._seal.open(private_jwk)))
        return self._opened[private_jwk]

    async def _add(self, turn: int, *, signs_from: datetime) -> None:
        """Of any number of processes, one adds the key of this turn."""
        key = await asyncio.to_thread(self._make_key)
        private_jwk = self._seal.close(json.dumps(key.as_dict(private=True)))
        self._opened[private_jwk] = key
        row = {
            "turn": turn,
            "kid": key.kid,
            "private_jwk": private_jwk,
            "published_at_us": to_us(self._now()),
            "signs_from_us": to_us(signs_from),
        }
        async with write(self._engine) as connection:
            await connection.execute(insert_into(signing_key, connection).values(**row).on_conflict_do_nothing())


def _find_current(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    return [known for known in keys if known.signs_from <= now][-1]


def _select_published(keys: Sequence[SigningKey], now: datetime) -> Sequence[SigningKey]:
    """The current key, the next one, and those whose turn ended lately."""
    ends = [later.signs_from for later in keys[1:]]
    retired_for = [now - end for end in ends]
    return [key for key, retired in zip(keys, retired_for, strict=False) if retired <= STAYS_PUBLISHED] + list(
        keys[-1:]
    )
