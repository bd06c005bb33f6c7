"""What does an export show of a row, and of a number that was somebody else's?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.contact.messages import note_holder
from gateway.identity.people.tables import helper_permission
from gateway.identity.personal_data.kinds import KINDS
from gateway.identity.personal_data.person import know_person
from gateway.identity.personal_data.records import read_rows
from gateway.identity.tables import credential, to_us
from graphql_schema.client import Caller, Channel, Role, Staff
from notifications.alert_tables import alert
from notifications.tables import outbound_sms

from .conftest import LONG_AGO, NUMBER, OTHER_NUMBER, OWNER, fill_every_table

pytestmark = pytest.mark.anyio
BY_NAME = {kind.name: kind for kind in KINDS}


async def show(engine: AsyncEngine, name: str, *, now: object = LONG_AGO) -> list[dict[str, object]]:
    async with read(engine) as connection:
        person = await know_person(connection, "L1", NUMBER, now=now)  # type: ignore[arg-type]
        return await read_rows(connection, BY_NAME[name], person)


async def test_instants_are_readable_and_somebody_elses_number_is_masked(engine: AsyncEngine) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    async with write(engine) as connection:
        await connection.execute(update(helper_permission).values(helper_number=OTHER_NUMBER, answered_at_us=None))
    (row,) = await show(engine, "helpers")
    assert row["asked_at"] == "2020-03-01T04:00:00+00:00"
    assert row["answered_at"] is None
    assert (row["owner_number"], row["helper_number"]) == (NUMBER, "139****9009")


async def test_the_copy_names_who_did_it_as_the_trail_does_for_its_owner(engine: AsyncEngine) -> None:
    child, colleague = replace(OWNER, helper="L2"), Caller(Channel.DESK, "L1", staff=Staff("mei", Role.CARE))
    async with write(engine) as connection:
        for caller in (OWNER, child, colleague):
            await record(connection, AuditEntry.by(caller, "step_up"), now=LONG_AGO)
    assert [row["actor"] for row in await show(engine, "audit_trail")] == ["owner", "helper", "staff"]


async def send(engine: AsyncEngine, text: str, *, days: int, key: str, lane: int = 40, ended: bool = True) -> None:
    at_us = to_us(LONG_AGO + timedelta(days=days))
    row = {"key": key, "recipient": NUMBER, "text": text, "lane": lane, "state": "sent", "attempts": 1}
    moments = {"created_at_us": at_us, "not_after_at_us": at_us, "free_at_us": at_us}
    async with write(engine) as connection:
        ended_at = {"ended_at_us": at_us if ended else None}
        await connection.execute(outbound_sms.insert().values(**row, **moments, **ended_at))


async def test_texts_from_before_the_number_was_theirs_are_left_out(engine: AsyncEngine) -> None:
    for days in (1, 5, 9):
        await send(engine, f"day {days}", days=days, key=str(days))
    assert await show(engine, "texts_sent", now=LONG_AGO + timedelta(days=10)) == []
    async with write(engine) as connection:
        known = {"number": NUMBER, "line_id": "L1", "password_set_at_us": to_us(LONG_AGO + timedelta(days=4))}
        await connection.execute(credential.insert().values(**known))
    seen = await show(engine, "texts_sent", now=LONG_AGO + timedelta(days=10))
    assert [row["text"] for row in seen] == ["day 5", "day 9"]
    async with write(engine) as connection:
        await note_holder(connection, NUMBER, "L7", now=LONG_AGO)
        await note_holder(connection, NUMBER, "L1", now=LONG_AGO + timedelta(days=7))
    seen = await show(engine, "texts_sent", now=LONG_AGO + timedelta(days=10))
    assert [row["text"] for row in seen] == ["day 9"]


async def test_an_alert_of_the_line_shows_that_the_number_was_theirs(engine: AsyncEngine) -> None:
    moments = {"free_at_us": 0, "created_at_us": 0, "ended_at_us": 0}
    row = {
        "topic": "t",
        "step": 80,
        "name": "usage_threshold",
        "line_id": "L1",
        "facts": {},
        "state": "said",
        "attempts": 1,
    }
    async with write(engine) as connection:
        alert_id = (await connection.execute(alert.insert().values(**row, **moments))).inserted_primary_key[0]
    await send(engine, "a former owner's", days=1, key="notice:1")
    await send(engine, "an alert", days=2, key=f"alert:{alert_id}")
    await send(engine, "an answer", days=3, key="answer:1")
    seen = await show(engine, "texts_sent", now=LONG_AGO + timedelta(days=10))
    assert [row["text"] for row in seen] == ["an alert", "an answer"]


async def test_a_code_that_can_still_be_used_is_not_shown(engine: AsyncEngine) -> None:
    async with write(engine) as connection:
        known = {"number": NUMBER, "line_id": "L1", "password_set_at_us": to_us(LONG_AGO)}
        await connection.execute(credential.insert().values(**known))
    await send(engine, "your code is 123456", days=1, key="code:1", lane=10, ended=False)
    await send(engine, "", days=1, key="code:0", lane=10)
    seen = await show(engine, "texts_sent", now=LONG_AGO + timedelta(days=1))
    assert [row["text"] for row in seen] == [""]


async def test_what_was_proved_by_another_line_proves_nothing(engine: AsyncEngine) -> None:
    await fill_every_table(engine, "L2", NUMBER)
    async with read(engine) as connection:
        me = await know_person(connection, "L1", NUMBER, now=LONG_AGO + timedelta(days=9))
    assert me.since_us == to_us(LONG_AGO + timedelta(days=9))
