"""Does each request that our adapters send keep to the specifications, and is each promised operation sent?"""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.call_record import TmfCallRecords
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.charge_brake import TmfChargeBrakes
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fulfilment import TmfFulfilment
from bss_adapters.tmf.hub import BILLS, LINES, ORDERS, USAGE, TmfHub
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.line_service import TmfLineServices
from bss_adapters.tmf.loyalty_customer import TmfLoyaltyCustomers
from bss_adapters.tmf.money import TmfMoney
from bss_adapters.tmf.order import TmfOrders
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.points_platform import TmfPointsPlatform
from bss_adapters.tmf.qualification import TmfQualifications
from bss_adapters.tmf.sim_card import TmfSimCards
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.ticket import TmfTickets
from bss_adapters.tmf.usage import TmfUsage
from bss_adapters.tmf.usage_history import TmfUsageHistory
from bss_adapters.tmf.wire import BUSINESS_ZONE
from graphql_schema.client import Channel
from graphql_schema.loyalty_ports import Delivery, FulfilmentState, GrantedMoney
from graphql_schema.money_ports import RecordPosition
from graphql_schema.order_ports import PlacedOrder, WantedChange
from graphql_schema.payment_ports import CreditState
from graphql_schema.types.bill import Bill, SubjectCode
from graphql_schema.types.change import ChangeAction, ObstacleCode
from graphql_schema.types.charge_brake import PausableCharge
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from graphql_schema.types.order import OrderState
from graphql_schema.types.ticket import DisputeReason, InvoiceTitleKind
from tests.conformance.conftest import Promise
from tests.conformance.exchange import Exchange, JsonError, parse_json
from tests.conformance.extension import Extensions, fetch_extensions
from tests.conformance.fault import render_faults
from tests.conformance.judge import Judge
from tests.conformance.recording import Recorder
from tests.conformance.serving import served
from tests.conformance.swagger import Specifications

pytestmark = [pytest.mark.anyio, pytest.mark.tmf]

OURS = [
    json.loads((Path(__file__).parents[2] / f"docs/operate/{name}.schema.json").read_text(encoding="utf-8"))
    for name in ("BillTicket", "GrantedTopupBalance")
]
LAST_MONTH = Month(2026, 10)
SOMEBODY = "A000013"
NUMBERS = tuple(f"138001380{place:02}" for place in range(1, 11))


async def ask_everything(client: TmfClient, number: str) -> None:
    """Every port, for one line."""
    bills, lines, accounts = TmfBills(client), TmfLines(client, TmfCatalogue(client)), TmfAccounts(client)
    line = await lines.find_line(number)
    assert line is not None, number
    await lines.fetch_line(line.id)
    await lines.fetch_packages(line.id)
    assert line.id in {each.id for each in await lines.fetch_lines_of_customer(line.customer_id)}
    assert line.id in {each.id for each in await lines.fetch_lines_of_account(line.account_id)}
    assert await TmfSimCards(client).fetch_changed_at(line.id) is None
    assert not await TmfPeople(client).matches_identity(line.id, "990101190001010000")
    await accounts.fetch_account(line.account_id)
    await accounts.fetch_balance(line.account_id)
    await TmfUsage(client).fetch_usage(line.id)
    await leaf_through_records(client, line.id)
    assert (await TmfUsageHistory(client).fetch_month(line.id, LAST_MONTH)).days
    await bills.fetch_current_charges(line.account_id)
    listed = (await bills.fetch_bills(line.account_id)).bills
    for bill in listed[:2]:
        assert await bills.fetch_bill(line.account_id, bill.id) is not None
    await brake_and_let_go(client, line.id)
    await ask_about_bill(client, line.account_id, listed[0])
    await move_money(client, line.account_id)
    await change_and_call_off(client, line.id, line.account_id)
    await give_rewards(client, line.id, line.account_id)
    await look_around(client, line.id)


