"""What was granted to a client?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.identity.oauth.client import OAuthClient
from gateway.identity.session_row import Session
from graphql_schema.assurance import Factor, Proofs
from graphql_schema.client import Caller

MOST_ASSURANCE = 2
"""Level 3 is the person's own, for ten minutes: it never goes into a grant."""

METHODS: Mapping[Factor, tuple[str, ...]] = {
    Factor.LINK: ("tel",),
    Factor.CODE: ("otp", "sms"),
    Factor.PASSWORD: ("pwd",),
    Factor.PASSKEY: ("pop", "user"),
}
"""Our factors in the words of RFC 8176."""


@dataclass(frozen=True, slots=True)
class GrantRule:
    """How long what we give out is good: a code, an access token and an ID token, a grant with ``offline_access``.

    A grant without ``offline_access`` ends with its access token.
    """

    code: timedelta = timedelta(seconds=60)
    token: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """An authorization code that may be redeemed. Its methods are those that Authlib asks one.

    ``parameters`` are those of the authorization request; ``caller`` is who consented, and how surely.
    """

    digest: str
    client_id: str
    parameters: Mapping[str, str]
    caller: Caller

    @property
    def code_challenge(self) -> str:
        """What the code's verifier must hash to (RFC 7636)."""
        return self.parameters["code_challenge"]

    @property
    def code_challenge_method(self) -> str:
        """There is only one."""
        return "S256"

    def get_redirect_uri(self) -> str:
        """The address that it was sent to."""
        return self.parameters["redirect_uri"]

    def get_scope(self) -> str:
        """What was granted."""
        return self.parameters["scope"]

    def get_nonce(self) -> str | None:
        """The client's own, for the ID token."""
        return self.parameters.get("nonce")

    def get_auth_time(self) -> int:
        """When the person last proved something, in seconds since the epoch."""
        return auth_time(self.caller.proofs)

    def get_acr(self) -> str:
        """The level at which the person consented."""
        return name_level(self.caller.assurance)

    def get_amr(self) -> list[str]:
        """What the person had proved."""
        return name_methods(self.caller.proofs)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client holds: a living session within ``scopes``. To Authlib it is a token's user, and a refresh token.

    ``generation`` counts refresh tokens, of which the last one is good; 0 where the grant has none.
    """

    session: Session
    client_id: str
    scopes: tuple[str, ...]
    generation: int
    subject: str
    refresh_token: str | None = field(default=None, repr=False)

    def get_user_id(self) -> str:
        """The person's name in front of this client."""
        return self.subject

    def get_scope(self) -> str:
        """All that was granted."""
        return " ".join(self.scopes)

    def check_client(self, client: OAuthClient) -> bool:
        """Whether it is this client's."""
        return client.id == self.client_id


def auth_time(proofs: Proofs) -> int:
    """When the newest proof was given, in seconds since the epoch."""
    return int(max(proofs.values()).timestamp())


def name_level(level: int) -> str:
    """Our word for a level in ``acr``."""
    return f"onehall:{level}"


def name_methods(proofs: Proofs) -> list[str]:
    """What was proved, for ``amr``; ``mfa`` where two different things were."""
    methods = [method for factor in Factor if factor in proofs for method in METHODS[factor]]
    return [*methods, "mfa"] if len(proofs) > 1 else methods
