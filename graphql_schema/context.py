"""What does a resolver have at hand? The caller, and the facts about the caller's line, each asked for once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import IdentityPorts
from graphql_schema.money_ports import BrakeReading, KeptPromise, RatedMonth
from graphql_schema.order_ports import CatalogueReading, WantedChange
from graphql_schema.ports import DEADLINE, BillsReading, BssFault, Ports, UsageReading, answering_by
from graphql_schema.problems import BillNotFound, DeadlineExceeded, LineNotFound, PaidByOther, SignInRequired
from graphql_schema.types.account import Account, Balance
from graphql_schema.types.bill import CurrentCharges, ItemizedBill
from graphql_schema.types.change import ChangePreview
from graphql_schema.types.inbox import InboxMessage
from graphql_schema.types.line import Line, Payer
from graphql_schema.types.line_service import FreeNumber, LineLife, Puk, ServiceSwitch
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.month import Month
from graphql_schema.types.order import Order
from graphql_schema.types.package import Package
from graphql_schema.types.ticket import Dispute, InvoiceRequest

T = TypeVar("T")

ID_CHARACTERS_MOST = 128
"""No BSS gives out a longer id, so one need not be asked about it."""

LAST_KNOWN_SHARE = 0.1
"""The part of the time that calls below do not get: in it a last known value can still take a slow answer's place."""


