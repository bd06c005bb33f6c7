"""How does a customer dispute a charge?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import BadArgument, BillNotFound, NotFound
from graphql_schema.queries.owed import OF_A_MONTH
from graphql_schema.types.bill import ItemizedBill
from graphql_schema.types.money import Money
from graphql_schema.types.refusal import BillNotFound as BillNotFoundWord
from graphql_schema.types.refusal import NotFound as NotFoundWord
from graphql_schema.types.refusal import PaidByOther
from graphql_schema.types.ticket import Dispute, DisputeReason

WORDS_CHARACTERS_MOST = 500
Info = strawberry.Info[Context, None]


@strawberry.input
class DisputeChargeInput:
    """Which charge: one rated line of a bill, or the whole bill; and why, in a code and in the customer's words."""

    idempotency_key: str
    bill_id: strawberry.ID
    rated_line_id: strawberry.ID | None = None
    reason: DisputeReason
    words: str | None = None


DisputeChargeResult = Annotated[
    Dispute | BillNotFoundWord | NotFoundWord | PaidByOther | Always, strawberry.union("DisputeChargeResult")
]


@strawberry.type
class DisputeDeeds:
    """Deeds against a charge."""

    @strawberry.mutation
    async def dispute_charge(self, info: Info, input: DisputeChargeInput) -> DisputeChargeResult:
        """Opens a dispute, also while the line is suspended; one that is open for the same charge is answered instead
        of a second. What is disputed is what the bill says, whatever was asked."""
        words = (input.words or "").replace("\r\n", "\n").strip()  # a browser's form ends lines so
        if len(words) > WORDS_CHARACTERS_MOST or not words.replace("\n", "").isprintable():
            raise BadArgument(name="words", least=0, most=WORDS_CHARACTERS_MOST)
        facts, doing = info.context.facts, under_way()
        bill = await facts.known_bill(input.bill_id)
        amount = _find_amount(bill, input.rated_line_id)
        doing.note = f"{input.reason.value} {amount.amount} {amount.currency}"
        account_id = await facts.own_account_id("Mutation.disputeCharge")
        return await facts.ports.tickets.dispute(
            account_id,
            bill.bill.id,
            input.rated_line_id,
            amount=amount,
            reason=input.reason,
            words=words,
            reference=doing.deed.id,
        )


def _find_amount(bill: ItemizedBill, rated_line_id: str | None) -> Money:
    """What the bill charges there. Raises NotFound for a line that it doesn't have or that charges nothing."""
    if bill.bill.category not in OF_A_MONTH:  # its original is disputed, or the bill that contains it
        raise BillNotFound
    if rated_line_id is None:
        amount = bill.bill.total
    else:
        lines = (line for subject in bill.subjects for line in subject.rated_lines)
        found = next((line.amount for line in lines if line.id == rated_line_id), None)
        if found is None:
            raise NotFound
        amount = found
    if amount.amount <= 0:
        raise NotFound
    return amount
