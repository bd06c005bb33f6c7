"""Is what nobody can answer refused in its own words, by the whole hall: in the app, on the web and by text?"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from gateway.database import write
from gateway.identity.proof import sure
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from statements.tables import bill_share
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

ONE, OTHER = "13800138001", "13800138002"
_keys = count(1)


@dataclass
class Customer:
    """Who proved both factors just now, in the app and on the web."""

    house: House
    app: dict[str, str]
    web: str

    async def ask(self, document: str, **variables: Any) -> Any:
        """What ``me`` or the deed says; the code of the refusal where that is an error."""
        answer = await self.house.ask(document, self.app, **variables)
        if answer.get("errors"):
            return answer["errors"][0]["extensions"]["code"]
        [said] = answer["data"].values()
        return said

    async def do(self, document: str, **given: Any) -> Any:
        return await self.ask(document, input={"idempotencyKey": f"bad-question-{next(_keys)}"} | given)

    async def open(self, path: str, **query: str) -> httpx.Response:
        headers = {"cookie": f"hall={self.web}", "accept-language": "zh-CN"}
        return await self.house.gateway.get(path, params=query, headers=headers)


async def prove(house: House, number: str) -> Customer:
    line = await house.hall.identity.lines.find_line(number)
    assert line is not None
    now, tokens = datetime.now(UTC), []
    for channel in (Channel.APP, Channel.WEB):
        caller = sure(Caller(channel, line.id, number), dict.fromkeys((Factor.PASSWORD, Factor.CODE), now), now)
        async with write(house.hall.engine) as connection:
            tokens.append((await house.hall.doorkeeper.sessions.begin(connection, caller, now=now)).token)
    app, web = tokens
    assert web is not None
    return Customer(house, {"authorization": f"Bearer {app}"}, web)


@pytest.mark.parametrize(("month", "code"), [("2020-01", "month_not_kept"), ("2026-13", "bad_argument")])
async def test_a_month_out_of_range_is_refused_wherever_it_is_asked_for(house: House, month: str, code: str) -> None:
    one = await prove(house, ONE)
    assert await one.ask("CallRecords", month=month) == code
    assert await one.ask("UsageOfMonth", month=month) == code
    refused = await one.do("ExportCallRecords", month=month, format="CSV")
    assert refused["__typename"] == {"month_not_kept": "MonthNotKept", "bad_argument": "BadInput"}[code]
    page = await one.open("/records", month=month)
    assert page.status_code in {400, 404}
    assert "</html>" in page.text
    assert (await one.open("/usage", month=month)).status_code == 200, "the rest of the page stands"


async def test_a_cursor_of_another_customer_leads_nowhere(house: House) -> None:
    one, other = await prove(house, ONE), await prove(house, OTHER)
    records = (await other.ask("CallRecords", month="2026-10", first=5))["callRecords"]["pageInfo"]["endCursor"]
    bills = (await other.ask("Bills", first=1))["bills"]["pageInfo"]["endCursor"]
    assert await one.ask("CallRecords", month="2026-10", first=5, after=records) == "bad_cursor"
    assert await one.ask("Bills", after=bills) == "bad_cursor"
    assert (await one.open("/records", month="2026-10", after=records)).status_code == 400
    assert (await one.open("/bills", after=bills)).status_code == 400
    assert (await other.open("/records", month="2026-10", after=records)).status_code == 200


NONSENSE: tuple[dict[str, Any], ...] = (
    {"kinds": []},
    {"kinds": ["PIGEON"]},
    {"number": "DROP TABLE"},
    {"place": "x" * 41},
    {"fromDay": "2026-10-31", "toDay": "2026-10-01"},
    {"fromDay": "2026-10-99"},
    {"toDay": "2026-12-01"},
    {"feeFrom": "-1"},
    {"feeFrom": "1e9"},
    {"colour": "blue"},
)


async def test_a_filter_of_nonsense_is_a_bad_argument_and_no_export(house: House) -> None:
    one = await prove(house, ONE)

    async def send(document: str, **variables: Any) -> dict[str, Any]:
        body = {"documentId": document, "variables": variables}
        answer: dict[str, Any] = (await house.gateway.post("/graphql", json=body, headers=one.app)).json()
        return answer

    for wanted in NONSENSE:
        looked = await send("CallRecords", month="2026-10", wanted=wanted)
        assert looked["errors"][0]["extensions"]["code"] == "bad_argument", wanted
        asked = {"idempotencyKey": f"nonsense-{next(_keys)}", "month": "2026-10", "format": "CSV", "wanted": wanted}
        begun = await send("ExportCallRecords", input=asked)
        assert "errors" in begun or begun["data"]["exportCallRecords"]["__typename"] == "BadInput", wanted
    assert (await one.ask("RecordExports"))["recordExports"] == []


async def test_an_export_that_is_started_twice_and_a_fourth_are_refused(house: House) -> None:
    one = await prove(house, ONE)
    begun, second = [await one.do("ExportCallRecords", month="2026-10", format="CSV") for _ in range(2)]
    assert (second["__typename"], second["exportId"], second["progress"]) == ("ExportUnderWay", begun["id"], 0)
    for month in ("2026-09", "2026-08"):
        assert (await one.do("ExportCallRecords", month=month, format="CSV"))["__typename"] == "RecordExport"
    refused = await one.do("ExportCallRecords", month="2026-07", format="CSV")
    assert (refused["__typename"], refused["mostOfThem"]) == ("TooMany", 3)


async def test_a_link_that_has_lapsed_says_so_and_one_that_never_was_is_unknown(house: House) -> None:
    one = await prove(house, ONE)
    bill_id = (await one.ask("Bills", first=1))["bills"]["edges"][0]["node"]["id"]
    made = await one.do("ShareBill", billId=bill_id, days=1)
    path = "/shared/" + made["url"].rpartition("/")[2]
    assert (await house.gateway.get(path)).status_code == 200
    yesterday = update(bill_share).values(expires_at_us=bill_share.c.made_at_us)
    async with write(house.hall.engine) as connection:
        await connection.execute(yesterday)
    for lapsed in (path, f"{path}/bill.pdf"):
        answer = await house.gateway.get(lapsed, headers={"accept-language": "zh-CN"})
        assert (answer.status_code, "¥" in answer.text) == (410, False)
    assert (await house.gateway.get("/shared/nobody-made-this")).status_code == 404
    refused = await one.do("ShareBill", billId=bill_id, days=31)
    assert (refused["__typename"], refused["most"]) == ("BadInput", 30)


async def test_a_text_with_more_than_a_command_takes_is_helped_and_changes_nothing(house: House) -> None:
    for words in ("ZD 2020-01", "CXLL#199913", "XD 13900000000", "HF#-1", "TYKF#1;2"):
        assert "回复" in (await house.sms.answer(ONE, words, message_id=next(_keys))).text
    brake = (await (await prove(house, ONE)).ask("ChargeBrake"))["chargeBrake"]
    assert brake["paused"] == []
