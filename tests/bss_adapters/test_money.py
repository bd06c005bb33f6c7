"""Is money moved once, and is it always known, or said to be unknown, what became of it?"""

import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.money import TmfMoney
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.ports import BssFault
from graphql_schema.types.account import MoneyKind
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.money import Money
from tests.bss_adapters import deal_bodies as wire
from tests.bss_adapters.deal_desk import DealDesk, lose_line

pytestmark = pytest.mark.anyio

LIMITS = Limits(budget_seconds=5.0, backoff_seconds=0.001, failures_to_open=1000)
CARD = "123456789012345678"


def yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


async def top_up(money: TmfMoney) -> Credit:
    return await money.top_up("recharge-1", "A1", amount=yuan("50.10"))


async def take_back(money: TmfMoney) -> Credit:
    return await money.take_back("recharge-1", "A1", amount=yuan("50.10"))


async def transfer(money: TmfMoney) -> Credit:
    return await money.transfer("recharge-1", "A1", "A2", amount=yuan("50.10"))


DEEDS: dict[str, tuple[Callable[[TmfMoney], Awaitable[Credit]], Callable[[TmfMoney], Awaitable[Credit]]]] = {
    "topupBalance": (top_up, lambda money: money.find_top_up("A1", "recharge-1")),
    "adjustBalance": (take_back, lambda money: money.find_take_back("A1", "recharge-1")),
    "transferBalance": (transfer, lambda money: money.find_transfer("A1", "recharge-1")),
}


@pytest.fixture
def desk() -> DealDesk:
    return DealDesk()


@pytest.fixture
def client(desk: DealDesk) -> TmfClient:
    return TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=desk, limits=LIMITS)


@pytest.fixture
def money(client: TmfClient) -> TmfMoney:
    return TmfMoney(client)


async def test_a_recharge_carries_our_reference_as_key_and_description_and_is_exact(
    money: TmfMoney, desk: DealDesk
) -> None:
    credit = await top_up(money)
    assert (credit.state, credit.amount) == (CreditState.DONE, yuan("50.10"))
    (post,) = desk.posts
    assert post.headers["idempotency-key"] == "recharge-1"
    assert b'"amount":50.10' in post.read()
    assert desk.bodies[0] == {
        "amount": {"units": "CNY", "amount": 50.1},
        "usageType": "monetary",
        "bucket": {"id": "A1-own"},
        "channel": {"id": "onehall"},
        "description": "recharge-1",
        "partyAccount": {"id": "A1"},
    }


async def test_what_went_to_arrears_is_told(money: TmfMoney, desk: DealDesk) -> None:
    desk.answers["topupBalance"] = httpx.Response(201, json=wire.TOP_UP)
    credit = await top_up(money)
    assert credit.arrears_settled == yuan("12.5")
    assert credit.at == datetime(2026, 11, 20, 2, tzinfo=UTC)


async def test_money_is_taken_back_as_a_negative_amount_and_told_as_a_positive_one(
    money: TmfMoney, desk: DealDesk
) -> None:
    credit = await take_back(money)
    assert credit.amount == yuan("50.10")
    assert (desk.bodies[0]["amount"]["amount"], desk.bodies[0]["adjustType"]) == (-50.1, "oneTime")


async def test_a_transfer_names_both_pots_and_accounts(money: TmfMoney, desk: DealDesk) -> None:
    await transfer(money)
    (sent,) = desk.bodies
    assert (sent["bucket"], sent["receiverBucket"]) == ({"id": "A1-own"}, {"id": "A2-own"})
    assert (sent["logicalResource"], sent["receiverLogicalResource"]) == ([{"id": "A1"}], {"id": "A2"})


@pytest.mark.parametrize("kind", DEEDS)
async def test_a_repeated_deed_is_one(money: TmfMoney, desk: DealDesk, kind: str) -> None:
    do, _ = DEEDS[kind]
    assert await do(money) == await do(money)
    assert len(desk.actions) == 1


@pytest.mark.parametrize("kind", DEEDS)
@pytest.mark.parametrize(("when", "state"), [("before", CreditState.UNKNOWN), ("after", CreditState.DONE)])
async def test_a_lost_answer_leaves_the_outcome_open_until_it_is_looked_for(
    money: TmfMoney, desk: DealDesk, kind: str, when: str, state: CreditState
) -> None:
    do, find = DEEDS[kind]
    getattr(desk, when).append(lose_line)
    with pytest.raises(BssFault) as fault:
        await do(money)
    assert fault.value.outcome_unknown
    assert len(desk.posts) == 1
    found = await find(money)
    assert (found.state, found.reference) == (state, "recharge-1")
    assert found.amount == (yuan("50.10") if state is CreditState.DONE else None)


