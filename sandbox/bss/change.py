"""What can somebody want changed on a line, and what is said about it before it is done?"""

from dataclasses import dataclass, field
from typing import Final, Literal

Action = Literal[
    "add", "changePlan", "drop", "switchOn", "switchOff", "reportLoss", "resume", "close", "keepOpen", "openLine"
]
Start = Literal["nextCycle", "atOnce"]
CostKind = Literal["monthly", "once", "penalty", "settlement", "refund"]
LossKind = Literal["rolledOver", "allowance", "discount", "gift", "package", "grantedMoney", "number"]
Mark = Literal["lost", "found", "closing", "kept"]

CHANNELS: Final = ("web", "app", "sms", "ivr")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish: of the offering, package, service and number those that the action is about; ``start_ms`` None: as
    usual."""

    action: Action
    line_id: str
    channel: str
    offering_id: str | None = None
    package_id: str | None = None
    service: str | None = None
    number: str | None = None
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Something with its id and its name in both languages."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason against a change; ``order_id`` as its owner knows it."""

    code: str
    offering: Named | None = None
    until_ms: int | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """One thing that a change costs, from an instant on; negative for money given back."""

    kind: CostKind
    zh: str
    en: str
    amount_li: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that a change takes away; ``left`` is bytes, seconds or messages, ``amount_li`` money a month, or once
    for granted money."""

    kind: LossKind
    zh: str
    en: str
    on_ms: int
    left: int | None = None
    amount_li: int | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """An offering that a line gets; ``contract_until_ms`` binds it. One that is ``free`` is given, and ends by itself
    after so many ``months``, the one in which it begins among them (None: it does not)."""

    line_id: str
    offering_id: str
    contract_until_ms: int | None = None
    free: bool = False
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """What is charged once as the change takes effect, on that month's bill."""

    kind: Literal["penalty", "oneTime"]
    zh: str
    en: str
    amount_li: int
    offering_id: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an order does as it takes effect: packages begin and end, fees are charged, a service is switched, the line
    is marked, or another one begins with a number."""

    takes: tuple[Take, ...] = ()
    ends: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()
    service: str | None = None
    service_on: bool = False
    mark: Mark | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do. With obstacles it is impossible: then costs, losses and effect are empty. ``lost_count``
    of ``takes_away`` (and of what the effect ends), the last ones, are benefits that hang on what goes; ``visit``:
    somebody comes and installs it."""

    wanted: Wanted
    name: Named
    starts: tuple[Start, ...]
    start: Start
    effect_ms: int
    obstacles: tuple[Obstacle, ...] = ()
    price_li: int | None = None
    repeats: bool = False
    costs: tuple[Cost, ...] = ()
    losses: tuple[Loss, ...] = ()
    takes_away: tuple[Named, ...] = ()
    monthly_before_li: int = 0
    monthly_after_li: int = 0
    contract_until_ms: int | None = None
    terms: tuple[str, str] | None = None
    effect: Effect = field(default_factory=Effect)
    lost_count: int = 0
    visit: bool = False
