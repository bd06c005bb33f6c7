"""TMF654 v4 Prepay Balance: how is money granted into a pot of its own, and what is left of it taken back, once?"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Any, Final

from bss_adapters.tmf.call import Answer, Call, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.kept_reading import keys_of_money
from bss_adapters.tmf.wire import BUSINESS_ZONE, Wire, wire_list, word_codes
from bss_adapters.tmf.written import send_once, unknown_word, write_amount
from graphql_schema.loyalty_ports import Fulfilled, FulfilmentState, GrantedMoney
from graphql_schema.types.money import Money

_API: Final = "/prepayBalanceManagement/v4"
_GRANT: Final = "topupBalance"
_TAKE: Final = "adjustBalance"
_SCHEMA: Final = "https://onehall.example/schema/GrantedTopupBalance.json"
_CHANNEL: Final = "onehall"
_REWARD: Final = "reward"
_AS_MUCH_AS_IS_LEFT: Final = "asMuchAsIsLeft"
_FOUND_MOST: Final = "2"
"""There is one for a reference, or something is wrong."""
_REASONS: Final = {"accountClosed": "closed", "unknownAccount": "unknown_account", "notAllowed": "not_allowed"}
"""What a BSS may say no with for good. Any other word leaves open what became of the money: it is asked for."""
NEVER_GRANTED: Final = "not_granted"
"""Why nothing is taken back of money that never came."""


class _Status(Enum):
    CREATED = "created"
    FAILED = "failed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


_STATUSES: Final = word_codes(_Status)


class TmfGrantedMoney:
    """Money of rewards over TMF654. A BSS does one action for an Idempotency-Key, which is our reference; from here
    nothing is sent twice."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def grant(self, reference: str, account_id: str, wanted: GrantedMoney) -> Fulfilled:
        """Puts it into a pot of its own. REFUSED with a ``reason``; raises BssFault ``balance_*``, with
        ``outcome_unknown`` where it may have been put in."""
        body = {
            "amount": write_amount(wanted.amount),
            "partyAccount": {"id": plain_id(account_id, system="balance")},
            "reason": _REWARD,
            "release": [_write_release(day, amount) for day, amount in wanted.releases],
            **({"usableFor": [each.value for each in wanted.usable_for]} if wanted.usable_for else {}),
            **({"validFor": {"endDateTime": _first_instant(wanted.valid_until)}} if wanted.valid_until else {}),
            "@type": "GrantedTopupBalance",
            "@baseType": "TopupBalance",
            "@schemaLocation": _SCHEMA,
        }
        return await self._act(_GRANT, reference, account_id, pot_id=reference, asked=body)

    async def take_back(self, reference: str, account_id: str, *, granted: str, most: Money | None) -> Fulfilled:
        """Takes back what is left of a grant, at most so much. DONE with ``taken_back``, which may be nothing; REFUSED
        ``not_granted`` where there is no such grant. Raises BssFault as ``grant``."""
        found = await self._look(_GRANT, granted, account_id)
        if found is None or found.code("status", _STATUSES) in {_Status.FAILED, _Status.CANCELLED}:
            return Fulfilled(reference, FulfilmentState.REFUSED, reason=NEVER_GRANTED)
        amount = found.quantity_of_money("amount") if most is None else most
        asked = {
            "amount": write_amount(Money(amount=-amount.amount, currency=amount.currency)),
            "adjustType": "oneTime",
            "reason": _AS_MUCH_AS_IS_LEFT,
        }
        pot_id = plain_id(found.child("bucket").text("id"), system="balance")
        return await self._act(_TAKE, reference, account_id, pot_id=pot_id, asked=asked)

    async def find_grant(self, account_id: str, reference: str) -> Fulfilled:
        """What became of a grant, asked anew; UNKNOWN: it never arrived. Raises BssFault ``balance_*``."""
        return await self._find(_GRANT, account_id, reference)

    async def find_take_back(self, account_id: str, reference: str) -> Fulfilled:
        """What became of a take-back, asked anew. Raises BssFault ``balance_*``."""
        return await self._find(_TAKE, account_id, reference)

    async def _act(
        self, kind: str, reference: str, account_id: str, *, pot_id: str, asked: Mapping[str, Any]
    ) -> Fulfilled:
        body = {
            **asked,
            "usageType": "monetary",
            "bucket": {"id": pot_id},
            "channel": {"id": _CHANNEL},
            "description": plain_id(reference, system="balance"),
        }
        path = f"{_API}/{kind}"
        call = Call(system="balance", path=path, method="POST", body=body, key=reference, may_be_refused=True)
        parse = partial(self._read, kind, reference=reference, account_id=account_id)
        try:
            return await send_once(self._client, call, parse)
        finally:
            await self._client.readings.outdate(*keys_of_money(account_id))

    async def _find(self, kind: str, account_id: str, reference: str) -> Fulfilled:
        found = await self._look(kind, reference, account_id)
        if found is None:
            return Fulfilled(reference, FulfilmentState.UNKNOWN)
        await self._client.readings.outdate(*keys_of_money(account_id))
        return _parse_fulfilled(found, kind, reference)

    async def _look(self, kind: str, reference: str, account_id: str) -> Wire | None:
        """The one action of a reference on the account, or None. Raises BssFault ``balance_garbled`` for two, or
        another's."""
        asked = {"description": plain_id(reference, system="balance"), "limit": _FOUND_MOST}
        answer = await self._client.fetch(read_call("balance", f"{_API}/{kind}", asked))
        return parse_found(answer.json, reference=reference, account_id=account_id, currency=self._currency)

    def _read(self, kind: str, answer: Answer, *, reference: str, account_id: str) -> Fulfilled:
        if answer.refusal:
            if answer.refusal not in _REASONS:
                raise unknown_word("balance", answer)
            return Fulfilled(reference, FulfilmentState.REFUSED, reason=_REASONS[answer.refusal])
        wire = Wire(answer.json, system="balance", currency=self._currency)
        _check(wire, reference, account_id)
        return _parse_fulfilled(wire, kind, reference)


