"""Is a closed account settled as was said: what it cost, what was open, the penalty, and the money given back?"""

from decimal import Decimal

import httpx
import orjson
import pytest

from tests.sandbox import changes as ask
from tests.sandbox.changes import Wire, place, preview

pytestmark = pytest.mark.anyio

BILLING = "/tmf-api/customerBillManagement/v4"
MONEY = "/tmf-api/prepayBalanceManagement/v4/bucket"
AFTER_THE_RUN = "2026-12-01T00:00:10+08:00"


def yuan(money: Wire) -> Decimal:
    return Decimal(str(money["value"]))


def costs(said: Wire, kind: str) -> dict[str, Decimal]:
    return {cost["name"]: yuan(cost["amount"]) for cost in said["charges"] if cost["kind"] == kind}


async def bill(bss: httpx.AsyncClient, account: str, month: str) -> Wire:
    answer = await bss.get(f"{BILLING}/customerBill/B{account[1:]}-{month}")
    assert answer.status_code == 200, answer.text
    found: Wire = orjson.loads(answer.content)
    return found


async def money(bss: httpx.AsyncClient, account: str) -> dict[str, Decimal]:
    """What is left in pots that can still be spent or set free."""
    found = (await bss.get(MONEY, params={"partyAccount.id": account, "usageType": "monetary"})).json()
    return {
        pot["name"]: Decimal(str(pot["remainingValue"]["amount"])) for pot in found if pot["remainingValue"]["amount"]
    }


async def owed(bss: httpx.AsyncClient, account: str) -> Decimal:
    bills = (await bss.get(f"{BILLING}/customerBill", params={"billingAccount.id": account})).json()
    return sum((yuan(each["remainingAmount"]) for each in bills), Decimal(0))


async def close(bss: httpx.AsyncClient, line: str) -> Wire:
    """The preview of a closing that is then ordered and becomes final."""
    said = await preview(bss, line, ask.close(line))
    assert said["codes"] == []
    await place(bss, line, ask.close(line))
    await ask.set_clock(bss, "2026-11-29T00:00:01+08:00")
    return said


async def test_own_money_pays_what_is_open_and_the_last_bill_is_what_was_said(bss: httpx.AsyncClient) -> None:
    before, open_before = await money(bss, "A000000"), await owed(bss, "A000000")
    said = await close(bss, ask.ORDINARY)
    assert costs(said, "settlement")["未缴账单"] == open_before > before["own"]
    assert costs(said, "refund") == {"账户本金退还": -before["own"]}
    granted = {loss["name"]: yuan(loss["amount"]) for loss in said["losses"] if loss["kind"] == "grantedMoney"}
    assert sum(granted.values()) == sum(left for name, left in before.items() if name != "own") > 0
    assert await money(bss, "A000000") == {}
    assert await owed(bss, "A000000") == open_before - before["own"]
    await ask.set_clock(bss, AFTER_THE_RUN)
    last = await bill(bss, "A000000", "202611")
    assert (last["category"], yuan(last["amountDue"])) == ("last", costs(said, "settlement")["本月费用"])
    assert yuan(last["remainingAmount"]) == yuan(last["amountDue"])  # nothing that was granted paid for it
    await ask.set_clock(bss, "2027-01-01T00:00:10+08:00")
    assert (await bss.get(f"{BILLING}/customerBill/B000000-202612")).status_code == 404


async def test_more_own_money_than_is_owed_comes_back(bss: httpx.AsyncClient) -> None:
    """What is kept of it pays the last bill as that is issued."""
    account = "A000008"
    topup = {
        "amount": {"amount": 500, "units": "CNY"},
        "usageType": "monetary",
        "bucket": {"id": "M000008-own"},
        "partyAccount": {"id": account},
    }
    answer = await bss.post("/tmf-api/prepayBalanceManagement/v4/topupBalance", json=topup)
    assert answer.status_code == 201
    own = (await money(bss, account))["own"]
    said = await close(bss, ask.NEAR)
    due = sum(costs(said, "settlement").values())
    assert costs(said, "refund") == {"账户本金退还": -own}
    assert own - due > 0
    kept = await money(bss, account)
    assert kept == {"own": costs(said, "settlement")["本月费用"]}
    await ask.set_clock(bss, AFTER_THE_RUN)
    assert (await bill(bss, account, "202611"))["state"] == "settled"
    assert (await money(bss, account), await owed(bss, account)) == ({}, 0)


async def test_a_contract_is_paid_out_with_the_last_bill(bss: httpx.AsyncClient) -> None:
    said = await close(bss, ask.CONTRACT)
    assert costs(said, "penalty") == {"购机合约99元套餐提前解约违约金": 8 * 20}
    await ask.set_clock(bss, AFTER_THE_RUN)
    last = await bill(bss, "A000004", "202611")
    assert yuan(last["amountDue"]) == costs(said, "settlement")["本月费用"] + 160


async def test_a_prepaid_account_gets_what_is_left_back(bss: httpx.AsyncClient) -> None:
    said = await close(bss, ask.PREPAID)
    assert (costs(said, "settlement"), costs(said, "refund")) == ({}, {"账户本金退还": Decimal("-3.2")})
    assert await money(bss, "A000001") == {}


async def test_where_other_lines_live_on_the_account_keeps_its_money(bss: httpx.AsyncClient) -> None:
    line = "L000006-2"
    before = await money(bss, "A000006")
    said = await close(bss, line)
    assert (costs(said, "refund"), set(costs(said, "settlement"))) == ({}, {"本月费用"})
    assert await money(bss, "A000006") == before
    await ask.set_clock(bss, AFTER_THE_RUN)
    params = {"bill.id": "B000006-202611", "limit": "500"}
    rates = orjson.loads((await bss.get(f"{BILLING}/appliedCustomerBillingRate", params=params)).content)
    number = (await ask.fetch_line(bss, line))["productSerialNumber"]
    told = {"name": "number", "valueType": "string", "value": number}
    of_line = sum((yuan(rate["taxIncludedAmount"]) for rate in rates if told in rate["characteristic"]), Decimal(0))
    assert of_line == costs(said, "settlement")["本月费用"]
    assert (await bill(bss, "A000006", "202611"))["category"] == "normal"


async def test_a_hold_over_the_turn_of_the_month_costs_no_further_month(bss: httpx.AsyncClient) -> None:
    await ask.set_clock(bss, "2026-11-28T10:00:00+08:00")
    await place(bss, ask.CONTRACT, ask.close(ask.CONTRACT))
    for now in (AFTER_THE_RUN, "2027-01-01T00:00:10+08:00"):
        await ask.set_clock(bss, now)
    december = await bill(bss, "A000004", "202612")
    assert (yuan(december["amountDue"]), december["category"]) == (8 * 20, "last")  # the penalty, and no fee


async def test_who_keeps_the_line_pays_the_month_that_began_meanwhile(bss: httpx.AsyncClient) -> None:
    before = await preview(bss, ask.CONTRACT, ask.add(ask.CONTRACT, "pack-sms-100"))
    await ask.set_clock(bss, "2026-11-28T10:00:00+08:00")
    await place(bss, ask.CONTRACT, ask.close(ask.CONTRACT))
    await ask.set_clock(bss, AFTER_THE_RUN)
    november = await bill(bss, "A000004", "202611")
    await place(bss, ask.CONTRACT, ask.keep_open(ask.CONTRACT), "r-2")
    assert await bill(bss, "A000004", "202611") == november
    await ask.set_clock(bss, "2027-01-01T00:00:10+08:00")
    assert yuan((await bill(bss, "A000004", "202612"))["amountDue"]) == yuan(before["monthlyBefore"])
