"""Does a line still stand, and what ends with it?"""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.session import Move
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence, Purpose, TokenEvidence, Turned
from graphql_schema.ports import BssFault
from graphql_schema.types.line import LineState

from .conftest import NUMBER, PASSWORD, Customer, Hire, KnownLines, Phone, Watch

pytestmark = pytest.mark.anyio
ENDED, AWAY = Turned("session_ended"), Turned("unavailable")


async def _enter(keeper: HallDoorkeeper, number: str = NUMBER, password: str = PASSWORD) -> Admitted:
    admitted = await keeper.admit(PasswordEvidence(number, password, "s"), Channel.WEB)
    assert isinstance(admitted, Admitted)
    return admitted


async def _show(keeper: HallDoorkeeper, admitted: Admitted) -> Admitted | Turned:
    return await keeper.admit(TokenEvidence(admitted.token or ""), Channel.WEB)


async def test_a_living_session_is_checked_at_its_first_use_and_then_every_five_minutes(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch
) -> None:
    session = await _enter(keeper)
    asked = []
    for _ in range(12):
        assert isinstance(await _show(keeper, session), Admitted)
        asked.append(len(lines.looked_at))
        watch.advance(minutes=1)
    assert asked == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3]


async def test_of_many_requests_at_once_one_asks(keeper: HallDoorkeeper, lines: KnownLines) -> None:
    session = await _enter(keeper)
    answers = await asyncio.gather(*(_show(keeper, session) for _ in range(20)))
    assert all(isinstance(answer, Admitted) for answer in answers)
    assert lines.looked_at == ["L1"]


@pytest.mark.parametrize("what", ["gone", "closed", "another number", "another holder"])
async def test_a_line_that_is_gone_or_not_theirs_any_more_ends_all_its_sessions(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch, what: str
) -> None:
    one, two = await _enter(keeper), await _enter(keeper)
    for session in (one, two):
        await _show(keeper, session)
    if what == "gone":
        del lines.ids[NUMBER]
    elif what == "closed":
        lines.states[NUMBER] = LineState.CLOSED
    elif what == "another number":
        lines.ids = {"13800138077": "L1"}
    else:
        lines.customers[NUMBER] = "C2"
    assert isinstance(await _show(keeper, one), Admitted)
    watch.advance(minutes=5)
    assert await _show(keeper, one) == ENDED
    assert await _show(keeper, two) == ENDED
    assert not await keeper.has_password(NUMBER, line_id="L1")


async def test_while_the_bss_is_down_a_session_goes_on_for_an_hour(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch
) -> None:
    session = await _enter(keeper)
    await _show(keeper, session)
    lines.down = True
    for _ in range(6):
        watch.advance(minutes=10)
        assert isinstance(await _show(keeper, session), Admitted)
    watch.advance(minutes=1)
    assert await _show(keeper, session) == AWAY
    lines.down = False
    watch.advance(minutes=1)
    assert isinstance(await _show(keeper, session), Admitted)


async def test_an_old_reading_is_no_answer(keeper: HallDoorkeeper, lines: KnownLines, watch: Watch) -> None:
    session = await _enter(keeper)
    lines.stale = True
    for _ in range(3):
        watch.advance(minutes=20)
        assert isinstance(await _show(keeper, session), Admitted)
    watch.advance(minutes=1)
    assert await _show(keeper, session) == AWAY


async def test_a_bss_that_is_down_is_not_asked_by_every_request(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch
) -> None:
    session = await _enter(keeper)
    lines.down = True
    for _ in range(60):
        await _show(keeper, session)
        watch.advance(seconds=1)
    assert len(lines.looked_at) == 2


async def test_what_the_bss_says_of_a_line_that_ended_is_done_at_once(
    hire: Hire, lines: KnownLines, watch: Watch, engine: AsyncEngine
) -> None:
    forgotten: list[str] = []

    async def forget_line(connection: AsyncConnection, line_id: str) -> None:
        assert connection.in_transaction()
        forgotten.append(line_id)

    keeper = hire(line_ended=[forget_line])
    await keeper.set_password(NUMBER, PASSWORD, line_id="L1")
    one, two = await _enter(keeper), await _enter(keeper)
    await keeper.recheck_line("L1")
    assert isinstance(await _show(keeper, one), Admitted)
    assert forgotten == []
    lines.states[NUMBER] = LineState.CLOSED
    await keeper.recheck_line("L1")
    assert [await _show(keeper, each) for each in (one, two)] == [ENDED, ENDED]
    assert forgotten == ["L1"]
    assert not await keeper.has_password(NUMBER, line_id="L1")
    async with read(engine) as connection:
        asked = select(audit_record.c.actor, audit_record.c.subject, audit_record.c.note)
        ended = (await connection.execute(asked.where(audit_record.c.deed == "sessions_ended"))).one()
    assert tuple(ended) == ("system", "L1", "2")


