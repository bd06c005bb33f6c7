"""How do queued messages leave over the link, with a bounded window and nothing forgotten?"""

import asyncio
import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from aiosmpplib import (  # type: ignore[import-untyped]
    AbstractBroker,
    PhoneNumber,
    SmppCommandStatus,
    SmppMessage,
    SubmitSm,
)

from channels.sms.queue import SendQueue, ToSend
from channels.sms.segments import Segment, split_text
from channels.sms.smpp import UDH_INDICATOR

LOG = structlog.get_logger(__name__)
CONGESTED = frozenset({SmppCommandStatus.ESME_RTHROTTLED, SmppCommandStatus.ESME_RMSGQFUL})
PASSING = frozenset(
    {SmppCommandStatus.ESME_RSYSERR, SmppCommandStatus.ESME_RX_T_APPN, SmppCommandStatus.ESME_RUNKNOWNERR}
)
"""Refusals that may be over soon; every other one is for good."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast we send, and come back. ``window`` counts parts that wait for their response."""

    window: int = 10
    lease_seconds: float = 60.0
    response_seconds: float = 30.0
    poll_seconds: float = 0.5
    pause_seconds: float = 1.0
    pause_seconds_max: float = 30.0
    reconnect_seconds: float = 0.5
    attempts_max: int = 8


DEFAULT_PACE = Pace()


@dataclass(slots=True)
class _Progress:
    """A leased message on its way."""

    sms: ToSend
    parts_total: int
    parts_accepted: int = 0


@dataclass(frozen=True, slots=True)
class _Flight:
    """A part that waits for its response."""

    sms_id: int
    attempt: int
    part: int
    since: float


