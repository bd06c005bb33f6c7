"""TMF621 v4 Trouble Ticket: what did a customer ask about bills, and what became of it?"""

from collections.abc import Sequence

from bss_adapters.tmf.client import TmfClient
from graphql_schema.types.money import Money
from graphql_schema.types.ticket import Dispute, DisputeReason, InvoiceRequest, InvoiceTitleKind


class TmfTickets:
    """Port ``Tickets`` over TMF621."""

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
        raise NotImplementedError

    async def fetch_disputes(self, account_id: str) -> Sequence[Dispute]:
        raise NotImplementedError

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
        raise NotImplementedError

    async def fetch_invoices(self, account_id: str) -> Sequence[InvoiceRequest]:
        raise NotImplementedError
