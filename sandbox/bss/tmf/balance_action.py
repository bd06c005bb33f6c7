"""TMF654 prepay balance: how is money put in, taken out and given to others?"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.balance_deed import MoneyRefusedError, give, put_in, redeem, take_back
from sandbox.bss.grant_book import serial_of
from sandbox.bss.granted_deed import grant, take_granted
from sandbox.bss.money_book import Kind, MoneyDeed
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.pot import pot_id
from sandbox.bss.tmf.amount import GREATEST_LI, amount_li
from sandbox.bss.tmf.balance import HeldBucket
from sandbox.bss.tmf.balance_action_wire import TOPUP_SCHEMA, deed_id, render_deed, show_topup_schema
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import Collection, Filters, collection_routes, render_json
from sandbox.bss.tmf.granted_wire import GRANT_WISHES, GRANTED, GRANTED_SCHEMA, parse_terms, show_granted_schema
from sandbox.bss.tmf.problem import Problem, bad_request
from sandbox.bss.tmf.wire import BALANCE, Json
from sandbox.bss.world import World

Announce = Callable[[str, str, Json], None]
"""(API, event type, its payload)."""
Moved = Callable[[Portfolio, int], None]
"""Own money of a portfolio came or went at an instant."""
AS_MUCH_AS_IS_LEFT: Final = "asMuchAsIsLeft"
"""The reason of an adjustment that takes at most so much, and says how much it was."""
_COMMON: Final = frozenset({
    "amount", "bucket", "channel", "description", "logicalResource", "partyAccount", "product", "reason", "requestor",
    "usageType", "validFor",
})  # fmt: skip
_OBJECTS: Final = frozenset(
    {"amount", "bucket", "channel", "partyAccount", "receiverBucket", "receiverLogicalResource"}
)
_TEXTS: Final = frozenset({"description", "reason", "usageType", "receiverBucketUsageType", "voucher", "adjustType"})


class Wish(NamedTuple):
    """What is asked for, under which key."""

    world: World
    wire: Json
    key: str | None

    def deed(self, kind: Kind, portfolio: Portfolio, amount_li: int, receiver_id: str = "") -> MoneyDeed:
        """The deed that this asks for."""
        at_ms, account_id = self.world.clock.stamp_ms(), portfolio.account.id
        return MoneyDeed(0, kind, account_id, at_ms, amount_li, self.key, self.wire, receiver_id)


class Action(NamedTuple):
    """One of TMF654's actions: its resource, what may be asked, and what it makes of a request."""

    name: str
    event: str
    wishes: frozenset[str]
    act: Callable[[Wish], MoneyDeed]


def balance_action_routes(world: World, announce: Announce, moved: Moved) -> list[Route]:
    """``topupBalance``, ``adjustBalance`` and ``transferBalance``."""
    shelves = (_TOPUPS, _ADJUSTMENTS, _TRANSFERS)
    return [
        Route(TOPUP_SCHEMA, show_topup_schema, methods=["GET"]),
        Route(GRANTED_SCHEMA, show_granted_schema, methods=["GET"]),
        *(
            Route(f"{BALANCE}/{action.name}", _post(world, action, announce, moved), methods=["POST"])
            for action in _ACTIONS
        ),
        *(route for shelf in shelves for route in collection_routes(world, BALANCE, shelf)),
    ]


def _post(world: World, action: Action, announce: Announce, moved: Moved) -> Callable[[Request], Awaitable[Response]]:
    async def post(request: Request) -> Response:
        wire = await read_object(request, action.wishes)
        _check_types(wire)
        key = request.headers.get("idempotency-key")
        known = world.store.money.find_by_key(key) if key else None
        deed = known or _acted(world, action, wire, key)
        if deed.request != wire:
            raise Problem(409, "keyReused", "This Idempotency-Key was used for something else.")
        answer = render_deed(world, deed)
        if known is None:
            announce("prepayBalanceManagement", action.event, {action.name: answer})
            for account_id in filter(None, (deed.account_id, deed.receiver_id)):
                moved(world.portfolio_of(account_id), deed.at_ms)
        return render_json(answer, status=201)

    return post