@pytest.mark.parametrize("kind", DEEDS)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(201, content=b"<html>"),
        httpx.Response(201, json={}),
        httpx.Response(201, json=wire.TOP_UP | {"status": "created"}),
        httpx.Response(201, json=wire.TOP_UP | {"description": "recharge-9"}),
        httpx.Response(201, json=wire.TOP_UP | {"partyAccount": {"id": "A9"}, "logicalResource": [{"id": "A9"}]}),
        httpx.Response(409, json={"code": "keyReused", "reason": "for another amount"}),
        httpx.Response(409, content=b"conflict"),
    ],
    ids=["500", "no JSON", "no facts", "still under way", "another deed", "another account", "key reused", "409 bare"],
)
async def test_an_answer_that_does_not_say_what_became_of_it_leaves_it_open(
    money: TmfMoney, desk: DealDesk, kind: str, answer: httpx.Response
) -> None:
    do, _ = DEEDS[kind]
    desk.answers[kind] = answer
    with pytest.raises(BssFault) as fault:
        await do(money)
    assert fault.value.outcome_unknown


@pytest.mark.parametrize(
    "body", [{"amount": {"amount": -50, "units": "CNY"}}, {"amount": {"amount": 0, "units": "CNY"}}]
)
async def test_money_that_went_the_other_way_is_no_answer(
    money: TmfMoney, desk: DealDesk, body: dict[str, Any]
) -> None:
    desk.answers["topupBalance"] = httpx.Response(201, json=wire.TOP_UP | body)
    with pytest.raises(BssFault) as fault:
        await top_up(money)
    assert fault.value.outcome_unknown


@pytest.mark.parametrize("kind", DEEDS)
@pytest.mark.parametrize("status", [400, 401, 404, 429])
async def test_what_was_turned_away_at_the_door_was_surely_not_done(
    money: TmfMoney, desk: DealDesk, kind: str, status: int
) -> None:
    desk.answers[kind] = httpx.Response(status, json={"code": "badProperty", "reason": "no"})
    with pytest.raises(BssFault) as fault:
        await DEEDS[kind][0](money)
    assert not fault.value.outcome_unknown


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("topupBalance", "accountClosed", "closed"),
        ("adjustBalance", "insufficient", "insufficient"),
        ("transferBalance", "insufficient", "insufficient"),
        ("transferBalance", "notAllowed", "not_allowed"),
    ],
)
async def test_a_refusal_for_good_is_an_answer(
    money: TmfMoney, desk: DealDesk, kind: str, code: str, reason: str
) -> None:
    desk.answers[kind] = httpx.Response(409, json={"code": code, "reason": "no"})
    credit = await DEEDS[kind][0](money)
    assert (credit.state, credit.reason, credit.amount) == (CreditState.REFUSED, reason, None)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("voucherUnknown", "unknown"),
        ("voucherUsed", "used"),
        ("voucherExpired", "expired"),
        ("voucherOfOther", "of_other"),
    ],
)
async def test_a_card_that_can_not_be_used_says_why(money: TmfMoney, desk: DealDesk, code: str, reason: str) -> None:
    desk.answers["topupBalance"] = httpx.Response(409, json={"code": code, "reason": "no"})
    credit = await money.redeem_voucher("recharge-1", "A1", card=CARD)
    assert (credit.state, credit.reason) == (CreditState.REFUSED, reason)


async def test_a_cards_money_is_what_the_bss_says(money: TmfMoney, desk: DealDesk) -> None:
    desk.answers["topupBalance"] = httpx.Response(201, json=wire.TOP_UP | {"amount": {"amount": 100, "units": "CNY"}})
    credit = await money.redeem_voucher("recharge-1", "A1", card=CARD)
    assert credit.amount == yuan("100")
    assert (desk.bodies[0]["voucher"], desk.bodies[0]["amount"]["amount"]) == (CARD, 0)


async def test_a_card_stands_in_no_address_and_no_fault(money: TmfMoney, desk: DealDesk) -> None:
    desk.answers["topupBalance"] = httpx.Response(409, json={"code": CARD, "reason": CARD})
    with pytest.raises(BssFault) as fault:
        await money.redeem_voucher("recharge-1", "A1", card=CARD)
    told = "".join(traceback.format_exception(fault.value))
    assert CARD not in told
    assert CARD not in repr(fault.value.__dict__)
    assert not any(CARD in str(post.url) for post in desk.posts)


async def test_an_action_that_failed_later_was_refused(money: TmfMoney, desk: DealDesk) -> None:
    desk.lists["topupBalance"] = [wire.TOP_UP | {"status": "failed"}]
    assert (await money.find_top_up("A1", "recharge-1")).state is CreditState.REFUSED


