"""How does a deed with money look as TMF654?"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from sandbox.bss.money_book import Kind, MoneyDeed
from sandbox.bss.month import render_instant
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.tmf.balance import HeldBucket, account_reference
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.granted_wire import render_granted, render_pot_of
from sandbox.bss.tmf.wire import BALANCE, Json, money, quantity, reference
from sandbox.bss.world import World

TOPUP_SCHEMA: Final = f"{BALANCE}/schema/SettlingTopupBalance.schema.json"
_NAMES: Final[dict[Kind, str]] = {
    "topup": "topupBalance",
    "voucher": "topupBalance",
    "adjust": "adjustBalance",
    "grant": "topupBalance",
    "ungrant": "adjustBalance",
    "transfer": "transferBalance",
}
_LETTERS: Final[dict[Kind, str]] = {
    "topup": "T",
    "voucher": "T",
    "adjust": "J",
    "transfer": "X",
    "grant": "T",
    "ungrant": "J",
}
_ECHOED: Final = ("description", "reason", "channel", "logicalResource", "adjustType", "receiverLogicalResource")
"""What is shown as it was asked."""


def deed_id(deed: MoneyDeed) -> str:
    """``T`` for what was put in, ``J`` for what was taken back, ``X`` for what was given; the account, the serial."""
    return f"{_LETTERS[deed.kind]}{deed.account_id[1:]}-{deed.serial}"


def render_deed(world: World, deed: MoneyDeed) -> Json:
    """A deed → TMF654 TopupBalance, AdjustBalance or TransferBalance."""
    portfolio = world.portfolio_of(deed.account_id)
    id_ = deed_id(deed)
    return {
        "id": id_,
        "href": f"{BALANCE}/{_NAMES[deed.kind]}/{id_}",
        **{each: deed.request[each] for each in _ECHOED if each in deed.request},
        "amount": quantity(deed.amount_li / 1000, "CNY"),
        "usageType": "monetary",
        "status": "completed",
        "requestedDate": render_instant(deed.at_ms),
        "confirmationDate": render_instant(deed.at_ms),
        "bucket": render_pot_of(world, deed) if deed.kind in {"grant", "ungrant"} else _own_pot(portfolio),
        "partyAccount": account_reference(portfolio),
        **(render_granted(deed) if deed.kind == "grant" else {}),
        **(_received(world, deed) if deed.kind == "transfer" else {}),
        **(_settled(deed) if deed.kind in {"topup", "voucher"} else {}),
    }


def _received(world: World, deed: MoneyDeed) -> Json:
    return {"receiverBucket": _own_pot(world.portfolio_of(deed.receiver_id)), "receiverBucketUsageType": "monetary"}


def _settled(deed: MoneyDeed) -> Json:
    """What of it went to what is owed (an extension); of a card the last four digits."""
    return {
        "arrearsSettled": money(deed.arrears_li),
        **({"voucher": f"{'*' * 14}{deed.card[-4:]}"} if deed.card is not None else {}),
        "@type": "SettlingTopupBalance",
        "@baseType": "TopupBalance",
        "@schemaLocation": TOPUP_SCHEMA,
    }


async def show_topup_schema(_: Request) -> Response:
    """The schema of a top-up that says what it settled."""
    settled = {
        "type": "object",
        "required": ["unit", "value"],
        "properties": {"unit": {"type": "string"}, "value": {"type": "number"}},
        "additionalProperties": False,
    }
    return render_json({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SettlingTopupBalance",
        "description": "A TMF654 TopupBalance, with what of it went to bills that were past due.",
        "type": "object",
        "properties": {"arrearsSettled": settled},
    })  # fmt: skip


def _own_pot(portfolio: Portfolio) -> Json:
    return reference(f"{BALANCE}/bucket", HeldBucket(portfolio, None).id, "Bucket", name="own")
