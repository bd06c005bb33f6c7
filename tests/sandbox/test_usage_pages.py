"""Are usage records found by time, sorted and paged, and quickly, however many there are?"""

from typing import Any

import httpx
import pytest

from sandbox.bss.rating import Rated
from sandbox.bss.tmf.usage import render_usage

pytestmark = pytest.mark.anyio

USAGE = "/tmf-api/usageManagement/v4/usage"
ORDINARY, FAMILY, HEAVY = "L000000-1", "L000002-1", "L000009-1"
OCTOBER = {"usageDate.gte": "2026-10-01T00:00:00+08:00", "usageDate.lt": "2026-11-01T00:00:00+08:00"}


async def asked(client: httpx.AsyncClient, line_id: str, **query: Any) -> list[dict[str, Any]]:
    params = {"relatedParty.id": line_id, "limit": 1000} | query
    answer = await client.get(USAGE, params=params)
    assert answer.status_code in {200, 206}, answer.text
    return answer.json()


def places(uses: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(use["usageDate"], use["id"]) for use in uses]


async def test_a_span_is_what_of_all_falls_into_it(bss: httpx.AsyncClient) -> None:
    everything = (
        await asked(bss, ORDINARY) + await asked(bss, ORDINARY, offset=1000) + await asked(bss, ORDINARY, offset=2000)
    )
    somewhere = everything[700]["usageDate"]
    later = everything[900]["usageDate"]
    for name, holds in {
        "gt": lambda at: at > somewhere, "gte": lambda at: at >= somewhere,
        "lt": lambda at: at < somewhere, "lte": lambda at: at <= somewhere,
    }.items():  # fmt: skip
        found = await asked(bss, ORDINARY, **{f"usageDate.{name}": somewhere, "fields": "usageDate"})
        total = sum(holds(use["usageDate"]) for use in everything)
        assert [use["id"] for use in found] == [use["id"] for use in everything if holds(use["usageDate"])][:1000]
        answer = await bss.get(USAGE, params={"relatedParty.id": ORDINARY, f"usageDate.{name}": somewhere, "limit": 1})
        assert answer.headers["X-Total-Count"] == str(total)
    between = await asked(bss, ORDINARY, **{"usageDate.gt": somewhere, "usageDate.lte": later})
    assert places(between) == places([use for use in everything if somewhere < use["usageDate"] <= later])
    assert await asked(bss, ORDINARY, **{"usageDate.gt": later, "usageDate.lt": somewhere}) == []
    assert await asked(bss, ORDINARY, **{"usageDate.gte": "2031-01-01"}) == []


async def test_an_instant_without_an_offset_is_chinas(bss: httpx.AsyncClient) -> None:
    with_offset = await asked(bss, ORDINARY, **OCTOBER)
    assert with_offset == await asked(bss, ORDINARY, **{"usageDate.gte": "2026-10-01", "usageDate.lt": "2026-11-01"})
    assert min(use["usageDate"] for use in with_offset) >= "2026-09-30T16:00"


@pytest.mark.parametrize("line_id", [ORDINARY, FAMILY, f"{ORDINARY},{FAMILY}"])
async def test_both_orders_are_by_instant_then_id(bss: httpx.AsyncClient, line_id: str) -> None:
    forwards = places(await asked(bss, line_id, sort="usageDate", **OCTOBER))
    backwards = places(await asked(bss, line_id, sort="-usageDate", **OCTOBER))
    assert len(forwards) > 300
    assert forwards == sorted(forwards) == backwards[::-1]


async def test_time_kind_and_line_are_asked_for_together(bss: httpx.AsyncClient) -> None:
    found = await asked(bss, FAMILY, usageType="sms,voice", **OCTOBER)
    assert {use["usageType"] for use in found} == {"sms", "voice"}
    assert {use["relatedParty"][0]["id"] for use in found} == {FAMILY}
    all_ = await asked(bss, FAMILY, **OCTOBER)
    assert len(found) == sum(use["usageType"] != "data" for use in all_)
    charged = await asked(bss, FAMILY, **OCTOBER, **{"ratedProductUsage.offerTariffType": "free"})
    assert 0 < len(charged) < len(all_)


async def test_without_a_line_everybodys_are_found(bss: httpx.AsyncClient) -> None:
    day = {"usageDate.gte": "2026-11-01", "usageDate.lt": "2026-11-01T06:00"}
    answer = await bss.get(USAGE, params=day | {"sort": "-usageDate", "limit": 1000})
    found = answer.json()
    assert len({use["relatedParty"][0]["id"] for use in found}) > 10
    assert places(found) == sorted(places(found), reverse=True)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("usageDate.gte=yesterday", "badFilter"), ("usageDate.lt=", "badFilter"),
        ("usageDate.lte=9999-99-99", "badFilter"), ("sort=colour", "badSort"),
        ("sort=-id", "badSort"), ("sort=--usageDate", "badSort"),
        ("colour.gte=1", "unknownFilter"),
    ],
)  # fmt: skip
async def test_nonsense_is_a_tmf_error(bss: httpx.AsyncClient, query: str, code: str) -> None:
    answer = await bss.get(f"{USAGE}?relatedParty.id={ORDINARY}&{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_what_happens_later_is_not_there_yet(bss: httpx.AsyncClient) -> None:
    await bss.post("/sandbox/clock", json={"advanceSeconds": -10 * 86_400})
    now = (await bss.get("/sandbox/clock")).json()["now"]
    latest = await asked(bss, ORDINARY, sort="-usageDate", limit=1)
    assert latest[0]["usageDate"] <= now


async def test_a_page_of_a_heavy_month_costs_what_is_on_it(
    bss: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(bss, HEAVY, limit=1, **OCTOBER)  # the month is rated when it is first asked for
    written: list[str] = []

    def write(rated: Rated, *rest: Any) -> dict[str, Any]:
        written.append(rated.use.id)
        return render_usage(rated, *rest)

    def rate_again(*_: Any) -> None:
        raise AssertionError("a page rates nothing")

    monkeypatch.setattr("sandbox.bss.tmf.usage.render_usage", write)
    monkeypatch.setattr("sandbox.bss.rated_month.rate_uses", rate_again)
    seen: list[tuple[str, str]] = []
    answered = 0
    bound: dict[str, str] = {}
    while True:
        page = places(await asked(bss, HEAVY, sort="-usageDate", **OCTOBER | bound))
        answered += len(page)
        fresh = [place for place in page if place not in seen[-50:]]
        seen += fresh
        if not fresh:
            break
        bound = {"usageDate.lte": page[-1][0]}
    assert len(seen) == len(set(seen)) > 20_000
    assert len(written) == answered < len(seen) + 1_000
