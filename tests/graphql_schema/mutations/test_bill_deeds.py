"""Can a charge be disputed, an invoice asked for and a bill shown by link, and only as the bill itself has it?"""

from dataclasses import replace
from typing import Any

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.ports import BssFault
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.line import LineState, Payer
from graphql_schema.types.ticket import DisputeReason
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss, make_bill, make_line, yuan
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

KEY = "a-key-of-mine"
DISPUTE = """mutation($input: DisputeChargeInput!) { disputeCharge(input: $input) { __typename
    ... on Dispute { id ratedLineId amount { amount } reason state } ... on BadInput { name least most }
    ... on PaidByOther { payer } ... on StepUpRequired { needed } } }"""
INVOICE = """mutation($input: RequestInvoiceInput!) { requestInvoice(input: $input) { __typename
    ... on InvoiceRequest { id title titleKind maskedTaxNumber amount { amount } }
    ... on BadInput { name least most } ... on PaidByOther { payer } } }"""
SHARE = """mutation($input: ShareBillInput!) { shareBill(input: $input) { __typename
    ... on BillShare { id url billId } ... on BadInput { name least most } ... on PaidByOther { payer } } }"""
END = """mutation($input: EndBillShareInput!) { endBillShare(input: $input) { __typename
    ... on BillShareEnded { id } ... on NotFound { code } } }"""
TAX_NUMBER = "91350100M000100Y43"


async def do(ask: Ask, deed: str, **given: Any) -> Any:
    outcome = await ask(deed, {"input": {"idempotencyKey": KEY} | given})
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


async def dispute(ask: Ask, **given: Any) -> Any:
    return await do(ask, DISPUTE, **({"billId": "B10", "ratedLineId": "R1", "reason": "NOT_ORDERED"} | given))


async def invoice(ask: Ask, **given: Any) -> Any:
    return await do(ask, INVOICE, **({"billId": "B10", "titleKind": "PERSON", "title": "陈晓彤"} | given))


async def test_a_charge_is_disputed_for_what_the_bill_says(ask: Ask, bss: FakeBss) -> None:
    opened = await dispute(ask, words="  我没有订购\r\n请核实 ")
    assert opened == {
        "__typename": "Dispute",
        "id": "T1",
        "ratedLineId": "R1",
        "amount": {"amount": "86.495"},
        "reason": "NOT_ORDERED",
        "state": "ACKNOWLEDGED",
    }
    ((reference, asked),) = bss.tickets.asked
    assert (asked["amount"], asked["reason"], asked["words"]) == (
        yuan("86.495"),
        DisputeReason.NOT_ORDERED,
        "我没有订购\n请核实",
    )
    assert reference
    assert bss.identity.outcomes == [("disputeCharge", "done", "not_ordered 86.495 CNY")]


async def test_a_whole_bill_is_disputed_for_its_total(ask: Ask, bss: FakeBss) -> None:
    opened = await dispute(ask, ratedLineId=None)
    assert (opened["ratedLineId"], opened["amount"]) == (None, {"amount": "86.50"})


async def test_a_retry_of_the_deed_opens_no_second_dispute(ask: Ask, bss: FakeBss) -> None:
    assert await dispute(ask) == await dispute(ask)
    assert len(bss.tickets.asked) == 1


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"billId": "B99"}, "BillNotFound"),
        ({"billId": ""}, "BillNotFound"),
        ({"ratedLineId": "R99"}, "NotFound"),
        ({"ratedLineId": ""}, "NotFound"),
        ({"words": "好" * 501}, "BadInput"),
        ({"words": "a\x00b"}, "BadInput"),
        ({"words": "a\u202eb"}, "BadInput"),
    ],
)
async def test_what_cannot_be_disputed_is_refused_and_nobody_is_asked(
    ask: Ask, bss: FakeBss, given: dict[str, Any], answer: str
) -> None:
    assert (await dispute(ask, **given))["__typename"] == answer
    assert bss.tickets.asked == []


async def test_a_credit_is_no_charge_to_dispute(ask: Ask, bss: FakeBss) -> None:
    bss.bills = (replace(make_bill(10), total=yuan("-3")),)
    assert (await dispute(ask, ratedLineId=None))["__typename"] == "NotFound"


@pytest.mark.parametrize(
    "category", [BillCategory.DUPLICATE, BillCategory.INTERIM, BillCategory.TRIAL, BillCategory.CREDIT_NOTE]
)
async def test_only_a_months_own_bill_is_disputed_or_invoiced(ask: Ask, bss: FakeBss, category: BillCategory) -> None:
    bss.bills = (replace(make_bill(10), category=category),)
    assert (await dispute(ask))["__typename"] == "BillNotFound"
    bss.identity.outcomes.clear()
    refused = await ask(
        INVOICE, {"input": {"idempotencyKey": "another-key", "billId": "B10", "titleKind": "PERSON", "title": "陈"}}
    )
    assert refused.data == {"requestInvoice": {"__typename": "BillNotFound"}}
    assert bss.tickets.asked == []


@pytest.mark.parametrize("state", [LineState.SUSPENDED, LineState.OUTGOING_BARRED])
async def test_a_suspended_line_may_still_dispute(ask: Ask, bss: FakeBss, state: LineState) -> None:
    bss.line = make_line(state=state)
    assert (await dispute(ask))["__typename"] == "Dispute"


