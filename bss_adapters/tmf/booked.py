"""TMF676 v4 Payment: what did the BSS book from us on a day?"""

import asyncio
from datetime import date, datetime, timedelta

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.wire import BUSINESS_ZONE, Wire, wire_items
from graphql_schema.payment_ports import BookedMoney
from graphql_schema.types.money import Money

_API = "/payment/v4"
_PAGE = 1000
_PAGES_MOST = 1000
_DONE = "done"


async def fetch_booked(client: TmfClient, day: date, *, channel: str, currency: str) -> list[BookedMoney]:
    """Payments, and refunds negative, in the order of time. Asked anew: books are compared with nothing older. Raises
    BssFault ``payment_*``."""
    payments, refunds = await asyncio.gather(
        _fetch(client, day, "payment", channel=channel, currency=currency),
        _fetch(client, day, "refund", channel=channel, currency=currency),
    )
    back = [BookedMoney(each.reference, _negative(each.amount), each.at) for each in refunds]
    return sorted([*payments, *back], key=lambda each: (each.at, each.reference))


async def _fetch(client: TmfClient, day: date, kind: str, *, channel: str, currency: str) -> list[BookedMoney]:
    begins = datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE)
    dated = f"{kind}Date"
    query = {
        f"{dated}.gte": begins.isoformat(),
        f"{dated}.lt": (begins + timedelta(days=1)).isoformat(),
        "channel.id": channel,
    }
    pages = await fetch_pages(client, "payment", f"{_API}/{kind}", query, limit=_PAGE, pages_most=_PAGES_MOST)
    wires = wire_items((page.json for page in pages), system="payment", currency=currency)
    return [_parse(wire, dated, day) for wire in wires if wire.text("status") == _DONE]


def _parse(wire: Wire, dated: str, day: date) -> BookedMoney:
    """Raises BssFault ``payment_garbled``, also for another day's: the books would not add up."""
    amount, at = wire.money("totalAmount"), wire.instant(dated)
    if amount.amount < 0 or at.astimezone(BUSINESS_ZONE).date() != day:
        raise wire.garbled(f"{dated} or totalAmount is none that was asked for")
    return BookedMoney(reference=wire.text("correlatorId"), amount=amount, at=at)


def _negative(amount: Money) -> Money:
    return Money(amount=-amount.amount, currency=amount.currency)
