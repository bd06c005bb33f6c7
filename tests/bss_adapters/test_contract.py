"""Do the ports give the same sensible facts whether the sandbox is in process or behind a socket?"""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bss_adapters.tmf.hub import TmfHub
from bss_adapters.tmf.usage_event import parse_usage_event
from graphql_schema.ports import BssFault
from graphql_schema.queries.owed import OF_A_MONTH, is_owed
from graphql_schema.types.account import AccountKind, AccountState
from graphql_schema.types.bill import BillState
from graphql_schema.types.bucket import BucketOrigin, BucketScope, UsageType
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer
from graphql_schema.types.package import PackageKind
from tests.bss_adapters.conftest import Hall
from tests.conformance.serving import served

pytestmark = pytest.mark.anyio

NUMBERS = [f"138001380{place:02}" for place in range(1, 11)]
ORDINARY, PREPAID, MAIN, SECONDARY, THROTTLED, CONTRACT, ARREARS, MEMBER, HOUSEHOLD, NEARLY = NUMBERS


async def find(hall: Hall, number: str) -> Line:
    line = await hall.lines.find_line(number)
    assert line is not None, number
    return line


async def test_the_personas_are_the_lines_that_we_find(hall: Hall) -> None:
    for persona in await hall.look("personas"):
        line = await find(hall, persona["number"])
        assert (line.id, line.account_id) == (persona["lineId"], persona["accountId"])
        by_id = await hall.lines.fetch_line(line.id)
        assert by_id is not None
        assert replace(by_id, as_of=line.as_of) == line


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_persona_has_sensible_facts(hall: Hall, number: str) -> None:
    line = await find(hall, number)
    assert (line.kind, line.stale) == (LineKind.MOBILE, False)
    assert line.masked_number == f"138****{number[-4:]}"
    packages = await hall.lines.fetch_packages(line.id)
    assert [package.kind for package in packages].count(PackageKind.PLAN) == 1
    assert packages[0].kind is PackageKind.PLAN
    assert any(package.name.en != package.name.zh for package in packages)
    account = await hall.accounts.fetch_account(line.account_id)
    balance = await hall.accounts.fetch_balance(line.account_id)
    assert account.owed.amount >= 0
    assert balance.available.amount <= sum((pot.remaining.amount for pot in balance.sub_balances), Decimal(0))
    usage = await hall.usage.fetch_usage(line.id)
    assert usage.cycle_start < usage.as_of < usage.cycle_end
    for bucket in usage.buckets:
        assert bucket.used >= bucket.used_by_line >= 0
        assert (bucket.total is None) is (bucket.remaining is None)
        if bucket.total is not None and bucket.remaining is not None:
            assert bucket.used + bucket.remaining == bucket.total


@pytest.mark.parametrize("number", NUMBERS)
async def test_the_bills_of_a_persona_agree_with_its_account(hall: Hall, number: str) -> None:
    line = await find(hall, number)
    reading = await hall.bills.fetch_bills(line.account_id)
    account = await hall.accounts.fetch_account(line.account_id)
    owed = [bill.remaining.amount for bill in reading.bills if is_owed(bill)]
    assert sum(owed, Decimal(0)) == account.owed.amount
    assert len({bill.id for bill in reading.bills}) == len(reading.bills)
    issued = [bill.issued_on for bill in reading.bills]
    assert issued == sorted(issued, reverse=True)
    for bill in [bill for bill in reading.bills if bill.category in OF_A_MONTH][:2]:
        itemized = await hall.bills.fetch_bill(line.account_id, bill.id)
        assert itemized is not None
        assert replace(itemized.bill, as_of=bill.as_of) == bill
        assert sum((each.total.amount for each in itemized.subjects), Decimal(0)) == bill.total.amount
        paid = sum((payment.amount.amount for payment in itemized.payments), Decimal(0))
        given_back = sum((note.total.amount for note in itemized.credit_notes), Decimal(0))
        assert bill.total.amount - paid + given_back == bill.remaining.amount


@pytest.mark.parametrize("number", NUMBERS)
async def test_the_running_month_is_the_one_of_the_cycle_and_no_issued_bill(hall: Hall, number: str) -> None:
    line = await find(hall, number)
    charges = await hall.bills.fetch_current_charges(line.account_id)
    assert charges.period_start <= charges.as_of.date() <= charges.period_end
    assert sum((subject.total.amount for subject in charges.subjects), Decimal(0)) == charges.total.amount
    again = await hall.bills.fetch_bills(line.account_id)
    assert all(bill.period_start < charges.period_start for bill in again.bills)


