"""How does a person come in? Evidence goes in, a caller or a refusal comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from graphql_schema.client import Caller, Channel


class Purpose(StrEnum):
    """What a one-time code is good for. A code for one purpose opens nothing else."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    RESET = "reset"
    LINK_LINE = "link_line"
    HELP = "help"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class CodeWish:
    """Somebody wants a code sent to ``number``.

    ``source`` is who asks (an address, a sender, a call id), for budgets; ``device`` the device's secret where it has
    one.
    ``about`` is what the code will authorize, in one canonical text (an amount and a payee: ``CNY 50.00 →
    138****8002``):
    it stands in the message, and the code is right for nothing else.
    """

    number: str
    purpose: Purpose
    channel: Channel
    source: str
    device: str | None = field(default=None, repr=False)
    about: str = ""


@dataclass(frozen=True, slots=True)
class PasswordEvidence:
    """A number and its service password. ``device`` is the secret of the device that it was typed on, if it has one;
    ``device_name`` what it calls itself: a browser's User-Agent as it was sent, or an app's own short words."""

    number: str
    password: str = field(repr=False)
    source: str
    device: str | None = field(default=None, repr=False)
    device_name: str = ""


@dataclass(frozen=True, slots=True)
class CodeEvidence:
    """The one-time code that was texted, with the ``challenge`` that ``CodeSent`` gave to whoever asked for it.

    ``device`` and ``about`` must be those of the wish; ``device_name`` as in PasswordEvidence.
    """

    number: str
    code: str = field(repr=False)
    source: str
    challenge: str = field(repr=False)
    purpose: Purpose = Purpose.SIGN_IN
    device: str | None = field(default=None, repr=False)
    about: str = ""
    device_name: str = ""


@dataclass(frozen=True, slots=True)
class PasskeyEvidence:
    """A passkey's answer (WebAuthn's AuthenticationResponseJSON, as text) to the challenge that ``begin_use`` gave
    out."""

    challenge: str = field(repr=False)
    answer: str = field(repr=False)
    source: str
    device: str | None = field(default=None, repr=False)
    device_name: str = ""


@dataclass(frozen=True, slots=True)
class LinkEvidence:
    """A number as reported by a link of the operator's own: the sender of an SMS, the caller id of a call (level 1)."""

    number: str
    link: str


@dataclass(frozen=True, slots=True)
class TokenEvidence:
    """A session's secret, from a cookie or a bearer header, or an access token of ours.

    ``sign_of_life`` is False where the house asks on its own whether the session still stands: that keeps none alive.
    """

    token: str = field(repr=False)
    sign_of_life: bool = True


Evidence = PasswordEvidence | CodeEvidence | PasskeyEvidence | LinkEvidence | TokenEvidence
StrongEvidence = PasswordEvidence | CodeEvidence | PasskeyEvidence


@dataclass(frozen=True, slots=True)
class Admitted:
    """The door is open. ``token`` is there once, when a session was begun or its level changed, and is never stored in
    the clear; ``device`` is the secret of a device that was not known before, to be kept by it (and sent along
    later)."""

    caller: Caller
    token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    device: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Turned:
    """The door stays shut: a code and parameters for the channel to word.

    Codes: ``wrong_credentials`` (tries_left), ``locked`` (until; also where a budget of guesses is used up),
    ``code_expired``, ``too_many_codes`` (retry_at), ``session_ended``, ``invalid_number``, ``weak_password`` (reason:
    not_six_digits, all_equal, run, part_of_identity), ``line_suspended`` (a suspended line can't change its password),
    ``passkey_refused``, ``sim_changed`` (until: the SIM card is too new for a code to open this), ``unavailable`` (a
    system that the door needs is down: try again). None of them tells whether a number is a customer's.
    """

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code is on its way, if the number is one of ours; said in the same words if it is not.

    ``challenge`` goes back with the code: whoever did not ask for the code can't use it.
    """

    expires_at: datetime
    retry_at: datetime
    challenge: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A forgotten service password: a fresh code (purpose RESET), the ID document's number, and the new password."""

    evidence: CodeEvidence
    identity_number: str = field(repr=False)
    new_password: str = field(repr=False)


