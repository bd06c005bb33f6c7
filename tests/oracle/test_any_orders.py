"""Do previews, orders and bills agree whatever people order, in whatever order?"""

from random import Random
from typing import Any

import httpx
import pytest

from tests.oracle.catalogue import Catalogue
from tests.oracle.test_life_goes_on import disagreements, young
from tests.sandbox import changes as ask

pytestmark = pytest.mark.anyio
__all__ = ["young"]

PEOPLE = {
    ask.ORDINARY: "13800138001",
    ask.PREPAID: "13800138002",
    ask.SECONDARY: "13800138004",
    ask.CONTRACT: "13800138006",
    ask.HOUSEHOLD: "13800138009",
    ask.BROADBAND: "gz00880009",
    ask.NEAR: "13800138010",
    ask.REARRANGED: "13800138012",
}
OFFERINGS = (
    "plan-light-19", "plan-59", "plan-79", "plan-129", "plan-unlimited-199", "plan-prepaid-39", "broadband-300",
    "broadband-1000", "pack-data-5", "pack-data-10", "pack-sms-100", "pack-voice-100", "vas-ring", "sp-reading",
    "home-wifi", "pack-spring-2025",
)  # fmt: skip
USES: tuple[dict[str, Any], ...] = (
    {"usageType": "data", "amount": 4 * 1024**3},
    {"usageType": "voice", "amount": 700},
    {"usageType": "sms", "amount": 11},
    {"usageType": "voice", "amount": 90, "roaming": True},
)
STEPS = 30


async def anything(bss: httpx.AsyncClient, line: str, chance: Random) -> ask.Wire:
    """A change that somebody might ask for, possible or not."""
    kind = chance.choices(("take", "drop", "switch", "lost", "close", "keep"), (8, 4, 3, 1, 1, 1))[0]
    if kind == "take":
        offering = chance.choice(OFFERINGS)
        is_plan = offering.startswith(("plan", "broadband"))
        return ask.change_plan(line, offering) if is_plan else ask.add(line, offering)
    if kind == "drop":
        held = await bss.get(ask.INVENTORY, params={"productRelationship.product.id": line, "limit": "200"})
        packages = [item["id"] for item in held.json() if "productOffering" in item]
        return ask.drop(line, chance.choice(packages))
    if kind == "switch":
        return ask.switch(line, chance.choice(("roaming", "caller-id", "call-waiting")), on=chance.random() < 0.6)
    if kind == "lost":
        return ask.lost(line, is_lost=chance.random() < 0.5)
    return ask.close(line) if kind == "close" else ask.keep_open(line)


async def wish_and_order(bss: httpx.AsyncClient, line: str, item: ask.Wire, reference: str) -> str:
    """What was previewed is what becomes of the order, and of asking for it again. The outcome."""
    asked = await bss.post(ask.QUALIFICATION, json=ask.wish(line, item))
    ordered = await bss.post(f"{ask.ORDERING}/productOrder", json=ask.order(line, item, reference))
    if asked.status_code == 400:
        assert (ordered.status_code, ordered.json()["code"]) == (400, asked.json()["code"])
        return "unknown"
    [judged] = asked.json()["productOfferingQualificationItem"]
    codes = [reason["code"] for reason in judged.get("eligibilityUnavailabilityReason", [])]
    if codes:
        assert (ordered.status_code, set(ordered.json()["message"].split(","))) == (409, set(codes))
        return "impossible"
    assert ordered.status_code == 201, ordered.text
    again = await bss.post(f"{ask.ORDERING}/productOrder", json=ask.order(line, item, reference))
    assert again.json()["id"] == ordered.json()["id"]
    return "ordered"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_is_ordered_the_recomputed_bills_agree(
    young: httpx.AsyncClient, catalogue: Catalogue, seed: int
) -> None:
    chance, outcomes = Random(f"any orders {seed}"), []
    for step in range(STEPS):
        line = chance.choice(tuple(PEOPLE))
        item = await anything(young, line, chance)
        outcomes.append(await wish_and_order(young, line, item, f"r-{step}"))
        if outcomes[-1] == "ordered" and chance.random() < 0.25:
            deed = chance.choice(("cancel", "hold", "fail"))
            if deed == "cancel":
                found = await young.get(f"{ask.ORDERING}/productOrder", params={"externalId": f"r-{step}"})
                assert (await ask.cancel(young, found.json()[0]["id"])).status_code in {201, 409}
            else:
                spoilt = await young.post("/sandbox/order", json={"id": f"r-{step}", "deed": deed})
                assert spoilt.status_code in {201, 409}
        await ask.pass_time(young, chance.choice((1, 30, 90, 4_000, 90_000, 400_000, 1_000_000)))
        use = {"number": PEOPLE[chance.choice(tuple(PEOPLE))], **chance.choice(USES)}
        assert (await young.post("/sandbox/usage", json=use)).status_code in {201, 409}
    assert {"ordered", "impossible"} <= set(outcomes)
    assert await disagreements(young, catalogue, list(PEOPLE.values())) == []
