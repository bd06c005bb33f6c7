"""Where is a person signed in?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.client import Channel
from graphql_schema.types.word import word


@word
class SignedInSession:
    """One session. ``device_name`` is how the device called itself ("Chrome · Windows"), empty if it did not;
    ``client_name`` the OAuth client that holds it, ``helper`` the masked number of who acts for the line in it."""

    id: str
    channel: Channel
    device_name: str
    client_name: str | None
    helper: str | None
    level: int
    began_at: datetime
    seen_at: datetime
    current: bool


@strawberry.enum
class PushKind(Enum):
    """Which push service a token belongs to."""

    WEB = "web"
    APNS = "apns"
    FCM = "fcm"
    HMS = "hms"


@word
class Passkey:
    """A passkey by the name its owner gave it; ``used_at`` is null until its first use."""

    id: str
    name: str
    made_at: datetime
    used_at: datetime | None
