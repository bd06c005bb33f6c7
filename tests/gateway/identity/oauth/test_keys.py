"""Which key signs, which are published, and who makes them?"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.oauth.keys import SigningKeys
from gateway.identity.oauth.tables import signing_key
from tests.gateway.identity.conftest import SECRET

from .client_app import ClientApp
from .stage import Clock, Stage, lend_key

pytestmark = pytest.mark.anyio


def _keys(engine: AsyncEngine, clock: Clock, secret: bytes = SECRET) -> SigningKeys:
    return SigningKeys(engine, secret=secret, now=clock, make_key=lend_key)


async def _published(keys: SigningKeys) -> list[str | None]:
    return [key.kid for key in (await keys.fetch_published()).keys]


async def test_of_many_processes_that_start_at_once_one_makes_the_key(engine: AsyncEngine) -> None:
    clock = Clock()
    made = await asyncio.gather(*(_keys(engine, clock).fetch_current() for _ in range(8)))
    assert len({key.kid for key in made}) == 1
    async with read(engine) as connection:
        assert len((await connection.execute(select(signing_key))).all()) == 1


async def test_the_key_is_kept_and_closed(engine: AsyncEngine) -> None:
    clock = Clock()
    made = await _keys(engine, clock).fetch_current()
    again = await _keys(engine, clock).fetch_current()
    assert made.as_dict(private=True) == again.as_dict(private=True)
    async with read(engine) as connection:
        kept = str((await connection.execute(select(signing_key))).one())
    assert str(made.as_dict(private=True)["d"]) not in kept


async def test_the_next_key_is_published_a_day_before_it_signs_and_the_last_one_an_hour_after(
    engine: AsyncEngine,
) -> None:
    clock = Clock()
    keys = _keys(engine, clock)
    first = (await keys.fetch_current()).kid
    clock.advance(days=88, hours=23)
    await keys.rotate()
    assert await _published(keys) == [first]
    clock.advance(hours=1)
    await keys.rotate()
    ahead = await _published(keys)
    assert ahead[0] == first
    assert len(ahead) == 2
    assert (await keys.fetch_current()).kid == first
    clock.advance(days=1)
    assert (await keys.fetch_current()).kid == ahead[1]
    assert await _published(keys) == ahead
    clock.advance(hours=1, minutes=6)
    assert await _published(keys) == ahead[1:]


async def test_many_rotations_at_once_add_one_key(engine: AsyncEngine) -> None:
    clock = Clock()
    await _keys(engine, clock).fetch_current()
    clock.advance(days=100)
    await asyncio.gather(*(_keys(engine, clock).rotate() for _ in range(6)))
    await _keys(engine, clock).rotate()
    assert len(await _published(_keys(engine, clock))) == 2


async def test_a_rotation_that_is_late_still_publishes_a_day_ahead(engine: AsyncEngine) -> None:
    clock = Clock()
    keys = _keys(engine, clock)
    first = (await keys.fetch_current()).kid
    clock.advance(days=200)
    await keys.rotate()
    clock.advance(hours=23)
    assert (await keys.fetch_current()).kid == first
    clock.advance(hours=1)
    assert (await keys.fetch_current()).kid != first


async def test_retired_keys_are_forgotten_in_the_end(engine: AsyncEngine) -> None:
    clock = Clock()
    keys = _keys(engine, clock)
    for _ in range(20):
        clock.advance(days=30)
        await keys.rotate()
    async with read(engine) as connection:
        assert len((await connection.execute(select(signing_key))).all()) <= 3


async def test_with_another_secret_of_the_house_there_is_another_key(engine: AsyncEngine) -> None:
    clock = Clock()
    first = (await _keys(engine, clock).fetch_current()).kid
    other = _keys(engine, clock, b"another secret of 32 bytes, long")
    made = (await other.fetch_current()).kid
    assert made != first
    assert await _published(other) == [made]
    clock.advance(days=100)
    await other.rotate()
    assert len(await _published(other)) == 2


async def test_tokens_of_both_keys_are_good_across_a_rotation(partner: ClientApp, stage: Stage) -> None:
    await partner.sign_in()
    stage.clock.advance(days=89)
    await stage.server.keys.rotate()
    stage.clock.advance(hours=23, minutes=55)
    before = await partner.sign_in()
    stage.clock.advance(minutes=6)
    after = await partner.sign_in()
    assert await partner.opens(before["access_token"])
    assert await partner.opens(after["access_token"])
    assert before["access_token"].split(".")[0] != after["access_token"].split(".")[0]


def test_a_key_is_published_for_longer_than_any_process_keeps_an_old_list() -> None:
    from gateway.identity.oauth import keys  # noqa: PLC0415
    from gateway.identity.oauth.grant import GrantRule  # noqa: PLC0415

    assert keys.READ_AGAIN_AFTER < keys.PUBLISHED_AHEAD
    assert GrantRule().token + keys.READ_AGAIN_AFTER + timedelta(minutes=5) < keys.STAYS_PUBLISHED
