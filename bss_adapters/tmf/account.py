"""TMF666 v4 Account: who pays, and what do issued bills still ask for?"""

from decimal import Decimal
from functools import partial

from bss_adapters.tmf.balance import balance_question
from bss_adapters.tmf.call import plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import Wire
from graphql_schema.types.account import Account, AccountKind, AccountState, Balance
from graphql_schema.types.money import Money

_PATH = "/accountManagement/v4/billingAccount"
_KINDS = {"postpaid": AccountKind.POSTPAID, "prepaid": AccountKind.PREPAID}


class TmfAccounts:
    """Port ``Accounts`` over TMF666 and TMF654."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def fetch_account(self, account_id: str) -> Account:
        """The account and what it owes. Raises BssFault ``account_*``; ``account_refused`` for an unknown one."""
        call = read_call("account", f"{_PATH}/{plain_id(account_id, system='account')}")
        question = Question(
            system="account",
            key=reading_key("account", account_id),
            ask=partial(self._client.ask_once, call),
            parse=partial(parse_account, account_id=account_id, currency=self._currency),
        )
        return await self._client.read(question)

    async def fetch_balance(self, account_id: str) -> Balance:
        """The account's pots of money. Raises BssFault ``balance_*``."""
        return await self._client.read(balance_question(self._client, account_id, currency=self._currency))

    async def outdate_balance(self, account_id: str) -> None:
        """Money was spent: the next balance comes from the BSS, however fresh the last one is."""
        await self._client.readings.outdate(reading_key("balance", account_id))


def parse_account(reading: Reading, *, account_id: str, currency: str) -> Account:
    """BillingAccount → Account. Raises BssFault ``account_garbled``, also when it is another account."""
    wire = Wire(reading.bodies[0], system="account", currency=currency)
    if wire.text("id") != account_id:
        raise wire.garbled("id is another account's")
    balances = wire.children("accountBalance")
    receivable = next((each for each in balances if each.text("balanceType") == "receivable"), None)
    owed = receivable.money("amount") if receivable else Money(amount=Decimal(0), currency=currency)
    if owed.amount < 0:
        raise wire.garbled("the receivable is negative")
    valid_for = receivable.maybe_child("validFor") if receivable and owed.amount else None
    return Account(
        id=account_id,
        kind=wire.code("accountType", _KINDS),
        state=_parse_state(wire),
        owed=owed,
        due_on=valid_for.maybe_day("endDateTime") if valid_for else None,
        credit_limit=wire.maybe_money("creditLimit"),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _parse_state(wire: Wire) -> AccountState:
    if wire.maybe_text("paymentStatus") == "pastDue":
        return AccountState.PAST_DUE
    return AccountState.CLOSED if wire.maybe_text("state") == "closed" else AccountState.ACTIVE
