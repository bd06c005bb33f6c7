"""Is a charge of a bill explained, disputed and given back, and its invoice issued, through the whole hall?"""

import asyncio
from typing import Any

import pytest

from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

WITH_A_THIRD_PARTY, MEMBER = "13800138012", "13800138008"
KEY, OTHER_KEY = "a-key-of-this-test", "another-key-of-it"
TAX_NUMBER = "91350100M000100Y43"


async def find_charge(house: House, headers: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The newest bill with a third party's charge, and that charge."""
    bills = (await house.ask("Bills", headers))["data"]["me"]["bills"]["edges"]
    for edge in bills:
        bill = (await house.ask("Bill", headers, id=edge["node"]["id"]))["data"]["me"]["bill"]
        for subject in bill["subjects"]:
            if subject["code"] == "OTHER_PARTY":
                return edge["node"]["id"], subject["ratedLines"][0]
    raise LookupError("no bill has a third party's charge")


async def later(house: House) -> None:
    """The operator's people have had their time."""
    (await house.levers.post("/sandbox/clock", json={"advanceSeconds": 600})).raise_for_status()


async def test_a_disputed_charge_is_one_ticket_and_comes_back_as_a_credit_note(house: House) -> None:
    me = await house.sign_in(WITH_A_THIRD_PARTY)
    bill_id, charge = await find_charge(house, me)
    given = {"billId": bill_id, "ratedLineId": charge["id"], "reason": "NOT_ORDERED", "words": "我没有订购"}
    keys = [KEY, OTHER_KEY]
    asked = [house.ask("DisputeCharge", me, input={"idempotencyKey": key} | given) for key in keys]
    opened = [answer["data"]["disputeCharge"] for answer in await asyncio.gather(*asked)]
    assert {each["__typename"] for each in opened} == {"Dispute"}
    assert len({each["id"] for each in opened}) == 1
    assert opened[0]["amount"] == charge["amount"]
    await later(house)
    (decided,) = (await house.ask("Disputes", me))["data"]["me"]["disputes"]
    assert (decided["state"], decided["answer"] is None) == ("RESOLVED", False)
    bill = (await house.ask("Bill", me, id=bill_id))["data"]["me"]["bill"]
    assert [note["total"]["amount"][0] for note in bill["creditNotes"]] == ["-"]
    trail = (await house.ask("AuditTrail", me))["data"]["me"]["auditTrail"]
    assert [each["outcome"] for each in trail if each["deed"] == "disputeCharge"] == ["done", "done"]


async def test_an_invoice_is_issued_and_its_tax_number_stays_with_the_operator(house: House) -> None:
    me = await house.sign_in(WITH_A_THIRD_PARTY)
    bill_id, _ = await find_charge(house, me)
    given = {"idempotencyKey": KEY, "billId": bill_id, "titleKind": "ORGANIZATION", "title": "广州恒信科技有限公司"}
    asked = await house.ask("RequestInvoice", me, input=given | {"taxNumber": TAX_NUMBER})
    assert asked["data"]["requestInvoice"]["maskedTaxNumber"] == "****0Y43"
    await later(house)
    (issued,) = (await house.ask("InvoiceRequests", me))["data"]["me"]["invoiceRequests"]
    assert (issued["state"], bool(issued["invoiceNumber"]), bool(issued["documentUrl"])) == ("RESOLVED", True, True)
    told = str(await house.ask("AuditTrail", me)) + str(issued)
    assert TAX_NUMBER not in told


async def test_a_line_that_its_company_pays_for_disputes_none_of_its_bills(house: House) -> None:
    me, payer = await house.sign_in(MEMBER), await house.sign_in(WITH_A_THIRD_PARTY)
    bill_id, charge = await find_charge(house, payer)
    given = {"idempotencyKey": KEY, "billId": bill_id, "ratedLineId": charge["id"], "reason": "OTHER"}
    refused = (await house.ask("DisputeCharge", me, input=given))["data"]["disputeCharge"]
    assert (refused["__typename"], refused["payer"]) == ("PaidByOther", "ORGANIZATION")


async def test_anothers_bill_is_not_there(house: House) -> None:
    stranger, owner = await house.sign_in("13800138001"), await house.sign_in(WITH_A_THIRD_PARTY)
    bill_id, charge = await find_charge(house, owner)
    given = {"idempotencyKey": KEY, "billId": bill_id, "ratedLineId": charge["id"], "reason": "OTHER"}
    assert (await house.ask("DisputeCharge", stranger, input=given))["data"]["disputeCharge"]["__typename"] == (
        "BillNotFound"
    )
    told = await house.ask("BillDifference", stranger, id=bill_id)
    assert [error["extensions"]["code"] for error in told["errors"]] == ["bill_not_found"]
