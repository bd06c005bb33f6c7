"""How do the operator's people change campaigns and the mall, and take goods back?"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final

import strawberry

from graphql_schema.context import Context
from graphql_schema.loyalty_ports import LoyaltyDesk, WantedReward
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import BadArgument
from graphql_schema.queries.my_points import check_id
from graphql_schema.queries.staff_loyalty import check_document
from graphql_schema.types.loyalty_desk import (
    CampaignVersion,
    CodesPut,
    ServedRedemption,
    ShelfItem,
    StandingCampaign,
)
from graphql_schema.types.money import FEN
from graphql_schema.types.refusal import CampaignRefused, NeedsOtherEyes, NotFound, NotReturnable
from graphql_schema.types.reward import RewardKind

AMOUNT_MOST: Final = Decimal(100_000)
TEXT_CHARACTERS_MOST: Final = 1000
BATCH_CHARACTERS: Final = range(1, 65)
CODE_CHARACTERS: Final = range(4, 101)
CODES: Final = range(1, 5001)
NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""What no database keeps: a zero, and half of a character."""
VERSION_MOST: Final = 2**31 - 1
Info = strawberry.Info[Context, None]


@strawberry.input
class ProposeCampaignInput:
    """A campaign's document (TMF671 Promotion with our extensions), at most 256 Ki characters."""

    idempotency_key: str
    document: str


@strawberry.input
class SwitchCampaignOnInput:
    """Which version of which campaign is to count."""

    idempotency_key: str
    campaign_id: strawberry.ID
    version: int


@strawberry.input
class SwitchCampaignOffInput:
    """Which campaign is to give nothing more."""

    idempotency_key: str
    campaign_id: strawberry.ID


@strawberry.input
class PutRewardItemInput:
    """A thing of the mall, all of it. By kind it gives ``amount`` (yuan, for ``valid_days``), an ``offering_id``, a
    code of a ``batch``, or ``goods``. ``stock``, ``per_month`` null: no end."""

    idempotency_key: str
    code: str
    kind: RewardKind
    points: int
    name_zh: str
    name_en: str
    terms_zh: str = ""
    terms_en: str = ""
    amount: Decimal | None = None
    valid_days: int | None = None
    offering_id: str | None = None
    batch: str | None = None
    goods: str | None = None
    stock: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    per_month: int | None = None
    on: bool = True
    position: int = 0


@strawberry.input
class SwitchRewardItemInput:
    """Which thing of the mall is shown to customers, or put away."""

    idempotency_key: str
    code: str
    on: bool


@strawberry.input
class PutRewardCodesInput:
    """Vouchers' codes (1-5000 of 4-100 characters) for a batch."""

    idempotency_key: str
    batch: str
    codes: list[str]


@strawberry.input
class ReturnInput:
    """Which redemption's goods come back."""

    idempotency_key: str
    redemption_id: strawberry.ID


ProposeCampaignResult = Annotated[CampaignVersion | CampaignRefused | Always, strawberry.union("ProposeCampaignResult")]
SwitchCampaignOnResult = Annotated[
    StandingCampaign | CampaignRefused | NeedsOtherEyes | NotFound | Always, strawberry.union("SwitchCampaignOnResult")
]
SwitchCampaignOffResult = Annotated[StandingCampaign | NotFound | Always, strawberry.union("SwitchCampaignOffResult")]
PutRewardItemResult = Annotated[ShelfItem | Always, strawberry.union("PutRewardItemResult")]
SwitchRewardItemResult = Annotated[ShelfItem | NotFound | Always, strawberry.union("SwitchRewardItemResult")]
PutRewardCodesResult = Annotated[CodesPut | Always, strawberry.union("PutRewardCodesResult")]
ReturnResult = Annotated[ServedRedemption | NotReturnable | NotFound | Always, strawberry.union("ReturnResult")]


