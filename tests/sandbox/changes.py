"""How does a test ask the sandbox for a change of a line?"""

from typing import Any

import httpx

QUALIFICATION = "/tmf-api/productOfferingQualification/v4/productOfferingQualification"
ORDERING = "/tmf-api/productOrderingManagement/v4"
INVENTORY = "/tmf-api/productInventory/v4/product"
Wire = dict[str, Any]

ORDINARY, PREPAID, MAIN, SECONDARY, THROTTLED = "L000000-1", "L000001-1", "L000002-1", "L000002-2", "L000003-1"
CONTRACT, ARREARS, ENTERPRISE, HOUSEHOLD, BROADBAND = "L000004-1", "L000005-1", "L000006-1", "L000007-1", "L000007-3"
NEAR, REARRANGED = "L000008-1", "L000010-1"
NEXT_CYCLE = "2026-12-01T00:00:00+08:00"


def change(action: str, line: str, **about: Any) -> Wire:
    """The item of a change: ``offering``, ``package``, ``number``, ``traits`` (of the line) as the action needs."""
    product: Wire = {}
    if "traits" in about:
        product = {"id": line, "productCharacteristic": [{"name": n, "value": v} for n, v in about["traits"].items()]}
    elif about.get("closes"):
        product = {"id": line}
    else:
        product = {"productRelationship": [{"relationshipType": "reliesOn", "product": {"id": line}}]}
    if "package" in about:
        product["id"] = about["package"]
    if "number" in about:
        product["productSerialNumber"] = about["number"]
    item: Wire = {"id": "1", "action": action, "product": product}
    return item | ({"productOffering": {"id": about["offering"]}} if "offering" in about else {})


def add(line: str, offering: str) -> Wire:
    return change("add", line, offering=offering)


def change_plan(line: str, offering: str) -> Wire:
    return change("modify", line, offering=offering)


def drop(line: str, package: str) -> Wire:
    return change("delete", line, package=package)


def switch(line: str, service: str, *, on: bool) -> Wire:
    return change("modify", line, traits={"serviceSwitch": service, "on": on})


def close(line: str) -> Wire:
    return change("delete", line, closes=True)


def keep_open(line: str) -> Wire:
    return change("modify", line, traits={"closing": False})


def lost(line: str, *, is_lost: bool) -> Wire:
    return change("modify", line, traits={"lost": is_lost})


def open_line(line: str, offering: str, number: str) -> Wire:
    return change("add", line, offering=offering, number=number)


def wish(line: str, item: Wire, *, channel: str = "web", start: str | None = None) -> Wire:
    """The body of a qualification."""
    return {
        "instantSyncQualification": True,
        "provideUnavailabilityReason": True,
        "channel": {"id": channel},
        "relatedParty": [{"id": line, "role": "line", "@referredType": "Product"}],
        "productOfferingQualificationItem": [item | ({"expectedActivationDate": start} if start else {})],
    }


def order(line: str, item: Wire, reference: str, *, channel: str = "web", start: str | None = None) -> Wire:
    """The body of an order."""
    body: Wire = {
        "externalId": reference,
        "category": "selfService",
        "channel": [{"id": channel, "role": "selfService"}],
        "relatedParty": [{"id": line, "role": "line", "@referredType": "Product"}],
        "productOrderItem": [item],
    }
    return body | ({"requestedStartDate": start} if start else {})


async def preview(bss: httpx.AsyncClient, line: str, item: Wire, **more: Any) -> Wire:
    """``changePreview`` and, under ``codes``, the reasons against it."""
    answer = await bss.post(QUALIFICATION, json=wish(line, item, **more))
    assert answer.status_code == 201, answer.text
    [judged] = answer.json()["productOfferingQualificationItem"]
    codes = [reason["code"] for reason in judged.get("eligibilityUnavailabilityReason", [])]
    assert judged["qualificationItemResult"] == ("unqualified" if codes else "qualified")
    said: Wire = judged["changePreview"]
    return said | {"codes": codes}


async def place(bss: httpx.AsyncClient, line: str, item: Wire, reference: str = "r-1", **more: Any) -> Wire:
    """The order that was placed."""
    answer = await bss.post(f"{ORDERING}/productOrder", json=order(line, item, reference, **more))
    assert answer.status_code == 201, answer.text
    placed: Wire = answer.json()
    return placed


async def fetch_order(bss: httpx.AsyncClient, id_: str) -> Wire:
    answer = await bss.get(f"{ORDERING}/productOrder/{id_}")
    assert answer.status_code == 200, answer.text
    found: Wire = answer.json()
    return found


async def cancel(bss: httpx.AsyncClient, id_: str) -> httpx.Response:
    body = {"productOrder": {"id": id_}, "cancellationReason": "changed my mind"}
    return await bss.post(f"{ORDERING}/cancelProductOrder", json=body)


async def pass_time(bss: httpx.AsyncClient, seconds: float) -> None:
    assert (await bss.post("/sandbox/clock", json={"advanceSeconds": seconds})).status_code == 200


async def set_clock(bss: httpx.AsyncClient, now: str) -> None:
    assert (await bss.post("/sandbox/clock", json={"now": now})).status_code == 200


async def fetch_line(bss: httpx.AsyncClient, line: str) -> Wire:
    """The line's product, with its characteristics by name under ``traits``."""
    wire: Wire = (await bss.get(f"{INVENTORY}/{line}")).json()
    return wire | {"traits": {item["name"]: item["value"] for item in wire["productCharacteristic"]}}


async def fetch_packages(bss: httpx.AsyncClient, line: str) -> dict[str, str]:
    """Status by offering of what the line holds (the last one of each)."""
    answer = await bss.get(INVENTORY, params={"productRelationship.product.id": line, "limit": "200"})
    return {item["productOffering"]["id"]: item["status"] for item in answer.json() if "productOffering" in item}


async def package_id(bss: httpx.AsyncClient, line: str, offering: str) -> str:
    answer = await bss.get(INVENTORY, params={"productRelationship.product.id": line, "limit": "200"})
    found: str = [item["id"] for item in answer.json() if item.get("productOffering", {}).get("id") == offering][-1]
    return found
