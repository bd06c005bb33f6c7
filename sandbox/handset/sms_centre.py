"""What does the phone need of the short message centre?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Text(Protocol):
    """A text in a phone's thread; ``direction`` is the phone's: ``sent`` or ``received``."""

    @property
    def id(self) -> int:
        """Grows with time."""
        ...

    @property
    def at(self) -> datetime:
        """Aware."""
        ...

    @property
    def direction(self) -> str:
        """``sent`` or ``received``."""
        ...

    @property
    def text(self) -> str:
        """All of it."""
        ...

    @property
    def parts(self) -> int:
        """How many short messages it took."""
        ...


class SmsCentre(Protocol):
    """Takes texts from phones, and keeps the threads that they show."""

    async def send_text(self, number: str, text: str) -> object:
        """The phone texts the hall."""
        ...

    def thread(self, number: str) -> Sequence[Text]:
        """The phone's texts, oldest first."""
        ...
