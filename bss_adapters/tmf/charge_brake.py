"""TMF637 v4 Product Inventory: which charges of a line are paused?"""

import asyncio
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from bss_adapters.tmf.call import Call, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.deadline import call_deadline, seconds_left
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.line import PRODUCTS
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import Wire
from graphql_schema.money_ports import BrakeReading
from graphql_schema.ports import BssFault, answering_by
from graphql_schema.types.charge_brake import PausableCharge

BRAKE, SINCE = "chargeBrake", "chargeBrakeSince"
"""The characteristics that say what is paused, and since when (empty: nobody said)."""
SHARE_TO_ASK = 0.4
"""Of the time that is left."""
WRITES_MOST = 3
"""Who is overwritten more often than that is told so."""
_WORDS = {
    PausableCharge.OUT_OF_BUCKET: "outOfBucket",
    PausableCharge.THIRD_PARTY: "thirdParty",
    PausableCharge.ROAMING: "roaming",
}
_CHARGES = {word: charge for charge, word in _WORDS.items()}


class TmfChargeBrakes:
    """Port ``ChargeBrakes`` over TMF637: the brake is a characteristic of the line, set as a whole.

    One line's changes follow one another in this process, so that none overwrites another.
    """

    def __init__(self, client: TmfClient) -> None:
        self._client = client
        self._changing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def fetch_brake(self, line_id: str) -> BrakeReading:
        """What is paused. Raises BssFault ``line_*``."""
        plain_id(line_id, system="line")
        question = Question(
            system="line",
            key=_key(line_id),
            ask=partial(self._client.ask_once, read_call("line", f"{PRODUCTS}/{line_id}")),
            parse=partial(parse_brake, line_id=line_id),
        )
        return await self._client.read(question)

    async def change_brake(
        self, line_id: str, *, pause: Collection[PausableCharge] = (), resume: Collection[PausableCharge] = ()
    ) -> BrakeReading:
        """Pauses and resumes these beside what is paused already, and says what holds then. Raises BssFault ``line_*``.

        What is so already is not written again. Where it is not known what came of a write, the line is asked: it
        holds, or the fault stands. Where another overwrote it in the meantime, it is written once more over that.
        """
        plain_id(line_id, system="line")
        async with self._changing.setdefault(line_id, asyncio.Lock()):
            try:
                return await self._change(line_id, frozenset(pause), frozenset(resume))
            finally:
                await self._client.readings.outdate(_key(line_id))

    async def _change(
        self, line_id: str, pause: frozenset[PausableCharge], resume: frozenset[PausableCharge]
    ) -> BrakeReading:
        unknown: BssFault | None = None
        for written in range(WRITES_MOST + 1):
            held = await self._ask(line_id)
            wanted = (held.paused | pause) - resume
            if wanted == held.paused:
                return held
            if unknown is not None:
                raise unknown
            if written < WRITES_MOST:
                unknown = await self._send(_patch(line_id, wanted, since=held.since or self._client.clock.now()))
        raise bss_fault("line", FaultKind.UNAVAILABLE, "others change it at the same time")

    async def _send(self, call: Call) -> BssFault | None:
        """Sends it once, within a part of the time, so that some is left to ask what came of it; the fault that leaves
        that open, if any. Raises BssFault ``line_refused``."""
        answer_by = call_deadline(self._client.limits.budget_seconds)
        try:
            with answering_by(answer_by - seconds_left(answer_by) * SHARE_TO_ASK):
                await self._client.fetch(call)
        except BssFault as fault:
            if fault.code == f"line_{FaultKind.REFUSED}":
                raise
            return fault
        return None

    async def _ask(self, line_id: str) -> BrakeReading:
        answer = await self._client.fetch(read_call("line", f"{PRODUCTS}/{line_id}"))
        return parse_brake(Reading((answer.json,), answer.as_of, stale=False), line_id=line_id)


def parse_brake(reading: Reading, *, line_id: str) -> BrakeReading:
    """Product → BrakeReading; a line without the characteristic has nothing paused. Raises BssFault ``line_garbled``,
    also when it is another line."""
    wire = Wire(reading.bodies[0], system="line", currency="")
    if wire.text("id") != line_id:
        raise wire.garbled("id is another line's")
    words = wire.characteristic("productCharacteristic", BRAKE) or []
    if not isinstance(words, list) or not all(isinstance(word, str) and word in _CHARGES for word in words):
        raise wire.garbled(f"{BRAKE} has an unknown code")
    since = wire.maybe_characteristic("productCharacteristic", SINCE) if words else None
    return BrakeReading(
        paused=frozenset(_CHARGES[word] for word in words),
        since=since.maybe_instant("value") if since and since.maybe_text("value") else None,
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _patch(line_id: str, paused: frozenset[PausableCharge], *, since: datetime) -> Call:
    words = [word for charge, word in _WORDS.items() if charge in paused]
    traits: list[dict[str, Any]] = [
        {"name": BRAKE, "value": words},
        {"name": SINCE, "value": since.isoformat() if words else ""},
    ]
    path = f"{PRODUCTS}/{line_id}"
    return Call(system="line", path=path, method="PATCH", body={"productCharacteristic": traits})


def _key(line_id: str) -> str:
    return reading_key("brake", line_id)
