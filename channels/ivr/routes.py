"""Where does a voice browser fetch the documents of a call?"""

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from channels.dialogue import Conversations
from channels.ivr.call import Call
from channels.ivr.documents import Documents
from channels.ivr.hall import IvrHall
from channels.ivr.menu import load_menu
from channels.ivr.questions import PASSWORD_FIELDS
from channels.ivr.texting import Texts
from channels.ivr.turn import Heard
from graphql_schema.client import Graph
from graphql_schema.door import Doorkeeper

MEDIA_TYPE = "application/voicexml+xml"
BODY_LIMIT_BYTES = 4096
_KEY = re.compile(r"[A-Za-z0-9_-]{32}")
_CALL_ID = re.compile(r"[A-Za-z0-9_.@:-]{1,128}")
_NUMBER = re.compile(r"(?:tel:|sips?:)?(?:\+?86)?(\d{5,20})(?:[@;].*)?", re.IGNORECASE)


def ivr_routes(  # noqa: PLR0913  what the hall needs, and how the operator's gateway is set up
    graph: Graph,
    doorkeeper: Doorkeeper,
    conversations: Conversations,
    *,
    trusted_token: str | None,
    public_url: str,
    agent_address: str | None = None,
    hall_number: str = "10086",
    texts: Texts | None = None,
) -> list[BaseRoute]:
    """``GET /ivr`` answers a call; the documents lead on to ``/ivr/begin``, ``/ivr/turn`` and ``/ivr/end``.

    ``trusted_token`` is what the operator's voice gateway proves itself with, as ``?token=`` of the entry address or as
    ``Authorization: Bearer``; without it no caller id is believed. Of ``public_url`` only the path is used: documents
    name no host, so they lead back to wherever they were fetched. ``agent_address`` (``tel:`` or ``sip:``) is where a
    call is transferred to; without it nobody is sent to an agent. ``hall_number`` is where texts are answered.
    ``texts`` sends what was told to the line that calls; without it no key offers that.
    """
    path = urlsplit(public_url).path.rstrip("/") + "/ivr"
    menu = load_menu()
    documents = Documents(menu, path=path, agent_address=agent_address, hall_number=hall_number)
    hall = IvrHall(graph, doorkeeper, conversations, menu=menu, documents=documents, texts=texts)
    desk = _Desk(hall, trusted_token)
    return [
        Route("/ivr", desk.answer, methods=["GET"]),
        Route("/ivr/begin", desk.begin, methods=["POST"]),
        Route("/ivr/turn", desk.turn, methods=["POST"]),
        Route("/ivr/end", desk.end, methods=["POST"]),
    ]


class _Desk:
    """Reads requests, which may be anything, and answers each of them with a document."""

    def __init__(self, hall: IvrHall, trusted_token: str | None) -> None:
        self._hall = hall
        self._trusted_token = trusted_token

    async def answer(self, request: Request) -> Response:
        return _document(await self._answer(request, lead=None))

    async def begin(self, request: Request) -> Response:
        fields = await _fields(request)
        key = _key(fields)
        document = await self._hall.learn_caller(key, _number(fields.get("caller"))) if key else None
        return _document(document or await self._answer(request, lead="fresh_start"))

    async def turn(self, request: Request) -> Response:
        fields = await _fields(request)
        key = _key(fields)
        document = await self._hall.take_turn(key, fields.get("step", ""), _heard(fields)) if key else None
        return _document(document or await self._answer(request, lead="fresh_start"))

    async def end(self, request: Request) -> Response:
        key = _key(await _fields(request))
        if key:
            await self._hall.end(key)
        return Response(status_code=204)

    async def _answer(self, request: Request, *, lead: str | None) -> str:
        """A new call, with a key of its own. Only the operator's gateway is believed about who calls."""
        key = token_urlsafe(24)
        call_id = request.query_params.get("call", "")
        call_id = call_id if _CALL_ID.fullmatch(call_id) else ""
        if not self._is_gateway(request):
            source = f"address:{request.client.host if request.client else 'unknown'}"
            return await self._hall.begin(key, Call(lead=lead, source=source), number=None)
        call = Call(lead=lead, call_id=call_id, source=f"call:{call_id or sha256(key.encode()).hexdigest()}")
        if "caller" not in request.query_params:
            return await self._hall.ask_gateway(key, call)
        number = _number(request.query_params["caller"])
        source = f"caller:{number}" if number else call.source
        return await self._hall.begin(key, Call(lead=lead, call_id=call_id, source=source), number=number)

    def _is_gateway(self, request: Request) -> bool:
        if not self._trusted_token:
            return False
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        shown = credentials if scheme.lower() == "bearer" else request.query_params.get("token", "")
        return hmac.compare_digest(shown.encode(), self._trusted_token.encode())


async def _fields(request: Request) -> Mapping[str, str]:
    """The submitted fields; a body that is too long or is no form is an empty one."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return {}
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=16))
    except ValueError:
        return {}


def _heard(fields: Mapping[str, str]) -> Heard:
    """A grammar's tokens may come apart ("1 2 3"): that is the browser's way to write what was pressed."""
    pressed = [fields[name].replace(" ", "") if name in fields else None for name in ("keys", *PASSWORD_FIELDS)]
    keys, old, new, again = pressed
    passwords = (old, new, again) if old is not None and new is not None and again is not None else None
    return Heard(fields.get("heard", "unknown"), keys or "", passwords)


def _key(fields: Mapping[str, str]) -> str | None:
    key = fields.get("key", "")
    return key if _KEY.fullmatch(key) else None


def _number(caller: str | None) -> str | None:
    """``tel:+8613800138001``, ``sip:13800138001@gateway`` and the like → the number; None if withheld or no number."""
    found = _NUMBER.fullmatch((caller or "").strip())
    return found.group(1) if found and found.group(1).isascii() else None


def _document(text: str) -> Response:
    return Response(text, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers={"Cache-Control": "no-store"})
