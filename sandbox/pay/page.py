"""Where does the payer pay?"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.bss.month import CHINA
from sandbox.pay.payment_book import Agreement, Payment
from sandbox.pay.provider import Provider
from sandbox.pay.words import WORDS, Language, language_of

_FOLDER: Final = Path(__file__).parent / "page"
_GREATEST_FORM_BYTES: Final = 1000
_TONES: Final = {"paid": "good", "signed": "good", "refused": "bad", "closed": "bad", "ended": "bad"}


def page_routes(provider: Provider, merchant: str) -> list[Route]:
    """The pages of payments and agreements. They need no script."""
    desk = _Desk(provider, merchant)
    return [
        Route("/pay/pay.css", _style, methods=["GET"]),
        Route("/pay/{code}", desk.payment(desk.show_payment), methods=["GET"]),
        Route("/pay/{code}", desk.payment(desk.answer_payment), methods=["POST"]),
        Route("/pay/sign/{code}", desk.agreement(desk.show_agreement), methods=["GET"]),
        Route("/pay/sign/{code}", desk.agreement(desk.answer_agreement), methods=["POST"]),
    ]


async def _style(_: Request) -> Response:
    return FileResponse(_FOLDER / "pay.css", media_type="text/css")


class _Desk:
    def __init__(self, provider: Provider, merchant: str) -> None:
        self._provider = provider
        self._merchant = merchant
        loader = FileSystemLoader(_FOLDER)
        self._page = Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("pay.html")

    def payment(
        self, then: Callable[[Request, Payment], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def find(request: Request) -> Response:
            found = self._provider.find_page(request.path_params["code"])
            return await then(request, found) if found else self._gone(request)

        return find

    def agreement(
        self, then: Callable[[Request, Agreement], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def find(request: Request) -> Response:
            found = self._provider.book.find_agreement(request.path_params["code"])
            return await then(request, found) if found else self._gone(request)

        return find

    async def show_payment(self, request: Request, payment: Payment) -> Response:
        words = WORDS[_language(request)]
        facts = [(words["merchant"], self._merchant), (words["subject"], payment.subject)]
        if payment.state == "open":
            facts.append((words["until"], _moment(payment.expires_ms)))
        if payment.state == "paid" and payment.paid_ms:
            facts.append((words["paid_at"], _moment(payment.paid_ms)))
        return self._render(
            request,
            title=words["pay_title"],
            amount=_grouped(payment.amount_fen),
            facts=facts,
            state=payment.state,
            answers=[("pay", words["pay"]), ("refuse", words["refuse"])] if payment.state == "open" else [],
            back=payment.return_url,
        )

    async def answer_payment(self, request: Request, payment: Payment) -> Response:
        answer = await _answer(request)
        if payment.state != "open" or answer not in {"pay", "refuse"}:
            return await self.show_payment(request, payment)
        done = self._provider.pay(payment) if answer == "pay" else self._provider.refuse(payment, "payerRefused")
        return _onward(done.return_url) if done.return_url else await self.show_payment(request, done)

    async def show_agreement(self, request: Request, agreement: Agreement) -> Response:
        words = WORDS[_language(request)]
        return self._render(
            request,
            title=words["sign_title"],
            amount=_grouped(agreement.most_fen),
            facts=[(words["merchant"], self._merchant), (words["most"], f"¥{_grouped(agreement.most_fen)}")],
            state=agreement.state,
            answers=[("sign", words["sign"]), ("refuse", words["reject"])] if agreement.state == "signing" else [],
            back=agreement.return_url,
        )

    async def answer_agreement(self, request: Request, agreement: Agreement) -> Response:
        to = {"sign": "signed", "refuse": "ended"}.get(await _answer(request))
        if to == "signed":
            self._provider.book.move_agreement(agreement.code, "signed", out_of=("signing",))
        elif to == "ended":
            self._provider.book.move_agreement(agreement.code, "ended", out_of=("signing",))
        else:
            return await self.show_agreement(request, agreement)
        return _onward(agreement.return_url)

    def _gone(self, request: Request) -> Response:
        words = WORDS[_language(request)]
        return self._render(
            request, title=words["gone_title"], amount="", facts=[], state="gone", answers=[], back="", status=404
        )

    def _render(
        self, request: Request, *, title: str, state: str, back: str, status: int = 200, **more: object
    ) -> Response:
        language = _language(request)
        words = WORDS[language] | {"title": title}
        text = self._page.render(
            language=language,
            words=words,
            state=state,
            said=words[state],
            tone=_TONES.get(state, ""),
            back=back,
            **more,
        )
        return HTMLResponse(text, status, headers=_headers(back))


def _language(request: Request) -> Language:
    return language_of(request.query_params.get("lang"), request.headers.get("accept-language", ""))


async def _answer(request: Request) -> str:
    """What the form says; empty for anything but one of our forms."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _GREATEST_FORM_BYTES:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("answer", [""])[0]


def _onward(address: str) -> Response:
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})


def _grouped(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02}"


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, CHINA):%Y-%m-%d %H:%M}"


def _headers(back: str) -> dict[str, str]:
    """A form may lead on to the merchant, which a browser counts as its target."""
    parts = urlsplit(back)
    onward = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'self'; form-action 'self'{onward}; base-uri 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
