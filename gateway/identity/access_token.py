"""Which session does an access token of our OAuth server stand for?"""

from dataclasses import dataclass
from typing import Protocol

PARTS = 3
"""A JWT has three parts with dots between; a session's own token has no dot."""


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """The session, by its public id, and the fields that the token opens in it; None: all that the session opens."""

    session_id: str
    fields: frozenset[str] | None = None


class AccessTokens(Protocol):
    """Judges access tokens. Implemented by the OAuth server."""

    async def find_session(self, token: str) -> AccessGrant | None:
        """What a valid token of ours stands for; None for every other text. Whether the session still lives is judged
        by the doorkeeper. Raises DatabaseFault."""
        ...


def is_access_token(token: str) -> bool:
    """Whether a token is to be judged by ``AccessTokens`` at all."""
    return token.count(".") == PARTS - 1
