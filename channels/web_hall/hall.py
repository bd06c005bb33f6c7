"""What happens around every page: who is here, is the form theirs, and what if something breaks?"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from channels.browser.own_form import is_own_form, read_form
from channels.web_hall.noticeboard import Noticeboard
from channels.web_hall.views import Views
from channels.web_hall.visit import Visit, receive
from graphql_schema.client import Caller, Graph, GraphError, Operation, Outcome
from graphql_schema.door import Consents, Doorkeeper, LineSwitch, PasskeyDoor

LOG = logging.getLogger(__name__)
STATUS_OF = {
    "sign_in_required": 401,
    "step_up_required": 403,
    "bill_not_found": 404,
    "month_not_kept": 404,
    "records_locked": 403,
    "bad_cursor": 400,
    "bad_argument": 400,
    "paid_by_other": 403,
    "field_not_declared": 403,
    "role_required": 403,
    "rests": 403,
    "not_found": 404,
    "deed_off": 503,
}

Page = Callable[["Hall", Visit], Awaitable[Response]]
Deed = Callable[["Hall", Visit, Mapping[str, str]], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
FetchExport = Callable[[Caller, str], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Doors:
    """What of identity is put in beside the doorkeeper; a page or a button whose part is None is not there.

    ``exports`` fetches the file of a finished export of the caller's own by its request's id; ``uam_name`` is what the
    operator's own login is called (empty: there is none).
    """

    passkeys: PasskeyDoor | None = None
    switch: LineSwitch | None = None
    consents: Consents | None = None
    exports: FetchExport | None = None
    uam_name: str = ""


@dataclass(frozen=True, slots=True)
class Hall:
    """The web hall, put together: the one door, the doorkeeper, the operations and the templates."""

    graph: Graph
    doorkeeper: Doorkeeper
    operations: Mapping[str, Operation]
    views: Views
    public_url: str
    noticeboard: Noticeboard | None = None
    doors: Doors = field(default_factory=Doors)

    async def ask(self, operation: str, caller: Caller, **variables: Any) -> Outcome:  # noqa: ANN401
        """Runs one of the hall's own operations for the caller."""
        return await self.graph.run(self.operations[operation], variables, caller)

    def open_page(self, page: Page) -> Endpoint:
        """A page for everybody."""

        async def answer(visit: Visit) -> Response:
            return await page(self, visit)

        return self._endpoint(answer)

    def own_page(self, page: Page) -> Endpoint:
        """A page for who is signed in; others sign in first and come back to it."""

        async def answer(visit: Visit) -> Response:
            return await page(self, visit) if visit.caller else self.ask_to_sign_in(visit)

        return self._endpoint(answer)

    def owner_page(self, page: Page) -> Endpoint:
        """A page about the line's own security, which nobody sees who acts for its owner."""

        async def show(hall: "Hall", visit: Visit) -> Response:
            return hall.refuse(visit, "not_yours", status=403) if visit.acting else await page(hall, visit)

        return self.own_page(show)

    def deed(self, deed: Deed, page: str = "") -> Endpoint:
        """A form that somebody sent: bounded, from one of our own pages, made out to this very person.

        ``page`` is the address of the page that it stands on, where that is not the form's own.
        """

        async def answer(visit: Visit) -> Response:
            visit = replace(visit, page=page)
            form = await read_form(visit.request)
            if not is_own_form(visit.request, form, secret=visit.form_secret, public_url=self.public_url):
                return self.refuse(visit, "form_expired", status=403)
            return await deed(self, visit, form)

        return self._endpoint(answer)

    def owner_deed(self, deed: Deed) -> Endpoint:
        """A form of the line's owner: others sign in first, and a helper may not send it."""

        async def act(hall: "Hall", visit: Visit, form: Mapping[str, str]) -> Response:
            if visit.caller is None:
                return hall.ask_to_sign_in(visit)
            return hall.refuse(visit, "not_yours", status=403) if visit.acting else await deed(hall, visit, form)

        return self.deed(act)

    def ask_to_sign_in(self, visit: Visit) -> Response:
        """Leads to the sign-in page and remembers where the person wanted to go."""
        if visit.turned == "unavailable":
            return self.refuse(visit, "unavailable", status=503)
        why = "&why=session_ended" if visit.turned else ""
        response = self.views.lead_to(f"/sign-in?next={quote(visit.here, safe='/')}{why}", visit)
        if visit.turned:
            self.views.cookies.forget(response, self.views.cookies.session)
        return response

    def ask_to_prove(self, visit: Visit, level: int, fresh_within_seconds: int | None, back: str) -> Response:
        """Leads to the step-up page, and from there to ``back``."""
        within = "" if fresh_within_seconds is None else f"&within={fresh_within_seconds}"
        return self.views.lead_to(f"/step-up?level={level}{within}&next={quote(back, safe='/')}", visit)

    def refuse(self, visit: Visit, code: str, *, status: int, payer: str = "", **known: Any) -> Response:  # noqa: ANN401
        """A whole page that says what is refused or broken, and what to do; ``payer`` is who pays instead, if so.

        ``known`` of it may be: ``until`` (an instant) how long it lasts, ``reason`` (a LocalizedText) what the operator
        says of it.
        """
        facts = {"until": None, "reason": None} | known
        return self.views.render("refused.html", visit, status=status, code=code, payer=payer, **facts)

    def refuse_outcome(self, visit: Visit, outcome: Outcome, *path: str) -> Response | None:
        """The page that explains the null at this path; None when nothing there was refused or failed."""
        if not _is_null(outcome.data, path):
            return None
        error = next(filter(None, (outcome.error_at(*path[:depth]) for depth in range(len(path), -1, -1))), None)
        error = error or GraphError("unexpected")
        if error.code == "sign_in_required":
            return self.ask_to_sign_in(visit)
        if error.code == "step_up_required":
            return self.ask_to_prove(visit, **_read_step(error.parameters), back=visit.here)
        payer = error.parameters.get("payer", "") if error.code == "paid_by_other" else ""
        return self.refuse(
            visit, error.code, status=STATUS_OF.get(error.code, 503), payer=payer, until=error.parameters.get("until")
        )

    def _endpoint(self, answer: Callable[[Visit], Awaitable[Response]]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            visit = await receive(request, self.doorkeeper, self.views.cookies)
            try:
                if self.noticeboard is not None:
                    visit = replace(visit, notices=await self.noticeboard.read())
                return await answer(visit)
            except Exception:  # a customer sees our own page, and the log gets the whole story
                LOG.exception("the page %s broke", request.url.path)
                return self.refuse(visit, "unexpected", status=500)

        return endpoint


def _read_step(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"level": parameters.get("needed", 2), "fresh_within_seconds": parameters.get("fresh_within_seconds")}


def _is_null(value: Any, path: tuple[str, ...]) -> bool:  # noqa: ANN401  whatever an operation answered
    for name in path:
        if value is None:
            return True
        value = value[name]
    return value is None
