"""Is the trail whole?"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read
from gateway.identity.audit.chain import GENESIS, Chain, SealHead, digest_seal
from gateway.identity.audit.entry import audit_record
from gateway.identity.audit.seal_rows import audit_horizon, audit_seal, audit_seal_entry
from gateway.identity.audit.sealing import fetch_newest_seal
from graphql_schema.types.audit import AuditVerdict

SEALS_AT_ONCE = 2
_RECORD_COLUMNS = len(audit_record.columns)


@dataclass(frozen=True, slots=True)
class SealMark:
    """A seal as it was noted outside of the database: the log says one each time that records are sealed."""

    id: int
    digest: str


async def verify_trail(
    engine: AsyncEngine, *, secret: bytes, most_records: int | None = None, mark: SealMark | None = None
) -> AuditVerdict:
    """Recomputes the chain: all of it, or the newest seals that hold ``most_records`` at most (one at least).

    ``broken_at`` is the lowest seal that does not fit. ``mark`` has to be found again: it shows a trail whose end was
    cut off, which no check of the database alone can see. Raises DatabaseFault.
    """
    async with read(engine) as connection:
        if connection.dialect.name == "postgresql":  # SQLite's transactions see one moment without being asked to
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return await _Check(connection, Chain(secret=secret), mark).judge(most_records)


@dataclass(frozen=True, slots=True)
class _Start:
    """The first seal to look at, and the digest that stands before it."""

    seal_id: int
    previous: str


class _Check:
    def __init__(self, connection: AsyncConnection, chain: Chain, mark: SealMark | None) -> None:
        self._connection, self._chain, self._mark = connection, chain, mark
        self._seals = self._records = 0

    async def judge(self, most_records: int | None) -> AuditVerdict:
        newest = await fetch_newest_seal(self._connection)
        newest_id = newest.id if newest else 0
        broken_at = await self._find_break(newest_id, most_records)
        waiting = await self._count_waiting()
        text = None if broken_at is None else str(broken_at)
        return AuditVerdict(
            intact=broken_at is None, seals=self._seals, records=self._records, waiting=waiting, broken_at=text
        )

    async def _find_break(self, newest_id: int, most_records: int | None) -> int | None:
        horizon = (
            await self._connection.execute(select(audit_horizon).order_by(audit_horizon.c.seal_id.desc()).limit(1))
        ).one_or_none()
        if horizon and self._chain.sign_horizon(horizon.seal_id, horizon.previous, horizon.moved_at_us) != horizon.mac:
            return int(horizon.seal_id)
        first = _Start(horizon.seal_id, horizon.previous) if horizon else _Start(1, GENESIS)
        stray = await self._find_stray(first.seal_id, newest_id)
        start = first if most_records is None else await self._go_back(first, newest_id, most_records)
        breaks = (stray, await self._walk(start, newest_id), await self._miss_mark(first.seal_id))
        return min((at for at in breaks if at is not None), default=None)

    async def _find_stray(self, first: int, newest: int) -> int | None:
        """A seal from before the horizon, or an entry whose seal is not there."""
        below = select(func.min(audit_seal.c.id)).where(audit_seal.c.id < first)
        seals_of = audit_seal_entry.c.seal_id
        outside = select(func.min(seals_of)).where(or_(seals_of < first, seals_of > newest))
        found = [(await self._connection.execute(query)).scalar_one() for query in (below, outside)]
        return min((at for at in found if at is not None), default=None)

    async def _go_back(self, first: _Start, newest_id: int, most_records: int) -> _Start:
        """The start so far back that the seals after it hold no more than that many records."""
        left, start = most_records, newest_id + 1
        counts = select(audit_seal.c.id, audit_seal.c.records, audit_seal.c.previous).order_by(audit_seal.c.id.desc())
        async with self._connection.stream(counts) as rows:
            async for row in rows:
                left -= row.records
                if left < 0 and start <= newest_id:
                    break
                start = row.id
        if start <= first.seal_id or start > newest_id:
            return first
        before = select(audit_seal.c.digest).where(audit_seal.c.id == start - 1)
        digest = (await self._connection.execute(before)).scalar_one_or_none()
        return _Start(start, digest) if digest else _Start(start - 1, "")  # the walk will miss it

    async def _walk(self, start: _Start, newest_id: int) -> int | None:
        expected, previous = start.seal_id, start.previous
        async for seal, records in self._fetch_seals(start.seal_id):
            await asyncio.sleep(0)  # a seal is some 15 ms of hashing: others of this process may go on in between
            if seal.id != expected:
                return expected  # missing
            if not self._fits(seal, records, previous):
                return int(seal.id)
            self._seals, self._records = self._seals + 1, self._records + len(records)
            expected, previous = expected + 1, seal.digest
        if expected == start.seal_id and (newest_id or start.seal_id > 1):
            return expected  # where the trail begins, nothing is left
        return None

    def _fits(self, seal: Row[Any], records: Sequence[Sequence[Any]], previous: str) -> bool:
        head = SealHead(seal.id, seal.sealed_at_us, seal.records, seal.last_record_id, seal.previous)
        return (
            seal.previous == previous
            and seal.records == len(records)
            and seal.digest == digest_seal(head, records)
            and self._chain.is_signed(seal.digest, seal.mac)
        )

    async def _miss_mark(self, first: int) -> int | None:
        """The mark's seal, where it is not the one that was noted; one that was dropped since can't be looked up."""
        if self._mark is None or self._mark.id < first:
            return None
        asked = select(audit_seal.c.digest).where(audit_seal.c.id == self._mark.id)
        found = (await self._connection.execute(asked)).scalar_one_or_none()
        return None if found == self._mark.digest else self._mark.id

    async def _fetch_seals(self, first: int) -> AsyncIterator[tuple[Row[Any], list[Sequence[Any]]]]:
        """Each seal with the records that are left of it, by id; a record that is gone counts as none."""
        while True:
            seals = select(audit_seal).where(audit_seal.c.id >= first).order_by(audit_seal.c.id).limit(SEALS_AT_ONCE)
            batch = (await self._connection.execute(seals)).all()
            if not batch:
                return
            records = await self._fetch_records(batch[0].id, batch[-1].id)
            for seal in batch:
                yield seal, records[seal.id]
            first = batch[-1].id + 1

    async def _fetch_records(self, first: int, last: int) -> dict[int, list[Sequence[Any]]]:
        entry = audit_seal_entry
        asked = (
            select(audit_record, entry.c.seal_id)
            .join(entry, entry.c.record_id == audit_record.c.id)
            .where(entry.c.seal_id.between(first, last))
            .order_by(audit_record.c.id)
        )
        found: dict[int, list[Sequence[Any]]] = defaultdict(list)
        for row in await self._connection.execute(asked):
            found[row.seal_id].append(row[:_RECORD_COLUMNS])
        return found

    async def _count_waiting(self) -> int:
        sealed = select(audit_seal_entry.c.record_id).where(audit_seal_entry.c.record_id == audit_record.c.id).exists()
        waiting = select(func.count()).select_from(audit_record).where(~sealed)
        return int((await self._connection.execute(waiting)).scalar_one())
