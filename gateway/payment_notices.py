"""How does a payment provider's callback reach whoever believes it, or does not?"""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.body import BodyRefusal, read_body
from gateway.database import DatabaseFault
from graphql_schema.payment_ports import NoticeAnswer
from graphql_schema.types.recharge import RechargeSource

log = structlog.get_logger(__name__)

TakeNotice = Callable[[RechargeSource, Mapping[str, str], bytes], Awaitable[NoticeAnswer]]
"""Verifies a callback over its raw body and acts on it; the answer is what the provider wants to hear."""

LARGEST_NOTICE_BYTES = 64 * 1024
SOURCES: Mapping[str, RechargeSource] = {
    source.value.replace("_", "-"): source for source in RechargeSource if source is not RechargeSource.VOUCHER
}
_STATUS = {BodyRefusal.TOO_LARGE: 413, BodyRefusal.TOO_SLOW: 408, BodyRefusal.GONE: 400}


def payment_notice_routes(take: TakeNotice) -> list[BaseRoute]:
    """``POST /payments/<source>/notice``: anybody may post there, and nothing is believed that is not signed."""

    async def listen(request: Request) -> Response:
        source = SOURCES.get(request.path_params["source"])
        if source is None:
            return JSONResponse({"code": "not_found", "reason": "no such provider"}, 404)
        body = await read_body(request, most_bytes=LARGEST_NOTICE_BYTES)
        if isinstance(body, BodyRefusal):
            return JSONResponse({"code": "bad_notice", "reason": "too large, too slow, or broken off"}, _STATUS[body])
        try:
            answer = await take(source, request.headers, body)
        except DatabaseFault:
            return JSONResponse({"code": "unavailable", "reason": "not taken; send it again"}, 503)
        except LookupError:
            return JSONResponse({"code": "not_found", "reason": "no such provider"}, 404)
        return Response(answer.body, answer.status, media_type=answer.content_type)

    return [Route("/payments/{source}/notice", listen, methods=["POST"])]


def notice_path(source: RechargeSource) -> str:
    """Where a provider posts its callbacks, below our public address."""
    return f"/payments/{source.value.replace('_', '-')}/notice"
