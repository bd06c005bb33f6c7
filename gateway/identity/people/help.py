"""How does one person let another act for their line, and take that back?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.errand import Errands
from gateway.identity.line_watch import number_of
from gateway.identity.people import permission as permissions
from gateway.identity.people import permission_change as changes
from gateway.identity.people.help_rule import HelpRule
from gateway.identity.people.link_consent import check_sim_card
from gateway.identity.people.permission import Permission, Side, find_permission, is_asked
from gateway.identity.people.reach import GONE
from gateway.identity.people.tables import helper_permission
from gateway.identity.people.tiding import Tidings
from gateway.identity.people.turn import take_turn
from gateway.identity.sim_card import SimCardCheck
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import Lines
from graphql_schema.problems import BadArgument, NotFound, SignInRequired
from graphql_schema.types.line import mask_number
from graphql_schema.types.own_line import Helper, HelpState

_T = helper_permission.c
PROVED = 2
"""Below this level an answer rests on a text or a caller id alone, and that on the SIM card."""


class SqlHelpers:
    """The ``Helpers`` of graphql_schema.identity_ports, over SQL."""

    def __init__(  # noqa: PLR0913  everything that permissions rest on arrives here
        self,
        engine: AsyncEngine,
        lines: Lines,
        *,
        sim_cards: SimCardCheck,
        tidings: Tidings,
        errands: Errands,
        now: Callable[[], datetime],
        rule: HelpRule | None = None,
    ) -> None:
        self._engine, self._lines, self._sim_cards, self._now = engine, lines, sim_cards, now
        self._tidings, self._errands, self._rule = tidings, errands, rule or HelpRule()

    async def fetch_helpers(self, caller: Caller) -> Sequence[Helper]:
        """Of the caller's line, by age; none that an earlier holder of the line let in. Raises BssFault."""
        now, owner = self._now(), await self._find_side(caller)
        asked = (_T.owner_line_id == owner.line_id, _T.owner_customer_id == owner.customer_id)
        async with read(self._engine) as connection:
            found = await permissions.fetch_permissions(connection, *asked, permissions.is_living(now))
        return [permission.as_word(now) for permission in found]

    async def grant(self, deed: Deed, number: str, scopes: Sequence[str], days: int) -> Helper:
        """Active at once; whose number it is is looked up behind the answer."""
        owner, now = await self._find_side(deed.caller), self._now()
        helper = Side(self._rule.check(number, scopes, days, own=owner.number), None, None)
        async with write(self._engine) as connection:
            await take_turn(connection, _turn_of(owner))
            refusal, made = None, await find_permission(connection, _T.deed == deed.id)
            if made is None:
                refusal = await self._rule.refuse_grant(connection, owner, helper, now=now)
            if made is None and refusal is None:
                await self._end_former(connection, owner, helper)
                made = await changes.keep_permission(
                    connection, deed.id, owner=owner, helper=helper, scopes=scopes, days=days, asked=False, now=now
                )
        if made is None:
            raise refusal or NotFound
        self._errands.run(self._tidings.tell(made.id))
        return made.as_word(now)

    async def ask(self, deed: Deed, number: str, scopes: Sequence[str], days: int) -> None:
        """The same for every number; who asks again while the same is open is not heard twice."""
        helper, now = await self._find_side(deed.caller), self._now()
        owner = Side(self._rule.check(number, scopes, days, own=helper.number), None, None)
        open_one = (_T.helper_line_id == helper.line_id) & (_T.owner_number == owner.number) & is_asked(now)
        async with write(self._engine) as connection:
            await take_turn(connection, f"asks_of:{owner.number}")
            if await permissions.count_permissions(connection, (_T.deed == deed.id) | open_one):
                return
            made, refusal = None, await self._rule.refuse_ask(connection, owner, helper, now=now)
            if refusal is None:
                made = await changes.keep_permission(
                    connection, deed.id, owner=owner, helper=helper, scopes=scopes, days=days, asked=True, now=now
                )
        if made is None:
            raise refusal or NotFound
        self._errands.run(self._tidings.tell(made.id))

    async def answer(self, deed: Deed, helper_id: str | None, *, accept: bool) -> Helper:
        """A yes over a trusted link alone counts only while the SIM card is not new; a no always does."""
        owner = await self._find_side(deed.caller)
        waiting = await self._find_waiting(deed, owner, helper_id)
        if accept and deed.caller.assurance < PROVED and waiting.state is HelpState.ASKED:
            await check_sim_card(self._sim_cards, deed.caller.subscriber or "")
        async with write(self._engine) as connection:
            await take_turn(connection, _turn_of(owner))
            refusal = await self._answer(connection, deed, waiting, accept=accept)
            answered = await find_permission(connection, _T.id == waiting.id, _T.answered_deed == deed.id)
        if refusal is not None or answered is None:
            raise refusal or NotFound
        if accept:
            self._errands.run(self._tidings.tell(answered.id))
        return answered.as_word(self._now())

    async def end(self, deed: Deed, helper_id: str) -> None:
        """Asks no other system: it ends at once whatever else is down. The helper may also name the owner's line, as
        ``Me.ownLines`` shows it."""
        line_id, now = _person_of(deed.caller), self._now()
        by_owner = (_T.owner_line_id == line_id) & (_T.id == helper_id)
        by_helper = (_T.helper_line_id == line_id) & ((_T.id == helper_id) | (_T.owner_line_id == helper_id))
        async with write(self._engine) as connection:
            mine = (by_owner | by_helper, permissions.is_living(now))
            living = await changes.hold_permission(connection, *mine)
            if living is not None:
                await self._end(connection, deed, living)
            elif not await permissions.count_permissions(connection, _T.ended_deed == deed.id):
                raise NotFound
        if living is not None:
            self._errands.run(self._tidings.tell(living.id))

    async def _find_side(self, caller: Caller) -> Side:
        """The caller's own line as it stands now, with its holder; nobody acts here for another. Raises SignInRequired,
        BssFault."""
        own = caller.subscriber if caller.helper is None else None
        line = await self._lines.fetch_line(own) if own else None
        if line is None or line.state in GONE:
            raise SignInRequired
        return Side(number_of(line), line.id, line.customer_id)

    async def _find_waiting(self, deed: Deed, owner: Side, helper_id: str | None) -> Permission:
        """What this answer is for: one that waits, or what the same deed answered before. Raises NotFound."""
        mine = (_T.owner_line_id == owner.line_id) & (_T.owner_customer_id == owner.customer_id)
        waits = is_asked(self._now()) if helper_id is None else is_asked(self._now()) & (_T.id == helper_id)
        async with read(self._engine) as connection:
            waiting = await find_permission(connection, mine, _T.answered_deed == deed.id)
            waiting = waiting or await find_permission(connection, mine, waits)
        if waiting is None:
            raise NotFound
        return waiting

    async def _answer(
        self, connection: AsyncConnection, deed: Deed, waiting: Permission, *, accept: bool
    ) -> BadArgument | None:
        now = self._now()
        if waiting.state is not HelpState.ASKED:
            return None
        if not accept:
            await changes.refuse(connection, waiting, deed_id=deed.id, now=now)
        elif await self._rule.is_full(connection, waiting.owner, waiting.helper, now=now):
            return BadArgument(name="helpers", most=self._rule.active_most)
        elif await changes.accept(connection, waiting, deed_id=deed.id, now=now):
            await self._end_former(connection, waiting.owner, waiting.helper, but=waiting.id)
        return None

    async def _end_former(
        self, connection: AsyncConnection, owner: Side, helper: Side, *, but: str | None = None
    ) -> None:
        """A newer permission between the same two takes the place of the one before."""
        now = self._now()
        pair = (_T.owner_line_id == owner.line_id, _T.helper_number == helper.number, permissions.is_active(now))
        for former in await permissions.fetch_permissions(connection, *pair):
            if former.id != but:
                await changes.end(connection, former.id, by="another", now=now)

    async def _end(self, connection: AsyncConnection, deed: Deed, living: Permission) -> None:
        by, other = ("owner", "helper") if _person_of(deed.caller) == living.owner.line_id else ("helper", "owner")
        bound = (living.helper if by == "owner" else living.owner).line_id is not None
        untold = f"{other}_ended" if bound and living.state is HelpState.ACTIVE else None
        now = self._now()
        await changes.end(connection, living.id, by=by, now=now, deed_id=deed.id, untold=untold)
        if by == "helper" and living.owner.line_id is not None:  # the owner finds it in their part of the trail
            entry = AuditEntry.by(deed.caller, "endHelp", note=mask_number(living.helper.number))
            await record(connection, replace(entry, subject=living.owner.line_id, session=None), now=now)


def _person_of(caller: Caller) -> str | None:
    """The line whose owner this is, also while they act for another."""
    return caller.helper or caller.subscriber


def _turn_of(owner: Side) -> str:
    return f"help_of:{owner.line_id}"
