"""Are bills explained, held against promises, and their disputes told, each by as few questions as it needs?"""

import asyncio
import time
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from graphql_schema.client import Caller, Channel, GraphError
from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.ports import BssFault
from graphql_schema.scopes import SCOPES
from graphql_schema.types.bill import BillCategory, ItemizedBill
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.line import Line, Payer
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.month import Month
from graphql_schema.types.promise import Promise
from graphql_schema.types.ticket import Dispute, TicketState
from tests.fakes.bills import DATA, OTHER_NUMBER, OTHER_PARTY, fee, itemize, used, yuan
from tests.fakes.money_ports import FakeUse, make_dispute, make_invoice, make_promise
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss, make_line, make_package
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

EXPLAIN = """query($id: ID!, $basis: BillBasis! = LAST_MONTH) { me { billDifference(id: $id, basis: $basis) {
    billId basis months this { amount } that { amount } difference { amount } other { amount } stale
    subjects { code difference { amount } causes { kind amount { amount } name { zh } maskedNumber days } } } } }"""
PROMISES = "{ me { promises { id stale checks { billId verdict over { amount } ratedLineId } } } }"
PLAN = fee("H1", "59", name="畅享59")
OUT = used(DATA, "data", "8.7")


@dataclass
class CountedUse(FakeUse):
    """Notes whose months are asked for; ``fault`` instead of an answer, ``slow`` never one."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    fault: BssFault | None = None
    slow: set[str] = field(default_factory=set)

    async def fetch_month(self, line_id: str, month: Month) -> RatedMonth:
        self.asked.append((line_id, month.text))
        if self.fault:
            raise self.fault
        if line_id in self.slow:
            await asyncio.sleep(3600)
        return await super().fetch_month(line_id, month)


@dataclass
class BilledBss(FakeBss):
    """A BSS that keeps these bills, newest first."""

    itemized: list[ItemizedBill] = field(default_factory=list)
    account_lines: list[Line] = field(default_factory=lambda: [make_line()])

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        self.calls["fetch_lines_of_account"] += 1
        return self.account_lines

    def keep(self, *itemized: ItemizedBill) -> None:
        self.itemized = list(itemized)
        self.bills = tuple(each.bill for each in itemized)

    def _itemize(self, bill_id: str) -> ItemizedBill | None:
        return next((each for each in self.itemized if each.bill.id == bill_id), None)


@pytest.fixture
def use() -> CountedUse:
    day = RatedDay(date(2026, 10, 25), UsageType.DATA, "data", 1, Decimal("8.7"), roaming=False)
    return CountedUse(months={Month(2026, 10): (day,)})


@pytest.fixture
def bss(use: CountedUse) -> BilledBss:
    bss = BilledBss(use=use)
    months = [itemize(f"2026-{month:02}", PLAN) for month in range(9, 1, -1)]
    bss.keep(itemize("2026-10", PLAN, OUT), *months)
    return bss


async def explain(ask: Ask, bill_id: str = "B2026-10", basis: str = "LAST_MONTH") -> Any:
    outcome = await ask(EXPLAIN, {"id": bill_id, "basis": basis})
    assert outcome.errors == ()
    assert outcome.data is not None
    return outcome.data["me"]["billDifference"]


async def test_a_bill_is_explained_with_the_days_of_its_use(ask: Ask, use: CountedUse) -> None:
    told = await explain(ask)
    assert (told["billId"], told["basis"], told["months"]) == ("B2026-10", "LAST_MONTH", 1)
    assert (told["this"], told["that"]) == ({"amount": "67.70"}, {"amount": "59.00"})
    assert (told["difference"], told["other"]) == ({"amount": "8.70"}, {"amount": "0.00"})
    assert told["subjects"] == [
        {"code": "MONTHLY_FEE", "difference": {"amount": "0.00"}, "causes": []},
        {
            "code": "DATA",
            "difference": {"amount": "8.70"},
            "causes": [
                {
                    "kind": "OUT_OF_BUCKET",
                    "amount": {"amount": "8.70"},
                    "name": {"zh": "data"},
                    "maskedNumber": "138****8001",
                    "days": ["2026-10-25"],
                }
            ],
        },
    ]
    assert use.asked == [(LINE_ID, "2026-10")]


@pytest.mark.parametrize(("basis", "bills_asked"), [("LAST_MONTH", 2), ("MEAN", 7)])
async def test_an_explanation_costs_one_question_a_bill_and_one_a_line(
    ask: Ask, bss: BilledBss, basis: str, bills_asked: int
) -> None:
    told = await explain(ask, basis=basis)
    assert told["months"] == bills_asked - 1
    assert bss.calls == {"fetch_line": 1, "fetch_bills": 1, "fetch_bill": bills_asked, "fetch_lines_of_account": 1}


async def test_use_is_not_read_for_a_bill_without_any(ask: Ask, bss: BilledBss, use: CountedUse) -> None:
    await explain(ask, "B2026-09")
    assert use.asked == []
    assert "fetch_lines_of_account" not in bss.calls


async def test_use_of_a_number_that_the_account_has_no_more_is_not_read(
    ask: Ask, bss: BilledBss, use: CountedUse
) -> None:
    bss.keep(itemize("2026-10", PLAN, used(DATA, "data", "3", number=OTHER_NUMBER)), itemize("2026-09", PLAN))
    told = await explain(ask)
    assert told["subjects"][1]["causes"][0]["days"] == []
    assert use.asked == []


async def test_with_usage_down_the_explanation_stands_without_days(ask: Ask, use: CountedUse) -> None:
    use.fault = BssFault("usage_unavailable", retryable=True)
    told = await explain(ask)
    assert told["difference"] == {"amount": "8.70"}
    assert told["subjects"][1]["causes"][0]["days"] == []
    assert not told["stale"]


async def test_an_explanation_waits_for_days_no_longer_than_a_moment(
    ask: Ask, bss: BilledBss, use: CountedUse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_schema.queries.my_bills.DAYS_WITHIN_SECONDS", 0.2)
    bss.account_lines = [make_line(), make_line(id="L2", number=OTHER_NUMBER)]
    bss.keep(itemize("2026-10", OUT, used(DATA, "data", "8.7", number=OTHER_NUMBER)), itemize("2026-09", PLAN, PLAN))
    use.slow = {"L2"}
    began = time.monotonic()
    told = await explain(ask)
    assert time.monotonic() - began < 5
    causes = {cause["maskedNumber"]: cause["days"] for each in told["subjects"][1:] for cause in each["causes"]}
    assert causes == {"138****8001": ["2026-10-25"], "138****8004": []}


async def test_where_a_line_went_is_told_to_itself_alone(ask: Ask, bss: BilledBss, use: CountedUse) -> None:
    abroad = RatedDay(date(2026, 10, 9), UsageType.DATA, "abroad", 1, Decimal(9), roaming=True, places=("日本·东京",))
    use.months = {Month(2026, 10): (abroad,)}
    bss.account_lines = [make_line(), make_line(id="L2", number=OTHER_NUMBER)]
    rows = [used(DATA, "abroad", "9", roaming=True, number=number) for number in (NUMBER, OTHER_NUMBER)]
    bss.keep(itemize("2026-10", *rows), itemize("2026-09", PLAN))
    asked = '{ me { billDifference(id: "B2026-10") { subjects { causes { maskedNumber days places } } } } }'
    outcome = await ask(asked)
    assert outcome.data is not None
    told = outcome.data["me"]["billDifference"]["subjects"][1]["causes"]
    assert told == [
        {"maskedNumber": "138****8001", "days": ["2026-10-09"], "places": ["日本·东京"]},
        {"maskedNumber": "138****8004", "days": ["2026-10-09"], "places": []},
    ]


@pytest.mark.parametrize("limited", [{"helper": "L9"}, {"client": "an app"}])
async def test_who_helps_with_bills_is_not_told_where_a_line_went(
    ask: Ask, bss: BilledBss, use: CountedUse, limited: dict[str, str]
) -> None:
    abroad = RatedDay(date(2026, 10, 9), UsageType.DATA, "abroad", 1, Decimal(9), roaming=True, places=("日本·东京",))
    use.months = {Month(2026, 10): (abroad,)}
    bss.keep(itemize("2026-10", used(DATA, "abroad", "9", roaming=True)), itemize("2026-09", PLAN))
    caller = Caller(Channel.WEB, LINE_ID, NUMBER, assurance=2, fields=SCOPES["bills"], **limited)  # type: ignore[arg-type]
    asked = '{ me { billDifference(id: "B2026-10") { subjects { causes { days places } } } } }'
    outcome = await ask(asked, by=caller)
    assert outcome.data is not None
    (told,) = outcome.data["me"]["billDifference"]["subjects"][1]["causes"]
    assert told == {"days": ["2026-10-09"], "places": []}


@pytest.mark.parametrize(
    ("bill_id", "code"),
    [("B2026-02", "nothing_to_compare"), ("B2025-01", "bill_not_found"), ("x" * 129, "bill_not_found")],
)
async def test_a_bill_that_cannot_be_explained_says_why(ask: Ask, bill_id: str, code: str) -> None:
    outcome = await ask(EXPLAIN, {"id": bill_id})
    assert outcome.errors == (GraphError(code, ("me", "billDifference"), {}),)


async def test_a_bill_that_the_bss_does_not_answer_is_a_fault_of_the_explanation(ask: Ask, bss: BilledBss) -> None:
    bss.break_system("fetch_bill", code="bill_unavailable")
    outcome = await ask(EXPLAIN, {"id": "B2026-10"})
    assert [error.code for error in outcome.errors] == ["bill_unavailable"]


async def test_bills_can_be_narrowed_to_those_of_months(ask: Ask, bss: BilledBss) -> None:
    again = replace(itemize("2026-10", PLAN, OUT, category=BillCategory.DUPLICATE).bill, id="D10", refers_to="B2026-10")
    bss.bills = (again, *bss.bills)
    asked = "{ me { bills(first: 1, categories: [NORMAL, LAST]) { totalCount edges { node { id } } } } }"
    outcome = await ask(asked)
    assert outcome.data is not None
    assert outcome.data["me"]["bills"] == {"totalCount": 9, "edges": [{"node": {"id": "B2026-10"}}]}


# --- promises ----------------------------------------------------------------------------------------------------


async def test_a_promise_is_held_against_each_bill_of_its_term(ask: Ask, bss: BilledBss) -> None:
    dear = fee("H1", "79", name="畅享59")
    bss.keep(itemize("2026-10", dear), itemize("2026-09", PLAN), itemize("2026-08", dear))
    bss.promises.promises = [
        make_promise(starts_on=date(2026, 9, 1), name=LocalizedText(zh="畅享59", en="Enjoy 59")),
        make_promise(id="V2", offering_id="pack-x", name=LocalizedText(zh="视频包", en="Video")),
    ]
    bss.packages = [make_package()]
    outcome = await ask(PROMISES)
    assert outcome.errors == ()
    assert outcome.data is not None
    assert outcome.data["me"]["promises"] == [
        {
            "id": "V1",
            "stale": False,
            "checks": [
                {
                    "billId": "B2026-10",
                    "verdict": "BROKEN",
                    "over": {"amount": "20.00"},
                    "ratedLineId": "R2026-10-monthly_fee-0",
                },
                {"billId": "B2026-09", "verdict": "KEPT", "over": {"amount": "0.00"}, "ratedLineId": None},
            ],
        },
        {"id": "V2", "stale": False, "checks": []},
    ]
    assert bss.calls["fetch_bill"] == 3


async def test_a_promise_names_no_colleague(ask: Ask, bss: BilledBss) -> None:
    bss.promises.promises = [make_promise(made_by="staff:1001")]
    plain = [each for each in fields(Promise) if each.type in {str, date, datetime, bool}]
    names = " ".join(map(to_camel_case, (each.name for each in plain)))
    outcome = await ask(f"{{ me {{ promises {{ source {names} }} }} }}")
    assert not outcome.errors
    assert "1001" not in str(outcome.data)


async def test_without_a_promise_no_bill_is_asked_for(ask: Ask, bss: BilledBss) -> None:
    outcome = await ask(PROMISES)
    assert outcome.data == {"me": {"promises": []}}
    assert not bss.calls


async def test_a_line_that_others_pay_for_keeps_its_promises_and_sees_none_of_their_bills(
    ask: Ask, bss: BilledBss
) -> None:
    bss.line = make_line(payer=Payer.FAMILY)
    bss.promises.promises = [make_promise()]
    outcome = await ask(PROMISES)
    assert outcome.data == {"me": {"promises": [{"id": "V1", "stale": False, "checks": []}]}}
    assert "fetch_bills" not in bss.calls


# --- disputes, invoices, links -------------------------------------------------------------------------------------


async def test_what_was_asked_about_bills_is_listed(ask: Ask, bss: BilledBss) -> None:
    bss.tickets.disputes, bss.tickets.invoices = [make_dispute()], [make_invoice()]
    outcome = await ask("{ me { disputes { id state } invoiceRequests { id state } billShares { id } } }")
    assert outcome.data == {
        "me": {
            "disputes": [{"id": "T1", "state": "ACKNOWLEDGED"}],
            "invoiceRequests": [{"id": "T2", "state": "ACKNOWLEDGED"}],
            "billShares": [],
        }
    }


@pytest.mark.parametrize("payer", [Payer.FAMILY, Payer.ORGANIZATION])
async def test_what_was_asked_about_the_payers_bills_is_the_payers(ask: Ask, bss: BilledBss, payer: Payer) -> None:
    bss.line = make_line(payer=payer)
    asked = '{ me { disputes { id } invoiceRequests { id } billDifference(id: "B2026-10") { billId } } }'
    outcome = await ask(asked)
    assert {(error.code, error.path[-1]) for error in outcome.errors} == {
        ("paid_by_other", name) for name in ("disputes", "invoiceRequests", "billDifference")
    }


@pytest.mark.parametrize("field", ["disputes { id }", "promises { id }", "billShares { id }", "invoiceRequests { id }"])
async def test_level_1_sees_none_of_it(ask: Ask, field: str) -> None:
    outcome = await ask(f"{{ me {{ {field} }} }}", by=Caller(Channel.SMS, LINE_ID, NUMBER, assurance=1))
    assert [error.code for error in outcome.errors] == ["step_up_required"]


# --- what is in dispute is no reason to warn ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remaining", "state", "warned"),
    [
        ("8.01", TicketState.ACKNOWLEDGED, []),
        ("8.02", TicketState.ACKNOWLEDGED, ["BILL_OVERDUE"]),
        ("8.01", TicketState.REJECTED, ["BILL_OVERDUE"]),
        ("8.01", TicketState.RESOLVED, ["BILL_OVERDUE"]),
    ],
)
async def test_an_open_rest_that_is_all_a_disputed_third_party_charge_warns_of_nothing(
    ask: Ask, bss: BilledBss, remaining: str, state: TicketState, warned: list[str]
) -> None:
    bill = itemize("2026-09", PLAN, fee("sp", "8.005", subject=OTHER_PARTY), remaining=remaining)
    bss.keep(bill)
    line_id = next(line.id for each in bill.subjects if each.code is OTHER_PARTY for line in each.rated_lines)
    bss.tickets.disputes = [make_dispute(bill_id=bill.bill.id, rated_line_id=line_id, state=state)]
    bss.now_is = bss.now_is.replace(month=12)
    outcome = await ask("{ me { attention { code amount { amount } } } }")
    assert outcome.data is not None
    told = outcome.data["me"]["attention"]
    assert [each["code"] for each in told if each["code"].startswith("BILL")] == warned
    assert all(each["amount"] == {"amount": remaining} for each in told if each["code"] in warned)


async def test_a_dispute_of_the_whole_bill_holds_its_third_party_charges_too(ask: Ask, bss: BilledBss) -> None:
    bss.keep(itemize("2026-09", PLAN, fee("sp", "8", subject=OTHER_PARTY), remaining="8"))
    bss.tickets.disputes = [make_dispute(bill_id="B2026-09", rated_line_id=None)]
    bss.now_is = bss.now_is.replace(month=12)
    outcome = await ask("{ me { attention { code } } }")
    assert outcome.data is not None
    assert "BILL_OVERDUE" not in [each["code"] for each in outcome.data["me"]["attention"]]


async def test_disputes_are_asked_for_only_where_a_bill_would_be_warned_of(ask: Ask, bss: BilledBss) -> None:
    asked: list[str] = []

    async def note(account_id: str) -> list[Dispute]:
        asked.append(account_id)
        return []

    bss.tickets.fetch_disputes = note  # type: ignore[method-assign]
    bss.keep(itemize("2026-10", PLAN, remaining="0"))
    await ask("{ me { attention { code } } }")
    assert asked == []
    bss.keep(itemize("2026-08", PLAN, remaining="59"))
    await ask("{ me { attention { code } } }")
    assert asked == ["A1"]


async def test_a_ticket_desk_that_hangs_does_not_hold_up_the_first_page(
    ask: Ask, bss: BilledBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(account_id: str) -> list[Dispute]:
        await asyncio.sleep(3600)
        return []

    monkeypatch.setattr("graphql_schema.queries.me.DISPUTES_WITHIN_SECONDS", 0.1)
    bss.tickets.fetch_disputes = hang  # type: ignore[method-assign]
    bss.keep(itemize("2026-08", PLAN, remaining="59"))
    began = time.monotonic()
    outcome = await ask("{ me { attention { code } } }")
    assert time.monotonic() - began < 5
    assert outcome.data is not None
    assert "BILL_OVERDUE" in [each["code"] for each in outcome.data["me"]["attention"]]


async def test_a_disputed_fee_of_the_operators_own_is_still_due(ask: Ask, bss: BilledBss) -> None:
    bill = itemize("2026-09", PLAN, remaining="59")
    bss.keep(bill)
    bss.tickets.disputes = [
        make_dispute(bill_id=bill.bill.id, rated_line_id="R2026-09-monthly_fee-0", amount=yuan("59"))
    ]
    bss.now_is = bss.now_is.replace(month=12)
    outcome = await ask("{ me { attention { code } } }")
    assert outcome.data is not None
    assert "BILL_OVERDUE" in [each["code"] for each in outcome.data["me"]["attention"]]


@pytest.mark.parametrize(
    "category", [BillCategory.DUPLICATE, BillCategory.INTERIM, BillCategory.TRIAL, BillCategory.CREDIT_NOTE]
)
async def test_what_is_owed_once_is_not_warned_of_twice(ask: Ask, bss: BilledBss, category: BillCategory) -> None:
    month, other = (itemize("2026-09", PLAN, remaining="59", category=each) for each in (BillCategory.NORMAL, category))
    bss.keep(month)
    bss.bills = (replace(other.bill, id="X1"), month.bill)
    bss.now_is = bss.now_is.replace(month=12)
    outcome = await ask("{ me { attention { code amount { amount } } } }")
    assert outcome.data is not None
    overdue = [each["amount"] for each in outcome.data["me"]["attention"] if each["code"] == "BILL_OVERDUE"]
    assert overdue == [{"amount": "59.00"}]
