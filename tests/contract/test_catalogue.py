"""Does everybody see in the hall what the operator sells, at the operator's prices?"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import channels
from graphql_schema.client import Caller, Channel, Operation
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

CATALOGUE = {
    channel: Operation.load(Path(channels.__file__).parent / room / "catalogue.graphql")
    for channel, room in ((Channel.WEB, "web_hall"), (Channel.APP, "app"))
}
API = "/tmf-api/productCatalogManagement/v4"


async def look(house: House, channel: Channel = Channel.WEB, **filters: Any) -> dict[str, Any]:
    """The catalogue as a visitor sees it."""
    outcome = await house.hall.graph.run(CATALOGUE[channel], filters, Caller(channel))
    assert not outcome.errors, outcome.errors
    assert outcome.data is not None
    shown: dict[str, Any] = outcome.data["catalogue"]
    return shown


async def ask(house: House, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await house.levers.get(f"{API}/{path}")).raise_for_status().json()
    return found


async def test_what_is_sold_is_shown_with_the_price_that_the_operator_publishes(house: House) -> None:
    offerings = {each["id"]: each for each in (await look(house))["offerings"]}
    wire = [each for each in await ask(house, "productOffering?limit=200") if each["isSellable"]]
    fees = {
        each["id"]: Decimal(str(each["price"]["value"]))
        for each in await ask(house, "productOfferingPrice?limit=200&priceType=recurring")
    }
    assert set(offerings) == {each["id"] for each in wire}
    for each in wire:
        shown = offerings[each["id"]]
        published = [fees[price["id"]] for price in each["productOfferingPrice"] if price["id"] in fees]
        assert [Decimal(fee["amount"]) for fee in [shown["monthlyFee"]] if fee] == published
        assert (shown["name"]["zh"], shown["stale"]) == (each["name"], False)


async def test_web_and_app_see_the_same(house: House) -> None:
    web, phone = await look(house), await look(house, Channel.APP)
    assert [(each["id"], each["monthlyFee"]) for each in web["offerings"]] == [
        (each["id"], each["monthlyFee"]) for each in phone["offerings"]
    ]


async def test_a_shelf_holds_what_stands_in_its_shelves_and_a_price_is_a_bound(house: House) -> None:
    plans = (await look(house, categoryId="mobile-plan"))["offerings"]
    assert {"family-plan", "enterprise-plan", "mobile-plan"} == {each["categoryId"] for each in plans}
    cheap = (await look(house, kind="PLAN", monthlyFeeMost="20"))["offerings"]
    assert cheap
    assert all(Decimal(each["monthlyFee"]["amount"]) <= 20 for each in cheap)
