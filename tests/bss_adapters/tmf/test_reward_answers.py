"""Is it always known what became of a reward, or said to be unknown, whatever a BSS answers?"""

import copy
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bss_adapters.tmf.bill_history import parse_billed_months
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fulfilment import TmfFulfilment
from bss_adapters.tmf.granted_money import parse_found
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.loyalty_customer import parse_held, parse_owner, parse_plan
from bss_adapters.tmf.points_platform import parse_entries, parse_points
from bss_adapters.tmf.reward_orders import parse_found_order, parse_fulfilled
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.wire import Wire
from graphql_schema.loyalty_ports import Delivery, Fulfilled, FulfilmentState, GrantedMoney
from graphql_schema.ports import BssFault
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.money import Money
from tests.bss_adapters import deal_bodies as deals
from tests.bss_adapters import wire_bodies as wire
from tests.bss_adapters.deal_desk import DealDesk, lose_line, time_out
from tests.bss_adapters.test_garbage import JSON, Parser, attempt, exact, places, put
from tests.bss_adapters.tmf.test_loyalty_customer import wire as bill_wire
from tests.bss_adapters.tmf.test_points_platform import ENTRY, LOT, MEMBER

pytestmark = pytest.mark.anyio

LIMITS = Limits(budget_seconds=5.0, backoff_seconds=0.001, failures_to_open=1000)
HOME = Delivery("陈晓彤", "13912345678", "广州市天河区体育西路1号")
DONE: dict[str, Any] = {
    "description": "r-1", "status": "completed", "confirmationDate": "2026-11-20T10:00:00+08:00",
    "amount": {"amount": 30.10, "units": "CNY"}, "partyAccount": {"id": "A1"}, "bucket": {"id": "P7"},
}  # fmt: skip
GRANTED = DONE | {"description": "g-0"}
TAKEN = DONE | {"amount": {"amount": -4, "units": "CNY"}}
ORDER: dict[str, Any] = {
    "id": "PO-1", "externalId": "r-1", "category": "reward", "state": "inProgress",
    "orderDate": "2026-11-20T10:00:00+08:00", "relatedParty": deals.PARTY, "billingAccount": {"id": "A1"},
    "productOrderItem": [
        {"id": "1", "product": {"productCharacteristic": [{"name": "tracking", "value": "SF7"}]}},
    ],
    "failure": {"code": "outOfStock"},
}  # fmt: skip


def yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


MONEY = GrantedMoney(
    yuan("30.10"),
    [(date(2026, 12, 1), yuan("10.10")), (date(2027, 1, 1), yuan("20"))],
    [SubjectCode.MONTHLY_FEE],
    date(2027, 3, 1),
)
Deed = Callable[[TmfFulfilment], Awaitable[Fulfilled]]
DEEDS: dict[str, tuple[str, Deed]] = {
    "money": ("topupBalance", lambda gives: gives.grant_money("r-1", "A1", MONEY)),
    "take-back": ("adjustBalance", lambda gives: gives.take_back("r-1", "A1", granted="g-0", most=yuan("4"))),
    "pack": ("productOrder", lambda gives: gives.add_pack("r-1", "L1", offering_id="gift-1")),
    "goods": ("productOrder", lambda gives: gives.send_goods("r-1", "L1", item="cup", to=HOME)),
}
GOOD = {"money": DONE, "take-back": TAKEN, "pack": ORDER, "goods": ORDER}


@pytest.fixture(params=DEEDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(kind: str) -> DealDesk:
    """It answers each deed as a good BSS does, and knows the grant that is taken back."""
    answers = {DEEDS[kind][0]: httpx.Response(201, json=GOOD[kind])}
    return DealDesk(answers=answers, actions={"g-0": GRANTED} if kind == "take-back" else {})


@pytest.fixture
def gives(desk: DealDesk) -> TmfFulfilment:
    client = TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=desk, limits=LIMITS)
    return TmfFulfilment(client)


async def test_a_good_answer_is_what_became_of_it(gives: TmfFulfilment, kind: str) -> None:
    done = await DEEDS[kind][1](gives)
    assert done.reference == "r-1"
    assert done.state is (FulfilmentState.DONE if kind in {"money", "take-back"} else FulfilmentState.WORKING)
    assert done.taken_back == (yuan("4") if kind == "take-back" else None)
    assert done.tracking == ("SF7" if kind in {"pack", "goods"} else "")


@pytest.mark.parametrize("kind", ["money"], indirect=True)
async def test_granted_money_is_written_exactly_with_its_days_and_bounds(gives: TmfFulfilment, desk: DealDesk) -> None:
    await DEEDS["money"][1](gives)
    (post,), (sent,) = desk.posts, desk.bodies
    assert post.headers["idempotency-key"] == "r-1"
    assert b'"amount":30.10' in post.read()
    assert b'"amount":20.00' in post.read()
    assert (sent["description"], sent["bucket"], sent["@type"]) == ("r-1", {"id": "r-1"}, "GrantedTopupBalance")
    assert [each["date"] for each in sent["release"]] == ["2026-12-01", "2027-01-01"]
    assert sent["validFor"] == {"endDateTime": "2027-03-01T00:00:00+08:00"}
    assert sent["usableFor"] == ["monthly_fee"]


