"""How does one make a bad day at the payment provider, and look into its books?"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import Json
from sandbox.pay.bad_day import MODES, PLACES, BadDay, Trouble
from sandbox.pay.notice_book import Notice, NoticeBook
from sandbox.pay.provider import Provider
from sandbox.pay.wire import render_payment, render_refund

_PROPERTIES: Final = frozenset({"mode", "times", "seconds", "in"})
_MOST_TIMES: Final = 1_000_000
_LONGEST_SECONDS: Final = 3600
_MOST_SHOWN: Final = 1000


def pay_control_routes(provider: Provider, notices: NoticeBook, day: BadDay) -> list[Route]:
    """``/sandbox/payments``."""

    async def show(_: Request) -> Response:
        return render_json(_render_books(provider, notices, day))

    return [
        Route("/sandbox/payments", show, methods=["GET"]),
        Route("/sandbox/payments", _set(day), methods=["POST"]),
    ]


def _set(day: BadDay) -> Callable[[Request], Awaitable[Response]]:
    async def set_(request: Request) -> Response:
        wire = await read_object(request, _PROPERTIES)
        mode = wanted_text(wire, "mode")
        if mode == "normal":
            day.end()
        else:
            day.expect(_trouble(wire, mode))
        return render_json({"modes": _render_modes(day)})

    return set_


def _trouble(wire: Json, mode: str) -> Trouble:
    if mode not in MODES:
        raise bad_request("badProperty", f"mode must be normal or one of {', '.join(MODES)}.")
    times, seconds, place = wire.get("times", 1), wire.get("seconds", 5), wire.get("in", "notice")
    if isinstance(times, bool) or not isinstance(times, int) or not 0 <= times <= _MOST_TIMES:
        raise bad_request("badProperty", f"times must be a whole number up to {_MOST_TIMES}.")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= _LONGEST_SECONDS:
        raise bad_request("badProperty", f"seconds must be a number up to {_LONGEST_SECONDS}.")
    if place not in PLACES:
        raise bad_request("badProperty", f"in must be one of {', '.join(PLACES)}.")
    return Trouble(MODES[mode], times, float(seconds), PLACES[place])


def _render_books(provider: Provider, notices: NoticeBook, day: BadDay) -> Json:
    provider.settle_due()
    book = provider.book
    return {
        "modes": _render_modes(day),
        "payments": [render_payment(book, payment) for payment in book.latest_payments(_MOST_SHOWN)],
        "refunds": [render_refund(book, refund) for refund in book.latest_refunds(_MOST_SHOWN)],
        "notices": [_render_notice(notice) for notice in notices.latest(_MOST_SHOWN)],
    }


def _render_modes(day: BadDay) -> list[Json]:
    return [
        {"mode": trouble.mode, "times": trouble.times, "seconds": trouble.seconds, "in": trouble.place}
        for trouble in day.waiting()
    ]


def _render_notice(notice: Notice) -> Json:
    return {
        "notifyUrl": notice.address,
        "body": notice.body,
        "forged": notice.is_forged,
        "sent": notice.sent,
        "failed": notice.failed,
        "over": notice.times == 0,
    }
