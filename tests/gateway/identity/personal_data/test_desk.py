"""Can a person ask for a copy or for erasure, once, and change their mind?"""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.personal_data.desk import SqlPersonalData
from gateway.identity.personal_data.tables import personal_data_request
from gateway.identity.personal_data.work import PersonalDataWork
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import NotFound, SignInRequired
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataState

from .conftest import LONG_AGO, NUMBER, OTHER, OWNER, Texts, Watch

pytestmark = pytest.mark.anyio
EXPORT, ERASURE = PersonalDataKind.EXPORT, PersonalDataKind.ERASURE


async def test_an_export_waits_for_a_worker(desk: SqlPersonalData, texts: Texts) -> None:
    asked = await desk.request(Deed("D1", OWNER), EXPORT)
    assert (asked.kind, asked.state, asked.asked_at, asked.progress) == (EXPORT, PersonalDataState.WAITING, LONG_AGO, 0)
    assert (asked.due_at, asked.done_at, asked.expires_at, asked.report) == (None, None, None, [])
    assert await desk.fetch_requests(OWNER) == [asked]
    assert await desk.fetch_requests(OTHER) == []
    assert texts.sent == {}


async def test_an_erasure_waits_for_a_week_and_its_owner_is_told(desk: SqlPersonalData, texts: Texts) -> None:
    asked = await desk.request(Deed("D1", OWNER), ERASURE)
    assert asked.due_at == LONG_AGO + timedelta(days=7)
    assert list(texts.sent.values()) == [(NUMBER, "erasure_asked", {"days": 7})]


async def test_one_that_waits_is_answered_instead_of_a_second(
    desk: SqlPersonalData, engine: AsyncEngine, texts: Texts, watch: Watch
) -> None:
    first = await desk.request(Deed("D1", OWNER), ERASURE)
    watch.advance(hours=1)
    assert await desk.request(Deed("D2", OWNER), ERASURE) == first
    assert await desk.request(Deed("D1", OWNER), ERASURE) == first
    assert (await desk.request(Deed("D3", OWNER), EXPORT)).id != first.id
    assert (await desk.request(Deed("D4", OTHER), ERASURE)).id != first.id
    assert len(texts.sent) == 2
    async with read(engine) as connection:
        assert len((await connection.execute(personal_data_request.select())).all()) == 3


async def test_of_many_that_ask_at_once_one_request_comes(desk: SqlPersonalData, texts: Texts) -> None:
    asked = await asyncio.gather(*(desk.request(Deed(f"D{number}", OWNER), ERASURE) for number in range(8)))
    assert len({each.id for each in asked}) == 1
    assert len(texts.sent) == 1


async def test_the_same_deed_is_answered_the_same_when_the_work_is_done_already(
    desk: SqlPersonalData, worker: PersonalDataWork
) -> None:
    first = await desk.request(Deed("D1", OWNER), EXPORT)
    assert await worker.work_on_requests() == 1
    again = await desk.request(Deed("D1", OWNER), EXPORT)
    assert (again.id, again.state) == (first.id, PersonalDataState.DONE)
    assert (await desk.request(Deed("D2", OWNER), EXPORT)).id != first.id


async def test_an_erasure_can_be_called_off_while_it_waits(
    desk: SqlPersonalData, worker: PersonalDataWork, watch: Watch
) -> None:
    asked = await desk.request(Deed("D1", OWNER), ERASURE)
    watch.advance(days=6)
    off = await desk.call_off(Deed("D2", OWNER), asked.id)
    assert off.state is PersonalDataState.CALLED_OFF
    assert await desk.call_off(Deed("D2", OWNER), asked.id) == off
    watch.advance(days=30)
    assert await worker.work_on_requests() == 0
    assert (await desk.request(Deed("D3", OWNER), ERASURE)).state is PersonalDataState.WAITING


async def test_what_is_another_lines_or_done_can_not_be_called_off(
    desk: SqlPersonalData, worker: PersonalDataWork
) -> None:
    asked = await desk.request(Deed("D1", OWNER), EXPORT)
    with pytest.raises(NotFound):
        await desk.call_off(Deed("D2", OTHER), asked.id)
    with pytest.raises(NotFound):
        await desk.call_off(Deed("D2", OWNER), "no such request")
    await worker.work_on_requests()
    with pytest.raises(NotFound):
        await desk.call_off(Deed("D3", OWNER), asked.id)


async def test_a_visitor_has_no_data(desk: SqlPersonalData) -> None:
    with pytest.raises(SignInRequired):
        await desk.request(Deed("D1", replace(OWNER, subscriber=None)), EXPORT)
