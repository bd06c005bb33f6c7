"""Is this the one-time code that was texted to the number?"""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.password import normalize_secret
from gateway.identity.tables import from_us, one_time_code, to_us
from graphql_schema.door import CodeEvidence, CodeWish, Purpose

CHALLENGE_BYTES = 16
TOLD_TO_THE_GRAPH = frozenset({Purpose.LINK_LINE})
"""Purposes of codes that a deed of the graph redeems: no device's secret comes along there, the challenge alone says
who asked for it."""
TOLD_TO_OTHERS = frozenset({Purpose.LINK_LINE, Purpose.HELP})
"""Codes whose owner tells them to somebody on purpose: they are bound to who asks (``about``), not to a device."""


@dataclass(frozen=True, slots=True)
class CodeRule:
    """How long a code lives, how often it may be tried, and how soon another may follow (domain §5)."""

    lifetime: timedelta = timedelta(minutes=5)
    tries: int = 5
    pause: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Code:
    """A code in the clear: it leaves for the customer's phone and is forgotten here.

    It is right for this number, purpose, challenge, device and ``about`` together, and for nothing else.
    """

    number: str
    purpose: Purpose
    digits: str = field(repr=False)
    challenge: str = field(repr=False)
    device: str | None = field(repr=False)
    about: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TooSoon:
    """The one before was sent a moment ago; another may follow at ``retry_at`` (aware UTC)."""

    retry_at: datetime


