"""TMF654 v4 Prepay Balance: what does an action on a balance say became of money?"""

from enum import Enum
from typing import Any

from bss_adapters.tmf.call import Answer
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.wire import Wire, wire_list, word_codes
from bss_adapters.tmf.written import unknown_word
from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.types.money import Money

_REASONS = {
    "accountClosed": "closed",
    "unknownAccount": "unknown_account",
    "voucherUnknown": "unknown",
    "voucherUsed": "used",
    "voucherExpired": "expired",
    "voucherOfOther": "of_other",
    "insufficient": "insufficient",
    "notAllowed": "not_allowed",
}
"""What a BSS may say no with for good. Any other word leaves open what became of the money: it is asked for."""


class Action(Enum):
    """A deed on a balance, by the resource that it is."""

    TOP_UP = "topupBalance"
    ADJUST = "adjustBalance"
    TRANSFER = "transferBalance"

    @property
    def path(self) -> str:
        """Below the API's address."""
        return self.value


TOP_UP, ADJUST, TRANSFER = Action.TOP_UP, Action.ADJUST, Action.TRANSFER


class _Status(Enum):
    CREATED = "created"
    FAILED = "failed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


_STATUSES = word_codes(_Status)


def read_credit(answer: Answer, action: Action, *, reference: str, account_id: str, currency: str) -> Credit:
    """The answer to an action → Credit. Raises BssFault ``balance_garbled``, also for another account's."""
    if answer.refusal:
        if answer.refusal not in _REASONS:
            raise unknown_word("balance", answer)
        return Credit(reference, CreditState.REFUSED, reason=_REASONS[answer.refusal])
    wire = Wire(answer.json, system="balance", currency=currency)
    return _parse_credit(wire, action, reference=reference, account_id=account_id)


def read_found(
    body: Any,  # noqa: ANN401  any JSON value
    action: Action,
    *,
    reference: str,
    account_id: str,
    currency: str,
) -> Credit:
    """A list of actions with that reference → what became of it. Raises BssFault ``balance_garbled``, also for two."""
    found = list(wire_list(body, system="balance", currency=currency))
    if len(found) > 1:
        raise bss_fault("balance", FaultKind.GARBLED, "two actions have one reference")
    if not found:
        return Credit(reference, CreditState.UNKNOWN)
    return _parse_credit(found[0], action, reference=reference, account_id=account_id)


def _parse_credit(wire: Wire, action: Action, *, reference: str, account_id: str) -> Credit:
    _check(wire, action, reference, account_id)
    status = wire.code("status", _STATUSES)
    if status is _Status.CREATED:
        raise bss_fault("balance", FaultKind.UNAVAILABLE, "it is still being done")
    if status is not _Status.COMPLETED:
        return Credit(reference, CreditState.REFUSED, reason=status.value)
    return Credit(
        reference=reference,
        state=CreditState.DONE,
        amount=_read_amount(wire, action),
        arrears_settled=wire.maybe_money("arrearsSettled"),
        at=wire.instant("confirmationDate"),
    )


def _check(wire: Wire, action: Action, reference: str, account_id: str) -> None:
    """Raises BssFault ``balance_garbled`` for what is not the account's, or not of this reference."""
    if wire.text("description") != reference:
        raise wire.garbled("description is another's")
    if action is TRANSFER:
        payers = [each.text("id") for each in wire.children("logicalResource")]
    else:
        payers = [wire.child("partyAccount").text("id")]
    if payers != [account_id]:
        raise wire.garbled("it is another account's")


def _read_amount(wire: Wire, action: Action) -> Money:
    """How much was moved, always above 0."""
    moved = wire.quantity_of_money("amount")
    amount = -moved.amount if action is ADJUST else moved.amount
    if amount <= 0:
        raise wire.garbled("amount goes the other way")
    return Money(amount=amount, currency=moved.currency)