def _acted(world: World, action: Action, wire: Json, key: str | None) -> MoneyDeed:
    try:
        return action.act(Wish(world, wire, key))
    except MoneyRefusedError as refusal:
        raise Problem(409, refusal.code, refusal.reason) from None


def _check_types(wire: Json) -> None:
    for name in _OBJECTS & wire.keys():
        if not isinstance(wire[name], dict):
            raise bad_request("badProperty", f"{name} must be an object.")
    for name in _TEXTS & wire.keys():
        wanted_text(wire, name)
    for name in ("usageType", "receiverBucketUsageType"):
        if wire.get(name, "monetary") != "monetary":
            raise bad_request("badProperty", "Only money can be moved.")
    if "channel" in wire:
        wanted_text(wire, "channel", "id")


def _top_up(wish: Wish) -> MoneyDeed:
    """Raises Problem 400, MoneyRefusedError."""
    world, wire, _ = wish
    wanted_text(wire, "usageType")
    account_id = wanted_text(wire, "partyAccount", "id")
    if wire.get("@type") == GRANTED:
        return _grant(wish, account_id)
    if GRANT_WISHES & wire.keys():
        raise bad_request("unknownProperty", f"Only a {GRANTED} has {', '.join(sorted(GRANT_WISHES))}.")
    portfolio = _owner_of(world, wire, "bucket")
    if "voucher" not in wire:
        return put_in(world, wish.deed("topup", portfolio, amount_li(wire, least_li=10)))
    if amount_li(wire, least_li=0):
        raise bad_request("badProperty", "amount.amount must be 0 with a voucher, which has its own.")
    return redeem(world, wish.deed("voucher", portfolio, 0), wire["voucher"])


def _grant(wish: Wish, account_id: str) -> MoneyDeed:
    """A pot that is not there yet: ``bucket`` is called as whoever asks calls the grant."""
    world, wire, _ = wish
    if wanted_text(wire, "bucket", "id") != wanted_text(wire, "description"):
        raise bad_request("unknownBucket", "bucket.id must be the description of what is granted.")
    portfolio = world.find_portfolio(account_id)
    if portfolio is None or portfolio.account.id != account_id:
        raise bad_request("unknownAccount", f"There is no account {account_id}.")
    asked = wish.deed("grant", portfolio, amount_li(wire, least_li=10))
    return grant(world, asked, parse_terms(wire, asked.at_ms))


def _adjust(wish: Wish) -> MoneyDeed:
    """Only what takes money out: of what was granted, as much as is left. Raises Problem 400, MoneyRefusedError."""
    world, wire, _ = wish
    wanted_text(wire, "usageType")
    if wire.get("adjustType", "oneTime") != "oneTime":
        raise bad_request("badProperty", "adjustType must be oneTime.")
    asked_li, granted = amount_li(wire, least_li=-GREATEST_LI), serial_of(wanted_text(wire, "bucket", "id"))
    if asked_li >= 0:
        raise bad_request("badProperty", "amount.amount must be below 0: only a top-up puts money in.")
    if granted is None:
        return take_back(world, wish.deed("adjust", _owner_of(world, wire, "bucket"), asked_li))
    portfolio = _owner_of_grant(world, wire["bucket"]["id"], granted)
    if wire.get("reason") != AS_MUCH_AS_IS_LEFT:
        raise bad_request("badProperty", f"Of granted money {AS_MUCH_AS_IS_LEFT} is taken back: that is the reason.")
    return take_granted(world, wish.deed("ungrant", portfolio, asked_li), granted)


def _transfer(wish: Wish) -> MoneyDeed:
    """Raises Problem 400, MoneyRefusedError."""
    world, wire, _ = wish
    for name in ("usageType", "receiverBucketUsageType", "reason"):
        wanted_text(wire, name)
    for path in (("channel", "id"), ("logicalResource", 0, "id"), ("receiverLogicalResource", "id")):
        wanted_text(wire, *path)
    giver, receiver = _owner_of(world, wire, "bucket"), _owner_of(world, wire, "receiverBucket")
    return give(world, wish.deed("transfer", giver, amount_li(wire, least_li=10), receiver.account.id))


