"""Who is here, and is what they send really theirs?"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from channels.rendering import mask_number
from channels.web_hall.preferences import Preferences, read_preferences
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Doorkeeper, TokenEvidence


@dataclass(frozen=True, slots=True)
class Visit:
    """One request and who makes it. ``turned`` is the doorkeeper's code when a cookie was shown and not accepted."""

    request: Request
    preferences: Preferences
    form_secret: str
    token: str | None = None
    caller: Caller | None = None
    turned: str | None = None

    @property
    def here(self) -> str:
        """The local address of this page, to come back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query and self.request.method == "GET" else url.path

    @property
    def masked_number(self) -> str:
        """The caller's number with its middle hidden, as the graph's Line.maskedNumber does; empty for a visitor."""
        number = self.caller.number if self.caller else None
        return mask_number(number) if number else ""

    @property
    def source(self) -> str:
        """Who tries, for the doorkeeper's budgets: the address of the peer."""
        return self.request.client.host if self.request.client else "unknown"


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

    def keep(self, response: Response, name: str, value: str, expires_at: datetime | None = None) -> None:
        """Sets one of the two; without an end it goes with the browser's session."""
        seconds = max(0, int((expires_at - datetime.now(UTC)).total_seconds())) if expires_at else None
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax")

    def forget(self, response: Response, name: str) -> None:
        """Takes one of the two back."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")


async def receive(request: Request, doorkeeper: Doorkeeper, cookies: Cookies) -> Visit:
    """Asks the doorkeeper who holds the session cookie, if there is one."""
    token = request.cookies.get(cookies.session)
    secret = token or request.cookies.get(cookies.form) or secrets.token_urlsafe(32)
    preferences = read_preferences(request)
    if token is None:
        return Visit(request, preferences, secret)
    answer = await doorkeeper.admit(TokenEvidence(token), Channel.WEB)
    if isinstance(answer, Admitted):
        return Visit(request, preferences, secret, token, answer.caller)
    return Visit(request, preferences, secret, token, turned=answer.code)


def issue_form_token(secret: str) -> str:
    """A token for a form, different each time, so that compressing a page gives nothing away."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_seal(secret, nonce)}"


def is_own_form(visit: Visit, form: Mapping[str, str], public_url: str) -> bool:
    """Whether a form was sent from one of our pages to this very person."""
    headers = visit.request.headers
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is not None and origin not in _own_origins(visit.request, public_url):
        return False
    nonce, _, seal = form.get("form", "").partition(".")
    return hmac.compare_digest(seal.encode(), _seal(visit.form_secret, nonce).encode())


def is_local(path: str) -> bool:
    """Whether an address leads into this hall: nothing that a browser would read as another host."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return False
    return path.isascii() and all(0x20 < ord(letter) < 0x7F for letter in path)


def path_after_sign_in(wished: str | None) -> str:
    """Where to go on to: the page that was wished for, or /home."""
    path = wished or ""
    return path if is_local(path) and path.split("?")[0] not in ("/", "/sign-in", "/sign-out") else "/home"


def _own_origins(request: Request, public_url: str) -> tuple[str, str]:
    public = urlsplit(public_url)
    return f"{public.scheme}://{public.netloc}", f"{request.url.scheme}://{request.headers.get('host', '')}"


def _seal(secret: str, nonce: str) -> str:
    return hmac.new(secret.encode(), b"form:" + nonce.encode(), sha256).hexdigest()
