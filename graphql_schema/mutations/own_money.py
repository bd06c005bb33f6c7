"""How does a customer give own money to another line, or have it recharged by itself?"""

from decimal import Decimal
from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.mutations.recharge import NUMBER_CHARACTERS_MOST
from graphql_schema.payment_ports import WantedAutoRecharge
from graphql_schema.problems import BadArgument
from graphql_schema.queries.read_amount import read_amount
from graphql_schema.types.line import mask_number
from graphql_schema.types.money import FEN
from graphql_schema.types.recharge import AutoRecharge, AutoRechargeRule, BalanceTransfer, RechargeSource
from graphql_schema.types.refusal import (
    AmountRefused,
    NotFound,
    NotRechargeable,
    PaidByOther,
    ProviderRefused,
    TooMany,
    TransferRefused,
)
from graphql_schema.types.word import word

DAYS = range(1, 29)
Info = strawberry.Info[Context, None]


@word
class AutoRechargeEnded:
    """Nothing is recharged by itself any more."""

    id: str


@strawberry.input
class TransferBalanceInput:
    """How much own money (yuan, whole fen) goes to which number."""

    idempotency_key: str
    number: str
    amount: Decimal


@strawberry.input
class SetAutoRechargeInput:
    """A standing order: ``amount`` when the balance falls below ``threshold``, or on a ``day`` (1-28) of each month;
    never more than ``monthly_cap`` in a month."""

    idempotency_key: str
    rule: AutoRechargeRule
    threshold: Decimal | None = None
    day: int | None = None
    amount: Decimal
    monthly_cap: Decimal
    source: RechargeSource


@strawberry.input
class EndAutoRechargeInput:
    """The standing order of the own line."""

    idempotency_key: str


TransferBalanceResult = Annotated[
    BalanceTransfer | AmountRefused | NotRechargeable | TransferRefused | PaidByOther | TooMany | Always,
    strawberry.union("TransferBalanceResult"),
]
SetAutoRechargeResult = Annotated[
    AutoRecharge | AmountRefused | ProviderRefused | PaidByOther | Always, strawberry.union("SetAutoRechargeResult")
]
EndAutoRechargeResult = Annotated[AutoRechargeEnded | NotFound | Always, strawberry.union("EndAutoRechargeResult")]


@strawberry.type
class OwnMoneyDeeds:
    """Deeds with the line's own money."""

    @strawberry.mutation
    async def transfer_balance(self, info: Info, input: TransferBalanceInput) -> TransferBalanceResult:
        """Gives own money to another line: granted money stays. It can't be taken back."""
        if not 0 < len(input.number) <= NUMBER_CHARACTERS_MOST:
            raise BadArgument(name="number", least=1, most=NUMBER_CHARACTERS_MOST)
        ports = info.context.facts.ports
        amount = read_amount(input.amount, ports.recharges.options(), least=FEN)
        under_way().note = f"{mask_number(input.number)} · {amount.amount}"
        return await ports.transfers.transfer(under_way().deed, input.number, amount)

    @strawberry.mutation
    async def set_auto_recharge(self, info: Info, input: SetAutoRechargeInput) -> SetAutoRechargeResult:
        """Sets the standing order up, or replaces it; it begins when the payer signed at the provider's page."""
        ports = info.context.facts.ports
        options = ports.recharges.options()
        by_threshold = input.rule is AutoRechargeRule.THRESHOLD
        if (input.threshold is not None) != by_threshold:
            raise BadArgument(name="threshold")
        if (input.day is not None) == by_threshold or (input.day is not None and input.day not in DAYS):
            raise BadArgument(name="day", least=DAYS.start, most=DAYS.stop - 1)
        wanted = WantedAutoRecharge(
            rule=input.rule,
            threshold=None if input.threshold is None else read_amount(input.threshold, options, least=FEN),
            day=input.day,
            amount=read_amount(input.amount, options),
            monthly_cap=read_amount(input.monthly_cap, options, least=input.amount),
            source=input.source,
        )
        under_way().note = f"{wanted.rule.value} · {wanted.amount.amount} · {wanted.source.value}"
        return await ports.auto_recharges.set_up(under_way().deed, wanted)

    @strawberry.mutation
    async def end_auto_recharge(self, info: Info, input: EndAutoRechargeInput) -> EndAutoRechargeResult:
        """Ends it, at the provider too."""
        await info.context.facts.ports.auto_recharges.end(under_way().deed)
        return AutoRechargeEnded(id=under_way().deed.id)
