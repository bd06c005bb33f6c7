"""TMF654 v4 Prepay Balance: which pots of money does an account hold?"""

from decimal import Decimal
from enum import Enum
from functools import partial

from bss_adapters.tmf.call import plain_id
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import Wire, wire_items
from graphql_schema.types.account import Balance, MoneyKind, Release, SubBalance
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.money import Money

_PATH = "/prepayBalanceManagement/v4/bucket"
_PAGE = 100
_SUBJECTS = {subject.value: subject for subject in SubjectCode}
_KINDS = {kind.value: kind for kind in MoneyKind}


class _PotStatus(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


_STATUSES = {status.value: status for status in _PotStatus}


def balance_question(client: TmfClient, account_id: str, *, currency: str) -> Question[Balance]:
    """How an account's pots are read."""
    query = {"partyAccount.id": plain_id(account_id, system="balance"), "usageType": "monetary"}
    return Question(
        system="balance",
        key=reading_key("balance", account_id),
        ask=partial(fetch_pages, client, "balance", _PATH, query, limit=_PAGE),
        parse=partial(parse_balance, account_id=account_id, currency=currency),
    )


def parse_balance(reading: Reading, *, account_id: str, currency: str) -> Balance:
    """Pages of monetary Buckets → Balance, of active pots only, in the order in which they are spent.

    Raises BssFault ``balance_garbled``.
    """
    wires = wire_items(reading.bodies, system="balance", currency=currency)
    pots = [_parse_pot(wire) for wire in wires if _is_active(wire, account_id)]
    spendable = (pot.remaining.amount for pot in pots if pot.kind is not MoneyKind.FROZEN)
    return Balance(
        available=Money(amount=sum(spendable, Decimal(0)), currency=currency),
        sub_balances=pots,
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _is_active(wire: Wire, account_id: str) -> bool:
    account = wire.maybe_child("partyAccount")
    if account and account.text("id") != account_id:
        raise wire.garbled("partyAccount is another account")
    return wire.code("status", _STATUSES) is _PotStatus.ACTIVE


def _parse_pot(wire: Wire) -> SubBalance:
    valid_for = wire.maybe_child("validFor")
    return SubBalance(
        id=wire.text("id"),
        kind=wire.code("name", _KINDS),
        remaining=wire.quantity_of_money("remainingValue"),
        valid_until=valid_for.maybe_day("endDateTime") if valid_for else None,
        usable_for=wire.code_list("usableFor", _SUBJECTS),
        releases=[_parse_release(each) for each in wire.children("release")],
    )


def _parse_release(wire: Wire) -> Release:
    return Release(on=wire.day("date"), amount=wire.quantity_of_money("amount"))
