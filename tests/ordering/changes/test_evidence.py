"""Can nobody but the house make evidence, and is it kept for as long as it must be?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from gateway.database import read, write
from graphql_schema.client import Channel
from graphql_schema.types.change import ChangeCharge, ChangeChargeKind, ChangeLoss, ChangeStart, LossKind
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long
from ordering.change_tables import change_order, order_cancellation, prepared_change
from ordering.changes.evidence import Evidence
from ordering.changes.retention import cancellations_over, orders_over, questions_over
from tests.fakes.deal_ports import make_preview
from tests.ordering.changes.world import PACK, SECRET, Hall, Mood, make_caller, make_deed

pytestmark = pytest.mark.anyio
KEEP = timedelta(days=183)

FORGERIES: Mapping[str, object] = {
    "line_id": "L2",
    "account_id": "A2",
    "action": "drop",
    "offering_id": "pack-gold",
    "package_id": "P9",
    "service": "roaming",
    "number": "13800009999",
    "wanted_start": "at_once",
    "name_zh": "别的",
    "name_en": "another",
    "price_li": 14999,
    "currency": "HKD",
    "repeats": False,
    "shown": "{}",
    "channel": "ivr",
    "actor": "line:L9",
    "level": 3,
    "prepared_at_us": 1,
    "expires_at_us": 2,
    "answer": "no",
    "answered_at_us": 3,
    "answer_deed": "C9",
    "answer_channel": "sms",
    "answer_actor": "staff:1001",
    "answer_level": 1,
}


async def forge(hall: Hall, **columns: Any) -> bool:
    """Whether evidence with other columns is still taken for ours."""
    async with write(hall.engine) as connection:
        await connection.execute(update(prepared_change).values(columns))
    return Evidence(SECRET).is_ours(await hall.evidence())


@pytest.mark.parametrize("column", FORGERIES)
async def test_whatever_is_changed_afterwards_is_found(hall: Hall, column: str) -> None:
    await hall.prepare()
    await hall.confirm()
    kept = getattr(await hall.evidence(), column)
    assert kept != FORGERIES[column]
    assert not await forge(hall, **{column: FORGERIES[column]})
    assert await forge(hall, **{column: kept})


async def test_an_answer_can_not_be_made_up_or_taken_from_another_question(hall: Hall) -> None:
    await hall.prepare(deed="D1")
    await hall.prepare(replace(PACK, offering_id="other"), deed="D2")
    await hall.confirm("D2")
    said = await hall.evidence("D2")
    names = ("state", "answer", "answered_at_us", "answer_deed", "answer_mark")
    names += ("answer_channel", "answer_actor", "answer_level")
    taken: dict[str, Any] = {name: getattr(said, name) for name in names} | {"slot": None, "thing": None}
    async with write(hall.engine) as connection:
        await connection.execute(update(prepared_change).where(prepared_change.c.id == "D1").values(taken))
    assert not Evidence(SECRET).is_ours(await hall.evidence("D1"))
    assert Evidence(SECRET).is_ours(said)


async def test_what_was_shown_is_read_as_it_was_shown(hall: Hall) -> None:
    name, fen = LocalizedText(zh="畅享套餐", en="Enjoy"), Money(amount=Decimal("12.345"), currency="CNY")
    hall.office.previewed = make_preview(
        name=name,
        price=fen,
        charges=[ChangeCharge(kind=ChangeChargeKind.REFUND, name=name, amount=fen, since=date(2026, 12, 1))],
        losses=[ChangeLoss(kind=LossKind.ALLOWANCE, name=name, left=Long(2**52), amount=None, on=date(2026, 12, 1))],
        takes_away=[name],
        contract_until=date(2028, 2, 29),
        terms=name,
        starts=list(ChangeStart),
    )
    prepared = await hall.prepare()
    assert prepared.preview == replace(hall.office.previewed, offering_id="pack-data-5")
    assert (await hall.desk.fetch_prepared(make_caller(), "D1")).preview == prepared.preview


async def test_another_houses_secret_marks_nothing_of_ours(hall: Hall) -> None:
    await hall.prepare()
    assert not Evidence(b"another secret, of another house").is_ours(await hall.evidence())


@pytest.mark.parametrize("column", ["shown", "answer_actor", "answer_mark"])
async def test_nothing_is_placed_again_by_evidence_that_was_changed(
    hall: Hall, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    await hall.prepare()
    hall.office.moods.append(Mood.LOSES)
    await hall.confirm()
    kept = getattr(await hall.evidence(), column)
    assert not await forge(hall, **{column: None if column == "answer_mark" else f"{kept} "})
    await hall.work_until_quiet(hours=0.5)
    assert (hall.office.placed, [row.state for row in await hall.intents()]) == ([], ["placing"])
    assert "BrokenEvidence" in caplog.text
    caplog.clear()
    assert (await hall.order()).id == "D1", "its owner sees it still"
    assert "the evidence of change D1 does not bear our mark" in caplog.text
    assert await forge(hall, **{column: kept})
    hall.watch.advance(minutes=5)
    await hall.work_until_quiet(hours=0.1)
    assert [order.reference for order in hall.office.placed] == ["D1"]


async def count(hall: Hall) -> tuple[int, int, int]:
    async with read(hall.engine) as connection:
        counts = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (prepared_change, change_order, order_cancellation)
        ]
    return counts[0], counts[1], counts[2]


async def forget(hall: Hall) -> tuple[int, int, int]:
    now = hall.watch()
    async with write(hall.engine) as connection:
        await connection.execute(delete(prepared_change).where(questions_over(now, keep=KEEP)))
        await connection.execute(delete(change_order).where(orders_over(now, keep=KEEP)))
        await connection.execute(delete(order_cancellation).where(cancellations_over(now, keep=KEEP)))
    return await count(hall)


async def test_evidence_is_kept_for_half_a_year_and_then_forgotten(hall: Hall) -> None:
    await hall.prepare(channel=Channel.SMS)
    await hall.confirm()
    await hall.cancel()
    await hall.prepare(deed="D2")
    await hall.desk.withdraw(make_deed("W1"), "D2")
    hall.watch.advance(days=183)
    assert await forget(hall) == (2, 1, 1)
    hall.watch.advance(seconds=1)
    assert await forget(hall) == (0, 0, 0)


async def test_what_is_open_is_not_forgotten_however_old(hall: Hall) -> None:
    await hall.prepare()
    hall.office.moods.append(Mood.LOSES)
    await hall.confirm()
    await hall.prepare(replace(PACK, offering_id="other"), deed="D2")
    hall.watch.advance(days=400)
    assert await forget(hall) == (2, 1, 0)
