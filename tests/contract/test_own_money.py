"""Does own money reach another line once, and does a line recharge by itself as was agreed, through the whole hall?"""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import Table, func, select, update

from gateway.database import read, write
from ordering.auto_tables import auto_recharge
from ordering.transfer_tables import balance_transfer
from tests.contract.conftest import House, _settings
from tests.contract.test_recharge import ORDINARY, PREPAID, Payer, on_sqlite, within_reach

pytestmark = pytest.mark.anyio
WHEN_LOW = {"rule": "THRESHOLD", "threshold": "3.00", "amount": "50", "monthlyCap": "50", "source": "SANDBOX"}
A_LITTLE = {"number": PREPAID, "usageType": "valueAdded", "amount": 1}
"""What a prepaid line uses of a service: it costs more than the twenty fen that it has above three yuan."""


@pytest.fixture
async def house(database_url: str, valkey: str, keys: Path) -> AsyncIterator[House]:
    async with within_reach(_settings(database_url, keys, valkey)) as house:
        yield house


async def prove_both_factors(house: House, number: str) -> dict[str, str]:
    """The header of somebody who signed in by password, and then proved the phone by a texted code."""
    headers = await house.sign_in(number)
    wish = {"number": number, "purpose": "step_up"}
    sent = (await house.gateway.post("/api/sign-in/code", json=wish, headers=headers)).raise_for_status().json()
    await house.hall.doorkeeper.settle()
    [code] = re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", (await Payer(house, headers).texts(number))[-1])
    typed = {"code": code, "challenge": sent["challenge"]}
    surer = (await house.gateway.post("/api/step-up", json=typed, headers=headers)).raise_for_status().json()
    return {"authorization": f"Bearer {surer['token']}"}


async def give(payer: Payer, amount: str, *, key: str | None = None, number: str = PREPAID) -> dict[str, Any]:
    wish = {"idempotencyKey": key or uuid4().hex, "number": number, "amount": amount}
    answer = await payer.house.ask("TransferBalance", payer.headers, input=wish)
    found: dict[str, Any] = answer["data"]["transferBalance"]
    return found


async def agree(payer: Payer, **changes: Any) -> dict[str, Any]:
    wish = {"idempotencyKey": uuid4().hex, **WHEN_LOW, **changes}
    answer = await payer.house.ask("SetAutoRecharge", payer.headers, input=wish)
    found: dict[str, Any] = answer["data"]["setAutoRecharge"]
    return found


async def see_standing(payer: Payer) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await payer.house.ask("AutoRecharge", payer.headers))["data"]["me"]["autoRecharge"]
    return found


async def count(house: House, table: Table) -> int:
    async with read(house.hall.engine) as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def let_time_pass(house: House, *, rounds: int = 4) -> None:
    """The workers come to what waited for its time, and what was read of the BSS is read anew."""
    for _ in range(rounds):
        async with Redis.from_url(house.hall.settings.redis_url) as redis:
            await redis.flushall()
        async with write(house.hall.engine) as connection:
            waits = auto_recharge.c.free_at_us.is_not(None)
            await connection.execute(update(auto_recharge).where(waits).values(free_at_us=0))
        await house.hall.deals.auto_work.work()
        await house.hall.deals.payment_work.work_on_payments()


@pytest.fixture
async def giver(house: House) -> Payer:
    return Payer(house, await prove_both_factors(house, ORDINARY))


async def test_own_money_is_given_once_and_both_balances_say_so(house: House, giver: Payer) -> None:
    receiver = Payer(house, await house.sign_in(PREPAID))
    before = await giver.available(), await receiver.available()
    given = await give(giver, "5.50", key="the same button, pressed")
    assert (given["state"], given["maskedNumber"]) == ("DONE", "138****8002")
    assert await give(giver, "5.50", key="the same button, pressed") == given
    assert (await giver.available(), await receiver.available()) == (
        before[0] - Decimal("5.50"),
        before[1] + Decimal("5.50"),
    )
    me = (await house.ask("Transfers", giver.headers))["data"]["me"]
    assert [each["id"] for each in me["transfers"]] == [given["id"]]
    assert Decimal(me["transferTerms"]["leftToday"]["amount"]) == 500 - Decimal("5.50")
    for number, other in ((ORDINARY, "138****8002"), (PREPAID, "138****8001")):
        [text] = [text for text in await giver.texts(number) if "5.50" in text]
        assert other in text


@on_sqlite
async def test_more_than_the_line_has_of_its_own_is_refused_and_moves_nothing(house: House, giver: Payer) -> None:
    receiver = Payer(house, await house.sign_in(PREPAID))
    before = await giver.available(), await receiver.available()
    terms = (await house.ask("Transfers", giver.headers))["data"]["me"]["transferTerms"]
    beyond = Decimal(terms["available"]["amount"]) + Decimal("0.01")
    assert beyond < before[0], "granted money stays"
    refused = await give(giver, str(beyond))
    assert (refused["__typename"], refused.get("reason")) == ("TransferRefused", "insufficient")
    assert (await giver.available(), await receiver.available()) == before
    assert (await house.ask("Transfers", giver.headers))["data"]["me"]["transferTerms"] == terms
    assert [text for text in await giver.texts(PREPAID) if "转" in text] == []


