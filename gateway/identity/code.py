"""Is this the one-time code that was texted to the number?"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.tables import from_us, one_time_code, to_us

SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class CodeRule:
    """How long a code lives, how often it may be tried, and how soon another may follow (domain §5)."""

    lifetime: timedelta = timedelta(minutes=5)
    tries: int = 5
    pause: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Code:
    """A code in the clear: it leaves for the customer's phone and is forgotten here."""

    number: str
    purpose: str
    digits: str
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

    async def issue(self, connection: AsyncConnection, number: str, purpose: str, *, now: datetime) -> Code | TooSoon:
        """A fresh code that voids the one before, whoever the number belongs to."""
        code = Code(number, purpose, f"{secrets.randbelow(10**6):06}", now + self.rule.lifetime)
        table, fresh = one_time_code, self._row(code, now)
        insert = insert_into(table, connection).values(number=number, purpose=purpose, **fresh)
        statement = insert.on_conflict_do_update(
            index_elements=["number", "purpose"],
            set_=fresh,
            where=table.c.issued_at_us <= to_us(now - self.rule.pause),
        ).returning(table.c.issued_at_us)
        if (await connection.execute(statement)).scalar_one_or_none() is not None:
            return code
        before = select(table.c.issued_at_us).where(*_names(number, purpose))
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
        self, connection: AsyncConnection, number: str, purpose: str, digits: str, *, now: datetime
    ) -> RightCode | WrongCode | NoLiveCode:
        """Tries a code. The try counts before the code is looked at, and of any number at once one alone is right."""
        table = one_time_code
        live = (table.c.expires_at_us > to_us(now), table.c.used_at_us.is_(None), table.c.tries < self.rule.tries)
        count = (
            update(table)
            .where(*_names(number, purpose), *live)
            .values(tries=table.c.tries + 1)
            .returning(table.c.digest, table.c.tries, table.c.texted_at_us)
        )
        row = (await connection.execute(count)).one_or_none()
        if row is None:
            return NoLiveCode()
        right = hmac.compare_digest(row.digest, self._digest(Code(number, purpose, digits, now)))
        if not right or row.texted_at_us is None:
            return WrongCode(tries_left=self.rule.tries - row.tries)
        await connection.execute(update(table).where(*_names(number, purpose)).values(used_at_us=to_us(now)))
        return RightCode()

    def _row(self, code: Code, now: datetime) -> dict[str, object]:
        return {
            "digest": self._digest(code),
            "tries": 0,
            "issued_at_us": to_us(now),
            "expires_at_us": to_us(code.expires_at),
            "texted_at_us": None,
            "used_at_us": None,
        }

    def _digest(self, code: Code) -> str:
        text = f"{code.number}\0{code.purpose}\0{code.digits}"
        return hmac.new(self._key, text.encode(errors="backslashreplace"), sha256).hexdigest()


async def purge_codes(connection: AsyncConnection, *, now: datetime) -> None:
    """Forgets codes that ended so long ago that they bound no pause any more."""
    over = one_time_code.c.expires_at_us < to_us(now - timedelta(days=1))
    await connection.execute(delete(one_time_code).where(over))


def _names(number: str, purpose: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return one_time_code.c.number == number, one_time_code.c.purpose == purpose
