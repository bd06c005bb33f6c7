"""TMF620 v4 Product Catalogue: what can be bought, and what is each offering called?"""

import asyncio
import time
from collections.abc import Mapping
from functools import partial

from bss_adapters.tmf.call import Answer
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.deadline import call_deadline, seconds_left
from bss_adapters.tmf.offering_word import CATEGORIES, OFFERINGS, PRICES, parse_catalogue, parse_name
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import wire_items
from graphql_schema.order_ports import CatalogueReading
from graphql_schema.ports import BssFault
from graphql_schema.types.localized_text import LocalizedText

_API = "/productCatalogManagement/v4"
_PATH = f"{_API}/productOffering"
_PATHS = {OFFERINGS: _PATH, CATEGORIES: f"{_API}/category", PRICES: f"{_API}/productOfferingPrice"}
_PAGE = 200
_HELD_SECONDS = 60.0
"""How long this process holds what it parsed, since a catalogue may be long and every page asks for a few names."""


class TmfCatalogue:
    """Port ``Catalogue`` over TMF620, and the names of the offerings: one for all subscribers."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency
        self._names: Mapping[str, LocalizedText] = {}
        self._names_hold_until = 0.0
        self._reading: CatalogueReading | None = None
        self._reading_holds_until = 0.0

    async def fetch_catalogue(self) -> CatalogueReading:
        """Shelves and offerings, in the BSS's order; a last known catalogue stands in for one that fails. Raises
        BssFault ``catalogue_*``."""
        if self._reading is None or time.monotonic() >= self._reading_holds_until:
            self._reading = await self._client.read(self._whole_question())
            self._reading_holds_until = time.monotonic() + (0.0 if self._reading.stale else _HELD_SECONDS)
        return self._reading

    async def fetch_names(self) -> Mapping[str, LocalizedText]:
        """Offering id → name. When the catalogue fails, what was known or nothing: a product's own name stands in.

        Waits for half the time that is left at most, so that a hanging catalogue can't take what its names decorate.
        """
        if time.monotonic() < self._names_hold_until:
            return self._names
        patience_seconds = seconds_left(call_deadline(self._client.limits.budget_seconds)) / 2
        try:
            async with asyncio.timeout(patience_seconds):
                self._names = await self._client.read(self._question())
        except (BssFault, TimeoutError):
            return self._names
        self._names_hold_until = time.monotonic() + _HELD_SECONDS
        return self._names

    def _question(self) -> Question[Mapping[str, LocalizedText]]:
        return Question(
            system="catalogue",
            key=reading_key("catalogue", "names"),
            ask=partial(fetch_pages, self._client, "catalogue", _PATH, {}, limit=_PAGE),
            parse=partial(parse_names, currency=self._currency),
            fresh_seconds=self._client.limits.catalogue_fresh_seconds,
        )

    def _whole_question(self) -> Question[CatalogueReading]:
        return Question(
            system="catalogue",
            key=reading_key("catalogue", "whole"),
            ask=self._ask_whole,
            parse=partial(parse_catalogue, currency=self._currency),
            fresh_seconds=self._client.limits.catalogue_fresh_seconds,
        )

    async def _ask_whole(self) -> list[Answer]:
        """The pages of the three lists as one body, so that they are kept and recalled together."""
        pages = await asyncio.gather(
            *(fetch_pages(self._client, "catalogue", path, {}, limit=_PAGE) for path in _PATHS.values())
        )
        lists = dict(zip(_PATHS, pages, strict=True))
        bodies = (b'"%s":[%s]' % (name.encode(), b",".join(page.body for page in of)) for name, of in lists.items())
        json = {name: [page.json for page in of] for name, of in lists.items()}
        return [Answer(json=json, body=b"{%s}" % b",".join(bodies), as_of=lists[OFFERINGS][0].as_of)]


def parse_names(reading: Reading, *, currency: str) -> Mapping[str, LocalizedText]:
    """Pages of ProductOffering → id → name. Raises BssFault ``catalogue_garbled``."""
    wires = wire_items(reading.bodies, system="catalogue", currency=currency)
    return {wire.text("id"): parse_name(wire) for wire in wires}
