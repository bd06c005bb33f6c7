"""What would an operator's short message centre do with our texts, and with those of its subscribers' handsets?"""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from smpp34 import DeliverSm, SubmitSm

from sandbox.smsc_alphabet import Part, read_part, read_text, write_parts
from sandbox.smsc_session import ROK, RTHROTTLED, Session, Verdict

UDH_INDICATOR, RECEIPT = 0x40, 0x04
NUMBERS_KEPT, MESSAGES_KEPT, OPEN_PARTS_KEPT, PENDING_KEPT = 10_000, 200, 1_000, 100_000
RETRY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Message:
    """A text in a handset's thread. ``direction`` is the handset's: ``sent`` to the hall, ``received`` from it."""

    id: int
    at: datetime
    direction: Literal["sent", "received"]
    peer: str
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class _Pending:
    """Something for the client: a handset's part, or a receipt. Kept until the client has accepted it."""

    source: str
    destination: str
    user_data: bytes
    data_coding: int = 0
    esm_class: int = 0


class Smsc:
    """An SMSC on SMPP 3.4: stores what handsets send until a client took it, joins parts, sends receipts.

    Everything lives on one event loop: call it only from there.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 2775,
        *,
        system_id: str = "onehall",
        password: str = "onehall",  # noqa: S107  of a sandbox on this machine
        hall_number: str = "10086",
    ) -> None:
        self.host = host
        self.port = port
        self.hall_number = hall_number
        self.switched_off: set[str] = set()
        self._credentials = (system_id, password)
        self._server: asyncio.Server | None = None
        self._deliveries: asyncio.Task[None] | None = None
        self._sessions: list[Session] = []
        self._threads: OrderedDict[str, deque[Message]] = OrderedDict()
        self._open_parts: OrderedDict[tuple[str, str, int, int], dict[int, Part]] = OrderedDict()
        self._pending: deque[_Pending] = deque(maxlen=PENDING_KEPT)
        self._stirred = asyncio.Condition()
        self._messages_made = 0
        self._ids_given = 0
        self._to_throttle = 0
        self._to_swallow = 0
        self._responses_to_lose = 0

    async def start(self) -> None:
        """Listens; port 0 takes a free one, and ``port`` says which. Raises OSError when it is taken."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._deliveries = asyncio.create_task(self._deliver_pending(), name="smsc deliveries")

    async def stop(self) -> None:
        """Stops listening and cuts every client; threads and what is pending stay, as in a store on disk."""
        if self._server is None or self._deliveries is None:
            return
        self._server.close()
        self.cut()
        self._deliveries.cancel()
        await asyncio.gather(self._deliveries, return_exceptions=True)
        self._server = None

    def cut(self) -> None:
        """Breaks the connection of every client, as a failing line does."""
        for session in list(self._sessions):
            session.close()

    def throttle(self, count: int) -> None:
        """Refuses the next parts that are submitted with ESME_RTHROTTLED."""
        self._to_throttle = count

    def swallow(self, count: int) -> None:
        """Leaves the next parts that are submitted without a response, and shows them to nobody."""
        self._to_swallow = count

    def lose_next_response(self) -> None:
        """Breaks the line after the next delivery was accepted, before the SMSC heard of it: it delivers again."""
        self._responses_to_lose += 1

    @property
    def bound(self) -> bool:
        """Whether a client is there to take messages."""
        return any(session.can_receive for session in self._sessions)

    async def send_text(self, number: str, text: str, *, to: str | None = None) -> Message:
        """A handset texts the hall. It is kept until a client is bound and has accepted every part of it."""
        destination = to or self.hall_number
        parts = write_parts(text, self._next_id())
        message = self._note(number, "sent", destination, text, len(parts))
        for part in parts:
            esm_class = UDH_INDICATOR if part.total > 1 else 0
            self._pending.append(_Pending(number, destination, part.user_data, part.data_coding, esm_class))
        await self._stir()
        return message

    def thread(self, number: str) -> list[Message]:
        """The newest messages of a handset, oldest first."""
        return list(self._threads.get(number, ()))

    async def wait_for_message(self, number: str, *, after: int = 0, timeout_seconds: float = 10.0) -> Message:
        """The first message that this handset received with an id above ``after``. Raises TimeoutError."""

        def arrived() -> Message | None:
            later = (m for m in self.thread(number) if m.direction == "received" and m.id > after)
            return next(later, None)

        async with asyncio.timeout(timeout_seconds), self._stirred:
            await self._stirred.wait_for(arrived)
        message = arrived()
        if message is None:  # pushed out of a full thread at this very moment
            raise TimeoutError
        return message

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(reader, writer, credentials=self._credentials, judge=self._take)
        self._sessions.append(session)
        try:
            await session.run(self._stir)
        finally:
            self._sessions.remove(session)

    async def _take(self, submitted: SubmitSm) -> Verdict | None:
        """Takes a part from the client, and shows the text on the handset once every part is there."""
        if self._to_swallow > 0:
            self._to_swallow -= 1
            return None
        if self._to_throttle > 0:
            self._to_throttle -= 1
            return Verdict(RTHROTTLED)
        message_id = f"S{self._next_id():08d}"
        source, number = submitted.source_addr, submitted.destination_addr
        reachable = number not in self.switched_off
        if reachable:
            self._show(source, number, submitted)
        if submitted.registered_delivery & 1:
            self._pending.append(_receipt(source, number, message_id, reachable=reachable))
        await self._stir()
        return Verdict(ROK, message_id)

    def _show(self, source: str, number: str, submitted: SubmitSm) -> None:
        has_header = bool(submitted.esm_class & UDH_INDICATOR)
        part = read_part(submitted.short_message, submitted.data_coding, has_header=has_header)
        key = (source, number, part.reference, part.total)
        here = self._open_parts.setdefault(key, {})
        here[part.number] = part
        if len(here) == part.total:
            del self._open_parts[key]
            octets = b"".join(here[place].octets for place in sorted(here))
            self._note(number, "received", source, read_text(octets, part.data_coding), part.total)
        elif len(self._open_parts) > OPEN_PARTS_KEPT:
            self._open_parts.popitem(last=False)

    def _note(self, number: str, direction: Literal["sent", "received"], peer: str, text: str, parts: int) -> Message:
        self._messages_made += 1
        message = Message(self._messages_made, datetime.now(UTC), direction, peer, text, parts)
        self._threads.setdefault(number, deque(maxlen=MESSAGES_KEPT)).append(message)
        self._threads.move_to_end(number)
        if len(self._threads) > NUMBERS_KEPT:
            self._threads.popitem(last=False)
        return message

    async def _deliver_pending(self) -> None:
        while True:
            async with self._stirred:
                await self._stirred.wait_for(lambda: bool(self._pending) and self.bound)
            pending = self._pending[0]
            session = next((session for session in self._sessions if session.can_receive), None)
            if session is not None and await _offer(session, pending) and not self._loses_response(session):
                self._pending.popleft()
            else:
                await asyncio.sleep(RETRY_SECONDS)

    def _loses_response(self, session: Session) -> bool:
        if not self._responses_to_lose:
            return False
        self._responses_to_lose -= 1
        session.close()
        return True

    async def _stir(self) -> None:
        async with self._stirred:
            self._stirred.notify_all()

    def _next_id(self) -> int:
        self._ids_given += 1
        return self._ids_given


async def _offer(session: Session, pending: _Pending) -> bool:
    sequence = session.next_sequence()
    message = DeliverSm(
        pending.source,
        pending.destination,
        pending.user_data,
        esm_class=pending.esm_class,
        data_coding=pending.data_coding,
        sequence_number=sequence,
    )
    try:
        return await session.deliver(message, sequence) == ROK
    except (ConnectionError, TimeoutError):
        return False


def _receipt(source: str, number: str, message_id: str, *, reachable: bool) -> _Pending:
    """A delivery receipt in the words of SMPP 3.4 appendix B."""
    at = datetime.now(UTC).strftime("%y%m%d%H%M")
    state = "stat:DELIVRD err:000" if reachable else "stat:UNDELIV err:001"
    words = f"id:{message_id} sub:001 dlvrd:00{int(reachable)} submit date:{at} done date:{at} {state} text:"
    return _Pending(number, source, words.encode("ascii"), esm_class=RECEIPT)
