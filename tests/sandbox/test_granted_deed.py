"""Is money that is granted by a reference put in once, set free on its days, and taken back as far as it is there?"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

BALANCE = "/tmf-api/prepayBalanceManagement/v4"
ORDINARY, PREPAID, CLOSABLE = "A000000", "A000001", "A000008"
TODAY = "2026-11-22"
MONTHS = [("2026-12-01", 100), ("2027-01-01", 100), ("2027-02-01", 100)]


def quantity(amount: float) -> dict[str, Any]:
    return {"amount": amount, "units": "CNY"}


def wish(key: str, account: str, releases: list[tuple[str, float]], **more: Any) -> dict[str, Any]:
    return {
        "amount": quantity(sum(amount for _, amount in releases)), "usageType": "monetary", "bucket": {"id": key},
        "partyAccount": {"id": account}, "channel": {"id": "onehall"}, "description": key, "reason": "reward",
        "release": [{"date": day, "amount": quantity(amount)} for day, amount in releases],
        "@type": "GrantedTopupBalance",
    } | more  # fmt: skip


async def grant(
    bss: httpx.AsyncClient, key: str, releases: list[tuple[str, float]], account: str = ORDINARY, **more: Any
) -> httpx.Response:
    body = wish(key, account, releases, **more)
    return await bss.post(f"{BALANCE}/topupBalance", json=body, headers={"Idempotency-Key": key})


async def take(bss: httpx.AsyncClient, key: str, bucket: str, most: float, **more: Any) -> httpx.Response:
    body = {
        "amount": quantity(-most), "usageType": "monetary", "bucket": {"id": bucket}, "adjustType": "oneTime",
        "channel": {"id": "onehall"}, "description": key, "reason": "asMuchAsIsLeft",
    } | more  # fmt: skip
    return await bss.post(f"{BALANCE}/adjustBalance", json=body, headers={"Idempotency-Key": key})


async def pots(bss: httpx.AsyncClient, account: str = ORDINARY) -> dict[str, float]:
    """What is left in each pot of ours: ``r1`` its id after the account."""
    found = await bss.get(f"{BALANCE}/bucket", params={"partyAccount.id": account, "usageType": "monetary"})
    return {
        pot["id"].partition("-")[2]: pot["remainingValue"]["amount"]
        for pot in found.json()
        if pot["id"].partition("-")[2].startswith("r") and pot["status"] == "active"
    }


async def own(bss: httpx.AsyncClient, account: str = ORDINARY) -> float:
    return (await bss.get(f"{BALANCE}/bucket/M{account[1:]}-own")).json()["remainingValue"]["amount"]


async def set_clock(bss: httpx.AsyncClient, day: str) -> None:
    assert (await bss.post("/sandbox/clock", json={"now": f"{day}T10:00:00+08:00"})).status_code == 200


async def test_money_at_once_is_a_pot_of_its_own_and_no_own_money(bss: httpx.AsyncClient) -> None:
    before = await own(bss)
    until = "2027-02-01T00:00:00+08:00"
    made = (await grant(bss, "g-1", [(TODAY, 12.5)], usableFor=["monthly_fee"], validFor={"endDateTime": until})).json()
    assert (made["status"], made["bucket"]["name"], made["@type"]) == ("completed", "granted", "GrantedTopupBalance")
    pot = (await bss.get(made["bucket"]["href"])).json()
    assert (pot["name"], pot["remainingValue"], pot["usableFor"]) == ("granted", quantity(12.5), ["monthly_fee"])
    assert pot["validFor"]["endDateTime"] == "2027-01-31T16:00:00.000Z"
    assert await own(bss) == before


async def test_money_without_an_end_says_so(bss: httpx.AsyncClient) -> None:
    made = (await grant(bss, "g-1", [(TODAY, 5)])).json()
    assert "endDateTime" not in (await bss.get(made["bucket"]["href"])).json()["validFor"]


async def test_a_grant_is_made_once_and_found_by_its_reference(bss: httpx.AsyncClient) -> None:
    first, second = await grant(bss, "g-1", [(TODAY, 10)]), await grant(bss, "g-1", [(TODAY, 10)])
    assert first.json() == second.json()
    assert await pots(bss) == {"r1": 10}
    found = await bss.get(f"{BALANCE}/topupBalance", params={"description": "g-1", "partyAccount.id": ORDINARY})
    assert found.json() == [first.json()]
    reused = await grant(bss, "g-1", [(TODAY, 11)])
    assert (reused.status_code, reused.json()["code"]) == (409, "keyReused")


async def test_frozen_money_is_set_free_on_its_days_and_stays(bss: httpx.AsyncClient) -> None:
    await grant(bss, "g-1", [("2026-11-25", 7), ("2026-12-10", 8)], PREPAID, usableFor=["other"])
    assert await pots(bss, PREPAID) == {"r1": 15}
    await set_clock(bss, "2026-11-25")
    assert await pots(bss, PREPAID) == {"r1-20261125": 7, "r1": 8}
    await set_clock(bss, "2027-01-15")
    assert await pots(bss, PREPAID) == {"r1-20261125": 7, "r1-20261210": 8}


async def test_granted_money_pays_what_it_is_good_for_and_only_the_rest_comes_back(bss: httpx.AsyncClient) -> None:
    made = (await grant(bss, "g-1", [(TODAY, 100)], usableFor=["monthly_fee"])).json()
    await set_clock(bss, "2026-12-05")
    left = (await pots(bss))["r1"]
    assert 0 < left < 100
    taken = (await take(bss, "t-1", made["bucket"]["id"], 100)).json()
    assert taken["amount"] == quantity(-left)
    assert await pots(bss) == {"r1": 0}
    bills = await bss.get("/tmf-api/customerBillManagement/v4/customerBill", params={"billingAccount.id": ORDINARY})
    november = next(bill for bill in bills.json() if bill["id"] == "B000000-202611")
    assert sum(each["appliedAmount"]["value"] for each in november["appliedPayment"]) >= 100 - left


async def test_of_a_grant_the_frozen_is_taken_first_and_the_last_of_it_before(bss: httpx.AsyncClient) -> None:
    made = (await grant(bss, "g-1", [(TODAY, 50), *MONTHS], PREPAID, usableFor=["other"])).json()
    bucket = made["bucket"]["id"]
    assert (await take(bss, "t-1", bucket, 150)).json()["amount"] == quantity(-150)
    assert await pots(bss, PREPAID) == {"r1-20261122": 50, "r1": 150}
    shown = (await bss.get(f"{BALANCE}/bucket/{bucket}")).json()["release"]
    assert [(each["date"], each["amount"]["amount"]) for each in shown] == [("2026-12-01", 100), ("2027-01-01", 50)]
    assert (await take(bss, "t-2", bucket, 175)).json()["amount"] == quantity(-175)
    assert await pots(bss, PREPAID) == {"r1-20261122": 25}
    assert (await take(bss, "t-3", bucket, 1000)).json()["amount"] == quantity(-25)
    assert (await take(bss, "t-4", bucket, 1000)).json()["amount"] == quantity(0)


async def test_what_is_taken_back_is_taken_once_and_found_by_its_reference(bss: httpx.AsyncClient) -> None:
    bucket = (await grant(bss, "g-1", [(TODAY, 10)])).json()["bucket"]["id"]
    first, second = await take(bss, "t-1", bucket, 4), await take(bss, "t-1", bucket, 4)
    assert first.json() == second.json()
    assert await pots(bss) == {"r1": 6}
    found = (await bss.get(f"{BALANCE}/adjustBalance", params={"description": "t-1"})).json()
    assert found == [first.json()]


async def test_a_grant_and_what_was_taken_of_it_are_neither_payments_nor_refunds(bss: httpx.AsyncClient) -> None:
    bucket = (await grant(bss, "g-1", [(TODAY, 10)])).json()["bucket"]["id"]
    await take(bss, "t-1", bucket, 4)
    for kind in ("payment", "refund"):
        assert (await bss.get(f"/tmf-api/payment/v4/{kind}", params={"channel.id": "onehall"})).json() == []


async def test_money_that_ended_is_not_taken_back(bss: httpx.AsyncClient) -> None:
    made = await grant(bss, "g-1", [(TODAY, 10)], validFor={"endDateTime": "2026-12-01T00:00:00+08:00"})
    await set_clock(bss, "2026-12-02")
    taken = await take(bss, "t-1", made.json()["bucket"]["id"], 10)
    assert taken.json()["amount"] == quantity(0)


async def test_a_closed_account_is_granted_nothing(bss: httpx.AsyncClient) -> None:
    await bss.post("/sandbox/line", json={"number": "13800138010", "status": "terminated"})
    answer = await grant(bss, "g-1", [(TODAY, 10)], CLOSABLE)
    assert (answer.status_code, answer.json()["code"]) == (409, "accountClosed")


@pytest.mark.parametrize(
    "more",
    [
        {"release": []}, {"release": [{"date": TODAY}]}, {"release": [{"date": "soon", "amount": quantity(10)}]},
        {"release": [{"date": TODAY, "amount": quantity(4)}, {"date": TODAY, "amount": quantity(6)}]},
        {"amount": quantity(11)}, {"usableFor": ["beer"]}, {"usableFor": "voice"}, {"bucket": {"id": "M000000-own"}},
        {"validFor": {"endDateTime": "2026-11-20T00:00:00Z"}}, {"validFor": {}}, {"partyAccount": {"id": "A999999"}},
        {"@type": "TopupBalance"},
    ],
)  # fmt: skip
async def test_a_grant_that_is_not_understood_is_refused(bss: httpx.AsyncClient, more: dict[str, Any]) -> None:
    assert (await grant(bss, "g-1", [(TODAY, 10)], **more)).status_code == 400
    assert await pots(bss) == {}


@pytest.mark.parametrize(
    ("bucket", "reason"),
    [("M000001-r1", "asMuchAsIsLeft"), ("M000000-r9", "asMuchAsIsLeft"), ("M000000-r1", "insufficient")],
)
async def test_a_take_back_of_anything_else_is_refused(bss: httpx.AsyncClient, bucket: str, reason: str) -> None:
    await grant(bss, "g-1", [(TODAY, 10)])
    assert (await take(bss, "t-1", bucket, 10, reason=reason)).status_code == 400
    assert await pots(bss) == {"r1": 10}


STEPS = st.lists(
    st.tuples(st.sampled_from(["grant", "take", "wait"]), st.integers(1, 60), st.sampled_from([[], ["monthly_fee"]])),
    min_size=3,
    max_size=8,
)


async def standing(bss: httpx.AsyncClient, account: str) -> tuple[float, list[float]]:
    """The account's own money, and what was paid of each of its bills."""
    bills = await bss.get("/tmf-api/customerBillManagement/v4/customerBill", params={"billingAccount.id": account})
    paid = {each["id"]: sum(p["appliedAmount"]["value"] for p in each["appliedPayment"]) for each in bills.json()}
    return await own(bss, account), [round(paid[id_], 3) for id_ in sorted(paid)]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(account=st.sampled_from([ORDINARY, PREPAID]), steps=STEPS)
