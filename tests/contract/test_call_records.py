"""Are the records that a customer leafs through the BSS's own, each look written down, and a lock a lock?"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, Operation
from graphql_schema.identity_ports import Deed
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

NUMBER = "13800138001"
ASK = Operation(
    name="",
    text="""query($month: String, $wanted: CallRecordFilter, $order: CallRecordOrder! = NEWEST, $after: Cursor,
  $first: Int! = 100) { me { callRecords(month: $month, wanted: $wanted, order: $order, after: $after, first: $first,
  reveal: true) { edges { node { id fee { amount } otherNumber } } pageInfo { hasNextPage endCursor } totalCount
  totals { count fee { amount } } } } }""",
)
OCTOBER = {"usageDate.gte": "2026-09-30T16:00:00Z", "usageDate.lt": "2026-10-31T16:00:00Z"}


async def sure_caller(house: House) -> Caller:
    """Somebody who has just proved both factors."""
    found = await house.hall.identity.lines.find_line(NUMBER)
    assert found is not None
    return Caller(Channel.APP, found.id, NUMBER, assurance=3, since=datetime.now(UTC))


async def ask(house: House, caller: Caller, **variables: Any) -> Any:
    graph = HallGraph(house.hall.graph._ports, (), deadline_seconds=60, open_documents=True)
    outcome = await graph.run(ASK, variables, caller)
    if outcome.errors:
        return [error.code for error in outcome.errors]
    assert outcome.data is not None
    return outcome.data["me"]["callRecords"]


async def leaf_through(house: House, caller: Caller, **variables: Any) -> tuple[list[Any], Any]:
    page = await ask(house, caller, **variables)
    seen = [edge["node"] for edge in page["edges"]]
    while page["pageInfo"]["hasNextPage"]:
        page = await ask(house, caller, **variables, after=page["pageInfo"]["endCursor"])
        seen += [edge["node"] for edge in page["edges"]]
    return seen, page


async def test_the_records_are_the_bss_s_own_and_each_look_is_in_the_trail(house: House) -> None:
    caller = await sure_caller(house)
    asked = {"relatedParty.id": caller.subscriber, **OCTOBER, "sort": "-usageDate", "limit": "1000"}
    answer = await house.levers.get("/tmf-api/usageManagement/v4/usage", params=asked)
    theirs = answer.raise_for_status().json()
    assert len(theirs) == int(answer.headers["X-Total-Count"]) > 100
    seen, page = await leaf_through(house, caller, month="2026-10", first=100)
    assert [record["id"] for record in seen] == [usage["id"] for usage in theirs]
    assert page["totalCount"] == len(theirs)
    fees = sum(
        (Decimal(str(u["ratedProductUsage"][0]["taxIncludedRatingAmount"]["value"])) for u in theirs), Decimal(0)
    )
    dearest, page = await leaf_through(house, caller, month="2026-10", order="DEAREST")
    assert sorted(record["id"] for record in dearest) == sorted(usage["id"] for usage in theirs)
    amounts = [Decimal(record["fee"]["amount"]) for record in dearest]
    assert amounts == sorted(amounts, reverse=True)
    assert sum(Decimal(total["fee"]["amount"]) for total in page["totals"]) == fees == sum(amounts)
    trail = await house.hall.identity.ports.trail.fetch_own(caller, first=100, before=None, sign_ins_only=False)
    looks = [record.note for record in trail if record.deed == "callRecords"]
    assert set(looks) == {"2026-10 all reveal"}
    assert len(looks) == 2 * -(-len(theirs) // 100)


async def test_what_is_locked_is_shown_to_nobody_until_it_is_opened_or_the_line_ends(house: House) -> None:
    caller, lock = await sure_caller(house), house.hall.identity.ports.record_lock
    assert caller.subscriber is not None
    await lock.set_switch(Deed("d1", caller), locked=True)
    assert await ask(house, caller) == ["records_locked"]
    assert await ask(house, replace(caller, channel=Channel.WEB)) == ["records_locked"]
    await lock.set_switch(Deed("d2", caller), locked=False)
    assert (await ask(house, caller))["totalCount"] > 0
    await lock.set_switch(Deed("d3", caller), locked=True)
    (await house.levers.post("/sandbox/line", json={"number": NUMBER, "status": "terminated"})).raise_for_status()
    await house.hall.take_line_change(caller.subscriber)
    assert not await lock.is_locked(caller.subscriber), "whoever holds it next finds it open"
