"""Does a body that keeps to the contract read as the facts that it states?"""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bss_adapters.tmf.account import parse_account
from bss_adapters.tmf.balance import parse_balance
from bss_adapters.tmf.bill_paper import parse_bills, parse_current_charges, parse_itemized_bill
from bss_adapters.tmf.catalogue import parse_names
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.line_product import parse_found_lines, parse_line_by_id
from bss_adapters.tmf.package import name_package, parse_packages
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.usage import parse_usage
from bss_adapters.tmf.usage_event import parse_usage_event
from graphql_schema.ports import BssFault
from graphql_schema.types.account import AccountKind, AccountState, MoneyKind
from graphql_schema.types.bill import BillCategory, BillState, ChargeKind, SubjectCode
from graphql_schema.types.bucket import BucketOrigin, BucketScope, UsageType
from graphql_schema.types.line import FamilyRole, LineKind, LineState, Payer
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.package import PackageKind, PackageState
from graphql_schema.types.usage_event import UsageEvent
from tests.bss_adapters import wire_bodies as wire

AS_OF = datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC)


def read(*bodies: Any, stale: bool = False) -> Reading:
    exact = (parse_exact_json(json.dumps(body).encode(), system="bill") for body in bodies)
    return Reading(tuple(exact), AS_OF, stale=stale)


def yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def line_with(**changes: Any) -> dict[str, Any]:
    return wire.LINE | changes


def test_a_line_reads_whole() -> None:
    line = parse_line_by_id(read(wire.LINE, stale=True), line_id="L1", currency="CNY")
    assert asdict(line) == {
        "id": "L1",
        "number": "13800138001",
        "masked_number": "138****8001",
        "kind": LineKind.MOBILE,
        "state": LineState.ACTIVE,
        "family_role": FamilyRole.NONE,
        "payer": Payer.SELF,
        "account_id": "A1",
        "customer_id": "C1",
        "as_of": AS_OF,
        "stale": True,
    }


@pytest.mark.parametrize(
    ("status", "barring", "state"),
    [
        ("created", None, LineState.PENDING),
        ("pendingActive", None, LineState.PENDING),
        ("active", None, LineState.ACTIVE),
        ("active", "none", LineState.ACTIVE),
        ("active", "outgoing", LineState.OUTGOING_BARRED),
        ("suspended", "outgoing", LineState.SUSPENDED),
        ("pendingTerminate", None, LineState.ACTIVE),
        ("terminated", None, LineState.CLOSED),
        ("cancelled", None, LineState.CLOSED),
        ("aborted ", None, LineState.CLOSED),
    ],
)
def test_the_state_of_a_line_follows_its_status_and_its_barring(
    status: str, barring: str | None, state: LineState
) -> None:
    characteristics = [{"name": "barring", "value": barring}] if barring else []
    body = line_with(status=status, productCharacteristic=characteristics)
    assert parse_line_by_id(read(body), line_id="L1", currency="CNY").state is state


@pytest.mark.parametrize(
    ("relationship", "role"),
    [("sharesFrom", FamilyRole.SECONDARY), ("sharesTo", FamilyRole.MAIN), ("bundled", FamilyRole.NONE)],
)
def test_a_family_role_comes_from_what_the_line_shares(relationship: str, role: FamilyRole) -> None:
    body = line_with(productRelationship=[{"relationshipType": relationship, "product": {"id": "L2"}}])
    assert parse_line_by_id(read(body), line_id="L1", currency="CNY").family_role is role


@pytest.mark.parametrize("kind", LineKind)
def test_every_kind_of_line_is_known(kind: LineKind) -> None:
    body = line_with(productSpecification={"id": f"{kind.value}-line"})
    assert parse_line_by_id(read(body), line_id="L1", currency="CNY").kind is kind


