"""Is the ledger whole after many clients at once, whose processes are killed at any moment?

Each client does deeds of its own, made out of a seed and a number, and notes what it was answered. A client that was
killed begins again with the last deeds that it noted, under the same names: they must answer the same.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select, text

from gateway.database import DatabaseFault, open_database
from loyalty.points.given_rows import given, render_rows
from loyalty.points_tables import points_hold, points_posting
from tests.loyalty.points.scribe import START, Scribe, render_answer

ROOT = Path(__file__).parents[3]
SPAN = timedelta(days=5 * 365)
TOLD_AGAIN = 3
REACH = 12
DEEDS = {
    "earn": 30,
    "spend": 14,
    "hold": 14,
    "capture": 9,
    "release": 6,
    "return_": 6,
    "take_back": 6,
    "transfer": 12,
    "earn_many": 2,
    "expire": 1,
    "close": 0.3,
}
BEFORE = {"capture": ("hold",), "release": ("hold",), "return_": ("spend", "hold"), "take_back": ("earn",)}
"""What each of these refers to: an earlier deed of the same client's."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """So many deeds by so many clients in so many processes over so few lines that they meet, and so many kills."""

    url: str
    folder: str
    deeds: int
    clients: int
    processes: int
    lines: int
    kills: int
    seed: int

    @property
    def each(self) -> int:
        return self.deeds // self.clients


@lru_cache(maxsize=4096)
def choose_deed(seed: int, client: int, number: int) -> str:
    """What kind of deed it is."""
    chance = Random(f"{seed}/{client}/{number}")
    return chance.choices([*DEEDS], [*DEEDS.values()])[0]


def make_deed(plan: Campaign, client: int, number: int) -> list[str]:
    """The deed in the words of the scribe."""
    chance = Random(f"{plan.seed}/{client}/{number}/more")
    deed, event = choose_deed(plan.seed, client, number), f"{client}-{number}"
    lines, points = [f"L{chance.randrange(plan.lines):04}" for _ in range(3)], str(chance.randint(1, 60))
    if deed in BEFORE:
        near = range(max(0, number - REACH), number)
        chosen = [each for each in near if choose_deed(plan.seed, client, each) in BEFORE[deed]]
        if not chosen:
            return ["earn", event, lines[0], points]
        before = f"{client}-{chance.choice(chosen)}"
        return [deed, before] if deed in {"capture", "release"} else [deed, event, before]
    more = {
        "transfer": [event, *lines[:2], points],
        "earn_many": [f"{event}.{place}:{line}:{points}" for place, line in enumerate(lines)],
        "expire": [],
        "close": [event, lines[0]],
    }
    return [deed, *more.get(deed, [event, lines[0], points])]


class Client:
    """One of them, who goes on where its notes end."""

    def __init__(self, plan: Campaign, scribe: Scribe, number: int) -> None:
        self._plan, self._scribe, self._number = plan, scribe, number
        self._path = Path(plan.folder) / f"{number}.log"
        self.faults = 0

    async def work(self) -> None:
        noted = read_notes(self._path)
        out = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in range(max(0, len(noted) - TOLD_AGAIN), self._plan.each):
            before = noted[number] if number < len(noted) else None
            if before is not None and (before.startswith("refused") or before == "ran"):
                continue  # what was refused may be possible by now
            answer = await self._do(number)
            if before is None:
                os.write(out, f"{answer}\n".encode())
            elif answer != before:
                raise AssertionError(f"{make_deed(self._plan, self._number, number)}: {before}, then {answer}")
        os.close(out)

    async def _do(self, number: int) -> str:
        words = make_deed(self._plan, self._number, number)
        now = START + SPAN * number / self._plan.each
        scribe = Scribe(self._scribe.engine)
        scribe.now = now
        while True:
            try:
                if words == ["expire"]:
                    await scribe.do("expire", now.date().isoformat())
                    return "ran"
                return render_answer(await scribe.do(*words))
            except DatabaseFault as fault:
                self.faults += 1
                print(f"client {self._number}: {fault} {fault.__cause__}", file=sys.stderr, flush=True)


def read_notes(path: Path) -> list[str]:
    """What a client was answered, deed by deed; a line that was broken off was not noted."""
    return path.read_text().split("\n")[:-1] if path.exists() else []


def mend_notes(path: Path) -> None:
    """Without the end of a note that was broken off."""
    if path.exists():
        whole = path.read_bytes()
        path.write_bytes(whole[: whole.rfind(b"\n") + 1])


async def work(plan: Campaign, process: int) -> None:
    """All clients of one process."""
    scribe = Scribe(open_database(plan.url))
    clients = [Client(plan, scribe, number) for number in range(process, plan.clients, plan.processes)]
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(client.work())
    await scribe.engine.dispose()


def wage(plan: Campaign) -> int:
    """Starts the processes, kills one whenever enough was done since the last, and waits for the end. How many were
    killed. Raises RuntimeError where a client broke."""
    chance, killed = Random(plan.seed), 0
    running = {number: _start(plan, number) for number in range(plan.processes)}
    while running:
        number = chance.choice(sorted(running))
        code = _wait(running[number])
        if code is None and killed < plan.kills and _count_done(plan) >= plan.deeds * (killed + 1) / (plan.kills + 2):
            running[number].send_signal(signal.SIGKILL)
            running[number].wait()
            killed += 1
            for client in range(number, plan.clients, plan.processes):
                mend_notes(Path(plan.folder) / f"{client}.log")
            running[number] = _start(plan, number)
        elif code is not None:
            if code:
                raise RuntimeError(f"process {number} ended with {code}: see above")
            del running[number]
    return killed


