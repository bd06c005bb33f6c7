"""TMF620 v4 Product Catalogue: what is each offering called?"""

import asyncio
import time
from collections.abc import Mapping
from functools import partial

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.deadline import call_deadline, seconds_left
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import Wire, wire_items
from graphql_schema.ports import BssFault
from graphql_schema.types.localized_text import LocalizedText

_PATH = "/productCatalogManagement/v4/productOffering"
_PAGE = 200
_HELD_SECONDS = 60.0
"""How long this process holds the parsed names, since a catalogue may be long and every page asks for a few."""


class TmfCatalogue:
    """The names of the offerings, shared by all subscribers."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency
        self._names: Mapping[str, LocalizedText] = {}
        self._names_hold_until = 0.0

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


def parse_names(reading: Reading, *, currency: str) -> Mapping[str, LocalizedText]:
    """Pages of ProductOffering → id → name. Raises BssFault ``catalogue_garbled``."""
    wires = wire_items(reading.bodies, system="catalogue", currency=currency)
    return {wire.text("id"): _parse_name(wire) for wire in wires}


def _parse_name(wire: Wire) -> LocalizedText:
    name = wire.text("name")
    english = (each.maybe_text("value") for each in wire.children("localizedName") if each.text("languageCode") == "en")
    return LocalizedText(zh=name, en=next(english, None) or name)
