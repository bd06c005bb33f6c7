"""Do changes, orders, money and the catalogue go through the sandbox as the wire's page says, on good days and bad?"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.line_service import TmfLineServices
from bss_adapters.tmf.money import TmfMoney
from bss_adapters.tmf.order import TmfOrders
from bss_adapters.tmf.qualification import TmfQualifications
from bss_adapters.tmf.usage_history import TmfUsageHistory
from graphql_schema.client import Caller, Channel
from graphql_schema.context import Facts
from graphql_schema.order_ports import PlacedOrder, WantedChange
from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.ports import BssFault, Ports
from graphql_schema.problems import NotFound
from graphql_schema.queries.my_recommendations import SHOWN_MOST, recommend
from graphql_schema.types.bill import BillCategory, ChargeKind, SubjectCode
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.change import ChangeAction, ChangePreview, ObstacleCode
from graphql_schema.types.line import Line
from graphql_schema.types.line_service import Standing
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.month import BUSINESS_ZONE
from graphql_schema.types.order import Order, OrderState
from graphql_schema.types.package import PackageKind
from graphql_schema.types.recommendation import Recommendation
from tests.bss_adapters.conftest import Hall

pytestmark = pytest.mark.anyio

ORDINARY, PREPAID, THROTTLED, CONTRACT = "13800138001", "13800138002", "13800138005", "13800138006"
ACTIVE_PEOPLE = (ORDINARY, PREPAID, THROTTLED, CONTRACT, "13800138007", "13800138010", "13800138012")
MUSIC = WantedChange(ChangeAction.ADD, offering_id="pack-music-10")
OF_USE = {SubjectCode.VOICE, SubjectCode.DATA, SubjectCode.SMS}
over_a_socket = pytest.mark.parametrize("hall", ["over a socket"], indirect=True)
"""Where an answer can break off."""
TEN = Money(amount=Decimal("10.01"), currency="CNY")


async def find(hall: Hall, number: str = ORDINARY) -> Line:
    line = await hall.lines.find_line(number)
    assert line is not None
    return line


async def preview(hall: Hall, line: Line, wanted: WantedChange) -> ChangePreview:
    return (await TmfQualifications(hall.client).preview(line.id, wanted, channel=Channel.WEB)).preview


async def place(hall: Hall, line: Line, wanted: WantedChange, *, reference: str = "deed-1") -> Order:
    qualified = await TmfQualifications(hall.client).preview(line.id, wanted, channel=Channel.WEB)
    order = PlacedOrder(reference, line.id, line.account_id, wanted, qualified.id, Channel.WEB)
    return await TmfOrders(hall.client).place(order)


async def break_next(hall: Hall, path: str, mode: str) -> None:
    await hall.pull("fault", {"path": path, "mode": mode})


async def test_the_catalogue_has_its_shelves_prices_and_terms(hall: Hall) -> None:
    reading = await TmfCatalogue(hall.client).fetch_catalogue()
    shelves = {category.id for category in reading.categories}
    assert {offering.category_id for offering in reading.offerings} <= shelves
    sold = {offering.id: offering for offering in reading.offerings}
    assert sold["plan-79"].monthly_fee == Money(amount=Decimal(79), currency="CNY")
    assert sold["plan-contract-99"].contract_months == 24
    assert sold["plan-contract-99"].early_exit_fee is not None
    assert (sold["benefit-autopay"].discount_percent, sold["pack-spring-2025"].on_sale) == (5, False)
    assert sold["pack-video-30"].allowances[0].application == "短视频"
    assert [each.shared for each in sold["plan-family-169"].allowances] == [True, True]
    assert sold["plan-unlimited-199"].allowances[0].throttle_after == 40 * 1024**3
    assert {rate.usage_type for rate in reading.rates} == set(UsageType)
    assert all(offering.name.en != offering.name.zh for offering in reading.offerings)


async def test_a_possible_change_and_an_impossible_one_are_told_apart(hall: Hall) -> None:
    line = await find(hall)
    possible = await preview(hall, line, MUSIC)
    assert (possible.allowed, possible.repeats) == (True, True)
    assert possible.price is not None
    assert possible.monthly_after.amount - possible.monthly_before.amount <= possible.price.amount
    held = await preview(hall, line, WantedChange(ChangeAction.ADD, offering_id="pack-data-5"))
    assert [each.code for each in held.obstacles] == [ObstacleCode.ALREADY_HELD]
    with pytest.raises(NotFound):
        await preview(hall, line, WantedChange(ChangeAction.ADD, offering_id="no-such-pack"))
    other = (await hall.lines.fetch_packages((await find(hall, PREPAID)).id))[0]
    with pytest.raises(NotFound):
        await preview(hall, line, WantedChange(ChangeAction.DROP, package_id=other.id))


async def test_an_order_is_placed_found_listed_and_held(hall: Hall) -> None:
    line = await find(hall)
    placed = await place(hall, line, MUSIC)
    orders = TmfOrders(hall.client)
    found = await orders.find(line.id, "deed-1")
    assert found is not None
    assert (placed.id, found.id, found.action, found.channel) == ("deed-1", "deed-1", ChangeAction.ADD, Channel.WEB)
    assert [each.id for each in await orders.fetch_orders(line.id)][:1] == ["deed-1"]
    assert placed.milestones
    assert await orders.find(line.id, "deed-2") is None
    again = await orders.place(PlacedOrder("deed-1", line.id, line.account_id, MUSIC, "Q1", Channel.WEB))
    assert again.id == "deed-1"
    assert len(await orders.fetch_orders(line.id)) == 1


@over_a_socket
@pytest.mark.parametrize(("mode", "arrived"), [("dropAnswer", True), ("dropRequest", False), ("error", False)])
async def test_an_order_of_unknown_outcome_is_found_or_was_never_there(hall: Hall, mode: str, *, arrived: bool) -> None:
    line = await find(hall)
    await break_next(hall, "/productOrder", mode)
    with pytest.raises(BssFault) as fault:
        await place(hall, line, MUSIC)
    assert fault.value.outcome_unknown
    found = await TmfOrders(hall.client).find(line.id, "deed-1")
    assert (found is not None) == arrived
    if not arrived:
        assert (await place(hall, line, MUSIC)).id == "deed-1"
    assert len(await TmfOrders(hall.client).fetch_orders(line.id)) == 1


async def test_an_order_for_the_next_cycle_is_called_off_once(hall: Hall) -> None:
    line = await find(hall)
    await place(hall, line, WantedChange(ChangeAction.CHANGE_PLAN, offering_id="plan-129"))
    orders = TmfOrders(hall.client)
    first, second = await orders.cancel(line.id, "deed-1"), await orders.cancel(line.id, "deed-1")
    assert first.state is second.state is OrderState.CANCELLED
    assert not second.cancellable


@over_a_socket
@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest"])
async def test_a_call_off_of_unknown_outcome_says_what_is_true(hall: Hall, mode: str) -> None:
    line = await find(hall)
    await place(hall, line, WantedChange(ChangeAction.CHANGE_PLAN, offering_id="plan-129"))
    await break_next(hall, "/cancelProductOrder", mode)
    orders = TmfOrders(hall.client)
    if mode == "dropAnswer":
        assert (await orders.cancel(line.id, "deed-1")).state is OrderState.CANCELLED
    else:
        with pytest.raises(BssFault) as fault:
            await orders.cancel(line.id, "deed-1")
        assert fault.value.outcome_unknown


async def test_services_life_card_and_free_numbers_are_there(hall: Hall) -> None:
    line, services = await find(hall), TmfLineServices(hall.client)
    switches = {each.id: each for each in await services.fetch_switches(line.id)}
    assert not switches["roaming"].on
    assert (await services.fetch_life(line.id)).standing is Standing.USUAL
    puk = await services.fetch_puk(line.id)
    assert puk is not None
    assert len(await services.fetch_free_numbers("8", limit=3)) == 3
    assert all(each.number.endswith("68") for each in await services.fetch_free_numbers("68", limit=20))


async def test_a_lost_line_is_lost_and_found(hall: Hall) -> None:
    line, services = await find(hall), TmfLineServices(hall.client)
    await place(hall, line, WantedChange(ChangeAction.REPORT_LOSS))
    await hall.pull("clock", {"advanceSeconds": 600})
    life = await services.fetch_life(line.id)
    assert life.standing is Standing.LOST
    assert life.since is not None
    await place(hall, line, WantedChange(ChangeAction.RESUME), reference="deed-2")
    await hall.pull("clock", {"advanceSeconds": 600})
    assert (await services.fetch_life(line.id)).standing is Standing.USUAL


Deed = Callable[[TmfMoney, Line, Line], Awaitable[Credit]]
DEEDS: dict[str, tuple[Deed, Deed]] = {
    "/topupBalance": (
        lambda money, line, _: money.top_up("deed-1", line.account_id, amount=TEN),
        lambda money, line, _: money.find_top_up(line.account_id, "deed-1"),
    ),
    "/adjustBalance": (
        lambda money, line, _: money.take_back("deed-1", line.account_id, amount=TEN),
        lambda money, line, _: money.find_take_back(line.account_id, "deed-1"),
    ),
    "/transferBalance": (
        lambda money, line, other: money.transfer("deed-1", line.account_id, other.account_id, amount=TEN),
        lambda money, line, _: money.find_transfer(line.account_id, "deed-1"),
    ),
}
MOVED = {"/topupBalance": TEN.amount, "/adjustBalance": -TEN.amount, "/transferBalance": -TEN.amount}


async def have(hall: Hall, line: Line) -> Decimal:
    return (await hall.accounts.fetch_balance(line.account_id)).available.amount


@over_a_socket
@pytest.mark.parametrize("path", DEEDS)
@pytest.mark.parametrize(
    ("mode", "arrived"), [("dropAnswer", True), ("dropRequest", False), ("error", False), (None, True)]
)
async def test_money_moves_once_whatever_becomes_of_the_answer(
    hall: Hall, path: str, mode: str | None, *, arrived: bool
) -> None:
    line, other, money = await find(hall, PREPAID), await find(hall, "13800138012"), TmfMoney(hall.client)
    await money.top_up("deed-0", line.account_id, amount=Money(amount=Decimal(50), currency="CNY"))
    before, (do, look) = await have(hall, line), DEEDS[path]
    if mode is None:
        assert (await do(money, line, other)).amount == TEN
    else:
        await break_next(hall, path, mode)
        with pytest.raises(BssFault) as fault:
            await do(money, line, other)
        assert fault.value.outcome_unknown
    found = await look(money, line, other)
    assert found.state is (CreditState.DONE if arrived else CreditState.UNKNOWN)
    assert await have(hall, line) - before == (MOVED[path] if arrived else 0)
    again = await do(money, line, other)
    assert (again.state, again.amount) == (CreditState.DONE, TEN)
    assert await have(hall, line) - before == MOVED[path]


async def test_twenty_top_ups_at_once_with_one_reference_are_one(hall: Hall) -> None:
    line, money = await find(hall, PREPAID), TmfMoney(hall.client)
    before = await have(hall, line)
    booked = await asyncio.gather(*(DEEDS["/topupBalance"][0](money, line, line) for _ in range(20)))
    assert all(credit == booked[0] for credit in booked)
    assert await have(hall, line) - before == TEN.amount


async def test_more_than_there_is_is_neither_given_nor_taken_back(hall: Hall) -> None:
    line, other, money = await find(hall, PREPAID), await find(hall, "13800138012"), TmfMoney(hall.client)
    much = Money(amount=Decimal(40_000), currency="CNY")
    given = await money.transfer("deed-1", line.account_id, other.account_id, amount=much)
    taken = await money.take_back("deed-2", line.account_id, amount=much)
    to_itself = await money.transfer("deed-3", line.account_id, line.account_id, amount=TEN)
    assert [(each.state, each.reason) for each in (given, taken, to_itself)] == [
        (CreditState.REFUSED, "insufficient"),
        (CreditState.REFUSED, "insufficient"),
        (CreditState.REFUSED, "not_allowed"),
    ]
    assert (await money.find_transfer(line.account_id, "deed-1")).state is CreditState.UNKNOWN


async def test_a_day_is_booked_with_what_went_in_and_out(hall: Hall) -> None:
    line, money = await find(hall, PREPAID), TmfMoney(hall.client)
    day = datetime.fromisoformat((await hall.look("clock"))["now"]).astimezone(BUSINESS_ZONE).date()
    await money.top_up("deed-1", line.account_id, amount=TEN)
    await money.take_back("deed-2", line.account_id, amount=TEN)
    booked = await money.fetch_booked(day)
    assert [(row.reference, row.amount.amount) for row in booked] == [
        ("deed-1", TEN.amount),
        ("deed-2", -TEN.amount),
    ]


async def test_each_card_of_the_book_answers_as_it_says(hall: Hall) -> None:
    line, money = await find(hall), TmfMoney(hall.client)
    unknown = await money.redeem_voucher("deed-0", line.account_id, card="000000000000000000")
    assert (unknown.state, unknown.reason) == (CreditState.REFUSED, "unknown")
    before = await have(hall, line)
    cards = await hall.look("vouchers")
    reasons = {}
    for number, card in enumerate(cards):
        credit = await money.redeem_voucher(f"deed-card-{number}", line.account_id, card=card["card"])
        reasons[credit.reason] = credit.state
    assert {"", "used", "expired", "of_other"} == set(reasons)
    assert await have(hall, line) > before


def facts_of(hall: Hall, line: Line) -> Facts:
    """As much of the ports as recommendations ask."""

    class Some:
        lines, bills, clock = hall.lines, hall.bills, hall.client.clock
        usage_history, catalogue = TmfUsageHistory(hall.client), TmfCatalogue(hall.client)
        qualifications = TmfQualifications(hall.client)

    caller = Caller(Channel.WEB, subscriber=line.id, number=line.number, assurance=2)
    return Facts(caller, cast("Ports", Some()), answer_within_seconds=20)


async def billed(hall: Hall, line: Line, month: str) -> Decimal:
    """What the bill of a month asked this line for its plan and its use at home, added up here from its rated lines."""
    plan = next(each for each in await hall.lines.fetch_packages(line.id) if each.kind is PackageKind.PLAN)
    bills = (await hall.bills.fetch_bills(line.account_id)).bills
    (bill,) = (each for each in bills if each.category is BillCategory.NORMAL and f"{each.period_start}"[:7] == month)
    itemized = await hall.bills.fetch_bill(line.account_id, bill.id)
    assert itemized is not None
    asked: list[Any] = [
        rated.amount.amount
        for subject in itemized.subjects
        for rated in subject.rated_lines
        if rated.number == line.number
        and not rated.roaming
        and (
            (
                subject.code is SubjectCode.MONTHLY_FEE
                and rated.product_id == plan.id
                and rated.kind is ChargeKind.RECURRING
            )
            or (
                subject.code in {SubjectCode.VOICE, SubjectCode.DATA, SubjectCode.SMS}
                and rated.kind is ChargeKind.USAGE
            )
        )
    ]
    return round_to_fen(sum(asked, Decimal(0)))


@pytest.mark.parametrize("number", ACTIVE_PEOPLE)
async def test_the_own_plan_is_as_it_was_billed_and_the_others_follow_by_their_saving(hall: Hall, number: str) -> None:
    line = await find(hall, number)
    own, *others = await recommend(facts_of(hall, line), channel=Channel.WEB)
    assert (own.is_own, own.saving.amount, len(own.months)) == (True, Decimal(0), 3)
    for month in own.months:
        assert month.paid == month.would_have_paid
        assert month.paid.amount == await billed(hall, line, month.month)
    assert len(others) < SHOWN_MOST
    savings = [each.saving.amount for each in others]
    assert savings == sorted(savings, reverse=True)
    assert all(each.average.amount >= each.monthly_fee.amount for each in others)
    assert not any(each.is_own for each in others)


async def test_only_plans_that_the_bss_would_sell_are_recommended(hall: Hall) -> None:
    told: dict[str, list[Recommendation]] = {}
    for number in (ORDINARY, PREPAID):
        told[number] = await recommend(facts_of(hall, await find(hall, number)), channel=Channel.WEB)
    assert {each.offering_id for each in told[PREPAID]} == {"plan-prepaid-8", "plan-prepaid-39"}
    assert not any("prepaid" in each.offering_id or "enterprise" in each.offering_id for each in told[ORDINARY])
    (better,) = (each for each in told[ORDINARY] if each.offering_id == "plan-79")
    assert better.saving.amount > 0
