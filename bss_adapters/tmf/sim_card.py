"""TMF637 v4 Product Inventory: when was the SIM card of a line changed?"""

from datetime import datetime

from bss_adapters.tmf.call import plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.line import PRODUCTS
from bss_adapters.tmf.wire import Wire

CHANGED_AT = "simChangedAt"
"""The characteristic that says so."""


class TmfSimCards:
    """Port ``SimCards`` over TMF637, asked anew each time: a reading of half a minute ago can be one card too late."""

    def __init__(self, client: TmfClient) -> None:
        self._client = client

    async def fetch_changed_at(self, line_id: str) -> datetime | None:
        """When the card was last changed (aware UTC, the BSS's time); None: never since activation, or no mobile line.

        Raises BssFault ``line_*``, also for a line that is not there: who asks must then take the card for new.
        """
        path = f"{PRODUCTS}/{plain_id(line_id, system='line')}"
        answer = await self._client.fetch(read_call("line", path))
        return parse_changed_at(answer.json, line_id=line_id)


def parse_changed_at(body: object, *, line_id: str) -> datetime | None:
    """Product → the instant. Raises BssFault ``line_garbled``, also when it is another line."""
    wire = Wire(body, system="line", currency="")
    if wire.text("id") != line_id:
        raise wire.garbled("id is another line's")
    if wire.child("productSpecification").text("id") != "mobile-line":
        return None
    changed = wire.maybe_characteristic("productCharacteristic", CHANGED_AT)
    return changed.instant("value") if changed else None
