"""TMF654 v4 Prepay Balance: how is money put in, taken out and moved, each once?"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from bss_adapters.tmf.balance import balance_question
from bss_adapters.tmf.booked import fetch_booked
from bss_adapters.tmf.call import Answer, Call, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.kept_reading import keys_of_money
from bss_adapters.tmf.money_word import ADJUST, TOP_UP, TRANSFER, Action, read_credit, read_found
from bss_adapters.tmf.written import send_once, write_amount
from graphql_schema.payment_ports import BookedMoney, Credit
from graphql_schema.types.account import MoneyKind
from graphql_schema.types.money import Money

_API = "/prepayBalanceManagement/v4"
_FOUND_MOST = "2"
"""There is one for a reference, or something is wrong."""
CHANNEL = "onehall"


class TmfMoney:
    """Port ``MoneySystem`` over TMF654 and TMF676. A BSS does one action for an Idempotency-Key, which is our
    reference; from here nothing is sent twice."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def top_up(self, reference: str, account_id: str, *, amount: Money) -> Credit:
        """Puts money in. REFUSED with a ``reason``; raises BssFault ``balance_*``, with ``outcome_unknown`` where it
        may have been put in."""
        return await self._act(TOP_UP, reference, account_id, {"amount": write_amount(amount)})

    async def redeem_voucher(self, reference: str, account_id: str, *, card: str) -> Credit:
        """The same with a card's money, whose number stands in no address and no fault."""
        nothing = {"units": self._currency, "amount": 0}
        return await self._act(TOP_UP, reference, account_id, {"amount": nothing, "voucher": card})

    async def find_top_up(self, account_id: str, reference: str) -> Credit:
        """What became of either, asked anew. Raises BssFault ``balance_*``."""
        return await self._find(TOP_UP, reference, account_id, {"partyAccount.id": account_id})

    async def take_back(self, reference: str, account_id: str, *, amount: Money) -> Credit:
        """Takes own money out again; REFUSED ``insufficient`` where it is spent. Raises BssFault ``balance_*``."""
        taken = Money(amount=-amount.amount, currency=amount.currency)
        return await self._act(ADJUST, reference, account_id, {"amount": write_amount(taken), "adjustType": "oneTime"})

    async def find_take_back(self, account_id: str, reference: str) -> Credit:
        """What became of it, asked anew. Raises BssFault ``balance_*``."""
        return await self._find(ADJUST, reference, account_id, {})

    async def transfer(self, reference: str, account_id: str, to_account_id: str, *, amount: Money) -> Credit:
        """Moves own money; REFUSED ``insufficient`` or ``not_allowed``. Raises BssFault ``balance_*``."""
        asked = {
            "amount": write_amount(amount),
            "receiverBucket": {"id": await self._own_pot(to_account_id)},
            "receiverBucketUsageType": "monetary",
            "logicalResource": [{"id": account_id}],
            "receiverLogicalResource": {"id": to_account_id},
            "reason": "transfer",
        }
        try:
            return await self._act(TRANSFER, reference, account_id, asked)
        finally:
            await self._client.readings.outdate(*keys_of_money(to_account_id))

    async def find_transfer(self, account_id: str, reference: str) -> Credit:
        """What became of it, asked anew. Raises BssFault ``balance_*``."""
        return await self._find(TRANSFER, reference, account_id, {})

    async def fetch_booked(self, day: date) -> Sequence[BookedMoney]:
        """What it booked from us on a business day, take-backs negative. Raises BssFault ``payment_*``."""
        return await fetch_booked(self._client, day, channel=CHANNEL, currency=self._currency)

    async def _act(self, action: Action, reference: str, account_id: str, asked: Mapping[str, Any]) -> Credit:
        body = {
            **asked,
            "usageType": "monetary",
            "bucket": {"id": await self._own_pot(account_id)},
            "channel": {"id": CHANNEL},
            "description": plain_id(reference, system="balance"),
            **({"partyAccount": {"id": account_id}} if action is TOP_UP else {}),
        }
        call = Call(
            system="balance",
            path=f"{_API}/{action.path}",
            method="POST",
            body=body,
            key=reference,
            may_be_refused=True,
        )
        parse = partial(self._read, action, reference=reference, account_id=account_id)
        try:
            return await send_once(self._client, call, parse)
        finally:
            await self._client.readings.outdate(*keys_of_money(account_id))

    async def _find(self, action: Action, reference: str, account_id: str, query: Mapping[str, str]) -> Credit:
        asked = {**query, "description": plain_id(reference, system="balance"), "limit": _FOUND_MOST}
        plain_id(account_id, system="balance")
        answer = await self._client.fetch(read_call("balance", f"{_API}/{action.path}", asked))
        credit = read_found(answer.json, action, reference=reference, account_id=account_id, currency=self._currency)
        if credit.amount is not None:
            await self._client.readings.outdate(*keys_of_money(account_id))
        return credit

    async def _own_pot(self, account_id: str) -> str:
        """Which pot holds the account's own money. Raises BssFault ``balance_*``; nothing was sent then."""
        balance = await self._client.read(balance_question(self._client, account_id, currency=self._currency))
        for pot in balance.sub_balances:
            if pot.kind is MoneyKind.OWN:
                return pot.id
        raise bss_fault("balance", FaultKind.GARBLED, "the account has no pot of its own")

    def _read(self, action: Action, answer: Answer, *, reference: str, account_id: str) -> Credit:
        return read_credit(answer, action, reference=reference, account_id=account_id, currency=self._currency)
