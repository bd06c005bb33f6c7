"""How does the app sign in over HTTP?"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.database import DatabaseFault
from gateway.identity.app_words import (
    Words,
    answer,
    done,
    iso,
    name_source,
    read_bearer_token,
    read_words,
    refuse,
    shape,
    tell_admitted,
)
from gateway.identity.number import parse_number
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    Doorkeeper,
    LineSwitch,
    PasskeyDoor,
    PasskeyEvidence,
    PasswordEvidence,
    PasswordReset,
    Purpose,
    StrongEvidence,
    TokenEvidence,
    Turned,
)
from graphql_schema.types.line import mask_number

DEVICE = "device deviceName"
WISHES = {purpose.value: purpose for purpose in (Purpose.SIGN_IN, Purpose.STEP_UP, Purpose.RESET, Purpose.LINK_LINE)}
"""What the app may ask a code for; one for a payment or for help is asked for with the deed itself."""
NO_TOKEN = Turned("bad_request", {"missing": "bearer_token"})

Door = Callable[[Request], Awaitable[Response]]


def identity_routes(
    doorkeeper: Doorkeeper, *, line_switch: LineSwitch | None = None, passkeys: PasskeyDoor | None = None
) -> list[BaseRoute]:
    """The app's own door; what it gets is a bearer token. Each is a POST of a small JSON object of texts.

    ``/api/sign-in/code {number, purpose?, device?, other?}`` → 202 {expiresAt, retryAt, challenge}; the purposes are
    sign_in, step_up, reset, and link_line (with the bearer token; for a line that gets no texts the code goes to the
    caller's own number, and ``other`` is that line's) · ``/api/sign-in {number, password}``, ``{number, code,
    challenge}`` or ``{passkey, challenge}``, each with ``device?`` and ``deviceName?`` → {token, expiresAt, device?} ·
    ``/api/step-up`` (bearer) with the same, ``number?`` → {token, expiresAt} · ``/api/passwords/reset {number, code,
    challenge, identityNumber, newPassword, device?}`` → 204 · ``/api/sign-out`` (bearer) → 204 · with ``line_switch``
    also ``/api/switch-line`` (bearer) {lineId} → {token, expiresAt} · with ``passkeys`` also ``/api/passkeys/challenge
    {}`` → {challenge, options}. A refusal is {code, parameters}; instants are ISO 8601, UTC.
    """
    app = AppDoor(doorkeeper)
    doors: list[tuple[str, Door]] = [
        ("/api/sign-in/code", app.send_code),
        ("/api/sign-in", app.sign_in),
        ("/api/step-up", app.step_up),
        ("/api/passwords/reset", app.reset_password),
        ("/api/sign-out", app.sign_out),
    ]
    if line_switch is not None:
        doors.append(("/api/switch-line", _switching(line_switch)))
    if passkeys is not None:
        doors.append(("/api/passkeys/challenge", _challenging(passkeys)))
    return [Route(path, _closed_on_fault(door), methods=["POST"]) for path, door in doors]


@dataclass(frozen=True, slots=True)
class AppDoor:
    """The doorkeeper, as the app reaches it."""

    doorkeeper: Doorkeeper

    async def send_code(self, request: Request) -> Response:
        """A code on its way, or that it is not."""
        words = await read_words(request, shape("number", optional="purpose device other"))
        if isinstance(words, Turned):
            return refuse(words)
        purpose = WISHES.get(words.get("purpose", "sign_in"))
        if purpose is None:
            return refuse(Turned("bad_request", {"purposes": sorted(WISHES)}))
        about = ""
        if purpose is Purpose.LINK_LINE:  # the owner of the number has to read who wants this
            caller = await self._find_caller(request)
            if isinstance(caller, Turned):
                return refuse(caller)
            if caller.fields is not None:  # a helper or a client, who may not link a line in the owner's name
                return refuse(Turned("not_yours"))
            about = mask_number(_name_asker(words, caller.number or ""))
        wish = CodeWish(words["number"], purpose, Channel.APP, name_source(request), words.get("device"), about)
        sent = await self.doorkeeper.send_code(wish)
        if isinstance(sent, CodeSent):
            facts = {"expiresAt": iso(sent.expires_at), "retryAt": iso(sent.retry_at), "challenge": sent.challenge}
            return answer(facts, 202)
        return refuse(sent)

    async def sign_in(self, request: Request) -> Response:
        """A token, or why not."""
        words = await read_words(
            request,
            shape("number", "password", optional=DEVICE),
            shape("number", "code", "challenge", optional=DEVICE),
            shape("passkey", "challenge", optional=DEVICE),
        )
        if isinstance(words, Turned):
            return refuse(words)
        return _tell(await self.doorkeeper.admit(_to_evidence(words, request, Purpose.SIGN_IN), Channel.APP))

    async def step_up(self, request: Request) -> Response:
        """Another token, of a surer session."""
        token = read_bearer_token(request)
        words = await read_words(
            request,
            shape("password", optional="number device"),
            shape("code", "challenge", optional="number device"),
            shape("passkey", "challenge", optional="device"),
        )
        if isinstance(words, Turned) or token is None:
            return refuse(words if isinstance(words, Turned) else NO_TOKEN)
        caller = await self._find_caller(request)
        if isinstance(caller, Turned):
            return refuse(caller)
        evidence = _to_evidence({"number": caller.number or "", **words}, request, Purpose.STEP_UP)
        return _tell(await self.doorkeeper.step_up(token, evidence, Channel.APP))

    async def reset_password(self, request: Request) -> Response:
        """Nothing but done, or why not."""
        names = ("number", "code", "challenge", "identityNumber", "newPassword")
        words = await read_words(request, shape(*names, optional="device"))
        if isinstance(words, Turned):
            return refuse(words)
        evidence = _to_code(words, request, Purpose.RESET)
        refused = await self.doorkeeper.reset_password(
            PasswordReset(evidence, words["identityNumber"], words["newPassword"]), Channel.APP
        )
        return done() if refused is None else refuse(refused)

    async def sign_out(self, request: Request) -> Response:
        """Done, whoever the token belonged to."""
        token = read_bearer_token(request)
        if token is None:
            return refuse(NO_TOKEN)
        await self.doorkeeper.sign_out(token)
        return done()

    async def _find_caller(self, request: Request) -> Caller | Turned:
        token = read_bearer_token(request)
        if token is None:
            return NO_TOKEN
        admitted = await self.doorkeeper.admit(TokenEvidence(token), Channel.APP)
        return admitted.caller if isinstance(admitted, Admitted) else admitted


def _switching(line_switch: LineSwitch) -> Door:
    async def switch(request: Request) -> Response:
        token, words = read_bearer_token(request), await read_words(request, shape("lineId"))
        if isinstance(words, Turned) or token is None:
            return refuse(words if isinstance(words, Turned) else NO_TOKEN)
        return _tell(await line_switch.switch(token, words["lineId"], Channel.APP))

    return switch


def _challenging(passkeys: PasskeyDoor) -> Door:
    async def begin_use(request: Request) -> Response:
        words = await read_words(request, shape())
        begun = words if isinstance(words, Turned) else await passkeys.begin_use(source=name_source(request))
        if isinstance(begun, Turned):
            return refuse(begun)
        return answer({"challenge": begun.challenge, "options": json.loads(begun.options)})

    return begin_use


def _name_asker(words: Words, own: str) -> str:
    """Whose number the message about a link names: the caller's, or to the caller the other one."""
    other = parse_number(words.get("other", "")) if parse_number(words["number"]) == own else None
    return other or own


def _to_evidence(words: Words, request: Request, purpose: Purpose) -> StrongEvidence:
    source, device, name = name_source(request), words.get("device"), words.get("deviceName", "")
    if "passkey" in words:
        return PasskeyEvidence(words["challenge"], words["passkey"], source, device, name)
    if "password" in words:
        return PasswordEvidence(words["number"], words["password"], source, device, name)
    return _to_code(words, request, purpose)


def _to_code(words: Words, request: Request, purpose: Purpose) -> CodeEvidence:
    return CodeEvidence(
        words["number"],
        words["code"],
        name_source(request),
        words["challenge"],
        purpose,
        words.get("device"),
        device_name=words.get("deviceName", ""),
    )


def _tell(admitted: Admitted | Turned) -> Response:
    return tell_admitted(admitted) if isinstance(admitted, Admitted) else refuse(admitted)


def _closed_on_fault(door: Door) -> Door:
    async def open_or_refuse(request: Request) -> Response:
        try:
            return await door(request)
        except DatabaseFault:
            return refuse(Turned("unavailable"))

    return open_or_refuse
