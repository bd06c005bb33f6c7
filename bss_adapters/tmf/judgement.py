"""Is an HTTP answer one that we can use?"""

from collections.abc import AsyncIterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast

import httpx

from bss_adapters.tmf.call import Answer, Call
from bss_adapters.tmf.clock import BssClock
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.fault import FaultKind, bss_fault

_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
_LONGEST_CODE = 64
_USABLE = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT, HTTPStatus.PARTIAL_CONTENT})


async def receive_body(response: httpx.Response, *, system: str, limit_bytes: int) -> bytes:
    """The whole body. Raises BssFault ``<system>_garbled`` when it breaks off or is larger than the limit."""
    received = bytearray()
    try:
        async for chunk in cast(AsyncIterable[bytes], response.stream):
            received += chunk
            if len(received) > limit_bytes:
                raise bss_fault(system, FaultKind.GARBLED, f"the body is larger than {limit_bytes} bytes")
    except httpx.TransportError as error:
        raise bss_fault(system, FaultKind.GARBLED, "the body broke off") from error
    return bytes(received)


def judge_answer(call: Call, response: httpx.Response, body: bytes, *, clock: BssClock, sent_at: float) -> Answer:
    """The usable answer. Raises BssFault for any other; an answer's ``Date`` sets the business clock."""
    status, system = response.status_code, call.system
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise bss_fault(system, FaultKind.UNAVAILABLE, f"status {status}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise bss_fault(system, FaultKind.OVERLOADED, "status 429")
    as_of = _read_date(response, clock=clock, sent_at=sent_at)
    if status == HTTPStatus.NOT_FOUND and call.may_be_absent:
        return Answer(json=None, body=b"null", as_of=as_of, absent=True)
    if status in _REFUSALS and call.may_be_refused:
        error = parse_exact_json(body, system=system)
        code, misunderstood = _read_refusal(error, system), status == HTTPStatus.BAD_REQUEST
        return Answer(json=error, body=body, as_of=as_of, refusal=code, misunderstood=misunderstood)
    if status >= HTTPStatus.BAD_REQUEST:
        raise bss_fault(system, FaultKind.REFUSED, f"status {status}")
    if status not in _USABLE:
        raise bss_fault(system, FaultKind.GARBLED, f"status {status}")
    if status == HTTPStatus.NO_CONTENT:
        return Answer(json=None, body=b"null", as_of=as_of)
    parsed = parse_exact_json(body, system=system)
    return Answer(json=parsed, body=body, as_of=as_of, total_count=_read_total(response, system))


def _read_refusal(error: Any, system: str) -> str:  # noqa: ANN401  any JSON value
    """The ``code`` of a TMF Error. Raises BssFault ``<system>_garbled`` for what is none: something else said no."""
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, str) or not (code.isascii() and code.isalnum()) or len(code) > _LONGEST_CODE:
        raise bss_fault(system, FaultKind.GARBLED, "a refusal without a code")
    return code


def _read_date(response: httpx.Response, *, clock: BssClock, sent_at: float) -> datetime:
    """The ``Date`` header; a BSS that sends none is taken to be at our business time.

    Of several the last is the application's own: a server in front puts its own before.
    """
    dates = response.headers.get_list("Date")
    date = _parse_date(dates[-1]) if dates else None
    if date is None:
        return clock.now()
    clock.observe(date, sent_at=sent_at)
    return date


@lru_cache(maxsize=64)
def _parse_date(header: str) -> datetime | None:
    """Kept for a while, because all answers of a second carry the same one."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_total(response: httpx.Response, system: str) -> int | None:
    total = response.headers.get("X-Total-Count")
    if total is None:
        return None
    if not (total.isascii() and total.isdigit()):
        raise bss_fault(system, FaultKind.GARBLED, "X-Total-Count is not a number")
    return int(total[:18])
