"""Do the texts that nobody asked for leave, in the right language, however many at once?"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.rendering import Language
from channels.sms.segments import count_parts, split_text
from channels.sms.wording import render_code_text
from gateway.conversations import SqlConversations
from gateway.conversations import metadata as conversations_metadata
from gateway.database import POOL_SIZE, write
from gateway.texts import SmsCodes, alert_wording
from graphql_schema.door import Purpose
from notifications.sms_queue import SqlSmsQueue
from notifications.tables import metadata, outbound_sms

pytestmark = pytest.mark.anyio

SIGNATURES: Mapping[Language, str] = {"zh": "一厅", "en": "OneHall"}


async def test_more_codes_at_once_than_there_are_connections_all_leave_each_in_its_language(
    engine: AsyncEngine,
) -> None:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(conversations_metadata.create_all)
    conversations = SqlConversations(engine)
    await conversations.save("sms:13800138001", {"language": "en"}, keep_seconds=60)
    codes = SmsCodes(SqlSmsQueue(partial(write, engine)), conversations, signatures=SIGNATURES)
    expires_at = datetime.now(UTC) + timedelta(minutes=5)
    most = 2 * POOL_SIZE if engine.dialect.name == "postgresql" else 1  # SQLite's writers take turns
    all_hold_one = asyncio.Barrier(most)

    async def send(number: int) -> None:
        async with write(engine) as connection:
            await all_hold_one.wait()
            await codes.send(
                connection,
                number=str(number),
                code="123456",
                expires_at=expires_at,
                purpose=Purpose.SIGN_IN,
                about="",
            )

    await asyncio.gather(*(send(13800138001 + index) for index in range(most)))
    async with engine.connect() as connection:
        sent = (await connection.execute(select(outbound_sms.c.recipient, outbound_sms.c.text))).all()
    assert len(sent) == most
    assert all(("OneHall" in row.text) is (row.recipient == "13800138001") for row in sent)


async def test_a_code_for_a_number_that_chose_no_language_says_both(engine: AsyncEngine) -> None:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(conversations_metadata.create_all)
    conversations = SqlConversations(engine)
    await conversations.save("sms:13800138001", {"language": "en"}, keep_seconds=60)
    await conversations.save("sms:13800138002", {"language": "zh"}, keep_seconds=60)
    codes = SmsCodes(SqlSmsQueue(partial(write, engine)), conversations, signatures=SIGNATURES)
    for number in ("13800138001", "13800138002", "13800138003"):
        async with write(engine) as connection:
            await codes.send(
                connection,
                number=number,
                code="123456",
                expires_at=datetime.now(UTC) + timedelta(minutes=5),
                purpose=Purpose.SIGN_IN,
                about="",
            )
    async with engine.connect() as connection:
        query = select(outbound_sms.c.recipient, outbound_sms.c.text)
        sent = {row.recipient: row.text for row in await connection.execute(query)}
    marks = {number: ("请勿" in text, "secret" in text or "Never" in text) for number, text in sent.items()}
    assert marks == {"13800138001": (False, True), "13800138002": (True, False), "13800138003": (True, True)}
    assert {count_parts(text) for text in sent.values()} == {1}


def alert(language: Language, *, usage_type: str, used: int, total: int, percent: int) -> str:
    wording = alert_wording(SqlConversations.__new__(SqlConversations), signatures=SIGNATURES)
    line = {"number": "13800138003", "maskedNumber": "138****8003", "kind": "MOBILE"}
    facts = {"me": {"line": line}, "asOf": "2026-11-22T02:09:00+00:00", "usageType": usage_type}
    return wording.render("usage_threshold/sms", language, {**facts, "used": used, "total": total, "percent": percent})


USED_BYTES = int(54.357 * 1024**3)


def test_an_alert_says_figures_that_add_up() -> None:
    facts: dict[str, Any] = {"usage_type": "data", "used": USED_BYTES, "total": 66 * 1024**3, "percent": 80}
    assert alert("zh", **facts) == (
        "【流量提醒】截至11月22日 10:09，您（138****8003）本月套餐通用流量已使用54.36GB（82%），剩余11.64GB。"
        "回复CXLL查询明细。【一厅】"
    )
    assert alert("en", **facts) == (
        "Usage alert for 138****8003, as of 22 Nov 10:09: 54.36GB of your included data used (82%), 11.64GB left. "
        "Reply CXLL for details. -OneHall"
    )


@pytest.mark.parametrize("percent", [80, 100])
@pytest.mark.parametrize(("usage_type", "total"), [("data", 999 * 1024**3), ("voice", 60_000), ("sms", 1000)])
def test_an_alert_in_english_is_one_part(usage_type: str, total: int, percent: int) -> None:
    text = alert("en", usage_type=usage_type, used=total * percent // 100, total=total, percent=percent)
    assert [part.alphabet for part in split_text(text, reference=0)] == ["gsm0338"]


def test_minutes_of_an_alert_add_up_and_what_is_left_is_cut_off() -> None:
    text = alert("en", usage_type="voice", used=400 * 60 + 1, total=500 * 60, percent=80)
    assert "401 min of your included call minutes used (80%), 99 min left." in text


FOR_WHAT = {
    Purpose.SIGN_IN: ("登录", "sign in"),
    Purpose.STEP_UP: ("确认身份", "confirm who you are"),
    Purpose.RESET: ("重置服务密码", "reset your service password"),
    Purpose.LINK_LINE: ("请求关联", "asks to link"),
    Purpose.HELP: ("请求协助", "asks to help"),
    Purpose.PAYMENT: ("支付", "payment"),
}
ABOUT = {Purpose.PAYMENT: "CNY 50.00 → 138****8002", Purpose.LINK_LINE: "138****8002", Purpose.HELP: "138****8002"}
TOLD_TO_OTHERS = {Purpose.LINK_LINE, Purpose.HELP}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize(("language", "place"), [("zh", 0), ("en", 1)])
def test_a_code_says_what_it_is_for_in_one_part(purpose: Purpose, language: Language, place: int) -> None:
    text = render_code_text("246813", 5, language, purpose=purpose, about=ABOUT.get(purpose, ""))
    assert FOR_WHAT[purpose][place] in text
    assert "246813" in text
    assert "5" in text.replace("246813", "")
    assert count_parts(text) == 1


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("language", ["zh", "en", None])
def test_a_code_warns_not_to_pass_it_on_or_says_what_that_allows(purpose: Purpose, language: Language | None) -> None:
    text = render_code_text("246813", 5, language, purpose=purpose, about=ABOUT.get(purpose, ""))
    secret = "请勿告诉" in text or "Never tell" in text
    consent = "告诉对方即同意" in text or "Telling them this code lets them" in text
    assert (secret, consent) == (purpose not in TOLD_TO_OTHERS, purpose in TOLD_TO_OTHERS)
    assert "138****8002" in text or purpose not in ABOUT


def test_a_code_for_a_payment_names_amount_and_payee() -> None:
    facts = {"purpose": Purpose.PAYMENT, "about": ABOUT[Purpose.PAYMENT]}
    assert "CNY 50.00 → 138****8002" in render_code_text("246813", 5, "zh", **facts)
    assert "CNY 50.00 to 138****8002" in render_code_text("246813", 5, "en", **facts)
