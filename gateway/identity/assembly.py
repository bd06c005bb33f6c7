"""How are identity's parts put together over one database?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.idempotency import SqlDeeds
from gateway.identity.audit.trail import SqlAuditTrail
from gateway.identity.budget import Budgets
from gateway.identity.code_sending import CodeSender
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.contact.desk import SqlContacts, contact_forgetter
from gateway.identity.doorkeeper import HallDoorkeeper, real_now
from gateway.identity.errand import Errands
from gateway.identity.line_watch import LineEnded
from gateway.identity.notice import Notices
from gateway.identity.oauth.grants import end_client_sessions
from gateway.identity.oauth.server import OAuthServer
from gateway.identity.passkey.ceremony import Passkeys
from gateway.identity.passkey.shelf import SqlPasskeyShelf
from gateway.identity.passkey.shelf import forget_line as forget_passkeys_of
from gateway.identity.password import PasswordHashes
from gateway.identity.people.forgetting import line_forgetter
from gateway.identity.people.help import SqlHelpers
from gateway.identity.people.own_lines import SqlOwnLines
from gateway.identity.people.reach import Reach
from gateway.identity.people.switch import SqlLineSwitch
from gateway.identity.people.tiding import Tidings
from gateway.identity.personal_data.desk import SqlPersonalData
from gateway.identity.personal_data.holder import FormerHolders
from gateway.identity.personal_data.work import PersonalDataWork
from gateway.identity.record_lock import SqlRecordLock, forget_lock_of
from gateway.identity.session import Sessions
from gateway.identity.session_desk import HallSessionDesk
from gateway.identity.session_row import Session
from gateway.identity.staff.bulk import SqlBulkDesk
from gateway.identity.staff.desk import SqlStaffDesk
from gateway.identity.staff.door import HallStaffDoor
from gateway.identity.upstream.login import LoginSettings, OperatorLogin
from graphql_schema.door import Turned
from graphql_schema.identity_ports import IdentityPorts
from graphql_schema.ports import Lines, People, SimCards
from ordering.changes.retention import change_forgetter
from ordering.money.retention import forget_recharges_of
from ordering.money.standing_retention import standing_forgetter
from ordering.promises import forget_promises_of
from statements.exports import forget_exports_of
from statements.shares import forget_shares_of


@dataclass(frozen=True, slots=True)
class IdentityNeeds:
    """What identity asks of others, and what the operator says of it.

    ``secret`` keys everything that is kept; ``business_now`` is the BSS's time, ``public_url`` the address that people
    type; ``own_prefixes`` are the beginnings of the operator's own numbers; without ``login``
    people sign in here alone. ``line_ended`` is what else ends with a line, after whatever identity and the deeds on it
    forget.
    """

    engine: AsyncEngine
    lines: Lines
    people: People
    sim_cards: SimCards
    codes: CodeSender
    notices: Notices
    business_now: Callable[[], datetime]
    public_url: str
    hall_name: str
    trusted_links: frozenset[str]
    own_prefixes: tuple[str, ...]
    secret: bytes = field(repr=False)
    login: LoginSettings | None = None
    line_ended: tuple[LineEnded, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything of identity that a process of ours works with."""

    doorkeeper: HallDoorkeeper
    ports: IdentityPorts
    passkeys: Passkeys
    switch: SqlLineSwitch
    oauth: OAuthServer
    staff_door: HallStaffDoor
    personal_data: SqlPersonalData
    personal_data_work: PersonalDataWork
    trail: SqlAuditTrail
    deeds: SqlDeeds
    tidings: Tidings
    errands: Errands
    staff_hashes: PasswordHashes
    login: OperatorLogin | None
    engine: AsyncEngine
    lines: Lines
    notices: Notices
    secret: bytes = field(repr=False)

    async def finish(self) -> None:
        """Ends what is still under way behind the answers."""
        await self.doorkeeper.finish()
        await self.errands.finish(within_seconds=5.0)
        await self.trail.finish()
        self.staff_hashes.close()


_END_WITH_ITS_PEOPLE: tuple[LineEnded, ...] = (
    line_forgetter(real_now),
    forget_passkeys_of,
    contact_forgetter(real_now),
    forget_exports_of,
    forget_shares_of,
)
"""What stands on a line because of who holds it, and opens it or shows something of it."""


def _list_endings(ledger: SqlConsentLedger, secret: bytes) -> tuple[LineEnded, ...]:
    """What ends with a line, or when it goes to somebody else, in the same transaction.

    The lock on its call records too, which an erasure leaves: it opens nothing, and gone it would.
    """
    return (
        *_END_WITH_ITS_PEOPLE,
        forget_lock_of,
        forget_promises_of,
        change_forgetter(secret, real_now),
        forget_recharges_of,
        standing_forgetter(real_now),
        FormerHolders(ledger.take_back_all, real_now).forget_line,
    )


