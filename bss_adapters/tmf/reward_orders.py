"""TMF622 v4 Product Order: how is a pack given free of charge, or a thing sent, once, and how far is it?"""

import re
from functools import partial
from typing import Any, Final

from bss_adapters.tmf.call import Answer, Call, plain_id, read_call
from bss_adapters.tmf.change_item import party_of_line, write_item
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.kept_reading import keys_of_line
from bss_adapters.tmf.qualification_word import OBSTACLES, UNKNOWN
from bss_adapters.tmf.wire import Wire, wire_list, word_codes
from bss_adapters.tmf.written import send_once, unknown_word
from graphql_schema.loyalty_ports import Delivery, Fulfilled, FulfilmentState
from graphql_schema.order_ports import WantedChange
from graphql_schema.types.change import ChangeAction, ObstacleCode
from graphql_schema.types.order import OrderState

_ORDERS: Final = "/productOrderingManagement/v4/productOrder"
_REWARD: Final = "reward"
_FOUND_MOST: Final = "2"
_NOT_QUALIFIED: Final = "notQualified"
_FREE: Final = [{"priceAlteration": [{"name": _REWARD, "priceType": "discount", "price": {"percentage": 100}}]}]
_STATES: Final = {code: state for code, state in word_codes(OrderState).items() if state is not OrderState.PLACING}
_OVER: Final = {
    OrderState.COMPLETED: FulfilmentState.DONE,
    OrderState.REJECTED: FulfilmentState.REFUSED,
    OrderState.CANCELLED: FulfilmentState.REFUSED,
    OrderState.FAILED: FulfilmentState.REFUSED,
}
_LONGEST_CODE: Final = 64


class TmfRewardOrders:
    """Packs and goods over TMF622. A BSS makes one order for an ``externalId``, which is our reference; from here
    nothing is sent twice."""

    def __init__(self, client: TmfClient) -> None:
        self._client = client

    async def add_pack(self, reference: str, line_id: str, *, offering_id: str, months: int | None = None) -> Fulfilled:
        """Adds an offering to the line, free of charge, for so many months, the one in which it begins among them
        (None: as the offering says). REFUSED with a ``reason``; raises BssFault ``order_*``, with ``outcome_unknown``
        where it may have been ordered."""
        term = {"name": _REWARD, "duration": {"amount": months, "units": "month"}}
        item = self._add(line_id, offering_id) | {"itemPrice": _FREE} | ({"itemTerm": [term]} if months else {})
        return await self._place(reference, line_id, item, {})

    async def send_goods(self, reference: str, line_id: str, *, item: str, to: Delivery) -> Fulfilled:
        """Has a thing sent; as ``add_pack``. Person, number and address stand in no address and no fault, and no answer
        brings them back."""
        added = self._add(line_id, item)
        added["product"] = {
            **added["product"],
            "place": [{"role": "delivery", "name": to.address, "@type": "GeographicAddress"}],
            "relatedParty": [{"id": "-", "name": to.person, "role": "recipient", "@referredType": "Individual"}],
        }
        return await self._place(reference, line_id, added, {"notificationContact": to.number})

    async def find(self, account_id: str, reference: str) -> Fulfilled:
        """What became of either, asked anew; UNKNOWN: it never arrived. Raises BssFault ``order_*``."""
        plain_id(account_id, system="order")
        query = {"externalId": plain_id(reference, system="order"), "limit": _FOUND_MOST}
        answer = await self._client.fetch(read_call("order", _ORDERS, query))
        found = parse_found_order(answer.json, reference=reference, account_id=account_id)
        if found is None:
            return Fulfilled(reference, FulfilmentState.UNKNOWN)
        fulfilled = parse_fulfilled(found, reference=reference)
        if fulfilled.state is FulfilmentState.DONE:
            await self._outdate(_line_of(found))
        return fulfilled

    def _add(self, line_id: str, offering_id: str) -> dict[str, Any]:
        return write_item(line_id, WantedChange(ChangeAction.ADD, offering_id=offering_id), system="order")

    async def _place(self, reference: str, line_id: str, item: dict[str, Any], more: dict[str, Any]) -> Fulfilled:
        body = {
            "externalId": plain_id(reference, system="order"),
            "category": _REWARD,
            "relatedParty": [party_of_line(line_id)],
            "productOrderItem": [item],
            **more,
        }
        call = Call(system="order", path=_ORDERS, method="POST", body=body, may_be_refused=True)
        try:
            return await send_once(self._client, call, partial(_read_placed, reference=reference, line_id=line_id))
        finally:
            await self._outdate(line_id)

    async def _outdate(self, line_id: str) -> None:
        await self._client.readings.outdate(*keys_of_line(line_id))


