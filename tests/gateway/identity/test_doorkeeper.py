"""Whom does a link show, and what if a system behind the door is down?"""

from pathlib import Path

import pytest

from gateway.database import DatabaseFault, open_database
from gateway.identity.doorkeeper import HallDoorkeeper
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeWish,
    Doorkeeper,
    LinkEvidence,
    PasswordEvidence,
    Purpose,
    TokenEvidence,
    Turned,
)

from .conftest import NUMBER, PASSWORD, STRANGER, KnownLines, Phone, Watch, hire_for

pytestmark = pytest.mark.anyio


async def test_it_is_the_doorkeeper_that_channels_expect(keeper: HallDoorkeeper) -> None:
    expected: Doorkeeper = keeper
    assert expected is keeper


@pytest.mark.parametrize("sender", ["13800138001", "+8613800138001", "8613800138001"])
async def test_the_sender_of_a_trusted_link_is_its_line_at_level_1(
    keeper: HallDoorkeeper, watch: Watch, sender: str
) -> None:
    admitted = await keeper.admit(LinkEvidence(sender, "sms"), Channel.SMS)
    assert admitted == Admitted(Caller(Channel.SMS, "L1", NUMBER, 1, watch(), proofs={Factor.LINK: watch()}))


@pytest.mark.parametrize(("number", "link"), [(NUMBER, "web"), (NUMBER, ""), ("anonymous", "ivr"), ("", "ivr")])
async def test_any_other_link_or_a_withheld_number_shows_a_visitor(
    keeper: HallDoorkeeper, number: str, link: str
) -> None:
    assert await keeper.admit(LinkEvidence(number, link), Channel.IVR) == Admitted(Caller(Channel.IVR))


async def test_a_number_of_another_operator_is_a_visitor_with_a_number(keeper: HallDoorkeeper) -> None:
    admitted = await keeper.admit(LinkEvidence(STRANGER, "ivr"), Channel.IVR)
    assert admitted == Admitted(Caller(Channel.IVR, number=STRANGER))


async def test_while_the_bss_is_down_a_link_shows_nobody(keeper: HallDoorkeeper, lines: KnownLines) -> None:
    lines.down = True
    assert await keeper.admit(LinkEvidence(NUMBER, "sms"), Channel.SMS) == Turned("unavailable")


async def test_without_its_database_the_door_stays_shut(
    tmp_path: Path, lines: KnownLines, phone: Phone, watch: Watch
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'gone' / 'x.db'}")
    keeper = hire_for(engine, lines=lines, phone=phone, now=watch)
    for evidence in (PasswordEvidence(NUMBER, PASSWORD, "s"), CodeEvidence(NUMBER, "1", "s", "c"), TokenEvidence("t")):
        assert await keeper.admit(evidence, Channel.WEB) == Turned("unavailable")
    wish = CodeWish(NUMBER, Purpose.SIGN_IN, Channel.WEB, "s")
    assert await keeper.send_code(wish) == Turned("unavailable")
    with pytest.raises(DatabaseFault):
        await keeper.sign_out("t")
    await keeper.finish()
    await engine.dispose()
