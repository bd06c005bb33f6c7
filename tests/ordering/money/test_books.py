"""Is it said of every yuan that the operator's books have and we have not, or the other way round?"""

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import BookedMoney, Credit, StatementRow
from graphql_schema.ports import BssFault
from graphql_schema.problems import ProviderRefused
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import MismatchKind, RechargeSource, RechargeState
from ordering.money.books import gather_sides
from ordering.money.refund_rows import derive_reference
from tests.ordering.money.office import DAY, Office, said
from tests.ordering.money.till import CARD, COLLEAGUE, OWNER, yuan

pytestmark = pytest.mark.anyio
MANY, PARAMETERS_MOST = 1_200, 600


@pytest.fixture
async def office(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(engine, monkeypatch)


@pytest.fixture
def closed_till(office: Office) -> pytest.MonkeyPatch:
    """The operator turns every credit down, until ``undo``."""

    async def turn_down(reference: str, account_id: str, *, amount: Money) -> Credit:
        raise BssFault("balance_refused", retryable=False)

    bar = pytest.MonkeyPatch()
    bar.setattr(office.shop.bss, "top_up", turn_down)
    return bar


async def test_what_is_paid_and_not_credited_is_said_until_it_is(
    office: Office, closed_till: pytest.MonkeyPatch
) -> None:
    await office.earn("D1")
    report = await office.next_morning()
    assert (report.agrees, report.credited) == (False, yuan(0))
    assert said(report) == [(MismatchKind.CREDITED, "D1", False)]
    [owed] = report.mismatches
    assert (owed.recharge_id, owed.ours, owed.theirs) == ("D1", yuan(50), None)
    shown = await office.shop.see()
    assert (shown.state, shown.late) == (RechargeState.PAID, True)
    closed_till.undo()
    report = await office.later()
    assert (report.agrees, said(report)) == (True, [(MismatchKind.CREDITED, "D1", True)])


async def test_what_stays_owed_is_said_of_every_day(office: Office, closed_till: pytest.MonkeyPatch) -> None:
    office.shop.bss.day.comes("find_top_up", *["down"] * 10_000)
    await office.earn("D1")
    await office.next_morning()
    for days in range(1, 6):
        assert said(await office.mornings_later(days)) == [(MismatchKind.CREDITED, "D1", False)]
    office.shop.bss.day.coming.clear()
    closed_till.undo()
    assert (await office.mornings_later(6)).agrees


async def test_what_can_be_credited_by_then_is(office: Office, closed_till: pytest.MonkeyPatch) -> None:
    await office.earn("D1")
    closed_till.undo()
    report = await office.next_morning()
    assert (report.agrees, said(report)) == (True, [(MismatchKind.CREDITED, "D1", True)])
    assert (office.shop.bss.own["A1"], (await office.shop.see()).state) == (50, RechargeState.CREDITED)


async def test_what_is_taken_up_is_mended_when_it_is_credited(office: Office, closed_till: pytest.MonkeyPatch) -> None:
    await office.shop.start("D1")
    office.shop.provider.pay("D1")
    report = await office.next_morning()
    assert (report.agrees, said(report)) == (False, [(MismatchKind.TAKEN_UP, "D1", False)])
    closed_till.undo()
    report = await office.later()
    assert (report.agrees, said(report)) == (True, [(MismatchKind.TAKEN_UP, "D1", True)])


async def test_another_amount_in_the_books_is_held_with_both(office: Office) -> None:
    await office.shop.started_and_paid("D1")
    office.shop.bss.lies["D1"] = yuan(500)
    await office.shop.settle(rounds=2)
    office.papers.booked_besides.append(BookedMoney("D1", yuan(500), office.shop.moment))
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.AMOUNT_DIFFERS, "D1", False)]
    assert (report.mismatches[0].ours, report.mismatches[0].theirs) == (yuan(50), yuan(500))


async def test_what_neither_operator_nor_provider_takes_is_owed(office: Office) -> None:
    office.shop.bss.closed.add("A1")
    office.shop.provider.refuses_refunds = True
    await office.earn("D1")
    report = await office.next_morning()
    assert (report.agrees, said(report)) == (False, [(MismatchKind.CREDITED, "D1", False)])
    office.shop.provider.refuses_refunds = False
    report = await office.later()
    assert (report.agrees, (await office.shop.see()).state) == (True, RechargeState.REFUNDED)


async def test_a_refund_that_is_open_for_a_day_is_said(office: Office) -> None:
    await office.earn("D1")
    office.shop.provider.day.comes("refund", *["lost"] * 10_000)
    await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    assert (await office.next_morning()).agrees
    report = await office.mornings_later(1)
    assert said(report) == [(MismatchKind.REFUND_NOTED, "B1", False)]
    assert (report.mismatches[0].ours, report.mismatches[0].theirs) == (yuan(20), None)


async def test_one_that_can_not_be_asked_about_keeps_no_other_from_being_said(office: Office) -> None:
    await office.earn("D1")
    office.papers.unbooked.add("D1")
    office.papers.booked_besides.append(BookedMoney("Z1", yuan(30), office.shop.moment))
    office.shop.bss.day.comes("find_top_up", "down")
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.CREDITED, "D1", False), (MismatchKind.UNKNOWN_CREDIT, "Z1", False)]


