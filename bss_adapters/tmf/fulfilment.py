"""TMF654 and TMF622 v4: how does the operator give what was promised, once for a reference, and what became of it?"""

import asyncio
from typing import Final

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.granted_money import TmfGrantedMoney
from bss_adapters.tmf.reward_orders import TmfRewardOrders
from graphql_schema.loyalty_ports import Delivery, Fulfilled, FulfilmentState, GrantedMoney
from graphql_schema.types.money import Money

_NOT_FOUND: Final = FulfilmentState.UNKNOWN


class TmfFulfilment:
    """Port ``Fulfilment``: money over TMF654, packs and goods over TMF622."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._money = TmfGrantedMoney(client, currency=currency)
        self._orders = TmfRewardOrders(client)

    async def grant_money(self, reference: str, account_id: str, wanted: GrantedMoney) -> Fulfilled:
        """Puts it into a pot of its own. REFUSED: ``closed``, ``unknown_account``, ``not_allowed``. Raises BssFault
        ``balance_*``, with ``outcome_unknown`` where it may have been put in."""
        return await self._money.grant(reference, account_id, wanted)

    async def add_pack(self, reference: str, line_id: str, *, offering_id: str, months: int | None = None) -> Fulfilled:
        """Adds an offering to the line, free of charge. REFUSED: a code of ``ObstacleCode``, as ``suspended``. Raises
        BssFault ``order_*``, with ``outcome_unknown`` where it may have been ordered."""
        return await self._orders.add_pack(reference, line_id, offering_id=offering_id, months=months)

    async def send_goods(self, reference: str, line_id: str, *, item: str, to: Delivery) -> Fulfilled:
        """Has a thing sent: WORKING until it is delivered. Raises BssFault as ``add_pack``."""
        return await self._orders.send_goods(reference, line_id, item=item, to=to)

    async def find(self, account_id: str, reference: str) -> Fulfilled:
        """What became of any of these, asked anew at both systems; UNKNOWN: it never arrived. Raises BssFault where one
        of them does not answer and the others know nothing of it."""
        found = await asyncio.gather(
            self._money.find_grant(account_id, reference),
            self._money.find_take_back(account_id, reference),
            self._orders.find(account_id, reference),
            return_exceptions=True,
        )
        known = [each for each in found if isinstance(each, Fulfilled) and each.state is not _NOT_FOUND]
        if known:
            return known[0]
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return Fulfilled(reference, _NOT_FOUND)

    async def take_back(self, reference: str, account_id: str, *, granted: str, most: Money | None) -> Fulfilled:
        """Takes back what is left of a grant. REFUSED ``not_granted`` where there is no such grant. Raises BssFault as
        ``grant_money``."""
        return await self._money.take_back(reference, account_id, granted=granted, most=most)
