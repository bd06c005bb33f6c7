"""Does the BSS's own truth about people, lines and SIM cards come through, at once and without a trace?"""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.hub import LINES, TmfHub
from bss_adapters.tmf.line_event import LISTENERS, parse_line_event
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.sim_card import TmfSimCards
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.use_effects import UseEffects
from graphql_schema.ports import BssFault
from graphql_schema.types.line import Line, LineKind, LineState
from tests.bss_adapters.conftest import LIMITS, Hall, make_hall
from tests.conformance.serving import served

pytestmark = pytest.mark.anyio

ORDINARY, MAIN, SECONDARY, MEMBER, HOUSEHOLD = "13800138001", "13800138003", "13800138004", "13800138008", "13800138009"


class WatchedSnapshots(MemorySnapshots):
    """Snapshots that remember everything they were ever given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[bytes] = []

    async def put(self, key: str, value: bytes, keep_seconds: int) -> None:
        self.given.append(key.encode() + b" " + value)
        await super().put(key, value, keep_seconds)


@pytest.fixture
def snapshots() -> WatchedSnapshots:
    return WatchedSnapshots()


@pytest.fixture
async def thrifty(app: Starlette, snapshots: WatchedSnapshots) -> AsyncIterator[Hall]:
    """A hall that keeps a reading fresh for 30 s, as in service."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = TmfClient("http://bss.example/tmf-api", snapshots=snapshots, transport=transport, limits=LIMITS)
    paths: list[str] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example") as levers:
        yield make_hall(client, paths, levers)
    await client.aclose()


async def find(hall: Hall, number: str) -> Line:
    line = await hall.lines.find_line(number)
    assert line is not None, number
    return line


async def identity_numbers(hall: Hall) -> dict[str, str]:
    return {persona["number"]: persona["identityNumber"] for persona in await hall.look("personas")}


@pytest.mark.parametrize(
    ("number", "others"),
    [
        (ORDINARY, []), (MAIN, [SECONDARY]), (SECONDARY, [MAIN]), (MEMBER, ["13800138018", "13800138028"]),
        (HOUSEHOLD, ["02088880009", "gz00880009", "gziptv0009"]),
    ],
)  # fmt: skip
async def test_a_customer_has_these_lines_and_an_account_pays_for_them(
    hall: Hall, number: str, others: list[str]
) -> None:
    line = await find(hall, number)
    by_customer = await hall.lines.fetch_lines_of_customer(line.customer_id)
    by_account = await hall.lines.fetch_lines_of_account(line.account_id)
    assert [each.number for each in by_customer] == sorted([number, *others])
    assert [each.id for each in by_account] == [each.id for each in by_customer]
    assert {each.customer_id for each in by_account} == {line.customer_id}


async def test_lines_that_ended_are_not_among_them_and_barred_ones_are(hall: Hall) -> None:
    line = await find(hall, HOUSEHOLD)
    await hall.pull("line", {"number": "02088880009", "status": "terminated"})
    await hall.pull("line", {"number": HOUSEHOLD, "status": "suspended"})
    lines = await hall.lines.fetch_lines_of_customer(line.customer_id)
    assert [(each.number, each.kind, each.state) for each in lines] == [
        (HOUSEHOLD, LineKind.MOBILE, LineState.SUSPENDED),
        ("gz00880009", LineKind.BROADBAND, LineState.ACTIVE),
        ("gziptv0009", LineKind.IPTV, LineState.ACTIVE),
    ]


@pytest.mark.parametrize("of", ["", "C999999", "nobody", "C000001,C000002", "../C000001"])
async def test_nobody_has_no_lines(hall: Hall, of: str) -> None:
    assert await hall.lines.fetch_lines_of_customer(of) == []
    assert await hall.lines.fetch_lines_of_account(of) == []


async def test_everybodys_document_is_their_own_and_a_companys_is_its_agents(hall: Hall) -> None:
    people, documents = TmfPeople(hall.client), await identity_numbers(hall)
    for number, document in documents.items():
        line = await find(hall, number)
        assert await people.matches_identity(line.id, f" {document[:6]} {document[6:]}")
    stranger = documents[ORDINARY]
    for number in set(documents) - {ORDINARY}:
        assert not await people.matches_identity((await find(hall, number)).id, stranger)


@pytest.mark.parametrize("line_id", ["", "L999999-1", "L000000-9", "../L000000-1", "L000000-1,L000001-1"])
async def test_no_document_belongs_to_a_line_that_is_not_there(hall: Hall, line_id: str) -> None:
    document = (await identity_numbers(hall))[ORDINARY]
    assert not await TmfPeople(hall.client).matches_identity(line_id, document)