@dataclass(frozen=True, slots=True)
class WrongCode:
    """Not the code; ``tries_left`` more before it is void."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class NoLiveCode:
    """Expired, used, tried too often, or never asked for."""


@dataclass(frozen=True, slots=True)
class RightCode:
    """The code was right, and it is used up now."""


class OneTimeCodes:
    """Codes of six digits, one live per number and purpose, kept as keyed digests."""

    def __init__(self, *, secret: bytes, rule: CodeRule | None = None) -> None:
        """``secret`` keys the digests, so that a stolen table alone can't be searched."""
        self._key = hmac.digest(secret, b"one-time-code", "sha256")
        self.rule = rule or CodeRule()

    async def issue(self, connection: AsyncConnection, number: str, wish: CodeWish, *, now: datetime) -> Code | TooSoon:
        """A fresh code that voids the one before of its purpose, whoever the number belongs to."""
        code = Code(
            number=number,
            purpose=wish.purpose,
            digits=f"{secrets.randbelow(10**6):06}",
            challenge=self._make_challenge(number, wish.purpose, now),
            device=None if wish.purpose in TOLD_TO_THE_GRAPH else wish.device,
            about=wish.about,
            expires_at=now + self.rule.lifetime,
        )
        table, fresh = one_time_code, self._row(code, now)
        insert = insert_into(table, connection).values(number=number, purpose=wish.purpose.value, **fresh)
        statement = insert.on_conflict_do_update(
            index_elements=["number", "purpose"],
            set_=fresh,
            where=table.c.issued_at_us <= to_us(now - self.rule.pause),
        ).returning(table.c.issued_at_us)
        if (await connection.execute(statement)).scalar_one_or_none() is not None:
            return code
        before = select(table.c.issued_at_us).where(*_names(number, wish.purpose))
        return TooSoon(retry_at=from_us((await connection.execute(before)).scalar_one()) + self.rule.pause)

    async def mark_texted(self, connection: AsyncConnection, code: Code, *, now: datetime) -> bool:
        """From here on the code can open something; False where a later one has voided it meanwhile."""
        statement = (
            update(one_time_code)
            .where(*_names(code.number, code.purpose), one_time_code.c.digest == self._digest(code))
            .values(texted_at_us=to_us(now))
        )
        return (await connection.execute(statement)).rowcount == 1

    async def redeem(
        self, connection: AsyncConnection, number: str, evidence: CodeEvidence, *, now: datetime
    ) -> RightCode | WrongCode | NoLiveCode:
        """Tries a code and uses it up. Of any number of tries at once, one alone is right."""
        verdict = await self.weigh(connection, number, evidence, now=now)
        if isinstance(verdict, RightCode) and not await self.use_up(connection, number, evidence.purpose, now=now):
            return NoLiveCode()
        return verdict

    async def weigh(
        self, connection: AsyncConnection, number: str, evidence: CodeEvidence, *, now: datetime
    ) -> RightCode | WrongCode | NoLiveCode:
        """Tries a code. The try counts before the code is looked at; a right one stays good until it is used up.

        Whoever did not ask for this very code tries none, so that nobody can use up the tries of somebody else's.
        """
        table, issued_at_us = one_time_code, self._read_challenge(number, evidence)
        if issued_at_us is None:
            return NoLiveCode()
        this = (*_names(number, evidence.purpose), table.c.issued_at_us == issued_at_us)
        live = (table.c.expires_at_us > to_us(now), table.c.used_at_us.is_(None), table.c.tries < self.rule.tries)
        count = (
            update(table)
            .where(*this, *live)
            .values(tries=table.c.tries + 1)
            .returning(table.c.digest, table.c.tries, table.c.texted_at_us)
        )
        row = (await connection.execute(count)).one_or_none()
        if row is None:
            return NoLiveCode()
        right = hmac.compare_digest(row.digest, self._digest(_shown(number, evidence, now)))
        if not right or row.texted_at_us is None:
            return WrongCode(tries_left=self.rule.tries - row.tries)
        return RightCode()

    async def use_up(self, connection: AsyncConnection, number: str, purpose: Purpose, *, now: datetime) -> bool:
        """The code opens nothing more; False where another was quicker."""
        unused = (*_names(number, purpose), one_time_code.c.used_at_us.is_(None))
        done = await connection.execute(update(one_time_code).where(*unused).values(used_at_us=to_us(now)))
        return done.rowcount == 1

    def _row(self, code: Code, now: datetime) -> dict[str, object]:
        return {
            "digest": self._digest(code),
            "tries": 0,
            "issued_at_us": to_us(now),
            "expires_at_us": to_us(code.expires_at),
            "texted_at_us": None,
            "used_at_us": None,
        }

    def _make_challenge(self, number: str, purpose: Purpose, now: datetime) -> str:
        named = f"{secrets.token_urlsafe(CHALLENGE_BYTES)}.{to_us(now)}"
        return f"{named}.{self._mark(number, purpose, named)}"

    def _read_challenge(self, number: str, evidence: CodeEvidence) -> int | None:
        """When the code was issued that this challenge was given out with, None where it is none of ours."""
        named, _, mark = evidence.challenge.rpartition(".")
        ours = hmac.compare_digest(mark.encode(errors="replace"), self._mark(number, evidence.purpose, named).encode())
        return int(named.rpartition(".")[2]) if ours else None

    def _mark(self, number: str, purpose: Purpose, named: str) -> str:
        return hmac.new(self._key, json.dumps(["challenge", number, purpose, named]).encode(), sha256).hexdigest()

    def _digest(self, code: Code) -> str:
        # JSON keeps the parts apart, whatever stands in them.
        device = None if code.purpose in TOLD_TO_OTHERS else code.device
        parts = [code.number, code.purpose, code.digits, code.challenge, device, code.about]
        return hmac.new(self._key, json.dumps(parts).encode(), sha256).hexdigest()


async def purge_codes(connection: AsyncConnection, *, now: datetime) -> None:
    """Forgets codes that ended so long ago that they bound no pause any more."""
    over = one_time_code.c.expires_at_us < to_us(now - timedelta(days=1))
    await connection.execute(delete(one_time_code).where(over))


def _names(number: str, purpose: Purpose) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return one_time_code.c.number == number, one_time_code.c.purpose == purpose.value


def _shown(number: str, evidence: CodeEvidence, now: datetime) -> Code:
    digits = normalize_secret(evidence.code)
    return Code(number, evidence.purpose, digits, evidence.challenge, evidence.device, evidence.about, now)
