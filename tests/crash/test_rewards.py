"""Is each reward given once and each point where it belongs, wherever the process that is at it is killed?

``make test`` runs every third case of each test here, ``make campaign`` every one (see conftest.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.crash.conftest import Processes, Sandbox, open_sandbox

LEASE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 31.0, 3700.0, 86_400.0
BALANCE = "/tmf-api/prepayBalanceManagement/v4"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One of these tests alone, whose clock they move."""
    with open_sandbox(tmp_path_factory.mktemp("rewarding"), subscribers=200) as sandbox:
        yield sandbox


@dataclass
class Days:
    """How far the sandbox's clock is ahead of this machine's, for all tests of this file."""

    ahead_seconds: float = 0


@pytest.fixture(scope="module")
def days() -> Days:
    return Days()


@dataclass
class Winner:
    """Somebody with 1000 points, whose deeds may be killed; afterwards everybody's books are compared."""

    processes: Processes
    sandbox: Sandbox
    days: Days
    reference: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        self.line, self.number, self.account = self.sandbox.take_account()
        while not (self.sandbox.qualifies(self.line) and self.do("may_win")):
            self.line, self.number, self.account = self.sandbox.take_account()
        self.http = httpx.Client(base_url=self.sandbox.address, timeout=10)
        self.packs = self.sandbox.count_packs(self.line)

    def do(self, do: str, *, die_at: str | None = None, later_seconds: float = 0, **asked: Any) -> Any:
        facts = {"deed": self.reference, "line": self.line, "number": self.number, "account": self.account, **asked}
        return self.processes.do(do, die_at=die_at, later_seconds=self.days.ahead_seconds + later_seconds, **facts)

    def pass_days(self, seconds: float) -> None:
        self.sandbox.control("clock", advanceSeconds=seconds)
        self.days.ahead_seconds += seconds

    def stock(self) -> None:
        self.do("stock_mall", points=1000)

    def look(self) -> dict[str, Any]:
        """Every account of points is the sum of its postings, whatever happened."""
        seen: dict[str, Any] = self.do("look_at_rewards")
        assert seen["differences"] == []
        return seen

    def granted(self) -> Decimal:
        """Money that we had the operator grant, and that is there."""
        query = {"partyAccount.id": self.account, "limit": "100"}
        found = self.http.get(f"{BALANCE}/bucket", params=query).raise_for_status().json()
        return sum(
            (Decimal(str(each["remainingValue"]["amount"])) for each in found if re.search(r"-r[0-9]", each["id"])),
            Decimal(0),
        )

    def run(self, campaign: dict[str, Any]) -> None:
        self.do("put_campaign", campaign=campaign)
        self.do("switch_campaign", campaign=campaign)


@pytest.fixture
def winner(processes: Processes, sandbox: Sandbox, days: Days) -> Winner:
    return Winner(processes, sandbox, days)


@pytest.mark.parametrize(
    "die_at", ["redemption.held", "redemption.fulfilment_intended", "redemption.answered", "redemption.done"]
)
def test_what_is_redeemed_is_given_once(winner: Winner, die_at: str) -> None:
    winner.stock()
    winner.do("redeem_item", code="HF10", die_at=die_at)
    seen = winner.look()
    done = die_at == "redemption.done"
    assert seen["redemptions"] == [["HF10", "done" if done else "working", ""]]
    assert seen["points"] == ([500, 0, 0] if done else [500, 500, 0])
    assert winner.do("redeem_item", code="HF10") in {"working", "done"}, "the same deed, tried again"
    winner.do("heal_redemptions", later_seconds=LEASE_SECONDS)
    seen = winner.look()
    assert (seen["redemptions"], seen["points"], seen["taken"]) == ([["HF10", "done", ""]], [500, 0, 0], {"HF10": 1})
    assert winner.granted() == 5
    assert winner.do("redeem_item", code="HF10") == "done"
    assert winner.granted() == 5


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest", "error"])
@pytest.mark.parametrize("die_at", [None, "redemption.held", "redemption.answered"])
def test_an_operator_that_drops_the_answer_gives_once(winner: Winner, mode: str, die_at: str | None) -> None:
    winner.stock()
    winner.sandbox.control("fault", path="/topupBalance", mode=mode)
    if die_at == "redemption.answered":
        winner.do("redeem_item", code="HF10")
        winner.do("work_on_redemptions", later_seconds=LEASE_SECONDS, die_at=die_at)
    else:
        winner.do("redeem_item", code="HF10", die_at=die_at)
    winner.do("heal_redemptions", later_seconds=3 * LEASE_SECONDS)
    seen = winner.look()
    assert (seen["redemptions"], seen["points"]) == ([["HF10", "done", ""]], [500, 0, 0])
    assert winner.granted() == 5


