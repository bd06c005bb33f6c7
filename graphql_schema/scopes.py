"""What may somebody see and do who acts for another: an OAuth client, or a trusted helper?"""

from collections.abc import Iterable, Mapping
from typing import Final

SCOPES: Final[Mapping[str, frozenset[str]]] = {
    # A scope opens exactly these fields, each still at its own level. Nothing that belongs to a person's security
    # (sessions, passwords, helpers, consents, their data, call records) is in any scope: only they open that.
    "line": frozenset({"Me.line", "Me.packages", "Me.subscribed", "Me.orders", "Me.attention", "Me.assurance"}),
    "number": frozenset({"Line.number"}),
    "usage": frozenset(
        {
            "Me.buckets",
            "Me.pace",
            "Me.usageOfMonth",
            "Me.usageHistory",
            "Subscription.usageChanged",
        }
    ),
    "money": frozenset(
        {
            "Me.account",
            "Me.balance",
            "Me.currentCharges",
            "Me.bills",
            "Me.outOfBucket",
            "Me.chargeForecast",
            "Me.chargeBrake",
            "Mutation.startRecharge",
            "Mutation.cancelRecharge",
            "Query.recharge",
            "Query.payOffer",
        }
    ),
    "bills": frozenset(
        {
            "Me.bill",
            "CurrentCharges.subjects",
            "Me.billDifference",
            "Me.disputes",
            "Me.invoiceRequests",
            "Me.promises",
        }
    ),
    "inbox": frozenset({"Me.inbox", "Subscription.inboxMessageAdded"}),
}

OPENID_SCOPES: Final = frozenset({"openid", "phone", "offline_access"})
"""Scopes of OpenID Connect that an OAuth client may ask for beside ours; they open no field of the graph."""

HELPER_SCOPES: Final = frozenset({"line", "usage", "money", "bills"})
"""What one person may let another see."""


def open_fields(scopes: Iterable[str]) -> frozenset[str]:
    """The fields that these scopes open together; an unknown scope opens none."""
    return frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))
