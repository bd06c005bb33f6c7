"""Which addresses does the phone's page use?"""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.handset.sms_centre import SmsCentre, Text
from sandbox.handset.switchboard import Switchboard

PAGE = Path(__file__).parent / "page"
FILES = {
    "handset.css": "text/css",
    "handset.js": "text/javascript",
    "call.js": "text/javascript",
    "clock.js": "text/javascript",
    "messages.js": "text/javascript",
    "words.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
BODY_LIMIT_BYTES = 8192
TEXT_LIMIT_CHARACTERS = 1000
LONGEST_WAIT_SECONDS = 20.0
LOOK_EVERY_SECONDS = 0.2
_NUMBER = re.compile(r"[0-9]{5,20}")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def handset_routes(
    smsc: SmsCentre, *, ivr_url: str, hall_number: str = "10086", ivr_token: str | None = None
) -> list[BaseRoute]:
    """The page at ``/handset`` and what it asks for below it. It also reads ``/sandbox/personas`` of this process.

    ``ivr_url`` is where a call to ``hall_number`` begins; ``ivr_token`` is what the phone network's voice gateway would
    prove itself with there (``Authorization: Bearer``): without it the hall does not believe who calls.
    """
    desk = _Desk(smsc, Switchboard(ivr_url, hall_number=hall_number, token=ivr_token), hall_number)
    return [
        Route("/handset", desk.page),
        Route("/handset/hall", desk.hall),
        Route("/handset/messages", desk.read_messages, methods=["GET"]),
        Route("/handset/messages", desk.send_message, methods=["POST"]),
        Route("/handset/calls", desk.dial, methods=["POST"]),
        Route("/handset/calls/{call_id}", desk.hang_up, methods=["DELETE"]),
        Route("/handset/calls/{call_id}/keys", desk.press, methods=["POST"]),
        Route("/handset/calls/{call_id}/silence", desk.wait_silence, methods=["POST"]),
        Route("/handset/{name}", desk.file),
    ]


class _Desk:
    def __init__(self, smsc: SmsCentre, switchboard: Switchboard, hall_number: str) -> None:
        self._smsc = smsc
        self._switchboard = switchboard
        self._hall_number = hall_number

    async def page(self, _: Request) -> Response:
        return FileResponse(PAGE / "handset.html", media_type="text/html; charset=utf-8", headers=_HEADERS)

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            return _refuse("not_found", 404)
        return FileResponse(PAGE / name, media_type=FILES[name], headers=_HEADERS)

    async def hall(self, _: Request) -> Response:
        return _answer({"number": self._hall_number})

    async def read_messages(self, request: Request) -> Response:
        """The thread of a number from a message on; waits a while for the first one that is not there yet."""
        number, after = request.query_params.get("number", ""), request.query_params.get("after", "0")
        wait = request.query_params.get("wait", "0")
        if (
            not _NUMBER.fullmatch(number)
            or not re.fullmatch(r"[0-9]{1,15}", after)
            or not re.fullmatch(r"\d{1,3}", wait)
        ):
            return _refuse("bad_request", 400)
        until = time.monotonic() + min(float(wait), LONGEST_WAIT_SECONDS)
        while True:
            fresh = [message for message in self._smsc.thread(number) if message.id > int(after)]
            if fresh or time.monotonic() >= until or await request.is_disconnected():
                return _answer([_message(message) for message in fresh])
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def send_message(self, request: Request) -> Response:
        fields = await _fields(request)
        number, text = fields.get("number"), fields.get("text")
        if not _is_number(number) or not isinstance(text, str) or not 0 < len(text.strip()) <= TEXT_LIMIT_CHARACTERS:
            return _refuse("bad_request", 400)
        await self._smsc.send_text(str(number), text)
        return _answer({"sent": True}, status_code=202)

    async def dial(self, request: Request) -> Response:
        caller = (await _fields(request)).get("caller")
        if not _is_number(caller):
            return _refuse("bad_request", 400)
        return _answer(await self._switchboard.dial(str(caller)), status_code=201)

    async def press(self, request: Request) -> Response:
        key = (await _fields(request)).get("key")
        if not isinstance(key, str) or not re.fullmatch(r"[0-9*#]", key):
            return _refuse("bad_request", 400)
        return _call(await self._switchboard.press(request.path_params["call_id"], key))

    async def wait_silence(self, request: Request) -> Response:
        seen = (await _fields(request)).get("seen")
        if not isinstance(seen, int):
            return _refuse("bad_request", 400)
        return _call(await self._switchboard.wait_silence(request.path_params["call_id"], seen=seen))

    async def hang_up(self, request: Request) -> Response:
        return _call(await self._switchboard.hang_up(request.path_params["call_id"]))


async def _fields(request: Request) -> Mapping[str, Any]:
    """The fields of a JSON object; anything else has none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return {}
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _is_number(number: object) -> bool:
    return isinstance(number, str) and _NUMBER.fullmatch(number) is not None


def _message(message: Text) -> dict[str, Any]:
    return {
        "id": message.id,
        "at": message.at.isoformat(),
        "direction": message.direction,
        "text": message.text,
        "parts": message.parts,
    }


def _call(seen: dict[str, Any] | None) -> Response:
    return _refuse("no_such_call", 404) if seen is None else _answer(seen)


def _answer(content: object, *, status_code: int = 200) -> Response:
    return JSONResponse(content, status_code=status_code, headers={"Cache-Control": "no-store"})


def _refuse(code: str, status_code: int) -> Response:
    return JSONResponse({"error": code}, status_code=status_code)