@pytest.mark.parametrize("kind", ["take-back"], indirect=True)
@pytest.mark.parametrize(("most", "asked"), [(yuan("4"), -4), (None, -30.1)])
async def test_a_take_back_names_the_pot_of_the_grant_and_how_much_at_most(
    gives: TmfFulfilment, desk: DealDesk, most: Money | None, asked: float
) -> None:
    await gives.take_back("r-1", "A1", granted="g-0", most=most)
    (sent,) = desk.bodies
    assert (sent["bucket"], sent["amount"]["amount"], sent["reason"]) == ({"id": "P7"}, asked, "asMuchAsIsLeft")


@pytest.mark.parametrize("kind", ["goods"], indirect=True)
async def test_whom_goods_are_for_stands_in_the_body_alone(gives: TmfFulfilment, desk: DealDesk) -> None:
    desk.answers["productOrder"] = httpx.Response(409, json={"code": HOME.person, "reason": HOME.address})
    with pytest.raises(BssFault) as fault:
        await DEEDS["goods"][1](gives)
    (sent,) = desk.bodies
    (item,) = sent["productOrderItem"]
    assert item["product"]["place"][0]["name"] == HOME.address
    assert (item["product"]["relatedParty"][0]["name"], sent["notificationContact"]) == (HOME.person, HOME.number)
    told = repr(fault.value) + repr(getattr(fault.value, "__notes__", ""))
    assert not [word for word in (HOME.person, HOME.number, HOME.address) if word in told]


@pytest.mark.parametrize("kind", ["pack"], indirect=True)
async def test_a_pack_is_ordered_free_of_charge(gives: TmfFulfilment, desk: DealDesk) -> None:
    await gives.add_pack("r-1", "L1", offering_id="gift-1", months=3)
    (item,) = desk.bodies[0]["productOrderItem"]
    assert item["itemPrice"][0]["priceAlteration"][0]["price"] == {"percentage": 100}
    assert item["itemTerm"][0]["duration"] == {"amount": 3, "units": "month"}
    assert (desk.bodies[0]["externalId"], desk.bodies[0]["category"]) == ("r-1", "reward")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("broken", [lose_line, time_out])
async def test_a_lost_answer_leaves_the_outcome_open_and_is_not_asked_twice(
    gives: TmfFulfilment, desk: DealDesk, kind: str, when: str, broken: Callable[[httpx.Request], None]
) -> None:
    getattr(desk, when).append(broken)
    with pytest.raises(BssFault) as fault:
        await DEEDS[kind][1](gives)
    assert fault.value.outcome_unknown
    assert len(desk.posts) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(201, content=b"<html>"),
        httpx.Response(201, json={}),
        httpx.Response(201, json=DONE | ORDER | {"description": "r-9", "externalId": "r-9"}),
        httpx.Response(201, json=DONE | ORDER | {"partyAccount": {"id": "A9"}, "relatedParty": []}),
        httpx.Response(201, json=DONE | ORDER | {"status": "lost", "state": "partial"}),
        httpx.Response(409, json={"code": "keyReused", "reason": "for something else"}),
        httpx.Response(409, json={"code": "notQualified", "message": "notAWord"}),
        httpx.Response(409, content=b"conflict"),
    ],
    ids=["500", "no JSON", "no facts", "another", "another's", "no state", "key reused", "no reason", "409 bare"],
)
async def test_an_answer_that_does_not_say_what_became_of_it_leaves_it_open(
    gives: TmfFulfilment, desk: DealDesk, kind: str, answer: httpx.Response
) -> None:
    desk.answers[DEEDS[kind][0]] = answer
    with pytest.raises(BssFault) as fault:
        await DEEDS[kind][1](gives)
    assert fault.value.outcome_unknown


@pytest.mark.parametrize("status", [400, 401, 404, 429])
async def test_what_was_turned_away_at_the_door_was_surely_not_done(
    gives: TmfFulfilment, desk: DealDesk, kind: str, status: int
) -> None:
    desk.answers[DEEDS[kind][0]] = httpx.Response(status, json={"code": "badProperty", "reason": "no"})
    with pytest.raises(BssFault) as fault:
        await DEEDS[kind][1](gives)
    assert not fault.value.outcome_unknown


