"""How does one of the operator's people keep a promise on a customer's line?"""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.money_ports import NewPromise
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.types.line import mask_number
from graphql_schema.types.money import Money
from graphql_schema.types.promise import PromiseSource
from graphql_schema.types.refusal import NotFound, TooMany
from graphql_schema.types.word import word


@word
class PromiseKept:
    """The promise stands on the line until the day before ``ends_on``; the owner of a mobile one was told by SMS."""

    promise_id: str
    masked_number: str
    monthly_price: Money
    ends_on: date


@strawberry.input
class KeepPromiseInput:
    """What was promised to the line of a number: an offering for so much a month (yuan, at most two decimals), for
    1-60 months from a day within a year, with a monthly credit if there is a ``gift``; ``note`` (at most 200
    characters) is the promise in the seller's words."""

    idempotency_key: str
    number: str
    offering_id: strawberry.ID
    monthly_price: Decimal
    gift: Decimal | None = None
    starts_on: date
    months: int
    source: PromiseSource = PromiseSource.SELLER
    note: str = ""


KeepPromiseResult = Annotated[PromiseKept | NotFound | TooMany | Always, strawberry.union("KeepPromiseResult")]


@strawberry.type
class PromiseDeeds:
    """Deeds on promises."""

    @strawberry.mutation
    async def keep_promise(self, info: strawberry.Info[Context, None], input: KeepPromiseInput) -> KeepPromiseResult:
        """Keeps what a customer was promised on their line, where every bill is held against it."""
        under_way().note = mask_number(input.number)
        kept = await info.context.facts.ports.promises.keep(
            under_way().deed,
            NewPromise(
                number=input.number,
                offering_id=input.offering_id,
                monthly_price=input.monthly_price,
                gift=input.gift,
                starts_on=input.starts_on,
                months=input.months,
                source=input.source,
                note=input.note.strip(),
            ),
        )
        under_way().note += f" · {kept.offering_id} · {kept.monthly_price.amount}"
        return PromiseKept(
            promise_id=kept.id,
            masked_number=mask_number(input.number),
            monthly_price=kept.monthly_price,
            ends_on=kept.ends_on,
        )
