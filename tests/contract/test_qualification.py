"""Is a change shown alike in every channel, as the operator computed it, and refused with every reason?"""

from pathlib import Path
from typing import Any

import pytest

import channels
from graphql_schema.client import Caller, Channel, Operation
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

ORDINARY, CONTRACT, ARREARS = "13800138001", "13800138006", "13800138007"
ROOMS = Path(channels.__file__).parent
PREVIEW = Operation.load(ROOMS / "web_hall" / "change_preview.graphql")
IN_THE_APP = Operation.load(ROOMS / "app" / "change_preview.graphql")
SELLING = (Channel.WEB, Channel.APP, Channel.SMS, Channel.IVR)


async def preview(
    house: House, number: str, wanted: dict[str, Any], *, channel: Channel = Channel.WEB, operation: Operation = PREVIEW
) -> dict[str, Any]:
    line = await house.hall.identity.lines.find_line(number)
    assert line is not None
    caller = Caller(channel, subscriber=line.id, number=number, assurance=2)
    outcome = await house.hall.graph.run(operation, {"wanted": wanted}, caller)
    assert not outcome.errors, outcome.errors
    assert outcome.data is not None
    shown: dict[str, Any] = outcome.data["me"]["changePreview"]
    return {name: value for name, value in shown.items() if name != "asOf"}


async def test_every_channel_is_shown_the_same_change(house: House) -> None:
    wanted = {"action": "CHANGE_PLAN", "offeringId": "plan-129"}
    shown = [await preview(house, ORDINARY, wanted, channel=channel) for channel in SELLING]
    assert all(each == shown[0] for each in shown)
    assert (shown[0]["allowed"], shown[0]["start"], shown[0]["startsOn"]) == (True, "NEXT_CYCLE", "2026-12-01")
    assert shown[0]["price"]["amount"] == "129.00"
    assert {loss["kind"] for loss in shown[0]["losses"]} >= {"ROLLED_OVER"}
    in_the_app = await preview(house, ORDINARY, wanted, channel=Channel.APP, operation=IN_THE_APP)
    assert {name: shown[0][name] for name in in_the_app if name in shown[0]} == {
        name: value for name, value in in_the_app.items() if name in shown[0]
    }


async def test_a_start_that_may_be_chosen_is_computed_for(house: House) -> None:
    wanted = {"action": "CHANGE_PLAN", "offeringId": "plan-129"}
    usual = await preview(house, ORDINARY, wanted)
    assert usual["starts"] == ["NEXT_CYCLE", "AT_ONCE"]
    at_once = await preview(house, ORDINARY, wanted | {"start": "AT_ONCE"})
    assert (at_once["start"], at_once["startsOn"]) == ("AT_ONCE", "2026-11-22")


async def test_a_cheaper_plan_within_a_contract_is_refused_until_a_day(house: House) -> None:
    shown = await preview(house, CONTRACT, {"action": "CHANGE_PLAN", "offeringId": "plan-59"})
    (bound,) = (each for each in shown["obstacles"] if each["code"] == "CONTRACT")
    assert bound["until"] > "2026-11-22"
    assert (shown["allowed"], shown["charges"], shown["starts"]) == (False, [], [])


async def test_whoever_owes_is_told_so_beside_every_other_reason(house: House) -> None:
    shown = await preview(house, ARREARS, {"action": "ADD", "offeringId": "pack-spring-2025"})
    assert {each["code"] for each in shown["obstacles"]} >= {"IN_ARREARS", "NOT_ON_SALE"}


async def test_another_lines_package_can_not_even_be_looked_at(house: House) -> None:
    other = await house.hall.identity.lines.find_line(CONTRACT)
    line = await house.hall.identity.lines.find_line(ORDINARY)
    assert other is not None
    assert line is not None
    theirs = (await house.hall.identity.lines.fetch_packages(other.id))[0]
    wanted = {"wanted": {"action": "DROP", "packageId": theirs.id}}
    caller = Caller(Channel.WEB, subscriber=line.id, number=ORDINARY, assurance=2)
    outcome = await house.hall.graph.run(PREVIEW, wanted, caller)
    assert [error.code for error in outcome.errors] == ["not_found"]
