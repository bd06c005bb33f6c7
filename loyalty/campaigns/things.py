"""How do packs and goods reach the customer, once?"""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.engine import Row

from graphql_schema.loyalty_ports import Fulfilled, FulfilmentState
from loyalty.campaigns.asking import find_or_ask, read_reason
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.rows import end, hold, turns_of
from loyalty.campaigns.telling import tell_pack, tell_sent
from loyalty.rewards.deliveries import open_delivery
from loyalty.rules.effects import Goods, Pack
from loyalty.tables import from_us, to_us

TRACKING_CHARACTERS = 64
NEVER_CAME = "never_came"


class ThingGrants:
    """The steps of a grant of a pack or goods. Once the operator has heard of it it comes, and stays with the customer
    even where what earned it goes back. Raises Overtaken, BssFault."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau

    async def advance(self, row: Row[Any], effect: Pack | Goods) -> timedelta | None:
        """Brings it as far as it comes now. A pause: the operator works on it, or it is on its way."""
        bureau = self._bureau
        if row.asked_at_us is None:
            if row.kept == 0:
                await end(bureau, row, "taken_back")
                return None
            async with bureau.transaction() as connection:
                await hold(connection, row, asked_at_us=to_us(bureau.now()))
            bureau.cross("grant.thing_intended")
        asked_at = None if row.asked_at_us is None else from_us(row.asked_at_us)
        if asked_at is not None and _is_unwanted(row, effect):
            answer = await self._find(row, asked_at)
        else:
            answer = await find_or_ask(
                bureau, row.account_id, row.id, lambda: self._ask(row, effect), asked_at=asked_at
            )
        bureau.cross("grant.thing_asked")
        return await self._conclude(row, effect, answer)

    async def _find(self, row: Row[Any], asked_at: datetime) -> Fulfilled:
        """What became of what nobody wants any more; it is not asked for again, and never comes where the operator
        never heard of it for so long that no request can be on its way."""
        found = await self._bureau.fulfilment.find(row.account_id, row.id)
        given_up = self._bureau.now() - asked_at >= self._bureau.rules.given_up_after
        if found.state is FulfilmentState.UNKNOWN and given_up:
            return Fulfilled(row.id, FulfilmentState.REFUSED, reason=NEVER_CAME)
        return found

    def _ask(self, row: Row[Any], effect: Pack | Goods) -> Awaitable[Fulfilled]:
        fulfilment = self._bureau.fulfilment
        if isinstance(effect, Pack):
            return fulfilment.add_pack(row.id, row.line_id, offering_id=effect.offering_id, months=effect.months)
        to = open_delivery(self._bureau.seal, row.delivery)
        return fulfilment.send_goods(row.id, row.line_id, item=effect.item, to=to)

    async def _conclude(self, row: Row[Any], effect: Pack | Goods, answer: Fulfilled) -> timedelta | None:
        bureau, tracking = self._bureau, answer.tracking[:TRACKING_CHARACTERS] or None
        if answer.state is FulfilmentState.DONE:
            told = partial(tell_pack if isinstance(effect, Pack) else tell_sent, bureau, row=row, tracking=tracking)
            await end(bureau, row, "granted", tell=told, tracking=tracking, failure=None)
            return None
        if answer.state is FulfilmentState.REFUSED:
            await end(bureau, row, "refused" if row.kept else "taken_back", failure=read_reason(answer))
            return None
        async with bureau.transaction() as connection:
            await hold(connection, row, tracking=tracking, attempts=row.attempts)
            if tracking and isinstance(effect, Goods):
                await tell_sent(bureau, connection, row=row, tracking=tracking)
        goods = isinstance(effect, Goods)
        return bureau.rules.ask_goods_after if goods else turns_of(bureau).find_pause(row.attempts)


def _is_unwanted(row: Row[Any], effect: Pack | Goods) -> bool:
    """What earned it went back, or a pack would be the next holder's of its line."""
    return row.kept == 0 or (row.is_hidden and isinstance(effect, Pack))
