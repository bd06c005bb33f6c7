"""At which addresses are bills and exports fetched as files, and shared bills shown?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from channels.browser.guard import Guard
from channels.browser.preferences import read_preferences
from channels.web_hall.hall import STATUS_OF, Hall
from channels.web_hall.visit import Visit, own
from gateway.database import DatabaseFault
from gateway.document_files import WAYS_TO_SET, Documents, give_export
from gateway.identity.app_words import read_bearer_token, refuse
from gateway.identity.audit.entry import AuditEntry
from gateway.shared_bills import SharedBills
from graphql_schema.client import Caller, Channel, GraphError, Outcome
from graphql_schema.door import Admitted, TokenEvidence, Turned
from graphql_schema.problems import Problem

Endpoint = Callable[[Request], Awaitable[Response]]


def document_routes(documents: Documents, hall: Hall, *, secure_cookies: bool) -> list[BaseRoute]:
    """``/bills/{bill_id}/bill.pdf`` (csv, xlsx) and ``/records/exports/{export_id}`` for the web, the same for the app
    below ``/api`` by bearer token, and ``/shared/{token}`` for whoever has a link.

    ``hall`` is the web hall: it knows who comes, leads to signing in and proving more, and says no in its own pages.
    These routes come before its own.
    """
    pages, app, shared = WebDocuments(documents), AppDocuments(documents), SharedBills(documents)
    shell = [Middleware(Guard, secure=secure_cookies)]

    def route(path: str, endpoint: Endpoint, *, shelled: bool = True) -> Route:
        return Route(path, endpoint, methods=["GET"], middleware=shell if shelled else None)

    return [
        *(route(f"/bills/{{bill_id}}/bill.{way}", hall.own_page(pages.bill)) for way in WAYS_TO_SET),
        route("/records/exports/{export_id}", hall.owner_page(pages.export)),
        route("/api/bills/{bill_id}.pdf", _closed_on_fault(app.bill), shelled=False),
        route("/api/records/exports/{export_id}", _closed_on_fault(app.export), shelled=False),
        route("/shared/{token}", shared.page, shelled=False),
        route("/shared/{token}/bill.pdf", shared.pdf, shelled=False),
    ]


@dataclass(frozen=True, slots=True)
class WebDocuments:
    """Files for who is signed in on the web."""

    documents: Documents

    async def bill(self, hall: Hall, visit: Visit) -> Response:
        """A bill as PDF, CSV or XLSX, by the ending of the address."""
        caller, way = own(visit), visit.request.url.path.rpartition(".")[2]
        outcome = await self.documents.read_bill(caller, visit.request.path_params["bill_id"])
        refused = hall.refuse_outcome(visit, outcome, "me", "bill")
        if refused:
            return refused
        sheet = self.documents.lay_out((outcome.data or {})["me"], visit.preferences.language, caller.number)
        return await self.documents.give_bill(sheet, way, AuditEntry.by(caller, "fetch_bill"))

    async def export(self, hall: Hall, visit: Visit) -> Response:
        """A finished export of the line's own, at level 3."""
        caller = own(visit)
        file = await self.documents.open_export(caller, visit.request.path_params["export_id"])
        if isinstance(file, Problem):
            error = GraphError(file.code, ("me",), file.parameters)
            return hall.refuse_outcome(visit, Outcome({"me": None}, (error,)), "me") or Response(status_code=404)
        return give_export(file, visit.preferences.language)


@dataclass(frozen=True, slots=True)
class AppDocuments:
    """Files for who shows a bearer token."""

    documents: Documents

    async def bill(self, request: Request) -> Response:
        """A bill as PDF."""
        caller = await self._find_caller(request)
        if isinstance(caller, Response):
            return caller
        outcome = await self.documents.read_bill(caller, request.path_params["bill_id"])
        me = (outcome.data or {}).get("me")
        if me is None or me["bill"] is None:
            error = outcome.error_at("me", "bill") or outcome.error_at() or GraphError("internal_error")
            return _refuse_app(error.code, error.parameters)
        sheet = self.documents.lay_out(me, read_preferences(request).language, caller.number)
        return await self.documents.give_bill(sheet, "pdf", AuditEntry.by(caller, "fetch_bill"))

    async def export(self, request: Request) -> Response:
        """A finished export of the line's own, at level 3."""
        caller = await self._find_caller(request)
        if isinstance(caller, Response):
            return caller
        file = await self.documents.open_export(caller, request.path_params["export_id"])
        if isinstance(file, Problem):
            return _refuse_app(file.code, file.parameters)
        return give_export(file, read_preferences(request).language)

    async def _find_caller(self, request: Request) -> Caller | Response:
        token = read_bearer_token(request)
        if token is None:
            return _refuse_app("sign_in_required", {})
        admitted = await self.documents.doorkeeper.admit(TokenEvidence(token), Channel.APP)
        return admitted.caller if isinstance(admitted, Admitted) else refuse(admitted)


def _closed_on_fault(endpoint: Endpoint) -> Endpoint:
    async def open_or_refuse(request: Request) -> Response:
        try:
            return await endpoint(request)
        except DatabaseFault:
            return refuse(Turned("unavailable"))

    return open_or_refuse


def _refuse_app(code: str, parameters: Mapping[str, Any]) -> Response:
    response = refuse(Turned(code, parameters))
    response.status_code = STATUS_OF.get(code, 503)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