def test_a_number_belongs_to_the_line_that_has_it_now() -> None:
    former = line_with(id="L0", status="terminated")
    waiting = line_with(id="L2", status="pendingActive")
    found = parse_found_lines(read([former, wire.LINE, waiting]), number="13800138001", currency="CNY")
    assert found is not None
    assert found.id == "L1"
    assert parse_found_lines(read([former]), number="13800138001", currency="CNY") is None
    assert parse_found_lines(read([]), number="13800138001", currency="CNY") is None


def test_two_lines_that_claim_one_number_are_garbled() -> None:
    with pytest.raises(BssFault, match="line_garbled"):
        parse_found_lines(read([wire.LINE, line_with(id="L2")]), number="13800138001", currency="CNY")


COMPANY_PAYS = {"id": "O1", "role": "payer", "@referredType": "Organization"}
SHARES_FROM = [{"relationshipType": "sharesFrom", "product": {"id": "L9"}}]


@pytest.mark.parametrize(
    ("parties", "relationships", "payer"),
    [
        ([], [], Payer.SELF),
        ([{"id": "O1", "role": "holder", "@referredType": "Organization"}], [], Payer.SELF),
        ([{"id": "P1", "role": "payer", "@referredType": "Individual"}], [], Payer.SELF),
        ([], [{"relationshipType": "sharesTo", "product": {"id": "L9"}}], Payer.SELF),
        ([], SHARES_FROM, Payer.FAMILY),
        ([COMPANY_PAYS], [], Payer.ORGANIZATION),
        ([COMPANY_PAYS], SHARES_FROM, Payer.ORGANIZATION),
    ],
)
def test_who_pays_comes_from_the_parties_and_the_family(
    parties: list[dict[str, Any]], relationships: list[dict[str, Any]], payer: Payer
) -> None:
    body = line_with(relatedParty=[*wire.LINE["relatedParty"], *parties], productRelationship=relationships)
    assert parse_line_by_id(read(body), line_id="L1", currency="CNY").payer is payer


def test_packages_come_plan_first_without_the_ended_and_without_the_family() -> None:
    ended = wire.ADD_ON | {"id": "P12", "status": "terminated"}
    early = wire.ADD_ON | {"id": "P13", "startDate": "2026-10-01T00:00:00+08:00"}
    family = line_with(id="L2", productRelationship=[{"relationshipType": "sharesFrom", "product": {"id": "L1"}}])
    packages = parse_packages(read([wire.ADD_ON, ended, family], [early, wire.PLAN]), line_id="L1", currency="CNY")
    assert [package.id for package in packages] == ["P10", "P13", "P11"]


def test_a_plan_and_an_add_on_read_whole() -> None:
    plan, add_on = parse_packages(read([wire.PLAN, wire.ADD_ON]), line_id="L1", currency="CNY")
    assert (plan.kind, plan.state) == (PackageKind.PLAN, PackageState.ACTIVE)
    assert (plan.offering_id, plan.monthly_fee) == ("O88", yuan("88.00"))
    assert (plan.since, plan.until, plan.contract_until) == (date(2025, 7, 1), None, date(2027, 7, 1))
    assert (add_on.kind, add_on.state, add_on.monthly_fee) == (PackageKind.ADD_ON, PackageState.ENDING, None)
    assert (add_on.since, add_on.until, add_on.contract_until) == (date(2026, 11, 1), date(2026, 12, 1), None)


def test_english_names_come_from_the_catalogue_and_fall_back_to_chinese() -> None:
    names = parse_names(read(wire.OFFERINGS), currency="CNY")
    plan, add_on = parse_packages(read([wire.PLAN, wire.ADD_ON]), line_id="L1", currency="CNY")
    assert name_package(plan, names).name == LocalizedText(zh="畅享套餐 88", en="Enjoy 88")
    assert name_package(add_on, names).name == LocalizedText(zh="10GB 加油包", en="10GB 加油包")
    assert name_package(plan, {}).name == LocalizedText(zh="畅享套餐 88", en="畅享套餐 88")


