"""Which refusals can a question or a deed meet? Codes and parameters; the channels word them.

Problem
├── SignInRequired     the caller is a visitor
├── StepUpRequired     the caller must prove more first (needed, have, fresh_within_seconds, ways)
├── FieldNotDeclared   a caller who is limited to some fields asked beyond them (field)
├── RoleRequired       the field is for staff of certain roles (field, roles)
├── Rests              shut for a while after a password reset (until)
├── PaidByOther        the money is that of whoever pays for the line (payer: FAMILY, ORGANIZATION)
├── LineNotFound       the caller's line is not at its BSS any more
├── BillNotFound       there is no such bill on the caller's account
├── MonthNotKept       a month outside those that are kept online (first, last)
├── RecordsLocked      the customer switched call records off (清单禁查)
├── NothingToCompare   there is no earlier bill to hold this one against
├── NotFound           there is no such thing, or it is somebody else's
├── BadCursor          a cursor that this connection did not give out
├── BadArgument        an argument outside its bounds (name, and its bounds where it has any)
├── KeyReused          an idempotency key that stands for another deed
├── StillUnderWay      the deed of this key is being done at this moment
├── WrongSecret        a password or code was wrong (tries_left)
├── Locked             too many wrong ones (until)
├── CodeExpired        a one-time code that opens nothing (any more)
├── WeakPassword       a password that may not be chosen (reason)
├── LineSuspended      not while the line is suspended
├── SimChanged         the SIM card is too new (until)
├── TooMany            as many as there may be (most)
├── ExportUnderWay     the same export was begun already (export_id, progress)
├── NeedsOtherEyes     who proposed can't decide
├── DeedOff            the operator switched this deed off for a while (until, reason)
├── ChangeRefused      the change can't be made (obstacles)
├── ConfirmationExpired  the time to confirm is over, or it was withdrawn
├── PreviewChanged     the change would do something else than was shown (preview)
├── NotCancellable     the order is past the point of calling it off (state)
├── AmountRefused      an amount outside its bounds, or no whole fen (least, most)
├── NotRechargeable    no money can be put onto this number (reason)
├── VoucherRefused     the card can't be used (reason, tries_left)
├── ProviderRefused    the payment provider does not do this now (reason)
├── TransferRefused    the operator does not move this money (reason)
├── RedemptionRefused  the points can't be spent on this now (obstacles)
├── InvitationRefused  this line can't be invited by that code (reason)
├── CampaignRefused    a document is no campaign, or can't stand beside the others (faults)
├── NotReturnable      the goods can't be given back (reason)
└── DeadlineExceeded   the answer was due before the fact arrived

Each one that a deed can meet has a word of the same name in types/refusal.py: a mutation answers that.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from graphql_schema.assurance import Factor
from graphql_schema.client import Role
from graphql_schema.types import refusal
from graphql_schema.types.change import ChangeObstacle, ChangePreview
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.loyalty_desk import CampaignFault
from graphql_schema.types.money import Money
from graphql_schema.types.order import OrderState
from graphql_schema.types.reward import RedemptionObstacle


class Problem(Exception):  # noqa: N818  a refusal is an expected answer
    """A refused field: null plus this code in a query, ``word`` in a mutation's union. Parameters are facts, never
    prose."""

    code: ClassVar[str]
    word: ClassVar[type | None] = None

    def __init__(self, **parameters: Any) -> None:  # noqa: ANN401  whatever the code's wording needs
        super().__init__(self.code)
        self.parameters: Mapping[str, Any] = parameters

    def as_word(self) -> object:
        """The member of a mutation's union. Raises LookupError for a problem that no deed should meet."""
        if self.word is None:
            raise LookupError(f"{self.code} has no word for mutations")
        return self.word(**self.parameters)


class SignInRequired(Problem):
    """Nobody is signed in."""

    code = "sign_in_required"
    word = refusal.SignInRequired


class StepUpRequired(Problem):
    """The field opens at a higher level (domain page §5), or to a fresher proof, than the caller has."""

    code = "step_up_required"
    word = refusal.StepUpRequired

    def __init__(
        self,
        *,
        needed: int,
        have: int,
        fresh_within_seconds: int | None = None,
        ways: Sequence[Sequence[Factor]] = (),
    ) -> None:
        super().__init__(
            needed=needed,
            have=have,
            fresh_within_seconds=fresh_within_seconds,
            ways=[[factor.name for factor in way] for way in ways],
        )

    def as_word(self) -> object:
        """The same with factors for their names."""
        ways = [[Factor[name] for name in way] for way in self.parameters["ways"]]
        return refusal.StepUpRequired(**{**self.parameters, "ways": ways})


