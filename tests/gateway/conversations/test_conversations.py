"""Where does a dialogue wait for its next message?"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.dialogue import Conversations
from gateway.conversations import SqlConversations, conversation, metadata
from gateway.database import open_database, read, write

pytestmark = pytest.mark.anyio
KEY = "sms:13800138001"


class Watch:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def kept(engine: AsyncEngine, watch: Watch) -> Conversations:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return SqlConversations(engine, now=watch)


async def test_what_was_kept_comes_back_and_nothing_else(kept: Conversations) -> None:
    assert await kept.load(KEY) is None
    state = {"menu": ["YE", "LL"], "charge": {"name": "流量包", "price": "10.00"}, "step": 3, "sure": None}
    await kept.save(KEY, state, keep_seconds=60)
    await kept.save("sms:13800138002", {"other": True}, keep_seconds=60)
    assert await kept.load(KEY) == state


async def test_the_last_state_replaces_the_one_before(kept: Conversations) -> None:
    await kept.save(KEY, {"a": 1}, keep_seconds=60)
    await kept.save(KEY, {"b": 2}, keep_seconds=60)
    assert await kept.load(KEY) == {"b": 2}


async def test_it_is_gone_when_its_time_is_over(kept: Conversations, watch: Watch) -> None:
    await kept.save(KEY, {"a": 1}, keep_seconds=60)
    watch.moment += timedelta(seconds=59.9)
    assert await kept.load(KEY) == {"a": 1}
    watch.moment += timedelta(seconds=0.1)
    assert await kept.load(KEY) is None


async def test_an_ended_one_is_forgotten_and_ending_twice_is_no_error(kept: Conversations) -> None:
    await kept.save(KEY, {"a": 1}, keep_seconds=60)
    await kept.end(KEY)
    await kept.end(KEY)
    assert await kept.load(KEY) is None


async def test_those_whose_time_is_over_leave_no_row(kept: Conversations, watch: Watch, engine: AsyncEngine) -> None:
    for i in range(20):
        await kept.save(f"ivr:{i}", {}, keep_seconds=30)
    watch.moment += timedelta(seconds=31)
    await kept.save(KEY, {"a": 1}, keep_seconds=60)
    async with read(engine) as connection:
        assert (await connection.execute(select(func.count()).select_from(conversation))).scalar_one() == 1


async def test_twenty_messages_at_once_leave_one_whole_state(kept: Conversations) -> None:
    await asyncio.gather(*(kept.save(KEY, {"a": i, "b": i}, keep_seconds=60) for i in range(20)))
    state = await kept.load(KEY)
    assert state is not None
    assert state["a"] == state["b"]


@pytest.mark.parametrize("key", ["ivr:" + "x" * 5000, "ivr:\0", "ivr:\ud800", "ivr:通话", "ivr:a\nb", ""])
async def test_any_call_id_is_a_key_of_its_own(kept: Conversations, key: str) -> None:
    await kept.save(key, {"a": 1}, keep_seconds=60)
    await kept.save(key + "x", {"a": 2}, keep_seconds=60)
    assert await kept.load(key) == {"a": 1}


@pytest.mark.parametrize("state", [{"x": float("nan")}, {"x": datetime(2026, 1, 1, tzinfo=UTC)}, {"x": "y" * 70_000}])
async def test_what_is_not_json_or_too_long_is_refused_and_changes_nothing(
    kept: Conversations, state: dict[str, Any]
) -> None:
    await kept.save(KEY, {"a": 1}, keep_seconds=60)
    with pytest.raises((ValueError, TypeError)):
        await kept.save(KEY, state, keep_seconds=60)
    assert await kept.load(KEY) == {"a": 1}


async def test_another_process_goes_on_where_this_one_stopped(
    kept: Conversations, database_url: str, watch: Callable[[], datetime]
) -> None:
    await kept.save(KEY, {"a": 1}, keep_seconds=60)
    other = open_database(database_url)
    assert await SqlConversations(other, now=watch).load(KEY) == {"a": 1}
    await other.dispose()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.dictionaries(st.text(), JSON, max_size=4))
async def test_any_json_comes_back_as_it_was(kept: Conversations, state: dict[str, Any]) -> None:
    await kept.save(KEY, state, keep_seconds=60)
    assert await kept.load(KEY) == state
