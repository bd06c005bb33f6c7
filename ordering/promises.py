"""What was a line promised?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Row, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import Deed
from graphql_schema.money_ports import KeptPromise, NewPromise
from graphql_schema.ports import Lines
from graphql_schema.problems import BadArgument, NotFound, TooMany
from graphql_schema.types.line import Line, LineKind, LineState
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.month import BILLS_ONLINE, Month
from graphql_schema.types.promise import PromiseSource
from ordering.tables import line_promise

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
LI: Final = 1000
MOST_OF_A_LINE: Final = 20
MONTHS: Final = range(1, 61)
MOST_YUAN: Final = Decimal(10_000)
NOTE_CHARACTERS: Final = 200
BEGINS_WITHIN: Final = timedelta(days=366)


class Offerings(Protocol):
    """What offerings are called."""

    async def fetch_names(self) -> Mapping[str, LocalizedText]:
        """Offering id → name."""
        ...


class Teller(Protocol):
    """Tells the owner of a number by SMS."""

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        """Queues the message in the caller's transaction, once by its key."""
        ...


Spell = Callable[[str], str | None]
"""A number as the operator's systems write it, from what was typed; None where it is none."""

NoteDeed = Callable[[AsyncConnection, Deed, str, str], Awaitable[None]]
"""Puts a deed into the trail of a line (id) in the caller's transaction, with a masked fact."""


class SqlPromises:
    """The ``Promises`` of graphql_schema.money_ports over SQL: a promise is written once and never changed."""

    def __init__(  # noqa: PLR0913  everything that a promise touches arrives here
        self,
        transaction: Transaction,
        reading: Transaction,
        lines: Lines,
        offerings: Offerings,
        teller: Teller,
        *,
        spell: Spell,
        note_deed: NoteDeed,
        now: Callable[[], datetime],
        currency: str = "CNY",
    ) -> None:
        """``now`` is business time."""
        self._spell, self._note_deed = spell, note_deed
        self._transaction, self._reading, self._lines = transaction, reading, lines
        self._offerings, self._teller, self._now, self._currency = offerings, teller, now, currency

    async def fetch_promises(self, line_id: str) -> Sequence[KeptPromise]:
        """Those that have not ended, or of which a bill is kept online still; the newest first."""
        oldest = Month.of(self._now()).plus(-BILLS_ONLINE).first_day.isoformat()
        wanted = select(line_promise).where(line_promise.c.line_id == line_id, line_promise.c.ends_on > oldest)
        async with self._reading() as connection:
            rows = (
                await connection.execute(wanted.order_by(line_promise.c.made_at_us.desc(), line_promise.c.id))
            ).all()
        return [_parse(row) for row in rows]

    async def keep(self, deed: Deed, promise: NewPromise) -> KeptPromise:
        """Keeps a promise on the living line of a number, in its trail too, and tells its owner. The same deed keeps it
        once.

        Raises BadArgument, NotFound (no such line or offering), TooMany, BssFault.
        """
        _check(promise, today=Month.of(self._now()).first_day)
        number = self._spell(promise.number)
        line = await self._lines.find_line(number) if number else None
        name = (await self._offerings.fetch_names()).get(promise.offering_id)
        if line is None or line.state is LineState.CLOSED or name is None:
            raise NotFound
        kept = self._build(deed, promise, line, name)
        async with self._transaction() as connection:
            if not await _insert(connection, kept):
                return kept
            await _check_room(connection, line.id)
            await self._note_deed(connection, deed, line.id, f"{kept.offering_id} · {kept.monthly_price.amount}")
            if line.kind is LineKind.MOBILE:
                facts = {"name": name, "price": kept.monthly_price.amount, "until": kept.ends_on - timedelta(days=1)}
                key = f"promise:{kept.id}"
                await self._teller.send(connection, number=line.number, notice="promise_kept", key=key, **facts)
        return kept

    def _build(self, deed: Deed, promise: NewPromise, line: Line, name: LocalizedText) -> KeptPromise:
        return KeptPromise(
            id=deed.id,
            line_id=line.id,
            offering_id=promise.offering_id,
            name=name,
            monthly_price=Money(amount=promise.monthly_price, currency=self._currency),
            gift=None if promise.gift is None else Money(amount=promise.gift, currency=self._currency),
            starts_on=promise.starts_on,
            ends_on=_add_months(promise.starts_on, promise.months),
            source=promise.source,
            made_by=deed.caller.actor,
            made_at=self._now(),
            note=promise.note,
        )


