"""How does a customer stop charges, and let them run again?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import BadArgument, SignInRequired
from graphql_schema.queries.my_usage import look_at_brake
from graphql_schema.types.charge_brake import ChargeBrake, PausableCharge

Info = strawberry.Info[Context, None]


@strawberry.input
class PauseChargesInput:
    """Which charges to pause, beside those that are."""

    idempotency_key: str
    charges: list[PausableCharge]


@strawberry.input
class ResumeChargesInput:
    """Which of the paused charges may run again."""

    idempotency_key: str
    charges: list[PausableCharge]


PauseChargesResult = Annotated[ChargeBrake | Always, strawberry.union("PauseChargesResult")]
ResumeChargesResult = Annotated[ChargeBrake | Always, strawberry.union("ResumeChargesResult")]


@strawberry.type
class ChargeBrakeDeeds:
    """Deeds on the brake."""

    @strawberry.mutation
    async def pause_charges(self, info: Info, input: PauseChargesInput) -> PauseChargesResult:
        """Pauses these charges until they are resumed; pausing what is paused does nothing."""
        return await _change(info.context, pause=_some(input.charges))

    @strawberry.mutation
    async def resume_charges(self, info: Info, input: ResumeChargesInput) -> ResumeChargesResult:
        """Lets these charges run again; the others stay paused."""
        return await _change(info.context, resume=_some(input.charges))


def _some(charges: list[PausableCharge]) -> frozenset[PausableCharge]:
    if not charges:
        raise BadArgument(name="charges", least=1, most=len(PausableCharge))
    return frozenset(charges)


async def _change(
    context: Context,
    *,
    pause: frozenset[PausableCharge] = frozenset(),
    resume: frozenset[PausableCharge] = frozenset(),
) -> ChargeBrake:
    line_id = context.caller.subscriber
    if line_id is None:
        raise SignInRequired
    under_way().note = ",".join(sorted(charge.value for charge in pause or resume))
    reading = await context.facts.ports.brakes.change_brake(line_id, pause=pause, resume=resume)
    return await look_at_brake(context.facts, reading)
