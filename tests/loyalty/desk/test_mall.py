"""Do operations change the mall once for a deed, see no code and no address, and take goods back?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from graphql_schema.loyalty_ports import WantedReward
from graphql_schema.problems import BadArgument, NotFound, NotReturnable
from graphql_schema.types.reward import RedemptionState, RewardKind
from tests.loyalty.desk.office import Office
from tests.loyalty.grants.fair import NOW, TEN, make_campaign
from tests.loyalty.rewards.arcade import BOOK, CUP, HOME, PACK, TREES

pytestmark = pytest.mark.anyio
MONEY = WantedReward("HF10", RewardKind.BALANCE, 1000, "10元话费", "10 yuan", amount=Decimal("10.50"), valid_days=90)


async def test_an_item_is_put_changed_and_put_away_with_who_did_it(office: Office) -> None:
    put = await office.desk.put_item(office.deed("1001"), MONEY)
    assert put.item.amount is not None
    assert (put.item.amount.amount, put.valid_days, put.stock, put.taken) == (Decimal("10.5"), 90, None, 0)
    changed = await office.desk.put_item(office.deed("1002"), replace(MONEY, points=900, stock=5))
    assert (changed.item.points, changed.item.left, changed.version) == (900, 5, 2)
    away = await office.desk.switch_item(office.deed("1003"), "HF10", on=False)
    assert not away.item.on
    assert [each.changed_by for each in await office.desk.fetch_item_changes("HF10")] == [
        "staff:1003",
        "staff:1002",
        "staff:1001",
    ]
    assert [each.item.code for each in await office.desk.fetch_items()] == ["HF10"]


async def test_a_deed_that_is_done_again_changes_the_mall_once(office: Office) -> None:
    deed = office.deed()
    assert (await office.desk.put_item(deed, MONEY)).version == 1
    assert (await office.desk.put_item(deed, MONEY)).version == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"code": "hf"}, "code"),
        ({"points": 0}, "points"),
        ({"amount": None}, "amount_fen"),
        ({"batch": "books"}, "batch"),
        ({"stock": -1}, "stock"),
        ({"ends_at": NOW, "starts_at": NOW}, "ends_at"),
    ],
)
async def test_what_can_not_be_an_item_is_refused_by_its_field(
    office: Office, changes: dict[str, object], wrong: str
) -> None:
    with pytest.raises(BadArgument) as refused:
        await office.desk.put_item(office.deed(), replace(MONEY, **changes))  # type: ignore[arg-type]
    assert refused.value.parameters["name"] == wrong
    assert await office.desk.fetch_items() == []


async def test_codes_are_counted_and_never_shown(office: Office) -> None:
    await office.arcade.put(BOOK)
    assert [(each.batch, each.total) for each in await office.desk.fetch_batches()] == [("books", 0)]
    put = await office.desk.put_codes(office.deed(), "books", ["SECRET-1", "SECRET-2", "SECRET-1"])
    assert (put.new, put.left) == (2, 2)
    again = await office.desk.put_codes(office.deed(), "books", ["SECRET-2", "SECRET-3"])
    assert (again.new, again.left) == (1, 3)
    await office.arcade.earn(100)
    redeemed = await office.arcade.redeem(BOOK)
    assert redeemed.voucher_code == "SECRET-1"
    assert [(each.total, each.given) for each in await office.desk.fetch_batches()] == [(3, 1)]
    (item,) = await office.desk.fetch_items()
    assert item.item.left == 2
    served = await office.desk.fetch_redemption(redeemed.id)
    assert "SECRET" not in repr(served)


async def test_redemptions_are_counted_by_what_became_of_them_also_of_what_has_no_stock(office: Office) -> None:
    arcade = office.arcade
    await arcade.put(PACK, TREES)
    await arcade.earn(1000)
    await arcade.redeem(TREES)
    arcade.operator.comes("give", "done", "working", "refused")
    for _ in range(3):
        await arcade.redeem(PACK)
    counts = {each.item.code: (each.under_way, each.done, each.given_back) for each in await office.desk.fetch_items()}
    assert counts == {"D1": (1, 1, 1), "TREE": (0, 1, 0)}
    away = await office.desk.switch_item(office.deed(), "D1", on=False)
    assert (away.under_way, away.done, away.given_back) == (1, 1, 1)


async def test_what_takes_longer_than_its_kind_may_is_listed_the_newest_first(office: Office) -> None:
    arcade = office.arcade
    await arcade.put(PACK, CUP)
    await arcade.earn(1000)
    arcade.operator.comes("give", "working", "working", "working", "done")
    older, cup = [(await arcade.redeem(item)).id for item in (PACK, CUP)]
    arcade.advance(minutes=5)
    assert (await office.desk.fetch_troubles()).late == []
    arcade.advance(seconds=1)
    (late,) = (await office.desk.fetch_troubles()).late
    assert (late.id, late.code, late.state) == (older, "D1", RedemptionState.WORKING)
    arcade.advance(days=7)
    newer = (await arcade.redeem(PACK)).id
    await arcade.redeem(PACK)
    arcade.advance(minutes=6)
    found = [each.id for each in (await office.desk.fetch_troubles()).late]
    assert (found[0], set(found[1:])) == (newer, {older, cup})


async def test_rewards_that_were_refused_are_listed_with_why_and_no_more_than_a_page(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.put_on(make_campaign(TEN))
    for name in ("a", "b"):
        office.fair.operator.comes("grant_money", "refused")
        await office.fair.recharge(name)
        office.fair.advance(minutes=1)
    refused = (await office.desk.fetch_troubles()).refused
    assert [(each.campaign_id, each.reward_key, each.failure) for each in refused] == [
        ("spring", "ten", "accountClosed")
    ] * 2
    assert refused[0].at > refused[1].at
    monkeypatch.setattr("loyalty.desk.troubles.SHOWN", 1)
    assert (await office.desk.fetch_troubles()).refused == refused[:1]


async def test_goods_go_back_step_by_step_and_their_points_with_them(office: Office) -> None:
    redemption_id = await _have_a_cup(office)
    served = await office.desk.fetch_redemption(redemption_id)
    assert served.delivery is not None
    assert HOME.person not in repr(served)
    assert HOME.address not in repr(served)
    returning = await office.desk.begin_return(office.deed("1001"), redemption_id)
    assert (returning.state, returning.returned_by) == (RedemptionState.RETURNING, "staff:1001")
    assert await office.arcade.available() == 200
    returned = await office.desk.finish_return(office.deed("1002"), redemption_id)
    assert (returned.state, returned.returned_by) == (RedemptionState.RETURNED, "staff:1002")
    assert await office.arcade.available() == 500


async def test_a_return_that_never_came_is_dropped(office: Office) -> None:
    redemption_id = await _have_a_cup(office)
    await office.desk.begin_return(office.deed(), redemption_id)
    assert (await office.desk.drop_return(office.deed(), redemption_id)).state is RedemptionState.DONE
    with pytest.raises(NotReturnable):
        await office.desk.finish_return(office.deed(), redemption_id)


async def test_what_can_not_be_returned_says_why(office: Office) -> None:
    redemption_id = await _have_a_cup(office)
    office.arcade.advance(days=8)
    with pytest.raises(NotReturnable) as refused:
        await office.desk.begin_return(office.deed(), redemption_id)
    assert refused.value.parameters == {"reason": "too_late"}
    for step in (office.desk.fetch_redemption("none"), office.desk.begin_return(office.deed(), "none")):
        with pytest.raises(NotFound):
            await step


async def test_the_last_verdict_is_told_with_its_differences_and_says_when_it_is_old(office: Office) -> None:
    assert await office.desk.fetch_verdict() is None
    await office.audit(date(2026, 11, 21), ended_at=NOW - timedelta(hours=9))
    clean = await office.desk.fetch_verdict()
    assert clean is not None
    assert (clean.count, clean.overdue, clean.differences) == (0, False, [])
    found = [{"account": "A9", "what": "balance", "kept": 500, "summed": 480}]
    await office.audit(date(2026, 11, 22), ended_at=NOW, count=1, found=found)
    office.fair.moment = datetime(2026, 11, 24, 12, tzinfo=UTC)
    differs = await office.desk.fetch_verdict()
    assert differs is not None
    assert (differs.day, differs.count, differs.overdue) == (date(2026, 11, 22), 1, True)
    assert [(each.account, each.kept, each.summed) for each in differs.differences] == [("A9", 500, 480)]


async def _have_a_cup(office: Office) -> str:
    """Redeemed, sent, and arrived; 200 points are left of 500."""
    await office.arcade.put(CUP)
    await office.arcade.earn(500)
    redeemed = await office.arcade.redeem(CUP)
    if redeemed.state is not RedemptionState.DONE:
        await office.arcade.settle(rounds=2, minutes=61)
    assert (await office.arcade.see(redeemed.id)).state is RedemptionState.DONE
    return redeemed.id
