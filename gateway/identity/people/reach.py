"""Which lines can one person open?"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.people.link import Link, fetch_links
from gateway.identity.people.permission import Permission, fetch_permissions, is_active
from gateway.identity.people.tables import helper_permission
from gateway.identity.session import Sessions
from graphql_schema.client import Caller
from graphql_schema.ports import Lines
from graphql_schema.problems import SignInRequired
from graphql_schema.types.line import Line, LineState, Payer
from graphql_schema.types.own_line import LineRelation, OwnLine

HELPED_MOST = 50
GONE = frozenset({LineState.CLOSED, LineState.PENDING})
_ORDER = tuple(LineRelation)


@dataclass(frozen=True, slots=True)
class Offer:
    """A line that the person of the home line has to do with, and what opens it, if anything does."""

    line: Line
    relation: LineRelation
    link: Link | None = None
    permission: Permission | None = None
    is_home: bool = False

    @property
    def can_open(self) -> bool:
        """Whether the session may go on for it."""
        return self.is_home or self.link is not None or self.permission is not None

    def as_word(self, *, current: bool) -> OwnLine:
        """As the person sees it."""
        line, permission = self.line, self.permission
        return OwnLine(
            id=line.id,
            masked_number=line.masked_number,
            kind=line.kind,
            state=line.state,
            relation=LineRelation.CURRENT if current else self.relation,
            can_open=self.can_open,
            scopes=list(permission.scopes) if permission else [],
            until=permission.until if permission else None,
        )


class Reach:
    """Finds what the person of a line may open; asks the BSS whether it is still theirs."""

    def __init__(self, engine: AsyncEngine, lines: Lines, sessions: Sessions, *, now: Callable[[], datetime]) -> None:
        self._engine, self._lines, self._sessions, self._now = engine, lines, sessions, now

    async def find_home(self, caller: Caller) -> str:
        """The line whose person this is: another one than the caller's after a switch. Raises SignInRequired."""
        if caller.session is None:
            home = caller.helper or caller.subscriber
        else:
            session = await self._sessions.recognize_by_id(
                caller.session, caller.channel, now=self._now(), sign_of_life=False
            )
            home = session.home_line_id if session else None
        if home is None:
            raise SignInRequired
        return home

    async def find_offers(self, home_line_id: str) -> list[Offer]:
        """All of them, the home line first; empty when that is gone. Raises BssFault, DatabaseFault."""
        home = await self._lines.fetch_line(home_line_id)
        if home is None or home.state in GONE:
            return []
        async with read(self._engine) as connection:
            links = await fetch_links(connection, home_line_id)
            mine = (helper_permission.c.helper_line_id == home_line_id, is_active(self._now()))
            permissions = (await fetch_permissions(connection, *mine))[-HELPED_MOST:]
        siblings = await self._fetch_siblings(home)
        known = {line.id: line for line in (home, *siblings)}
        wanted = {link.owner_line_id for link in links} | {link.other_line_id for link in links}
        wanted |= {permission.owner.line_id for permission in permissions if permission.owner.line_id}
        known |= await self._fetch_all(wanted - set(known))
        return decide_offers(home, known, siblings=siblings, links=links, permissions=permissions)

    async def _fetch_siblings(self, home: Line) -> list[Line]:
        """Other lines of the customer. Colleagues whose organization pays are no family: nobody sees their list."""
        if home.payer is Payer.ORGANIZATION:
            return []
        lines = await self._lines.fetch_lines_of_customer(home.customer_id)
        return [line for line in lines if line.id != home.id and line.payer is not Payer.ORGANIZATION]

    async def _fetch_all(self, line_ids: Iterable[str]) -> dict[str, Line]:
        fetched = await asyncio.gather(*(self._lines.fetch_line(line_id) for line_id in sorted(line_ids)))
        return {line.id: line for line in fetched if line is not None}


def decide_offers(
    home: Line,
    known: Mapping[str, Line],
    *,
    siblings: Sequence[Line],
    links: Sequence[Link],
    permissions: Sequence[Permission],
) -> list[Offer]:
    """What the person of the home line sees: that line, linked ones, those they help with, the customer's other ones.

    A link from the other side is seen, so that it can be ended, and opens nothing from here. What was agreed with
    somebody who does not hold the line any more is not there at all.
    """
    offers = {line.id: Offer(line, LineRelation.SAME_CUSTOMER) for line in siblings}
    for permission in permissions:
        owner = known.get(permission.owner.line_id or "")
        holders = (permission.owner.customer_id, permission.helper.customer_id)
        if owner is not None and holders == (owner.customer_id, home.customer_id):
            offers[owner.id] = Offer(owner, LineRelation.HELPING, permission=permission)
    for link in links:
        outgoing = link.owner_line_id == home.id
        other = known.get(link.other_line_id if outgoing else link.owner_line_id)
        if other is None or not (link.stands_between(home, other) if outgoing else link.stands_between(other, home)):
            continue
        if outgoing or other.id not in offers or not offers[other.id].can_open:
            offers[other.id] = Offer(other, LineRelation.LINKED, link=link if outgoing else None)
    offers.pop(home.id, None)
    living = [offer for offer in offers.values() if offer.line.state not in GONE]
    living.sort(key=lambda offer: (_ORDER.index(offer.relation), offer.line.number))
    return [Offer(home, LineRelation.SAME_CUSTOMER, is_home=True), *living]
