"""What of SMPP does the client library leave to us?

aiosmpplib binds, keeps alive, reconnects and encodes. It dies on a receipt whose error code or date it can't read, and
on a command_status of a vendor's own; it acknowledges the parts of a long message before anyone stored them, and
misreads 16-bit references. What stands here closes these holes.
"""

import random
import re
import struct
from asyncio import Task, sleep
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmpplib import (  # type: ignore[import-untyped]
    ESME,
    AbstractCorrelator,
    AbstractRetryTimer,
    AbstractThrottleHandler,
    DeliverSm,
    PduHeader,
    SmppCommand,
    SmppCommandStatus,
    SmppMessage,
)

UDH_INDICATOR = 0x40
RECEIPTED_MESSAGE_ID, MESSAGE_STATE = 0x001E, 0x0427
STATE_WORDS = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}
"""SMPP 3.4 §5.2.28 message_state, in the words of appendix B."""
_HEADER_BYTES, _PDU_BYTES_MAX = 16, 70_000
_KNOWN_STATUSES = frozenset(status.value for status in SmppCommandStatus)
_RECEIPT_FIELDS = re.compile(r"\bid:(?P<id>\S+)", re.IGNORECASE), re.compile(r"\bstat:(?P<stat>\w+)", re.IGNORECASE)


def parse_receipt(message: DeliverSm) -> tuple[str, str] | None:
    """The SMSC's id of a part and its state; from the optional parameters if the text has none. None: no id at all."""
    by_tag = {parameter.tag: parameter.value for parameter in message.optional_params or []}
    text = message.short_message or message.message_payload
    id_found, stat_found = (pattern.search(text) for pattern in _RECEIPT_FIELDS)
    message_id = id_found["id"] if id_found else str(by_tag.get(RECEIPTED_MESSAGE_ID, ""))
    state = stat_found["stat"].upper() if stat_found else STATE_WORDS.get(int(by_tag.get(MESSAGE_STATE, 7)), "UNKNOWN")
    return (message_id, state) if message_id else None


def parse_part(message: DeliverSm) -> tuple[int, int, int]:
    """Reference, number and total of one part of a long message. The library reads a 16-bit reference as 32 bits."""
    reference, number, total = message.get_segmentation_data()
    misread = message.esm_class & UDH_INDICATOR and reference & 0xFFFF == total << 8 | number and reference > 0xFF
    return (reference >> 16 if misread else reference), number, total


def parse_bind_refusal(pdu: bytes) -> str | None:
    """The name of the command_status with which an SMSC refused our bind, e.g. ``ESME_RINVPASWD``; else None."""
    command, status = struct.unpack_from("!II", pdu, 4)
    if command != SmppCommand.BIND_TRANSCEIVER_RESP or status == SmppCommandStatus.ESME_ROK:
        return None
    return str(SmppCommandStatus(status).name)


class TolerantEsme(ESME):  # type: ignore[misc]
    """The library's client, without the two ways in which an odd PDU breaks the link for good, and quick to part."""

    async def _get_pdu(self) -> tuple[bytes, PduHeader]:
        header = await self._reader.readexactly(_HEADER_BYTES)
        length, command, status, sequence = struct.unpack("!IIII", header)
        if not _HEADER_BYTES <= length <= _PDU_BYTES_MAX:
            raise ConnectionError(f"a PDU of {length} octets")
        if status not in _KNOWN_STATUSES:
            status = SmppCommandStatus.ESME_RUNKNOWNERR.value
        known = struct.pack("!IIII", length, command, status, sequence)
        body = await self._reader.readexactly(length - _HEADER_BYTES)
        return known + body, SmppMessage.parse_header(known)

    async def _end_task(self, task: Task[Any]) -> None:
        if task.done():
            await super()._end_task(task)
        else:  # the library waits half a second for each first, at every end of a connection
            await self._cancel_task(task, task.get_name())

    async def _handle_request(self, pdu: bytes, header: PduHeader) -> Any:  # noqa: ANN401  the library's message
        try:
            return await super()._handle_request(pdu, header)
        except ValueError:
            if header.smpp_command != SmppCommand.DELIVER_SM:
                raise
            return DeliverSm.from_pdu(pdu, header, self.default_encoding, self.custom_codecs)


class PartsCorrelator(AbstractCorrelator):  # type: ignore[misc]
    """Stores each part of a long message before the library acknowledges it. What we sent is correlated elsewhere."""

    def __init__(self, store_part: Callable[[DeliverSm], Awaitable[None]]) -> None:
        self._store_part = store_part

    async def put_delivery_segmented(self, deliver_sm: DeliverSm) -> None:
        """Returns nothing even for the last part: the queue joins them."""
        await self._store_part(deliver_sm)

    def get_cumulated_status(self, ref_num: int) -> int:
        """Never asked: no segment is kept here."""
        return 0

    async def expired(self, smpp_message: SmppMessage) -> None:
        """Nothing is kept, nothing expires."""

    async def put(self, smpp_message: SmppMessage) -> None:
        """Nothing is kept."""

    async def put_delivery(self, smsc_message_id: str, submit_sm: SmppMessage) -> None:
        """Nothing is kept."""

    async def get(self, response: SmppMessage) -> None:
        """Nothing is kept."""

    async def get_segmented(self, smpp_seq_num: int, remove: bool = False) -> tuple[None, int]:
        """Nothing is kept."""
        return None, 0

    async def get_delivery(self, receipt: DeliverSm) -> None:
        """Nothing is kept."""


class Unthrottled(AbstractThrottleHandler):  # type: ignore[misc]
    """Lets everything pass: our sender slows down by itself, and for the whole message."""

    async def throttled(self) -> None:
        """Seen by the sender."""

    async def not_throttled(self) -> None:
        """Seen by the sender."""

    async def allow_request(self) -> bool:
        """Always."""
        return True

    async def throttle_delay(self) -> float:
        """Never asked."""
        return 0.0


class Reconnection(AbstractRetryTimer):  # type: ignore[misc]
    """Waits longer after each failure, with jitter, and tells when the link comes up and goes down."""

    def __init__(
        self,
        *,
        pause_seconds: float,
        pause_seconds_max: float,
        came_up: Callable[[], None],
        went_down: Callable[[float], Awaitable[None]],
    ) -> None:
        self._pause_seconds = pause_seconds
        self._pause_seconds_max = pause_seconds_max
        self._came_up = came_up
        self._went_down = went_down
        self._failures = 0

    async def wait(self) -> None:
        """Called by the library after each end of a connection, and after each one that did not come about."""
        pause = self.next_delay()
        self._failures += 1
        await self._went_down(pause)
        await sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  jitter

    def reset(self) -> None:
        """Called by the library when it is bound."""
        self._failures = 0
        self._came_up()

    def next_delay(self) -> float:
        """Seconds, before jitter."""
        return float(min(self._pause_seconds_max, self._pause_seconds * 2 ** min(self._failures, 16)))