def promises_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Those whose term ended so long ago."""
    return line_promise.c.ends_on < (now - keep).date().isoformat()


async def forget_promises_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now: what was promised, was promised to its former holder."""
    await connection.execute(delete(line_promise).where(line_promise.c.line_id == line_id))


def _check(promise: NewPromise, *, today: date) -> None:
    if not _is_price(promise.monthly_price, least=Decimal(0)):
        raise BadArgument(name="monthlyPrice", least=0, most=int(MOST_YUAN))
    if promise.gift is not None and not _is_price(promise.gift, least=Decimal("0.01")):
        raise BadArgument(name="gift", least=0, most=int(MOST_YUAN))
    if promise.months not in MONTHS:
        raise BadArgument(name="months", least=MONTHS.start, most=MONTHS.stop - 1)
    if abs(promise.starts_on - today) > BEGINS_WITHIN:
        raise BadArgument(name="startsOn")
    if len(promise.note) > NOTE_CHARACTERS or not all(letter.isprintable() for letter in promise.note):
        raise BadArgument(name="note", most=NOTE_CHARACTERS)


def _add_months(start: date, months: int) -> date:
    """The same day so many months on, or the last day of a shorter month."""
    there = Month(start.year, start.month).plus(months)
    last = there.plus(1).first_day - timedelta(days=1)
    return last.replace(day=min(start.day, last.day))


def _is_price(amount: Decimal, *, least: Decimal) -> bool:
    return amount.is_finite() and least <= amount <= MOST_YUAN and amount == amount.quantize(Decimal("0.01"))


async def _insert(connection: AsyncConnection, kept: KeptPromise) -> bool:
    """False: the deed was here before."""
    try:
        async with connection.begin_nested():
            await connection.execute(insert(line_promise).values(**_write(kept)))
    except IntegrityError:
        there = select(line_promise.c.id).where(line_promise.c.id == kept.id)
        if (await connection.execute(there)).scalar_one_or_none() is None:
            raise
        return False
    return True


async def _check_room(connection: AsyncConnection, line_id: str) -> None:
    asked = select(func.count()).select_from(line_promise).where(line_promise.c.line_id == line_id)
    if (await connection.execute(asked)).scalar_one() > MOST_OF_A_LINE:
        raise TooMany(most=MOST_OF_A_LINE)


def _write(kept: KeptPromise) -> dict[str, Any]:
    return {
        "id": kept.id,
        "line_id": kept.line_id,
        "offering_id": kept.offering_id,
        "name_zh": kept.name.zh,
        "name_en": kept.name.en,
        "monthly_li": int(kept.monthly_price.amount * LI),
        "gift_li": None if kept.gift is None else int(kept.gift.amount * LI),
        "currency": kept.monthly_price.currency,
        "starts_on": kept.starts_on.isoformat(),
        "ends_on": kept.ends_on.isoformat(),
        "source": kept.source.value,
        "made_by": kept.made_by,
        "made_at_us": int(kept.made_at.timestamp() * 1_000_000),
        "note": kept.note,
    }


def _parse(row: Row[Any]) -> KeptPromise:
    def money(amount_li: int) -> Money:
        return Money(amount=Decimal(amount_li) / LI, currency=row.currency)

    return KeptPromise(
        id=row.id,
        line_id=row.line_id,
        offering_id=row.offering_id,
        name=LocalizedText(zh=row.name_zh, en=row.name_en),
        monthly_price=money(row.monthly_li),
        gift=None if row.gift_li is None else money(row.gift_li),
        starts_on=date.fromisoformat(row.starts_on),
        ends_on=date.fromisoformat(row.ends_on),
        source=PromiseSource(row.source),
        made_by=row.made_by,
        made_at=datetime.fromtimestamp(row.made_at_us / 1_000_000, UTC),
        note=row.note,
    )
