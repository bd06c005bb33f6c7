"""How does a person bring several lines together, with the consent of whoever has them?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.code_entry import CodeEntry
from gateway.identity.line_watch import number_of
from gateway.identity.notice import Notices
from gateway.identity.number import parse_number
from gateway.identity.people.elsewhere import end_sessions_over_link
from gateway.identity.people.link import LINKS_MOST, Link, end_links, find_link_of_deed, keep_link
from gateway.identity.people.link_consent import Consent, check_code, check_sim_card, decide_consent
from gateway.identity.people.reach import GONE, Offer, Reach
from gateway.identity.people.turn import take_turn
from gateway.identity.sim_card import SimCardCheck
from graphql_schema.client import Caller
from graphql_schema.door import Purpose
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault, Lines
from graphql_schema.problems import BadArgument, CodeExpired, NotFound, SignInRequired, TooMany
from graphql_schema.types.line import Line, LineKind, mask_number
from graphql_schema.types.own_line import LineRelation, OwnLine


class SqlOwnLines:
    """The ``OwnLines`` of graphql_schema.identity_ports, over SQL."""

    def __init__(  # noqa: PLR0913  everything that a link rests on arrives here
        self,
        engine: AsyncEngine,
        lines: Lines,
        *,
        reach: Reach,
        codes: CodeEntry,
        sim_cards: SimCardCheck,
        notices: Notices,
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._lines, self._reach, self._now = engine, lines, reach, now
        self._codes, self._sim_cards, self._notices = codes, sim_cards, notices

    async def fetch_lines(self, caller: Caller) -> Sequence[OwnLine]:
        """The current one first, then the person's own, linked ones, those they help with, the customer's others.

        A line that may open this one is in the list, so that it can be unlinked, and can't be opened. Raises BssFault.
        """
        offers = await self._reach.find_offers(await self._reach.find_home(caller))
        offers.sort(key=lambda offer: offer.line.id != caller.subscriber)
        return [offer.as_word(current=offer.line.id == caller.subscriber) for offer in offers]

    async def link(self, deed: Deed, number: str, code: str, challenge: str) -> OwnLine:
        """``number`` is the other line's, or the id of a line of the same customer, as ``fetch_lines`` shows it.

        The code opens nothing but this: it was asked for with the purpose LINK_LINE, as ``decide_consent`` says. It
        stays good until the link stands.
        """
        own = await self._fetch_own(deed.caller)
        other = await self._find_other(own, number)
        link = await self._find_made(deed, other)
        if link is None or other is None:
            consent = decide_consent(own, other, asked=parse_number(number) or "")
            await check_code(self._codes, deed.caller, consent, code, challenge)
            if other is None or other.state in GONE:
                raise CodeExpired
            await check_sim_card(self._sim_cards, consent.line_id)
            link = await self._keep(deed, own, other, consent)
        return Offer(other, LineRelation.LINKED, link=link).as_word(current=False)

    async def unlink(self, deed: Deed, line_id: str) -> None:
        """By either side; whoever looks at one of the lines over the other is out at once."""
        home = await self._reach.find_home(deed.caller)
        now = self._now()
        async with write(self._engine) as connection:
            if not await end_links(connection, home, line_id, deed_id=deed.id, now=now):
                raise NotFound
            await end_sessions_over_link(connection, home, line_id)
            await self._note(connection, deed.caller, "unlinkLine", line_id, now)

    async def _fetch_own(self, caller: Caller) -> Line:
        own = caller.subscriber if caller.helper is None else None  # nobody links a line for another
        line = await self._lines.fetch_line(own) if own else None
        if line is None or line.state in GONE:
            raise SignInRequired
        return line

    async def _find_other(self, own: Line, number: str) -> Line | None:
        """Raises BadArgument for what is no other line's, BssFault."""
        named = await self._lines.fetch_line(number) if number != own.id else None
        if named is not None and named.customer_id == own.customer_id:
            return named
        known = parse_number(number)
        if known is None or known == number_of(own):
            raise BadArgument(name="number")
        other = await self._lines.find_line(known)
        if other is not None and other.stale:  # whoever held it then may not hold it now
            raise BssFault("line_unavailable", retryable=True)
        return other

    async def _find_made(self, deed: Deed, other: Line | None) -> Link | None:
        async with read(self._engine) as connection:
            link = await find_link_of_deed(connection, deed.id)
        return link if link is not None and other is not None and link.other_line_id == other.id else None

    async def _keep(self, deed: Deed, own: Line, other: Line, consent: Consent) -> Link:
        """The code is used up and the link stands, or neither. Both owners are told."""
        now = self._now()
        async with write(self._engine) as connection:
            await take_turn(connection, f"links_of:{own.id}")
            if not await self._codes.codes.use_up(connection, consent.number, Purpose.LINK_LINE, now=now):
                raise CodeExpired
            link = await keep_link(connection, deed.id, owner=own, other=other, now=now)
            if link is None:
                raise TooMany(most=LINKS_MOST)
            await self._tell(connection, link, "link_made", own, other)
            await self._tell(connection, link, "line_linked", other, own)
            await self._note(connection, deed.caller, "linkLine", other.id, now)
        return link

    async def _note(self, connection: AsyncConnection, caller: Caller, deed: str, line_id: str, now: datetime) -> None:
        """What was done concerns the other line as well: its owner finds it in their part of the trail."""
        entry = AuditEntry.by(caller, deed, note=mask_number(caller.number or ""))
        await record(connection, replace(entry, subject=line_id, session=None), now=now)

    async def _tell(self, connection: AsyncConnection, link: Link, notice: str, told: Line, other: Line) -> None:
        """``line_linked`` goes to the line that can be opened now, ``link_made`` to the one that opens it."""
        if told.kind is LineKind.MOBILE:
            await self._notices.send(
                connection,
                number=told.number,
                notice=notice,
                key=f"{link.id}:{told.id}",
                other=mask_number(number_of(other)),
            )
