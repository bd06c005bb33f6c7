"""What does the SMS hall need from the database that its messages wait in?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Received(Protocol):
    """A stored message, leased to be answered."""

    @property
    def id(self) -> int:
        """Its row."""
        ...

    @property
    def sender(self) -> str:
        """The address that it came from."""
        ...

    @property
    def text(self) -> str:
        """What was written."""
        ...

    @property
    def attempt(self) -> int:
        """1 the first time."""
        ...


class ToSend(Protocol):
    """A queued message, leased to be submitted; ``(id, attempt)`` is the lease."""

    @property
    def id(self) -> int:
        """Its row."""
        ...

    @property
    def recipient(self) -> str:
        """The address that it goes to."""
        ...

    @property
    def text(self) -> str:
        """What is written."""
        ...

    @property
    def attempt(self) -> int:
        """1 the first time."""
        ...

    @property
    def not_after(self) -> datetime:
        """Worthless afterwards (aware UTC)."""
        ...


class ReceivedQueue(Protocol):
    """Messages that came in and what answers them."""

    async def receive(  # noqa: PLR0913
        self, *, sender: str, destination: str, text: str, session: str, sequence: int, reference: str = ""
    ) -> bool:
        """Stores a message; False if it is a second delivery. When this returns, the message is safe."""
        ...

    async def receive_part(  # noqa: PLR0913
        self,
        *,
        sender: str,
        destination: str,
        text: str,
        session: str,
        sequence: int,
        reference: int,
        part: int,
        total: int,
    ) -> bool:
        """Stores a part; True if the message is whole with it."""
        ...

    async def claim_received(self, *, limit: int, lease_seconds: float) -> Sequence[Received]:
        """Leases what is not answered yet, oldest first."""
        ...

    async def answer(self, message_id: int, reply: str, *, secret: bool = False, tells_secret: bool = False) -> bool:
        """Queues the reply and marks the message answered, in one transaction; a secret message is blanked with it, a
        reply that tells a secret once it is out."""
        ...


class SendQueue(Protocol):
    """Messages that wait to leave."""

    async def claim_to_send(self, *, limit: int, lease_seconds: float) -> Sequence[ToSend]:
        """Leases messages by lane, then age."""
        ...

    async def record_part(self, message_id: int, *, part: int, smsc_message_id: str) -> None:
        """Remembers the SMSC's name for an accepted part."""
        ...

    async def mark_sent(self, message_id: int, *, part: int, parts_total: int, smsc_message_id: str) -> None:
        """The last part was accepted."""
        ...

    async def mark_failed(self, message_id: int, *, attempt: int, failure: str) -> bool:
        """It will never leave."""
        ...

    async def requeue(self, message_id: int, *, attempt: int, pause_seconds: float) -> bool:
        """Gives the lease back, to be claimed again after a pause."""
        ...

    async def record_receipt(self, smsc_message_id: str, receipt: str) -> bool:
        """Keeps a delivery receipt; False for an unknown part."""
        ...

    async def expire(self) -> int:
        """Ends what is worthless by now; how many."""
        ...

    async def forget_old(self) -> None:
        """Deletes what ended long ago."""
        ...


class SmsQueue(ReceivedQueue, SendQueue, Protocol):
    """Both directions."""