def _start(plan: Campaign, number: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.loyalty.points.campaign", json.dumps(asdict(plan)), str(number)]
    return subprocess.Popen(command, cwd=ROOT)


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(0.05)
    except subprocess.TimeoutExpired:
        return None


def _count_done(plan: Campaign) -> int:
    """About how many deeds are noted: a note has some five characters."""
    return sum(each.stat().st_size for each in Path(plan.folder).glob("*.log")) // 5


async def judge(plan: Campaign) -> dict[str, Any]:
    """What is wrong, each a list that should be empty, and beside it what was done."""
    scribe, done = Scribe(open_database(plan.url)), Counter[str]()
    wrong = list[str]()
    for client in range(plan.clients):
        told = dict(_find_effects(plan, client, done))
        found = await _fetch_effects(scribe, told)
        wrong += [
            f"{event}: {points}, found {found.get(event)}"
            for event, points in told.items()
            if found.get(event) != points
        ]
    async with scribe.reading() as connection:
        count = "SELECT count(*) FROM points_posting WHERE kind NOT IN ('repaid','expired','closed','written_off')"
        postings = (await connection.execute(text(count))).scalar_one()
        lots = list((await connection.execute(text(LOTS_THAT_DIFFER))).all())
        sums = (await connection.execute(text(SUMS))).one()
        every = dict((await connection.execute(text("SELECT kind, count(*) FROM points_posting GROUP BY kind"))).all())
    told_postings = done.pop("postings")
    if postings != told_postings:
        wrong.append(f"{postings} postings under names of deeds, of which {told_postings} were noted")
    differences = await scribe.audit()
    await scribe.engine.dispose()
    return {
        "effects that differ": wrong,
        "accounts that differ": differences,
        "lots that differ": lots,
        "below nothing": [] if not sums.below else [sums.below],
        "does not sum to nothing": [] if not sums.off else [sums.off],
        "done": {"noted": dict(done), "postings": every},
    }


LOTS_THAT_DIFFER = """
SELECT l.id, l.original, l.remaining, l.held, coalesce(u.gone, 0) AS gone, coalesce(u.held, 0) AS in_holds
FROM points_lot l LEFT JOIN (
    SELECT use.lot,
        sum(CASE WHEN hold.state = 'held' THEN use.points ELSE 0 END) AS held,
        sum(CASE WHEN p.kind = 'returned' THEN -use.points WHEN p.id IS NOT NULL THEN use.points ELSE 0 END) AS gone
    FROM points_lot_use use
    LEFT JOIN points_posting p ON p.id = use.taker
    LEFT JOIN points_hold hold ON hold.id = use.taker
    GROUP BY use.lot
) u ON u.lot = l.id
WHERE l.held <> coalesce(u.held, 0) OR l.original <> l.remaining + l.held + coalesce(u.gone, 0) LIMIT 10
"""
SUMS = """
SELECT sum(CASE WHEN balance < 0 OR held < 0 OR held > balance OR owed < 0 THEN 1 ELSE 0 END) AS below,
    sum(balance) - sum(owed) + (
        SELECT sum(CASE WHEN to_account LIKE 'house:%' THEN points ELSE -points END) FROM points_posting
        WHERE (to_account LIKE 'house:%') <> (from_account LIKE 'house:%')
    ) AS off
FROM points_account
"""


def _find_effects(plan: Campaign, client: int, done: Counter[str]) -> Iterator[tuple[str, int]]:
    """Event → points, of each deed that was not refused; what was captured is told of its hold."""
    posted = set[str]()
    for number, answer in enumerate(read_notes(Path(plan.folder) / f"{client}.log")):
        words = make_deed(plan, client, number)
        done[words[0] + (" refused" if answer.startswith("refused") else "")] += 1
        if answer.startswith("refused") or words[0] in {"expire", "release", "close"}:
            continue
        if words[0] == "earn_many":
            posted.update(each.split(":")[0] for each in words[1:])
            yield from ((each.split(":")[0], int(each.split(":")[2])) for each in words[1:])
            continue
        points = int(answer.split()[1] if words[0] == "hold" else answer.split()[0])
        if words[0] != "hold":
            posted.add(words[1])  # what is captured twice is one posting
        yield words[1], points
    done["postings"] += len(posted)


async def _fetch_effects(scribe: Scribe, told: dict[str, int]) -> dict[str, int]:
    found = dict[str, int]()
    async with scribe.reading() as connection:
        for table in (points_hold, points_posting):
            wanted = given(connection.dialect.name, {"id": str})
            asked = select(table.c.id, table.c.points).where(table.c.id.in_(select(wanted.c.id)))
            for event, points in (await connection.execute(asked, render_rows([{"id": each} for each in told]))).all():
                if found.setdefault(event, points) != points:
                    found[event] = -1  # hold and posting of one name differ
    return found


if __name__ == "__main__":
    asyncio.run(work(Campaign(**json.loads(sys.argv[1])), int(sys.argv[2])))
