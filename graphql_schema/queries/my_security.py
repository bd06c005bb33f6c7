"""What can a caller ask about who may see and do what on the own line?"""

import strawberry

from graphql_schema.assurance import FRESH
from graphql_schema.context import Context
from graphql_schema.problems import BadArgument
from graphql_schema.types.assurance import Assurance
from graphql_schema.types.audit import AuditRecord
from graphql_schema.types.consent import Consent
from graphql_schema.types.contact import Contact
from graphql_schema.types.own_line import Helper, OwnLine
from graphql_schema.types.personal_data import PersonalDataRequest
from graphql_schema.types.session import Passkey, SignedInSession

MOST_AT_ONCE = 100
Info = strawberry.Info[Context, None]


@strawberry.type
class MySecurity:
    """Sessions, passkeys, lines, helpers, consents and the trail of the own line."""

    @strawberry.field
    def assurance(self, info: Info) -> Assurance | None:
        """How sure we are of the caller, and for how long."""
        caller = info.context.caller
        return Assurance(
            level=caller.assurance,
            since=caller.since,
            until=caller.since + FRESH if caller.assurance == 3 and caller.since else None,
            proved=sorted(caller.proofs),
            rests_until=caller.rests_until,
        )

    @strawberry.field
    async def sessions(self, info: Info) -> list[SignedInSession] | None:
        """Where this line's people are signed in."""
        return list(await info.context.identity.sessions.fetch_sessions(info.context.caller))

    @strawberry.field
    async def passkeys(self, info: Info) -> list[Passkey] | None:
        """Passkeys that open this line."""
        return list(await info.context.identity.passkeys.fetch_passkeys(info.context.caller))

    @strawberry.field
    async def own_lines(self, info: Info) -> list[OwnLine] | None:
        """The lines that the caller can open, or could after linking them."""
        return list(await info.context.identity.own_lines.fetch_lines(info.context.caller))

    @strawberry.field
    async def helpers(self, info: Info) -> list[Helper] | None:
        """Who may act for this line, or asks to."""
        return list(await info.context.identity.helpers.fetch_helpers(info.context.caller))

    @strawberry.field
    async def consents(self, info: Info) -> list[Consent] | None:
        """The last word on every purpose."""
        return list(await info.context.identity.consents.fetch_consents(info.context.caller))

    @strawberry.field
    async def audit_trail(
        self, info: Info, first: int = 20, before: strawberry.ID | None = None, sign_ins_only: bool = False
    ) -> list[AuditRecord] | None:
        """What was done with this line, newest first: ``first`` records (1-100) older than the record ``before``."""
        trail = info.context.identity.trail
        found = await trail.fetch_own(
            info.context.caller, first=bound(first), before=before, sign_ins_only=sign_ins_only
        )
        return list(found)

    @strawberry.field
    async def contacts(self, info: Info, first: int = 10) -> list[Contact] | None:
        """What we really said to this line lately, newest first (1-100)."""
        return list(await info.context.identity.contacts.fetch_recent(info.context.caller, first=bound(first)))

    @strawberry.field
    async def personal_data_requests(self, info: Info) -> list[PersonalDataRequest] | None:
        """Exports and erasures that were asked for, newest first."""
        return list(await info.context.identity.personal_data.fetch_requests(info.context.caller))


def bound(first: int) -> int:
    """How many may be asked for at once. Raises BadArgument."""
    if not 1 <= first <= MOST_AT_ONCE:
        raise BadArgument(name="first", least=1, most=MOST_AT_ONCE)
    return first
