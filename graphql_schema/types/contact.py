"""Is it really the operator who called, wrote or rang the bell?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.types.word import word


@strawberry.enum
class ContactKind(Enum):
    """How the operator turned to a customer."""

    CALL = "call"
    VISIT = "visit"
    MESSAGE = "message"


@strawberry.enum
class ContactPurpose(Enum):
    """What about."""

    ACCOUNT = "account"
    BILL = "bill"
    ORDER = "order"
    FAULT = "fault"
    INSTALLATION = "installation"
    OFFER = "offer"
    CODE = "code"
    ALERT = "alert"
    ANSWER = "answer"


@word
class Contact:
    """One contact of the operator's with a line: who (name and badge of the person, empty for a message), why, and
    until
    when its code can be checked (null for a message, which has none)."""

    id: str
    kind: ContactKind
    purpose: ContactPurpose
    person: str
    badge: str
    at: datetime
    valid_until: datetime | None


@word
class ContactCheck:
    """Whether a code is one of ours and alive. ``contact`` is told to nobody but the line that it is about; anybody
    else who
    holds the code and names the number learns ``genuine`` alone."""

    genuine: bool
    contact: Contact | None