async def test_a_take_back_takes_what_it_says_and_changes_nothing_that_happened(
    born_ms: int, account: str, steps: list[tuple[str, int, list[str]]]
) -> None:
    world, today = World.open(now_ms=born_ms), date.fromisoformat(TODAY)
    buckets: list[str] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as bss:
        for serial, (deed, number, usable_for) in enumerate(steps):
            if deed == "grant":
                releases = [(today.isoformat(), number), ((today + timedelta(days=number)).isoformat(), 2.5)]
                made = await grant(bss, f"g-{serial}", releases, account, usableFor=usable_for)
                buckets.append(made.json()["bucket"]["id"])
            elif deed == "wait":
                today += timedelta(days=number)
                await set_clock(bss, today.isoformat())
            elif buckets:
                before, left = await standing(bss, account), sum((await pots(bss, account)).values())
                bucket = buckets[number % len(buckets)]
                taken = -(await take(bss, f"t-{serial}", bucket, number)).json()["amount"]["amount"]
                assert 0 <= taken <= number
                assert sum((await pots(bss, account)).values()) == pytest.approx(left - taken)
                assert await standing(bss, account) == before
    world.store.close()


async def test_what_was_granted_and_taken_outlives_a_restart(tmp_path: Path, born_ms: int) -> None:
    for again in (False, True):
        world = World.open(tmp_path, now_ms=born_ms)
        transport = httpx.ASGITransport(create_app(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as bss:
            if not again:
                bucket = (await grant(bss, "g-1", [(TODAY, 10), ("2026-12-01", 5)])).json()["bucket"]["id"]
                await take(bss, "t-1", bucket, 7)
            assert await pots(bss) == {"r1-20261122": 8}
        world.store.close()
