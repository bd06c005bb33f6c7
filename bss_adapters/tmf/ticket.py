"""TMF621 v4 Trouble Ticket: what did a customer ask about bills, and how is it asked only once?"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from bss_adapters.tmf.call import Answer, Call, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.ticket_form import TicketForm, dispute_form, invoice_form
from bss_adapters.tmf.ticket_word import (
    hide_private,
    parse_dispute,
    parse_disputes,
    parse_invoice,
    parse_invoices,
)
from bss_adapters.tmf.wire import Wire, wire_items, wire_list
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money
from graphql_schema.types.ticket import Dispute, DisputeReason, InvoiceRequest, InvoiceTitleKind

T = TypeVar("T")
_TICKETS = "/troubleTicket/v4/troubleTicket"
_PAGE = 100


class TmfTickets:
    """Port ``Tickets`` over TMF621.

    A charge has one open dispute and a bill one e-invoice, whichever channels ask at once: the ``externalId`` follows
    from the charge and from how often it was decided already, and a BSS keeps one ticket for an ``externalId``.
    """

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def dispute(  # noqa: PLR0913  a dispute's facts
        self,
        account_id: str,
        bill_id: str,
        rated_line_id: str | None,
        *,
        amount: Money,
        reason: DisputeReason,
        words: str,
        reference: str,
    ) -> Dispute:
        """Opens a dispute; one that is open for the same charge is answered instead. Raises BssFault ``ticket_*``."""
        form = dispute_form(
            account_id, bill_id, rated_line_id, amount=amount, reason=reason, words=words, reference=reference
        )
        return await self._ask_once(form, parse_dispute)

    async def fetch_disputes(self, account_id: str) -> Sequence[Dispute]:
        """Newest first. Raises BssFault ``ticket_*``."""
        return await self._client.read(self._question(account_id, parse_disputes))

    async def request_invoice(  # noqa: PLR0913  an invoice's facts
        self,
        account_id: str,
        bill_id: str,
        *,
        amount: Money,
        title: str,
        title_kind: InvoiceTitleKind,
        tax_number: str | None,
        reference: str,
    ) -> InvoiceRequest:
        """Asks for an e-invoice; one that was asked for, and not turned down, is answered instead. Raises BssFault
        ``ticket_*``."""
        form = invoice_form(
            account_id,
            bill_id,
            amount=amount,
            title=title,
            title_kind=title_kind,
            tax_number=tax_number,
            reference=reference,
        )
        return await self._ask_once(form, parse_invoice)

    async def fetch_invoices(self, account_id: str) -> Sequence[InvoiceRequest]:
        """Newest first. Raises BssFault ``ticket_*``."""
        return await self._client.read(self._question(account_id, parse_invoices))

    async def _ask_once(self, form: TicketForm, parse: Callable[[Wire, Reading], T]) -> T:
        """What stands for this charge, or a new ticket. The tickets are read anew, since a snapshot can be too old, and
        so are they by whoever looks next."""
        pages = await self._ask_account(form.account_id)
        wires = wire_items((page.json for page in pages), system="ticket", currency=self._currency)
        same = [wire for wire in wires if form.is_about(wire)]
        standing = next((wire for wire in same if form.is_answered_by(wire)), None)
        try:
            ticket = standing or await self._open(form, form.external_id(len(same) + 1))
            return parse(ticket, Reading((), pages[0].as_of, stale=False))
        finally:
            await self._client.readings.outdate(_key(form.account_id))

    async def _open(self, form: TicketForm, external_id: str) -> Wire:
        """Sends it. Where nobody knows what came of that it is looked for, and only if it is not there sent again."""
        call = Call(system="ticket", path=_TICKETS, method="POST", body=form.body(external_id))
        try:
            return await self._send(form, call)
        except BssFault as fault:
            if _is_refusal(fault):
                raise
        found = await self._find(form, external_id)
        if found is not None:
            return found
        try:
            return await self._send(form, call)
        except BssFault as fault:
            found = None if _is_refusal(fault) else await self._find(form, external_id)
            if found is None:
                raise
            return found

    async def _send(self, form: TicketForm, call: Call) -> Wire:
        return form.checked(Wire((await self._client.fetch(call)).json, system="ticket", currency=self._currency))

    async def _find(self, form: TicketForm, external_id: str) -> Wire | None:
        answer = await self._client.fetch(read_call("ticket", _TICKETS, {"externalId": external_id, "limit": "1"}))
        wires = wire_list(answer.json, system="ticket", currency=self._currency)
        return next((form.checked(wire) for wire in wires), None)

    def _question(self, account_id: str, parse: Callable[..., Sequence[T]]) -> Question[Sequence[T]]:
        return Question(
            system="ticket",
            key=_key(plain_id(account_id, system="ticket")),
            ask=partial(self._ask_what_may_be_kept, account_id),
            parse=partial(parse, account_id=account_id, currency=self._currency),
        )

    async def _ask_what_may_be_kept(self, account_id: str) -> list[Answer]:
        return [hide_private(page) for page in await self._ask_account(account_id)]

    async def _ask_account(self, account_id: str) -> list[Answer]:
        query = {
            "relatedEntity.id": plain_id(account_id, system="ticket"),
            "ticketType": "billDispute,invoiceRequest",
        }
        return await fetch_pages(self._client, "ticket", _TICKETS, query, limit=_PAGE)


def _key(account_id: str) -> str:
    return reading_key("ticket", account_id)


def _is_refusal(fault: BssFault) -> bool:
    return fault.code == f"ticket_{FaultKind.REFUSED}"
