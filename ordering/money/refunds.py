"""How does money go back to whoever paid it, once?

Out of the operator's books first, then from the provider to the payer; where the provider will not, back into the
books. A refund of what the operator never took begins at the provider.
"""

from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.payment_ports import (
    Credit,
    CreditState,
    PaymentFault,
    ProviderRefund,
    RefundState,
)
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import RechargeSource
from ordering.money.ledger import BSS, DUE, refund_account
from ordering.money.needs import Till
from ordering.money.refund_rows import Passage, derive_reference, fetch_refund, pass_refund
from ordering.money.rows import fetch_row, find_pause, free
from ordering.money.units import from_fen
from ordering.money_tables import recharge_refund

REASON_CHARACTERS: Final = 32


class Refunds:
    """The steps of a refund. Each takes a row as it was read or claimed, and answers it as it then stands."""

    def __init__(self, till: Till) -> None:
        self._till, self._cross = till, till.cross

    async def advance(self, refund: Row[Any], *, first: bool = False) -> Row[Any]:
        """Brings it as far as it comes now. ``first``: nobody asked the operator for it before, so a fault that leaves
        nothing open ends it, and is raised. Raises BssFault then."""
        paid = await fetch_row(self._till, refund.recharge_id)
        if refund.state == "taking":
            refund = await self._take_back(refund, paid, first=first)
        if refund.state == "giving":
            refund = await self._give(refund, paid)
        if refund.state == "restoring":
            refund = await self._put_back(refund, paid)
        return refund

    async def _take_back(self, refund: Row[Any], paid: Row[Any], *, first: bool) -> Row[Any]:
        try:
            taken = await self._find_or_take(refund, paid, first=first)
        except BssFault as fault:
            if not first or fault.outcome_unknown:
                return await self._leave(refund)
            await pass_refund(self._till, refund, paid, Passage("refused", failure="unavailable"))
            raise
        self._cross("refund.taken_back")
        if taken.state is CreditState.UNKNOWN:
            return await self._leave(refund)
        if taken.state is CreditState.REFUSED:
            failure = taken.reason[:REASON_CHARACTERS] or "refused"
            return await pass_refund(self._till, refund, paid, Passage("refused", failure=failure))
        giving = await pass_refund(self._till, refund, paid, Passage("giving", "taken", DUE, BSS))
        self._cross("refund.taken")
        return giving

    async def _find_or_take(self, refund: Row[Any], paid: Row[Any], *, first: bool) -> Credit:
        money = self._till.money
        found = None if first else await money.find_take_back(paid.account_id, refund.id)
        if found is not None and found.state is not CreditState.UNKNOWN:
            return found
        return await money.take_back(refund.id, paid.account_id, amount=_amount(refund, paid))

    async def _give(self, refund: Row[Any], paid: Row[Any]) -> Row[Any]:
        try:
            given = await self._find_or_give(refund, paid)
        except PaymentFault:
            return await self._leave(refund)
        self._cross("refund.given_by_provider")
        if given.state is RefundState.REFUSED and not refund.automatic:
            restoring = await pass_refund(self._till, refund, paid, Passage("restoring", failure="refused"))
            self._cross("refund.refused_by_provider")
            return restoring
        if given.state is not RefundState.DONE or given.amount not in (None, _amount(refund, paid)):
            return await self._leave(refund)  # what the operator never took has no other way to go: it is asked again
        account = refund_account(RechargeSource(paid.source))
        done = await pass_refund(self._till, refund, paid, Passage("given", "refunded", account, DUE))
        self._cross("refund.given")
        return done

    async def _find_or_give(self, refund: Row[Any], paid: Row[Any]) -> ProviderRefund:
        provider = self._till.providers.get(RechargeSource(paid.source))
        if provider is None:  # it was taken out of the settings meanwhile
            raise PaymentFault("unavailable", outcome_unknown=True)
        found = await provider.fetch_refund(paid.id, refund.id)
        if found.state in {RefundState.DONE, RefundState.WORKING}:
            return found
        amount, total = _amount(refund, paid), from_fen(paid.amount_fen, paid.currency)
        url = self._till.notice_url(RechargeSource(paid.source))
        try:
            return await provider.refund(paid.id, refund.id, amount=amount, total=total, notify_url=url)
        except PaymentFault as fault:
            if fault.code == "refused" and not fault.outcome_unknown:
                return ProviderRefund(refund.id, RefundState.REFUSED)
            raise

    async def _put_back(self, refund: Row[Any], paid: Row[Any]) -> Row[Any]:
        """The provider gives nothing back: what was taken out of the books goes in again, under a name of its own."""
        reference, money = derive_reference(refund.id, "restore"), self._till.money
        try:
            put = await money.find_top_up(paid.account_id, reference)
            if put.state is CreditState.UNKNOWN:
                put = await money.top_up(reference, paid.account_id, amount=_amount(refund, paid))
        except BssFault:
            return await self._leave(refund)
        self._cross("refund.put_back")
        if put.state is CreditState.REFUSED:
            return await self._turn_round(refund, paid)
        if put.state is CreditState.UNKNOWN:
            return await self._leave(refund)
        restored = await pass_refund(self._till, refund, paid, Passage("refused", "restored", BSS, DUE, "refused"))
        self._cross("refund.restored")
        return restored

    async def _turn_round(self, refund: Row[Any], paid: Row[Any]) -> Row[Any]:
        """Neither wants it, for the account was closed meanwhile: the provider is asked again after a while, and so on
        until one of them takes it. It is shown as late, and stays owed to the customer."""
        giving = await pass_refund(self._till, refund, paid, Passage("giving", failure="refused"))
        await free(self._till, recharge_refund, giving, after=self._till.rules.rest_at_most)
        return giving

    async def _leave(self, refund: Row[Any]) -> Row[Any]:
        pause = find_pause(self._till.rules, refund.attempts)
        await free(self._till, recharge_refund, refund, after=pause)
        return await fetch_refund(self._till, refund.id)


def _amount(refund: Row[Any], paid: Row[Any]) -> Money:
    return from_fen(refund.amount_fen, paid.currency)
