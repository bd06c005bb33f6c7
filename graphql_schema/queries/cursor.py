"""What does a cursor look like, and which text is none?"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NewType

import strawberry

from graphql_schema.problems import BadCursor

Cursor = NewType("Cursor", str)
"""Names the item after which a page begins."""

_PREFIX = b"bill:"
RECORD_PREFIX = b"record:"
"""A call record's cursor is sealed (record_cursor): only its question can open it."""
_CHARACTERS_MOST = 1024


def make_cursor(bill_id: str) -> Cursor:
    """The cursor of this bill."""
    return Cursor(urlsafe_b64encode(_PREFIX + bill_id.encode()).decode())


def parse_cursor(sent: Any) -> Cursor:  # noqa: ANN401  whatever was sent
    """A cursor of the form that we give out; whether its item is there is the connection's to say. Raises BadCursor."""
    if not isinstance(sent, str) or len(sent) > _CHARACTERS_MOST:
        raise BadCursor
    try:
        named = urlsafe_b64decode(sent.encode("ascii"))
        if named.startswith(RECORD_PREFIX) and urlsafe_b64encode(named).decode() == sent:
            return Cursor(sent)
        bill_id = named.removeprefix(_PREFIX).decode()
    except ValueError:
        raise BadCursor from None
    if not bill_id.isprintable() or not bill_id or sent != make_cursor(bill_id):
        raise BadCursor
    return Cursor(sent)


CURSOR = strawberry.scalar(
    name="Cursor",
    description="Names the item after which a page begins: a string that a connection gave out.",
    serialize=str,
    parse_value=parse_cursor,
)