def _owner_of(world: World, wire: Json, name: str) -> Portfolio:
    """Whose own money a bucket is. Raises Problem 400, also where ``partyAccount`` says otherwise."""
    bucket_id = wanted_text(wire, name, "id")
    portfolio = world.find_portfolio(bucket_id)
    account_id = wanted_text(wire, "partyAccount", "id") if name == "bucket" and "partyAccount" in wire else None
    if account_id is not None and (portfolio is None or portfolio.account.id != account_id):
        known = world.find_portfolio(account_id)
        code = "unknownAccount" if known is None or known.account.id != account_id else "unknownBucket"
        raise bad_request(code, f"{bucket_id} is not own money of the account {account_id}.")
    if portfolio is None or bucket_id != HeldBucket(portfolio, None).id:
        raise bad_request("unknownBucket", f"{bucket_id} is no account's own money.")
    return portfolio


def _owner_of_grant(world: World, bucket_id: str, granted: int) -> Portfolio:
    """Whose pot of granted money it is. Raises Problem 400."""
    deed, pot = world.store.money.find(granted), world.store.grants.pot(granted, world.clock.now_ms())
    if deed is None or pot is None or pot_id(deed.account_id, pot) != bucket_id:
        raise bad_request("unknownBucket", f"{bucket_id} is no granted money.")
    return world.portfolio_of(deed.account_id)


def _shelf(name: str, *kinds: Kind, more: frozenset[str] = frozenset()) -> Collection[MoneyDeed]:
    def select(world: World, filters: Filters) -> Sequence[MoneyDeed]:
        book, now_ms = world.store.money, world.clock.now_ms()
        if "description" in filters:
            found = [deed for text in sorted(filters["description"]) for deed in book.by_reference(text)]
        else:
            found = book.of_kinds(*kinds)
        return [deed for deed in found if deed.kind in kinds and deed.at_ms <= now_ms]

    def find(world: World, id_: str) -> MoneyDeed | None:
        serial = id_.rpartition("-")[2]
        deed = (
            world.store.money.find(int(serial)) if serial.isascii() and serial.isdigit() and len(serial) < 18 else None
        )
        return deed if deed and deed.kind in kinds and deed_id(deed) == id_ else None

    common = {
        "id", "href", "description", "reason", "channel", "amount", "usageType", "status", "requestedDate",
        "confirmationDate", "bucket", "partyAccount", "logicalResource",
    }  # fmt: skip
    return Collection(
        path=f"/{name}",
        properties=more | common,
        select=select,
        find=find,
        render=render_deed,
        quick={
            "id": deed_id,
            "partyAccount.id": lambda deed: deed.account_id,
            "description": lambda deed: deed.reference,
        },
    )


_TOPUPS = _shelf(
    "topupBalance",
    "topup",
    "voucher",
    "grant",
    more=frozenset({"voucher", "arrearsSettled", "validFor"}) | GRANT_WISHES,
)
_ADJUSTMENTS = _shelf("adjustBalance", "adjust", "ungrant", more=frozenset({"adjustType"}))
_TRANSFERS = _shelf(
    "transferBalance",
    "transfer",
    more=frozenset({"receiverBucket", "receiverBucketUsageType", "receiverLogicalResource"}),
)

_ACTIONS: Final = (
    Action(
        "topupBalance",
        "TopupBalanceCreateEvent",
        _COMMON
        | GRANT_WISHES
        | {"isAutoTopup", "numberOfPeriods", "voucher", "balanceTopup", "paymentMethod", "recurringPeriod"},
        _top_up,
    ),
    Action("adjustBalance", "AdjustBalanceCreateEvent", _COMMON | {"adjustType"}, _adjust),
    Action(
        "transferBalance",
        "TransferBalanceCreateEvent",
        _COMMON
        | {
            "costOwner", "receiver", "receiverBucket", "receiverBucketUsageType", "receiverLogicalResource",
            "receiverProduct", "transferCost",
        },
        _transfer,
    ),
)  # fmt: skip
