"""When is a new bill, or what became of a ticket, announced?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from sandbox.bss.hub import Hub
from sandbox.bss.month import Month, render_instant
from sandbox.bss.order_herald import OrderHerald
from sandbox.bss.paper import OF_A_MONTH, papers_of
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.ticket import OPEN, Change, changes_of, credits_of, status_of
from sandbox.bss.ticket_book import StoredTicket
from sandbox.bss.tmf.bill_wire import KnownBill, render_bill
from sandbox.bss.tmf.inventory import render_line_now
from sandbox.bss.tmf.ticket_wire import render_ticket
from sandbox.bss.world import World

_BILLING: Final = "customerBillManagement"
_NEW_BILL: Final = "CustomerBillCreateEvent"
_RUN: Final = "next_bill_run"
_ACCOUNT: Final = "next_billed_account"
_PAUSE_SECONDS: Final = 1.0


class Herald:
    """Tells the hub of each bill as its run comes, however the clock gets there, and of each step of a ticket. How far
    it is stands in the store: a restart repeats no bill and leaves none out. A bill run that nobody listens to is not
    told later."""

    def __init__(self, world: World, hub: Hub) -> None:
        self._world = world
        self._hub = hub
        self._orders = OrderHerald(world, hub)
        self._news = asyncio.Event()
        kept = world.store.settings()
        self._run = Month(0, 1).plus(int(kept[_RUN])) if _RUN in kept else Month.of(world.clock.now_ms())
        self._account = int(kept.get(_ACCOUNT, 0))

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Announces what is due for as long as the context is open."""
        self._news = asyncio.Event()  # of the loop that runs now
        working = asyncio.create_task(self._work())
        try:
            yield
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    def look(self) -> None:
        """Something happened, or the clock was moved: tickets and orders are told of at once, bills by whoever is at
        work."""
        self.tell_tickets()
        self._orders.tell()
        self._news.set()

    async def tell_bills(self) -> None:
        """Announces every bill that was issued and not announced, month by month and account by account."""
        while self._run.end_ms <= self._world.clock.now_ms():
            while self._account < self._world.size and self._hub.is_heard(_BILLING, _NEW_BILL):
                self._tell_bill_of(self._world.portfolio(self._account))
                await asyncio.sleep(0)  # a bill run of many is long
            self._run, self._account = self._run.plus(1), 0
            self._world.store.remember(**self._progress())

    def tell_tickets(self) -> None:
        """Announces every step that tickets have taken by now."""
        book, now_ms = self._world.store.tickets, self._world.clock.now_ms()
        for ticket in book.under_way():
            changes = changes_of(ticket, book.deeds(ticket.serial), now_ms)
            for order, change in enumerate(changes[ticket.told :], start=ticket.told):
                self._tell_ticket(ticket, change, is_first=order == 0)
            if len(changes) > ticket.told:
                book.note_told(ticket.serial, len(changes), is_over=status_of(changes) not in OPEN)

    def tell_lines(self, portfolio: Portfolio, at_ms: int) -> None:
        """Announces each line that what happened at an instant barred, or let go: a dispute, money put in."""
        for line in portfolio.lines:
            if line.barred_in_arrears and self._world.standing(line, at_ms - 1) != self._world.standing(line, at_ms):
                event = {"product": render_line_now(self._world, line)}
                name = "ProductAttributeValueChangeEvent"
                self._hub.announce("productInventory", name, render_instant(at_ms), event)

    async def _work(self) -> None:
        while True:
            self._news.clear()
            self.tell_tickets()
            self._orders.tell()
            await self.tell_bills()
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS):
                    await self._news.wait()

    def _tell_bill_of(self, portfolio: Portfolio) -> None:
        """Announces an account's bill of the run, if it has one, as it was issued."""
        issued_ms = self._run.end_ms
        papers = papers_of(self._world, portfolio, issued_ms)
        bill = next((paper for paper in papers if paper.at_ms == issued_ms and paper.category in OF_A_MONTH), None)
        self._account += 1
        if bill is not None:
            event = {"customerBill": render_bill(KnownBill(portfolio, bill))}
            self._hub.announce(_BILLING, _NEW_BILL, render_instant(issued_ms), event, **self._progress())

    def _progress(self) -> dict[str, int]:
        return {_RUN: self._run.since(Month(0, 1)), _ACCOUNT: self._account}

    def _tell_ticket(self, ticket: StoredTicket, change: Change, *, is_first: bool) -> None:
        kind = "Create" if is_first else "StatusChange" if change.status else "AttributeValueChange"
        event = {"troubleTicket": render_ticket(self._world, ticket, change.at_ms)}
        self._hub.announce("troubleTicket", f"TroubleTicket{kind}Event", render_instant(change.at_ms), event)
        if ticket.kind == "billDispute":
            portfolio = self._world.portfolio_of(ticket.account_id)
            self._tell_credit(portfolio, ticket, change)
            self.tell_lines(portfolio, change.at_ms)

    def _tell_credit(self, portfolio: Portfolio, ticket: StoredTicket, change: Change) -> None:
        if not change.credit_li:
            return
        ids = {credit.id for credit in credits_of(self._world.store, ticket, change.at_ms)}
        for paper in papers_of(self._world, portfolio, change.at_ms):
            if paper.id in ids:
                event = {"customerBill": render_bill(KnownBill(portfolio, paper))}
                self._hub.announce(_BILLING, _NEW_BILL, render_instant(change.at_ms), event)
