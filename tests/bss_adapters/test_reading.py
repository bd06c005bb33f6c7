"""Do all channels share one reading, and does a read outlive its system and its store?"""

import asyncio
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from bss_adapters.tmf.call import Answer
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.reading import Question, Reading, Readings, reading_key
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.ports import BssFault, answering_by

pytestmark = pytest.mark.anyio

AS_OF = datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC)


@dataclass
class Source:
    """What a system would answer; counts how often it is asked."""

    value: int = 1
    asked: int = 0
    down: bool = False
    pause_seconds: float = 0.0

    async def ask(self) -> list[Answer] | None:
        self.asked += 1
        value = self.value
        await asyncio.sleep(self.pause_seconds)
        if self.down:
            raise BssFault("bill_unavailable", retryable=True)
        return [Answer(json=value, body=str(value).encode(), as_of=AS_OF), Answer(json=0, body=b"0", as_of=AS_OF)]


@dataclass
class Instant:
    seconds: float = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class FailingStore:
    """A store that is away: it raises, or hangs."""

    error: Exception | None = None
    pauses: list[float] = field(default_factory=list)

    async def get(self, key: str) -> bytes | None:
        return await self._fail()

    async def put(self, key: str, value: bytes, keep_seconds: int) -> None:
        await self._fail()

    async def _fail(self) -> None:
        if self.error:
            raise self.error
        await asyncio.sleep(30)


def parse(reading: Reading) -> tuple[int, bool]:
    if reading.bodies[0] < 0:
        raise BssFault("bill_garbled", retryable=False)
    return reading.bodies[0], reading.stale


def question(source: Source, *, key: str = "bill:A1") -> Question[tuple[int, bool]]:
    return Question(system="bill", key=key, ask=source.ask, parse=parse)


@pytest.fixture
def now() -> Instant:
    return Instant()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def readings(now: Instant) -> Readings:
    return Readings(MemorySnapshots(), Limits(budget_seconds=0.3), now=now)


async def test_a_reading_is_shared_for_thirty_seconds(readings: Readings, source: Source, now: Instant) -> None:
    assert await readings.read(question(source)) == (1, False)
    source.value = 2
    now.seconds += 30
    assert await readings.read(question(source)) == (1, False)
    now.seconds += 0.1
    assert await readings.read(question(source)) == (2, False)
    assert source.asked == 2


async def test_two_processes_share_what_the_store_keeps(source: Source, now: Instant) -> None:
    store = MemorySnapshots()
    first, second = (Readings(store, Limits(), now=now) for _ in range(2))
    assert await first.read(question(source)) == await second.read(question(source)) == (1, False)
    assert source.asked == 1


async def test_all_who_ask_at_once_cause_one_call(readings: Readings, source: Source) -> None:
    source.pause_seconds = 0.05
    answers = await asyncio.gather(*(readings.read(question(source)) for _ in range(50)))
    assert set(answers) == {(1, False)}
    assert source.asked == 1


async def test_another_key_is_another_call(readings: Readings) -> None:
    one, other = Source(value=1), Source(value=2)
    assert await readings.read(question(one, key=reading_key("bill", "A1"))) == (1, False)
    assert await readings.read(question(other, key=reading_key("bill", "A2"))) == (2, False)


def test_no_part_of_a_key_can_look_like_another() -> None:
    parts = [("bill", "A1:B2"), ("bill", "A1", "B2"), ("bill", "A1%3AB2"), ("bill:A1", "B2"), ("bill", "A1", "", "B2")]
    assert len({reading_key(*each) for each in parts}) == len(parts)


async def test_who_leaves_does_not_end_the_read_of_those_who_stay(readings: Readings, source: Source) -> None:
    source.pause_seconds = 0.05
    leaves = asyncio.create_task(readings.read(question(source)))
    stays = asyncio.create_task(readings.read(question(source)))
    await asyncio.sleep(0.01)
    leaves.cancel()
    assert await stays == (1, False)


async def test_a_failed_read_answers_the_last_known_value(readings: Readings, source: Source, now: Instant) -> None:
    await readings.read(question(source))
    now.seconds += 3600
    source.down = True
    assert await readings.read(question(source)) == (1, True)


async def test_a_stale_answer_is_not_kept_as_a_fresh_one(readings: Readings, source: Source, now: Instant) -> None:
    await readings.read(question(source))
    now.seconds += 3600
    source.down = True
    await readings.read(question(source))
    source.down, source.value = False, 2
    assert await readings.read(question(source)) == (2, False)


