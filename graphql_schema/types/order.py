"""What was ordered, and where does it stand?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.client import Channel
from graphql_schema.types.change import ChangeAction
from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class OrderState(Enum):
    """TMF622 v4 ProductOrderStateType, and before it PLACING: confirmed here, and not yet known to be with the
    operator (it resolves itself)."""

    PLACING = "placing"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    PENDING = "pending"
    HELD = "held"
    IN_PROGRESS = "in_progress"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL = "partial"
    ASSESSING_CANCELLATION = "assessing_cancellation"
    PENDING_CANCELLATION = "pending_cancellation"


@strawberry.enum
class HoldingSystem(Enum):
    """Which system holds an order: this hall, order management, resource (numbers, ports, cards), activation, billing,
    the field force, or a person who checks documents."""

    HALL = "hall"
    ORDER = "order"
    RESOURCE = "resource"
    ACTIVATION = "activation"
    BILLING = "billing"
    FIELD = "field"
    DOCUMENTS = "documents"


@strawberry.enum
class MilestoneState(Enum):
    """PLANNED, ACTIVE (it is there now), DONE, FAILED, SKIPPED (the order ended before)."""

    PLANNED = "planned"
    ACTIVE = "active"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@strawberry.enum
class NextStep(Enum):
    """What the customer can do about an order that is stuck, failed, or done in part: WAIT, RETRY it, PAY what is owed,
    VISIT a shop with the ID document, CALL customer service, CHOOSE another number or offering."""

    WAIT = "wait"
    RETRY = "retry"
    PAY = "pay"
    VISIT = "visit"
    CALL = "call"
    CHOOSE = "choose"


@word
class OrderMilestone:
    """One step of an order: which system has it, and when it was done or, before that, is expected to be (null: not
    known)."""

    name: LocalizedText
    system: HoldingSystem
    state: MilestoneState
    at: datetime | None


@word
class OrderItem:
    """One part of an order; ``failure`` says why this part failed."""

    name: LocalizedText
    state: OrderState
    failure: LocalizedText | None


@word
class Order(Dated):
    """An order on a line (TMF622 ProductOrder). ``id`` is ours where it came through this hall, else the operator's.

    ``starts_on`` is when it takes effect; until then it is ``cancellable``, where the operator allows it. ``channel``
    is null for one that was placed elsewhere. ``failure`` and ``next_step`` where something went wrong or is waited
    for.
    """

    id: str
    action: ChangeAction
    name: LocalizedText
    price: Money | None
    repeats: bool
    state: OrderState
    placed_at: datetime
    starts_on: date | None
    completed_at: datetime | None
    channel: Channel | None
    cancellable: bool
    failure: LocalizedText | None
    next_step: NextStep | None
    items: list[OrderItem]
    milestones: list[OrderMilestone]
