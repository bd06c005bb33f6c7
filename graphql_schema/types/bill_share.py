"""Who else may see a bill?"""

from datetime import datetime

from graphql_schema.types.word import word


@word
class BillShare:
    """A link that shows one bill, without its call numbers, to whoever has it, until it expires or is ended.

    ``url`` is told once, when the link is made; it is null in every later list. ``opened`` counts visits.
    """

    id: str
    bill_id: str
    url: str | None
    made_at: datetime
    expires_at: datetime
    opened: int