async def change_and_call_off(client: TmfClient, line_id: str, account_id: str) -> None:
    """A service is switched off, and the order called off before it takes effect."""
    wanted = WantedChange(ChangeAction.SWITCH_OFF, service="call-waiting")
    orders, reference = TmfOrders(client), f"o-{line_id}"
    said = await TmfQualifications(client).preview(line_id, wanted, channel=Channel.WEB)
    if not said.preview.allowed:
        assert {obstacle.code for obstacle in said.preview.obstacles} == {ObstacleCode.SUSPENDED}
        return
    placed = await orders.place(
        PlacedOrder(reference, line_id, account_id, wanted, qualification_id=said.id, channel=Channel.WEB)
    )
    assert placed.id == reference
    assert (await orders.find(line_id, reference)) is not None
    assert reference in {each.id for each in await orders.fetch_orders(line_id)}
    assert (await orders.cancel(line_id, reference)).state is OrderState.CANCELLED


async def look_around(client: TmfClient, line_id: str) -> None:
    """What can be bought, which services there are, the card and free numbers."""
    services = TmfLineServices(client)
    assert (await TmfCatalogue(client).fetch_catalogue()).offerings
    assert await services.fetch_switches(line_id)
    await services.fetch_life(line_id)
    assert await services.fetch_puk(line_id)
    assert await services.fetch_free_numbers("8001", limit=5)


async def leaf_through_records(client: TmfClient, line_id: str) -> None:
    """The first page of a month, and the next by its last record."""
    records, month = TmfCallRecords(client), Month.of(client.clock.now()).plus(-1)
    page = await records.fetch_page(line_id, month, after=None, limit=5)
    if page.more:
        after = RecordPosition(page.records[-1].at, page.records[-1].id)
        assert (await records.fetch_page(line_id, month, after=after, limit=5)).records


async def move_money(client: TmfClient, account_id: str) -> None:
    """Money is put in, given away, taken back, and looked for."""
    system, fen = TmfMoney(client), Money(amount=Decimal("0.03"), currency="CNY")
    refs = [f"conformance-{account_id}-{name}" for name in ("topup", "take", "give")]
    assert (await system.top_up(refs[0], account_id, amount=fen)).state is CreditState.DONE
    assert (await system.find_top_up(account_id, refs[0])).state is CreditState.DONE
    cent = Money(amount=Decimal("0.01"), currency="CNY")
    await system.take_back(refs[1], account_id, amount=cent)  # what is past due may have had it all
    await system.find_take_back(account_id, refs[1])
    await system.transfer(refs[2], account_id, SOMEBODY, amount=cent)
    await system.find_transfer(account_id, refs[2])
    await system.fetch_booked(client.clock.now().astimezone(BUSINESS_ZONE).date())


async def give_rewards(client: TmfClient, line_id: str, account_id: str) -> None:
    """Money is granted and taken back, a pack and a thing are given; who it is for, and their points, are read."""
    gives, today = TmfFulfilment(client), client.clock.now().astimezone(BUSINESS_ZONE).date()
    month = timedelta(days=31)
    ten, five = (Money(amount=Decimal(amount), currency="CNY") for amount in ("10", "5"))
    wanted = GrantedMoney(ten, [(today, five), (today + month, five)], [SubjectCode.VOICE], today + 3 * month)
    refs = [f"reward-{line_id}-{name}" for name in ("money", "back", "pack", "goods")]
    assert (await gives.grant_money(refs[0], account_id, wanted)).state is FulfilmentState.DONE
    taken = await gives.take_back(refs[1], account_id, granted=refs[0], most=five)
    assert taken.taken_back == five
    await gives.add_pack(refs[2], line_id, offering_id="pack-voice-100", months=2)  # not to every kind of line
    sent = await gives.send_goods(refs[3], line_id, item="goods-cup", to=Delivery("陈晓彤", "13912345678", "体育西路"))
    assert sent.state is FulfilmentState.WORKING
    for reference in refs:
        await gives.find(account_id, reference)
    customer = await TmfLoyaltyCustomers(client).fetch_customer(line_id)
    assert customer is not None
    assert customer.account_id == account_id
    await TmfLoyaltyCustomers(client).fetch_paid(account_id, date(2026, 10, 1))
    platform = TmfPointsPlatform(client)
    await platform.fetch_points(line_id)
    await platform.fetch_entries(line_id, after=today - month, before=today)