async def test_a_recycled_number_is_proved_by_its_new_holder_alone(thrifty: Hall) -> None:
    old, document = await find(thrifty, ORDINARY), (await identity_numbers(thrifty))[ORDINARY]
    new = await thrifty.pull("recycle", {"number": ORDINARY})
    people = TmfPeople(thrifty.client)
    assert await people.matches_identity(new["lineId"], new["identityNumber"])
    assert not await people.matches_identity(new["lineId"], document)
    assert not await people.matches_identity(old.id, new["identityNumber"])


async def test_a_changed_sim_card_is_known_at_once_though_the_line_is_not_read_anew(thrifty: Hall) -> None:
    line, cards = await find(thrifty, ORDINARY), TmfSimCards(thrifty.client)
    await thrifty.lines.fetch_line(line.id)
    assert await cards.fetch_changed_at(line.id) is None
    for _ in range(2):
        changed = await thrifty.pull("sim", {"number": ORDINARY})
        assert await cards.fetch_changed_at(line.id) == datetime.fromisoformat(changed["simChangedAt"])


async def test_a_line_without_a_card_has_none_and_one_that_is_not_there_is_a_fault(hall: Hall) -> None:
    cards = TmfSimCards(hall.client)
    assert await cards.fetch_changed_at((await find(hall, "02088880009")).id) is None
    for line_id in ("L999999-1", "", "../x"):
        with pytest.raises(BssFault, match="line_refused"):
            await cards.fetch_changed_at(line_id)


async def test_after_its_event_a_line_is_read_anew_wherever_it_is_shown(thrifty: Hall) -> None:
    effects = UseEffects(thrifty.lines, thrifty.usage, thrifty.accounts, thrifty.bills)
    line = await find(thrifty, ORDINARY)
    await thrifty.lines.fetch_packages(line.id)
    await thrifty.lines.fetch_lines_of_customer(line.customer_id)
    await thrifty.lines.fetch_lines_of_account(line.account_id)
    new = await thrifty.pull("recycle", {"number": ORDINARY})
    assert await find(thrifty, ORDINARY) == line
    await effects.outdate_line(line.id)
    assert (await find(thrifty, ORDINARY)).id == new["lineId"]
    closed = await thrifty.lines.fetch_line(line.id)
    assert closed is not None
    assert closed.state is LineState.CLOSED
    assert await thrifty.lines.fetch_packages(line.id) == []
    assert await thrifty.lines.fetch_lines_of_customer(line.customer_id) == []
    assert await thrifty.lines.fetch_lines_of_account(line.account_id) == []


async def test_an_event_of_a_line_that_nobody_knows_or_while_the_bss_is_down_breaks_nothing(thrifty: Hall) -> None:
    line = await find(thrifty, ORDINARY)
    await thrifty.pull("outage", {"systems": ["line"]})
    for line_id in ("L999999-1", "../x", line.id):
        await thrifty.lines.outdate(line_id)
    known = await find(thrifty, ORDINARY)
    assert known.id == line.id


async def test_a_registered_listener_is_told_which_line_changed(app: Starlette, hall: Hall) -> None:
    told: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(request: Request) -> Response:
        told.put_nowait(await request.body())
        return Response(status_code=204)

    listener = Starlette(routes=[Route(f"/hub/listener/{name}", listen, methods=["POST"]) for name in LISTENERS])
    async with served(listener) as address, app.router.lifespan_context(app), asyncio.timeout(10):
        hub = TmfHub(hall.client, callback=f"{address}/hub", wanted=LINES)
        registration = await hub.register()
        line = await find(hall, ORDINARY)
        await hall.pull("usage", {"number": ORDINARY, "usageType": "sms", "amount": 1})
        await hall.pull("sim", {"number": ORDINARY})
        new = await hall.pull("recycle", {"number": ORDINARY})
        changed = [parse_line_event(await told.get()) for _ in range(3)]
        await hub.unregister(registration)
    assert changed == [line.id, line.id, new["lineId"]]
    assert told.empty()


async def test_nothing_of_a_person_is_kept_or_logged(
    thrifty: Hall, snapshots: WatchedSnapshots, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    people, documents = TmfPeople(thrifty.client), await identity_numbers(thrifty)
    caplog.clear()
    for number, document in documents.items():
        line = await find(thrifty, number)
        before = len(snapshots.given)
        assert await people.matches_identity(line.id, document)
        assert not await people.matches_identity(line.id, document[::-1])
        await TmfSimCards(thrifty.client).fetch_changed_at(line.id)
        assert len(snapshots.given) == before, "these reads pass the snapshots by"
    await thrifty.pull("outage", {"systems": ["customer"]})
    with pytest.raises(BssFault, match="customer_unavailable") as fault:
        await people.matches_identity("L000000-1", documents[ORDINARY])
    said: list[Any] = [caplog.text, fault.getrepr(showlocals=False), *snapshots.given]
    for document in documents.values():
        for text in (document, document[::-1]):
            assert not any(text in str(each) for each in said)
