"""What was put into an account's bills, for whoever checks an explanation of them?"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.cause import Cause, causes_of
from sandbox.bss.month import render_day
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import Problem
from sandbox.bss.tmf.wire import Json, money
from sandbox.bss.world import World


def cause_routes(world: World) -> list[Route]:
    """``GET /sandbox/causes?accountId=…``."""

    async def show(request: Request) -> Response:
        account_id = request.query_params.get("accountId", "")
        portfolio = world.find_portfolio(account_id)
        if portfolio is None or portfolio.account.id != account_id:
            raise Problem(404, "notFound", "There is no account of this id.")
        return render_json([_render(cause) for cause in causes_of(world, portfolio)])

    return [Route("/sandbox/causes", show, methods=["GET"])]


def _render(cause: Cause) -> Json:
    """The month is the one billed: ``2026-10``; days are China's, both inclusive."""
    charge = cause.charge
    wire = {
        "month": f"{cause.month.year:04}-{cause.month.number:02}",
        "kind": cause.kind,
        "subject": charge.subject,
        "amount": money(cause.amount_li),
        "name": {"zh": charge.zh, "en": charge.en},
        "lineNumber": charge.number,
    }
    days = {"firstDay": cause.first_ms, "lastDay": cause.last_ms}
    return wire | {name: render_day(at_ms) for name, at_ms in days.items() if at_ms is not None}
