"""Are collections listed, filtered, paged and cut by the common rules?"""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

API = "/tmf-api"
PRODUCT = f"{API}/productInventory/v4/product"
USAGE = f"{API}/usageManagement/v4/usage"
OFFERING = f"{API}/productCatalogManagement/v4/productOffering"
COLLECTIONS = [
    f"{API}/customerManagement/v4/customer", f"{API}/party/v4/individual", f"{API}/party/v4/organization",
    f"{API}/accountManagement/v4/billingAccount", f"{API}/productCatalogManagement/v4/category", OFFERING,
    f"{API}/productCatalogManagement/v4/productOfferingPrice", PRODUCT, USAGE,
    f"{API}/prepayBalanceManagement/v4/bucket", f"{API}/prepayBalanceManagement/v4/accumulatedBalance",
    f"{API}/prepayBalanceManagement/v4/topupBalance", f"{API}/usageConsumption/v4/queryUsageConsumption",
    f"{API}/customerBillManagement/v4/customerBill", f"{API}/customerBillManagement/v4/appliedCustomerBillingRate",
    f"{API}/customerBillManagement/v4/customerBillOnDemand", f"{API}/prepayBalanceManagement/v4/adjustBalance",
    f"{API}/prepayBalanceManagement/v4/transferBalance", f"{API}/payment/v4/payment", f"{API}/payment/v4/refund",
]  # fmt: skip


@pytest.fixture
async def few(born_ms: int) -> AsyncIterator[tuple[httpx.AsyncClient, World]]:
    """As few people as there can be: the personas."""
    world = World.open(subscribers=1, now_ms=born_ms)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as client:
        yield client, world
    world.store.close()


async def listed(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(path, params=query)
    assert answer.status_code in {200, 206}, answer.text
    return answer.json()


@pytest.mark.parametrize("path", COLLECTIONS)
async def test_each_listed_thing_is_found_at_its_address(bss: httpx.AsyncClient, path: str) -> None:
    things = await listed(bss, path, limit=1000 if path == PRODUCT else 5)
    for thing in things[::40] + things[-1:]:
        assert (await bss.get(thing["href"])).json() == thing


@pytest.mark.parametrize("path", COLLECTIONS)
async def test_an_unknown_id_is_a_tmf_error(bss: httpx.AsyncClient, path: str) -> None:
    for id_ in (
        "nothing",
        "X000001",
        "B000001-1",
        "D000000-99999999999999",
        "Q000000-1-5",
        "L999999-1",
        "U００００００-1",
    ):
        answer = await bss.get(f"{path}/{id_}")
        assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (404, "notFound", "404")
        assert answer.json()["reason"]


@pytest.mark.parametrize("path", COLLECTIONS)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "badPaging"), ("limit=-1", "badPaging"), ("limit=ten", "badPaging"), ("offset=-1", "badPaging"),
        ("offset=1.5", "badPaging"), ("offset=٣", "badPaging"), ("limit=99999999999999999999", "badPaging"),
        ("colour=red", "unknownFilter"), ("fields=id,colour", "unknownField"),
    ],
)  # fmt: skip
async def test_a_bad_query_is_a_tmf_error(bss: httpx.AsyncClient, path: str, query: str, code: str) -> None:
    answer = await bss.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_part_is_206_and_the_whole_is_200(bss: httpx.AsyncClient) -> None:
    part, whole = await bss.get(OFFERING, params={"limit": 5}), await bss.get(OFFERING)
    assert (part.status_code, part.headers["X-Result-Count"]) == (206, "5")
    assert (whole.status_code, whole.headers["X-Result-Count"]) == (200, whole.headers["X-Total-Count"])
    assert int(whole.headers["X-Total-Count"]) == len(whole.json()) >= 20
    beyond = await bss.get(OFFERING, params={"offset": 1000})
    assert (beyond.status_code, beyond.json()) == (206, [])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 200), which=st.sampled_from([PRODUCT, OFFERING, COLLECTIONS[0], COLLECTIONS[1]]))
