"""How does a customer change what a line has: prepared, then confirmed (二次确认)?"""

from datetime import UTC, datetime
from typing import Annotated, Final

import strawberry

from graphql_schema.access import DEED, STRICT_DEED, TOLD, Rule
from graphql_schema.client import Channel
from graphql_schema.context import Context
from graphql_schema.guard import find_refusal
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import check_rest, under_way
from graphql_schema.queries.my_orders import ChangeWanted
from graphql_schema.types.change import ChangeAction, ChangePreview, ChangeWithdrawn, PreparedChange
from graphql_schema.types.order import Order
from graphql_schema.types.refusal import (
    ChangeRefused,
    ConfirmationExpired,
    NotCancellable,
    NotFound,
    PreviewChanged,
    TooMany,
)

Info = strawberry.Info[Context, None]

CONFIRMED_AT: Final[dict[ChangeAction, Rule]] = {
    # What each change takes (domain page §5): dropping is level 1, ordering level 2, closing level 3.
    ChangeAction.ADD: DEED,
    ChangeAction.CHANGE_PLAN: DEED,
    ChangeAction.DROP: TOLD,
    ChangeAction.SWITCH_ON: DEED,
    ChangeAction.SWITCH_OFF: TOLD,
    ChangeAction.REPORT_LOSS: DEED,
    ChangeAction.RESUME: DEED,
    ChangeAction.CLOSE: STRICT_DEED,
    ChangeAction.KEEP_OPEN: DEED,
    ChangeAction.OPEN_LINE: DEED,
}

NEVER_RESTS: Final = frozenset(
    {
        *(ChangeAction.REPORT_LOSS, ChangeAction.RESUME, ChangeAction.KEEP_OPEN),
        *(ChangeAction.SWITCH_OFF, ChangeAction.DROP),
    }
)
"""What protects a customer, or lets one pay less: asked for and confirmed while other changes rest."""


@strawberry.input
class PrepareChangeInput:
    """What is wanted."""

    idempotency_key: str
    wanted: ChangeWanted


@strawberry.input
class ConfirmChangeInput:
    """Which prepared change is confirmed."""

    idempotency_key: str
    prepared_id: strawberry.ID


@strawberry.input
class WithdrawChangeInput:
    """Which prepared change is given up."""

    idempotency_key: str
    prepared_id: strawberry.ID


@strawberry.input
class CancelOrderInput:
    """Which order is called off."""

    idempotency_key: str
    order_id: strawberry.ID


PrepareChangeResult = Annotated[
    PreparedChange | ChangeRefused | NotFound | TooMany | Always, strawberry.union("PrepareChangeResult")
]
ConfirmChangeResult = Annotated[
    Order | ConfirmationExpired | PreviewChanged | ChangeRefused | NotFound | Always,
    strawberry.union("ConfirmChangeResult"),
]
WithdrawChangeResult = Annotated[
    ChangeWithdrawn | ConfirmationExpired | NotFound | Always, strawberry.union("WithdrawChangeResult")
]
CancelOrderResult = Annotated[Order | NotCancellable | NotFound | Always, strawberry.union("CancelOrderResult")]


@strawberry.type
class ChangeDeeds:
    """Deeds on what a line has."""

    @strawberry.mutation
    async def prepare_change(self, info: Info, input: PrepareChangeInput) -> PrepareChangeResult:
        """Keeps what was shown, and waits for the confirmation; nothing is ordered yet."""
        wanted = input.wanted.read()
        await _check_rest(info.context, "prepareChange", wanted.action)
        under_way().note = wanted.action.value
        return await info.context.facts.ports.order_desk.prepare(under_way().deed, wanted)

    @strawberry.mutation
    async def confirm_change(self, info: Info, input: ConfirmChangeInput) -> ConfirmChangeResult:
        """Orders what was prepared, once however often it is confirmed. Which level it takes depends on the change."""
        context, desk = info.context, info.context.facts.ports.order_desk
        prepared = await desk.fetch_prepared(context.caller, input.prepared_id)
        await _check_rest(context, "confirmChange", prepared.preview.action)
        await _check_level(context, prepared.preview)
        under_way().note = f"{prepared.preview.action.value} · {prepared.preview.name.zh}"
        return await desk.confirm(under_way().deed, prepared.id)

    @strawberry.mutation
    async def withdraw_change(self, info: Info, input: WithdrawChangeInput) -> WithdrawChangeResult:
        """Gives up what was prepared."""
        await info.context.facts.ports.order_desk.withdraw(under_way().deed, input.prepared_id)
        return ChangeWithdrawn(prepared_id=input.prepared_id)

    @strawberry.mutation
    async def cancel_order(self, info: Info, input: CancelOrderInput) -> CancelOrderResult:
        """Calls an order off, as long as it has not taken effect."""
        return await info.context.facts.ports.order_desk.cancel(under_way().deed, input.order_id)


async def _check_rest(context: Context, name: str, action: ChangeAction) -> None:
    """Raises DeedOff, but for what must never rest."""
    if action not in NEVER_RESTS:
        await check_rest(context, name)


async def _check_level(context: Context, preview: ChangePreview) -> None:
    """Raises StepUpRequired. An offering that its operator lets a line order by text alone takes level 1."""
    rule = CONFIRMED_AT[preview.action]
    if rule is DEED and preview.action is ChangeAction.ADD and preview.offering_id is not None:
        sold = {offering.id: offering for offering in (await context.facts.catalogue()).offerings}
        by_text = context.caller.channel is Channel.SMS  # a number that calls is easier to feign than one that texts
        if by_text and preview.offering_id in sold and sold[preview.offering_id].by_text:
            rule = TOLD
    refusal = find_refusal(context.caller, "Mutation.confirmChange", rule, datetime.now(UTC))
    if refusal is not None:
        raise refusal