@pytest.mark.parametrize("die_at", ["redemption.fulfilment_intended", "redemption.answered", "redemption.released"])
def test_what_the_operator_turns_down_puts_points_and_piece_back_once(winner: Winner, die_at: str) -> None:
    winner.stock()
    winner.do("redeem_item", code="PLAN", die_at=die_at)
    winner.do("heal_redemptions", later_seconds=LEASE_SECONDS)
    seen = winner.look()
    assert (seen["redemptions"], seen["points"], seen["taken"]) == ([["PLAN", "released", ""]], [1000, 0, 0], {})
    assert winner.do("redeem_item", code="PLAN") == "released"


@pytest.mark.parametrize("die_at", ["redemption.sent", "redemption.answered", "redemption.done"])
def test_goods_are_sent_once_and_paid_for_when_they_arrive(winner: Winner, die_at: str) -> None:
    winner.stock()
    assert winner.do("redeem_item", code="CUP") == "working"
    winner.pass_days(1.1 * DAY_SECONDS)
    if die_at == "redemption.done":
        winner.do("work_on_redemptions")
        winner.pass_days(2.1 * DAY_SECONDS)
    winner.do("work_on_redemptions", die_at=die_at)
    winner.do("heal_redemptions", later_seconds=HOUR_SECONDS)
    winner.pass_days(2.1 * DAY_SECONDS)
    winner.do("heal_redemptions", later_seconds=2 * HOUR_SECONDS)
    [[code, state, tracking]] = winner.look()["redemptions"]
    assert (code, state, bool(tracking)) == ("CUP", "done", True)
    assert winner.look()["points"] == [700, 0, 0]
    assert len(winner.sandbox.fetch_orders(winner.reference)) == 1


@pytest.mark.parametrize("die_at", ["redemption.return_begun", "redemption.returned", "redemption.return_dropped"])
def test_goods_come_back_once_with_their_points(winner: Winner, die_at: str) -> None:
    winner.stock()
    winner.do("redeem_item", code="CUP")
    winner.pass_days(3.1 * DAY_SECONDS)
    winner.do("heal_redemptions")
    back, last = {"deed": uuid4().hex, "redemption": winner.reference}, {"redemption": winner.reference}
    if die_at == "redemption.return_begun":
        winner.do("begin_return", die_at=die_at, **back)
    assert winner.do("begin_return", **back) == "returning"
    finish = "drop_return" if die_at == "redemption.return_dropped" else "finish_return"
    if die_at != "redemption.return_begun":
        winner.do(finish, die_at=die_at, **last)
    dropped = finish == "drop_return"
    assert winner.do(finish, **last) == ("done" if dropped else "returned")
    seen = winner.look()
    assert seen["points"] == ([700, 0, 0] if dropped else [1000, 0, 0])
    assert seen["taken"] == ({"CUP": 1} if dropped else {})


@pytest.mark.parametrize(("deed", "die_at"), [("put_item", "reward_item.put"), ("switch_item", "reward_item.switched")])
def test_a_change_of_the_mall_is_one_change(winner: Winner, deed: str, die_at: str) -> None:
    winner.do("put_item", deed=uuid4().hex)
    winner.do(deed, die_at=die_at)
    winner.do(deed)
    assert winner.do("look_at_shelf") == {"items": [[2, deed == "put_item"]], "changes": 2}


@pytest.mark.parametrize("die_at", ["bill.looked_at", "bill.earned"])
def test_a_bill_that_was_paid_earns_once(winner: Winner, die_at: str) -> None:
    query = {"billingAccount.id": winner.account, "state": "settled", "limit": "1"}
    path = "/tmf-api/customerBillManagement/v4/customerBill"
    [bill] = winner.http.get(path, params=query).raise_for_status().json()
    winner.do("watch_bill", bill=bill["id"])
    winner.do("work_on_bills", die_at=die_at)
    winner.do("heal_bills", later_seconds=LEASE_SECONDS)
    earned = winner.look()["points"]
    assert earned[0] > 0
    winner.do("watch_bill", bill=bill["id"])
    winner.do("heal_bills", later_seconds=3 * LEASE_SECONDS)
    assert winner.look()["points"] == earned


def make_campaign(*actions: dict[str, Any], choice: bool = False) -> dict[str, Any]:
    tier = {"from": "100.00", "reward": [each["id"] for each in actions], "choice": choice}
    return {
        "id": f"c-{uuid4().hex}",
        "name": "活动",
        "nameEn": "A campaign",
        "validFor": {"startDateTime": "2020-01-01T00:00:00+08:00", "endDateTime": "2099-12-31T00:00:00+08:00"},
        "happening": ["recharge"],
        "pattern": [{"action": list(actions), "tier": [tier]}],
    }


