"""TMF637 v4 Product Inventory: which services has a line, where is it in its life, and which numbers are free?"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from bss_adapters.tmf.call import Answer, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.kept_reading import services_key
from bss_adapters.tmf.line import PRODUCTS
from bss_adapters.tmf.reading import Question, Reading
from bss_adapters.tmf.wire import Wire, wire_list
from graphql_schema.types.line_service import FreeNumber, LineLife, Puk, ServiceSwitch, Standing

_TRAITS = "productCharacteristic"
_PUK_DIGITS = 8


class LineFacts(NamedTuple):
    """What one reading of a line's product says beside how it stands."""

    switches: list[ServiceSwitch]
    life: LineLife


class TmfLineServices:
    """Port ``LineServices`` over TMF637."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def fetch_switches(self, line_id: str) -> Sequence[ServiceSwitch]:
        """In the operator's order. Raises BssFault ``line_*``."""
        return (await self._read_line(line_id)).switches

    async def fetch_life(self, line_id: str) -> LineLife:
        """Raises BssFault ``line_*``."""
        return (await self._read_line(line_id)).life

    async def fetch_puk(self, line_id: str) -> Puk | None:
        """Asked anew each time and kept nowhere. Raises BssFault ``line_*``."""
        query = {
            "productRelationship.product.id": plain_id(line_id, system="line"),
            "productSpecification.id": "sim-card",
        }
        return parse_puk(await self._client.fetch(read_call("line", PRODUCTS, query)), line_id=line_id)

    async def fetch_free_numbers(self, ending: str, *, limit: int) -> Sequence[FreeNumber]:
        """Asked anew each time, because others take them. Raises BssFault ``line_*``."""
        query = {"productSpecification.id": "free-number", "status": "created", "limit": str(limit)}
        asked = query | ({"productSerialNumberEnding": plain_id(ending, system="line")} if ending else {})
        answer = await self._client.fetch(read_call("line", PRODUCTS, asked))
        return parse_free_numbers(answer, ending=ending, currency=self._currency)[:limit]

    async def _read_line(self, line_id: str) -> LineFacts:
        """The line's product, kept like any reading; both facts come from one."""
        question: Question[LineFacts] = Question(
            system="line",
            key=services_key(line_id),
            ask=partial(self._client.ask_once, read_call("line", f"{PRODUCTS}/{plain_id(line_id, system='line')}")),
            parse=partial(parse_line_facts, line_id=line_id, currency=self._currency),
        )
        return await self._client.read(question)


def parse_line_facts(reading: Reading, *, line_id: str, currency: str) -> LineFacts:
    """Product → its services and its life. Raises BssFault ``line_garbled``, also when it is another line."""
    wire = Wire(reading.bodies[0], system="line", currency=currency)
    if wire.text("id") != line_id:
        raise wire.garbled("id is another line's")
    listed = wire.characteristic(_TRAITS, "serviceSwitches")
    switches = wire_list([] if listed is None else listed, system="line", currency=currency)
    return LineFacts([_parse_switch(each, reading) for each in switches], _parse_life(wire, reading))


def _parse_life(wire: Wire, reading: Reading) -> LineLife:
    """A lost line that is being closed is closing."""
    lost, closes = (wire.maybe_characteristic(_TRAITS, name) for name in ("lostSince", "closesOn"))
    since = lost.maybe_instant("value") if lost else None
    closes_on = closes.maybe_day("value") if closes else None
    held = Standing.CLOSING if closes_on else Standing.LOST if since else Standing.USUAL
    return LineLife(standing=held, since=since, closes_on=closes_on, as_of=reading.as_of, stale=reading.stale)


def parse_puk(answer: Answer, *, line_id: str) -> Puk | None:
    """A list of Product → the PUK of the line's card. Raises BssFault ``line_garbled``, also for another line's card;
    no note of it has a word of what came."""
    cards = list(wire_list(answer.json, system="line", currency=""))
    for card in cards:
        held = [each.child("product").text("id") for each in card.children("productRelationship")]
        if line_id not in held or card.child("productSpecification").text("id") != "sim-card" or len(cards) > 1:
            raise card.garbled("it is no card of this line, or one of two")
    puk = cards[0].maybe_characteristic(_TRAITS, "puk") if cards else None
    if puk is None:
        return None
    digits, tries = puk.text("value"), cards[0].maybe_characteristic(_TRAITS, "pukTries")
    if len(digits) != _PUK_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise puk.garbled("puk is no PUK")
    return Puk(puk=digits, tries_of_card=tries.whole("value") if tries else None, as_of=answer.as_of, stale=False)


def parse_free_numbers(answer: Answer, *, ending: str, currency: str) -> list[FreeNumber]:
    """A list of Product → free numbers. Raises BssFault ``line_garbled``, also for one that ends otherwise or is
    taken."""
    found = []
    for wire in wire_list(answer.json, system="line", currency=currency):
        number, least = wire.text("productSerialNumber"), wire.maybe_characteristic(_TRAITS, "monthlyLeast")
        if not number.endswith(ending) or wire.text("status") != "created":
            raise wire.garbled("it is no number that was asked for")
        found.append(FreeNumber(number=number, monthly_least=least.money_in(currency, "value") if least else None))
    return found


def _parse_switch(wire: Wire, reading: Reading) -> ServiceSwitch:
    return ServiceSwitch(
        id=wire.text("id"),
        name=wire.named(),
        on=wire.flag("on"),
        changing_to=wire.maybe_flag("changingTo"),
        monthly_fee=wire.maybe_money("monthlyFee"),
        as_of=reading.as_of,
        stale=reading.stale,
    )