@pytest.mark.parametrize("kind", ["pack"], indirect=True)
@pytest.mark.parametrize(
    ("state", "became", "reason"),
    [
        ("acknowledged", FulfilmentState.WORKING, ""),
        ("held", FulfilmentState.WORKING, ""),
        ("assessingCancellation", FulfilmentState.WORKING, ""),
        ("completed", FulfilmentState.DONE, ""),
        ("failed", FulfilmentState.REFUSED, "out_of_stock"),
    ],
)
async def test_an_order_says_how_far_it_is(
    gives: TmfFulfilment, desk: DealDesk, state: str, became: FulfilmentState, reason: str
) -> None:
    desk.orders.append(ORDER | {"state": state})
    found = await gives.find("A1", "r-1")
    assert (found.state, found.reason, found.tracking) == (became, reason, "SF7")


@pytest.mark.parametrize("kind", ["money"], indirect=True)
@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ({"topupBalance": [DONE, DONE]}, "balance_garbled"),
        ({"topupBalance": [DONE | {"partyAccount": {"id": "A9"}}]}, "balance_garbled"),
        ({"topupBalance": [DONE | {"amount": {"amount": -1, "units": "CNY"}}]}, "balance_garbled"),
        ({"adjustBalance": [DONE]}, "balance_garbled"),
        ({"productOrder": [ORDER, ORDER]}, "order_garbled"),
        ({"productOrder": [ORDER | {"billingAccount": {"id": "A9"}}]}, "order_garbled"),
    ],
    ids=["two", "another account", "money that went", "money that came", "two orders", "another's order"],
)
async def test_what_is_found_of_others_is_no_answer(
    gives: TmfFulfilment, desk: DealDesk, listed: dict[str, Any], code: str
) -> None:
    desk.lists |= {"topupBalance": [], "adjustBalance": []} | listed
    with pytest.raises(BssFault, match=code):
        await gives.find("A1", "r-1")


@pytest.mark.parametrize("kind", ["money"], indirect=True)
@pytest.mark.parametrize(
    ("status", "became"), [("created", FulfilmentState.WORKING), ("failed", FulfilmentState.REFUSED)]
)
async def test_money_that_is_under_way_or_failed_says_so(
    gives: TmfFulfilment, desk: DealDesk, status: str, became: FulfilmentState
) -> None:
    desk.lists |= {"topupBalance": [DONE | {"status": status}], "adjustBalance": []}
    assert (await gives.find("A1", "r-1")).state is became


def read_found(body: Any) -> object:
    found = parse_found(body, reference="r-1", account_id="A1", currency="CNY")
    return found and found.text("description")


def read_order(body: Any) -> object:
    found = parse_found_order(body, reference="r-1", account_id="A1")
    return found and parse_fulfilled(found, reference="r-1")


LINE_WIRE = copy.deepcopy(wire.LINE) | {"startDate": "2025-03-01T00:00:00+08:00"}
OF_LINE = {"line_id": "L1", "currency": "CNY"}
PARSERS = {
    "money": Parser("balance", lambda r: read_found(r.bodies[0]), exact([DONE])),
    "order": Parser("order", lambda r: read_order(r.bodies[0]), exact([ORDER])),
    "line": Parser("line", lambda r: parse_held(r, **OF_LINE), exact(LINE_WIRE)),
    "plan": Parser("line", lambda r: [parse_plan(r, **OF_LINE)], exact([wire.PLAN, wire.ADD_ON])),
    "owner": Parser(
        "customer",
        lambda r: parse_owner(r.bodies[0], party_id="I1"),
        exact({"id": "I1", "birthDate": "1990-05-01", "status": "validated"}),
    ),
    "bills": Parser(
        "bill",
        lambda r: parse_billed_months(r, account_id="A1", currency="CNY"),
        exact([bill_wire((50, "2026-07-01T10:00:00+08:00"))]),
    ),
    "points": Parser("loyalty", lambda r: parse_points(r, line_id="L1"), exact([MEMBER], [LOT])),
    "entries": Parser("loyalty", lambda r: parse_entries(r, line_id="L1"), exact([MEMBER], [ENTRY])),
}


@pytest.mark.parametrize("name", PARSERS)
def test_every_parser_takes_the_body_that_it_is_for(name: str) -> None:
    assert PARSERS[name].read(PARSERS[name].bodies)


@pytest.mark.parametrize("name", PARSERS)
def test_a_good_body_with_any_one_place_spoilt_is_garbled_or_read(name: str) -> None:
    parser = PARSERS[name]
    spots = [path for path in places(parser.bodies) if path]

    @settings(max_examples=80, deadline=None)
    @given(st.sampled_from(spots), JSON)
    def check(path: tuple[Any, ...], replacement: Any) -> None:
        attempt(parser, put(parser.bodies, path, replacement))

    check()


def test_a_wire_of_no_object_is_garbled() -> None:
    with pytest.raises(BssFault, match="order_garbled"):
        parse_fulfilled(Wire({"externalId": "r-1", "state": "ready"}, system="order", currency=""), reference="r-1")