class Sender(AbstractBroker):  # type: ignore[misc]
    """The library's broker: claims messages, hands out their parts while the window is open, settles responses.

    A refused part takes its whole message back to the queue; what is in flight when the link breaks is offered again
    when its lease ends, since nobody knows whether it arrived.
    """

    def __init__(self, queue: SendQueue, *, hall_number: str, pace: Pace) -> None:
        self._queue = queue
        self._source = PhoneNumber(hall_number)
        self._pace = pace
        self._parts: deque[SubmitSm] = deque()
        self._flights: dict[int, _Flight] = {}
        self._under_way: dict[int, _Progress] = {}
        self._claimable = asyncio.Event()
        self._sendable = asyncio.Event()
        self._settled = asyncio.Event()
        self._reference = secrets.randbelow(256)
        self._resume_at = 0.0
        self._congestions = 0
        self._up = False
        self._ending = False

    async def run(self) -> None:
        """Claims until ``drain``."""
        while not self._ending:
            self._claimable.clear()
            claimed = await self._claim() if self._up and not self._is_full() else False
            if not claimed:
                await self._pause()

    def wake(self) -> None:
        """Says that something may be there to send."""
        self._claimable.set()
        self._sendable.set()

    def link_came_up(self) -> None:
        """From here on parts can leave."""
        self._up = True
        self.wake()

    async def link_went_down(self) -> None:
        """Gives back at once what was not handed to the link; the rest waits for the end of its lease."""
        self._up = False
        submitted = {flight.sms_id for flight in self._flights.values()}
        untouched = [
            progress.sms
            for progress in self._under_way.values()
            if progress.sms.id not in submitted and not progress.parts_accepted
        ]
        self._parts.clear()
        self._flights.clear()
        self._under_way.clear()
        for sms in untouched:
            await self._queue.requeue(sms.id, attempt=sms.attempt, pause_seconds=0)

    async def drain(self, timeout_seconds: float) -> None:
        """Claims nothing more and waits for the responses that are still to come."""
        self._ending = True
        self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while self._under_way:
                    self._settled.clear()
                    await self._settled.wait()

    # --- the library's broker ------------------------------------------------------------------------------------

    async def enqueue(self, message: SmppMessage) -> None:
        """Nobody but ``run`` puts a part in."""
        self._parts.append(message)
        self.wake()

    async def dequeue(self) -> SubmitSm:
        """The next part, once the window has room and no pause is on."""
        while True:
            self._sendable.clear()
            pause = self._resume_at - time.monotonic()
            if self._parts and len(self._flights) < self._pace.window and pause <= 0:
                return self._parts.popleft()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause if pause > 0 else None):
                    await self._sendable.wait()

    def note_submitted(self, message: SubmitSm) -> None:
        """A part is about to be written to the socket, under its sequence number."""
        sms_id, attempt, part = (int(field) for field in message.log_id.split(":"))
        self._flights[message.sequence_num] = _Flight(sms_id, attempt, part, time.monotonic())

    async def settle(self, sequence: int, status: SmppCommandStatus, smsc_message_id: str) -> None:
        """The SMSC's word on one part."""
        flight = self._flights.pop(sequence, None)
        progress = self._under_way.get(flight.sms_id) if flight else None
        if flight is None or progress is None or flight.attempt != progress.sms.attempt:
            return
        if status is SmppCommandStatus.ESME_ROK:
            await self._accept(flight, progress, smsc_message_id)
        else:
            await self._refuse(progress, status)
        self._settled.set()
        self.wake()

    async def give_up(self, message: SubmitSm) -> None:
        """A part that can't be written as a PDU, for instance for its address."""
        progress = self._under_way.get(int(message.log_id.split(":")[0]))
        if progress is not None:
            await self._fail(progress.sms, "unsendable")

    # --- below ---------------------------------------------------------------------------------------------------

    def _is_full(self) -> bool:
        return len(self._parts) + len(self._flights) >= self._pace.window

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._pace.poll_seconds):
                await self._claimable.wait()
        except TimeoutError:
            self._forget_unanswered()

    def _forget_unanswered(self) -> None:
        late = time.monotonic() - self._pace.response_seconds
        for sequence, flight in list(self._flights.items()):
            if flight.since < late:
                del self._flights[sequence]
                self._withhold(flight.sms_id)
                self._under_way.pop(flight.sms_id, None)

    async def _claim(self) -> bool:
        limit = self._pace.window - len(self._parts) - len(self._flights)
        claimed = await self._queue.claim_to_send(limit=limit, lease_seconds=self._pace.lease_seconds)
        for sms in claimed:
            if self._ending or not self._up:  # while we claimed
                await self._queue.requeue(sms.id, attempt=sms.attempt, pause_seconds=0)
            elif sms.attempt > self._pace.attempts_max:
                await self._fail(sms, "attempts")
            else:
                await self._take_apart(sms)
        return bool(claimed)

    async def _take_apart(self, sms: ToSend) -> None:
        self._reference = (self._reference + 1) % 256
        segments = split_text(sms.text, reference=self._reference)
        try:
            parts = [self._write(sms, segment) for segment in segments]
        except ValueError:
            await self._fail(sms, "unsendable")
            return
        self._under_way[sms.id] = _Progress(sms, len(parts))
        self._parts.extend(parts)
        self._sendable.set()

    def _write(self, sms: ToSend, segment: Segment) -> SubmitSm:
        """One part, encoded by us: the library would split by characters and count escaped ones as one."""
        left = max(timedelta(seconds=1), sms.not_after - datetime.now(UTC))
        message = SubmitSm(
            short_message=segment.text,
            source=self._source,
            destination=PhoneNumber(sms.recipient),
            esm_class=UDH_INDICATOR if segment.total > 1 else 0,
            encoding="ucs2" if segment.alphabet == "ucs2" else None,
            validity_period=timedelta(seconds=int(left.total_seconds())),
            log_id=f"{sms.id}:{sms.attempt}:{segment.number}",
        )
        message.set_encoded_message(segment.user_data)
        return message

    async def _accept(self, flight: _Flight, progress: _Progress, smsc_message_id: str) -> None:
        self._congestions = 0
        progress.parts_accepted += 1
        if progress.parts_accepted < progress.parts_total:
            await self._queue.record_part(flight.sms_id, part=flight.part, smsc_message_id=smsc_message_id)
            return
        await self._queue.mark_sent(
            flight.sms_id, part=flight.part, parts_total=progress.parts_total, smsc_message_id=smsc_message_id
        )
        self._under_way.pop(flight.sms_id, None)  # only now: ``drain`` waits for what stands here
        LOG.info("sms_sent", message_id=flight.sms_id, parts=progress.parts_total)

    async def _refuse(self, progress: _Progress, status: SmppCommandStatus) -> None:
        sms = progress.sms
        if status in CONGESTED:
            self._congestions += 1
            pause = min(self._pace.pause_seconds_max, self._pace.pause_seconds * 2 ** (self._congestions - 1))
            self._resume_at = time.monotonic() + pause
        elif status in PASSING:
            pause = min(self._pace.pause_seconds_max, self._pace.pause_seconds * 2 ** (sms.attempt - 1))
        else:
            await self._fail(sms, status.name)
            return
        self._withhold(sms.id)
        await self._queue.requeue(sms.id, attempt=sms.attempt, pause_seconds=pause)
        self._under_way.pop(sms.id, None)
        LOG.warning("sms_postponed", message_id=sms.id, code=status.name, delay_seconds=pause)

    async def _fail(self, sms: ToSend, failure: str) -> None:
        self._withhold(sms.id)
        await self._queue.mark_failed(sms.id, attempt=sms.attempt, failure=failure)
        self._under_way.pop(sms.id, None)
        LOG.warning("sms_failed", message_id=sms.id, code=failure)

    def _withhold(self, sms_id: int) -> None:
        """Keeps back those parts of a message that did not leave yet."""
        self._parts = deque(part for part in self._parts if not part.log_id.startswith(f"{sms_id}:"))