async def test_each_story_shows_in_the_facts(hall: Hall) -> None:
    ordinary = await find(hall, ORDINARY)
    kinds = {(bucket.scope, bucket.origin) for bucket in (await hall.usage.fetch_usage(ordinary.id)).buckets}
    assert {(BucketScope.GENERAL, BucketOrigin.ROLLED_OVER), (BucketScope.GENERAL, BucketOrigin.PLAN)} <= kinds
    assert BucketScope.DEDICATED in {scope for scope, _ in kinds}
    last = (await hall.bills.fetch_bills(ordinary.account_id)).bills[0]
    assert last.state is BillState.SENT
    assert last.due_on is not None
    assert last.due_on >= last.as_of.date()

    prepaid = await find(hall, PREPAID)
    assert (await hall.accounts.fetch_account(prepaid.account_id)).kind is AccountKind.PREPAID
    assert (await hall.accounts.fetch_balance(prepaid.account_id)).available.amount == Decimal("3.20")

    throttled = await hall.usage.fetch_usage((await find(hall, THROTTLED)).id)
    assert any(bucket.throttled and bucket.total is None for bucket in throttled.buckets)

    arrears = await find(hall, ARREARS)
    assert arrears.state is LineState.OUTGOING_BARRED
    assert (await hall.accounts.fetch_account(arrears.account_id)).state is AccountState.PAST_DUE
    bills = (await hall.bills.fetch_bills(arrears.account_id)).bills
    assert len([bill for bill in bills if bill.remaining.amount]) == 2


async def test_a_contract_ends_in_eight_months(hall: Hall) -> None:
    packages = await hall.lines.fetch_packages((await find(hall, CONTRACT)).id)
    ends = [package.contract_until for package in packages if package.contract_until]
    today = packages[0].as_of.date()
    assert [round((end - today) / timedelta(days=30.4)) for end in ends] == [8]


async def test_a_family_shares_one_bucket_and_tells_each_use(hall: Hall) -> None:
    main, secondary = await find(hall, MAIN), await find(hall, SECONDARY)
    assert (main.family_role, secondary.family_role) == (FamilyRole.MAIN, FamilyRole.SECONDARY)
    of_main = {bucket.id: bucket for bucket in (await hall.usage.fetch_usage(main.id)).buckets if bucket.shared}
    of_other = {bucket.id: bucket for bucket in (await hall.usage.fetch_usage(secondary.id)).buckets if bucket.shared}
    both = of_main.keys() & of_other.keys()
    assert both
    for each in both:
        assert of_main[each].used == of_other[each].used
        assert of_main[each].used_by_line + of_other[each].used_by_line <= of_main[each].used
    assert any(of_main[each].used_by_line != of_other[each].used_by_line for each in both)


async def test_the_company_and_the_family_pay_for_the_lines_of_theirs_and_nobody_else_does(hall: Hall) -> None:
    payers = {number: (await find(hall, number)).payer for number in (*NUMBERS, "13800138018", "13800138028")}
    by_company = (MEMBER, "13800138018", "13800138028")
    assert [number for number, payer in payers.items() if payer is Payer.ORGANIZATION] == list(by_company)
    assert [number for number, payer in payers.items() if payer is Payer.FAMILY] == [SECONDARY]
    assert {payers[number] for number in NUMBERS if number not in {MEMBER, SECONDARY}} == {Payer.SELF}


@pytest.mark.parametrize(
    ("number", "kind"),
    [("02088880009", LineKind.FIXED), ("gz00880009", LineKind.BROADBAND), ("gziptv0009", LineKind.IPTV)],
)
async def test_a_household_pays_all_its_lines_from_one_account(hall: Hall, number: str, kind: LineKind) -> None:
    line, mobile = await find(hall, number), await find(hall, HOUSEHOLD)
    assert (line.kind, line.account_id) == (kind, mobile.account_id)
    assert await hall.lines.fetch_packages(line.id)


async def test_a_number_that_nobody_has_is_no_line(hall: Hall) -> None:
    assert await hall.lines.find_line("13999999999") is None
    assert await hall.lines.fetch_line("no-such-line") is None


async def test_anothers_bill_is_none_of_ours(hall: Hall) -> None:
    mine, theirs = await find(hall, ORDINARY), await find(hall, ARREARS)
    foreign = (await hall.bills.fetch_bills(theirs.account_id)).bills[0]
    assert await hall.bills.fetch_bill(theirs.account_id, foreign.id) is not None
    assert await hall.bills.fetch_bill(mine.account_id, foreign.id) is None
    assert await hall.bills.fetch_bill(mine.account_id, "no-such-bill") is None


async def test_the_running_month_can_not_be_asked_as_a_bill(hall: Hall) -> None:
    line = await find(hall, ORDINARY)
    await hall.bills.fetch_current_charges(line.account_id)
    answer = await hall.levers.post(
        "/tmf-api/customerBillManagement/v4/customerBillOnDemand", json={"billingAccount": {"id": line.account_id}}
    )
    assert await hall.bills.fetch_bill(line.account_id, answer.json()["customerBill"]["id"]) is None


