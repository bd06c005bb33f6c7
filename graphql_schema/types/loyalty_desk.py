"""What do the operator's people see of campaigns, the mall, redemptions and the audit of points?"""

from datetime import date, datetime

from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.promotion import Promotion, RuleParameter, RuleSentence
from graphql_schema.types.reward import MaskedDelivery, RedemptionState, RewardItem, RewardKind
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@word
class CampaignCriteria:
    """Conditions that belong together: all of them hold, or one of them is enough (``any_one``)."""

    any_one: bool
    conditions: list[RuleSentence]


@word
class RewardStock:
    """How often a reward was given (or would be), of how many there are; ``stock`` null: no end."""

    key: str
    name: LocalizedText
    given: int
    stock: int | None


@word
class CampaignTrial:
    """What a campaign would have done in a past month (its first day) beside those that are on.

    ``happenings`` is how many there were (null: more than anybody counts), ``looked_at`` how many of them could be
    judged: where that is less, figures are at least what they would have been. ``winners`` are customers.
    ``budget_ended_at`` is when the first customer would have been refused for the budget; null: it lasted. Of a choice
    that nobody made the dearest is counted.
    """

    month: date
    happenings: int | None
    looked_at: int
    grants: int
    winners: int
    cost: Money
    budget: Money | None
    budget_ended_at: datetime | None
    rewards: list[RewardStock]


@word
class CampaignVersion:
    """One version as it was proposed. It never changes; ``document`` is its whole text (TMF671). ``trial`` is what it
    would have done in the month before it was proposed; null: it was put in from a shell."""

    version: int
    document: str
    digest: str
    proposed_by: str
    proposed_at: datetime
    trial: CampaignTrial | None


@word
class StandingCampaign:
    """A campaign as it stands. ``promotion`` is the version that counts, ``live_version``; where that is null none was
    ever switched on, and it is the newest one. ``waiting`` is a newer version that nobody has switched on.

    ``criteria`` are its conditions by their groups, all of which hold unless ``any_group``. ``grants``, ``cost`` and
    ``stock`` count over all versions; ``budget`` and ``most_grants`` null: no end.
    """

    promotion: Promotion
    on: bool
    live_version: int | None
    waiting: CampaignVersion | None
    any_group: bool
    criteria: list[CampaignCriteria]
    switched_by: str
    switched_at: datetime
    grants: int
    most_grants: int | None
    cost: Money
    budget: Money | None
    stock: list[RewardStock]


@word
class CampaignFile:
    """A campaign with all of its versions, newest first."""

    standing: StandingCampaign
    versions: list[CampaignVersion]


@word
class CampaignFault:
    """What is wrong with a document: on which line (from 1), where (a JSON pointer), and what, by a stable code."""

    line: int
    pointer: str
    code: str
    parameters: list[RuleParameter]


@word
class CampaignCheck:
    """A document that was read: every fault by line, or, where there is none, the campaign and its trial."""

    faults: list[CampaignFault]
    promotion: Promotion | None
    trial: CampaignTrial | None


@word
class ShelfItem:
    """A thing of the mall as the desk sees it. ``stock`` is how many there are in all (null: no end, and nobody counts
    them), ``taken`` how many of them are held or gone, ``item.left`` how many can still be had, by stock and codes. Of
    vouchers ``batch`` says where the codes are, of goods ``goods`` what the operator calls them; ``valid_days`` is for
    how long balance lasts. Redemptions of it, as far back as they are kept: ``under_way`` (also goods on their way
    back), ``done``, and ``given_back``, of which the points are the customer's again."""

    item: RewardItem
    stock: int | None
    taken: int
    under_way: int
    done: int
    given_back: int
    version: int
    position: int
    batch: str | None
    goods: str | None
    valid_days: int | None


@word
class CodeBatch:
    """A batch of vouchers' codes: how many there are, and how many were given out. No code is ever shown."""

    batch: str
    total: int
    given: int


@word
class CodesPut:
    """How many codes of what was put in were new, and how many are left in the batch now."""

    batch: str
    new: int
    left: int


@word
class ServedRedemption:
    """What a colleague sees of a redemption: never a voucher's code or a whole address. ``returned_by`` is who is
    answerable for the last step of a return."""

    id: str
    code: str
    kind: RewardKind
    name: LocalizedText
    points: int
    state: RedemptionState
    began_at: datetime
    done_at: datetime | None
    tracking: str | None
    delivery: MaskedDelivery | None
    returnable_until: datetime | None
    returned_by: str | None
    failure: str | None
    late: bool


@word
class LateRedemption:
    """A redemption that is under way for longer than it may be."""

    id: str
    code: str
    name: LocalizedText
    state: RedemptionState
    began_at: datetime


@word
class RefusedGrant:
    """What a campaign promised and did not give; ``failure`` is why, by a stable code or in the operator's own."""

    id: str
    campaign_id: str
    reward_key: str | None
    failure: str | None
    at: datetime


@word
class RewardTroubles:
    """What somebody should look after, the newest of each first, and no more than a page of them."""

    late: list[LateRedemption]
    refused: list[RefusedGrant]


@word
class PointsDifference:
    """An account whose ``kept`` figure is not what its rows sum to. ``what``: balance, held, owed, lots, lots_held,
    unknown (postings of an account that is not there)."""

    account: str
    what: str
    kept: Long
    summed: Long


@word
class PointsVerdict:
    """What the last nightly audit of all points found: ``count`` differences (0: every account has what its postings
    say), of which the first are listed. ``overdue``: it is older than it may be, so that nobody knows."""

    day: date
    ended_at: datetime
    overdue: bool
    count: int
    differences: list[PointsDifference]