@pytest.mark.parametrize(
    "found",
    [
        [wire.TOP_UP, wire.TOP_UP],
        [wire.TOP_UP | {"partyAccount": {"id": "A9"}}],
        [wire.TOP_UP | {"description": "recharge-9"}],
        {},
    ],
    ids=["two", "another account", "another reference", "no list"],
)
async def test_what_is_found_of_others_is_no_answer(money: TmfMoney, desk: DealDesk, found: Any) -> None:
    desk.lists["topupBalance"] = found
    with pytest.raises(BssFault, match="balance_garbled"):
        await money.find_top_up("A1", "recharge-1")


async def test_the_look_for_a_recharge_names_its_account_and_reference(money: TmfMoney, desk: DealDesk) -> None:
    await money.find_top_up("A1", "recharge-1")
    assert dict(desk.asked[-1].params) == {"partyAccount.id": "A1", "description": "recharge-1", "limit": "2"}


async def test_a_balance_is_read_anew_after_money_moved(money: TmfMoney, client: TmfClient, desk: DealDesk) -> None:
    accounts = TmfAccounts(client)
    before = await accounts.fetch_balance("A1")
    desk.lists["bucket"] = [
        {
            "id": "A1-own",
            "name": "own",
            "status": "active",
            "partyAccount": {"id": "A1"},
            "remainingValue": {"amount": 150.1, "units": "CNY"},
        }
    ]
    assert (await accounts.fetch_balance("A1")).available == before.available
    await top_up(money)
    assert (await accounts.fetch_balance("A1")).available == yuan("150.1")


async def test_an_account_without_money_of_its_own_is_sent_nothing(money: TmfMoney, desk: DealDesk) -> None:
    desk.lists["bucket"] = []
    with pytest.raises(BssFault, match="balance_garbled") as fault:
        await top_up(money)
    assert not fault.value.outcome_unknown
    assert not desk.posts


async def test_a_day_of_business_is_booked_from_midnight_in_china_and_refunds_are_negative(
    money: TmfMoney, desk: DealDesk
) -> None:
    desk.lists |= {"payment": [wire.PAYMENT, wire.PAYMENT | {"status": "failed"}], "refund": [wire.REFUND]}
    booked = await money.fetch_booked(date(2026, 11, 20))
    assert [(row.reference, row.amount) for row in booked] == [("refund-1", yuan("-20")), ("recharge-1", yuan("50"))]
    asked = {url.path.rpartition("/")[2]: dict(url.params) for url in desk.asked}
    assert asked["payment"] | {"limit": ""} == {
        "paymentDate.gte": "2026-11-20T00:00:00+08:00",
        "paymentDate.lt": "2026-11-21T00:00:00+08:00",
        "channel.id": "onehall",
        "limit": "",
    }
    assert asked["refund"]["refundDate.gte"] == "2026-11-20T00:00:00+08:00"


async def test_a_row_of_another_day_spoils_the_books(money: TmfMoney, desk: DealDesk) -> None:
    desk.lists |= {"payment": [wire.PAYMENT | {"paymentDate": "2026-11-20T23:00:00Z"}], "refund": []}
    with pytest.raises(BssFault, match="payment_garbled"):
        await money.fetch_booked(date(2026, 11, 20))


async def test_pots_come_in_the_order_of_spending_with_what_they_pay_and_when_they_are_freed(
    client: TmfClient, desk: DealDesk
) -> None:
    desk.lists["bucket"] = [
        {
            "id": "A1-frozen",
            "name": "frozen",
            "status": "active",
            "remainingValue": {"amount": 2300, "units": "CNY"},
            "usableFor": ["monthly_fee"],
            "release": [
                {"date": "2026-12-01", "amount": {"amount": 100, "units": "CNY"}},
                {"date": "2027-01-01", "amount": {"amount": 100, "units": "CNY"}},
            ],
        },
        {"id": "A1-own", "name": "own", "status": "active", "remainingValue": {"amount": 10, "units": "CNY"}},
    ]
    frozen, own = (await TmfAccounts(client).fetch_balance("A1")).sub_balances
    assert (frozen.kind, frozen.usable_for) == (MoneyKind.FROZEN, [SubjectCode.MONTHLY_FEE])
    assert [(each.on, each.amount) for each in frozen.releases] == [
        (date(2026, 12, 1), yuan("100")),
        (date(2027, 1, 1), yuan("100")),
    ]
    assert (own.kind, own.usable_for, own.releases) == (MoneyKind.OWN, [], [])
