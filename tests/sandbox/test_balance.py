"""Does money that is put in arrive, exactly once?"""

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


def wish(amount: Any, account: str = "A000001", **more: Any) -> dict[str, Any]:
    return {
        "amount": {"amount": amount, "units": "CNY"},
        "usageType": "monetary",
        "bucket": {"id": f"M{account[1:]}-own"},
        "partyAccount": {"id": account},
    } | more


async def own(client: httpx.AsyncClient, account: str = "A000001") -> float:
    return (await client.get(f"{BALANCE}/bucket/M{account[1:]}-own")).json()["remainingValue"]["amount"]


async def top_up(client: httpx.AsyncClient, body: Any, key: str | None = None) -> httpx.Response:
    return await client.post(f"{BALANCE}/topupBalance", json=body, headers={"Idempotency-Key": key} if key else {})


async def test_a_topup_is_credited_and_can_be_read_again(bss: httpx.AsyncClient) -> None:
    answer = await top_up(bss, wish(50.01, description="话费充值"))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["status"], made["amount"], made["description"]) == (
        "completed",
        {"amount": 50.01, "units": "CNY"},
        "话费充值",
    )
    assert await own(bss) == 53.21
    assert (await bss.get(made["href"])).json() == made
    total = (await bss.get(f"{BALANCE}/accumulatedBalance", params={"partyAccount.id": "A000001"})).json()[0]
    assert total["totalBalance"] == {"amount": 53.21, "units": "CNY"}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["", "k1", "k2", "k3"]), st.integers(1, 10_000)), max_size=8))
async def test_a_key_is_credited_once(born_ms: int, presses: list[tuple[str, int]]) -> None:
    world = World.open(now_ms=born_ms)
    credited: dict[str, int] = {}
    keyless = 0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as client:
        for key, fen in presses:
            answer = await top_up(client, wish(fen / 100), key or None)
            if not key:
                keyless += fen
            elif credited.setdefault(key, fen) == fen:
                assert answer.status_code == 201
            else:
                assert (answer.status_code, answer.json()["code"]) == (409, "keyReused")
        assert await own(client) == pytest.approx(3.2 + (keyless + sum(credited.values())) / 100)
        listed = (await client.get(f"{BALANCE}/topupBalance", params={"limit": 1000})).json()
    assert len(listed) == len(credited) + sum(not key for key, _ in presses)
    world.store.close()


@pytest.mark.parametrize(
    "body",
    [
        wish(0), wish(-1), wish(0.001), wish(50_000.01), wish("50"), wish(True), wish(None), wish(1e308),
        wish(10, usageType="data"), wish(10, bucket={"id": "M000002-own"}), wish(10, bucket={"id": "M000001-frozen"}),
        wish(10, "A999999"), wish(10, "C000001"),
        wish(10) | {"amount": {"amount": 10, "units": "USD"}}, wish(10) | {"amount": 10},
    ],
)  # fmt: skip
async def test_a_bad_wish_changes_nothing(bss: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await top_up(bss, body)
    assert (answer.status_code, answer.json()["status"]) == (400, "400")
    assert await own(bss) == 3.2
    assert (await bss.get(f"{BALANCE}/topupBalance")).json() == []


async def test_a_topup_heals_arrears_and_lifts_the_bar(bss: httpx.AsyncClient) -> None:
    text = {"number": "13800138007", "usageType": "sms", "amount": 1}
    assert (await bss.post("/sandbox/usage", json=text)).status_code == 409
    assert (await top_up(bss, wish(300, "A000005"))).status_code == 201
    account = (await bss.get("/tmf-api/accountManagement/v4/billingAccount/A000005")).json()
    assert account["paymentStatus"] == "current"
    line = (await bss.get("/tmf-api/productInventory/v4/product/L000005-1")).json()
    assert "barring" not in {trait["name"] for trait in line["productCharacteristic"]}
    assert (await bss.post("/sandbox/usage", json=text)).status_code == 201


async def test_what_happened_outlives_a_restart(tmp_path: Path, born_ms: int) -> None:
    async def ask(deed: bool) -> tuple[float, str, Any]:
        world = World.open(tmp_path, now_ms=born_ms)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as client:
            if deed:
                await top_up(client, wish(20))
                use = {"number": "13800138002", "usageType": "voice", "amount": 61}
                assert (await client.post("/sandbox/usage", json=use)).status_code == 201
                await client.post("/sandbox/clock", json={"advanceSeconds": 3600})
            seen = await own(client), (await client.get("/sandbox/clock")).json()["now"][:15]
            uses = (await client.get("/tmf-api/usageManagement/v4/usage/U000001-1-live-1")).json()
        world.store.close()
        return (*seen, uses)

    first, second = await ask(deed=True), await ask(deed=False)
    assert first == second
    assert first[0] == 3.2 + 20 - 0.8


async def test_a_prepaid_line_cannot_spend_what_it_has_not(bss: httpx.AsyncClient) -> None:
    use = {"number": "13800138002", "usageType": "voice", "amount": 60 * 9}
    refused = await bss.post("/sandbox/usage", json=use)
    assert (refused.status_code, refused.json()["code"]) == (409, "balanceTooLow")
    assert (await bss.post("/sandbox/usage", json=use | {"amount": 60 * 8})).status_code == 201
    assert await own(bss) == 0