async def test_the_last_known_value_is_forgotten_after_a_day(source: Source, now: Instant) -> None:
    readings = Readings(MemorySnapshots(monotonic=now), Limits(), now=now)
    await readings.read(question(source))
    now.seconds += 24 * 3600
    source.down = True
    with pytest.raises(BssFault, match="bill_unavailable"):
        await readings.read(question(source))


async def test_what_does_not_parse_is_never_kept(readings: Readings, source: Source, now: Instant) -> None:
    await readings.read(question(source))
    now.seconds += 3600
    source.value = -1
    assert await readings.read(question(source)) == (1, True)
    assert await readings.read(question(source)) == (1, True)


async def test_an_absent_thing_is_not_kept(readings: Readings) -> None:
    asked: list[int] = []

    async def ask() -> None:
        asked.append(1)

    absent = Question(system="bill", key="bill:A1", ask=ask, parse=parse)
    assert [await readings.read(absent), await readings.read(absent)] == [None, None]
    assert len(asked) == 2


async def test_a_used_line_is_read_anew_and_keeps_its_last_known_value(readings: Readings, source: Source) -> None:
    await readings.read(question(source))
    source.value = 2
    await readings.outdate("bill:A1")
    assert await readings.read(question(source)) == (2, False)
    await readings.outdate("bill:A1", "never:read")
    source.down = True
    assert await readings.read(question(source)) == (2, True)


async def test_a_read_from_before_the_use_does_not_count_as_fresh(readings: Readings, source: Source) -> None:
    source.pause_seconds = 0.05
    before = asyncio.create_task(readings.read(question(source)))
    await asyncio.sleep(0.01)
    await readings.outdate("bill:A1")
    source.value = 2
    assert await before == (1, False)
    assert await readings.read(question(source)) == (2, False)


async def test_a_short_deadline_gets_the_last_known_value_and_the_next_one_the_answer(
    readings: Readings, source: Source, now: Instant
) -> None:
    await readings.read(question(source))
    now.seconds += 3600
    source.value, source.pause_seconds = 2, 0.1
    with answering_by(time.monotonic() + 0.02):
        assert await readings.read(question(source)) == (1, True)
    assert await readings.read(question(source)) == (2, False)
    assert source.asked == 2


@pytest.mark.parametrize("error", [None, ConnectionError("away"), ValueError("any")])
async def test_a_store_that_fails_or_hangs_costs_a_call_only(source: Source, error: Exception | None) -> None:
    readings = Readings(FailingStore(error), replace(Limits(), store_seconds=0.02))
    assert await readings.read(question(source)) == (1, False)
    assert await readings.read(question(source)) == (1, False)
    assert source.asked == 2


SCRIBBLES = [
    b"",
    b"\n",
    b"x",
    b"1 2\n",
    b"1.0 2026-11-21T00:00:00+00:00 3\n12",
    b"1.0 2026-11-21T00:00:00 1\n1",
    b"nan 2026-11-21T00:00:00+00:00 1\n1",
    b"1.0 2026-11-21T00:00:00+00:00 -1,2\n1",
    b"1000000.0 2026-11-21T00:00:00+00:00 1\n]",
    b"\xff\xfe 1 1\n1",
]


@pytest.mark.parametrize("scribble", SCRIBBLES)
async def test_a_store_that_answers_nonsense_is_a_miss(source: Source, now: Instant, scribble: bytes) -> None:
    store = MemorySnapshots()
    await store.put("bill:A1", scribble, 60)
    assert await Readings(store, Limits(), now=now).read(question(source)) == (1, False)
    assert source.asked == 1


async def test_a_known_value_that_no_longer_parses_does_not_hide_the_fault(source: Source) -> None:
    store = MemorySnapshots()
    await store.put("bill:A1", b"0.0 2026-11-21T00:00:00+00:00 2\n{]", 60)
    source.down = True
    with pytest.raises(BssFault, match="bill_unavailable"):
        await Readings(store, Limits()).read(question(source))


async def test_memory_keeps_no_more_than_its_limit() -> None:
    store = MemorySnapshots(limit=2)
    for key in ("a", "b", "a", "c"):
        await store.put(key, key.encode(), 60)
    assert [await store.get(key) for key in ("a", "b", "c")] == [b"a", None, b"c"]