@on_sqlite
@pytest.mark.parametrize("mode", ["dropAnswer", "error"])
async def test_a_bss_that_does_not_answer_moves_it_once_all_the_same(house: House, giver: Payer, mode: str) -> None:
    receiver = Payer(house, await house.sign_in(PREPAID))
    before = await receiver.available()
    fault = {"path": "/transferBalance", "mode": mode, "times": 1}
    (await house.levers.post("/sandbox/fault", json=fault)).raise_for_status()
    assert (await give(giver, "5"))["state"] == "PENDING"
    async with write(house.hall.engine) as connection:
        await connection.execute(update(balance_transfer).values(free_at_us=0))
    await house.hall.deals.transfers.work()
    [transfer] = (await house.ask("Transfers", giver.headers))["data"]["me"]["transfers"]
    assert transfer["state"] == "DONE"
    assert await receiver.available() == before + 5


@on_sqlite
async def test_a_password_alone_gives_nothing(house: House) -> None:
    owner = Payer(house, await house.sign_in(ORDINARY))
    refused = await give(owner, "5")
    assert (refused["__typename"], refused["needed"]) == ("StepUpRequired", 3)
    assert await count(house, balance_transfer) == 0


@on_sqlite
@pytest.mark.parametrize("amount", ["0", "-1", "13.333", "1000000000", "0.99", "200.01"])
async def test_an_amount_out_of_bounds_is_given_to_nobody(house: House, giver: Payer, amount: str) -> None:
    assert (await give(giver, amount))["__typename"] == "AmountRefused"
    assert await count(house, balance_transfer) == 0


async def test_a_line_is_recharged_once_when_it_runs_low_and_no_more_when_that_is_ended(house: House) -> None:
    owner = Payer(house, await house.sign_in(PREPAID))
    before = await owner.available()
    agreed = await agree(owner)
    assert agreed["state"] == "SIGNING"
    await let_time_pass(house)
    assert (await see_standing(owner) or {})["state"] == "SIGNING", "nobody has signed"
    signed = await house.levers.post(agreed["signPage"], data={"answer": "sign"})
    assert (signed.status_code, signed.headers["location"].endswith("/recharge/auto")) == (303, True)
    await let_time_pass(house)
    assert ((await see_standing(owner) or {})["state"], await owner.booked()) == ("ACTIVE", []), "it is not low yet"
    (await house.levers.post("/sandbox/usage", json=A_LITTLE)).raise_for_status()
    await let_time_pass(house)
    spent = before + 50 - await owner.available()
    assert spent > before - 3
    await let_time_pass(house)
    assert await owner.booked() == [50]
    assert await owner.balances() == {"provider:sandbox": -5000, "bss": 5000}
    [recharge] = (await house.ask("Recharges", owner.headers))["data"]["me"]["recharges"]
    assert (recharge["state"], recharge["automatic"]) == ("CREDITED", True)
    assert Decimal((await see_standing(owner) or {})["spentThisMonth"]["amount"]) == 50
    await end_and_see_the_provider_end_it(owner, agreed["signPage"])


async def end_and_see_the_provider_end_it(owner: Payer, sign_page: str) -> None:
    house = owner.house
    ended = await house.ask("EndAutoRecharge", owner.headers, input={"idempotencyKey": uuid4().hex})
    assert ended["data"]["endAutoRecharge"]["__typename"] == "AutoRechargeEnded"
    assert await see_standing(owner) is None
    await let_time_pass(house)
    page = await house.levers.get(sign_page, headers={"accept-language": "zh"})
    assert "已经结束" in page.text
    assert await owner.booked() == [50]


@on_sqlite
async def test_who_refuses_to_sign_is_never_charged(house: House) -> None:
    owner = Payer(house, await house.sign_in(PREPAID))
    agreed = await agree(owner, threshold="20")
    await house.levers.post(agreed["signPage"], data={"answer": "refuse"})
    await let_time_pass(house)
    assert (await see_standing(owner), await owner.booked()) == (None, [])


@on_sqlite
async def test_a_month_s_most_is_not_exceeded_however_low_the_line_is(house: House) -> None:
    owner = Payer(house, await house.sign_in(PREPAID))
    agreed = await agree(owner, threshold="1000", amount="30", monthlyCap="59.99")
    await house.levers.post(agreed["signPage"], data={"answer": "sign"})
    await let_time_pass(house, rounds=6)
    assert await owner.booked() == [30]


@on_sqlite
async def test_what_can_not_be_agreed_to_opens_no_page(house: House) -> None:
    owner = Payer(house, await house.sign_in(PREPAID))
    for amounts in ({"amount": "13.333"}, {"threshold": "0"}, {"amount": "-1"}, {"monthlyCap": "49.99"}):
        assert (await agree(owner, **amounts))["__typename"] == "AmountRefused"
    assert (await agree(owner, threshold=None))["__typename"] == "BadInput"
    assert (await agree(owner, rule="DAY", threshold=None, day=29))["__typename"] == "BadInput"
    assert await count(house, auto_recharge) == 0
