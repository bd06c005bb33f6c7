"""How does a reward whose points are held arrive at the customer, once, or the points back?"""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import Fulfilled, FulfilmentState, GrantedMoney
from graphql_schema.ports import BssFault
from graphql_schema.types.reward import RewardKind
from loyalty.points.policies import find_business_day
from loyalty.rewards.deliveries import open_delivery
from loyalty.rewards.needs import Holds, Mall
from loyalty.rewards.rows import enter, fetch_row, turns_of
from loyalty.rewards.taking import put_back
from loyalty.rewards.telling import tell_ended
from loyalty.rewards.view import find_usable_until, read_kept_item, to_money
from loyalty.tables import from_us, to_us

REASON_CHARACTERS = TRACKING_CHARACTERS = 64
CHANGED_HANDS = "changed_hands"
FORGOTTEN = "delivery_forgotten"


class Fulfilments:
    """The steps of a fulfilment. Each takes a row as it was read or claimed, and answers it as it then stands.
    ``later``: whoever redeemed has had an answer, and is told of what comes now by text."""

    def __init__(self, mall: Mall, points: Holds, *, later: bool = False) -> None:
        self._mall, self._points, self._cross, self._later = mall, points, mall.cross, later

    async def fulfil(self, row: Row[Any]) -> Row[Any]:
        """Has the operator give it: on an unknown outcome, what became of it is asked before it is asked for again."""
        asked_before = row.state != "held"
        if not asked_before:
            intended = await self._intend(row)
            if intended is None:
                return await fetch_row(self._mall, row.id)
            row = intended
            self._cross("redemption.fulfilment_intended")
            if row.line_id is None:  # nobody was asked for anything yet, and somebody else has the line
                return await self._release(row, CHANGED_HANDS)
        try:
            async with asyncio.timeout(self._mall.rules.lease.total_seconds()):
                said = await self._find_or_ask(row, asked_before=asked_before)
        except (BssFault, TimeoutError):
            return await self._leave(row)
        self._cross("redemption.answered")
        return await self._conclude(row, said)

    async def _intend(self, row: Row[Any]) -> Row[Any] | None:
        now, lease = self._mall.now(), self._mall.rules.lease
        async with self._mall.transaction() as connection:
            return await enter(connection, row, "fulfilling", now=now, free_in=lease)

    async def _find_or_ask(self, row: Row[Any], *, asked_before: bool) -> Fulfilled:
        found = await self._mall.fulfilment.find(row.account_id, row.id) if asked_before else None
        if found is not None and found.state is not FulfilmentState.UNKNOWN:
            return found
        if found is not None and row.state == "sent":  # it is on its way: whoever forgot it would send another
            return found
        if found is not None and row.line_id is None:  # it would go to whoever has the line now
            return _refuse(row, CHANGED_HANDS) if self._has_waited(row) else found
        try:
            return await self._ask(row)
        except BssFault as fault:
            if found is None or fault.retryable or fault.outcome_unknown or not self._has_waited(row):
                raise
            return _refuse(row, fault.code)

    def _has_waited(self, row: Row[Any]) -> bool:
        """Whether it goes back: the operator said just now that it never heard of it, and no request that was sent
        before can still be on its way."""
        return self._mall.now() - from_us(row.changed_at_us) >= self._mall.rules.given_up_after

    async def _ask(self, row: Row[Any]) -> Fulfilled:
        item, operator = read_kept_item(row), self._mall.fulfilment
        if item.kind is RewardKind.GOODS:
            if not row.delivery:
                return _refuse(row, FORGOTTEN)
            to = open_delivery(self._mall.seal, row.delivery)
            return await operator.send_goods(row.id, row.to_line_id, item=item.goods or "", to=to)
        amount = to_money(item, self._mall.rules.currency)
        if amount is None:
            return await operator.add_pack(row.id, row.to_line_id, offering_id=item.offering_id or "")
        began_at = from_us(row.began_at_us)  # not now: asked again, it is the same that is asked for
        last_day = find_usable_until(item, began_at)
        ends_on = None if last_day is None else last_day + timedelta(days=1)  # it ends as that day begins
        wanted = GrantedMoney(amount, [(find_business_day(began_at), amount)], usable_for=(), valid_until=ends_on)
        return await operator.grant_money(row.id, row.account_id, wanted)

    async def _conclude(self, row: Row[Any], said: Fulfilled) -> Row[Any]:
        match said.state:
            case FulfilmentState.DONE:
                return await self._book(row, said)
            case FulfilmentState.REFUSED:
                return await self._release(row, said.reason or "refused")
            case FulfilmentState.WORKING if row.kind == RewardKind.GOODS.value:
                return await self._follow(row, said)
            case FulfilmentState.WORKING | FulfilmentState.UNKNOWN:
                return await self._leave(row)

    async def _book(self, row: Row[Any], said: Fulfilled) -> Row[Any]:
        now = self._mall.now()
        done_at_us, tracking = to_us(min(said.at or now, now)), said.tracking[:TRACKING_CHARACTERS] or row.tracking
        async with self._mall.transaction() as connection:
            booked = await enter(connection, row, "done", now=now, done_at_us=done_at_us, tracking=tracking)
            if booked is not None:
                await self._points.capture(connection, row.id, now=now)
                await self._tell(connection, booked)
        self._cross("redemption.done")
        return await self._say(booked, row)

    async def _release(self, row: Row[Any], reason: str) -> Row[Any]:
        now = self._mall.now()
        async with self._mall.transaction() as connection:
            released = await enter(connection, row, "released", now=now, failure=reason[:REASON_CHARACTERS])
            if released is not None:
                await self._points.release(connection, row.id, now=now)
                await put_back(connection, released)
                await self._tell(connection, released)
        self._cross("redemption.released")
        return await self._say(released, row)

    async def _follow(self, row: Row[Any], said: Fulfilled) -> Row[Any]:
        """Goods are looked after until they arrive; with something to follow them by, they are on their way."""
        if row.state == "sent" or not said.tracking:
            return await self._leave(row, after=self._mall.rules.ask_goods_after)
        now, pause = self._mall.now(), self._mall.rules.ask_goods_after
        async with self._mall.transaction() as connection:
            sent = await enter(
                connection, row, "sent", now=now, free_in=pause, tracking=said.tracking[:TRACKING_CHARACTERS]
            )
            if sent is not None:
                await self._tell(connection, sent)
        self._cross("redemption.sent")
        return await self._say(sent, row)

    async def _tell(self, connection: AsyncConnection, row: Row[Any]) -> None:
        """In the transaction of its state."""
        if self._later:
            await tell_ended(self._mall, connection, row)

    async def _say(self, changed: Row[Any] | None, row: Row[Any]) -> Row[Any]:
        if changed is None:  # another was faster
            return await fetch_row(self._mall, row.id)
        if self._mall.announce is not None and changed.line_id is not None:
            await self._mall.announce(changed.line_id)
        return changed

    async def _leave(self, row: Row[Any], *, after: timedelta | None = None) -> Row[Any]:
        turns = turns_of(self._mall)
        await turns.free(row, after=after or turns.find_pause(row.attempts))
        return await fetch_row(self._mall, row.id)


def _refuse(row: Row[Any], reason: str) -> Fulfilled:
    return Fulfilled(row.id, FulfilmentState.REFUSED, reason=reason)
