"""TMF676 payment: what was booked as paid in, and as given back?"""

from collections.abc import Callable, Sequence
from typing import Final

from starlette.routing import Route

from sandbox.bss.money_book import Kind, MoneyDeed
from sandbox.bss.month import parse_instant_ms, render_instant
from sandbox.bss.tmf.collection import SORT, Collection, Filters, collection_routes
from sandbox.bss.tmf.wire import ACCOUNT, PAYMENT, Json, money, reference
from sandbox.bss.world import World

_PROPERTIES: Final = frozenset({
    "id", "href", "correlatorId", "description", "status", "statusDate", "account", "amount", "totalAmount", "channel",
    "paymentMethod", "@type",
})  # fmt: skip
_METHODS: Final[dict[Kind, str]] = {"topup": "充值", "voucher": "充值卡", "adjust": "退款"}


def payment_routes(world: World) -> list[Route]:
    """TMF676 (its hub is with the others)."""
    return [route for shelf in (_PAYMENTS, _REFUNDS) for route in collection_routes(world, PAYMENT, shelf)]


def _render(deed: MoneyDeed, name: str, letter: str) -> Json:
    """A deed → TMF676 Payment or Refund, both above 0."""
    id_, at = _id(deed, letter), render_instant(deed.at_ms)
    wire: Json = {
        "id": id_,
        "href": f"{PAYMENT}/{name}/{id_}",
        "status": "done",
        "statusDate": at,
        f"{name}Date": at,
        "account": reference(f"{ACCOUNT}/billingAccount", deed.account_id, "BillingAccount"),
        "amount": money(abs(deed.amount_li)),
        "totalAmount": money(abs(deed.amount_li)),
        "paymentMethod": {"name": _METHODS[deed.kind], "@type": "voucher" if deed.kind == "voucher" else "account"},
    }
    if deed.reference:
        wire["correlatorId"] = deed.reference
    if "channel" in deed.request:
        wire["channel"] = {"id": deed.request["channel"]["id"]}
    return wire


def _id(deed: MoneyDeed, letter: str) -> str:
    return f"{letter}{deed.account_id[1:]}-{deed.serial}"


def _shelf(name: str, letter: str, *kinds: Kind) -> Collection[MoneyDeed]:
    dated = f"{name}Date"

    def select(world: World, filters: Filters) -> Sequence[MoneyDeed]:
        now_ms = world.clock.now_ms()
        found = [deed for deed in world.store.money.of_kinds(*kinds) if deed.at_ms <= now_ms]
        for asked, wanted in filters.items():
            compare = _COMPARE.get(asked.removeprefix(dated))
            if compare is not None:
                at_ms = parse_instant_ms(next(iter(wanted)))
                found = [deed for deed in found if compare(deed.at_ms, at_ms)]
        found.sort(key=lambda deed: (deed.at_ms, deed.serial))
        return found[::-1] if f"-{dated}" in filters.get(SORT, ()) else found

    return Collection(
        path=f"/{name}",
        properties=_PROPERTIES | {dated},
        select=select,
        render=lambda _, deed: _render(deed, name, letter),
        quick={
            "id": lambda deed: _id(deed, letter),
            "account.id": lambda deed: deed.account_id,
            "correlatorId": lambda deed: deed.reference,
        },
        ordered={dated: parse_instant_ms},
    )


_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    ".gt": lambda at_ms, asked_ms: at_ms > asked_ms,
    ".gte": lambda at_ms, asked_ms: at_ms >= asked_ms,
    ".lt": lambda at_ms, asked_ms: at_ms < asked_ms,
    ".lte": lambda at_ms, asked_ms: at_ms <= asked_ms,
}
_PAYMENTS = _shelf("payment", "F", "topup", "voucher")
_REFUNDS = _shelf("refund", "K", "adjust")
