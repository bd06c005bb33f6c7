"""Which voucher cards can be tried?"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.month import render_instant
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.wire import Json
from sandbox.bss.voucher import Voucher, vouchers
from sandbox.bss.world import World


def voucher_control_routes(world: World) -> list[Route]:
    """``/sandbox/vouchers``."""

    async def show(_: Request) -> Response:
        return render_json([_render(world, voucher) for voucher in vouchers(world.seed, world.born_ms).values()])

    return [Route("/sandbox/vouchers", show, methods=["GET"])]


def _render(world: World, voucher: Voucher) -> Json:
    is_used = world.store.money.find_by_card(voucher.card) is not None
    wire: Json = {
        "card": voucher.card,
        "amount": f"{voucher.amount_li / 1000:.2f}",
        "state": voucher.state(world.clock.now_ms(), is_used=is_used),
        "validUntil": render_instant(voucher.valid_until_ms),
    }
    return wire if voucher.number is None else wire | {"number": voucher.number}
