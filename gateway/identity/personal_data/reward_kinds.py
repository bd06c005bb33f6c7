"""Which rows about points and rewards say something about a person, and what becomes of them?"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from gateway.identity.personal_data import periods
from gateway.identity.personal_data.person import Person
from gateway.identity.personal_data.records import Kept, RecordKind
from gateway.identity.personal_data.which import after, all_rows, by_line
from gateway.identity.tables import from_us
from loyalty.campaign_tables import happening, reward_grant
from loyalty.notice_tables import loyalty_notice
from loyalty.points_tables import points_account, points_posting
from loyalty.referral.retention import invitations_over
from loyalty.referral_tables import invitation, referral_code
from loyalty.reward_tables import redemption
from loyalty.rewards.retention import redemptions_over


def _own_postings(person: Person) -> ColumnElement[bool]:
    accounts = select(points_account.c.id).where(points_account.c.line_id == person.line_id)
    either = or_(points_posting.c.to_account.in_(accounts), points_posting.c.from_account.in_(accounts))
    return and_(either, points_posting.c.at_us > person.held_since_us)


REWARD_KINDS: Final[tuple[RecordKind, ...]] = (
    RecordKind(
        "points",
        points_posting,
        _own_postings,
        ("id", "from_account", "to_account", "points", "kind", "day", "at_us"),
        None,
        Kept("evidence"),
    ),
    RecordKind(
        "redemptions",
        redemption,
        by_line(redemption, at="began_at_us"),
        ("id", "kind", "item", "points", "state", "failure", "began_at_us", "done_at_us", "ended_at_us"),
        lambda person: redemptions_over(from_us(person.now_us), keep=periods.REWARDS),
        Kept("evidence", after(redemption.c.ended_at_us, periods.REWARDS)),
    ),
    RecordKind(
        "rewards",
        reward_grant,
        by_line(reward_grant, at="at_us"),
        ("id", "campaign_id", "effect", "reward", "quantity", "kept", "state", "at_us", "ended_at_us"),
        None,
        Kept("evidence"),
    ),
    RecordKind(
        "reward_causes",
        happening,
        by_line(happening, at="at_us"),
        ("id", "kind", "amount_fen", "state", "at_us"),
        None,
        Kept("once_only"),
    ),
    RecordKind(
        "reward_notices",
        loyalty_notice,
        by_line(loyalty_notice, at="at_us"),
        ("notice", "facts", "state", "at_us"),
        lambda _: loyalty_notice.c.state != "waiting",
        Kept("on_its_way"),
    ),
    RecordKind(
        "invitations",
        invitation,
        by_line(invitation, "inviter_line_id", "invitee_line_id", at="at_us"),
        ("id", "masked_number", "state", "reason", "at_us", "paid_at_us"),
        lambda person: invitations_over(from_us(person.now_us), keep=periods.REWARDS),
        Kept("evidence", after(invitation.c.at_us, periods.REWARDS)),
    ),
    RecordKind("invitation_links", referral_code, by_line(referral_code), ("made_at_us",), all_rows),
)

REWARDS_OF_NOBODY: Final[Mapping[str, str]] = {
    "campaign": "the operator's own",
    "campaign_version": "the operator's own",
    "campaign_use": "counts by which limits hold; erased, a customer's would begin again",
    "loyalty_decision": "which campaigns gave what for a cause, by its id",
    "grant_part": "amounts of a reward, by its id",
    "grant_return": "amounts of a reward that went back, by its id",
    "invitation_month": "a count, forgotten after its month; erased sooner, the month's most would begin again",
    "reward_item": "the operator's own",
    "reward_item_change": "what the operator's people made of it",
    "reward_batch": "counts of codes",
    "reward_code": "codes of vouchers, sealed, by the redemption or reward that has one",
    "reward_limit": "a count, forgotten after its month; erased sooner, the month's most would begin again",
    "watched_bill": "which bills earned: erased, one would earn again; it is nobody's once the line is left",
    "loyalty_run": "what was done once a day or a month",
    "points_account": "sums of the ledger, which must fit what is kept of it; it ends with its holder's time",
    "points_lot": "how much of a posting is left, and until when",
    "points_lot_use": "out of what a posting took its points",
    "points_hold": "points of a redemption, by its id",
    "points_tier": "a line's stars for a year: they end with its holder's time",
}
"""Tables that an export leaves out and an erasure leaves alone, each with its reason."""
