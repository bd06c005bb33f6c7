"""How does a caller who is in already become surer?"""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.audit.entry import audit_record
from gateway.identity.doorkeeper import HallDoorkeeper
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, LinkEvidence, PasswordEvidence, Purpose, TokenEvidence, Turned

from .conftest import NUMBER, PASSWORD, CardOffice, Customer, KnownLines, Phone, Watch

pytestmark = pytest.mark.anyio
RIGHT = PasswordEvidence(NUMBER, PASSWORD, "s")
ENDED = Turned("session_ended")


async def _sign_in(keeper: HallDoorkeeper, channel: Channel = Channel.WEB) -> str:
    admitted = await keeper.admit(RIGHT, channel)
    assert isinstance(admitted, Admitted)
    return admitted.token or ""


async def _step_up_by_code(keeper: HallDoorkeeper, customer: Customer, token: str) -> Admitted | Turned:
    await customer.ask(purpose=Purpose.STEP_UP)
    evidence = customer.show(customer.phone.last_code(NUMBER), purpose=Purpose.STEP_UP)
    return await keeper.step_up(token, evidence, Channel.WEB)


async def test_password_and_code_are_level_3_under_another_token(
    keeper: HallDoorkeeper, customer: Customer, watch: Watch
) -> None:
    before = await keeper.admit(RIGHT, Channel.WEB)
    assert isinstance(before, Admitted)
    began = watch()
    watch.advance(minutes=2)
    after = await _step_up_by_code(keeper, customer, before.token or "")
    assert isinstance(after, Admitted)
    assert (after.caller.assurance, after.caller.since) == (3, began)
    assert after.caller.proofs == {Factor.PASSWORD: began, Factor.CODE: watch()}
    assert after.caller.session == before.caller.session
    assert after.expires_at == before.expires_at
    assert after.token not in (None, before.token)
    assert await keeper.admit(TokenEvidence(before.token or ""), Channel.WEB) == ENDED
    assert isinstance(await keeper.admit(TokenEvidence(after.token or ""), Channel.WEB), Admitted)


async def test_level_3_fades_by_itself_after_ten_minutes(
    keeper: HallDoorkeeper, customer: Customer, watch: Watch
) -> None:
    after = await _step_up_by_code(keeper, customer, await _sign_in(keeper))
    assert isinstance(after, Admitted)
    levels = []
    for _ in range(3):
        watch.advance(minutes=5)
        shown = await keeper.admit(TokenEvidence(after.token or ""), Channel.WEB)
        assert isinstance(shown, Admitted)
        levels.append(shown.caller.assurance)
    assert levels == [3, 3, 2]


async def test_of_two_that_exchange_one_token_at_once_one_goes_on(keeper: HallDoorkeeper) -> None:
    token = await _sign_in(keeper)
    answers = await asyncio.gather(*(keeper.step_up(token, RIGHT, Channel.WEB) for _ in range(2)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Admitted", "Turned"]
    assert ENDED in answers


async def test_a_code_to_sign_in_does_not_step_up(keeper: HallDoorkeeper, customer: Customer, phone: Phone) -> None:
    token = await _sign_in(keeper)
    await customer.ask()
    evidence = customer.show(phone.last_code(NUMBER))
    assert await keeper.step_up(token, evidence, Channel.WEB) == Turned("wrong_credentials")
    assert isinstance(await keeper.admit(evidence, Channel.APP), Admitted)  # it was not touched


async def test_a_code_to_step_up_does_not_sign_in(keeper: HallDoorkeeper, customer: Customer, phone: Phone) -> None:
    await customer.ask(purpose=Purpose.STEP_UP)
    evidence = customer.show(phone.last_code(NUMBER), purpose=Purpose.STEP_UP)
    assert await keeper.admit(evidence, Channel.WEB) == Turned("wrong_credentials")
    assert isinstance(await keeper.step_up(await _sign_in(keeper), evidence, Channel.WEB), Admitted)


async def test_evidence_of_another_line_is_refused_before_it_is_looked_at(
    keeper: HallDoorkeeper, lines: KnownLines
) -> None:
    lines.ids["13800138002"] = "L2"
    await keeper.set_password("13800138002", "471920", line_id="L2")
    token = await _sign_in(keeper)
    for password in ("471920", "999111"):
        other = PasswordEvidence("13800138002", password, "s")
        for _ in range(5):
            assert await keeper.step_up(token, other, Channel.WEB) == Turned("wrong_credentials")
    assert isinstance(await keeper.admit(PasswordEvidence("13800138002", "471920", "s"), Channel.WEB), Admitted)


async def test_wrong_ones_are_counted_with_those_of_the_front_door(keeper: HallDoorkeeper) -> None:
    admitted = await keeper.admit(RIGHT, Channel.WEB)
    assert isinstance(admitted, Admitted)
    wrong = replace(RIGHT, password="999111")
    answers = [await keeper.step_up(admitted.token or "", wrong, Channel.WEB) for _ in range(2)]
    answers.append(await keeper.admit(wrong, Channel.APP))
    assert [answer.code for answer in answers if isinstance(answer, Turned)] == [
        "wrong_credentials",
        "wrong_credentials",
        "locked",
    ]


async def test_the_caller_of_a_dialogue_comes_back_surer_and_without_a_token(
    keeper: HallDoorkeeper, watch: Watch
) -> None:
    linked = await keeper.admit(LinkEvidence(NUMBER, "sms"), Channel.SMS)
    assert isinstance(linked, Admitted)
    began = watch()
    watch.advance(seconds=40)
    surer = await keeper.step_up(linked.caller, RIGHT, Channel.SMS)
    assert surer == Admitted(
        replace(linked.caller, assurance=2, since=watch(), proofs={Factor.LINK: began, Factor.PASSWORD: watch()})
    )


async def test_a_visitor_has_nothing_to_step_up_from(keeper: HallDoorkeeper) -> None:
    assert await keeper.step_up(Caller(Channel.IVR), RIGHT, Channel.IVR) == Turned("wrong_credentials")
    assert await keeper.step_up("no token", RIGHT, Channel.WEB) == ENDED


async def test_while_the_sim_card_is_new_a_code_does_not_step_up(
    keeper: HallDoorkeeper, customer: Customer, cards: CardOffice, watch: Watch
) -> None:
    token = await _sign_in(keeper)
    cards.down = True
    assert await _step_up_by_code(keeper, customer, token) == Turned("sim_changed", {"until": None})
    shown = await keeper.admit(TokenEvidence(token), Channel.WEB)
    assert isinstance(shown, Admitted)
    assert shown.caller.assurance == 2


async def test_the_trail_tells_each_step_and_each_failure(
    keeper: HallDoorkeeper, customer: Customer, engine: AsyncEngine
) -> None:
    token = await _sign_in(keeper)
    await keeper.step_up(token, replace(RIGHT, password="999111"), Channel.WEB)
    surer = await _step_up_by_code(keeper, customer, token)
    assert isinstance(surer, Admitted)
    await keeper.sign_out(surer.token or "")
    async with read(engine) as connection:
        rows = (await connection.execute(select(audit_record).order_by(audit_record.c.id))).all()
    assert [(row.deed, row.actor, row.level, row.outcome) for row in rows] == [
        ("sign_in", "line:L1", 2, "done"),
        ("step_up", "visitor", 0, "wrong_credentials"),
        ("code_sent", "visitor", 0, "done"),
        ("step_up", "line:L1", 3, "done"),
        ("sign_out", "line:L1", 3, "done"),
    ]
    assert {row.subject for row in rows} == {"L1"}
