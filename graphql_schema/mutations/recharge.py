"""How does anybody put money onto a line?"""

from decimal import Decimal
from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import BadArgument
from graphql_schema.problems import NotFound as NotFoundProblem
from graphql_schema.queries.read_amount import read_amount
from graphql_schema.types.line import mask_number
from graphql_schema.types.money import FEN
from graphql_schema.types.recharge import (
    PayWay,
    Recharge,
    RechargeSource,
    RechargeStarted,
    RefundBegun,
)
from graphql_schema.types.refusal import (
    AmountRefused,
    Locked,
    NotFound,
    NotRechargeable,
    ProviderRefused,
    TooMany,
    VoucherRefused,
)

CARD_DIGITS = 18
NUMBER_CHARACTERS_MOST = 32
RECEIPT_CHARACTERS_MOST = 64
Info = strawberry.Info[Context, None]


@strawberry.input
class StartRechargeInput:
    """How much (yuan, whole fen) goes onto which number (null: the own line), paid how."""

    idempotency_key: str
    number: str | None = None
    amount: Decimal
    source: RechargeSource
    way: PayWay = PayWay.PAGE


@strawberry.input
class RedeemVoucherInput:
    """A voucher card's 18 digits, and the number that its money goes to (null: the own line)."""

    idempotency_key: str
    number: str | None = None
    card: str


@strawberry.input
class CancelRechargeInput:
    """Which recharge shall not be paid any more."""

    idempotency_key: str
    receipt: str


@strawberry.input
class RefundRechargeInput:
    """Which recharge is given back, and how much of it (yuan, whole fen)."""

    idempotency_key: str
    recharge_id: strawberry.ID
    amount: Decimal


StartRechargeResult = Annotated[
    RechargeStarted | AmountRefused | NotRechargeable | ProviderRefused | TooMany | Always,
    strawberry.union("StartRechargeResult"),
]
RedeemVoucherResult = Annotated[
    Recharge | VoucherRefused | Locked | NotRechargeable | TooMany | Always,
    strawberry.union("RedeemVoucherResult"),
]
CancelRechargeResult = Annotated[Recharge | NotFound | Always, strawberry.union("CancelRechargeResult")]
RefundRechargeResult = Annotated[
    RefundBegun | NotFound | AmountRefused | ProviderRefused | Always, strawberry.union("RefundRechargeResult")
]


@strawberry.type
class RechargeDeeds:
    """Deeds that put money in, and one that gives it back."""

    @strawberry.mutation
    async def start_recharge(self, info: Info, input: StartRechargeInput) -> StartRechargeResult:
        """Opens a payment; the money is credited when the provider says that it was paid."""
        recharges = info.context.facts.ports.recharges
        amount, number = read_amount(input.amount, recharges.options()), _bound_number(input.number)
        under_way().note = f"{mask_number(number) if number else '-'} · {amount.amount} · {input.source.value}"
        return await recharges.start(under_way().deed, number, amount, input.source, input.way)

    @strawberry.mutation
    async def redeem_voucher(self, info: Info, input: RedeemVoucherInput) -> RedeemVoucherResult:
        """Puts a voucher card's money onto a line; a wrong card counts, and 5 in a day lock vouchers."""
        card, number = "".join(input.card.split()), _bound_number(input.number)
        if len(card) != CARD_DIGITS or not (card.isascii() and card.isdigit()):
            raise BadArgument(name="card", least=CARD_DIGITS, most=CARD_DIGITS)
        under_way().note = mask_number(number) if number else "-"
        return await info.context.facts.ports.recharges.redeem_voucher(under_way().deed, number, card)

    @strawberry.mutation
    async def cancel_recharge(self, info: Info, input: CancelRechargeInput) -> CancelRechargeResult:
        """Closes one that waits for its payment; paid in the meantime, it is answered as paid."""
        if not 0 < len(input.receipt) <= RECEIPT_CHARACTERS_MOST or not input.receipt.isascii():
            raise NotFoundProblem
        return await info.context.facts.ports.recharges.cancel(under_way().deed, input.receipt)

    @strawberry.mutation
    async def refund_recharge(self, info: Info, input: RefundRechargeInput) -> RefundRechargeResult:
        """Gives (a part of) a credited recharge back: out of the line's own money, then to the payer."""
        recharges = info.context.facts.ports.recharges
        amount = read_amount(input.amount, recharges.options(), least=FEN)
        under_way().note = f"{input.recharge_id} · {amount.amount}"
        return RefundBegun(recharge=await recharges.refund(under_way().deed, input.recharge_id, amount))


def _bound_number(number: str | None) -> str | None:
    if number is not None and len(number) > NUMBER_CHARACTERS_MOST:
        raise BadArgument(name="number", most=NUMBER_CHARACTERS_MOST)
    return number or None
