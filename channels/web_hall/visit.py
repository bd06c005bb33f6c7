"""Who is here, and is what they send really theirs?"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from channels.browser.own_form import is_local
from channels.browser.preferences import Preferences, read_preferences
from channels.rendering import mask_number
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Doorkeeper, TokenEvidence

_DEVICE_KEPT = timedelta(days=365)
_USER_AGENT_CHARACTERS_MOST = 256
_NOT_AFTER = ("/", "/sign-in", "/sign-out", "/step-up", "/forgotten")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request and who makes it. ``turned`` is the doorkeeper's code when a cookie was shown and not accepted;
    ``device`` the secret of a device that was here before, ``notices`` what rests now or soon."""

    request: Request
    preferences: Preferences
    form_secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    caller: Caller | None = None
    turned: str | None = None
    device: str | None = field(default=None, repr=False)
    page: str = ""
    notices: Sequence[Mapping[str, Any]] = ()

    @property
    def here(self) -> str:
        """The local address of this page, to come back to: ``page`` where a form was sent to an address of its own, and
        the page that shows it where htmx asks for a part alone."""
        url, shown = self.request.url, urlsplit(self.request.headers.get("hx-current-url", ""))
        if self.request.headers.get("hx-request") == "true" and is_local(shown.path):
            return f"{shown.path}?{shown.query}" if shown.query else shown.path
        return f"{url.path}?{url.query}" if url.query and self.request.method == "GET" else self.page or url.path

    @property
    def masked_number(self) -> str:
        """The caller's number with its middle hidden, as the graph's Line.maskedNumber does; empty for a visitor."""
        number = self.caller.number if self.caller else None
        return mask_number(number) if number else ""

    @property
    def source(self) -> str:
        """Who tries, for the doorkeeper's budgets: the address of the peer."""
        return self.request.client.host if self.request.client else "unknown"

    @property
    def user_agent(self) -> str:
        """How the browser calls itself, for the list of devices."""
        return self.request.headers.get("user-agent", "")[:_USER_AGENT_CHARACTERS_MOST]

    @property
    def asker(self) -> Caller:
        """Who asks where a visitor may ask too; budgets count a visitor by address."""
        return self.caller or Caller(Channel.WEB, source=self.source)

    @property
    def payer(self) -> Caller:
        """Who puts money in, which anybody may do for any number; a helper does it as a visitor, not as the owner."""
        return Caller(Channel.WEB, source=self.source) if self.acting else self.asker

    @property
    def acting(self) -> bool:
        """Whether the person acts for somebody else's line, as a trusted helper."""
        return self.caller is not None and self.caller.helper is not None

    def may(self, *coordinates: str) -> bool:
        """Whether one of these fields can be asked for at all: a helper is limited to some, nobody else is."""
        fields = self.caller.fields if self.caller else None
        return fields is None or not fields.isdisjoint(coordinates)


@dataclass(frozen=True, slots=True)
class Cookies:
    """The hall's cookies: out of reach of scripts, and bound to this host where the address is secure."""

    secure: bool

    @property
    def session(self) -> str:
        """Holds the session's secret."""
        return "__Host-hall" if self.secure else "hall"

    @property
    def form(self) -> str:
        """Holds a visitor's secret, from which the tokens of the forms are made."""
        return "__Host-form" if self.secure else "form"

    @property
    def device(self) -> str:
        """Holds the secret of a device that proved a level 2 before."""
        return "__Host-device" if self.secure else "device"

    @property
    def draft(self) -> str:
        """Holds what was typed into a form that had to wait for one more proof."""
        return "__Host-draft" if self.secure else "draft"

    def keep_admitted(self, response: Response, admitted: Admitted) -> None:
        """Sets the new session's cookie and, for a year, that of a device that was not known before."""
        if admitted.token:
            self.keep(response, self.session, admitted.token, admitted.expires_at)
            self.forget(response, self.form)
        if admitted.device:
            self.keep(response, self.device, admitted.device, datetime.now(UTC) + _DEVICE_KEPT)

    def keep_draft(self, response: Response, path: str, typed: Mapping[str, str]) -> None:
        """Keeps what was typed into the form at this path while the person proves one thing more.

        Written so that 500 characters of Chinese fit: browsers drop a cookie of more than 4096 bytes.
        """
        if any(typed.values()):
            written = json.dumps(typed, ensure_ascii=False).encode("utf-8", "replace")
            self.keep(response, self.draft, f"{path}?{base64.urlsafe_b64encode(written).decode()}")

    def read_draft(self, request: Request) -> dict[str, str]:
        """What was typed into the form at this address; empty if nothing was."""
        path, _, written = request.cookies.get(self.draft, "").partition("?")
        try:
            typed = json.loads(base64.urlsafe_b64decode(written)) if path == request.url.path else {}
        except ValueError:  # another release wrote it, or the person did
            return {}
        return {name: str(value) for name, value in typed.items()} if isinstance(typed, dict) else {}

    def keep(self, response: Response, name: str, value: str, expires_at: datetime | None = None) -> None:
        """Sets one of them; without an end it goes with the browser's session."""
        seconds = max(0, int((expires_at - datetime.now(UTC)).total_seconds())) if expires_at else None
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax")

    def forget(self, response: Response, name: str) -> None:
        """Takes one of them back."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")


async def receive(request: Request, doorkeeper: Doorkeeper, cookies: Cookies) -> Visit:
    """Asks the doorkeeper who holds the session cookie, if there is one."""
    token = request.cookies.get(cookies.session)
    secret = token or request.cookies.get(cookies.form) or secrets.token_urlsafe(32)
    preferences, device = read_preferences(request), request.cookies.get(cookies.device)
    if token is None:
        return Visit(request, preferences, secret, device=device)
    answer = await doorkeeper.admit(TokenEvidence(token), Channel.WEB)
    if isinstance(answer, Admitted):
        return Visit(request, preferences, secret, token, answer.caller, device=device)
    return Visit(request, preferences, secret, token, turned=answer.code, device=device)


def own(visit: Visit) -> Caller:
    """Who is signed in. Raises LookupError on a page that let a visitor in by mistake."""
    if visit.caller is None:
        raise LookupError("a page of one's own was opened without a caller")
    return visit.caller


def path_after_sign_in(wished: str | None) -> str:
    """Where to go on to: the page that was wished for, or /home."""
    path = wished or ""
    return path if is_local(path) and path.split("?")[0] not in _NOT_AFTER else "/home"
