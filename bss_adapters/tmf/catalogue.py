"""TMF620 v4 Product Catalogue: what is each offering called?"""

import asyncio
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
_FIELDS = {"fields": "id,name,localizedName"}
_PAGE = 200


class TmfCatalogue:
    """The names of the offerings, shared by all subscribers."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def fetch_names(self) -> Mapping[str, LocalizedText]:
        """Offering id → name. Empty when the catalogue fails: a product's own name then stands in, which is no fault.

        Waits for half the time that is left at most, so that a hanging catalogue can't take what its names decorate.
        """
        question = Question(
            system="catalogue",
            key=reading_key("catalogue", "names"),
            ask=partial(fetch_pages, self._client, "catalogue", _PATH, _FIELDS, limit=_PAGE),
            parse=partial(parse_names, currency=self._currency),
            fresh_seconds=self._client.limits.catalogue_fresh_seconds,
        )
        patience_seconds = seconds_left(call_deadline(self._client.limits.budget_seconds)) / 2
        try:
            async with asyncio.timeout(patience_seconds):
                return await self._client.read(question)
        except (BssFault, TimeoutError):
            return {}


def parse_names(reading: Reading, *, currency: str) -> Mapping[str, LocalizedText]:
    """Pages of ProductOffering → id → name. Raises BssFault ``catalogue_garbled``."""
    wires = wire_items(reading.bodies, system="catalogue", currency=currency)
    return {wire.text("id"): _parse_name(wire) for wire in wires}


def _parse_name(wire: Wire) -> LocalizedText:
    name = wire.text("name")
    english = (each.maybe_text("value") for each in wire.children("localizedName") if each.text("languageCode") == "en")
    return LocalizedText(zh=name, en=next(english, None) or name)
