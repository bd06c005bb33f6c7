"""Does the SMS hall pause charges only after a yes, and tell the subjects and reasons of a bill only after a proof?"""

from datetime import timedelta
from typing import Any

import pytest

from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.wording import Wording
from tests.channels.sms.test_hall import LAST_BILL, STATES, braked
from tests.channels.sms.test_identity import NUMBER, PASSWORD, Scene

pytestmark = pytest.mark.anyio

ALL = ["OUT_OF_BUCKET", "THIRD_PARTY", "ROAMING"]
PAUSED = {"answer": {"__typename": "ChargeBrake", "paused": ALL, "pausedSince": "2026-11-22T04:00:00+00:00"}}
RESUMED: dict[str, Any] = {"answer": {"__typename": "ChargeBrake", "paused": [], "pausedSince": None}}


def scene(paused: list[str] | None = None, **answers: Any) -> Scene:
    made = Scene(
        ChargeBrake={"me": braked(paused or [], "12.40")},
        PauseCharges=PAUSED,
        ResumeCharges=RESUMED,
        LatestBill={"me": {"bills": LAST_BILL}},
        BillDifference={"me": STATES["bill_difference.more"][1]},
        Bill={"me": STATES["bill.unpaid"][1]},
        **answers,
    )
    made.graph.levels |= {"ResumeCharges": 2, "BillDifference": 2}
    return made


@pytest.fixture(params=["是", "Y", "y ", "好的", "1", "１"])
def yes(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_charges_are_paused_after_a_yes_and_not_before(yes: str) -> None:
    asked = scene()
    said = await asked.text("TYKF")
    assert "套餐外的流量、通话和短信" in said
    assert "第三方代收费" in said
    assert "漫游" in said
    assert "PauseCharges" not in asked.names()
    assert "立即生效" in await asked.text(yes)
    assert asked.graph.asked[-1] == ("PauseCharges", {"key": "sms-message-2"})
    assert asked.names().count("PauseCharges") == 1


async def test_a_second_yes_pauses_nothing_again() -> None:
    asked = scene(
        AnswerHelp={"answer": {"__typename": "NotFound", "code": "not_found"}}, Permissions={"me": {"helpers": []}}
    )
    await asked.text("TYKF")
    await asked.text("是")
    assert "没有等待您确认的申请" in await asked.text("是")
    assert asked.names().count("PauseCharges") == 1


@pytest.mark.parametrize("no", ["否", "N"])
async def test_a_no_changes_nothing(no: str) -> None:
    asked = scene()
    await asked.text("TYKF")
    assert "没有任何变化" in await asked.text(no)
    assert "PauseCharges" not in asked.names()


@pytest.mark.parametrize("other", ["ZD", "BZ", "hello there", "604713"])
async def test_anything_else_lets_the_question_go(other: str) -> None:
    asked = scene(
        AnswerHelp={"answer": {"__typename": "NotFound", "code": "not_found"}}, Permissions={"me": {"helpers": []}}
    )
    await asked.text("TYKF")
    await asked.text(other)
    await asked.text("是")
    assert "PauseCharges" not in asked.names()


async def test_a_yes_that_comes_too_late_pauses_nothing() -> None:
    asked = scene(
        AnswerHelp={"answer": {"__typename": "NotFound", "code": "not_found"}}, Permissions={"me": {"helpers": []}}
    )
    await asked.text("TYKF")
    asked.now += timedelta(minutes=5)
    await asked.text("是")
    assert "PauseCharges" not in asked.names()


async def test_no_value_behind_the_keyword_is_a_yes() -> None:
    asked = scene()
    await asked.text("TYKF yes")
    await asked.text("TYKF#yes")
    assert "PauseCharges" not in asked.names()


async def test_the_message_that_is_answered_twice_pauses_with_one_key() -> None:
    asked = scene()
    await asked.text("TYKF")
    memory = dict(asked.notebook.states)
    await asked.hall.answer(NUMBER, "是", message_id=7)
    asked.notebook.states = memory  # the process died after the deed and before its answer
    await asked.hall.answer(NUMBER, "是", message_id=7)
    keys = {variables["key"] for name, variables in asked.graph.asked if name == "PauseCharges"}
    assert keys == {"sms-message-7"}


async def test_what_is_paused_already_is_said_and_not_asked() -> None:
    asked = scene(ALL)
    assert "自11月20日 09:00起已暂停" in await asked.text("TYKF")
    assert asked.names() == ["ChargeBrake"]


async def test_charges_go_on_after_a_proof_alone() -> None:
    asked = scene(ALL)
    assert "核实身份" in await asked.text("HFKF")
    assert "已恢复" in await asked.text(PASSWORD)
    assert asked.names().count("ResumeCharges") == 2
    assert asked.graph.asked[-1] == ("ResumeCharges", {"key": "sms-message-2"})


async def test_a_refused_pause_is_said_in_words() -> None:
    asked = scene()
    asked.graph.answers["PauseCharges"] = {"answer": {"__typename": "StillUnderWay", "code": "still_under_way"}}
    await asked.text("TYKF")
    assert "正在办理中" in await asked.text("是")


async def test_why_a_bill_is_different_is_told_after_a_proof() -> None:
    asked = scene()
    said = await asked.text("ZDYY")
    assert "核实身份" in said
    assert "75.41" not in said
    assert "比上期多75.41元" in await asked.text(PASSWORD)
    assert asked.graph.asked[-1] == ("BillDifference", {"id": "B10"})


@pytest.mark.parametrize(("digit", "words"), [("1", "账单明细"), ("2", "账单为何不同")])
async def test_the_digits_after_a_bill_ask_for_its_detail_and_its_reasons(digit: str, words: str) -> None:
    asked = scene()
    assert "回复1看明细，2看为何不同" in await asked.text("ZD")
    assert words in await asked.text(digit)
    assert {"1": "账单明细", "2": "比上期多"}[digit] in await asked.text(PASSWORD)


async def test_a_digit_after_another_answer_is_none_of_the_bill_s() -> None:
    asked = scene()
    await asked.text("ZD")
    await asked.text("BZ")
    assert "BillDetail" not in asked.names()
    await asked.text("5")
    assert asked.names()[-1] == "Bill"


@pytest.mark.parametrize("question", ["XD", "cxxd", "我要查详单", "call records"])
async def test_no_record_is_ever_texted(question: str) -> None:
    asked = scene()
    said = await asked.text(question)
    assert "http://localhost:8000/records?last=5" in said
    assert asked.names() == []


@pytest.mark.parametrize("question", ["XD", "FP", "ZY"])
async def test_links_lead_to_the_hall_s_public_address(question: str) -> None:
    asked = scene()
    asked.hall = SmsHall(
        *(asked.graph, asked.door, asked.notebook),
        grammar=load_hall_grammar(),
        wording=Wording(),
        public_url="https://hall.example/self/",
    )
    assert "https://hall.example/self/" + ("records?last=5" if question == "XD" else "bills/B10") in await asked.text(
        question
    )


@pytest.mark.parametrize("question", ["ZDYY", "ZDMX", "FP", "ZY"])
async def test_who_has_no_bill_is_told_so(question: str) -> None:
    asked = scene()
    asked.graph.answers["LatestBill"] = {"me": {"bills": {"edges": []}}}
    assert "您还没有账单" in await asked.text(question)
