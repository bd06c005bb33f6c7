"""Do the files of every bill of every persona say what the BSS says, to the fen?"""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from zipfile import ZipFile

import httpx
import pytest
from lxml import etree

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.snapshot import MemorySnapshots
from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel
from graphql_schema.queries.owed import OF_A_MONTH
from graphql_schema.types.money import round_to_fen
from sandbox.app import create_app
from sandbox.bss.personas import PERSONAS
from sandbox.bss.world import World
from statements.bill_pdf import list_facts
from statements.bill_sheet import BILL_DOCUMENT, BILL_FIELDS, BillSheet, lay_out_bill
from statements.bill_tables import write_bill_csv, write_bill_xlsx
from tests.fakes.ports import FakeBss

pytestmark = pytest.mark.anyio
BORN_MS = 1_795_312_800_000  # 2026-11-22, mid-cycle
NUMBERS = [persona.number for persona in PERSONAS]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World.open(subscribers=20, now_ms=BORN_MS)
    yield world
    world.store.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[TmfClient]:
    transport = httpx.ASGITransport(create_app(world), raise_app_exceptions=False)
    limits = Limits(budget_seconds=20.0, failures_to_open=1000)
    client = TmfClient("http://bss.example/tmf-api", snapshots=MemorySnapshots(), transport=transport, limits=limits)
    yield client
    await client.aclose()


@pytest.mark.parametrize("number", NUMBERS)
async def test_files_of_every_bill_add_up_to_what_the_bss_says(client: TmfClient, number: str) -> None:
    lines, bills = TmfLines(client, TmfCatalogue(client)), TmfBills(client)
    ports = replace(FakeBss().ports(), lines=lines, bills=bills, accounts=TmfAccounts(client), clock=client.clock)
    graph = HallGraph(ports, [BILL_DOCUMENT], deadline_seconds=20, open_documents=False)
    line = await lines.find_line(number)
    assert line is not None
    caller = Caller(Channel.SYSTEM, subscriber=line.id, assurance=3, fields=BILL_FIELDS)
    reading = await bills.fetch_bills(line.account_id)
    assert reading.bills
    for bill in reading.bills:
        outcome = await graph.run(BILL_DOCUMENT, {"id": bill.id}, caller)
        assert not outcome.errors, outcome.errors
        assert outcome.data is not None
        sheet = lay_out_bill(outcome.data["me"], "zh", operator="一厅")
        assert (sheet.total, sheet.open) == (bill.total.amount, bill.remaining.amount)
        _adds_up(sheet, is_owed=bill.category in OF_A_MONTH)
        _is_said_in_every_file(sheet)


def _adds_up(sheet: BillSheet, *, is_owed: bool) -> None:
    assert sum(subject.total for subject in sheet.subjects) == sheet.total
    for subject in sheet.subjects:
        assert round_to_fen(sum((line.amount for line in subject.lines), Decimal(0))) == subject.total
    if is_owed:  # of a trial bill, an interim one, a note, nothing is open, and nothing was paid
        assert sheet.paid == sheet.total - sheet.open


def _is_said_in_every_file(sheet: BillSheet) -> None:
    subtotals = [subject.total for subject in sheet.subjects]
    rows = list(csv.reader(io.StringIO(write_bill_csv(sheet).decode("utf-8-sig"))))
    assert [Decimal(row[3]) for row in rows if row[1:2] == ["小计"]] == subtotals
    assert [Decimal(row[3]) for row in rows if row[:1] == ["合计"]] == [sheet.total]
    facts = list_facts(sheet)
    assert [Decimal(subject["total"].replace(",", "")) for subject in facts["subjects"]] == subtotals
    assert [Decimal(amount.replace(",", "")) for _, amount in facts["figures"]] == [sheet.total, sheet.paid, sheet.open]
    with ZipFile(io.BytesIO(write_bill_xlsx(sheet))) as archive:
        cells = etree.fromstring(archive.read("xl/worksheets/sheet1.xml")).iter("{*}v")
        numbers = {round(Decimal(cell.text or ""), 10) for cell in cells}  # a spreadsheet keeps 15 digits
    assert set(subtotals) <= numbers
