"""Which session does a token belong to, and when does it end?"""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.tables import attempt_budget, hall_session
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence, TokenEvidence, Turned

from .conftest import NUMBER, PASSWORD, Watch

pytestmark = pytest.mark.anyio
ENDED = Turned("session_ended")


async def _sign_in(keeper: HallDoorkeeper, channel: Channel = Channel.WEB) -> str:
    admitted = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "198.51.100.7"), channel)
    assert isinstance(admitted, Admitted)
    assert admitted.token
    return admitted.token


async def _show(keeper: HallDoorkeeper, token: str, channel: Channel = Channel.WEB) -> Admitted | Turned:
    return await keeper.admit(TokenEvidence(token), channel)


async def test_a_token_brings_back_the_caller_it_was_given_to(keeper: HallDoorkeeper, watch: Watch) -> None:
    first = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.APP)
    assert isinstance(first, Admitted)
    watch.advance(minutes=10)
    again = await _show(keeper, first.token or "", Channel.APP)
    assert again == Admitted(first.caller, token=None, expires_at=first.expires_at)


async def test_a_token_is_worthless_in_another_channel(keeper: HallDoorkeeper) -> None:
    token = await _sign_in(keeper, Channel.WEB)
    for channel in (Channel.APP, Channel.SMS, Channel.IVR, Channel.SYSTEM):
        assert await _show(keeper, token, channel) == ENDED
    assert isinstance(await _show(keeper, token), Admitted)


async def test_each_sign_in_has_a_token_of_its_own(keeper: HallDoorkeeper) -> None:
    first, second = await _sign_in(keeper), await _sign_in(keeper)
    await keeper.sign_out(first)
    assert await _show(keeper, first) == ENDED
    assert isinstance(await _show(keeper, second), Admitted)


async def test_signing_out_twice_or_with_junk_is_no_error(keeper: HallDoorkeeper) -> None:
    token = await _sign_in(keeper)
    for junk in (token, token, "", "\0", "\ud800", "x" * 100_000):
        await keeper.sign_out(junk)
        assert await _show(keeper, junk) == ENDED


async def test_half_an_hour_of_silence_ends_it(keeper: HallDoorkeeper, watch: Watch) -> None:
    token = await _sign_in(keeper)
    for _ in range(3):
        watch.advance(minutes=29)
        assert isinstance(await _show(keeper, token), Admitted)
    watch.advance(minutes=30)
    assert await _show(keeper, token) == ENDED


async def test_twelve_hours_end_it_however_busy_it_is(keeper: HallDoorkeeper, watch: Watch) -> None:
    token = await _sign_in(keeper)
    for _ in range(35):
        watch.advance(minutes=20)
        assert isinstance(await _show(keeper, token), Admitted)
    watch.advance(minutes=20)
    assert await _show(keeper, token) == ENDED


async def test_the_last_sign_of_life_is_written_once_a_minute(
    keeper: HallDoorkeeper, watch: Watch, ready_engine: AsyncEngine
) -> None:
    token = await _sign_in(keeper)
    seen = []
    for _ in range(5):
        watch.advance(seconds=25)
        await _show(keeper, token)
        async with read(ready_engine) as connection:
            seen.append((await connection.execute(select(hall_session.c.seen_at_us))).scalar_one())
    assert [later - seen[0] for later in seen] == [0, 0, 75_000_000, 75_000_000, 75_000_000]


async def test_no_token_stands_in_the_database(keeper: HallDoorkeeper, ready_engine: AsyncEngine) -> None:
    token = await _sign_in(keeper)
    async with read(ready_engine) as connection:
        row = (await connection.execute(select(hall_session))).one()
    assert token not in {str(value) for value in row}


async def test_what_is_over_is_forgotten_and_what_lives_is_kept(
    keeper: HallDoorkeeper, watch: Watch, ready_engine: AsyncEngine
) -> None:
    await _sign_in(keeper)
    watch.advance(days=3)
    token = await _sign_in(keeper)
    await keeper.purge()
    async with read(ready_engine) as connection:
        assert len((await connection.execute(select(hall_session))).all()) == 1
        days = {row.window_at_us for row in await connection.execute(select(attempt_budget))}
    assert max(days) - min(days) < 86_400_000_000
    assert isinstance(await _show(keeper, token), Admitted)
