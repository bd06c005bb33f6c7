"""Can any JSON at all make a parser do anything but answer or raise its fault?"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bss_adapters.tmf.account import parse_account
from bss_adapters.tmf.balance import parse_balance
from bss_adapters.tmf.bill_paper import parse_bills, parse_current_charges, parse_itemized_bill
from bss_adapters.tmf.call import Answer
from bss_adapters.tmf.catalogue import parse_names
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.line_event import parse_line_event
from bss_adapters.tmf.line_product import parse_found_lines, parse_line_by_id, parse_living_lines
from bss_adapters.tmf.line_service import parse_free_numbers, parse_line_facts, parse_puk
from bss_adapters.tmf.money_word import TOP_UP, read_found
from bss_adapters.tmf.offering_word import CATEGORIES, OFFERINGS, PRICES, parse_catalogue
from bss_adapters.tmf.order_event import parse_order_event
from bss_adapters.tmf.order_word import parse_orders
from bss_adapters.tmf.package import parse_packages
from bss_adapters.tmf.party import parse_agents, parse_engaged, parse_holder, parse_numbers
from bss_adapters.tmf.qualification_word import parse_qualified
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.sim_card import parse_changed_at
from bss_adapters.tmf.ticket_word import hide_private, parse_disputes, parse_invoices
from bss_adapters.tmf.usage import parse_usage
from bss_adapters.tmf.usage_event import parse_usage_event
from graphql_schema.order_ports import WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.types.change import ChangeAction
from tests.bss_adapters import deal_bodies as deals
from tests.bss_adapters import wire_bodies as wire

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)
ABSENT = object()


@dataclass(frozen=True)
class Parser:
    system: str
    parse: Callable[[Any], object]
    bodies: list[Any]

    def read(self, bodies: list[Any]) -> object:
        return self.parse(Reading(tuple(bodies), AS_OF, stale=False))


def exact(*bodies: Any) -> list[Any]:
    return [parse_exact_json(json.dumps(body).encode(), system="bill") for body in bodies]


def send_event(reading: Reading) -> object:
    return parse_usage_event(json.dumps(reading.bodies[0], default=float).encode())


def send_line_event(reading: Reading) -> object:
    return parse_line_event(json.dumps(reading.bodies[0], default=float).encode())


def send_order_event(reading: Reading) -> object:
    return parse_order_event(json.dumps(reading.bodies[0], default=float).encode())


def read_catalogue(reading: Reading) -> object:
    """Three lists of one page, as the adapter puts them together."""
    lists = zip((OFFERINGS, CATEGORIES, PRICES), reading.bodies, strict=True)
    return parse_catalogue(replace(reading, bodies=({name: [body] for name, body in lists},)), currency="CNY")


def answer_of(reading: Reading) -> Answer:
    return Answer(json=reading.bodies[0], body=b"", as_of=AS_OF)


def keep_tickets(reading: Reading) -> object:
    """As far as a page gets that is a list."""
    body = reading.bodies[0]
    page = hide_private(Answer(json=body if isinstance(body, list) else [body], body=b"", as_of=AS_OF))
    return parse_exact_json(page.body, system="ticket")


PLAN = WantedChange(ChangeAction.CHANGE_PLAN, offering_id="plan-79")
OF_ACCOUNT = {"account_id": "A1", "currency": "CNY"}
OF_LINE = {"line_id": "L1", "currency": "CNY"}
PARSERS = {
    "account": Parser("account", lambda r: parse_account(r, **OF_ACCOUNT), exact(wire.ACCOUNT)),
    "balance": Parser("balance", lambda r: parse_balance(r, **OF_ACCOUNT), exact(wire.POTS)),
    "bills": Parser("bill", lambda r: parse_bills(r, **OF_ACCOUNT), exact([wire.BILL, wire.EARLIER_BILL])),
    "bill": Parser("bill", lambda r: parse_itemized_bill(r, **OF_ACCOUNT), exact(wire.BILL, wire.RATES)),
    "current": Parser("bill", lambda r: parse_current_charges(r, **OF_ACCOUNT), exact(wire.CURRENT_BILL, wire.RATES)),
    "disputes": Parser("ticket", lambda r: parse_disputes(r, **OF_ACCOUNT), exact([wire.DISPUTE, wire.INVOICE])),
    "invoices": Parser("ticket", lambda r: parse_invoices(r, **OF_ACCOUNT), exact([wire.DISPUTE, wire.INVOICE])),
    "kept tickets": Parser("ticket", keep_tickets, exact([wire.DISPUTE, wire.INVOICE])),
    "names": Parser("catalogue", lambda r: parse_names(r, currency="CNY"), exact(wire.OFFERINGS)),
    "line": Parser("line", lambda r: parse_line_by_id(r, **OF_LINE), exact(wire.LINE)),
    "found": Parser("line", lambda r: parse_found_lines(r, number="13800138001", currency="CNY"), exact([wire.LINE])),
    "living": Parser("line", lambda r: parse_living_lines(r, customer_id="C1", currency="CNY"), exact([wire.LINE])),
    "packages": Parser("line", lambda r: parse_packages(r, **OF_LINE), exact([wire.PLAN, wire.ADD_ON])),
    "usage": Parser("usage", lambda r: parse_usage(r, **OF_LINE), exact(wire.CONSUMPTION)),
    "event": Parser("usage", send_event, exact(wire.USAGE_EVENT)),
    "line event": Parser("line", send_line_event, exact(wire.LINE_EVENT)),
    "sim": Parser("line", lambda r: parse_changed_at(r.bodies[0], line_id="L1"), exact(wire.NEW_SIM_LINE)),
    "holder": Parser("line", lambda r: parse_holder(r.bodies[0], line_id="L1"), exact(wire.LINE)),
    "engaged": Parser("customer", lambda r: parse_engaged(r.bodies[0], customer_id="C1"), exact(wire.CUSTOMER)),
    "agents": Parser("customer", lambda r: parse_agents(r.bodies[0], company_id="O1"), exact(wire.COMPANY)),
    "catalogue": Parser("catalogue", read_catalogue, exact([deals.SOLD, deals.BENEFIT], deals.SHELF, deals.PRICES)),
    "previews": Parser("qualification", lambda r: parse_qualified(r, wanted=PLAN, **OF_LINE), exact(deals.ALLOWED)),
    "refusals": Parser("qualification", lambda r: parse_qualified(r, wanted=PLAN, **OF_LINE), exact(deals.REFUSED)),
    "orders": Parser("order", lambda r: parse_orders(r, **OF_LINE), exact([deals.ORDER, deals.HELD])),
    "order event": Parser("order", send_order_event, exact(deals.ORDER_EVENT)),
    "services": Parser("line", lambda r: parse_line_facts(r, **OF_LINE), exact(deals.SWITCHABLE_LINE)),
    "puk": Parser("line", lambda r: [parse_puk(answer_of(r), line_id="L1")], exact(deals.SIM_CARDS)),
    "free numbers": Parser(
        "line", lambda r: parse_free_numbers(answer_of(r), ending="8001", currency="CNY"), exact(deals.FREE_NUMBERS)
    ),
    "found money": Parser(
        "balance",
        lambda r: read_found(r.bodies[0], TOP_UP, reference="recharge-1", **OF_ACCOUNT),
        exact([deals.TOP_UP]),
    ),
    "numbers": Parser("customer", lambda r: parse_numbers(r.bodies[0], person_id="I1"), exact(wire.PERSON)),
}

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", " ", "\ud800", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01", "2026-11-21T00:00:00"]
)
NUMBERS = st.integers() | st.sampled_from([-1, 2**53 + 1, 10**400, -(10**400)])
FRACTIONS = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [parse_exact_json(text, system="bill") for text in (b"1e999999", b"1e-999999", b"-0.0", b"0.0000001", b"0e99")]
)
ATOMS = st.none() | st.booleans() | NUMBERS | FRACTIONS | TEXTS
JSON = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def put(value: Any, path: tuple[Any, ...], replacement: Any) -> Any:
    if not path:
        return replacement
    changed = copy.copy(value)
    if len(path) == 1 and replacement is ABSENT:
        del changed[path[0]]
    else:
        changed[path[0]] = put(value[path[0]], path[1:], replacement)
    return changed


def attempt(parser: Parser, bodies: list[Any]) -> None:
    try:
        parser.read(bodies)
    except BssFault as fault:
        assert fault.code == f"{parser.system}_garbled"  # noqa: PT017  most of the garbage may also be fine


@pytest.mark.parametrize("name", PARSERS)
def test_every_parser_takes_the_body_that_it_is_for(name: str) -> None:
    assert PARSERS[name].read(PARSERS[name].bodies) is not None


@pytest.mark.parametrize("name", PARSERS)
def test_a_body_of_any_json_is_garbled_or_read(name: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(JSON)
    def check(body: Any) -> None:
        attempt(PARSERS[name], [body, [], []])

    check()


@pytest.mark.parametrize("name", PARSERS)
def test_a_good_body_with_any_one_place_spoilt_is_garbled_or_read(name: str) -> None:
    parser = PARSERS[name]
    spots = [path for path in places(parser.bodies) if path]

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(spots), JSON)
    def check(path: tuple[Any, ...], replacement: Any) -> None:
        attempt(parser, put(parser.bodies, path, replacement))

    check()


@pytest.mark.parametrize("name", PARSERS)
def test_a_good_body_without_any_one_property_is_garbled_or_read(name: str) -> None:
    parser = PARSERS[name]
    for path in places(parser.bodies):
        if len(path) > 1 and isinstance(path[-1], str):
            attempt(parser, put(parser.bodies, path, ABSENT))


REQUIRED = {
    "account": ["id", "accountType"],
    "line": ["id", "productSerialNumber", "status", "productSpecification", "billingAccount", "relatedParty"],
    "current": ["billingAccount", "billingPeriod", "amountDue"],
    "bill": ["id", "billNo", "billDate", "billingAccount", "billingPeriod", "state", "amountDue", "remainingAmount"],
    "usage": ["usageConsumption"],
    "event": ["eventType", "event"],
    "line event": ["eventType", "event"],
    "sim": ["id", "productSpecification"],
    "holder": ["id", "relatedParty"],
    "engaged": ["id", "engagedParty"],
    "agents": ["id"],
    "numbers": ["id"],
}


@pytest.mark.parametrize(("name", "fact"), [(name, fact) for name, facts in REQUIRED.items() for fact in facts])
def test_a_missing_fact_is_garbled(name: str, fact: str) -> None:
    parser = PARSERS[name]
    with pytest.raises(BssFault, match=f"{parser.system}_garbled"):
        parser.read(put(parser.bodies, (0, fact), ABSENT))


@pytest.mark.parametrize("name", ["account", "balance", "bills", "bill", "current", "packages", "event"])
def test_a_wrong_currency_is_garbled(name: str) -> None:
    parser = PARSERS[name]
    foreign = json.loads(json.dumps(parser.bodies, default=float).replace('"CNY"', '"USD"'))
    with pytest.raises(BssFault, match=f"{parser.system}_garbled"):
        parser.read(exact(*foreign))


@given(st.binary(max_size=40))
def test_bytes_that_are_no_json_are_garbled_or_read(body: bytes) -> None:
    try:
        parse_exact_json(body, system="bill")
    except BssFault as fault:
        assert fault.code == "bill_garbled"  # noqa: PT017  some of the bytes are JSON


@pytest.mark.parametrize("body", [b"NaN", b"[Infinity]", b"-Infinity", b"", b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_what_only_python_takes_for_json_is_garbled(body: bytes) -> None:
    with pytest.raises(BssFault, match="bill_garbled"):
        parse_exact_json(body, system="bill")
