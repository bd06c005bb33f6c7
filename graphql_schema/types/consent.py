"""What did a person agree to?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.client import Channel
from graphql_schema.types.word import word


@strawberry.enum
class ConsentPurpose(Enum):
    """What can be agreed to, each on its own; nothing is agreed to unless it was said."""

    MARKETING_SMS = "marketing_sms"
    MARKETING_PUSH = "marketing_push"
    MARKETING_CALL = "marketing_call"
    PERSONAL_OFFERS = "personal_offers"
    PARTNER = "partner"


@word
class Consent:
    """The last word on one purpose. ``party`` is the OAuth client's name for PARTNER, empty otherwise; ``wording`` is
    the
    version of the text that was agreed to. Never asked: ``given`` False and ``changed_at`` null."""

    purpose: ConsentPurpose
    party: str
    given: bool
    changed_at: datetime | None
    channel: Channel | None
    wording: str