def parse_found_order(body: Any, *, reference: str, account_id: str) -> Wire | None:  # noqa: ANN401  any JSON value
    """A list of orders with that reference → the one, or None. Raises BssFault ``order_garbled``, also for two, or
    another's."""
    found = list(wire_list(body, system="order", currency=""))
    if len(found) > 1:
        raise bss_fault("order", FaultKind.GARBLED, "two orders have one reference")
    if not found:
        return None
    (wire,) = found
    account = wire.maybe_child("billingAccount")
    if account and account.text("id") != account_id:
        raise wire.garbled("billingAccount is another's")
    _line_of(wire)
    return wire


def parse_fulfilled(wire: Wire, *, reference: str) -> Fulfilled:
    """ProductOrder → how far it is. Raises BssFault ``order_garbled``, also for one that is done in part: it has one
    item."""
    if wire.text("externalId") != reference:
        raise wire.garbled("externalId is another's")
    state = wire.code("state", _STATES)
    if state is OrderState.PARTIAL:
        raise wire.garbled("one item is not done in part")
    outcome = _OVER.get(state, FulfilmentState.WORKING)
    at = wire.maybe_instant("completionDate") or wire.maybe_instant("cancellationDate") or wire.instant("orderDate")
    refused = outcome is FulfilmentState.REFUSED
    reason = _parse_reason(wire, state) if refused else ""
    return Fulfilled(reference, outcome, at=at, reason=reason, tracking=_parse_tracking(wire))


def _read_placed(answer: Answer, *, reference: str, line_id: str) -> Fulfilled:
    if answer.refusal:
        return Fulfilled(reference, FulfilmentState.REFUSED, reason=_reason_of(answer))
    wire = Wire(answer.json, system="order", currency="")
    if _line_of(wire) != line_id:
        raise wire.garbled("relatedParty is another line")
    return parse_fulfilled(wire, reference=reference)


def _reason_of(answer: Answer) -> str:
    """The first reason that the Error tells. Raises BssFault for any other word, which leaves open whether an order of
    this reference stands."""
    message = Wire(answer.json, system="order", currency="").maybe_text("message") or ""
    codes = [code for code in message.replace(" ", "").split(",") if code in OBSTACLES]
    if answer.refusal == _NOT_QUALIFIED and codes:
        return OBSTACLES[codes[0]].value
    if answer.refusal == "unknownLine":
        return ObstacleCode.LINE_CLOSED.value
    if answer.refusal in UNKNOWN:
        return ObstacleCode.NOT_OFFERED.value
    raise unknown_word("order", answer)


def _line_of(wire: Wire) -> str:
    lines = [each.text("id") for each in wire.children("relatedParty") if each.maybe_text("role") == "line"]
    if len(lines) != 1:
        raise wire.garbled("relatedParty names not one line")
    return lines[0]


def _parse_reason(wire: Wire, state: OrderState) -> str:
    """``outOfStock`` → ``out_of_stock``; the state where the order says nothing."""
    failure = wire.maybe_child("failure")
    code = failure.maybe_text("code") if failure else None
    if not code or not (code.isascii() and code.isalnum()) or len(code) > _LONGEST_CODE:
        return state.value
    return re.sub(r"(?<!^)([A-Z])", r"_\1", code).lower()


def _parse_tracking(wire: Wire) -> str:
    for item in wire.children("productOrderItem"):
        product = item.maybe_child("product")
        tracking = product.characteristic("productCharacteristic", "tracking") if product else None
        if tracking is not None:
            if not isinstance(tracking, str) or not (tracking.isascii() and tracking.isprintable()):
                raise wire.garbled("tracking is not a text")
            return tracking[:_LONGEST_CODE]
    return ""
