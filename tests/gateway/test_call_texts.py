"""Does what a call was told reach the caller's own number once, in the words of the SMS hall, and no other?"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.ivr.texting import TEXTED
from channels.rendering import Language
from channels.sms.asking import Asking
from channels.sms.hall import load_hall_grammar
from channels.sms.wording import Wording
from gateway.call_texts import COMMANDS, CallTexts
from gateway.database import write
from graphql_schema.client import Caller, Channel
from notifications.sms_queue import Lane, SqlSmsQueue
from notifications.tables import metadata, outbound_sms
from tests.channels.sms.test_hall import LAST_BILL, STATES
from tests.channels.sms.test_identity import DETAIL, Door, Graph

pytestmark = pytest.mark.anyio

NUMBER, KEY = "13800138001", "ivr-" + "k" * 32 + "-7"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
PROVED = Caller(Channel.IVR, "L1", NUMBER, assurance=2)
POINTS: dict[str, Any] = {
    "available": 2680, "held": 0, "owed": 0, "stars": 3, "redeemable": True, "expiring": [], "stale": False,
    "asOf": "2026-11-21T00:32:00+00:00",
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "Points": {"me": {"points": POINTS, "rewardItems": []}},
    "Redemptions": {"me": {"redemptions": []}},
    "Balance": {"me": STATES["balance.plain"][1]},
    "Charges": {"me": STATES["charges.plain"][1]},
    "DataLeft": {"me": STATES["data_left.shared"][1]},
    "Bill": {"me": STATES["bill.unpaid"][1]},
    "LatestBill": {"me": {"bills": LAST_BILL}},
    "BillDetail": {"me": {"bill": DETAIL}},
    "BillDifference": {"me": STATES["bill_difference.more"][1]},
}


@pytest.fixture
async def graph() -> Graph:
    return Graph(dict(ANSWERS), levels={"BillDetail": 2, "BillDifference": 2})


@pytest.fixture
async def texts(engine: AsyncEngine, graph: Graph) -> CallTexts:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    transaction = partial(write, engine)
    asking = Asking(graph, Door(), Wording(), load_hall_grammar(), by_digit=False)
    return CallTexts(asking, SqlSmsQueue(transaction), transaction, now=lambda: NOW)


async def sent(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(outbound_sms))).all())


@pytest.mark.parametrize("answer", TEXTED)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_each_answer_of_a_call_is_texted_as_the_sms_hall_words_it(
    texts: CallTexts, engine: AsyncEngine, answer: str, language: Language
) -> None:
    assert await texts.text(answer, PROVED, language=language, key=KEY)
    [row] = await sent(engine)
    lane = Lane.SECRET_ANSWER if answer == "redemptions" else Lane.ANSWER
    assert (row.recipient, row.lane) == (NUMBER, int(lane))
    assert "138****8001" in row.text
    assert row.text.endswith({"zh": "【一厅】", "en": "-OneHall"}[language])
    assert "回复1" not in row.text, "no digit answers a text that nobody texted for"
    assert "Reply 1" not in row.text


async def test_the_same_key_is_one_text_and_the_call_s_own_name_stands_nowhere(
    texts: CallTexts, engine: AsyncEngine
) -> None:
    for _ in range(3):
        assert await texts.text("balance", PROVED, language="zh", key=KEY)
    assert await texts.text("charges", PROVED, language="zh", key=KEY + "-charges")
    rows = await sent(engine)
    assert len(rows) == 2
    assert all("k" * 32 not in row.key for row in rows)


@pytest.mark.parametrize("answer", ["bill_subjects", "bill_difference"])
async def test_no_text_tells_more_than_the_call_has_proved(texts: CallTexts, engine: AsyncEngine, answer: str) -> None:
    unsure = Caller(Channel.IVR, "L1", NUMBER, assurance=1)
    assert not await texts.text(answer, unsure, language="zh", key=KEY)
    assert await sent(engine) == []


async def test_what_the_graph_refuses_is_not_promised(texts: CallTexts, engine: AsyncEngine, graph: Graph) -> None:
    graph.answers["LatestBill"] = {"me": {"bills": {"edges": []}}}
    graph.answers["Balance"] = {"me": None}
    for answer in ("bill_subjects", "balance"):
        assert not await texts.text(answer, PROVED, language="en", key=KEY)
    assert await sent(engine) == []


def test_every_answer_of_a_call_that_can_be_texted_has_its_command() -> None:
    grammar = load_hall_grammar()
    assert COMMANDS.keys() == TEXTED.keys()
    assert all(grammar.command(command) for command in COMMANDS.values())