class FieldNotDeclared(Problem):
    """A caller who is limited to some fields (an alert, an OAuth client, a helper) asked for another one."""

    code = "field_not_declared"

    def __init__(self, *, field: str) -> None:
        super().__init__(field=field)

    def as_word(self) -> object:
        """In a deed's answer it is the same as a missing role: not this caller's."""
        return refusal.NotYours(field=self.parameters["field"], roles=[])


class RoleRequired(Problem):
    """The field is for staff of these roles; or it is a subscriber's, and staff asked."""

    code = "role_required"
    word = refusal.NotYours

    def __init__(self, *, field: str, roles: Sequence[Role]) -> None:
        super().__init__(field=field, roles=sorted(roles))


class Rests(Problem):
    """After a password reset this stays shut for a while (domain page §4)."""

    code = "rests"
    word = refusal.Rests

    def __init__(self, *, until: datetime) -> None:
        super().__init__(until=until)


class PaidByOther(Problem):
    """Somebody else pays for this line, and what they owe, have and spend is theirs to see."""

    code = "paid_by_other"
    word = refusal.PaidByOther

    def __init__(self, *, payer: str) -> None:
        super().__init__(payer=payer)


class LineNotFound(Problem):
    """The line that this session was begun for does not exist any more."""

    code = "line_not_found"


class BillNotFound(Problem):
    """No such bill, or another account's: the answer does not tell which."""

    code = "bill_not_found"
    word = refusal.BillNotFound


class MonthNotKept(Problem):
    """The month is not kept online, or has not begun."""

    code = "month_not_kept"
    word = refusal.MonthNotKept

    def __init__(self, *, first: str, last: str) -> None:
        super().__init__(first=first, last=last)


class RecordsLocked(Problem):
    """The customer switched queries of call records off (清单禁查)."""

    code = "records_locked"
    word = refusal.RecordsLocked


class NothingToCompare(Problem):
    """No earlier bill is kept online: there is nothing to hold this one against."""

    code = "nothing_to_compare"


class BadCursor(Problem):
    """The cursor is not one of this connection's, or its item is gone."""

    code = "bad_cursor"


class BadArgument(Problem):
    """An argument outside its bounds."""

    code = "bad_argument"
    word = refusal.BadInput

    def __init__(self, *, name: str, least: int | None = None, most: int | None = None) -> None:
        bounds = {key: bound for key, bound in (("least", least), ("most", most)) if bound is not None}
        super().__init__(name=name, **bounds)

    def as_word(self) -> object:
        """With both bounds, null where there is none."""
        return refusal.BadInput(**({"least": None, "most": None} | dict(self.parameters)))


class NotFound(Problem):
    """No such thing, or somebody else's: the answer does not tell which."""

    code = "not_found"
    word = refusal.NotFound


class KeyReused(Problem):
    """The idempotency key stands for another deed, or for the same with another input."""

    code = "key_reused"
    word = refusal.KeyReused


class StillUnderWay(Problem):
    """The deed of this idempotency key is being done at this moment."""

    code = "still_under_way"
    word = refusal.StillUnderWay


class WrongSecret(Problem):
    """A password or a code was wrong."""

    code = "wrong_credentials"
    word = refusal.WrongSecret

    def __init__(self, *, tries_left: int) -> None:
        super().__init__(tries_left=tries_left)


class Locked(Problem):
    """Too many wrong ones."""

    code = "locked"
    word = refusal.Locked

    def __init__(self, *, until: datetime) -> None:
        super().__init__(until=until)


class CodeExpired(Problem):
    """The one-time code is over, used, or was never asked for."""

    code = "code_expired"
    word = refusal.CodeExpired


class WeakPassword(Problem):
    """The password may not be chosen."""

    code = "weak_password"
    word = refusal.WeakPassword

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class LineSuspended(Problem):
    """Not while the line is suspended."""

    code = "line_suspended"
    word = refusal.LineSuspended