def make_reward(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "name": key, "nameEn": key, "actionType": kind, **more}


MONEY = make_reward("money", "currency", actionValue="12.00")
FROZEN = make_reward("frozen", "currency", actionValue="12.00", release={"months": 12, "leastSpend": "0.00"})
SPENT = make_reward("spent", "currency", actionValue="4.00", release={"months": 2, "leastSpend": "90000.00"})
POINTS = make_reward("points", "bonus point", actionValue="300", cost="1.00")
PACK = make_reward("pack", "an existing offering", actionEntityRef={"id": "pack-data-5"}, cost="5.00")


def test_a_campaign_is_put_in_and_switched_once(winner: Winner) -> None:
    campaign = make_campaign(POINTS)
    winner.do("put_campaign", campaign=campaign, die_at="campaign.put")
    assert winner.do("put_campaign", campaign=campaign) == 1, "the same document is the same version"
    winner.do("switch_campaign", campaign=campaign, die_at="campaign.switched")
    winner.do("switch_campaign", campaign=campaign)
    assert winner.do("look_at_campaigns") == [[campaign["id"], 1, True]]


def test_a_campaign_is_proposed_and_let_count_once(winner: Winner) -> None:
    campaign = make_campaign(POINTS)
    winner.do("propose_campaign", campaign=campaign, die_at="campaign.proposed")
    assert winner.do("propose_campaign", campaign=campaign) == 1
    winner.do("switch_proposed", campaign=campaign, die_at="campaign.switched")
    assert winner.do("switch_proposed", campaign=campaign)
    assert winner.do("look_at_campaigns") == [[campaign["id"], 1, True]]


@pytest.mark.parametrize("die_at", ["decision.made", "decision.written"])
@pytest.mark.parametrize("back_fen", [0, 10000])
def test_what_happened_is_decided_once(winner: Winner, die_at: str, back_fen: int) -> None:
    winner.run(make_campaign(POINTS))
    winner.do("happens", fen=10000)
    winner.do("work_on_grants", die_at=die_at)
    winner.do("happens", fen=10000)
    if back_fen:
        winner.do("goes_back", back_fen=back_fen)
    winner.do("heal_grants", later_seconds=LEASE_SECONDS)
    seen = winner.look()
    never = back_fen and die_at == "decision.made"
    assert seen["grants"] == ({} if never else {"points": "taken_back" if back_fen else "granted"})
    assert (seen["points"], seen["decided"]) == ([0 if back_fen else 300, 0, 0], 1)


@pytest.mark.parametrize("die_at", ["grant.part_intended", "grant.part_asked", "grant.part_given"])
@pytest.mark.parametrize(("reward", "state"), [(MONEY, "granted"), (FROZEN, "running")], ids=["at once", "by months"])
def test_money_that_was_won_is_granted_once(winner: Winner, die_at: str, reward: dict[str, Any], state: str) -> None:
    winner.run(make_campaign(reward))
    winner.do("happens", fen=10000)
    winner.do("work_on_grants", die_at=die_at)
    winner.do("heal_grants", later_seconds=LEASE_SECONDS)
    assert (winner.look()["grants"], winner.granted()) == ({reward["id"]: state}, 12)
    winner.do("heal_grants", later_seconds=HOUR_SECONDS)
    assert winner.granted() == 12


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest", "error"])
def test_money_whose_answer_was_dropped_is_granted_once(winner: Winner, mode: str) -> None:
    winner.run(make_campaign(MONEY))
    winner.do("happens", fen=10000)
    winner.sandbox.control("fault", path="/topupBalance", mode=mode)
    winner.do("heal_grants")
    assert (winner.look()["grants"], winner.granted()) == ({"money": "granted"}, 12)


@pytest.mark.parametrize("die_at", ["grant.return_intended", "grant.return_asked", "grant.return_taken"])
@pytest.mark.parametrize("back_fen", [5000, 10000])
def test_money_that_may_not_be_kept_is_taken_back_once(winner: Winner, die_at: str, back_fen: int) -> None:
    winner.run(make_campaign(FROZEN))
    winner.do("happens", fen=20000)
    winner.do("heal_grants")
    assert winner.granted() == 12
    winner.do("goes_back", back_fen=back_fen)
    winner.do("work_on_grants", later_seconds=3 * LEASE_SECONDS, die_at=die_at)
    winner.do("goes_back", back_fen=back_fen)
    winner.do("heal_grants", later_seconds=5 * LEASE_SECONDS)
    assert winner.granted() == 12 - Decimal(back_fen) * 12 / 20000
    winner.do("goes_back", back_fen=20000)
    winner.do("heal_grants", later_seconds=20 * LEASE_SECONDS)
    assert (winner.look()["grants"], winner.granted()) == ({"frozen": "taken_back"}, 0)


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest", "error"])
def test_a_take_back_whose_answer_was_dropped_is_one(winner: Winner, mode: str) -> None:
    winner.run(make_campaign(MONEY))
    winner.do("happens", fen=20000)
    winner.do("heal_grants")
    winner.do("goes_back", back_fen=10000)
    winner.sandbox.control("fault", path="/adjustBalance", mode=mode)
    winner.do("heal_grants", later_seconds=3 * LEASE_SECONDS)
    assert winner.granted() == 6


