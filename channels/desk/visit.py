"""Who is at the desk?"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from channels.browser.preferences import Preferences, read_preferences
from graphql_schema.client import Caller
from graphql_schema.staff_door import StaffAdmitted, StaffDoor


@dataclass(frozen=True, slots=True)
class Visit:
    """One request and who makes it. ``turned`` is the door's code when a cookie was shown and not accepted."""

    request: Request
    preferences: Preferences
    form_secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    admitted: StaffAdmitted | None = None
    turned: str | None = None

    @property
    def here(self) -> str:
        """The local address of this page."""
        return self.request.url.path

    @property
    def source(self) -> str:
        """Who tries, for the door's budgets: the address of the peer."""
        return self.request.client.host if self.request.client else "unknown"

    @property
    def role(self) -> str:
        """The colleague's role in the graph's spelling (CARE …); empty for a visitor."""
        staff = self.admitted.caller.staff if self.admitted else None
        return staff.role.name if staff else ""


@dataclass(frozen=True, slots=True)
class Cookies:
    """The desk's cookies: out of reach of scripts, sent along by no other site, and bound to this host where the
    address is secure."""

    secure: bool

    @property
    def session(self) -> str:
        """Holds the session's secret."""
        return "__Host-desk" if self.secure else "desk"

    @property
    def form(self) -> str:
        """Holds a visitor's secret, from which the tokens of the forms are made."""
        return "__Host-desk-form" if self.secure else "desk-form"

    def keep(self, response: Response, name: str, value: str, expires_at: datetime | None = None) -> None:
        """Sets one of them; without an end it goes with the browser's session."""
        seconds = max(0, int((expires_at - datetime.now(UTC)).total_seconds())) if expires_at else None
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def forget(self, response: Response, name: str) -> None:
        """Takes one of them back."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="strict")


async def receive(request: Request, door: StaffDoor, cookies: Cookies) -> Visit:
    """Asks the door who holds the session cookie, if there is one."""
    token = request.cookies.get(cookies.session)
    secret = token or request.cookies.get(cookies.form) or secrets.token_urlsafe(32)
    preferences = read_preferences(request)
    if token is None:
        return Visit(request, preferences, secret)
    answer = await door.admit(token)
    if isinstance(answer, StaffAdmitted):
        return Visit(request, preferences, secret, token, answer)
    return Visit(request, preferences, secret, token, turned=answer.code)


def own(visit: Visit) -> Caller:
    """Who is signed in. Raises LookupError on a page that let a visitor in by mistake."""
    if visit.admitted is None:
        raise LookupError("a page of the desk was opened without a colleague")
    return visit.admitted.caller