def test_an_account_reads_whole() -> None:
    account = parse_account(read(wire.ACCOUNT), account_id="A1", currency="CNY")
    assert (account.kind, account.state) == (AccountKind.POSTPAID, AccountState.ACTIVE)
    assert (account.owed, account.due_on) == (yuan("86.5"), date(2026, 11, 25))
    assert account.credit_limit == yuan("200")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"paymentStatus": "pastDue"}, AccountState.PAST_DUE),
        ({"paymentStatus": "pastDue", "state": "closed"}, AccountState.PAST_DUE),
        ({"state": "closed"}, AccountState.CLOSED),
        ({"paymentStatus": None, "state": None}, AccountState.ACTIVE),
    ],
)
def test_the_state_of_an_account_follows_its_payment(changes: dict[str, Any], state: AccountState) -> None:
    assert parse_account(read(wire.ACCOUNT | changes), account_id="A1", currency="CNY").state is state


def test_an_account_without_a_receivable_owes_nothing() -> None:
    account = parse_account(read(wire.ACCOUNT | {"accountBalance": []}), account_id="A1", currency="CNY")
    assert (account.owed, account.due_on) == (yuan("0"), None)


def test_a_balance_adds_what_can_be_spent_now() -> None:
    balance = parse_balance(read(wire.POTS), account_id="A1", currency="CNY")
    assert balance.available == yuan("13.205")
    assert [(pot.id, pot.kind) for pot in balance.sub_balances] == [
        ("M1", MoneyKind.OWN),
        ("M2", MoneyKind.GRANTED),
        ("M3", MoneyKind.FROZEN),
    ]
    assert [pot.valid_until for pot in balance.sub_balances] == [None, date(2026, 12, 31), None]


def test_a_shared_bucket_tells_own_use_from_everybodys() -> None:
    usage = parse_usage(read(wire.CONSUMPTION), line_id="L1", currency="CNY")
    data = usage.buckets[0]
    assert (data.total, data.used, data.used_by_line, data.remaining) == (
        10 * 1024**3,
        4 * 1024**3,
        1024**3,
        6 * 1024**3,
    )
    assert (data.shared, data.throttled, data.throttle_after) == (True, False, None)
    assert (data.usage_type, data.scope, data.origin) == (UsageType.DATA, BucketScope.GENERAL, BucketOrigin.PLAN)
    assert data.name == LocalizedText(zh="国内流量", en="Data at home")
    assert data.valid_until == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_an_unlimited_bucket_has_no_total_and_says_that_it_is_throttled() -> None:
    unlimited = parse_usage(read(wire.CONSUMPTION), line_id="L1", currency="CNY").buckets[1]
    assert (unlimited.total, unlimited.remaining) == (None, None)
    assert (unlimited.throttle_after, unlimited.throttled) == (42949672960, True)
    assert unlimited.used_by_line == unlimited.used == 42949672960
    assert unlimited.name == LocalizedText(zh="不限量流量", en="不限量流量")


def test_usage_is_as_of_its_own_last_update_and_belongs_to_its_cycle() -> None:
    body = json.loads(json.dumps(wire.CONSUMPTION))
    body["usageConsumption"][0]["lastUpdate"] = "2026-11-21T09:30:00.250+08:00"
    usage = parse_usage(read(body, stale=True), line_id="L1", currency="CNY")
    assert usage.as_of == datetime(2026, 11, 21, 1, 30, 0, 250_000, tzinfo=UTC)
    assert {(bucket.as_of, bucket.stale) for bucket in usage.buckets} == {(usage.as_of, True)}
    assert (usage.cycle_start, usage.cycle_end) == (
        datetime(2026, 10, 31, 16, tzinfo=UTC),
        datetime(2026, 11, 30, 16, tzinfo=UTC),
    )


