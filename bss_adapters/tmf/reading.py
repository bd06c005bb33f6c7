"""When does a read ask the BSS, and when does it answer what is known already?"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

from bss_adapters.tmf.call import Answer
from bss_adapters.tmf.deadline import seconds_left
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.snapshot import Snapshot, SnapshotStore
from graphql_schema.ports import DEADLINE, BssFault, answering_by

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """The JSON bodies of one reading, in the order they were fetched, with the BSS's time of the first."""

    bodies: tuple[Any, ...]
    as_of: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A read: its key, how to ask, and how to parse what came; either says None when there is no such thing.

    ``key`` must name everything that the answer depends on, so that no subscriber ever gets another's body.
    ``fresh_seconds`` None means the usual time.
    """

    system: str
    key: str
    ask: Callable[[], Awaitable[list[Answer] | None]]
    parse: Callable[[Reading], T | None]
    fresh_seconds: float | None = None


def reading_key(*parts: str) -> str:
    """One key out of its parts; no value of one part can look like another part."""
    return ":".join(quote(part, safe="") for part in parts)


class Readings:
    """Reads through a store: fresh → from there; else one call for all who ask at once; failed → the last known one.

    A read under way ends within its own budget, also when its asker's deadline is shorter: the asker then gets the last
    known value, and the next one gets the answer.
    """

    def __init__(self, store: SnapshotStore, limits: Limits, *, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._limits = limits
        self._now = now
        self._under_way: dict[str, asyncio.Task[Any]] = {}

    async def read(self, question: Question[T]) -> T | None:
        """What ``parse`` made of a reading, or None when there is no such thing. Raises BssFault."""
        known = await self.recall(question.key)
        fresh_seconds = self._limits.fresh_seconds if question.fresh_seconds is None else question.fresh_seconds
        if known and 0 <= self._now() - known.read_at <= fresh_seconds:
            with suppress(BssFault):  # kept by an earlier release, perhaps: then it is a miss
                return _parse_known(question, known, stale=False)
        try:
            return await self._join(question)
        except BssFault:
            if known is not None:
                with suppress(BssFault):
                    return _parse_known(question, known, stale=True)
            raise

    async def last_known(self, question: Question[T]) -> T | None:
        """What the last reading of this question said, however long ago; the BSS is not asked."""
        known = await self.recall(question.key)
        try:
            return None if known is None else _parse_known(question, known, stale=True)
        except BssFault:  # kept by an earlier release, perhaps
            return None

    async def outdate(self, *keys: str) -> None:
        """Makes the next read of each key ask the BSS; the value stays as the last known one."""
        for key in keys:
            self._under_way.pop(key, None)
            known = await self.recall(key)
            if known is not None:
                await self.keep(key, Snapshot(0.0, known.as_of, known.bodies))

    async def aclose(self) -> None:
        """Ends every read under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _join(self, question: Question[T]) -> T | None:
        task = self._under_way.get(question.key)
        if task is None:
            task = self._under_way[question.key] = asyncio.create_task(self._ask(question))
            task.add_done_callback(lambda done: self._forget(question.key, done))
        deadline = DEADLINE.get()
        try:
            async with asyncio.timeout(None if deadline is None else seconds_left(deadline)):
                return cast("T | None", await asyncio.shield(task))
        except TimeoutError as error:
            raise bss_fault(question.system, FaultKind.TIMEOUT, "the deadline passed") from error

    async def _ask(self, question: Question[T]) -> T | None:
        with answering_by(time.monotonic() + self._limits.budget_seconds):
            answers = await question.ask()
        if answers is None:
            return None
        snapshot = Snapshot(self._now(), answers[0].as_of, tuple(answer.body for answer in answers))
        value = question.parse(Reading(tuple(answer.json for answer in answers), snapshot.as_of, stale=False))
        if value is not None and self._under_way.get(question.key) is asyncio.current_task():
            await self.keep(question.key, snapshot)
        return value

    def _forget(self, key: str, done: asyncio.Task[Any]) -> None:
        if self._under_way.get(key) is done:
            del self._under_way[key]
        if not done.cancelled():
            done.exception()  # whoever waited has it; nobody left is no error

    async def recall(self, key: str) -> Snapshot | None:
        """What was kept last under this key; None when there is nothing, or the store is not well."""
        try:
            async with asyncio.timeout(self._limits.store_seconds):
                value = await self._store.get(key)
        except Exception:  # noqa: BLE001  whatever ails the store is a miss
            return None
        return None if value is None else Snapshot.decode(value)

    async def keep(self, key: str, snapshot: Snapshot) -> None:
        """Keeps it for the usual time; a store that is not well costs nothing else."""
        try:
            async with asyncio.timeout(self._limits.store_seconds):
                await self._store.put(key, snapshot.encode(), self._limits.keep_seconds)
        except Exception:  # noqa: BLE001  a reading that can't be kept is still a reading
            return


def _parse_known(question: Question[T], known: Snapshot, *, stale: bool) -> T | None:
    bodies = tuple(parse_exact_json(body, system=question.system) for body in known.bodies)
    return question.parse(Reading(bodies, known.as_of, stale=stale))
