"""What happens around every page of the desk: who is here, is the form theirs, and what if something breaks?"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from channels.browser.own_form import FORM_BYTES_MAX, is_own_form, read_form
from channels.desk.views import Views
from channels.desk.visit import Visit, own, receive
from graphql_schema.client import Graph, Operation, Outcome
from graphql_schema.staff_door import StaffDoor

LOG = logging.getLogger(__name__)
STATUS_OF = {
    "role_required": 403,
    "not_found": 404,
    "bad_argument": 422,
    "too_many": 422,
    "amount_refused": 422,
    "campaign_refused": 422,
    "not_returnable": 409,
    "provider_refused": 409,
    "deed_off": 503,
    "bad_cursor": 400,
    "sign_in_required": 401,
}

Form = Mapping[str, str]
Page = Callable[["Desk", Visit], Awaitable[Response]]
Deed = Callable[["Desk", Visit, Form], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class ReadForm(Protocol):
    """Reads a form's fields; none of one that is too large, or of another kind."""

    async def __call__(self, request: Request, *, most_bytes: int) -> dict[str, str]:
        """The fields by name."""
        ...


@dataclass(frozen=True, slots=True)
class Refused:
    """What the graph or the door did not do, and why; ``facts`` are the code's parameters."""

    code: str
    facts: Mapping[str, Any]

    @property
    def status(self) -> int:
        """Which HTTP status says so."""
        return STATUS_OF.get(self.code, 503)


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk, put together: the one door to everything, the door of the staff, the operations and the templates."""

    graph: Graph
    door: StaffDoor
    operations: Mapping[str, Operation]
    views: Views
    public_url: str

    async def ask(self, visit: Visit, operation: str, field: str, **variables: Any) -> Any:  # noqa: ANN401
        """One field of the caller's desk, or a Refused."""
        outcome = await self.graph.run(self.operations[operation], variables, own(visit))
        answer = ((outcome.data or {}).get("staff") or {}).get(field)
        return _find_refusal(outcome) if answer is None else answer

    async def look(self, visit: Visit, operation: str, field: str) -> Any:  # noqa: ANN401
        """The same where there may be nothing: None then."""
        outcome = await self.graph.run(self.operations[operation], {}, own(visit))
        answer = ((outcome.data or {}).get("staff") or {}).get(field)
        return _find_refusal(outcome) if answer is None and outcome.errors else answer

    async def do(self, visit: Visit, form: Form, operation: str, **given: Any) -> Mapping[str, Any] | Refused:  # noqa: ANN401
        """The deed's own word with its ``__typename``, or a Refused. Once for each time that its form was shown."""
        fields = given | {"idempotencyKey": _make_key(form, given)}
        outcome = await self.graph.run(self.operations[operation], {"input": fields}, own(visit))
        word = next(iter((outcome.data or {}).values()), None)
        if word is None:
            return _find_refusal(outcome)
        return _REFUSALS[word["__typename"]](word) if word["__typename"] in _REFUSALS else word

    def open_page(self, page: Page) -> Endpoint:
        """A page for everybody."""

        async def answer(visit: Visit) -> Response:
            return await page(self, visit)

        return self._endpoint(answer)

    def own_page(self, page: Page) -> Endpoint:
        """A page for colleagues; others sign in first."""

        async def answer(visit: Visit) -> Response:
            return await page(self, visit) if visit.admitted else self.ask_to_sign_in(visit)

        return self._endpoint(answer)

    def open_deed(self, deed: Deed) -> Endpoint:
        """A form of a page for everybody."""
        return self._deed(deed, most_bytes=FORM_BYTES_MAX, everybody=True)

    def own_deed(self, deed: Deed, *, most_bytes: int = FORM_BYTES_MAX, read: ReadForm = read_form) -> Endpoint:
        """A form that a colleague sent."""
        return self._deed(deed, most_bytes=most_bytes, everybody=False, read=read)

    def ask_to_sign_in(self, visit: Visit) -> Response:
        """Leads to the sign-in page; a cookie that is worth nothing any more is taken back."""
        if visit.turned == "unavailable":
            return self.refuse(visit, Refused("unavailable", {}))
        response = self.views.lead_to("/desk/sign-in?why=session_ended" if visit.turned else "/desk/sign-in")
        if visit.turned:
            self.views.cookies.forget(response, self.views.cookies.session)
        return response

    def refuse(self, visit: Visit, refused: Refused, *, status: int | None = None) -> Response:
        """A whole page that says what is refused or broken."""
        if refused.code == "sign_in_required":
            return self.ask_to_sign_in(visit)
        return self.views.render("refused.html", visit, status=status or refused.status, refused=refused)

    def _deed(self, deed: Deed, *, most_bytes: int, everybody: bool, read: ReadForm = read_form) -> Endpoint:
        async def answer(visit: Visit) -> Response:
            form = await read(visit.request, most_bytes=most_bytes)
            if not is_own_form(visit.request, form, secret=visit.form_secret, public_url=self.public_url):
                return self.refuse(visit, Refused("form_expired", {}), status=403)
            if not everybody and visit.admitted is None:
                return self.ask_to_sign_in(visit)
            return await deed(self, visit, form)

        return self._endpoint(answer)

    def _endpoint(self, answer: Callable[[Visit], Awaitable[Response]]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            visit = await receive(request, self.door, self.views.cookies)
            try:
                return await answer(visit)
            except Exception as fault:  # noqa: BLE001  a colleague sees our own page, and the log where it broke
                LOG.error("the page %s of the desk broke: %s", request.url.path, type(fault).__name__)
                return self.refuse(visit, Refused("unexpected", {}), status=500)

        return endpoint


def _make_key(form: Form, given: Mapping[str, Any]) -> str:
    """The same for a form that is sent twice, another for another form or input."""
    nonce = form.get("form", "").partition(".")[0]
    return f"{nonce}.{sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:16]}"


def _find_refusal(outcome: Outcome) -> Refused:
    error = next(iter(outcome.errors), None)
    return Refused(error.code, error.parameters) if error else Refused("unexpected", {})


_REFUSALS: Mapping[str, Callable[[Mapping[str, Any]], Refused]] = {
    "NotFound": lambda _: Refused("not_found", {}),
    "NotYours": lambda _: Refused("role_required", {}),
    "SignInRequired": lambda _: Refused("sign_in_required", {}),
    "StepUpRequired": lambda _: Refused("role_required", {}),
    "Rests": lambda _: Refused("role_required", {}),
    "NeedsOtherEyes": lambda _: Refused("needs_other_eyes", {}),
    "KeyReused": lambda _: Refused("key_reused", {}),
    "StillUnderWay": lambda _: Refused("under_way", {}),
    "BadInput": lambda word: Refused("bad_argument", word),
    "TooMany": lambda word: Refused("too_many", word),
    "AmountRefused": lambda word: Refused("amount_refused", word),
    "ProviderRefused": lambda word: Refused("provider_refused", word),
    "DeedOff": lambda _: Refused("deed_off", {}),
    "CampaignRefused": lambda word: Refused("campaign_refused", word),
    "NotReturnable": lambda word: Refused("not_returnable", word),
}
"""Members of the mutations' unions that mean no. A subscriber's own (step up, rests) never meet a colleague."""
