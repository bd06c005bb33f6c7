"""Is the catalogue shown as it is sold, whole or last known?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bss_adapters.tmf import catalogue as module
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.client import Channel
from graphql_schema.ports import BssFault
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.change import ChangeStart
from graphql_schema.types.package import PackageKind
from tests.bss_adapters import deal_bodies as wire

pytestmark = pytest.mark.anyio

LIMITS = Limits(
    budget_seconds=5.0, backoff_seconds=0.001, failures_to_open=1000, fresh_seconds=0.0, catalogue_fresh_seconds=0.0
)
DATE = {"Date": "Sun, 22 Nov 2026 02:00:00 GMT"}


class Shop(httpx.AsyncBaseTransport):
    """A TMF620 of three lists."""

    def __init__(self) -> None:
        self.lists: dict[str, Any] = {
            "productOffering": [wire.SOLD, wire.BENEFIT],
            "category": wire.SHELF,
            "productOfferingPrice": wire.PRICES,
        }
        self.status = 200
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        kind = request.url.path.rpartition("/")[2]
        self.asked.append(kind)
        return httpx.Response(self.status, json=self.lists[kind], headers=DATE)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def open_catalogue(shop: Shop, snapshots: MemorySnapshots | None = None) -> TmfCatalogue:
    client = TmfClient("http://bss.example", snapshots=snapshots or MemorySnapshots(), transport=shop, limits=LIMITS)
    return TmfCatalogue(client)


async def test_an_offering_says_all_that_a_buyer_must_know(shop: Shop) -> None:
    reading = await open_catalogue(shop).fetch_catalogue()
    plan, _ = reading.offerings
    assert (plan.name.zh, plan.name.en, plan.kind) == ("5G畅享79元套餐", "5G Smart 79", PackageKind.PLAN)
    fees = (plan.monthly_fee, plan.once_fee, plan.early_exit_fee)
    assert [fee and fee.amount for fee in fees] == [Decimal(79), Decimal(100), Decimal(30)]
    assert (plan.contract_months, plan.starts) == (12, [ChangeStart.NEXT_CYCLE, ChangeStart.AT_ONCE])
    assert (plan.only_in, plan.by_text, plan.of_third_party) == ([Channel.WEB, Channel.APP], True, False)
    assert (plan.on_sale, plan.on_sale_from, plan.on_sale_until) == (True, date(2026, 1, 1), date(2027, 1, 1))
    assert plan.terms is not None
    assert (plan.terms.zh, plan.terms.en) == ("合约十二个月", "合约十二个月")
    assert [(link.id, link.name.zh) for link in plan.excludes] == [("benefit-5", "自动缴费95折")]
    assert [(link.id, link.name.zh) for link in plan.requires] == [("gone", "已下架")]


async def test_an_offering_says_what_it_includes(shop: Shop) -> None:
    general, video = (await open_catalogue(shop).fetch_catalogue()).offerings[0].allowances
    assert (general.usage_type, general.total, general.application) == (UsageType.DATA, 20 * 1024**3, None)
    assert (general.shared, general.throttle_after, general.rolls_over) == (True, 1024, True)
    assert (video.total, video.application, video.rolls_over) == (None, "短视频", False)


async def test_a_benefit_takes_a_share_or_an_amount_off(shop: Shop) -> None:
    shop.lists["productOffering"].append(
        wire.BENEFIT | {"id": "benefit-10", "productOfferingPrice": [{"id": "off-10"}]}
    )
    _, share, amount = (await open_catalogue(shop).fetch_catalogue()).offerings
    assert (share.discount, share.discount_percent) == (None, 5)
    assert amount.discount is not None
    assert (amount.discount.amount, amount.discount_percent) == (Decimal(10), None)
    assert (share.kind, share.of_third_party, share.on_sale) == (PackageKind.ADD_ON, True, False)


async def test_shelves_stand_in_shelves(shop: Shop) -> None:
    first, second = (await open_catalogue(shop).fetch_catalogue()).categories
    assert (first.name.en, first.parent_id, second.parent_id) == ("Mobile plans", None, "mobile-plan")


@pytest.mark.parametrize(
    "changes",
    [
        {"lifecycleStatus": "Retired"},
        {"isSellable": False},
        {"validFor": {"startDateTime": "2026-11-22T10:00:01+08:00"}},
        {"validFor": {"endDateTime": "2026-11-22T10:00:00+08:00"}},
    ],
    ids=["retired", "not sellable", "not yet", "no more"],
)
async def test_what_is_not_sold_now_is_not_on_sale(shop: Shop, changes: dict[str, Any]) -> None:
    shop.lists["productOffering"] = [wire.SOLD | changes]
    assert [each.on_sale for each in (await open_catalogue(shop).fetch_catalogue()).offerings] == [False]


async def test_what_is_neither_plan_nor_pack_is_left_out(shop: Shop) -> None:
    shop.lists["productOffering"].append(wire.SOLD | {"id": "phone", "productSpecification": {"id": "handset"}})
    assert len((await open_catalogue(shop).fetch_catalogue()).offerings) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"productOfferingPrice": [{"id": "nowhere"}]},
        {"productOfferingPrice": [{"id": "fee-79"}, {"id": "fee-79"}]},
        {"orderStart": ["atNoon"]},
        {"soldIn": ["television"]},
        {"soldIn": "web"},
        {"orderByText": "yes"},
        {"productOfferingTerm": [{"name": "contract", "duration": {"amount": 2, "units": "year"}}]},
        {
            "prodSpecCharValueUse": [{"name": "gas:general", "productSpecCharacteristicValue": [{"value": 1}]}],
            "allowance": None,
        },
        {"prodSpecCharValueUse": [{"name": "data:general"}], "allowance": None},
        {"allowance": wire.SOLD["allowance"][:1]},
    ],
    ids=["no price", "two fees", "start", "channel", "no list", "no flag", "years",
        "unknown use", "no amount", "words for one of two",
    ],
)  # fmt: skip
async def test_an_offering_that_leaves_its_terms_open_is_not_shown_as_if_it_had_none(
    shop: Shop, changes: dict[str, Any]
) -> None:
    shop.lists["productOffering"] = [wire.SOLD | changes]
    with pytest.raises(BssFault, match="catalogue_garbled"):
        await open_catalogue(shop).fetch_catalogue()


@pytest.mark.parametrize("broken", ["productOffering", "category", "productOfferingPrice"])
async def test_a_last_known_catalogue_stands_in_and_says_so(shop: Shop, broken: str) -> None:
    snapshots = MemorySnapshots()
    well = await open_catalogue(shop, snapshots).fetch_catalogue()
    shop.lists[broken] = {}
    known = await open_catalogue(shop, snapshots).fetch_catalogue()
    assert (known.stale, known.as_of, known.categories) == (True, well.as_of, well.categories)
    assert [replace(each, stale=False) for each in known.offerings] == list(well.offerings)
    assert all(each.stale for each in known.offerings)


async def test_a_catalogue_that_was_never_read_is_a_fault(shop: Shop) -> None:
    shop.status = 503
    with pytest.raises(BssFault, match="catalogue_unavailable"):
        await open_catalogue(shop).fetch_catalogue()


async def test_one_process_reads_the_catalogue_once_a_minute(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = open_catalogue(shop)
    first, second = await catalogue.fetch_catalogue(), await catalogue.fetch_catalogue()
    assert first is second
    assert sorted(shop.asked) == ["category", "productOffering", "productOfferingPrice"]
    monkeypatch.setattr(catalogue, "_reading_holds_until", 0.0)
    assert await catalogue.fetch_catalogue() is not first
    assert module._HELD_SECONDS == 60.0
