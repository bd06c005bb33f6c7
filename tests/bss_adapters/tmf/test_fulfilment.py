"""Does the sandbox give what was promised once, whatever becomes of the answer, and is it found again?"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal

import pytest

from bss_adapters.tmf.fulfilment import TmfFulfilment
from bss_adapters.tmf.order import TmfOrders
from graphql_schema.loyalty_ports import Delivery, Fulfilled, FulfilmentState, GrantedMoney
from graphql_schema.ports import BssFault
from graphql_schema.types.account import MoneyKind
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.line import Line
from graphql_schema.types.money import Money
from graphql_schema.types.order import OrderState
from tests.bss_adapters.conftest import Hall

pytestmark = pytest.mark.anyio

ORDINARY, THROTTLED = "13800138001", "13800138005"
TODAY, IN_A_MONTH, IN_TWO = date(2026, 11, 22), date(2026, 12, 22), date(2027, 1, 22)
HOME = Delivery("陈晓彤", "13912345678", "广州市天河区体育西路1号")
DAY_SECONDS = 86_400
over_a_socket = pytest.mark.parametrize("hall", ["over a socket"], indirect=True)
"""Where an answer can break off."""


def yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


AT_ONCE = GrantedMoney(yuan("10.01"), [(TODAY, yuan("10.01"))], [SubjectCode.MONTHLY_FEE], IN_TWO)
FROZEN = GrantedMoney(yuan("30"), [(TODAY, yuan("10")), (IN_A_MONTH, yuan("20"))], [], None)


async def find(hall: Hall, number: str = ORDINARY) -> Line:
    line = await hall.lines.find_line(number)
    assert line is not None
    return line


async def pots(hall: Hall, line: Line) -> list[tuple[MoneyKind, Money]]:
    """The pots that came to those that the line's story has, in the order of spending."""
    held = (await hall.accounts.fetch_balance(line.account_id)).sub_balances
    return [(pot.kind, pot.remaining) for pot in held if "-r" in pot.id]