class SimChanged(Problem):
    """The SIM card is too new for a code or a text alone to open this; None: nobody can say since when it is in use."""

    code = "sim_changed"
    word = refusal.SimChanged

    def __init__(self, *, until: datetime | None) -> None:
        super().__init__(until=until)


class TooMany(Problem):
    """As many of these as there may be."""

    code = "too_many"
    word = refusal.TooMany

    def __init__(self, *, most: int) -> None:
        super().__init__(most=most)


class ExportUnderWay(Problem):
    """The same export of call records waits or is worked on already."""

    code = "export_under_way"
    word = refusal.ExportUnderWay

    def __init__(self, *, export_id: str, progress: int) -> None:
        super().__init__(export_id=export_id, progress=progress)


class NeedsOtherEyes(Problem):
    """Who proposed a deed can't also decide it."""

    code = "needs_other_eyes"
    word = refusal.NeedsOtherEyes


class DeedOff(Problem):
    """The operator switched this deed off for a while, in every channel."""

    code = "deed_off"
    word = refusal.DeedOff

    def __init__(self, *, until: datetime | None, reason: LocalizedText) -> None:
        super().__init__(until=until, reason=reason)


class ChangeRefused(Problem):
    """The change can't be made."""

    code = "change_refused"
    word = refusal.ChangeRefused

    def __init__(self, *, obstacles: list[ChangeObstacle]) -> None:
        super().__init__(obstacles=obstacles)


class ConfirmationExpired(Problem):
    """The time to confirm is over, or the change was withdrawn."""

    code = "confirmation_expired"
    word = refusal.ConfirmationExpired


class PreviewChanged(Problem):
    """What the change would do is not what was shown."""

    code = "preview_changed"
    word = refusal.PreviewChanged

    def __init__(self, *, preview: ChangePreview) -> None:
        super().__init__(preview=preview)


class NotCancellable(Problem):
    """The order is past the point from which it can be called off."""

    code = "not_cancellable"
    word = refusal.NotCancellable

    def __init__(self, *, state: OrderState) -> None:
        super().__init__(state=state)


class AmountRefused(Problem):
    """An amount outside its bounds, or no whole number of fen."""

    code = "amount_refused"
    word = refusal.AmountRefused

    def __init__(self, *, least: Money, most: Money) -> None:
        super().__init__(least=least, most=most)


class NotRechargeable(Problem):
    """No money can be put onto this number (unknown, closed, paid_by_organization)."""

    code = "not_rechargeable"
    word = refusal.NotRechargeable

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class VoucherRefused(Problem):
    """The card can't be used (unknown, used, expired, of_other)."""

    code = "voucher_refused"
    word = refusal.VoucherRefused

    def __init__(self, *, reason: str, tries_left: int) -> None:
        super().__init__(reason=reason, tries_left=tries_left)


class ProviderRefused(Problem):
    """The payment provider does not do this now (refused, unavailable, not_offered)."""

    code = "provider_refused"
    word = refusal.ProviderRefused

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class TransferRefused(Problem):
    """The operator does not move this money (insufficient, own_line, not_allowed, daily_most)."""

    code = "transfer_refused"
    word = refusal.TransferRefused

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class RedemptionRefused(Problem):
    """Points can't be spent on this now: every reason that is known, in the order of importance."""

    code = "redemption_refused"
    word = refusal.RedemptionRefused

    def __init__(self, *, obstacles: Sequence[RedemptionObstacle]) -> None:
        super().__init__(obstacles=list(obstacles))


class InvitationRefused(Problem):
    """This line can't be invited by that code (unknown, own, too_late, too_many, already)."""

    code = "invitation_refused"
    word = refusal.InvitationRefused

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class CampaignRefused(Problem):
    """A document is no campaign, or can't stand beside those that are on."""

    code = "campaign_refused"
    word = refusal.CampaignRefused

    def __init__(self, *, faults: Sequence[CampaignFault]) -> None:
        super().__init__(faults=list(faults))


class NotReturnable(Problem):
    """The goods can't be given back (not_goods, not_there, too_late)."""

    code = "not_returnable"
    word = refusal.NotReturnable

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class DeadlineExceeded(Problem):
    """The fact did not arrive before the answer was due."""

    code = "deadline_exceeded"