async def test_another_number_ends_what_the_old_one_proved_and_keeps_what_is_the_owners(
    hire: Hire, lines: KnownLines
) -> None:
    forgotten: list[str] = []

    async def forget_line(connection: AsyncConnection, line_id: str) -> None:
        forgotten.append(line_id)

    keeper = hire(line_ended=[forget_line])
    await keeper.set_password(NUMBER, PASSWORD, line_id="L1")
    session = await _enter(keeper)
    lines.ids = {"13800138077": "L1"}
    await keeper.recheck_line("L1")
    assert await _show(keeper, session) == ENDED
    assert forgotten == []
    assert isinstance(await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB), Turned)


async def test_another_holder_of_the_same_line_finds_nothing_of_the_former(hire: Hire, lines: KnownLines) -> None:
    forgotten: list[str] = []

    async def forget_line(connection: AsyncConnection, line_id: str) -> None:
        forgotten.append(line_id)

    keeper = hire(line_ended=[forget_line])
    await keeper.set_password(NUMBER, PASSWORD, line_id="L1")
    session = await _enter(keeper)
    await _show(keeper, session)
    lines.customers[NUMBER] = "C2"
    await keeper.recheck_line("L1")
    assert await _show(keeper, session) == ENDED
    assert forgotten == ["L1"]


async def test_a_bss_that_gives_no_answer_is_told_so_and_nothing_ends(
    keeper: HallDoorkeeper, lines: KnownLines
) -> None:
    session = await _enter(keeper)
    await _show(keeper, session)
    lines.down = True
    with pytest.raises(BssFault):
        await keeper.recheck_line("L1")
    lines.down, lines.stale = False, True
    with pytest.raises(BssFault):
        await keeper.recheck_line("L1")
    assert isinstance(await _show(keeper, session), Admitted)


async def test_the_end_of_the_line_that_was_proved_ends_a_session_on_another(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch, engine: AsyncEngine
) -> None:
    lines.ids["13800138002"] = "L2"
    session = await _enter(keeper)
    async with write(engine) as connection:
        moved = await keeper.sessions.move(
            connection, session.token or "", Channel.WEB, Move("L2", "13800138002"), now=watch()
        )
    assert moved is not None
    assert isinstance(await _show(keeper, moved), Admitted)
    del lines.ids[NUMBER]
    watch.advance(minutes=5)
    assert await _show(keeper, moved) == ENDED


async def test_a_suspended_line_stays_signed_in(keeper: HallDoorkeeper, lines: KnownLines, watch: Watch) -> None:
    session = await _enter(keeper)
    lines.states[NUMBER] = LineState.SUSPENDED
    watch.advance(minutes=6)
    assert isinstance(await _show(keeper, session), Admitted)
    await keeper.recheck_line("L1")
    assert isinstance(await _show(keeper, session), Admitted)


async def test_the_houses_own_question_keeps_no_session_alive(keeper: HallDoorkeeper, watch: Watch) -> None:
    session = await _enter(keeper)
    silent = TokenEvidence(session.token or "", sign_of_life=False)
    for _ in range(5):
        assert isinstance(await keeper.admit(silent, Channel.WEB), Admitted)
        watch.advance(minutes=6)
    assert await keeper.admit(silent, Channel.WEB) == ENDED


@pytest.mark.parametrize("first", ["the new holder asks for a code", "the former holder tries the password"])
async def test_another_holder_whom_no_event_told_of_ends_what_stood_on_the_former(
    hire: Hire, lines: KnownLines, phone: Phone, first: str
) -> None:
    forgotten: list[str] = []

    async def forget_line(connection: AsyncConnection, line_id: str) -> None:
        forgotten.append(line_id)

    keeper = hire(line_ended=[forget_line])
    await keeper.set_password(NUMBER, PASSWORD, line_id="L1")
    session, customer = await _enter(keeper), Customer(keeper, phone)
    await customer.ask()
    assert forgotten == []
    lines.customers[NUMBER] = "C2"
    if first == "the new holder asks for a code":
        await customer.ask(purpose=Purpose.RESET)
    else:
        assert isinstance(await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB), Turned)
    assert forgotten == ["L1"]
    assert await _show(keeper, session) == ENDED
    await customer.ask(purpose=Purpose.STEP_UP)
    assert forgotten == ["L1"]
