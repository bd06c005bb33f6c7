"""Do points pass between lines and months, do invitations reward both, and do points elsewhere stay elsewhere?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from gateway.database import read, write
from graphql_schema.client import Caller, Channel
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from loyalty.campaign_tables import happening
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.contract.conftest import BORN_MS, House, _settings, assembled
from tests.contract.reward_ways import (
    FAMILY,
    ORDINARY,
    PREPAID,
    SECONDARY,
    THIS_MONTH,
    differing_accounts,
    fill_mall,
    give_points,
    grants_of,
    move_clock,
    persona,
    points_gift,
    points_of,
    redeem,
    run_campaign,
    strong,
    work,
)
from tests.contract.ways_in import calling, text, texts_to, walk_in, words_of

pytestmark = pytest.mark.anyio
in_process = pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True)
"""Both databases hold points and invitations in tests/loyalty, and other pages here speak to the BSS over a socket."""


async def give(house: House, headers: dict[str, str], number: str, points: int, key: str) -> dict[str, Any]:
    wish = {"idempotencyKey": key, "number": number, "points": points}
    found: dict[str, Any] = (await house.ask("TransferPoints", headers, input=wish))["data"]["transferPoints"]
    return found


@in_process
async def test_points_pass_between_one_s_own_lines_once_and_keep_their_last_day(house: House) -> None:
    await give_points(house, FAMILY, 300, THIS_MONTH)
    await give_points(house, FAMILY, 500)
    proved, giver = await house.sign_in(FAMILY), await strong(house, FAMILY)
    taker = await house.sign_in(SECONDARY)
    assert (await give(house, proved, SECONDARY, 400, uuid4().hex))["__typename"] == "StepUpRequired"
    given = [await give(house, giver, SECONDARY, 400, "the same button, pressed") for _ in range(2)]
    assert [(each["__typename"], each["points"], each["available"]) for each in given] == [
        ("PointsTransferred", 400, 400)
    ] * 2
    ending = [(await points_of(house, headers))["expiring"] for headers in (giver, taker)]
    assert ending == [[], [{"on": "2026-11-30", "points": 300}]], "what ends first goes first, and ends when it would"
    assert (await points_of(house, taker))["available"] == 400
    assert "400" in await text(house, SECONDARY, "ZW", "JF")
    other = await give(house, giver, ORDINARY, 1, uuid4().hex)
    unknown = await give(house, giver, "13912345678", 1, uuid4().hex)
    assert other == unknown, "whose number it is is nobody's to find out"
    assert other["__typename"] == "NotFound"
    short = await give(house, giver, SECONDARY, 401, uuid4().hex)
    assert [(each["code"], each["missing"]) for each in short["obstacles"]] == [("TOO_FEW_POINTS", 1)]
    walker, _ = await walk_in(house, FAMILY, "/points")
    assert "400" in words_of(await walker.open("/points/month?month=2026-11"))
    assert await differing_accounts(house) == []


@in_process
async def test_points_that_end_with_the_month_are_told_of_before_and_gone_after(house: House) -> None:
    await give_points(house, ORDINARY, 300, THIS_MONTH)
    await give_points(house, ORDINARY, 500)
    headers = await house.sign_in(ORDINARY)
    for _ in range(2):
        await work(house)
    [told] = [each for each in await texts_to(house, ORDINARY) if "300" in each]
    assert "11月30日" in told
    home = (await walk_in(house, ORDINARY, "/home"))[1]
    assert "300" in words_of(home), "home says what ends soon"
    await move_clock(house, "2026-11-30T23:59:00+08:00")
    await work(house)
    assert (await points_of(house, headers))["available"] == 800, "the last day is a whole day"
    await move_clock(house, "2026-12-01T00:00:05+08:00")
    assert (await points_of(house, headers))["available"] == 500, "gone with the day, before any run"
    for _ in range(2):
        await work(house)
    points = await points_of(house, headers)
    assert (points["available"], points["expiring"]) == (500, [])
    month = (await house.ask("PointsMonth", headers, month="2026-12"))["data"]["me"]["pointsMonth"]
    assert [(each["kind"], each["points"]) for each in month["entries"]] == [("EXPIRED", -300)]
    assert (month["opening"], month["closing"]) == (800, 500)
    assert len([each for each in await texts_to(house, ORDINARY) if "300" in each]) == 1
    await move_clock(house, "2026-12-01T03:00:05+08:00")
    await work(house)
    verdict = await house.hall.rewards.runs.fetch_verdict()
    assert verdict is not None
    assert (verdict.day.isoformat(), verdict.count) == ("2026-12-01", 0)


async def new_line(house: House, number: str) -> tuple[str, str, dict[str, str]]:
    """The number goes to a new customer: the line, its account, and who is signed in there."""
    heir = (await house.levers.post("/sandbox/recycle", json={"number": number})).raise_for_status().json()
    await house.hall.take_line_change(heir["formerLineId"])
    return heir["lineId"], heir["accountId"], await strong(house, number, heir["lineId"])


async def accept(house: House, headers: dict[str, str], code: str) -> dict[str, Any]:
    wish = {"idempotencyKey": uuid4().hex, "code": code}
    found: dict[str, Any] = (await house.ask("AcceptInvitation", headers, input=wish))["data"]["acceptInvitation"]
    return found


async def count_happenings(house: House) -> int:
    async with read(house.hall.engine) as connection:
        asked = select(func.count()).select_from(happening).where(happening.c.kind == "invitee_paid")
        return int((await connection.execute(asked)).scalar_one())


@in_process
async def test_an_invitation_rewards_both_once_after_the_first_bill_that_is_paid(house: House) -> None:
    await run_campaign(
        house,
        "friends",
        points_gift(800),
        happening=["invitee_paid"],
        tier=[{"from": "0.00", "reward": ["points"]}],
    )
    inviter = await house.sign_in(ORDINARY)
    referral = (await house.ask("Referral", inviter))["data"]["me"]["referral"]
    assert [each["points"] for each in referral["rewards"]] == [800]
    _, account, invitee = await new_line(house, PREPAID)
    accepted = await accept(house, invitee, referral["code"].lower())
    assert (accepted["__typename"], accepted["state"]) == ("Invitation", "ACCEPTED"), accepted
    again = await accept(house, invitee, referral["code"])
    assert (again["__typename"], again["reason"]) == ("InvitationRefused", "already"), again
    await work(house)
    assert (await count_happenings(house), (await points_of(house, inviter))["available"]) == (0, 0)
    await move_clock(house, "2026-12-28T04:00:00+08:00")
    bill = (await house.ask("Bills", invitee, first=1))["data"]["me"]["bills"]["edges"][0]["node"]
    for _ in range(2):
        await house.hall.take_new_bill(BillEvent(bill["id"], account, BillCategory[bill["category"]]))
        await work(house)
    assert await count_happenings(house) == 2
    won = [each["reward"]["points"] for headers in (inviter, invitee) for each in await grants_of(house, headers)]
    assert won == [800, 800]
    told = (await house.ask("Referral", inviter))["data"]["me"]["referral"]["invitations"]
    assert [(each["maskedNumber"], each["state"]) for each in told] == [("138****8002", "REWARDED")]
    assert (await points_of(house, inviter))["available"] == 800
    assert await differing_accounts(house) == []


async def line_id_of(house: House, number: str) -> str:
    return str((await persona(house, number))["lineId"])


@in_process
@pytest.mark.parametrize("tie", ["line", "device", "payer"])
async def test_nobody_invites_themselves(house: House, tie: str) -> None:
    inviter = await house.sign_in(ORDINARY)
    code = (await house.ask("Referral", inviter))["data"]["me"]["referral"]["code"]
    if tie == "line":
        headers = inviter
    else:
        line_id, _, headers = await new_line(house, PREPAID)
        await (share_device if tie == "device" else pay_for)(house, line_id)
    refused = await accept(house, headers, code)
    assert (refused["__typename"], refused["reason"]) == ("InvitationRefused", "own"), refused
    told = (await house.ask("Referral", inviter))["data"]["me"]["referral"]["invitations"]
    assert [each["state"] for each in told] == ([] if tie == "line" else ["REFUSED"])


async def share_device(house: House, line_id: str) -> None:
    """Both lines signed in on one device."""
    own = await line_id_of(house, ORDINARY)
    sessions = house.hall.doorkeeper.sessions
    async with write(house.hall.engine) as connection:
        for number, line in ((ORDINARY, own), (PREPAID, line_id)):
            caller = Caller(Channel.WEB, line, number, 2, datetime.now(UTC))
            await sessions.begin(connection, caller, now=datetime.now(UTC), device="one-device-of-both")


async def pay_for(house: House, line_id: str) -> None:
    """The inviter, signed in, begins to recharge the new line."""
    payer = await house.sign_in(ORDINARY)
    wish = {"idempotencyKey": uuid4().hex, "amount": "50", "source": "SANDBOX", "number": PREPAID}
    begun = (await house.ask("StartRecharge", payer, input=wish))["data"]["startRecharge"]
    assert begun["__typename"] == "RechargeStarted", (begun, line_id)


@pytest.fixture
async def elsewhere(database_url: str, valkey: str, keys: Path) -> AsyncIterator[House]:
    """A house whose points live on the operator's own platform."""
    world = World.open(subscribers=20, now_ms=BORN_MS)
    transport = httpx.ASGITransport(create_sandbox(world), raise_app_exceptions=False)
    settings = _settings(database_url, keys, valkey).model_copy(update={"points": "platform"})
    async with assembled(settings, "http://bss.example", transport) as house:
        yield house
    world.store.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_points_on_a_platform_are_shown_as_it_says_and_redeemed_there(elsewhere: House) -> None:
    house = elsewhere
    await fill_mall(house)
    headers = await house.sign_in(ORDINARY)
    query = {"relatedParty.id": await line_id_of(house, ORDINARY)}
    [member] = (await house.levers.get("/tmf-api/loyalty/v4/loyaltyProgramMember", params=query)).json()
    asked = {"loyaltyProgramMember.id": member["id"]}
    lots = (await house.levers.get("/tmf-api/loyalty/v4/loyaltyBalance", params=asked)).json()
    there = sum(int(each["quantity"]["value"]) for each in lots)
    points = await points_of(house, headers)
    assert there > 0
    assert (points["available"], points["redeemable"], points["stars"]) == (there, False, None)
    assert {each["on"] for each in points["expiring"]} == {"2026-12-31"}, "they end with the year, not a day later"
    month = (await house.ask("PointsMonth", headers, month="2026-11"))["data"]["me"]["pointsMonth"]
    assert month["closing"] == there
    assert month["opening"] + sum(each["points"] for each in month["entries"]) == there
    walker, page = await walk_in(house, ORDINARY, "/points")
    assert f"{there:,}" in words_of(page)
    item = words_of(await walker.open("/rewards/HF10"))
    assert "积分在运营商的积分平台" in item
    assert "您现在有" not in item, "how many there are is the platform's to say"
    assert f"{there}分" in await text(house, ORDINARY, "ZW", "JF")
    assert "积分平台" in await text(house, ORDINARY, "DH#HF10")
    async with calling(house, ORDINARY) as call:
        await call.press("77")
        assert "your points are redeemed on the points platform" in call.heard
    refused = await redeem(house, headers, "HF10", 1000)
    assert [each["code"] for each in refused["obstacles"]] == ["POINTS_ELSEWHERE"]
    moved = await give(house, await strong(house, ORDINARY), SECONDARY, 1, uuid4().hex)
    assert moved["__typename"] in {"RedemptionRefused", "NotFound"}
    await work(house)
    assert (await points_of(house, headers))["available"] == there