def test_what_waits_and_may_not_be_kept_never_comes(winner: Winner) -> None:
    winner.run(make_campaign(SPENT))
    winner.do("happens", fen=10000)
    winner.do("heal_grants")
    winner.do("goes_back", back_fen=10000)
    winner.do("work_on_grants", later_seconds=LEASE_SECONDS, die_at="grant.part_cut")
    winner.do("heal_grants", later_seconds=3 * LEASE_SECONDS)
    seen = winner.look()
    assert (seen["grants"], seen["parts"], winner.granted()) == ({"spent": "taken_back"}, ["taken_back"] * 2, 0)


def test_a_month_in_which_too_little_was_spent_is_missed_once(winner: Winner) -> None:
    winner.run(make_campaign(SPENT))
    winner.do("happens", fen=10000)
    winner.do("heal_grants")
    winner.pass_days(32 * DAY_SECONDS)
    winner.do("work_on_grants", die_at="grant.part_missed")
    winner.do("heal_grants", later_seconds=LEASE_SECONDS)
    assert (winner.look()["parts"], winner.granted()) == (["missed", "waiting"], 0)


@pytest.mark.parametrize("die_at", ["grant.thing_intended", "grant.thing_asked"])
def test_a_pack_that_was_won_is_added_once(winner: Winner, die_at: str) -> None:
    winner.run(make_campaign(PACK))
    winner.do("happens", fen=10000)
    winner.do("work_on_grants", die_at=die_at)
    winner.do("heal_grants", later_seconds=LEASE_SECONDS)
    winner.pass_days(120)
    winner.do("heal_grants", later_seconds=HOUR_SECONDS)
    assert winner.look()["grants"] == {"pack": "granted"}
    assert winner.sandbox.count_packs(winner.line) == winner.packs + 1


def test_points_that_may_not_be_kept_are_taken_back_once(winner: Winner) -> None:
    winner.run(make_campaign(POINTS))
    winner.do("happens", fen=20000)
    winner.do("heal_grants")
    winner.do("goes_back", back_fen=10000)
    winner.do("work_on_grants", later_seconds=LEASE_SECONDS, die_at="grant.points_back")
    winner.do("heal_grants", later_seconds=3 * LEASE_SECONDS)
    assert winner.look()["points"] == [150, 0, 0]


def test_a_choice_that_dies_is_made_once(winner: Winner) -> None:
    winner.run(make_campaign(MONEY, POINTS, choice=True))
    winner.do("happens", fen=10000)
    winner.do("heal_grants")
    chosen = uuid4().hex
    winner.do("choose", deed=chosen, option="points", die_at="grant.chosen")
    assert winner.do("choose", deed=chosen, option="points") == "granted"
    assert winner.do("choose", deed=uuid4().hex, option="money") == "redemption_refused"
    winner.do("heal_grants", later_seconds=LEASE_SECONDS)
    assert (winner.look()["points"], winner.granted()) == ([300, 0, 0], 0)


@pytest.mark.parametrize("die_at", ["invitation.accepted", "invitation.judged", "invitation.rewarded"])
def test_an_invitation_is_accepted_and_rewarded_once(winner: Winner, die_at: str) -> None:
    code = winner.do("invite")
    number = winner.sandbox.take_line()[1]
    new = winner.http.post("/sandbox/recycle", json={"number": number}).raise_for_status().json()
    guest = {"line": new["lineId"], "account": new["accountId"], "number": number, "deed": uuid4().hex, "code": code}
    if die_at == "invitation.accepted":
        winner.do("accept", die_at=die_at, **guest)
    assert winner.do("accept", **guest) == "accepted"
    winner.do("first_bill", **guest)
    if die_at != "invitation.accepted":
        winner.do("work_on_invitations", die_at=die_at)
    winner.do("heal_invitations", later_seconds=LEASE_SECONDS)
    winner.do("first_bill", **guest)
    winner.do("heal_invitations", later_seconds=3 * LEASE_SECONDS)
    assert winner.do("look_at_invitations") == ["rewarded"]
    assert winner.look()["happened"] == ["invitee_paid"] * 2
