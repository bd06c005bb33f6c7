"""Do deeds rest when, and only when, the operator says so?"""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from graphql_schema.access import ACCESS, OPEN_DEED
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedSwitch
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.schema import build_schema
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from ordering.change_tables import deed_rest
from ordering.switches import CUSTOMER_DEEDS, SqlDeedSwitches

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
OPERATIONS = Caller(Channel.DESK, staff=Staff("2001", Role.OPERATIONS), assurance=2)
NEVER = frozenset(
    {
        *("changePassword", "endSession", "endOtherSessions", "removePasskey", "keepPushToken", "unlinkLine"),
        *("answerHelp", "endHelp", "setConsent", "requestPersonalData", "callOffPersonalData"),
        *("endBillShare", "pauseCharges", "lockCallRecords", "deleteRecordExport"),
        *("withdrawChange", "cancelRecharge", "endAutoRecharge"),
    }
)
"""What ends, refuses, locks or withdraws something, or protects a person."""


class Control:
    """A control room: the switches over one database, and its clocks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.moment, self.seconds = engine, NOW, 0.0
        self.switches = self.open()

    def open(self) -> SqlDeedSwitches:
        return SqlDeedSwitches(
            partial(write, self.engine),
            partial(read, self.engine),
            now=lambda: self.moment,
            ticks=lambda: self.seconds,
        )

    async def rest(self, *deeds: str, deed: str = "S1", **changes: Any) -> ServiceNotice:
        facts: dict[str, Any] = {
            "begins_at": NOW,
            "ends_at": NOW + timedelta(hours=2),
            "reason_zh": "月末出账",
            "reason_en": "Bill run",
        }
        return await self.switches.switch_off(Deed(deed, OPERATIONS), WantedSwitch(deeds=deeds, **(facts | changes)))

    async def is_resting(self, deed: str) -> bool:
        return await self.switches.find_resting(deed) is not None


@pytest.fixture
async def control(engine: AsyncEngine) -> Control:
    async with write(engine) as connection:
        await connection.run_sync(deed_rest.metadata.create_all)
    return Control(engine)


async def test_a_deed_rests_from_its_beginning_to_its_end(control: Control) -> None:
    notice = await control.rest("confirmChange", begins_at=NOW + timedelta(hours=1))
    assert (notice.resting, notice.reason) == (False, LocalizedText(zh="月末出账", en="Bill run"))
    for minutes, resting in ((0, False), (59, False), (60, True), (119, True), (120, False)):
        control.moment = NOW + timedelta(minutes=minutes)
        assert await control.is_resting("confirmChange") is resting, minutes
        assert not await control.is_resting("startRecharge")


async def test_a_star_is_every_deed_that_may_rest_and_no_other(control: Control) -> None:
    await control.rest("*", ends_at=None)
    assert {deed for deed in CUSTOMER_DEEDS | NEVER if await control.is_resting(deed)} == CUSTOMER_DEEDS
    assert not await control.is_resting("restDeeds")
    assert not await control.is_resting("nothing")


async def test_every_deed_of_the_graph_may_rest_or_never_does() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    staff = {name for name in mutation.fields if (rule := ACCESS[f"Mutation.{name}"]) and rule.roles}
    assert ACCESS["Mutation.startRecharge"] is OPEN_DEED
    decided = CUSTOMER_DEEDS | NEVER | staff
    assert set(mutation.fields) == decided, "say in ordering/switches.py or here whether the new deed may rest"
    assert not CUSTOMER_DEEDS & (NEVER | staff)


def test_the_operators_page_names_every_deed_that_may_rest() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operate" / "switches.md").read_text(encoding="utf-8")
    named = {
        word for row in page.splitlines() if row.startswith("| `") for word in re.findall("`([a-z][a-zA-Z]+)`", row)
    }
    assert named == CUSTOMER_DEEDS


async def test_of_two_notices_the_one_that_ends_last_is_told(control: Control) -> None:
    await control.rest("startRecharge", deed="S1")
    await control.rest("startRecharge", "confirmChange", deed="S2", ends_at=None)
    found = await control.switches.find_resting("startRecharge")
    assert found is not None
    assert (found.id, found.ends_at) == ("S2", None)


async def test_what_is_ended_goes_on_at_once(control: Control) -> None:
    await control.rest("confirmChange")
    assert await control.is_resting("confirmChange")
    for _ in range(2):
        await control.switches.end(Deed("E1", OPERATIONS), "S1")
        assert not await control.is_resting("confirmChange")
    assert await control.switches.fetch_notices() == []


@pytest.mark.parametrize("notice_id", ["S2", "", "x\0", "x" * 200])
async def test_what_is_no_notice_can_not_be_ended(control: Control, notice_id: str) -> None:
    await control.rest("confirmChange")
    with pytest.raises(NotFound):
        await control.switches.end(Deed("E1", OPERATIONS), notice_id)
    assert await control.is_resting("confirmChange")


@pytest.mark.parametrize(
    ("deeds", "changes", "name"),
    [
        (("endSession",), {}, "deeds"),
        (("confirmChange", "restDeeds"), {}, "deeds"),
        (("dance",), {}, "deeds"),
        ((), {}, "deeds"),
        (("confirmChange",), {"begins_at": NOW - timedelta(hours=2), "ends_at": NOW}, "endsAt"),
        (("confirmChange",), {"begins_at": NOW, "ends_at": NOW}, "endsAt"),
    ],
)
async def test_what_can_not_rest_is_refused_by_name(
    control: Control, deeds: tuple[str, ...], changes: dict[str, Any], name: str
) -> None:
    with pytest.raises(BadArgument) as refused:
        await control.rest(*deeds, **changes)
    assert refused.value.parameters["name"] == name
    assert await control.switches.fetch_notices() == []


async def test_the_same_deed_makes_one_notice_however_often_it_is_tried(control: Control) -> None:
    made = await asyncio.gather(*(control.rest("confirmChange") for _ in range(5)))
    assert len({notice.id for notice in made}) == 1
    assert len(await control.switches.fetch_notices()) == 1


async def test_notices_are_told_by_their_beginning(control: Control) -> None:
    for days in (8, 6, 0):
        begins_at = NOW + timedelta(days=days)
        await control.rest("*", deed=f"S{days}", begins_at=begins_at, ends_at=begins_at + timedelta(hours=1))
    assert [notice.id for notice in await control.switches.fetch_notices()] == ["S0", "S6", "S8"]


async def test_another_process_hears_of_it_within_two_seconds(control: Control) -> None:
    other = control.open()
    assert await other.find_resting("confirmChange") is None
    await control.rest("confirmChange")
    control.seconds = 1.9
    assert await other.find_resting("confirmChange") is None
    control.seconds = 2.0
    assert await other.find_resting("confirmChange") is not None


async def test_a_window_that_ends_is_over_also_by_memory(control: Control) -> None:
    await control.rest("confirmChange")
    assert await control.is_resting("confirmChange")
    control.moment = NOW + timedelta(hours=2)
    assert not await control.is_resting("confirmChange")
