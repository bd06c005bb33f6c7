"""How does the merchant ask the payment provider?"""

import json
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.bss.month import parse_instant_ms
from sandbox.pay.amount import parse_fen
from sandbox.pay.bad_day import BadDay
from sandbox.pay.payment_book import Agreement, Refund
from sandbox.pay.provider import CURRENCY, PayRefusedError, Provider, Wanted
from sandbox.pay.signature import Doorman, Merchant, SignatureError, signed_headers
from sandbox.pay.statement import render_statement
from sandbox.pay.wire import render_agreement, render_payment, render_refund

ROOT: Final = "/pay-api/v1"
_GREATEST_BODY_BYTES: Final = 64_000
_REFERENCE: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ADDRESS: Final = re.compile(r"https?://[^\s]{1,2000}")
_LONGEST_SUBJECT: Final = 200

Said = dict[str, Any]
Answer = tuple[int, Said | str]
Deed = Callable[[Provider, dict[str, str], Said], Answer]


def api_routes(provider: Provider, doorman: Doorman, merchant: Merchant, day: BadDay) -> list[Route]:
    """Everything below ``/pay-api/v1``. Requests and answers are signed."""
    counter = _Counter(provider, doorman, merchant, day)
    deeds: tuple[tuple[str, str, Deed], ...] = (
        ("POST", "/payments", _open),
        ("GET", "/payments/{reference}", _show_payment),
        ("POST", "/payments/{reference}/close", _close),
        ("POST", "/refunds", _refund),
        ("GET", "/refunds/{reference}", _show_refund),
        ("GET", "/statements/{day}", _show_statement),
        ("POST", "/agreements", _agree),
        ("GET", "/agreements/{id}", _show_agreement),
        ("POST", "/agreements/{id}/end", _end_agreement),
        ("POST", "/charges", _charge),
    )
    return [Route(ROOT + path, counter.endpoint(deed), methods=[method]) for method, path, deed in deeds]


