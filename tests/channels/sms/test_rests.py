"""Is what rests now or within a day said with help, with a question of a change and with a card, and nowhere else?"""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from channels.rendering import LANGUAGES
from channels.rests import ALL_AREAS, AREAS, NEVER_REST
from channels.sms import asking
from channels.sms.asking import OPERATIONS
from channels.sms.wording import Wording
from graphql_schema.client import Caller, Operation, Outcome
from graphql_schema.mutations.change import NEVER_RESTS
from ordering.switches import CUSTOMER_DEEDS
from tests.channels.sms.test_identity import NOW, Graph
from tests.channels.sms.test_orders import Scene, prepared, scene
from tests.channels.sms.test_vouchers import CARD, recharge

pytestmark = pytest.mark.anyio
TONIGHT, LATER = timedelta(hours=23), timedelta(hours=25)


def notice(*deeds: str, begins: timedelta = timedelta(0), lasts: timedelta | None = None) -> dict[str, Any]:
    ends_at = (NOW + begins + lasts).isoformat() if lasts else None
    reason = {"zh": "系统升级", "en": "a system upgrade"}
    begins_at = (NOW + begins).isoformat()
    return {"deeds": list(deeds), "resting": not begins, "beginsAt": begins_at, "endsAt": ends_at, "reason": reason}


def scene_with(*notices: dict[str, Any]) -> Scene:
    made = scene(ServiceNotices={"serviceNotices": list(notices)}, RedeemVoucher={"answer": recharge()})
    made.graph.levels["RedeemVoucher"] = 0
    return made


async def test_help_names_everything_that_rests_or_soon_will_and_why() -> None:
    hours = timedelta(hours=4)
    notices = (notice("confirmChange", lasts=hours), notice("redeemVoucher", begins=TONIGHT, lasts=hours))
    said = []
    for asked in map(scene_with, notices):
        said.append(await asked.text("BZ"))
        await asked.text("EN")
        said[-1] += await asked.text("BZ")
    zh = en = "".join(said)
    assert "维护通知" in await scene_with(*notices).text("BZ"), "of several as many as five parts hold"
    assert re.search("维护通知：新业务办理和套餐变更暂停，预计11月22日 [0-9:]{5}恢复（系统升级）。", zh)
    assert re.search("维护通知：充值卡充值11月23日 [0-9:]{5}起暂停，预计11月23日 [0-9:]{5}恢复（系统升级）。", zh)
    assert re.search(r"Notice: new orders and plan changes rest now until about .* \(a system upgrade\)\.", en)
    assert re.search(r"Notice: voucher recharges rest from .* until about .* \(a system upgrade\)\.", en)


@pytest.mark.parametrize("words", ["BZ", "KT1", f"CZ#{CARD}"])
async def test_everything_that_will_rest_is_said_with_each_of_them(words: str) -> None:
    assert "维护通知：业务办理和充值" in await scene_with(notice("*", begins=TONIGHT)).text(words)


@pytest.mark.parametrize(
    ("words", "deed", "told"),
    [
        ("KT1", "confirmChange", "维护通知：新业务办理和套餐变更"),
        (f"CZ#{CARD}", "redeemVoucher", "维护通知：充值卡充值"),
        ("KT1", "redeemVoucher", None),
        ("KT1", "cancelOrder", None),
        (f"CZ#{CARD}", "prepareChange", None),
    ],
)
async def test_a_question_and_a_card_tell_of_their_own_alone(words: str, deed: str, told: str | None) -> None:
    said = await scene_with(notice(deed, begins=TONIGHT)).text(words)
    assert told in said if told else "维护通知" not in said


async def test_nothing_keeps_anybody_from_dropping_something() -> None:
    asked = scene_with(notice("*"))
    asked.graph.answers["PrepareChange"] = {"answer": prepared(action="DROP")}
    said = await asked.text("QX2")
    assert "回复“是”确认" in said
    assert "维护通知" not in said


@pytest.mark.parametrize("words", ["BZ", "KT1", f"CZ#{CARD}"])
@pytest.mark.parametrize("deeds", [("transferBalance", "setAutoRecharge"), ("startRecharge",)])
async def test_what_no_text_can_do_and_what_is_later_than_a_day_is_not_said(words: str, deeds: tuple[str, ...]) -> None:
    said = await scene_with(notice(*deeds), notice("*", begins=LATER)).text(words)
    assert "维护通知" not in said


async def test_a_graph_that_does_not_answer_in_time_keeps_nobody_from_help(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = scene()
    usual, never = asked.graph.run, asyncio.Event()

    async def run(operation: Operation, variables: dict[str, Any], caller: Caller) -> Outcome:
        await (never.wait() if operation.name == "ServiceNotices" else asyncio.sleep(0))
        return await usual(operation, variables, caller)

    monkeypatch.setattr(asking, "NOTICES_WITHIN_SECONDS", 0.02)
    monkeypatch.setattr(Graph, "run", staticmethod(run))
    said = await asked.text("BZ")
    assert "剩余流量" in said
    assert "维护通知" not in said


def test_every_deed_of_a_text_has_a_name_for_when_it_rests() -> None:
    deeds = {deed for operation in OPERATIONS.values() for deed in re.findall(r"answer: (\w+)\(", operation.text)}
    assert len(deeds) >= 11
    assert deeds & CUSTOMER_DEEDS == AREAS.keys()
    assert {action.name for action in NEVER_RESTS} == NEVER_REST
    for language in LANGUAGES:
        words: Any = Wording()._environments[language].get_template(f"rests.{language}.txt").module
        assert words.areas.keys() == ALL_AREAS | {"all"}