def test_bills_come_newest_first() -> None:
    reading = parse_bills(read([wire.EARLIER_BILL, wire.BILL]), account_id="A1", currency="CNY")
    assert [bill.id for bill in reading.bills] == ["BILL-10", "BILL-09"]
    bill = reading.bills[0]
    assert (bill.number, bill.state) == ("202610-A1", BillState.PARTIALLY_PAID)
    assert (bill.total, bill.remaining) == (yuan("86.5"), yuan("36.5"))
    assert (bill.period_start, bill.period_end) == (date(2026, 10, 1), date(2026, 11, 1))
    assert (bill.issued_on, bill.due_on) == (date(2026, 11, 2), date(2026, 11, 25))


@pytest.mark.parametrize(
    ("said", "category"), [(None, BillCategory.NORMAL), *((each.value, each) for each in BillCategory)]
)
def test_a_bill_says_of_what_category_it_is(said: str | None, category: BillCategory) -> None:
    (bill,) = parse_bills(read([wire.BILL | {"category": said}]), account_id="A1", currency="CNY").bills
    assert (bill.category, bill.refers_to) == (category, None)


def test_a_credit_note_names_the_bill_that_it_corrects_and_gives_back() -> None:
    note = parse_bills(read([wire.BILL, wire.CREDIT_NOTE]), account_id="A1", currency="CNY").bills[0]
    assert (note.category, note.refers_to) == (BillCategory.CREDIT_NOTE, "BILL-10")
    assert (note.total, note.remaining) == (yuan("-3"), yuan("0"))


def test_a_rated_line_says_what_kind_of_charge_it_is_and_for_what() -> None:
    body = wire.BILL | {"amountDue": {"unit": "CNY", "value": 12.31}}
    (subject,) = parse_itemized_bill(read(body, [wire.ROAMING_RATE]), account_id="A1", currency="CNY").subjects
    (line,) = subject.rated_lines
    assert (line.kind, line.tariff, line.roaming) == (ChargeKind.USAGE, "roaming-data", True)
    assert (line.line_kind, line.product_id, line.amount) == (LineKind.MOBILE, None, yuan("12.305"))


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("monthly_fee", ChargeKind.RECURRING),
        ("voice", ChargeKind.USAGE),
        ("data", ChargeKind.USAGE),
        ("sms", ChargeKind.USAGE),
        ("value_added", ChargeKind.RECURRING),
        ("other_party", ChargeKind.RECURRING),
        ("discount", ChargeKind.DISCOUNT),
        ("late_fee", ChargeKind.PENALTY),
        ("other", ChargeKind.ONE_TIME),
    ],
)
def test_the_kind_of_a_charge_follows_its_subject_where_nothing_says_it(subject: str, kind: ChargeKind) -> None:
    rate = wire.rate("R1", subject, 86.5) | {"product": {"id": "P10"}}
    (found,) = parse_itemized_bill(read(wire.BILL, [rate]), account_id="A1", currency="CNY").subjects
    (line,) = found.rated_lines
    assert line.kind is kind
    assert line.product_id == (None if kind is ChargeKind.USAGE else "P10")
    assert (line.line_kind, line.tariff, line.roaming) == (None, None, False)


@pytest.mark.parametrize("trait", [("chargeKind", "gift"), ("lineKind", "pager"), ("tariff", 7), ("number", False)])
def test_a_trait_that_nobody_knows_garbles_the_bill(trait: tuple[str, object]) -> None:
    rate = wire.rate("R1", "voice", 86.5, number=None)
    rate["characteristic"].append({"name": trait[0], "value": trait[1]})
    with pytest.raises(BssFault, match="bill_garbled"):
        parse_itemized_bill(read(wire.BILL, [rate]), account_id="A1", currency="CNY")


