"""What does an SMSC say to one bound client (SMPP 3.4)?"""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from smpp34 import DeliverSm, RawPdu, SmppError, SubmitSm, decode

BINDS = {0x00000001: "receiver", 0x00000002: "transmitter", 0x00000009: "transceiver"}
SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 0x00000004, 0x00000005, 0x00000006, 0x00000015
GENERIC_NACK, RESPONSE = 0x80000000, 0x80000000
ROK, RINVCMDID, RINVBNDSTS, RINVPASWD, RINVSYSID, RTHROTTLED = 0x00, 0x03, 0x04, 0x0E, 0x0F, 0x58
HEADER_BYTES = 16
PDU_BYTES_MAX = 70_000
RESPONSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the SMSC answers to a submitted part: a command_status, and the message's id if it was taken."""

    status: int
    message_id: str = ""


class Session:
    """One connection of a client, from its bind to its end."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        credentials: tuple[str, str],
        judge: Callable[[SubmitSm], Awaitable[Verdict | None]],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._credentials = credentials
        self._judge = judge
        self._sequence = 0
        self._awaited: dict[int, asyncio.Future[int]] = {}
        self._bound = False
        self.can_receive = False

    async def run(self, bound: Callable[[], Awaitable[None]]) -> None:
        """Serves the connection until either side ends it; ``bound`` is told once the client may be sent to."""
        try:
            while (pdu := await self._read()) is not None:
                if not await self._respond(pdu, bound):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, SmppError, struct.error):
            return
        finally:
            self.close()

    async def deliver(self, message: DeliverSm, sequence: int) -> int:
        """Sends a deliver_sm and waits for the client's command_status. Raises ConnectionError, TimeoutError.

        A client that does not answer in time is cut off, as operators do: the message will be offered again.
        """
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._awaited[sequence] = answer
        try:
            await self._write(message.encode())
            async with asyncio.timeout(RESPONSE_SECONDS):
                return await answer
        except TimeoutError:
            self.close()
            raise
        finally:
            self._awaited.pop(sequence, None)

    def next_sequence(self) -> int:
        """The sequence number of our next request."""
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        return self._sequence

    def close(self) -> None:
        """Cuts the connection, without an unbind; what waits for a response fails."""
        self.can_receive = False
        self._writer.close()
        for answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError("the client is gone"))

    async def _read(self) -> bytes | None:
        header = await self._reader.readexactly(HEADER_BYTES)
        (length,) = struct.unpack_from("!I", header)
        if not HEADER_BYTES <= length <= PDU_BYTES_MAX:
            return None
        return header + await self._reader.readexactly(length - HEADER_BYTES)

    async def _respond(self, octets: bytes, bound: Callable[[], Awaitable[None]]) -> bool:
        """Answers one PDU; False ends the session."""
        pdu = decode(octets)
        if isinstance(pdu, SubmitSm):
            return await self._submit(pdu)
        if not isinstance(pdu, RawPdu):
            return False  # a deliver_sm from a client: it has its roles confused
        if pdu.command_id in BINDS:
            return await self._bind(pdu, bound)
        if pdu.command_id in (DELIVER_SM | RESPONSE, GENERIC_NACK):
            answer = self._awaited.get(pdu.sequence_number)
            if answer is not None and not answer.done():
                answer.set_result(pdu.command_status)
        elif pdu.command_id in (ENQUIRE_LINK, UNBIND):
            await self._answer(pdu, ROK)
            return pdu.command_id != UNBIND
        elif not pdu.command_id & RESPONSE:
            await self._write(struct.pack("!IIII", HEADER_BYTES, GENERIC_NACK, RINVCMDID, pdu.sequence_number))
        return True

    async def _submit(self, pdu: SubmitSm) -> bool:
        if not self._bound:
            await self._answer(pdu, RINVBNDSTS)
            return False
        verdict = await self._judge(pdu)
        if verdict is not None:
            taken = f"{verdict.message_id}\0".encode("ascii") if verdict.status == ROK else b""
            await self._answer(pdu, verdict.status, taken)
        return True

    async def _bind(self, pdu: RawPdu, bound: Callable[[], Awaitable[None]]) -> bool:
        system_id, password = (field.decode("latin-1") for field in pdu.body.split(b"\0")[:2])
        if system_id != self._credentials[0]:
            await self._answer(pdu, RINVSYSID)
            return False
        if password != self._credentials[1]:
            await self._answer(pdu, RINVPASWD)
            return False
        await self._answer(pdu, ROK, b"SANDBOX\0")
        self._bound = True
        self.can_receive = BINDS[pdu.command_id] != "transmitter"
        await bound()
        return True

    async def _answer(self, pdu: RawPdu | SubmitSm, status: int, body: bytes = b"") -> None:
        header = (HEADER_BYTES + len(body), pdu.command_id | RESPONSE, status, pdu.sequence_number)
        await self._write(struct.pack("!IIII", *header) + body)

    async def _write(self, octets: bytes) -> None:
        if self._writer.is_closing():
            raise ConnectionResetError("the client is gone")
        self._writer.write(octets)
        await self._writer.drain()
