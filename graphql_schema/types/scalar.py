"""Which scalars does the graph speak beside GraphQL's own?"""

from typing import NewType

import strawberry

Long = NewType("Long", int)
"""A whole number up to 2^53: bytes, seconds, messages. GraphQL's Int ends at 2^31."""

LONG = strawberry.scalar(
    name="Long",
    description="A whole number up to 2^53, as a JSON number.",
    serialize=int,
    parse_value=int,
)