class Facts:
    """Each fact about one caller's line, fetched at most once and by one deadline, however many fields need it.

    Every method answers an awaitable that is shared by all who ask. It raises BssFault, LineNotFound, or
    DeadlineExceeded when the fact is not there in time; the other facts are not lost with it. The account's facts raise
    PaidByOther for a line that somebody else pays for; only a system caller that declared the field is told them.
    """

    def __init__(self, caller: Caller, ports: Ports, *, answer_within_seconds: float) -> None:
        self._caller = caller
        self.ports = ports
        self._answer_within_seconds = answer_within_seconds
        now, inherited = time.monotonic(), DEADLINE.get()
        own = now + answer_within_seconds
        self._answer_by = own if inherited is None else min(own, inherited)
        self._call_by = self._answer_by - (self._answer_by - now) * LAST_KNOWN_SHARE
        self._asked: dict[str, asyncio.Task[Any]] = {}

    def afresh(self) -> "Facts":
        """The same caller's facts as they are from now on, with a deadline of their own: for the next event."""
        return Facts(self._caller, self.ports, answer_within_seconds=self._answer_within_seconds)

    @property
    def asked_by_another(self) -> bool:
        """Whether a helper or a client asks with the leave of the line's owner."""
        return self._caller.helper is not None or self._caller.client is not None

    def line(self) -> Awaitable[Line]:
        """The caller's line."""
        return self._once("line", self._fetch_line)

    def account(self) -> Awaitable[Account]:
        """The account that pays for the line."""
        return self._once_of_account("account", "Me.account", self.ports.accounts.fetch_account)

    def balance(self) -> Awaitable[Balance]:
        """The money at hand on that account."""
        return self._once_of_account("balance", "Me.balance", self.ports.accounts.fetch_balance)

    def bills(self) -> Awaitable[BillsReading]:
        """The account's bills kept online, newest first."""
        return self._once_of_account("bills", "Me.bills", self.ports.bills.fetch_bills)

    def current_charges(self) -> Awaitable[CurrentCharges]:
        """The running month so far."""
        fetch = self.ports.bills.fetch_current_charges
        return self._once_of_account("current_charges", "Me.currentCharges", fetch)

    def bill(self, bill_id: str) -> Awaitable[ItemizedBill | None]:
        """One bill by subject; None when the account has no such bill."""
        fetch = self.ports.bills.fetch_bill
        return self._once_of_account(f"bill {bill_id}", "Me.bill", lambda account_id: fetch(account_id, bill_id))

    async def known_bill(self, bill_id: str) -> ItemizedBill:
        """The same for a bill that must be there. Raises BillNotFound, also for what can be no id."""
        possible = bill_id.isprintable() and 0 < len(bill_id) <= ID_CHARACTERS_MOST
        bill = await self.bill(bill_id) if possible else None
        if bill is None:
            raise BillNotFound
        return bill

    async def own_account_id(self, field: str) -> str:
        """The account that pays for the line, for a deed or a question (``field``) about its money."""
        line = await self.line()
        if line.payer is not Payer.SELF and not self._has_declared(field):
            raise PaidByOther(payer=line.payer.name)
        return line.account_id

    def disputes(self) -> Awaitable[Sequence[Dispute]]:
        """What was disputed on the account's bills, newest first."""
        return self._once_of_account("disputes", "Me.disputes", self.ports.tickets.fetch_disputes)

    def invoices(self) -> Awaitable[Sequence[InvoiceRequest]]:
        """The e-invoices that were asked for of the account's bills, newest first."""
        return self._once_of_account("invoices", "Me.invoiceRequests", self.ports.tickets.fetch_invoices)

    def lines_of_account(self) -> Awaitable[list[Line]]:
        """The lines that the account pays for, by number."""
        fetch = self.ports.lines.fetch_lines_of_account
        return self._once_of_account("lines of account", "Me.billDifference", fetch)

    def rated_month(self, line_id: str, month: Month) -> Awaitable[RatedMonth]:
        """A month of use of the caller's line, or of another one that the caller's account pays for."""
        fetch = self.ports.usage_history.fetch_month
        return self._once(f"month {month.text} {line_id}", lambda: self._in_time(fetch(line_id, month)))

    def promises(self) -> Awaitable[Sequence[KeptPromise]]:
        """What the line was promised, newest first."""
        fetch = self.ports.promises.fetch_promises
        return self._once("promises", lambda: self._in_time(fetch(self._line_id)))

    def usage(self) -> Awaitable[UsageReading]:
        """The line's allowances in the running cycle."""
        return self._once("usage", lambda: self._in_time(self.ports.usage.fetch_usage(self._line_id)))

    def packages(self) -> Awaitable[list[Package]]:
        """What the line holds."""
        return self._once("packages", lambda: self._in_time(self.ports.lines.fetch_packages(self._line_id)))

    def month_of_use(self, month: Month) -> Awaitable[RatedMonth]:
        """What the caller's line used in a month."""
        return self.rated_month(self._line_id, month)

    def brake(self) -> Awaitable[BrakeReading]:
        """Which charges of the line are paused."""
        return self._once("brake", lambda: self._in_time(self.ports.brakes.fetch_brake(self._line_id)))

    def catalogue(self) -> Awaitable[CatalogueReading]:
        """What can be bought; it needs no line."""
        return self._once("catalogue", lambda: self._in_time(self.ports.catalogue.fetch_catalogue()))

    async def third_party_offerings(self) -> frozenset[str]:
        """The offerings that are collected for others; none while the catalogue is away."""
        try:
            return frozenset(o.id for o in (await self.catalogue()).offerings if o.of_third_party)
        except (BssFault, DeadlineExceeded):
            return frozenset()

    async def offering_names(self) -> Mapping[str, LocalizedText]:
        """What the catalogue calls its offerings; nothing while it is away."""
        try:
            return {offering.id: offering.name for offering in (await self.catalogue()).offerings}
        except (BssFault, DeadlineExceeded):
            return {}

    async def preview(self, wanted: WantedChange, *, channel: Channel) -> ChangePreview:
        """What a change of the line would do now."""
        fetch = self.ports.qualifications.preview
        return (await self._in_time(fetch(self._line_id, wanted, channel=channel))).preview

    def orders(self, caller: Caller) -> Awaitable[Sequence[Order]]:
        """The line's orders, newest first."""
        return self._once("orders", lambda: self._in_time(self.ports.order_desk.fetch_orders(caller)))

    def switches(self) -> Awaitable[Sequence[ServiceSwitch]]:
        """Which services of the line are on."""
        fetch = self.ports.line_services.fetch_switches
        return self._once("switches", lambda: self._in_time(fetch(self._line_id)))

    def life(self) -> Awaitable[LineLife]:
        """What its owner did to the line."""
        fetch = self.ports.line_services.fetch_life
        return self._once("life", lambda: self._in_time(fetch(self._line_id)))

    async def puk(self) -> Puk | None:
        """The SIM card's PUK, asked anew."""
        return await self._in_time(self.ports.line_services.fetch_puk(self._line_id))

    async def free_numbers(self, ending: str, *, limit: int) -> Sequence[FreeNumber]:
        """Numbers that can be reserved."""
        return await self._in_time(self.ports.line_services.fetch_free_numbers(ending, limit=limit))

    def inbox(self, first: int) -> Awaitable[Sequence[InboxMessage]]:
        """What the line was told, newest first."""
        return self._once(f"inbox {first}", lambda: self._fetch_inbox(first))

    async def _fetch_inbox(self, first: int) -> Sequence[InboxMessage]:
        return await self._in_time(self.ports.inbox.fetch_messages(self._line_id, after=0, limit=first))

    @property
    def _line_id(self) -> str:
        if self._caller.subscriber is None:
            raise SignInRequired
        return self._caller.subscriber

    async def _fetch_line(self) -> Line:
        line = await self._in_time(self.ports.lines.fetch_line(self._line_id))
        if line is None:
            raise LineNotFound
        return line

    def _once_of_account(self, name: str, field: str, fetch: Callable[[str], Awaitable[T]]) -> Awaitable[T]:
        async def fetch_of_account() -> T:
            return await self._in_time(fetch(await self.own_account_id(field)))

        return self._once(name, fetch_of_account)

    def _has_declared(self, field: str) -> bool:
        return self._caller.channel is Channel.SYSTEM and field in (self._caller.fields or ())

    def _once(self, name: str, fetch: Callable[[], Coroutine[Any, Any, T]]) -> Awaitable[T]:
        if name not in self._asked:
            task = asyncio.ensure_future(fetch())
            task.add_done_callback(_hear_out)
            self._asked[name] = task
        return self._asked[name]

    async def _in_time(self, call: Awaitable[T]) -> T:
        try:
            with answering_by(self._call_by):
                async with asyncio.timeout(self._answer_by - time.monotonic()):
                    return await call
        except TimeoutError:
            raise DeadlineExceeded from None


@dataclass(frozen=True, slots=True)
class Context:
    """The caller and the facts of one execution."""

    caller: Caller
    facts: Facts

    @property
    def identity(self) -> IdentityPorts:
        """What identity can be asked and told."""
        return self.facts.ports.identity


def _hear_out(task: asyncio.Task[Any]) -> None:
    """Looks at the outcome, so that a fault of a fact that nobody waits for any more is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