@pytest.mark.parametrize("deed", [dispute, invoice, lambda ask: do(ask, SHARE, billId="B10")])
async def test_a_bill_that_others_pay_is_theirs_to_ask_about(ask: Ask, bss: FakeBss, deed: Any) -> None:
    bss.line = make_line(payer=Payer.ORGANIZATION)
    assert await deed(ask) == {"__typename": "PaidByOther", "payer": "ORGANIZATION"}
    assert (bss.tickets.asked, bss.shares.shares) == ([], [])


async def test_a_trusted_link_alone_disputes_nothing(ask: Ask, bss: FakeBss) -> None:
    asked = {"idempotencyKey": KEY, "billId": "B10", "reason": "OTHER"}
    outcome = await ask(DISPUTE, {"input": asked}, by=Caller(Channel.SMS, LINE_ID, NUMBER, assurance=1))
    assert outcome.data == {"disputeCharge": {"__typename": "StepUpRequired", "needed": 2}}


async def test_a_ticket_desk_that_is_down_is_a_fault_and_leaves_the_key_free(ask: Ask, bss: FakeBss) -> None:
    fault = BssFault("ticket_unavailable", retryable=True)

    async def fail(*_: Any, **__: Any) -> Any:
        raise fault

    well, bss.tickets.dispute = bss.tickets.dispute, fail  # type: ignore[method-assign]
    outcome = await ask(DISPUTE, {"input": {"idempotencyKey": KEY, "billId": "B10", "reason": "OTHER"}})
    assert [error.code for error in outcome.errors] == ["ticket_unavailable"]
    bss.tickets.dispute = well  # type: ignore[method-assign]
    assert (await dispute(ask))["__typename"] == "Dispute"


# --- invoices ----------------------------------------------------------------------------------------------------


async def test_a_person_gets_an_invoice_of_the_bills_total(ask: Ask, bss: FakeBss) -> None:
    asked = await invoice(ask, title=" 陈晓彤 ")
    assert (asked["title"], asked["titleKind"], asked["amount"]) == ("陈晓彤", "PERSON", {"amount": "86.50"})
    assert bss.tickets.asked[0][1]["tax_number"] is None


@pytest.mark.parametrize("written", [TAX_NUMBER, TAX_NUMBER.lower(), "91350100 M000100 Y43"])
async def test_an_organizations_tax_number_goes_to_the_operator_and_nowhere_else(
    ask: Ask, bss: FakeBss, written: str
) -> None:
    await invoice(ask, titleKind="ORGANIZATION", title="广州恒信科技有限公司", taxNumber=written)
    ((_, asked),) = bss.tickets.asked
    assert asked["tax_number"] == TAX_NUMBER
    assert bss.identity.outcomes == [("requestInvoice", "done", "****0Y43")]


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"title": ""}, {"__typename": "BadInput", "name": "title", "least": 1, "most": 100}),
        ({"title": "  "}, {"__typename": "BadInput", "name": "title", "least": 1, "most": 100}),
        ({"title": "好" * 101}, {"__typename": "BadInput", "name": "title", "least": 1, "most": 100}),
        ({"title": "a\nb"}, {"__typename": "BadInput", "name": "title", "least": 1, "most": 100}),
        ({"taxNumber": TAX_NUMBER}, {"__typename": "BadInput", "name": "taxNumber", "least": None, "most": None}),
        ({"titleKind": "ORGANIZATION"}, {"__typename": "BadInput", "name": "taxNumber", "least": None, "most": None}),
        (
            {"titleKind": "ORGANIZATION", "taxNumber": TAX_NUMBER[:-1] + "4"},
            {"__typename": "BadInput", "name": "taxNumber", "least": None, "most": None},
        ),
        ({"billId": "B99"}, {"__typename": "BillNotFound"}),
    ],
)
async def test_an_invoice_that_cannot_be_made_out_is_refused(
    ask: Ask, bss: FakeBss, given: dict[str, Any], answer: dict[str, Any]
) -> None:
    assert await invoice(ask, **given) == answer
    assert bss.tickets.asked == []
    assert not any(TAX_NUMBER[:-1] in str(outcome) for outcome in bss.identity.outcomes)


# --- links -------------------------------------------------------------------------------------------------------


async def test_a_bill_is_shown_by_link_and_the_link_ended(ask: Ask, bss: FakeBss) -> None:
    shared = await do(ask, SHARE, billId="B10")
    assert shared == {"__typename": "BillShare", "id": "H1", "url": "http://localhost/shared/abc", "billId": "B10"}
    ended = {"input": {"idempotencyKey": "another-key", "shareId": "H1"}}
    assert (await ask(END, ended)).data == {"endBillShare": {"__typename": "BillShareEnded", "id": "H1"}}
    assert bss.shares.shares == []
    again = {"input": {"idempotencyKey": "a-third-key", "shareId": "H1"}}
    assert (await ask(END, again)).data == {"endBillShare": {"__typename": "NotFound", "code": "not_found"}}


@pytest.mark.parametrize("days", [0, 31, -1])
async def test_a_link_lives_from_a_day_to_thirty(ask: Ask, bss: FakeBss, days: int) -> None:
    refused = {"__typename": "BadInput", "name": "days", "least": 1, "most": 30}
    assert await do(ask, SHARE, billId="B10", days=days) == refused
    assert bss.shares.shares == []


async def test_a_bill_that_is_not_there_is_shown_to_nobody(ask: Ask, bss: FakeBss) -> None:
    assert await do(ask, SHARE, billId="B99") == {"__typename": "BillNotFound"}
    assert bss.shares.shares == []