@pytest.mark.parametrize(
    ("name", "paid_at"),
    [
        ("2026-11-20T10:30:00+08:00", datetime(2026, 11, 20, 2, 30, tzinfo=UTC)),
        ("2026-11-20T02:30:00.000Z", datetime(2026, 11, 20, 2, 30, tzinfo=UTC)),
        ("2026-11-20T02:30:00", None),
        ("微信支付", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_a_payment_is_dated_where_its_name_is_an_instant(name: str | None, paid_at: datetime | None) -> None:
    paid = {"payment": {"id": "PAY1", "name": name}, "appliedAmount": {"unit": "CNY", "value": 50}}
    body = wire.BILL | {"appliedPayment": [paid]}
    (payment,) = parse_itemized_bill(read(body, wire.RATES), account_id="A1", currency="CNY").payments
    assert payment.paid_at == paid_at


def test_a_bill_by_subject_adds_exact_lines_and_rounded_sums() -> None:
    itemized = parse_itemized_bill(read(wire.BILL, wire.RATES[:2], wire.RATES[2:]), account_id="A1", currency="CNY")
    assert [(subject.code, subject.total.amount) for subject in itemized.subjects] == [
        (SubjectCode.MONTHLY_FEE, Decimal("88.00")),
        (SubjectCode.VOICE, Decimal("3.51")),
        (SubjectCode.DISCOUNT, Decimal("-5.01")),
    ]
    voice, discount = itemized.subjects[1], itemized.subjects[2]
    assert [line.amount.amount for line in voice.rated_lines] == [Decimal("3.502"), Decimal("0.003")]
    assert (voice.rated_lines[0].number, discount.rated_lines[0].number) == ("13800138001", None)
    assert [(payment.id, payment.amount) for payment in itemized.payments] == [("PAY1", yuan("50"))]


def test_a_bill_that_does_not_add_up_is_never_shown() -> None:
    with pytest.raises(BssFault, match="bill_garbled"):
        parse_itemized_bill(read(wire.BILL, wire.RATES[:2]), account_id="A1", currency="CNY")


def test_the_running_month_reads_like_a_bill_that_nobody_owes_yet() -> None:
    charges = parse_current_charges(read(wire.CURRENT_BILL, wire.RATES), account_id="A1", currency="CNY")
    assert charges.total == yuan("86.5")
    assert len(charges.subjects) == 3


def test_a_usage_event_says_what_was_taken_from_which_bucket() -> None:
    assert parse_usage_event(json.dumps(wire.USAGE_EVENT).encode()) == UsageEvent(
        id="USE-1",
        line_id="L1",
        usage_type=UsageType.DATA,
        at=datetime(2026, 11, 21, 2, tzinfo=UTC),
        consumption=(("B9", 1000), ("B1", 2000)),  # type: ignore[arg-type]
        fee=yuan("0.012"),
    )


def test_another_event_at_the_listener_is_garbled() -> None:
    body = json.dumps(wire.USAGE_EVENT | {"eventType": "usageDeleteEvent"}).encode()
    with pytest.raises(BssFault, match="usage_garbled"):
        parse_usage_event(body)


@pytest.mark.parametrize(
    ("known", "told"), [("USE-1", "U" * 129), ("L1", "L" * 65), ("B9", "B" * 65), ("USE-1", "U\\u0000"), ("L1", "\\n")]
)
def test_an_event_with_an_id_that_no_table_holds_is_garbled(known: str, told: str) -> None:
    body = json.dumps(wire.USAGE_EVENT).replace(f'"{known}"', f'"{told}"').encode()
    with pytest.raises(BssFault, match="usage_garbled"):
        parse_usage_event(body)


@pytest.mark.parametrize(
    ("amount", "exact"),
    [("12.345", "12.345"), ("0.1", "0.10"), ("123456789.123", "123456789.123"), ("9007199254.993", "9007199254.993")],
)
def test_money_never_passes_through_a_float(amount: str, exact: str) -> None:
    body = json.dumps(wire.ACCOUNT).replace("86.5", amount).encode()
    reading = Reading((parse_exact_json(body, system="account"),), AS_OF, stale=False)
    assert str(parse_account(reading, account_id="A1", currency="CNY").owed.amount) == exact
