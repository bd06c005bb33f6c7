"""Is every reason against a change told, each with what it is about, and all at once?"""

from typing import Any

import httpx
import pytest

from tests.sandbox import changes as ask
from tests.sandbox.changes import Wire, preview

pytestmark = pytest.mark.anyio


async def said(bss: httpx.AsyncClient, line: str, item: Wire, **more: Any) -> tuple[list[str], list[Wire]]:
    told = await preview(bss, line, item, **more)
    return told["codes"], told.get("reasonDetail", [])


@pytest.mark.parametrize(
    ("line", "item", "code", "offering"),
    [
        (ask.ORDINARY, ask.change_plan(ask.ORDINARY, "plan-unlimited-199"), "excluded", "pack-data-5"),
        (ask.THROTTLED, ask.add(ask.THROTTLED, "pack-data-10"), "excluded", "plan-unlimited-199"),
        (ask.BROADBAND, ask.change_plan(ask.BROADBAND, "broadband-300"), "required", "iptv-20"),
        (ask.ORDINARY, ask.add(ask.ORDINARY, "pack-spring-2025"), "notOnSale", "pack-spring-2025"),
        (ask.ORDINARY, ask.add(ask.ORDINARY, "pack-data-5"), "alreadyHeld", "pack-data-5"),
        (ask.ORDINARY, ask.change_plan(ask.ORDINARY, "plan-59"), "alreadyHeld", "plan-59"),
        (ask.ORDINARY, ask.drop(ask.ORDINARY, "P000000-1-6"), "notHeld", "vas-missed-call"),
        (ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-59"), "contract", "plan-contract-99"),
        (ask.ORDINARY, ask.add(ask.ORDINARY, "benefit-loyal-10"), "notOffered", "benefit-loyal-10"),
        (ask.ORDINARY, ask.add(ask.ORDINARY, "home-wifi"), "notOffered", "home-wifi"),
        (ask.ORDINARY, ask.change_plan(ask.ORDINARY, "plan-prepaid-39"), "notOffered", "plan-prepaid-39"),
        (ask.ORDINARY, ask.change_plan(ask.ORDINARY, "plan-enterprise-89"), "notOffered", "plan-enterprise-89"),
        (ask.ORDINARY, ask.change_plan(ask.ORDINARY, "pack-data-10"), "notOffered", "pack-data-10"),
        (ask.ORDINARY, ask.drop(ask.ORDINARY, "P000000-1-1"), "notOffered", "plan-59"),
    ],
)
async def test_a_change_that_a_rule_forbids_names_what_it_is_about(
    bss: httpx.AsyncClient, line: str, item: Wire, code: str, offering: str
) -> None:
    codes, details = await said(bss, line, item)
    assert code in codes
    assert [detail["offering"]["id"] for detail in details if detail["code"] == code] == [offering]


async def test_a_contract_says_until_when_it_binds_and_lets_a_dearer_plan_through(bss: httpx.AsyncClient) -> None:
    _, details = await said(bss, ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-59"))
    assert [detail["until"] for detail in details if detail["code"] == "contract"] == ["2027-07-22"]
    dearer = await preview(bss, ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-129"))
    assert (dearer["codes"], dearer["contractUntil"]) == ([], "2027-07-22")


async def test_an_offer_for_some_channels_is_told_so_in_the_others(bss: httpx.AsyncClient) -> None:
    item = ask.add(ask.ORDINARY, "pack-data-30")
    for channel, codes in {"web": [], "app": [], "sms": ["notInThisChannel"], "ivr": ["notInThisChannel"]}.items():
        assert (await said(bss, ask.ORDINARY, item, channel=channel))[0] == codes


async def test_who_owes_money_gets_nothing_new_but_may_drop(bss: httpx.AsyncClient) -> None:
    assert "inArrears" in (await said(bss, ask.ARREARS, ask.add(ask.ARREARS, "pack-data-10")))[0]
    assert "inArrears" in (await said(bss, ask.ARREARS, ask.close(ask.ARREARS)))[0]
    assert (await said(bss, ask.ARREARS, ask.drop(ask.ARREARS, "P000005-1-2")))[0] == []


async def test_a_prepaid_line_can_take_at_once_what_its_money_covers(bss: httpx.AsyncClient) -> None:
    """It has 3.20."""
    item = ask.add(ask.PREPAID, "pack-sms-100")
    assert (await said(bss, ask.PREPAID, item))[0] == ["inArrears"]
    assert (await said(bss, ask.PREPAID, item, start=ask.NEXT_CYCLE))[0] == []


async def test_other_lines_hold_a_family_main_line(bss: httpx.AsyncClient) -> None:
    for item in (ask.change_plan(ask.MAIN, "plan-129"), ask.close(ask.MAIN)):
        codes, _ = await said(bss, ask.MAIN, item)
        assert "members" in codes
        assert "required" in codes  # the secondary line's plan needs the family's


async def test_a_plan_is_changed_once_a_cycle_at_once(bss: httpx.AsyncClient) -> None:
    placed = await ask.place(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-129"), start="2026-11-22T10:00:01+08:00")
    waiting, details = await said(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-59"))
    assert (waiting, details[0]["orderId"]) == (["underWay"], "r-1")
    await ask.pass_time(bss, 61)
    codes, details = await said(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-59"))
    assert (codes, details[0]["until"], details[0]["orderId"]) == (["onceACycle"], "2026-12-01", placed["externalId"])
    await ask.set_clock(bss, "2026-12-01T00:00:00+08:00")
    assert (await said(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-59")))[0] == []


async def test_a_waiting_order_of_the_same_thing_is_in_the_way_until_it_is_cancelled(bss: httpx.AsyncClient) -> None:
    item = ask.add(ask.NEAR, "vas-ring")
    placed = await ask.place(bss, ask.NEAR, item)
    assert (await said(bss, ask.NEAR, item))[0] == ["underWay"]
    assert (await said(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10")))[0] == []
    assert (await ask.cancel(bss, placed["id"])).status_code == 201
    assert (await said(bss, ask.NEAR, item))[0] == []


async def test_a_suspended_line_takes_nothing_and_a_closed_one_is_only_that(bss: httpx.AsyncClient) -> None:
    await bss.post("/sandbox/line", json={"number": "13800138010", "status": "suspended"})
    assert (await said(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10")))[0] == ["suspended"]
    await bss.post("/sandbox/line", json={"number": "13800138010", "status": "terminated"})
    assert (await said(bss, ask.NEAR, ask.add(ask.NEAR, "plan-59")))[0] == ["lineClosed"]


async def test_a_start_that_is_not_possible_is_an_obstacle(bss: httpx.AsyncClient) -> None:
    plan = ask.change_plan(ask.NEAR, "plan-light-19")
    assert (await said(bss, ask.NEAR, plan, start="2026-11-22T10:00:00+08:00"))[0] == ["start"]
    assert (await said(bss, ask.NEAR, plan, start="2027-01-01T00:00:00+08:00"))[0] == ["start"]
    assert (await said(bss, ask.NEAR, plan, start="2026-11-30T16:00:00Z"))[0] == []


async def test_every_obstacle_is_told_at_once(bss: httpx.AsyncClient) -> None:
    codes, _ = await said(bss, ask.ARREARS, ask.add(ask.ARREARS, "pack-data-30"), channel="sms", start="2027-05-01")
    assert codes == ["notInThisChannel", "inArrears", "start"]


async def test_what_does_not_exist_or_is_anothers_is_refused(bss: httpx.AsyncClient) -> None:
    asked = {
        "unknownOffering": ask.add(ask.ORDINARY, "pack-unheard-of"),
        "unknownProduct": ask.drop(ask.ORDINARY, "P000001-1-1"),
        "unknownService": ask.switch(ask.ORDINARY, "telepathy", on=True),
    }
    for code, item in asked.items():
        answer = await bss.post(ask.QUALIFICATION, json=ask.wish(ask.ORDINARY, item))
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    nobody = await bss.post(ask.QUALIFICATION, json=ask.wish("L009999-1", ask.add("L009999-1", "pack-data-10")))
    assert (nobody.status_code, nobody.json()["code"]) == (400, "unknownLine")


async def test_an_impossible_change_promises_nothing(bss: httpx.AsyncClient) -> None:
    told = await preview(bss, ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-59"))
    assert (told["charges"], told["losses"], told["takesAway"], told["starts"]) == ([], [], [], [])
    assert "start" not in told
    assert "startsOn" not in told
    assert told["monthlyBefore"] == told["monthlyAfter"]
    refused = await bss.post(
        f"{ask.ORDERING}/productOrder",
        json=ask.order(ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-59"), "r-no"),
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "notQualified")
    assert "contract" in refused.json()["message"].split(",")
    assert (await bss.get(f"{ask.ORDERING}/productOrder", params={"externalId": "r-no"})).json() == []
