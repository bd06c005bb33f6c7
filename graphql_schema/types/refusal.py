"""In which shapes does a deed say no? Members of the mutations' unions; the channels word them."""

from datetime import datetime

from graphql_schema.assurance import Factor
from graphql_schema.client import Role
from graphql_schema.types.change import ChangeObstacle, ChangePreview
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.loyalty_desk import CampaignFault
from graphql_schema.types.money import Money
from graphql_schema.types.order import OrderState
from graphql_schema.types.reward import RedemptionObstacle
from graphql_schema.types.word import word


@word
class SignInRequired:
    """Nobody is signed in."""

    code: str = "sign_in_required"


@word
class StepUpRequired:
    """More has to be proved first (domain page §5): ``ways`` are alternatives, each all that is still to be proved.

    ``fresh_within_seconds`` is how old the proof may be, null for any age.
    """

    code: str = "step_up_required"
    needed: int
    have: int
    fresh_within_seconds: int | None
    ways: list[list[Factor]]


@word
class NotYours:
    """The caller is limited to other fields (a client's token, a helper), or has not the role for this (``roles``)."""

    code: str = "not_yours"
    field: str
    roles: list[Role]


@word
class Rests:
    """Shut for a while after a password reset."""

    code: str = "rests"
    until: datetime


@word
class KeyReused:
    """This idempotency key was used for another deed, or for the same with another input."""

    code: str = "key_reused"


@word
class StillUnderWay:
    """The same deed with this key is being done at this moment: ask again with the same key."""

    code: str = "still_under_way"


@word
class BadInput:
    """An input that can't be: which one, and its bounds where it has any."""

    code: str = "bad_argument"
    name: str
    least: int | None
    most: int | None


@word
class WrongSecret:
    """A password or a code was wrong; so many tries are left."""

    code: str = "wrong_credentials"
    tries_left: int


@word
class Locked:
    """Too many wrong ones: locked until then, in every channel."""

    code: str = "locked"
    until: datetime


@word
class CodeExpired:
    """The one-time code is over, used, or was never asked for."""

    code: str = "code_expired"


@word
class WeakPassword:
    """The new password may not be chosen (reason: not_six_digits, all_equal, run, part_of_identity, same_as_before)."""

    code: str = "weak_password"
    reason: str


@word
class LineSuspended:
    """A suspended line can't do this."""

    code: str = "line_suspended"


@word
class SimChanged:
    """The SIM card was changed a short while ago: a code or a text alone does not open this before then."""

    code: str = "sim_changed"
    until: datetime | None


@word
class NotFound:
    """There is no such thing, or it is somebody else's: the answer does not tell which."""

    code: str = "not_found"


@word
class TooMany:
    """There are as many of these as there may be."""

    code: str = "too_many"
    most: int


@word
class ExportUnderWay:
    """The same export of call records waits or is worked on already: which one, and how far it is in percent (0 to
    100)."""

    code: str = "export_under_way"
    export_id: str
    progress: int


@word
class NeedsOtherEyes:
    """Who proposed a deed can't also decide it."""

    code: str = "needs_other_eyes"


@word
class BillNotFound:
    """There is no such bill on the caller's account."""

    code: str = "bill_not_found"


@word
class PaidByOther:
    """Somebody else pays for this line (FAMILY, ORGANIZATION): its bills are theirs."""

    code: str = "paid_by_other"
    payer: str


@word
class MonthNotKept:
    """The month is not kept online: the first and the last that are, as YYYY-MM."""

    code: str = "month_not_kept"
    first: str
    last: str


@word
class RecordsLocked:
    """The customer switched queries of call records off (清单禁查)."""

    code: str = "records_locked"


@word
class DeedOff:
    """The operator has switched this deed off for a while, in every channel: until when (null: further notice), why."""

    code: str = "deed_off"
    until: datetime | None
    reason: LocalizedText


@word
class ChangeRefused:
    """The change can't be made: every reason against it, as the preview says them."""

    code: str = "change_refused"
    obstacles: list[ChangeObstacle]


@word
class ConfirmationExpired:
    """The time to confirm is over, or the change was withdrawn: nothing was ordered."""

    code: str = "confirmation_expired"


@word
class PreviewChanged:
    """What the change would do is not what was shown when it was prepared: nothing was ordered; this is what holds
    now."""

    code: str = "preview_changed"
    preview: ChangePreview


@word
class NotCancellable:
    """The order took effect, or is past the point from which it can be called off."""

    code: str = "not_cancellable"
    state: OrderState


@word
class AmountRefused:
    """The amount is no whole number of fen, or outside the bounds."""

    code: str = "amount_refused"
    least: Money
    most: Money


@word
class NotRechargeable:
    """No money can be put onto this number (unknown, closed, paid_by_organization)."""

    code: str = "not_rechargeable"
    reason: str


@word
class VoucherRefused:
    """The card can't be used (unknown, used, expired, of_other): ``tries_left`` until vouchers are locked for the
    day."""

    code: str = "voucher_refused"
    reason: str
    tries_left: int


@word
class ProviderRefused:
    """The payment provider does not do this now (refused, unavailable, not_offered)."""

    code: str = "provider_refused"
    reason: str


@word
class TransferRefused:
    """The operator does not move this money (insufficient, own_line, not_allowed, daily_most)."""

    code: str = "transfer_refused"
    reason: str


@word
class RedemptionRefused:
    """Points can't be spent on this now, for these reasons."""

    code: str = "redemption_refused"
    obstacles: list[RedemptionObstacle]


@word
class InvitationRefused:
    """This line can't be invited by that code: unknown, own (the same person, payer, device or address), too_late,
    too_many, already."""

    code: str = "invitation_refused"
    reason: str


@word
class CampaignRefused:
    """The document is no campaign, or can't stand beside those that are on: every fault, by line."""

    code: str = "campaign_refused"
    faults: list[CampaignFault]


@word
class NotReturnable:
    """The goods can't be given back (not_goods, not_there, too_late)."""

    code: str = "not_returnable"
    reason: str