class Doorkeeper(Protocol):
    """Turns evidence into a caller. Implemented by gateway.identity. Nothing here raises for what a person sent."""

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        """Judges the evidence. Web and app evidence by password, code or passkey begins a session and returns its
        token."""
        ...

    async def step_up(self, standing: str | Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        """Proves one more thing. ``standing`` is a session's token (web, app: a new one comes back, the old one is
        void) or
        the caller of a dialogue (SMS, IVR: the same caller comes back, surer). Evidence of another line is refused as
        ``wrong_credentials``; a code must have the purpose STEP_UP."""
        ...

    async def send_code(self, wish: CodeWish) -> CodeSent | Turned:
        """Texts a fresh one-time code to the number and voids the one before of that purpose."""
        ...

    async def reset_password(self, reset: PasswordReset, channel: Channel) -> Turned | None:
        """Sets a new service password by code and ID, never less; ends all sessions of the line, tells its owner by
        SMS,
        and lets call records rest for 24 h (domain page §5)."""
        ...

    async def sign_out(self, token: str) -> None:
        """Ends the session of this token; an unknown one is no error."""
        ...


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """What the browser's credential store is asked: WebAuthn options as JSON, and our challenge's own id."""

    challenge: str = field(repr=False)
    options: str


class PasskeyDoor(Protocol):
    """The two ceremonies of WebAuthn. Implemented by gateway.identity."""

    async def begin_making(self, caller: Caller) -> PasskeyChallenge | Turned:
        """For a caller of level 2: options to make a passkey with."""
        ...

    async def finish_making(self, caller: Caller, challenge: str, answer: str, name: str) -> Turned | None:
        """Keeps the passkey that the browser made (RegistrationResponseJSON), under a name of the owner's choice;
        a User-Agent in its place becomes what people call that device."""
        ...

    async def begin_use(self, *, source: str) -> PasskeyChallenge | Turned:
        """Options to sign in or step up with; they name nobody, the passkey itself knows whose it is."""
        ...


class LineSwitch(Protocol):
    """Another line of the same person, or one that a person helps with, in the session that runs."""

    async def switch(self, token: str, line_id: str, channel: Channel) -> Admitted | Turned:
        """The session goes on for another line that ``Me.lines`` offers; a new token comes back. Level 3 never comes
        along."""
        ...


# --- the consent page of our OAuth server ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    """What a client wants of the person who is signed in: shown on the consent page, in words of the channel's.

    ``scopes`` are names of graphql_schema.scopes and OpenID Connect; ``request`` comes back with the answer.
    """

    request: str = field(repr=False)
    client_name: str
    client_host: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeadTo:
    """The browser goes on to this address: the client's, with a code or an error."""

    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MustProve:
    """The client asked for a level (``acr_values``) or a freshness (``max_age``, ``prompt=login``) not held yet."""

    level: int
    fresh_within_seconds: int | None


class Consents(Protocol):
    """The interactive half of the OAuth server's authorization endpoint. Implemented by gateway.identity."""

    async def examine(
        self, query: Mapping[str, str], caller: Caller | None
    ) -> ConsentQuestion | LeadTo | MustProve | Turned:
        """Judges an authorization request. A Turned (``bad_client``, ``bad_redirect``, ``bad_request``) is shown to the
        person and never sent anywhere; a repeated parameter is already refused by the route. A visitor has to sign in
        first: then it is MustProve(level=2)."""
        ...

    async def decide(self, request: str, *, granted: bool, caller: Caller) -> LeadTo | Turned:
        """The person's answer, once: leads back to the client."""
        ...
