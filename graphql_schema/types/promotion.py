"""Which rewards are promised, to whom, and what became of them?"""

from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import strawberry

from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.word import word

OF_OFFERINGS: Final = frozenset(f"{what}_is_{how}_of" for what in ("package", "offering") for how in ("one", "none"))
OF_REGIONS: Final = frozenset({"region_is_one_of", "region_is_none_of"})


@strawberry.enum
class PromotionTrigger(Enum):
    """What a campaign rewards."""

    RECHARGE = "recharge"
    BILL_PAID = "bill_paid"
    ORDER_DONE = "order_done"
    INVITEE_PAID = "invitee_paid"


@strawberry.enum
class RewardEffect(Enum):
    """What a reward is: money at once, or frozen and released by months; an offering of the operator's; points; a thing
    that is sent; a voucher's code; a draw."""

    MONEY = "money"
    FROZEN_MONEY = "frozen_money"
    PACK = "pack"
    POINTS = "points"
    GOODS = "goods"
    CODE = "code"
    LOTTERY = "lottery"


@word
class RuleParameter:
    """One fact of a sentence: fen, months, a code or a day, as the sentence's key says."""

    name: str
    value: str


@word
class RuleSentence:
    """One condition or reason, by its key; channels word it."""

    key: str
    parameters: list[RuleParameter]

    @strawberry.field
    async def names(self, info: strawberry.Info[Any, None]) -> list[LocalizedText]:
        """What the packages, offerings or regions that it is about are called, in their order. Empty where it is about
        none, or not all of them have a name now: then it is said without."""
        values = next((each.value.split(",") for each in self.parameters if each.name == "values"), [])
        if self.key in OF_REGIONS:  # the BSS knows them by their names alone
            return [LocalizedText(zh=value, en=value) for value in values]
        known = await info.context.facts.offering_names() if self.key in OF_OFFERINGS else {}
        return [known[value] for value in values] if all(value in known for value in values) else []


@word
class Odds:
    """How often a draw gives a prize: so many times in a billion."""

    name: LocalizedText
    in_a_billion: int


@word
class PromisedReward:
    """One thing that a campaign gives. Of money: ``amount``, in ``months`` equal parts, each after a month in which at
    least ``least_spend`` was spent; ``usable_for`` empty is anything. ``left``: so many are left, null: no end."""

    key: str
    effect: RewardEffect
    name: LocalizedText
    amount: Money | None
    months: int
    least_spend: Money | None
    usable_for: list[SubjectCode]
    points: int | None
    left: int | None
    odds: list[Odds]


@word
class PromotionTier:
    """What is given from an amount on: all of the rewards, or one of them that the customer chooses."""

    from_amount: Money
    rewards: list[PromisedReward]
    is_choice: bool


@word
class Promotion:
    """A campaign as its customers see it: what it rewards, under which conditions, from when until when; and, on its
    face, what it says of the channels in which it begins at another time or gives something else."""

    id: str
    version: int
    name: LocalizedText
    trigger: PromotionTrigger
    begins_at: datetime
    ends_at: datetime
    conditions: list[RuleSentence]
    tiers: list[PromotionTier]
    taken_back_within_months: int
    on_its_face: list[LocalizedText]


@word
class ExpectedReward:
    """What one campaign would give for an amount. ``choose_one``: one of the rewards, chosen afterwards. ``scarce``:
    somebody else could be faster, so that it is certain only once it is granted."""

    promotion_id: str
    name: LocalizedText
    rewards: list[PromisedReward]
    choose_one: bool
    reasons: list[RuleSentence]
    scarce: bool


@word
class RewardForecast:
    """What an amount would earn now; ``more_from`` is the next amount at which it would be more."""

    amount: Money
    rewards: list[ExpectedReward]
    more_from: Money | None


@strawberry.enum
class GrantState(Enum):
    """CHOOSING: the customer has to choose one. GRANTING: the operator was asked. RUNNING: parts are still to come.
    GRANTED, all of it. REFUSED: the operator can not give it. NOT_WON: a draw without a prize. TAKEN_BACK, or what
    was left of it."""

    CHOOSING = "choosing"
    GRANTING = "granting"
    RUNNING = "running"
    GRANTED = "granted"
    REFUSED = "refused"
    NOT_WON = "not_won"
    TAKEN_BACK = "taken_back"


@strawberry.enum
class PartState(Enum):
    """WAITING for its day. GIVEN. MISSED: the month's spend stayed below what it asks for. TAKEN_BACK."""

    WAITING = "waiting"
    GIVEN = "given"
    MISSED = "missed"
    TAKEN_BACK = "taken_back"


@word
class GrantPart:
    """One monthly part of a reward of money."""

    on: date
    amount: Money
    state: PartState


@word
class Grant:
    """A reward that was won, or a draw (``reward``) that won nothing. ``options`` are what can be chosen, until
    ``choose_until``; ``recharge_id`` what earned it; ``taken_back`` how much of its money went back,
    ``points_taken_back`` how many of its points."""

    id: str
    promotion_id: str
    promotion: LocalizedText
    state: GrantState
    reward: PromisedReward | None
    options: list[PromisedReward]
    choose_until: datetime | None
    recharge_id: str | None
    at: datetime
    parts: list[GrantPart]
    taken_back: Money | None
    points_taken_back: int | None
    code: str | None
    late: bool


@strawberry.enum
class InvitationState(Enum):
    """ACCEPTED: the invited line's first bill is awaited. REWARDED, both. REFUSED: it was one's own, or a line
    ended."""

    ACCEPTED = "accepted"
    REWARDED = "rewarded"
    REFUSED = "refused"


@word
class Invitation:
    """One line that came by an invitation."""

    masked_number: str
    state: InvitationState
    at: datetime


@word
class Referral:
    """The caller's own code to invite with, and who came by it."""

    code: str
    link: str
    rewards: list[PromisedReward]
    invitations: list[Invitation]
    most: int