@strawberry.type
class LoyaltyDeskDeeds:
    """Deeds of the operator's people with rewards."""

    @strawberry.mutation
    async def propose_campaign(self, info: Info, input: ProposeCampaignInput) -> ProposeCampaignResult:
        """Keeps a document as the next version of its campaign; it counts once a colleague has switched it on."""
        document = check_document(input.document)
        proposed = await _desk_of(info).propose(under_way().deed, document)
        under_way().note = f"v{proposed.version} · {proposed.digest[:12]}"
        return proposed

    @strawberry.mutation
    async def switch_campaign_on(self, info: Info, input: SwitchCampaignOnInput) -> SwitchCampaignOnResult:
        """Lets a version count from now on; who proposed it can't."""
        campaign_id = check_id(input.campaign_id)
        if not 1 <= input.version <= VERSION_MOST:
            raise BadArgument(name="version", least=1)
        under_way().note = f"{campaign_id} · v{input.version}"
        return await _desk_of(info).switch_on(under_way().deed, campaign_id, input.version)

    @strawberry.mutation
    async def switch_campaign_off(self, info: Info, input: SwitchCampaignOffInput) -> SwitchCampaignOffResult:
        """At once: it grants nothing more. What it granted stays."""
        campaign_id = check_id(input.campaign_id)
        under_way().note = campaign_id
        return await _desk_of(info).switch_off(under_way().deed, campaign_id)

    @strawberry.mutation
    async def put_reward_item(self, info: Info, input: PutRewardItemInput) -> PutRewardItemResult:
        """Adds a thing to the mall, or changes all of it but its kind; what was redeemed stays as it was."""
        wanted = _read_item(input)
        under_way().note = f"{wanted.code} · {wanted.points}"
        return await _desk_of(info).put_item(under_way().deed, wanted)

    @strawberry.mutation
    async def switch_reward_item(self, info: Info, input: SwitchRewardItemInput) -> SwitchRewardItemResult:
        """Shows a thing of the mall to customers, or puts it away at once."""
        code = check_id(input.code)
        under_way().note = f"{code} · {'on' if input.on else 'off'}"
        return await _desk_of(info).switch_item(under_way().deed, code, on=input.on)

    @strawberry.mutation
    async def put_reward_codes(self, info: Info, input: PutRewardCodesInput) -> PutRewardCodesResult:
        """Adds vouchers' codes to a batch; they are kept sealed, and never shown here again."""
        batch = input.batch.strip()
        if len(batch) not in BATCH_CHARACTERS or not batch.isprintable():
            raise BadArgument(name="batch", least=BATCH_CHARACTERS.start, most=BATCH_CHARACTERS.stop - 1)
        if len(input.codes) not in CODES or not all(map(_can_be_code, input.codes)):
            raise BadArgument(name="codes", least=CODES.start, most=CODES.stop - 1)
        under_way().note = f"{batch} × {len(input.codes)}"
        return await _desk_of(info).put_codes(under_way().deed, batch, input.codes)

    @strawberry.mutation
    async def begin_return(self, info: Info, input: ReturnInput) -> ReturnResult:
        """The customer sends goods back; nothing moves before they are here."""
        return await _desk_of(info).begin_return(under_way().deed, _read_redemption(input))

    @strawberry.mutation
    async def finish_return(self, info: Info, input: ReturnInput) -> ReturnResult:
        """The goods are here: their points go back into the lots that they came from."""
        return await _desk_of(info).finish_return(under_way().deed, _read_redemption(input))

    @strawberry.mutation
    async def drop_return(self, info: Info, input: ReturnInput) -> ReturnResult:
        """The goods never came: the redemption stays done."""
        return await _desk_of(info).drop_return(under_way().deed, _read_redemption(input))


def _desk_of(info: Info) -> LoyaltyDesk:
    return info.context.facts.ports.loyalty_desk


def _read_redemption(given: ReturnInput) -> str:
    under_way().note = redemption_id = check_id(given.redemption_id)
    return redemption_id


def _can_be_code(code: str) -> bool:
    return len(code) in CODE_CHARACTERS and code.isprintable() and code == code.strip()


def _read_item(given: PutRewardItemInput) -> WantedReward:
    """Raises BadArgument for what is no amount, no instant or far too long; the mall knows the rest."""
    amount = given.amount
    if amount is not None and not (amount.is_finite() and 0 < amount <= AMOUNT_MOST and amount == amount.quantize(FEN)):
        raise BadArgument(name="amount")
    for name in ("starts_at", "ends_at"):
        moment = getattr(given, name)
        if moment is not None and moment.tzinfo is None:
            raise BadArgument(name=name)
    fields = {name: value for name, value in vars(given).items() if name not in {"idempotency_key", "on"}}
    for name, value in fields.items():
        if isinstance(value, str) and (len(value) > TEXT_CHARACTERS_MOST or NO_TEXT.search(value)):
            raise BadArgument(name=name, most=TEXT_CHARACTERS_MOST)
    return WantedReward(**fields, is_on=given.on)
