"""Which deeds rest now or soon, and why?"""

from datetime import datetime

from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.word import word


@word
class ServiceNotice:
    """Deeds (by their names in the graph, ``*`` for all) that rest from an instant until another (null: until further
    notice), with the reason; ``resting`` now, or else planned."""

    id: str
    deeds: list[str]
    resting: bool
    begins_at: datetime
    ends_at: datetime | None
    reason: LocalizedText
