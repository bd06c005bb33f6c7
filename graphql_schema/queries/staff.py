"""What can the operator's own people ask?"""

from datetime import date

import strawberry

from graphql_schema.context import Context
from graphql_schema.queries.my_security import bound
from graphql_schema.queries.staff_loyalty import LoyaltyStaffDesk
from graphql_schema.types.audit import AuditVerdict, StaffAuditRecord
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.recharge import Reconciliation
from graphql_schema.types.staff import BulkDeed, MemberLine, ServedLine, StaffMember

Info = strawberry.Info[Context, None]


@strawberry.type
class StaffDesk(LoyaltyStaffDesk):
    """The desk of one of the operator's people; each field is for certain roles."""

    @strawberry.field
    async def member(self, info: Info) -> StaffMember | None:
        """Who is at the desk."""
        return await info.context.identity.staff.fetch_member(info.context.caller)

    @strawberry.field
    async def line(self, info: Info, number: str) -> ServedLine | None:
        """A customer's line, to help with."""
        return await info.context.identity.staff.find_line(info.context.caller, number)

    @strawberry.field
    async def audit_trail(
        self,
        info: Info,
        number: str | None = None,
        actor: str | None = None,
        first: int = 20,
        before: strawberry.ID | None = None,
    ) -> list[StaffAuditRecord] | None:
        """The whole trail, or that of one line or one actor (``staff:…``, ``line:…``), newest first (1-100)."""
        trail = info.context.identity.trail
        found = await trail.search(info.context.caller, number=number, actor=actor, first=bound(first), before=before)
        return list(found)

    @strawberry.field
    async def audit_verdict(self, info: Info) -> AuditVerdict | None:
        """Whether the trail's chain is whole."""
        return await info.context.identity.trail.verify(info.context.caller)

    @strawberry.field
    async def bulk_deeds(self, info: Info, first: int = 20) -> list[BulkDeed] | None:
        """Deeds for many lines, newest first (1-100)."""
        return list(await info.context.identity.bulk.fetch_bulk_deeds(info.context.caller, first=bound(first)))

    @strawberry.field
    async def resting_deeds(self, info: Info) -> list[ServiceNotice] | None:
        """Everything that rests now or is planned to, however far ahead."""
        return list(await info.context.facts.ports.switches.fetch_notices())

    @strawberry.field
    async def reconciliation(self, info: Info, day: date) -> list[Reconciliation] | None:
        """A business day's payments held against each provider's statement and the BSS's books."""
        return list(await info.context.facts.ports.recharges.fetch_reconciliations(day))

    @strawberry.field
    async def members(self, info: Info) -> list[MemberLine] | None:
        """The lines that the own organization pays for."""
        return list(await info.context.identity.staff.fetch_members(info.context.caller))


@strawberry.type
class StaffQuestion:
    """Questions of the operator's own people."""

    @strawberry.field
    def staff(self) -> StaffDesk | None:
        """The caller's desk; nobody else has one."""
        return StaffDesk()
