"""What does a bill's link answer to whoever opens it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from channels.browser.preferences import read_preferences
from channels.rendering import Language
from gateway.database import DatabaseFault, write
from gateway.document_files import Documents
from gateway.identity.audit.entry import AuditEntry
from gateway.identity.budget import HOUR, Budget, Exhausted, spend
from graphql_schema.client import Caller, Channel, GraphError
from statements.bill_sheet import BILL_FIELDS, BillSheet
from statements.shared_page import POLICY, Refused, render_refused_link, render_shared_bill
from statements.shares import LapsedShare, OpenedShare

_STATUS: Mapping[Refused, int] = {"lapsed": 410, "unknown": 404, "closed": 410, "busy": 429, "down": 503}
_GONE = frozenset({"bill_not_found", "paid_by_other", "line_not_found"})
PDFS = Budget("shared_pdfs", 20, HOUR)
"""Of one link: each is set anew and stands in the owner's trail, which whoever has the link must not fill."""

_HEADERS: dict[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}


@dataclass(frozen=True, slots=True)
class SharedBills:
    """One bill, for whoever has its link: read when it is opened, by a system caller that sees the declared fields."""

    documents: Documents

    async def page(self, request: Request) -> Response:
        """The bill as a page that can be printed, or why there is none."""
        opened = await self._open(request, visits=int(request.method == "GET"))  # HEAD shows nothing
        if isinstance(opened, Response):
            return opened
        share, sheet = opened
        address = f"/shared/{quote(request.path_params['token'], safe='')}/bill.pdf"
        text = render_shared_bill(sheet, expires_at=share.expires_at, pdf_address=address)
        return HTMLResponse(text, headers=_HEADERS | {"Content-Language": sheet.wording("tag")})

    async def pdf(self, request: Request) -> Response:
        """The same as PDF; it stands in the owner's trail, and there are so many in an hour."""
        opened = await self._open(request, visits=0)
        if isinstance(opened, Response):
            return opened
        share, sheet = opened
        if not await self._is_granted(request.path_params["token"]):
            return self._refuse("busy", sheet.language)
        entry = AuditEntry("fetch_shared_bill", "visitor", share.line_id, Channel.WEB, 0)
        try:
            response = await self.documents.give_bill(sheet, "pdf", entry)
        except DatabaseFault:
            return self._refuse("down", sheet.language)
        response.headers.update(_HEADERS)
        return response

    async def _is_granted(self, token: str) -> bool:
        link, now = sha256(token.encode()).hexdigest(), self.documents.now()
        try:
            async with write(self.documents.engine) as connection:
                return not isinstance(await spend(connection, PDFS, link, now=now), Exhausted)
        except DatabaseFault:
            return False

    async def _open(self, request: Request, *, visits: int) -> tuple[OpenedShare, BillSheet] | Response:
        language = read_preferences(request).language
        try:
            share = await self.documents.shares.open_link(request.path_params["token"], visits=visits)
        except DatabaseFault:
            return self._refuse("down", language)
        if not isinstance(share, OpenedShare):
            return self._refuse("lapsed" if isinstance(share, LapsedShare) else "unknown", language)
        caller = Caller(Channel.SYSTEM, subscriber=share.line_id, assurance=3, fields=BILL_FIELDS)
        outcome = await self.documents.read_bill(caller, share.bill_id)
        me = (outcome.data or {}).get("me")
        if me is None or me["bill"] is None:
            error = outcome.error_at("me", "bill") or outcome.error_at() or GraphError("internal_error")
            return self._refuse("closed" if error.code in _GONE else "down", language)
        if me["line"] is None or me["line"]["payer"] != "SELF":  # a system caller is told of others' money, too
            return self._refuse("closed" if me["line"] else "down", language)
        return share, self.documents.lay_out(me, language)

    def _refuse(self, why: Refused, language: Language) -> Response:
        text = render_refused_link(why, language, operator=self.documents.operators[language])
        return HTMLResponse(text, status_code=_STATUS[why], headers=_HEADERS)
