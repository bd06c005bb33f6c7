"""Which refusal can a return meet that no other deed does?

Everything that keeps points from being spent is graphql_schema.problems.RedemptionRefused.
"""

from graphql_schema.problems import Problem


class NotReturnable(Problem):
    """The goods can't be given back (not_goods, not_there, too_late)."""

    code = "not_returnable"

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)