async def test_pages_partition_the_collection(world: World, limit: int, which: str) -> None:
    transport = httpx.ASGITransport(create_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        whole = [thing["id"] for thing in await listed(client, which, limit=1000)]
        pages: list[str] = []
        while page := await listed(client, which, offset=len(pages), limit=limit):
            pages += [thing["id"] for thing in page]
    assert pages == whole
    assert len(set(whole)) == len(whole)


@pytest.mark.parametrize("moved", [0, -20 * 86_400, 40 * 86_400])
async def test_the_total_of_unfiltered_usage_is_what_its_pages_hold(
    few: tuple[httpx.AsyncClient, World], moved: int
) -> None:
    bss, world = few
    await bss.post("/sandbox/usage", json={"number": "13800138005", "usageType": "sms", "amount": 1})
    await bss.post("/sandbox/clock", json={"advanceSeconds": moved})
    total = int((await bss.get(USAGE, params={"limit": 1})).headers["X-Total-Count"])
    counted = 0
    for index in range(world.size):
        for line in world.portfolio(index).lines:
            counted += int((await bss.get(USAGE, params={"relatedParty.id": line.id})).headers["X-Total-Count"])
    assert total == counted
    last = await listed(bss, USAGE, offset=total - 2)
    assert len(last) == 2


async def test_filters_match_any_item_of_an_array_and_any_of_several_values(bss: httpx.AsyncClient) -> None:
    held = await listed(bss, PRODUCT, **{"productRelationship.product.id": "L000000-1"})
    assert {"plan", "add-on"} == {product["productSpecification"]["id"] for product in held}
    plans = await listed(
        bss, PRODUCT, **{"productRelationship.product.id": "L000000-1,L000003-1", "productSpecification.id": "plan"}
    )
    assert [plan["productOffering"]["id"] for plan in plans] == ["plan-59", "plan-unlimited-199"]
    lines = await listed(
        bss, PRODUCT, **{"productSpecification.id": "fixed-line,iptv-line", "billingAccount.id": "A000007"}
    )
    assert [line["productSerialNumber"] for line in lines] == ["02088880009", "gziptv0009"]
    barred = await listed(bss, PRODUCT, **{"productCharacteristic.value": "outgoing"})
    assert [line["productSerialNumber"] for line in barred] == ["13800138007"]
    unique = await listed(bss, OFFERING, isBundle="true")
    assert [offering["id"] for offering in unique] == ["bundle-home"]


async def test_filters_of_one_kind_of_thing_are_not_answered_with_another(bss: httpx.AsyncClient) -> None:
    assert await listed(bss, PRODUCT, productSerialNumber="13800138099") == []
    assert await listed(bss, PRODUCT, **{"billingAccount.id": "C000001"}) == []
    assert await listed(bss, PRODUCT, **{"productSerialNumber": "13800138001", "billingAccount.id": "A000002"}) == []


async def test_fields_cuts_to_what_is_asked(bss: httpx.AsyncClient) -> None:
    (line,) = await listed(bss, PRODUCT, productSerialNumber="13800138001", fields="status,productSerialNumber")
    assert set(line) == {"id", "href", "status", "productSerialNumber"}
    one = (await bss.get(f"{PRODUCT}/L000000-1", params={"fields": "name"})).json()
    assert set(one) == {"id", "href", "name"}


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/usageConsumption/v4/queryUsageConsumption",
        f"{API}/customerBillManagement/v4/customerBillOnDemand",
        f"{API}/prepayBalanceManagement/v4/topupBalance",
        f"{API}/usageManagement/v4/hub",
        "/sandbox/clock",
        "/sandbox/usage",
        "/sandbox/sim",
        "/sandbox/line",
        "/sandbox/recycle",
        "/sandbox/outage",
    ],
)
async def test_a_bad_body_is_a_tmf_error(bss: httpx.AsyncClient, path: str) -> None:
    json = {"content-type": "application/json"}
    bad = [
        (b"{}", {"content-type": "text/plain"}, 415), (b"{", json, 400), (b"null", json, 400), (b"[]", json, 400),
        (b"123", json, 400), (b"{}", json, 400), (b"", json, 400), (b"\xff", json, 400), (b"[" * 100_000, json, 400),
        (b'"' + b"x" * 1_000_001 + b'"', json, 413),
        (b'{"number": 1, "now": 1, "callback": 1, "systems": 1}', json, 400),
        (b'{"billingAccount": [], "searchCriteria": {"product": {}}, "partyAccount": "A"}', json, 400),
    ]  # fmt: skip
    for body, headers, status in bad:
        answer = await bss.post(path, content=body, headers=headers)
        assert answer.status_code == status, (body[:40], answer.text)
        assert answer.json().keys() >= {"code", "reason", "status"}


async def test_an_address_or_method_that_is_not_there_is_a_tmf_error(bss: httpx.AsyncClient) -> None:
    assert (await bss.get(f"{API}/nothing")).json()["code"] == "notFound"
    refused = await bss.delete(PRODUCT)
    assert (refused.status_code, refused.json()["code"]) == (405, "methodNotAllowed")


async def test_the_catalogue_declares_its_extension(bss: httpx.AsyncClient) -> None:
    (offering,) = await listed(bss, OFFERING, id="plan-59")
    assert offering["@type"] == "LocalizedProductOffering"
    assert {"languageCode": "en", "value": "5G Smart 59"} in offering["localizedName"]
    schema = (await bss.get(offering["@schemaLocation"])).json()
    assert "localizedName" in schema["properties"]
