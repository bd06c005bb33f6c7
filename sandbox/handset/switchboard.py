"""Which calls are going on, and what does the page see of each?"""

import asyncio
import time
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

from sandbox.handset.voicexml import Call, Turn

CALLS_KEPT = 64
FORGET_AFTER_SECONDS = 900


@dataclass(slots=True)
class _Line:
    """A call, one deed at a time."""

    call: Call
    touched: float
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


class Switchboard:
    """Every call of this process, in memory. The oldest is hung up when there are too many."""

    def __init__(self, ivr_url: str, *, hall_number: str, token: str | None) -> None:
        self._ivr_url = ivr_url
        self._hall_number = hall_number
        self._token = token
        self._lines: dict[str, _Line] = {}

    async def dial(self, caller: str) -> dict[str, Any]:
        """A new call, greeted."""
        await self._forget_old()
        call_id = token_urlsafe(12)
        call = Call(self._ivr_url, caller, called=self._hall_number, call_id=call_id, token=self._token)
        line = self._lines[call_id] = _Line(call, time.monotonic())
        async with line.busy:
            await call.dial()
        return _seen(call_id, call)

    async def press(self, call_id: str, key: str) -> dict[str, Any] | None:
        """A key in a call; None for a call that is not there."""
        line = self._find(call_id)
        if line is None:
            return None
        async with line.busy:
            await line.call.press(key)
        return _seen(call_id, line.call)

    async def wait_silence(self, call_id: str, *, seen: int) -> dict[str, Any] | None:
        """The time ran out on the page. ``seen`` is the state it waited in: a key that came just before has won."""
        line = self._find(call_id)
        if line is None:
            return None
        async with line.busy:
            if _moment(line.call) == seen:
                await line.call.wait_silence()
        return _seen(call_id, line.call)

    async def hang_up(self, call_id: str) -> dict[str, Any] | None:
        """Ends a call; it stays to be looked at for a while."""
        line = self._find(call_id)
        if line is None:
            return None
        async with line.busy:
            await line.call.hang_up()
        return _seen(call_id, line.call)

    def _find(self, call_id: str) -> _Line | None:
        line = self._lines.get(call_id)
        if line:
            line.touched = time.monotonic()
        return line

    async def _forget_old(self) -> None:
        by_age = sorted(self._lines, key=lambda call_id: self._lines[call_id].touched)
        late = time.monotonic() - FORGET_AFTER_SECONDS
        surplus = max(0, len(by_age) - CALLS_KEPT + 1)
        for place, call_id in enumerate(by_age):
            if place < surplus or self._lines[call_id].touched < late:
                await self._lines.pop(call_id).call.hang_up()


def _moment(call: Call) -> int:
    """Grows with everything that happens in a call."""
    return len(call.turns) * 100 + call.keys_pressed


def _seen(call_id: str, call: Call) -> dict[str, Any]:
    return {
        "id": call_id,
        "state": call.state,
        "seen": _moment(call),
        "turns": [_turn(turn) for turn in call.turns],
        "keysPressed": call.keys_pressed,
        "silenceSeconds": call.silence_seconds,
        "bargeIn": call.barge_in,
        "transferredTo": call.transferred_to,
        "context": call.context,
        "error": call.error,
    }


def _turn(turn: Turn) -> dict[str, Any]:
    pieces = [
        {
            "text": piece.text,
            "language": piece.language,
            "rate": piece.rate,
            "volume": piece.volume,
            "pauseMs": piece.pause_ms,
        }
        for piece in turn.pieces
    ]
    return {"speaker": turn.speaker, "pieces": pieces}