async def test_a_card_stands_in_both_books(office: Office) -> None:
    await office.shop.recharges.redeem_voucher(Deed("V1", OWNER), None, CARD)
    report = await office.next_morning()
    assert (report.agrees, report.payments, report.credited, report.mismatches) == (True, 0, yuan(0), [])


async def test_a_card_that_the_books_do_not_have_is_held_and_not_made_again(office: Office) -> None:
    await office.shop.recharges.redeem_voucher(Deed("V1", OWNER), None, CARD)
    del office.shop.bss.credits["V1"]
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.CREDITED, "V1", False)]
    assert report.mismatches[0].ours == yuan(50)
    assert (office.shop.bss.day.asked["top_up"], office.shop.bss.day.asked["redeem_voucher"]) == (0, 1)


async def test_a_card_that_was_booked_and_that_we_never_heard_of_is_credited(office: Office) -> None:
    office.shop.bss.day.comes("redeem_voucher", "dropped")
    begun = await office.shop.recharges.redeem_voucher(Deed("V1", OWNER), None, CARD)
    assert begun.state is RechargeState.CHECKING
    report = await office.next_morning()
    assert (report.agrees, said(report)) == (True, [(MismatchKind.UNKNOWN_CREDIT, "V1", True)])
    assert report.mismatches[0].recharge_id == "V1"
    assert (await office.shop.see("V1")).state is RechargeState.CREDITED


async def test_a_take_back_that_the_books_do_not_have_is_held(office: Office) -> None:
    await office.earn("D1")
    await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    del office.shop.bss.credits["B1"]
    asked = office.shop.bss.day.asked["take_back"]
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.CREDITED, "B1", False)]
    assert (report.mismatches[0].recharge_id, report.mismatches[0].ours) == ("D1", yuan(-20))
    assert office.shop.bss.day.asked["take_back"] == asked


async def test_a_take_back_that_is_only_missing_on_the_list_is_no_difference(office: Office) -> None:
    await office.earn("D1")
    await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    office.papers.unbooked.add("B1")
    report = await office.next_morning()
    assert (report.agrees, report.mismatches) == (True, [])


async def test_a_take_back_that_was_refused_here_and_booked_there_is_held(office: Office) -> None:
    await office.earn("D1")
    office.shop.bss.own["A1"] = 0
    with pytest.raises(ProviderRefused):
        await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    office.papers.booked_besides.append(BookedMoney("B1", yuan(-20), office.shop.moment))
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.UNKNOWN_CREDIT, "B1", False)]
    assert (report.mismatches[0].recharge_id, report.mismatches[0].theirs) == ("D1", yuan(-20))


async def test_a_take_back_that_was_booked_and_that_we_never_heard_of_goes_on(office: Office) -> None:
    await office.earn("D1")
    office.shop.bss.day.comes("take_back", "dropped")
    await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    report = await office.next_morning()
    assert (report.agrees, said(report)) == (False, [(MismatchKind.UNKNOWN_CREDIT, "B1", False)])
    report = await office.later()
    assert (report.agrees, said(report)) == (True, [(MismatchKind.UNKNOWN_CREDIT, "B1", True)])


@pytest.mark.parametrize("lost", [False, True])
async def test_what_was_put_in_again_stands_in_both_books(office: Office, lost: bool) -> None:
    await office.earn("D1")
    office.shop.provider.refuses_refunds = True
    with pytest.raises(ProviderRefused):
        await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    restored = derive_reference("B1", "restore")
    if lost:
        del office.shop.bss.credits[restored]
        office.shop.bss.own["A1"] -= 20
    report = await office.next_morning()
    assert (report.agrees, said(report)) == (True, [(MismatchKind.CREDITED, restored, True)] if lost else [])
    assert office.shop.bss.booked() == 50


async def test_a_day_of_any_size_is_compared_in_statements_of_a_bounded_size(office: Office) -> None:
    """PostgreSQL takes 32,767 parameters and no more, and a busy day has more payments."""
    await office.earn("D1")
    shop, sizes = office.shop, list[int]()
    for each in range(MANY):
        office.papers.strangers.append(StatementRow(f"X{each}", f"P{each}", yuan(70), shop.moment))
        office.papers.strangers.append(StatementRow("D1", "P", yuan(70), shop.moment, f"R{each}"))
        office.papers.booked_besides.append(BookedMoney(f"Z{each}", yuan(30), shop.moment))

    def weigh(*asked: Any) -> None:
        sizes.append(len(asked[3]))

    event.listen(shop.engine.sync_engine, "before_cursor_execute", weigh)
    sides = await gather_sides(shop.till, RechargeSource.SANDBOX, DAY)
    assert (len(sides.paid_there), len(sides.back_there), len(sides.unknown)) == (MANY + 1, MANY, MANY)
    assert sides.paid_here.keys() == {"D1"}
    assert 0 < max(sizes) < PARAMETERS_MOST
