"""Does the switch on call records hold what it promises, for its line, for the next holder, and asked at once?"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.personal_data.kinds import KINDS
from gateway.identity.personal_data.person import know_person
from gateway.identity.personal_data.records import count_left, erase, find_batch
from gateway.identity.record_lock import SqlRecordLock, forget_lock_of
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import SignInRequired
from graphql_schema.types.call_record import CallRecordSwitch
from tests.gateway.identity.conftest import Watch

pytestmark = pytest.mark.anyio
OWNER, NEIGHBOUR = Caller(Channel.APP, "L1", assurance=2), Caller(Channel.WEB, "L2", assurance=2)
KIND = next(kind for kind in KINDS if kind.name == "record_lock")


@pytest.fixture
def lock(engine: AsyncEngine, watch: Watch) -> SqlRecordLock:
    return SqlRecordLock(engine, now=watch)


def deed(order: int = 1, caller: Caller = OWNER) -> Deed:
    return Deed(f"d{order}", caller)


async def test_until_somebody_locks_it_a_line_is_open(lock: SqlRecordLock) -> None:
    assert await lock.fetch_switch(OWNER) == CallRecordSwitch(locked=False, since=None)
    assert not await lock.is_locked("L1")


async def test_a_lock_holds_for_its_line_alone_and_says_since_when(lock: SqlRecordLock, watch: Watch) -> None:
    then = watch()
    assert await lock.set_switch(deed(), locked=True) == CallRecordSwitch(locked=True, since=then)
    watch.advance(hours=1)
    assert await lock.fetch_switch(OWNER) == CallRecordSwitch(locked=True, since=then)
    assert await lock.is_locked("L1")
    assert not await lock.is_locked("L2")
    assert await lock.fetch_switch(NEIGHBOUR) == CallRecordSwitch(locked=False, since=None)


async def test_locked_twice_it_stands_since_the_first_time(lock: SqlRecordLock, watch: Watch) -> None:
    first = await lock.set_switch(deed(1), locked=True)
    watch.advance(minutes=5)
    assert await lock.set_switch(deed(1), locked=True) == first
    assert await lock.set_switch(deed(2), locked=True) == first


async def test_opened_it_says_since_when_it_is_open_again(lock: SqlRecordLock, watch: Watch) -> None:
    await lock.set_switch(deed(1), locked=True)
    watch.advance(days=1)
    assert await lock.set_switch(deed(2), locked=False) == CallRecordSwitch(locked=False, since=watch())
    watch.advance(days=1)
    assert (await lock.set_switch(deed(3), locked=False)).since == watch() - timedelta(days=1)


async def test_of_many_who_lock_at_once_all_are_told_the_same(lock: SqlRecordLock, watch: Watch) -> None:
    told = await asyncio.gather(*(lock.set_switch(deed(order), locked=True) for order in range(20)))
    assert set(map(repr, told)) == {repr(CallRecordSwitch(locked=True, since=watch()))}


async def test_locking_and_opening_at_once_leaves_one_of_the_two(lock: SqlRecordLock) -> None:
    wishes = [bool(order % 2) for order in range(20)]
    await asyncio.gather(*(lock.set_switch(deed(order), locked=wish) for order, wish in enumerate(wishes)))
    stands = await lock.fetch_switch(OWNER)
    assert stands.since is not None
    assert await lock.is_locked("L1") is stands.locked


async def test_whoever_holds_the_line_next_finds_it_open(
    lock: SqlRecordLock, engine: AsyncEngine, watch: Watch
) -> None:
    await lock.set_switch(deed(1), locked=True)
    await lock.set_switch(deed(2, NEIGHBOUR), locked=True)
    async with write(engine) as connection:
        await forget_lock_of(connection, "L1")
    assert await lock.fetch_switch(OWNER) == CallRecordSwitch(locked=False, since=None)
    assert await lock.is_locked("L2")


async def test_an_erasure_does_not_open_what_was_locked(lock: SqlRecordLock, engine: AsyncEngine, watch: Watch) -> None:
    await lock.set_switch(deed(1), locked=True)
    await lock.set_switch(deed(2, NEIGHBOUR), locked=True)
    await lock.set_switch(deed(3, NEIGHBOUR), locked=False)
    left = {}
    for line_id in ("L1", "L2"):
        async with write(engine) as connection:
            person = await know_person(connection, line_id, None, now=watch())
            await erase(connection, KIND, await find_batch(connection, KIND, person, limit=10))
            left[line_id] = await count_left(connection, KIND, person)
    assert (left["L1"].count, left["L1"].why) == (1, "protects")
    assert left["L2"].count == 0
    assert await lock.is_locked("L1")


async def test_a_visitor_has_no_switch(lock: SqlRecordLock) -> None:
    with pytest.raises(SignInRequired):
        await lock.fetch_switch(Caller(Channel.WEB))
    with pytest.raises(SignInRequired):
        await lock.set_switch(Deed("d", Caller(Channel.WEB)), locked=True)
