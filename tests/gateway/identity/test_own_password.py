"""How does a person who is in change the service password?"""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.audit.entry import audit_record
from gateway.identity.doorkeeper import HallDoorkeeper
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, PasswordEvidence, TokenEvidence, Turned
from graphql_schema.identity_ports import Deed, Passwords
from graphql_schema.problems import LineSuspended, Locked, NotFound, WeakPassword, WrongSecret
from graphql_schema.types.line import LineState

from .conftest import NUMBER, PASSWORD, KnownLines, Letters, Watch

pytestmark = pytest.mark.anyio
NEW = "471920"


async def _enter(keeper: HallDoorkeeper, password: str = PASSWORD, channel: Channel = Channel.WEB) -> Admitted:
    admitted = await keeper.admit(PasswordEvidence(NUMBER, password, "s"), channel)
    assert isinstance(admitted, Admitted)
    return admitted


async def _deed(keeper: HallDoorkeeper, name: str = "d1") -> Deed:
    return Deed(name, (await _enter(keeper)).caller)


async def test_it_is_the_port_that_the_graph_expects(keeper: HallDoorkeeper) -> None:
    expected: Passwords = keeper.passwords
    assert expected is keeper.passwords


async def test_the_old_one_sets_the_new_one_and_the_other_sessions_end(
    keeper: HallDoorkeeper, watch: Watch, letters: Letters
) -> None:
    other, own = await _enter(keeper), await _enter(keeper)
    assert await keeper.passwords.change(Deed("d1", own.caller), PASSWORD, NEW) == watch()
    assert await keeper.admit(TokenEvidence(other.token or ""), Channel.WEB) == Turned("session_ended")
    assert isinstance(await keeper.admit(TokenEvidence(own.token or ""), Channel.WEB), Admitted)
    assert isinstance(await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB), Turned)
    await _enter(keeper, NEW)
    assert letters.kinds().count("password_changed") == 1


async def test_the_same_deed_again_changes_nothing_and_answers_the_same(
    keeper: HallDoorkeeper, watch: Watch, letters: Letters
) -> None:
    deed = await _deed(keeper)
    changed_at = await keeper.passwords.change(deed, PASSWORD, NEW)
    watch.advance(minutes=1)
    later = await _enter(keeper, NEW)
    assert await keeper.passwords.change(deed, PASSWORD, NEW) == changed_at
    assert isinstance(await keeper.admit(TokenEvidence(later.token or ""), Channel.WEB), Admitted)
    assert letters.kinds().count("password_changed") == 1


async def test_wrong_old_ones_use_up_the_devices_own_tries(keeper: HallDoorkeeper) -> None:
    deed = await _deed(keeper)
    for left in (2, 1):
        with pytest.raises(WrongSecret) as refused:
            await keeper.passwords.change(deed, "999111", NEW)
        assert refused.value.parameters == {"tries_left": left}
    for _ in range(2):
        with pytest.raises(Locked):
            await keeper.passwords.change(deed, "999111", NEW)
    with pytest.raises(Locked):
        await keeper.passwords.change(deed, PASSWORD, NEW)
    await _enter(keeper)  # the shared tries are untouched


async def test_in_a_dialogue_they_use_up_the_shared_ones(keeper: HallDoorkeeper) -> None:
    deed = Deed("d1", (await _enter(keeper, channel=Channel.SMS)).caller)
    for _ in range(2):
        with pytest.raises(WrongSecret):
            await keeper.passwords.change(deed, "999111", NEW)
    with pytest.raises(Locked):
        await keeper.passwords.change(deed, "999111", NEW)
    answer = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB)
    assert isinstance(answer, Turned)
    assert answer.code == "locked"


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("12345", "not_six_digits"),
        ("222222", "all_equal"),
        ("654321", "run"),
        ("138001", "part_of_identity"),
        (PASSWORD, "same_as_before"),
    ],
)
async def test_a_weak_one_is_not_taken(keeper: HallDoorkeeper, new: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        await keeper.passwords.change(await _deed(keeper), PASSWORD, new)
    assert refused.value.parameters == {"reason": reason}
    await _enter(keeper)


async def test_whoever_does_not_know_the_old_one_does_not_learn_it_by_choosing_it(keeper: HallDoorkeeper) -> None:
    with pytest.raises(WrongSecret):
        await keeper.passwords.change(await _deed(keeper), "999111", PASSWORD)


async def test_a_suspended_line_keeps_its_password(keeper: HallDoorkeeper, lines: KnownLines) -> None:
    deed = await _deed(keeper)
    lines.states[NUMBER] = LineState.SUSPENDED
    with pytest.raises(LineSuspended):
        await keeper.passwords.change(deed, PASSWORD, NEW)
    lines.states[NUMBER] = LineState.OUTGOING_BARRED
    await keeper.passwords.change(deed, PASSWORD, NEW)


async def test_a_caller_without_a_line_has_none(keeper: HallDoorkeeper) -> None:
    with pytest.raises(NotFound):
        await keeper.passwords.change(Deed("d1", Caller(Channel.DESK)), PASSWORD, NEW)


async def test_another_line_with_the_number_is_not_changed(keeper: HallDoorkeeper) -> None:
    caller = replace((await _enter(keeper)).caller, subscriber="L2")
    with pytest.raises(WrongSecret):
        await keeper.passwords.change(Deed("d1", caller), PASSWORD, NEW)


async def test_the_trail_says_how_many_sessions_ended(keeper: HallDoorkeeper, engine: AsyncEngine) -> None:
    await _enter(keeper)
    await keeper.passwords.change(await _deed(keeper), PASSWORD, NEW)
    async with read(engine) as connection:
        asked = select(audit_record.c.note).where(audit_record.c.deed == "sessions_ended")
        assert (await connection.execute(asked)).scalars().all() == ["1"]
