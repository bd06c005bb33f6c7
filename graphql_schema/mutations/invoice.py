"""How does a customer ask for an e-invoice?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.mutations.tax_number import is_tax_number, mask_tax_number
from graphql_schema.problems import BadArgument, BillNotFound
from graphql_schema.queries.owed import OF_A_MONTH
from graphql_schema.types.refusal import BillNotFound as BillNotFoundWord
from graphql_schema.types.refusal import PaidByOther
from graphql_schema.types.ticket import InvoiceRequest, InvoiceTitleKind

TITLE_CHARACTERS = range(1, 101)

Info = strawberry.Info[Context, None]


@strawberry.input
class RequestInvoiceInput:
    """Of which bill, and to whom: an organization's title has its tax number (税号), a person's has none."""

    idempotency_key: str
    bill_id: strawberry.ID
    title_kind: InvoiceTitleKind
    title: str
    tax_number: str | None = None


RequestInvoiceResult = Annotated[
    InvoiceRequest | BillNotFoundWord | PaidByOther | Always, strawberry.union("RequestInvoiceResult")
]


@strawberry.type
class InvoiceDeeds:
    """Deeds about invoices."""

    @strawberry.mutation
    async def request_invoice(self, info: Info, input: RequestInvoiceInput) -> RequestInvoiceResult:
        """Asks for the e-invoice of a month's bill; one that was asked for, and not rejected, is answered instead."""
        title, tax_number = _check_title(input.title), _check_tax_number(input.title_kind, input.tax_number)
        facts, doing = info.context.facts, under_way()
        doing.note = mask_tax_number(tax_number) if tax_number else input.title_kind.value
        bill = (await facts.known_bill(input.bill_id)).bill
        if bill.category not in OF_A_MONTH or bill.total.amount <= 0:
            raise BillNotFound
        return await facts.ports.tickets.request_invoice(
            await facts.own_account_id("Mutation.requestInvoice"),
            bill.id,
            amount=bill.total,
            title=title,
            title_kind=input.title_kind,
            tax_number=tax_number,
            reference=doing.deed.id,
        )


def _check_title(given: str) -> str:
    title = given.strip()
    if len(title) not in TITLE_CHARACTERS or not title.isprintable():
        raise BadArgument(name="title", least=TITLE_CHARACTERS.start, most=TITLE_CHARACTERS.stop - 1)
    return title


def _check_tax_number(kind: InvoiceTitleKind, given: str | None) -> str | None:
    tax_number = "".join((given or "").split()).upper() or None
    if kind is InvoiceTitleKind.PERSON:
        if tax_number is not None:
            raise BadArgument(name="taxNumber")
    elif tax_number is None or not is_tax_number(tax_number):
        raise BadArgument(name="taxNumber")
    return tax_number