def assemble_identity(needs: IdentityNeeds) -> Identity:
    """Puts the parts together; nothing is opened or asked yet."""
    engine, lines, notices, secret = needs.engine, needs.lines, needs.notices, needs.secret
    ledger = SqlConsentLedger(engine, now=real_now, end_client_sessions=end_client_sessions)
    passkeys = Passkeys(engine, lines, notices, needs.public_url, needs.hall_name, real_now, secret)
    doorkeeper, oauth = _make_doors(needs, ledger, passkeys)
    reach = Reach(engine, lines, doorkeeper.sessions, now=real_now)
    trail = SqlAuditTrail(engine, lines, secret=secret, now=real_now)
    tidings, errands = Tidings(engine, lines, notices, now=real_now), Errands()
    personal_data = SqlPersonalData(engine, notices, secret=secret, now=real_now)
    deeds, staff_hashes = SqlDeeds(engine, secret=secret, now=real_now), PasswordHashes(secret=secret)
    sim_cards = doorkeeper.sim_cards
    ports = IdentityPorts(
        sessions=HallSessionDesk(engine, real_now),
        passwords=doorkeeper.passwords,
        passkeys=SqlPasskeyShelf(engine),
        own_lines=SqlOwnLines(
            engine, lines, reach=reach, codes=doorkeeper.codes, sim_cards=sim_cards, notices=notices, now=real_now
        ),
        helpers=SqlHelpers(engine, lines, sim_cards=sim_cards, tidings=tidings, errands=errands, now=real_now),
        consents=ledger,
        trail=trail,
        contacts=SqlContacts(engine, lines, secret=secret, now=real_now),
        personal_data=personal_data,
        record_lock=SqlRecordLock(engine, now=real_now),
        staff=SqlStaffDesk(engine, lines, needs.sim_cards, trail, notices, now=real_now),
        bulk=SqlBulkDesk(engine, lines, now=real_now),
        deeds=deeds,
    )
    return Identity(
        doorkeeper=doorkeeper,
        ports=ports,
        passkeys=passkeys,
        switch=SqlLineSwitch(engine, reach, doorkeeper.sessions, now=real_now),
        oauth=oauth,
        staff_door=HallStaffDoor(engine, hashes=staff_hashes, secret=secret, now=real_now),
        personal_data=personal_data,
        personal_data_work=_make_personal_data_work(needs, ledger),
        trail=trail,
        deeds=deeds,
        tidings=tidings,
        errands=errands,
        staff_hashes=staff_hashes,
        login=_make_login(needs, doorkeeper),
        engine=engine,
        lines=lines,
        notices=notices,
        secret=secret,
    )


def _make_doors(
    needs: IdentityNeeds, ledger: SqlConsentLedger, passkeys: Passkeys
) -> tuple[HallDoorkeeper, OAuthServer]:
    async def check_line(session: Session) -> Turned | None:
        return await doorkeeper.watch.check(session)  # made below: each of the two needs the other

    oauth = OAuthServer(
        needs.engine,
        Sessions(needs.engine),
        issuer=needs.public_url,
        secret=needs.secret,
        ledger=ledger,
        now=real_now,
        check_line=check_line,
    )
    doorkeeper = HallDoorkeeper(
        needs.engine,
        needs.lines,
        needs.codes,
        people=needs.people,
        sim_cards=needs.sim_cards,
        notices=needs.notices,
        secret=needs.secret,
        trusted_links=needs.trusted_links,
        access_tokens=oauth.access_tokens,
        passkeys=passkeys,
        line_ended=(*_list_endings(ledger, needs.secret), *needs.line_ended),
        budgets=Budgets(own_prefixes=needs.own_prefixes),
        business_now=needs.business_now,
    )
    return doorkeeper, oauth


def _make_personal_data_work(needs: IdentityNeeds, ledger: SqlConsentLedger) -> PersonalDataWork:
    return PersonalDataWork(
        needs.engine,
        needs.lines,
        needs.notices,
        secret=needs.secret,
        now=real_now,
        line_ended=_END_WITH_ITS_PEOPLE,
        take_back_all=ledger.take_back_all,
    )


def _make_login(needs: IdentityNeeds, doorkeeper: HallDoorkeeper) -> OperatorLogin | None:
    if needs.login is None:
        return None
    return OperatorLogin(
        needs.login,
        needs.engine,
        needs.lines,
        doorkeeper.sessions,
        needs.notices,
        watch=doorkeeper.watch,
        now=real_now,
    )
