"""Does a seller's promise come from the desk to the bill that breaks it, and from there to a ticket of the operator?"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels import desk
from gateway.database import read
from graphql_schema.client import Caller, Channel, Operation, Role, Staff
from notifications.tables import outbound_sms
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

DEARER, ANOTHER = "13800138014", "13800138001"
"""The first one's introductory price has ended: the newest bill asks 59 yuan where the ones before asked 39."""
KEEP = Operation.load(Path(desk.__file__).parent / "keep_promise.graphql")
GIVEN = {"number": DEARER, "monthlyPrice": "39.00", "startsOn": "2026-06-01", "months": 12, "note": "一年不涨价"}


async def promise(house: House, key: str, **given: Any) -> dict[str, Any]:
    """What the desk is answered."""
    colleague = Caller(Channel.DESK, since=datetime.now(UTC), assurance=3, staff=Staff("mei", Role.CARE))
    outcome = await house.hall.graph.run(KEEP, {"input": {"idempotencyKey": key} | GIVEN | given}, colleague)
    assert not outcome.errors, outcome.errors
    assert outcome.data is not None
    word: dict[str, Any] = outcome.data["keepPromise"]
    return word


async def offering_of(house: House) -> str:
    """Of what the line pays for each month, the plan."""
    line = await house.hall.identity.lines.find_line(DEARER)
    assert line is not None
    held = (await house.levers.get("/tmf-api/productInventory/v4/product", params={
        "productRelationship.product.id": line.id, "productSpecification.id": "plan", "status": "active",
    })).raise_for_status().json()  # fmt: skip
    offering_id: str = held[0]["productOffering"]["id"]
    return offering_id


async def test_a_broken_promise_is_found_on_its_bill_and_becomes_one_ticket(house: House) -> None:
    offering = await offering_of(house)
    kept = [await promise(house, "a-promise-of-the-desk", offeringId=offering) for _ in range(2)]
    assert kept[0] == kept[1]
    assert (kept[0]["__typename"], kept[0]["endsOn"]) == ("PromiseKept", "2027-06-01")
    async with read(house.hall.engine) as connection:
        texts = (await connection.execute(select(outbound_sms.c.recipient, outbound_sms.c.text))).all()
    assert [row.recipient for row in texts if "39" in row.text] == [DEARER]
    owner = await house.sign_in(DEARER)
    [card] = (await house.ask("Promises", owner))["data"]["me"]["promises"]
    broken = [check for check in card["checks"] if check["verdict"] == "BROKEN"]
    assert [(check["periodStart"], check["over"]["amount"]) for check in broken] == [("2026-10-01", "20.00")]
    assert {check["verdict"] for check in card["checks"][1:]} == {"KEPT"}
    disputed = {
        "billId": broken[0]["billId"],
        "ratedLineId": broken[0]["ratedLineId"],
        "reason": "BROKEN_PROMISE",
        "words": card["note"],
    }
    opened = [
        (await house.ask("DisputeCharge", owner, input={"idempotencyKey": key} | disputed))["data"]["disputeCharge"]
        for key in ("one-tap-on-the-card", "and-another-tap-on-it")
    ]
    assert {word["__typename"] for word in opened} == {"Dispute"}
    assert len({word["id"] for word in opened}) == 1
    assert opened[0]["amount"]["amount"] == "59.00"
    [ticket] = (await house.levers.get("/tmf-api/troubleTicket/v4/troubleTicket")).raise_for_status().json()
    assert (ticket["name"], ticket["description"]) == ("broken_promise", GIVEN["note"])


async def test_nobody_else_sees_a_promise_and_no_customer_makes_one(house: House) -> None:
    offering = await offering_of(house)
    await promise(house, "a-promise-of-the-desk", offeringId=offering)
    stranger = await house.sign_in(ANOTHER)
    assert (await house.ask("Promises", stranger))["data"]["me"]["promises"] == []
    line = await house.hall.identity.lines.find_line(DEARER)
    assert line is not None
    owner = Caller(Channel.APP, line.id, DEARER, assurance=3, since=datetime.now(UTC))
    for caller in (owner, replace(owner, channel=Channel.WEB)):
        given = {"idempotencyKey": "of-ones-own-making", "offeringId": offering} | GIVEN
        outcome = await house.hall.graph.run(KEEP, {"input": given}, caller)
        refused = (outcome.data or {}).get("keepPromise")
        assert refused is None or refused["__typename"] != "PromiseKept"
    assert len((await house.ask("Promises", await house.sign_in(DEARER)))["data"]["me"]["promises"]) == 1
