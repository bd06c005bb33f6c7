"""Do the points of the operator's own platform add up, end when they should, and belong to their line?"""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.bss.month import Month
from sandbox.bss.points import STORIES, ledger_of

pytestmark = pytest.mark.anyio

LOYALTY = "/tmf-api/loyalty/v4"
BORN_MS = Month(2026, 11).start_ms + 21 * 86_400_000


@given(index=st.sampled_from([*STORIES, 7]), days=st.integers(-1000, 2000))
def test_what_is_left_is_what_came_less_what_went_and_never_below_nothing(index: int, days: int) -> None:
    ledger = ledger_of(index, born_ms=BORN_MS, at_ms=BORN_MS + days * 86_400_000)
    assert sum(lot.points for lot in ledger.lots) == sum(entry.points for entry in ledger.entries)
    balance = 0
    for entry in ledger.entries:
        balance += entry.points
        assert balance >= 0
    assert [entry.serial for entry in ledger.entries] == list(range(1, len(ledger.entries) + 1))


def test_points_are_gone_as_their_third_year_ends() -> None:
    end_ms = Month(2027, 1).start_ms
    before, after = (ledger_of(0, born_ms=BORN_MS, at_ms=at_ms) for at_ms in (end_ms - 1, end_ms))
    assert before.lots[0].until_ms == end_ms
    assert after.lots == before.lots[1:]
    assert (after.entries[-1].kind, -after.entries[-1].points) == ("expire", before.lots[0].points)


async def test_a_lines_member_balances_and_events_are_found(bss: httpx.AsyncClient) -> None:
    [member] = (await bss.get(f"{LOYALTY}/loyaltyProgramMember", params={"relatedParty.id": "L000000-1"})).json()
    lots = (await bss.get(f"{LOYALTY}/loyaltyBalance", params={"loyaltyProgramMember.id": member["id"]})).json()
    events = (await bss.get(f"{LOYALTY}/loyaltyEvent", params={"memberId": member["id"], "limit": "1000"})).json()
    assert (
        sum(lot["quantity"]["value"] for lot in lots) == sum(each["event"]["quantity"]["value"] for each in events) > 0
    )
    assert len({lot["validFor"]["endDateTime"] for lot in lots}) == len(lots) > 1


async def test_events_are_found_by_their_days_in_either_order(bss: httpx.AsyncClient) -> None:
    asked = {
        "memberId": "G000002-1",
        "eventTime.gte": "2026-09-01T00:00:00+08:00",
        "eventTime.lt": "2026-10-01T00:00:00+08:00",
    }
    forth = (await bss.get(f"{LOYALTY}/loyaltyEvent", params=asked | {"sort": "eventTime"})).json()
    back = (await bss.get(f"{LOYALTY}/loyaltyEvent", params=asked | {"sort": "-eventTime"})).json()
    assert [each["eventType"] for each in forth] == ["earn", "burn"]
    assert back == forth[::-1]


async def test_a_line_without_membership_has_none(bss: httpx.AsyncClient) -> None:
    found = await bss.get(f"{LOYALTY}/loyaltyProgramMember", params={"relatedParty.id": "L000001-1"})
    assert found.json() == []


async def test_a_refusal_has_numbers_as_the_specification_says(bss: httpx.AsyncClient) -> None:
    answer = await bss.get(f"{LOYALTY}/loyaltyBalance/no-such-thing")
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (404, 404, 404)


async def test_the_platform_can_be_out_while_the_rest_goes_on(bss: httpx.AsyncClient) -> None:
    assert (await bss.post("/sandbox/outage", json={"systems": ["loyalty"]})).status_code == 200
    assert (await bss.get(f"{LOYALTY}/loyaltyBalance")).status_code == 503
    assert (await bss.get("/tmf-api/customerManagement/v4/customer/C000000")).status_code == 200
