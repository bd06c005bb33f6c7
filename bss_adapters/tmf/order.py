"""TMF622 v4 Product Order: how is a change ordered once, followed, and called off?"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from bss_adapters.tmf.call import Answer, Call, plain_id, read_call
from bss_adapters.tmf.change_item import party_of_line, write_item, write_start
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.kept_reading import keys_of_line, keys_of_money, orders_key
from bss_adapters.tmf.order_word import OURS, FoundOrder, parse_order, parse_orders
from bss_adapters.tmf.qualification_word import OBSTACLES, UNKNOWN
from bss_adapters.tmf.reading import Question, Reading
from bss_adapters.tmf.wire import Wire
from bss_adapters.tmf.written import send_once, unknown_word
from graphql_schema.order_ports import PlacedOrder
from graphql_schema.ports import BssFault
from graphql_schema.problems import ChangeRefused, NotCancellable, NotFound
from graphql_schema.types.change import ChangeObstacle
from graphql_schema.types.order import Order, OrderState

_API = "/productOrderingManagement/v4"
_ORDERS = f"{_API}/productOrder"
_CANCEL = f"{_API}/cancelProductOrder"
_NOT_QUALIFIED = "notQualified"
_ORDERS_MOST = "100"
_CALLED_OFF = frozenset({OrderState.CANCELLED, OrderState.ASSESSING_CANCELLATION, OrderState.PENDING_CANCELLATION})


class TmfOrders:
    """Port ``OrderSystem`` over TMF622. Nothing is sent twice from here: who placed it asks with ``find`` first."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def place(self, order: PlacedOrder) -> Order:
        """Places it, or answers the one of that reference. Raises ChangeRefused; BssFault
        ``order_*``, with ``outcome_unknown`` where it may have been placed."""
        call = Call(system="order", path=_ORDERS, method="POST", body=self._write(order), may_be_refused=True)
        try:
            return await send_once(self._client, call, partial(self._read_placed, order))
        finally:
            await self._outdate(order.line_id, order.account_id)

    async def find(self, line_id: str, reference: str) -> Order | None:
        """The order of a reference, asked anew, or None: it never arrived. Raises BssFault ``order_*``."""
        query = {"externalId": plain_id(reference, system="order"), "limit": "1"}
        found = self._parse_all(line_id, await self._client.fetch(read_call("order", _ORDERS, query)))
        if any(each.order.id != reference for each in found):
            raise Wire({}, system="order", currency="").garbled("externalId is another's")
        return found[0].order if found else None

    async def fetch_orders(self, line_id: str) -> Sequence[Order]:
        """The line's, newest first, at most 100. Raises BssFault ``order_*``."""
        question = Question(
            system="order",
            key=orders_key(line_id),
            ask=partial(self._client.ask_once, self._list_call(line_id)),
            parse=partial(parse_orders, line_id=line_id, currency=self._currency),
        )
        return [each.order for each in await self._client.read(question)]

    async def cancel(self, line_id: str, order_id: str) -> Order:
        """Calls it off; one that is called off already is answered. Raises NotFound, NotCancellable, BssFault
        ``order_*``; where it is not known what came of it, the order is looked at."""
        held = await self._look_up(line_id, order_id)
        if held.order.state in _CALLED_OFF:
            return held.order
        body = {"productOrder": {"id": held.wire_id}, "cancellationReason": "customer"}
        call = Call(system="order", path=_CANCEL, method="POST", body=body, may_be_refused=True)
        try:
            refused = bool((await self._client.fetch(call)).refusal)
        except BssFault as fault:
            if not fault.outcome_unknown:
                raise
            return await self._judge_unknown(line_id, order_id, fault)
        finally:
            await self._outdate(line_id)
        seen = (await self._look_up(line_id, order_id)).order
        if refused and seen.state not in _CALLED_OFF:
            raise NotCancellable(state=seen.state)
        return seen

    async def _judge_unknown(self, line_id: str, order_id: str, unknown: BssFault) -> Order:
        """The order where it is called off. Raises the fault that left it open."""
        try:
            seen = (await self._look_up(line_id, order_id)).order
        except BssFault:
            raise unknown from None
        if seen.state not in _CALLED_OFF:
            raise unknown
        return seen

    async def _look_up(self, line_id: str, order_id: str) -> FoundOrder:
        """The order as it stands now. Raises NotFound."""
        found = self._parse_all(line_id, await self._client.fetch(self._list_call(line_id)))
        for each in found:
            if each.order.id == order_id:
                return each
        raise NotFound

    def _list_call(self, line_id: str) -> Call:
        query = {"relatedParty.id": plain_id(line_id, system="order"), "sort": "-orderDate", "limit": _ORDERS_MOST}
        return read_call("order", _ORDERS, query)

    def _parse_all(self, line_id: str, answer: Answer) -> list[FoundOrder]:
        reading = Reading((answer.json,), answer.as_of, stale=False)
        return parse_orders(reading, line_id=line_id, currency=self._currency)

    def _read_placed(self, placed: PlacedOrder, answer: Answer) -> Order:
        if answer.refusal:
            raise _refusal_of(answer)
        wire = Wire(answer.json, system="order", currency=self._currency)
        found = parse_order(wire, Reading((), answer.as_of, stale=False), line_id=placed.line_id)
        if found.order.id != placed.reference:
            raise wire.garbled("externalId is another's")
        return found.order

    def _write(self, order: PlacedOrder) -> dict[str, Any]:
        start = write_start(order.wanted, now=self._client.clock.now())
        return {
            "externalId": plain_id(order.reference, system="order"),
            "category": OURS,
            "channel": [{"id": order.channel.value, "role": OURS}],
            "relatedParty": [party_of_line(order.line_id)],
            "billingAccount": {"id": plain_id(order.account_id, system="order")},
            "productOfferingQualification": [{"id": order.qualification_id}],
            "productOrderItem": [write_item(order.line_id, order.wanted, system="order")],
            **({"requestedStartDate": start} if start else {}),
        }

    async def _outdate(self, line_id: str, *account_ids: str) -> None:
        money = (key for account_id in account_ids for key in keys_of_money(account_id))
        await self._client.readings.outdate(*keys_of_line(line_id), *money)


def _refusal_of(answer: Answer) -> Exception:
    """ChangeRefused with every reason that the Error tells. Any other word leaves open whether an order of this
    reference stands."""
    message = Wire(answer.json, system="order", currency="").maybe_text("message") or ""
    codes = [code for code in message.replace(" ", "").split(",") if code in OBSTACLES]
    if answer.refusal in UNKNOWN:
        codes = ["notOffered"]
    elif answer.refusal != _NOT_QUALIFIED or not codes:
        return unknown_word("order", answer)
    return ChangeRefused(
        obstacles=[ChangeObstacle(code=OBSTACLES[code], offering=None, until=None, order_id=None) for code in codes]
    )