def parse_found(body: Any, *, reference: str, account_id: str, currency: str) -> Wire | None:  # noqa: ANN401  any JSON
    """A list of actions with that reference → the one, or None. Raises BssFault ``balance_garbled``."""
    found = list(wire_list(body, system="balance", currency=currency))
    if len(found) > 1:
        raise bss_fault("balance", FaultKind.GARBLED, "two actions have one reference")
    if found:
        _check(found[0], reference, account_id)
    return found[0] if found else None


def _parse_fulfilled(wire: Wire, kind: str, reference: str) -> Fulfilled:
    status = wire.code("status", _STATUSES)
    if status is _Status.CREATED:
        return Fulfilled(reference, FulfilmentState.WORKING)
    if status is not _Status.COMPLETED:
        return Fulfilled(reference, FulfilmentState.REFUSED, reason=status.value)
    moved, at = wire.quantity_of_money("amount"), wire.instant("confirmationDate")
    if kind == _GRANT:
        if moved.amount <= 0:
            raise wire.garbled("amount goes the other way")
        return Fulfilled(reference, FulfilmentState.DONE, at=at)
    if moved.amount > 0:
        raise wire.garbled("amount goes the other way")
    taken = Money(amount=abs(moved.amount), currency=moved.currency)
    return Fulfilled(reference, FulfilmentState.DONE, at=at, taken_back=taken)


def _check(wire: Wire, reference: str, account_id: str) -> None:
    """Raises BssFault ``balance_garbled`` for what is not the account's, or not of this reference."""
    if wire.text("description") != reference:
        raise wire.garbled("description is another's")
    if wire.child("partyAccount").text("id") != account_id:
        raise wire.garbled("it is another account's")


def _write_release(day: date, amount: Money) -> dict[str, Any]:
    return {"date": day.isoformat(), "amount": write_amount(amount)}


def _first_instant(day: date) -> str:
    """Money that is valid until a day ends as that day begins (in China)."""
    return datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE).isoformat()