async def brake_and_let_go(client: TmfClient, line_id: str) -> None:
    """Charges are paused, and go on."""
    brakes = TmfChargeBrakes(client)
    assert (await brakes.change_brake(line_id, pause=[PausableCharge.ROAMING])).paused
    assert not (await brakes.change_brake(line_id, resume=[PausableCharge.ROAMING])).paused


async def ask_about_bill(client: TmfClient, account_id: str, bill: Bill) -> None:
    """A dispute and an e-invoice, which may stand from another line of the account."""
    tickets = TmfTickets(client)
    await tickets.dispute(
        account_id, bill.id, None, amount=bill.total, reason=DisputeReason.NOT_USED, words="", reference=f"d-{bill.id}"
    )
    await tickets.request_invoice(
        account_id,
        bill.id,
        amount=bill.total,
        title="广州恒信科技有限公司",
        title_kind=InvoiceTitleKind.ORGANIZATION,
        tax_number="91350100M000100Y43",
        reference=f"i-{bill.id}",
    )
    assert [each.bill_id for each in await tickets.fetch_disputes(account_id)] == [bill.id]
    assert [each.bill_id for each in await tickets.fetch_invoices(account_id)] == [bill.id]


@pytest.fixture(scope="module")
async def sent(sandbox_app: Starlette, specifications: Specifications) -> AsyncIterator[tuple[list[Exchange], Judge]]:
    """All that our adapters say to the sandbox over a socket, and a judge that knows what the sandbox declares."""
    recorder = Recorder(sandbox_app)
    async with served(recorder) as address:
        client = TmfClient(f"{address}/tmf-api", snapshots=MemorySnapshots())
        for number in NUMBERS:
            await ask_everything(client, number)
        for wanted in (USAGE, LINES, BILLS, ORDERS):
            hub = TmfHub(client, callback=f"{address}/hub", wanted=wanted)
            await hub.unregister(await hub.register())
        await client.aclose()
        exchanges = list(recorder.exchanges)
        async with httpx.AsyncClient(base_url=f"{address}/tmf-api") as reader:
            yield exchanges, Judge(specifications, await declared(reader, exchanges))


async def declared(reader: httpx.AsyncClient, exchanges: list[Exchange]) -> Extensions:
    """Our own extensions, which stand beside the operator's page, and every one that the answers point to."""
    known = Extensions({schema["$id"]: schema for schema in OURS})
    for exchange in exchanges:
        try:
            known = await fetch_extensions(reader, parse_json(exchange.body), known)
        except JsonError:
            assert not exchange.body, exchange
    return known


async def test_what_our_adapters_send_and_get_is_official(sent: tuple[list[Exchange], Judge]) -> None:
    exchanges, judge = sent
    faults = [fault for one in exchanges for fault in (*judge.judge_request(one), *judge.judge_response(one))]
    assert not faults, "\n" + render_faults(faults)


async def test_each_operation_that_the_page_says_we_send_is_sent_and_no_other(
    sent: tuple[list[Exchange], Judge], specifications: Specifications, promised: tuple[Promise, ...]
) -> None:
    found = [specifications.operation(one.method, one.path) for one in sent[0]]
    asked = {(operation.api, operation.name) for operation in found if operation}
    assert asked == {(row.api, row.operation) for row in promised}


async def test_each_request_carries_an_id_of_its_own(sent: tuple[list[Exchange], Judge]) -> None:
    ids = [exchange.request_headers.get("x-request-id", "") for exchange in sent[0]]
    assert all(ids)
    assert len(set(ids)) == len(ids)
