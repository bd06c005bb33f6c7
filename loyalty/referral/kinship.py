"""Is the invited line, though another one, the inviter's own in truth?"""

from dataclasses import dataclass

from graphql_schema.loyalty_ports import LoyaltyCustomer
from loyalty.referral.needs import Ties


@dataclass(frozen=True, slots=True)
class Guest:
    """A line with all that could tie it to another."""

    customer: LoyaltyCustomer
    ties: Ties


def find_kinship(inviter: Guest, invitee: Guest) -> str | None:
    """What both have in common, the surest first: customer, account, device, payer, address. None: nothing."""
    mine, theirs = inviter.customer, invitee.customer
    common = {
        "customer": mine.customer_id == theirs.customer_id,
        "account": mine.account_id == theirs.account_id,
        "device": inviter.ties.devices & invitee.ties.devices,
        "payer": inviter.ties.payers & invitee.ties.payers,
        "address": inviter.ties.addresses & invitee.ties.addresses,
    }
    return next((name for name, found in common.items() if found), None)
