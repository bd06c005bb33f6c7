"""How does a customer see an order that the operator does not show, or not yet?"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.types.change import ChangeObstacle, ObstacleCode
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.order import (
    HoldingSystem,
    MilestoneState,
    NextStep,
    Order,
    OrderItem,
    OrderMilestone,
    OrderState,
)
from ordering.changes.evidence import Question
from ordering.changes.intent import ENDS, Failure, Stage, read_obstacles
from ordering.tables import from_us

AT_THE_HALL: Final = LocalizedText(zh="提交至营业系统", en="Handing over to the operator")
REFUSED: Final = LocalizedText(zh="营业系统未受理", en="The operator did not accept it")
WHY: Final = {
    Failure.NOT_TAKEN: LocalizedText(
        zh="营业系统未能受理,未做任何变更", en="It could not be accepted; nothing was changed"
    ),
    Failure.NOT_PLACED: LocalizedText(
        zh="未能送达营业系统,未做任何变更", en="It did not get through; nothing was changed"
    ),
    Failure.CHANGED: LocalizedText(
        zh="受理前资费或条件已变化,未做任何变更", en="Its terms changed before it got through; nothing was changed"
    ),
}
NEXT: Final = {
    Failure.NOT_TAKEN: NextStep.CALL,
    Failure.NOT_PLACED: NextStep.RETRY,
    Failure.CHANGED: NextStep.RETRY,
}
_AGAINST: Final = {
    ObstacleCode.IN_ARREARS: NextStep.PAY,
    ObstacleCode.UNDER_WAY: NextStep.WAIT,
    ObstacleCode.ONCE_A_CYCLE: NextStep.WAIT,
    ObstacleCode.SUSPENDED: NextStep.VISIT,
    ObstacleCode.LINE_CLOSED: NextStep.VISIT,
    ObstacleCode.MEMBERS: NextStep.VISIT,
}
"""What helps against an obstacle; against any other, another choice."""

_STATES: Final = {
    Stage.PLACING: OrderState.PLACING,
    Stage.REFUSED: OrderState.REJECTED,
    Stage.FAILED: OrderState.FAILED,
    Stage.WITHDRAWN: OrderState.CANCELLED,
}


def show_own(row: Row[Any], question: Question, *, as_of: datetime, late: bool = False) -> Order:
    """An order of ours by what is known here. ``late``: for a while now nobody could say whether it got through."""
    stage = Stage(row.state)
    state = _STATES.get(stage) or OrderState(row.known_state)
    failure, step = _tell_failure(row, stage)
    if stage is Stage.PLACING:
        step = NextStep.CALL if late else NextStep.WAIT
    shown = question.shown
    return Order(
        id=row.id,
        action=question.wanted.action,
        name=shown.name,
        price=shown.price,
        repeats=shown.repeats,
        state=state,
        placed_at=from_us(row.placed_at_us),
        starts_on=shown.starts_on,
        completed_at=_tell_business(row, row.ended_at_us) if state is OrderState.COMPLETED else None,
        channel=question.channel,
        cancellable=stage in {Stage.PLACING, Stage.PLACED} and state not in ENDS,
        failure=failure,
        next_step=step,
        items=[OrderItem(name=shown.name, state=state, failure=failure)],
        milestones=[_milestone(row, stage)],
        as_of=as_of if row.known_at_us is None else _tell_business(row, row.known_at_us),
        stale=stage in {Stage.PLACED, Stage.ENDED},
    )


def merge(
    operators: Sequence[Order], own: Sequence[Order], *, called_off: Collection[str], channels: dict[str, Any]
) -> list[Order]:
    """The operator's orders, which are the truth, and those of ours that it does not know; newest first. ``called_off``
    are those that we were asked to call off and do not know the outcome of; ``channels`` says where ours came in."""
    known = {order.id for order in operators}
    orders = [
        *(replace(order, channel=channels.get(order.id, order.channel)) for order in operators),
        *(order for order in own if order.id not in known),
    ]
    shown = [show_called_off(order) if order.id in called_off else order for order in orders]
    return sorted(shown, key=lambda order: order.placed_at, reverse=True)


def show_called_off(order: Order) -> Order:
    """It was asked to be called off, and nobody knows yet whether it was."""
    return order if order.state in ENDS else replace(order, state=OrderState.PENDING_CANCELLATION, cancellable=False)


def why(failure: Failure | None) -> LocalizedText:
    """Why an order of ours came to nothing; None: the operator refused it."""
    return REFUSED if failure is None else WHY[failure]


def find_step(failure: Failure | None, obstacles: Sequence[ChangeObstacle] | None) -> NextStep:
    """What the customer can do about it."""
    if failure is not None:
        return NEXT[failure]
    codes = [obstacle.code for obstacle in obstacles or ()]
    return next((_AGAINST[code] for code in codes if code in _AGAINST), NextStep.CHOOSE)


def _tell_business(row: Row[Any], at_us: int) -> datetime:
    """An instant of our own clock in the operator's time: both were noted when the order was confirmed."""
    return from_us(row.placed_at_us + at_us - row.began_at_us)


def _tell_failure(row: Row[Any], stage: Stage) -> tuple[LocalizedText | None, NextStep | None]:
    if stage not in {Stage.REFUSED, Stage.FAILED}:
        return None, None
    failure = None if row.failure is None else Failure(row.failure)
    return why(failure), find_step(failure, read_obstacles(row))


def _milestone(row: Row[Any], stage: Stage) -> OrderMilestone:
    states = {
        Stage.PLACING: MilestoneState.ACTIVE,
        Stage.REFUSED: MilestoneState.FAILED,
        Stage.FAILED: MilestoneState.FAILED,
        Stage.WITHDRAWN: MilestoneState.SKIPPED,
    }
    state = states.get(stage, MilestoneState.DONE)
    at = None if state is MilestoneState.SKIPPED else from_us(row.placed_at_us)
    return OrderMilestone(name=AT_THE_HALL, system=HoldingSystem.HALL, state=state, at=at)
