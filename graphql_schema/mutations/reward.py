"""How does anybody redeem points, give them to another line of theirs, choose a gift, or say who invited them?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.mutations.recharge import NUMBER_CHARACTERS_MOST
from graphql_schema.problems import BadArgument
from graphql_schema.problems import NotFound as NotFoundProblem
from graphql_schema.queries.my_points import CODE_CHARACTERS_MOST, check_id
from graphql_schema.types.line import mask_number
from graphql_schema.types.points import PointsTransferred
from graphql_schema.types.promotion import Grant, Invitation
from graphql_schema.types.refusal import InvitationRefused, NotFound, RedemptionRefused
from graphql_schema.types.reward import Redemption

PERSON_CHARACTERS, ADDRESS_CHARACTERS = range(1, 41), range(5, 201)
POINTS_MOST = 10_000_000
Info = strawberry.Info[Context, None]


@strawberry.input
class DeliveryInput:
    """Where goods are sent, and to whom."""

    person: str
    number: str
    address: str


@strawberry.input
class RedeemRewardInput:
    """Which reward, for the points that were shown; goods need a delivery."""

    idempotency_key: str
    code: str
    points: int
    delivery: DeliveryInput | None = None


@strawberry.input
class TransferPointsInput:
    """How many points go to which other line of the same customer."""

    idempotency_key: str
    number: str
    points: int


@strawberry.input
class ChooseGiftInput:
    """Which of a reward's options (its key)."""

    idempotency_key: str
    grant_id: strawberry.ID
    reward_key: str
    delivery: DeliveryInput | None = None


@strawberry.input
class AcceptInvitationInput:
    """The code of whoever invited this new line."""

    idempotency_key: str
    code: str


RedeemRewardResult = Annotated[
    Redemption | RedemptionRefused | NotFound | Always, strawberry.union("RedeemRewardResult")
]
TransferPointsResult = Annotated[
    PointsTransferred | RedemptionRefused | NotFound | Always, strawberry.union("TransferPointsResult")
]
ChooseGiftResult = Annotated[Grant | RedemptionRefused | NotFound | Always, strawberry.union("ChooseGiftResult")]
AcceptInvitationResult = Annotated[
    Invitation | InvitationRefused | NotFound | Always, strawberry.union("AcceptInvitationResult")
]


@strawberry.type
class RewardDeeds:
    """Deeds with points and rewards."""

    @strawberry.mutation
    async def redeem_reward(self, info: Info, input: RedeemRewardInput) -> RedeemRewardResult:
        """Spends points on a reward: they are held until it is there, and come back where it can't be had."""
        code, delivery = _code(input.code), _read_delivery(input.delivery)
        if not 0 <= input.points <= POINTS_MOST:
            raise BadArgument(name="points", least=0, most=POINTS_MOST)
        under_way().note = f"{code} · {input.points}"
        rewards = info.context.facts.ports.rewards
        return await rewards.redeem(under_way().deed, code, points=input.points, to=delivery)

    @strawberry.mutation
    async def transfer_points(self, info: Info, input: TransferPointsInput) -> TransferPointsResult:
        """Gives points to another line of the same customer; each lot keeps its end."""
        if not 0 < len(input.number) <= NUMBER_CHARACTERS_MOST:
            raise BadArgument(name="number", least=1, most=NUMBER_CHARACTERS_MOST)
        if not 0 < input.points <= POINTS_MOST:
            raise BadArgument(name="points", least=1, most=POINTS_MOST)
        under_way().note = f"{mask_number(input.number)} · {input.points}"
        return await info.context.facts.ports.points.transfer(under_way().deed, input.number, input.points)

    @strawberry.mutation
    async def choose_gift(self, info: Info, input: ChooseGiftInput) -> ChooseGiftResult:
        """Chooses one of the options of a reward that was won; the first choice counts."""
        grant_id, key = check_id(input.grant_id), _code(input.reward_key)
        under_way().note = f"{grant_id} · {key}"
        promotions = info.context.facts.ports.promotions
        return await promotions.choose(under_way().deed, grant_id, key, to=_read_delivery(input.delivery))

    @strawberry.mutation
    async def accept_invitation(self, info: Info, input: AcceptInvitationInput) -> AcceptInvitationResult:
        """Says who invited this line: both are rewarded after its first bill was paid."""
        return await info.context.facts.ports.referrals.accept(under_way().deed, _code(input.code))


def _code(text: str) -> str:
    """Raises NotFound for what no code can be."""
    code = text.strip()
    if not 0 < len(code) <= CODE_CHARACTERS_MOST or not code.isprintable():
        raise NotFoundProblem
    return code


def _read_delivery(given: DeliveryInput | None) -> Delivery | None:
    """Raises BadArgument."""
    if given is None:
        return None
    bounds = {"person": PERSON_CHARACTERS, "address": ADDRESS_CHARACTERS, "number": range(5, NUMBER_CHARACTERS_MOST)}
    read = {name: " ".join(getattr(given, name).split()) for name in bounds}
    for name, lengths in bounds.items():
        if len(read[name]) not in lengths or not read[name].isprintable():
            raise BadArgument(name=f"delivery.{name}", least=lengths.start, most=lengths.stop - 1)
    return Delivery(person=read["person"], number=read["number"], address=read["address"])