async def test_money_at_once_is_a_pot_of_its_own_with_its_bounds(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    given = await gives.grant_money("g-1", line.account_id, AT_ONCE)
    assert (given.state, given.reference) == (FulfilmentState.DONE, "g-1")
    assert given.at is not None
    (pot,) = [each for each in (await hall.accounts.fetch_balance(line.account_id)).sub_balances if "-r" in each.id]
    assert (pot.kind, pot.remaining, pot.valid_until) == (MoneyKind.GRANTED, yuan("10.01"), IN_TWO)
    assert pot.usable_for == [SubjectCode.MONTHLY_FEE]


async def test_frozen_money_waits_for_its_days_and_does_not_end(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await gives.grant_money("g-1", line.account_id, FROZEN)
    held = [each for each in (await hall.accounts.fetch_balance(line.account_id)).sub_balances if "-r" in each.id]
    assert [(each.kind, each.remaining, each.valid_until) for each in held] == [
        (MoneyKind.GRANTED, yuan("10"), None),
        (MoneyKind.FROZEN, yuan("20"), None),
    ]
    assert [(each.on, each.amount) for each in held[1].releases] == [(IN_A_MONTH, yuan("20"))]


async def test_what_is_left_is_taken_back_frozen_first_and_at_most_so_much(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await gives.grant_money("g-1", line.account_id, FROZEN)
    some = await gives.take_back("t-1", line.account_id, granted="g-1", most=yuan("15"))
    assert (some.state, some.taken_back) == (FulfilmentState.DONE, yuan("15"))
    assert await pots(hall, line) == [(MoneyKind.GRANTED, yuan("10")), (MoneyKind.FROZEN, yuan("5"))]
    rest = await gives.take_back("t-2", line.account_id, granted="g-1", most=None)
    assert rest.taken_back == yuan("15")
    nothing = await gives.take_back("t-3", line.account_id, granted="g-1", most=None)
    assert (nothing.state, nothing.taken_back) == (FulfilmentState.DONE, yuan("0"))


async def test_of_money_that_never_came_nothing_is_taken_back(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    taken = await gives.take_back("t-1", line.account_id, granted="g-1", most=None)
    assert (taken.state, taken.reason) == (FulfilmentState.REFUSED, "not_granted")
    assert (await gives.find(line.account_id, "t-1")).state is FulfilmentState.UNKNOWN


async def test_a_closed_account_gets_neither_money_nor_a_pack(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await hall.pull("line", {"number": ORDINARY, "status": "terminated"})
    money = await gives.grant_money("g-1", line.account_id, AT_ONCE)
    pack = await gives.add_pack("p-1", line.id, offering_id="pack-music-10")
    assert [(each.state, each.reason) for each in (money, pack)] == [
        (FulfilmentState.REFUSED, "closed"),
        (FulfilmentState.REFUSED, "line_closed"),
    ]


async def test_a_pack_is_free_and_followed_until_it_is_there(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    ordered = await gives.add_pack("p-1", line.id, offering_id="pack-music-10", months=2)
    assert ordered.state is FulfilmentState.WORKING
    await hall.pull("clock", {"advanceSeconds": 61})
    assert (await gives.find(line.account_id, "p-1")).state is FulfilmentState.DONE
    (pack,) = [each for each in await hall.lines.fetch_packages(line.id) if each.offering_id == "pack-music-10"]
    assert pack.monthly_fee == yuan("0")
    assert pack.until == date(2027, 1, 1)


async def test_a_pack_that_does_not_fit_is_refused_with_the_reason(hall: Hall) -> None:
    line, gives = await find(hall, THROTTLED), TmfFulfilment(hall.client)
    excluded = await gives.add_pack("p-1", line.id, offering_id="pack-data-10")
    unknown = await gives.add_pack("p-2", line.id, offering_id="no-such-pack")
    assert [(each.state, each.reason) for each in (excluded, unknown)] == [
        (FulfilmentState.REFUSED, "excluded"),
        (FulfilmentState.REFUSED, "not_offered"),
    ]
    assert (await gives.find(line.account_id, "p-1")).state is FulfilmentState.UNKNOWN


async def test_goods_are_on_their_way_with_a_tracking_number_until_they_are_there(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    ordered = await gives.send_goods("d-1", line.id, item="goods-cup", to=HOME)
    assert (ordered.state, ordered.tracking) == (FulfilmentState.WORKING, "")
    await hall.pull("clock", {"advanceSeconds": DAY_SECONDS + 1})
    under_way = await gives.find(line.account_id, "d-1")
    assert under_way.state is FulfilmentState.WORKING
    assert under_way.tracking.startswith("SF")
    await hall.pull("clock", {"advanceSeconds": 2 * DAY_SECONDS})
    there = await gives.find(line.account_id, "d-1")
    assert (there.state, there.tracking) == (FulfilmentState.DONE, under_way.tracking)


async def test_goods_that_are_gone_are_refused_as_soon_as_that_is_seen(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    assert (await gives.send_goods("d-1", line.id, item="goods-router", to=HOME)).state is FulfilmentState.WORKING
    await hall.pull("clock", {"advanceSeconds": 21})
    gone = await gives.find(line.account_id, "d-1")
    assert (gone.state, gone.reason) == (FulfilmentState.REFUSED, "out_of_stock")


async def test_rewards_stand_among_the_orders_of_the_line_and_can_not_be_called_off(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await gives.add_pack("p-1", line.id, offering_id="pack-music-10")
    await gives.send_goods("d-1", line.id, item="goods-cup", to=HOME)
    listed = await TmfOrders(hall.client).fetch_orders(line.id)
    assert {each.name.en for each in listed} == {"10 GB music pack", "Vacuum cup"}
    assert {each.state for each in listed} == {OrderState.ACKNOWLEDGED}
    assert not any(each.cancellable or each.price or each.repeats for each in listed)


Deed = Callable[[TmfFulfilment, Line], Awaitable[Fulfilled]]
DEEDS: dict[str, tuple[str, Deed]] = {
    "money": ("/topupBalance", lambda gives, line: gives.grant_money("r-1", line.account_id, AT_ONCE)),
    "take-back": (
        "/adjustBalance",
        lambda gives, line: gives.take_back("r-1", line.account_id, granted="g-0", most=yuan("4")),
    ),
    "pack": ("/productOrder", lambda gives, line: gives.add_pack("r-1", line.id, offering_id="pack-music-10")),
    "goods": ("/productOrder", lambda gives, line: gives.send_goods("r-1", line.id, item="goods-cup", to=HOME)),
}


async def count(hall: Hall, line: Line) -> tuple[Decimal, int]:
    """Granted money that can be spent, and orders."""
    spendable = sum((each.amount for kind, each in await pots(hall, line)), Decimal(0))
    return spendable, len(await TmfOrders(hall.client).fetch_orders(line.id))


ONCE = {"money": (Decimal("20.02"), 0), "take-back": (Decimal("6.01"), 0), "pack": (Decimal("10.01"), 1)}
ONCE["goods"] = ONCE["pack"]
NEVER = (Decimal("10.01"), 0)


@over_a_socket
@pytest.mark.parametrize("kind", DEEDS)
@pytest.mark.parametrize(("mode", "arrived"), [("dropAnswer", True), ("dropRequest", False), ("error", False)])
async def test_what_is_asked_for_happens_once_whatever_becomes_of_the_answer(
    hall: Hall, kind: str, mode: str, *, arrived: bool
) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await gives.grant_money("g-0", line.account_id, AT_ONCE)
    path, do = DEEDS[kind]
    await hall.pull("fault", {"path": path, "mode": mode})
    with pytest.raises(BssFault) as fault:
        await do(gives, line)
    assert fault.value.outcome_unknown
    found = await gives.find(line.account_id, "r-1")
    assert (found.state is not FulfilmentState.UNKNOWN) == arrived
    assert await count(hall, line) == (ONCE[kind] if arrived else NEVER)
    again = await do(gives, line)
    assert again.state in {FulfilmentState.DONE, FulfilmentState.WORKING}
    assert again.taken_back == (yuan("4") if kind == "take-back" else None)
    assert await count(hall, line) == ONCE[kind]
    assert (await gives.find(line.account_id, "r-1")).taken_back == again.taken_back


@pytest.mark.parametrize("kind", DEEDS)
async def test_twenty_at_once_with_one_reference_are_one(hall: Hall, kind: str) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await gives.grant_money("g-0", line.account_id, AT_ONCE)
    done = await asyncio.gather(*(DEEDS[kind][1](gives, line) for _ in range(20)))
    assert {each.state for each in done} == {done[0].state}
    assert await count(hall, line) == ONCE[kind]


@pytest.mark.parametrize(("down", "reference"), [("order", "g-1"), ("balance", "p-1")])
async def test_a_system_that_is_out_hides_nothing_that_another_one_knows(hall: Hall, down: str, reference: str) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await gives.grant_money("g-1", line.account_id, AT_ONCE)
    await gives.add_pack("p-1", line.id, offering_id="pack-music-10")
    await hall.pull("outage", {"systems": [down]})
    assert (await gives.find(line.account_id, reference)).state is not FulfilmentState.UNKNOWN
    with pytest.raises(BssFault, match=f"{down}_unavailable"):
        await gives.find(line.account_id, "r-1")


async def test_another_accounts_reference_is_no_answer(hall: Hall) -> None:
    line, gives = await find(hall), TmfFulfilment(hall.client)
    await gives.grant_money("g-1", line.account_id, AT_ONCE)
    await gives.add_pack("p-1", line.id, offering_id="pack-music-10")
    for reference, code in (("g-1", "balance_garbled"), ("p-1", "order_garbled")):
        with pytest.raises(BssFault, match=code):
            await gives.find("A000001", reference)