class _Counter:
    """Verifies what comes, has it done, and signs the answer."""

    def __init__(self, provider: Provider, doorman: Doorman, merchant: Merchant, day: BadDay) -> None:
        self._provider, self._doorman, self._merchant, self._day = provider, doorman, merchant, day

    def endpoint(self, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
        """The address of a deed."""

        async def answer(request: Request) -> Response:
            try:
                status, said = deed(self._provider, request.path_params, await self._read(request))
            except PayRefusedError as refusal:
                status, said = refusal.status, {"code": refusal.code, "message": refusal.message}
            if request.method == "POST" and status < 400 and self._day.take("dropAnswer"):
                return _CutOff()
            return self._signed(status, said)

        return answer

    async def _read(self, request: Request) -> Said:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _GREATEST_BODY_BYTES:
                raise PayRefusedError(413, "bodyTooLarge", f"The body may have {_GREATEST_BODY_BYTES} bytes.")
        try:
            self._doorman.check(request.headers, body)
        except SignatureError as error:
            raise PayRefusedError(401, error.code, "This request is not believed.") from None
        if not body:
            return {}
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            raise PayRefusedError(400, "badBody", "The body is not JSON.") from None
        if not isinstance(said, dict):
            raise PayRefusedError(400, "badBody", "The body must be a JSON object.")
        return said

    def _signed(self, status: int, said: Said | str) -> Response:
        body = said.encode() if isinstance(said, str) else json.dumps(said, ensure_ascii=False).encode()
        kind = "text/csv; charset=utf-8" if isinstance(said, str) else "application/json"
        return Response(body, status, headers=signed_headers(self._merchant, body), media_type=kind)


class _CutOff(Response):
    """An answer that promises more than comes: the server then cuts the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


def _open(provider: Provider, _: dict[str, str], said: Said) -> Answer:
    payment, is_new = provider.open(_wanted(said, address_needed=True))
    return 201 if is_new else 200, render_payment(provider.book, payment)


def _show_payment(provider: Provider, path: dict[str, str], _: Said) -> Answer:
    return 200, render_payment(provider.book, provider.find(path["reference"]))


def _close(provider: Provider, path: dict[str, str], _: Said) -> Answer:
    return 200, render_payment(provider.book, provider.close(path["reference"]))


def _refund(provider: Provider, _: dict[str, str], said: Said) -> Answer:
    asked = Refund(
        serial=0,
        refund_reference=_reference(said, "refundReference"),
        reference=_reference(said, "reference"),
        state="working",
        amount_fen=_amount(said, "amount"),
        notify_url=_address(said, "notifyUrl", needed=False),
    )
    refund, is_new = provider.refund(asked)
    return 201 if is_new else 200, render_refund(provider.book, refund)


def _show_refund(provider: Provider, path: dict[str, str], _: Said) -> Answer:
    return 200, render_refund(provider.book, provider.find_refund(path["reference"]))


def _show_statement(provider: Provider, path: dict[str, str], _: Said) -> Answer:
    try:
        day = date.fromisoformat(path["day"])
    except ValueError:
        raise PayRefusedError(404, "noSuchDay", "A day is written 2026-11-22.") from None
    provider.settle_due()
    return 200, render_statement(provider.book, day)


def _agree(provider: Provider, _: dict[str, str], said: Said) -> Answer:
    reference, most_fen = _reference(said, "reference"), _amount(said, "mostAMonth")
    code = secrets.token_urlsafe(16)
    asked = Agreement(0, reference, code, "signing", most_fen, _address(said, "returnUrl", needed=True))
    made = provider.book.add_agreement(asked)
    if made.most_fen != most_fen:
        raise PayRefusedError(409, "referenceReused", f"{reference} was used for another agreement.")
    return 201 if made.code == code else 200, render_agreement(made)


def _show_agreement(provider: Provider, path: dict[str, str], _: Said) -> Answer:
    return 200, render_agreement(_agreement(provider, path["id"]))


def _end_agreement(provider: Provider, path: dict[str, str], _: Said) -> Answer:
    provider.book.move_agreement(path["id"], "ended", out_of=("signing", "signed"))
    return 200, render_agreement(_agreement(provider, path["id"]))


def _charge(provider: Provider, _: dict[str, str], said: Said) -> Answer:
    agreement = _agreement(provider, _text(said, "agreement", 64))
    payment, is_new = provider.charge(agreement, _wanted(said, address_needed=False))
    return 201 if is_new else 200, render_payment(provider.book, payment)


def _agreement(provider: Provider, id_: str) -> Agreement:
    found = provider.book.find_agreement(id_)
    if found is None:
        raise PayRefusedError(404, "unknownAgreement", f"There is no agreement {id_}.")
    return found


def _wanted(said: Said, *, address_needed: bool) -> Wanted:
    return Wanted(
        reference=_reference(said, "reference"),
        amount_fen=_amount(said, "amount"),
        subject=_text(said, "subject", _LONGEST_SUBJECT),
        notify_url=_address(said, "notifyUrl", needed=address_needed),
        return_url=_address(said, "returnUrl", needed=address_needed),
        expires_ms=_instant(said, "expiresAt"),
    )


def _text(said: Said, name: str, longest: int) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= longest:
        raise PayRefusedError(400, "badProperty", f"{name} must be a text of at most {longest} characters.")
    return found


def _reference(said: Said, name: str) -> str:
    found = _text(said, name, 64)
    if not _REFERENCE.fullmatch(found):
        raise PayRefusedError(400, "badProperty", f"{name} must be letters, digits, - and _.")
    return found


def _amount(said: Said, name: str) -> int:
    fen = parse_fen(said.get(name))
    if fen is None or said.get("currency", CURRENCY) != CURRENCY:
        raise PayRefusedError(400, "badAmount", f'{name} must be yuan with two decimals, as "50.00", in CNY.')
    return fen


def _address(said: Said, name: str, *, needed: bool) -> str:
    found = said.get(name, "")
    if found == "" and not needed:
        return ""
    if not isinstance(found, str) or not _ADDRESS.fullmatch(found):
        raise PayRefusedError(400, "badProperty", f"{name} must be an address.")
    return found


def _instant(said: Said, name: str) -> int | None:
    if name not in said:
        return None
    try:
        return parse_instant_ms(said[name])
    except (TypeError, ValueError, OverflowError):
        raise PayRefusedError(400, "badProperty", f"{name} must be an instant.") from None
