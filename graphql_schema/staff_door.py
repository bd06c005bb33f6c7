"""How does one of the operator's own people come in?"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from graphql_schema.client import Caller
from graphql_schema.door import Turned


@dataclass(frozen=True, slots=True)
class StaffEvidence:
    """Who somebody says they are, their passphrase, and the code that their authenticator shows now.

    ``source`` is who tries (an address), for budgets.
    """

    staff_id: str
    passphrase: str = field(repr=False)
    code: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new colleague's first steps: the code from the one who added them, the passphrase of their choice, and the
    first code of their authenticator."""

    enrolment_code: str = field(repr=False)
    passphrase: str = field(repr=False)
    code: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class EnrolmentOffer:
    """What the authenticator has to be told: ``key`` in base32, and ``address`` (otpauth://…) for a QR code."""

    staff_id: str
    name: str
    key: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffAdmitted:
    """The desk is open: a caller with ``staff``, and the name to greet. ``token`` is there once, when a session was
    begun, and is never stored in the clear."""

    caller: Caller
    name: str
    token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


class StaffDoor(Protocol):
    """Lets the operator's own people in. Implemented by gateway.identity. Nothing here raises for what a person sent.

    Turned codes: ``wrong_credentials`` (tries_left), ``locked`` (until), ``session_ended``, ``enrolment_refused`` (no
    such code, used, or over), ``weak_password`` (reason: too_short, too_long, too_plain, common, part_of_identity),
    ``unavailable``. None of them tells whether an id is somebody's.
    """

    async def admit(self, token: str) -> StaffAdmitted | Turned:
        """Whose session this is; each look is a sign of life."""
        ...

    async def sign_in(self, evidence: StaffEvidence, *, instead_of: str | None = None) -> StaffAdmitted | Turned:
        """Begins a session; ``instead_of`` is the token that the browser had before, and it is void then."""
        ...

    async def begin_enrolment(self, enrolment_code: str, *, source: str) -> EnrolmentOffer | Turned:
        """What to put into the authenticator; the same each time until the enrolment is finished."""
        ...

    async def enrol(self, enrolment: Enrolment, *, instead_of: str | None = None) -> StaffAdmitted | Turned:
        """Sets passphrase and authenticator, once, and begins a session."""
        ...

    async def sign_out(self, token: str) -> None:
        """Ends the session of this token; an unknown one is no error."""
        ...