async def test_an_unknown_account_is_refused(hall: Hall) -> None:
    with pytest.raises(BssFault, match="account_refused"):
        await hall.accounts.fetch_account("no-such-account")


async def test_each_fact_costs_a_constant_number_of_calls(hall: Hall) -> None:
    line = await find(hall, ORDINARY)
    bill = (await hall.bills.fetch_bills(line.account_id)).bills[0]
    await hall.lines.fetch_packages(line.id)
    costs: dict[str, int] = {}
    for name, ask in {
        "find": hall.lines.find_line(line.number),
        "line": hall.lines.fetch_line(line.id),
        "packages": hall.lines.fetch_packages(line.id),
        "account": hall.accounts.fetch_account(line.account_id),
        "balance": hall.accounts.fetch_balance(line.account_id),
        "usage": hall.usage.fetch_usage(line.id),
        "bills": hall.bills.fetch_bills(line.account_id),
        "bill": hall.bills.fetch_bill(line.account_id, bill.id),
        "current": hall.bills.fetch_current_charges(line.account_id),
    }.items():
        before = len(hall.paths)
        await ask
        costs[name] = len(hall.paths) - before
    assert Counter(costs) == Counter(
        find=1, line=1, packages=1, account=1, balance=1, usage=1, bills=1, bill=3, current=3
    )


async def test_an_outage_shows_the_last_known_facts_and_heals(hall: Hall) -> None:
    line = await find(hall, ORDINARY)
    well = await hall.bills.fetch_bills(line.account_id)
    await hall.pull("outage", {"systems": ["bill"]})
    known = await hall.bills.fetch_bills(line.account_id)
    assert (well.stale, known.stale, known.as_of) == (False, True, well.as_of)
    assert [bill.id for bill in known.bills] == [bill.id for bill in well.bills]
    assert all(bill.stale for bill in known.bills)
    with pytest.raises(BssFault, match="bill_unavailable"):
        await hall.bills.fetch_current_charges(line.account_id)
    assert not (await hall.accounts.fetch_account(line.account_id)).stale
    await hall.pull("outage", {"systems": []})
    assert not (await hall.bills.fetch_bills(line.account_id)).stale


async def test_a_dead_catalogue_costs_the_english_names_only(hall: Hall) -> None:
    line = await find(hall, ORDINARY)
    await hall.pull("outage", {"systems": ["catalogue"]})
    packages = await hall.lines.fetch_packages(line.id)
    assert packages
    assert all(package.name.en == package.name.zh and not package.stale for package in packages)


async def test_business_time_is_the_sandboxs_and_moves_with_it(hall: Hall) -> None:
    line = await find(hall, ORDINARY)
    assert abs(hall.client.clock.now() - await sandbox_time(hall)) < timedelta(seconds=3)
    await hall.pull("clock", {"advanceSeconds": 3 * 3600})
    reading = await hall.usage.fetch_usage(line.id)
    assert abs(hall.client.clock.now() - await sandbox_time(hall)) < timedelta(seconds=3)
    assert hall.client.clock.now() - reading.as_of < timedelta(hours=3)


async def sandbox_time(hall: Hall) -> datetime:
    return datetime.fromisoformat((await hall.look("clock"))["now"])


async def test_what_is_used_now_shows_in_the_next_reading(hall: Hall) -> None:
    line = await find(hall, NEARLY)
    before = await hall.usage.fetch_usage(line.id)
    await hall.pull("usage", {"number": NEARLY, "usageType": "data", "amount": 50 * 1024**2})
    await hall.usage.outdate(line.id)
    after = await hall.usage.fetch_usage(line.id)
    used = [sum(each.used for each in one.buckets if each.usage_type is UsageType.DATA) for one in (before, after)]
    assert used[1] - used[0] == 50 * 1024**2
    assert after.as_of >= before.as_of


async def test_a_registered_listener_is_told_what_was_used(app: Starlette, hall: Hall) -> None:
    told: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(request: Request) -> Response:
        told.put_nowait(await request.body())
        return Response(status_code=204)

    line = await find(hall, NEARLY)
    general = {each.id: each for each in (await hall.usage.fetch_usage(line.id)).buckets}
    listener = Starlette(routes=[Route("/hub/listener/usageCreateEvent", listen, methods=["POST"])])
    async with served(listener) as address, app.router.lifespan_context(app):
        hub = TmfHub(hall.client, callback=f"{address}/hub")
        registration = await hub.register()
        await hall.pull("usage", {"number": NEARLY, "usageType": "data", "amount": 4096})
        async with asyncio.timeout(10):
            event = parse_usage_event(await told.get())
        await hub.unregister(registration)
        await hub.unregister(registration)
    assert (event.line_id, event.usage_type) == (line.id, UsageType.DATA)
    assert sum(amount for _, amount in event.consumption) == 4096
    assert {bucket for bucket, _ in event.consumption} <= general.keys()
    assert told.empty()
