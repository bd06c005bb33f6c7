"""Can anybody check that it is really the operator, and can nobody guess or learn more than that?"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.contact.desk import SqlContacts, contact_forgetter, forget_contacts, forget_line
from gateway.identity.contact.messages import note_holder
from gateway.identity.contact.tables import contact
from gateway.identity.contact.tries import VISITORS
from gateway.identity.staff.tables import staff_member
from gateway.identity.tables import to_us
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import BadArgument, Locked, NotFound
from graphql_schema.types.contact import Contact, ContactKind, ContactPurpose
from notifications.sms_queue import Lane
from notifications.tables import metadata as messages
from notifications.tables import outbound_sms
from tests.fakes.operator import FakeOperator, line_of
from tests.gateway.identity.conftest import SECRET, Watch

pytestmark = pytest.mark.anyio
NUMBER, OTHER = "13800138001", "13800138002"
CARE = Caller(Channel.DESK, assurance=2, staff=Staff("1024", Role.CARE), session="s1")
OWNER = Caller(Channel.WEB, subscriber="L1", number=NUMBER, assurance=2)
NEIGHBOUR = Caller(Channel.APP, subscriber="L2", number=OTHER, assurance=2)
VISITOR = Caller(Channel.WEB)
MIDNIGHT = timedelta(hours=12)
"""How far it is from the watch's noon."""


@pytest.fixture
def operator() -> FakeOperator:
    operator = FakeOperator()
    operator.put(line_of(NUMBER, "L1"), line_of(OTHER, "L2"))
    return operator


@pytest.fixture
async def engine_with_staff(engine: AsyncEngine, watch: Watch) -> AsyncEngine:
    member = {"id": "1024", "name": "李工", "role": "care", "active": True, "totp_step": 0}
    async with write(engine) as connection:
        await connection.run_sync(messages.create_all)
        await connection.execute(staff_member.insert().values(**member, added_at_us=to_us(watch())))
    return engine


@pytest.fixture
def contacts(engine_with_staff: AsyncEngine, operator: FakeOperator, watch: Watch) -> SqlContacts:
    return SqlContacts(engine_with_staff, operator, secret=SECRET, now=watch)


async def open_contact(
    contacts: SqlContacts, number: str = NUMBER, *, deed: str = "D1", minutes: int = 60
) -> tuple[Contact, str]:
    return await contacts.open(Deed(deed, CARE), number, ContactKind.CALL, ContactPurpose.FAULT, minutes)


def wrong(code: str, more: int = 1) -> str:
    return f"{(int(code) + more) % 10**8:08}"


async def fetch(engine: AsyncEngine, table: Any) -> Sequence[Row[Any]]:
    async with read(engine) as connection:
        return (await connection.execute(select(table))).all()


async def send(engine: AsyncEngine, at: datetime, *, lane: Lane, state: str = "sent", number: str = NUMBER) -> None:
    row = {
        "key": f"{number}{lane}{at}{state}", "recipient": number, "text": "a secret text", "lane": int(lane),
        "state": state, "attempts": 1, "created_at_us": to_us(at), "not_after_at_us": to_us(at), "free_at_us": 0,
    }  # fmt: skip
    async with write(engine) as connection:
        await connection.execute(outbound_sms.insert().values(**row))


async def test_the_line_learns_who_calls_about_what_and_until_when(contacts: SqlContacts, watch: Watch) -> None:
    opened, code = await open_contact(contacts)
    assert len(code) == 8
    assert code.isdigit()
    for caller, typed, number in ((OWNER, code, None), (OWNER, f" {code[:4]} {code[4:]} ", "138 0013 8001")):
        answer = await contacts.check(caller, typed, number)
        assert answer.genuine
        assert answer.contact == opened
    assert (opened.person, opened.badge, opened.kind, opened.purpose) == (
        "李工", "1024", ContactKind.CALL, ContactPurpose.FAULT,
    )  # fmt: skip
    assert (opened.at, opened.valid_until) == (watch(), watch() + timedelta(hours=1))


@pytest.mark.parametrize("caller", [VISITOR, NEIGHBOUR, replace(CARE, staff=Staff("1001", Role.CARE))])
async def test_whoever_names_code_and_number_learns_that_it_is_genuine_and_no_more(
    contacts: SqlContacts, caller: Caller
) -> None:
    _, code = await open_contact(contacts)
    answer = await contacts.check(caller, code, NUMBER)
    assert (answer.genuine, answer.contact) == (True, None)


async def test_a_code_is_right_for_its_own_line_alone(contacts: SqlContacts) -> None:
    _, code = await open_contact(contacts)
    assert not (await contacts.check(NEIGHBOUR, code, None)).genuine
    assert not (await contacts.check(VISITOR, code, OTHER)).genuine


async def test_a_visitor_has_to_name_the_number(contacts: SqlContacts) -> None:
    for number in (None, "nonsense"):
        with pytest.raises(BadArgument):
            await contacts.check(VISITOR, "12345678", number)


async def test_a_code_ends_when_its_time_is_over(contacts: SqlContacts, watch: Watch) -> None:
    _, code = await open_contact(contacts, minutes=10)
    watch.advance(minutes=9, seconds=59)
    assert (await contacts.check(OWNER, code, None)).genuine
    watch.advance(seconds=1)
    assert not (await contacts.check(OWNER, code, None)).genuine


@pytest.mark.parametrize(("caller", "number"), [(OWNER, None), (VISITOR, NUMBER), (NEIGHBOUR, NUMBER)])
async def test_five_wrong_ones_a_day_lock_it_until_midnight(
    contacts: SqlContacts, watch: Watch, caller: Caller, number: str | None
) -> None:
    _, code = await open_contact(contacts, minutes=1440)
    for more in range(1, 6):
        assert not (await contacts.check(caller, wrong(code, more), number)).genuine
    with pytest.raises(Locked) as locked:
        await contacts.check(caller, code, number)
    assert locked.value.parameters["until"] == watch() + MIDNIGHT
    watch.advance(hours=12)
    assert (await contacts.check(caller, code, number)).genuine


async def test_strangers_can_not_keep_the_owner_from_asking(contacts: SqlContacts) -> None:
    _, code = await open_contact(contacts)
    for more in range(1, 6):
        await contacts.check(VISITOR, wrong(code, more), NUMBER)
    with pytest.raises(Locked):
        await contacts.check(NEIGHBOUR, code, NUMBER)
    assert (await contacts.check(OWNER, code, None)).genuine


async def test_one_line_that_guesses_at_many_numbers_is_stopped(contacts: SqlContacts, operator: FakeOperator) -> None:
    for more in range(5):
        await contacts.check(NEIGHBOUR, "00000000", f"1390013900{more}")
    with pytest.raises(Locked):
        await contacts.check(NEIGHBOUR, "00000000", NUMBER)


async def test_a_right_code_gives_back_its_own_try_and_no_other(contacts: SqlContacts) -> None:
    _, code = await open_contact(contacts)
    for more in range(1, 5):
        await contacts.check(OWNER, wrong(code, more), None)
        assert (await contacts.check(OWNER, code, None)).genuine
    await contacts.check(OWNER, wrong(code, 5), None)
    with pytest.raises(Locked):
        await contacts.check(OWNER, wrong(code, 6), None)


async def test_of_thirty_guesses_at_once_five_are_looked_at(contacts: SqlContacts) -> None:
    _, code = await open_contact(contacts)
    guesses = (contacts.check(VISITOR, wrong(code, more), NUMBER) for more in range(1, 31))
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["ContactCheck"] * 5 + ["Locked"] * 25


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "１２３４５６７x", "abcdefgh", "1234\x005678"])
async def test_what_can_be_no_code_is_not_genuine_and_costs_no_try(contacts: SqlContacts, typed: str) -> None:
    _, code = await open_contact(contacts)
    for _ in range(7):
        assert not (await contacts.check(OWNER, typed, None)).genuine
    assert (await contacts.check(OWNER, code, None)).genuine


async def test_all_visitors_together_have_so_many_checks_a_minute(
    contacts: SqlContacts, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.identity.contact.tries.VISITORS", replace(VISITORS, limit=3))
    for more in range(3):
        await contacts.check(VISITOR, "00000000", f"1390013900{more}")
    with pytest.raises(Locked) as locked:
        await contacts.check(VISITOR, "00000000", "13900139009")
    assert locked.value.parameters["until"] == watch() + timedelta(minutes=1)
    _, code = await open_contact(contacts)
    assert (await contacts.check(OWNER, code, None)).genuine


async def test_the_same_deed_opens_one_contact_with_one_code(
    contacts: SqlContacts, engine_with_staff: AsyncEngine
) -> None:
    assert await open_contact(contacts) == await open_contact(contacts)
    assert len(await fetch(engine_with_staff, contact)) == 1
    _, other = await open_contact(contacts, deed="D2")
    assert other != (await open_contact(contacts))[1]
    assert len(await fetch(engine_with_staff, audit_record)) == 2


async def test_two_living_contacts_of_a_line_are_told_apart(contacts: SqlContacts, watch: Watch) -> None:
    first, code = await open_contact(contacts)
    watch.advance(minutes=1)
    second, other = await open_contact(contacts, deed="D2")
    assert (await contacts.check(OWNER, code, None)).contact == first
    assert (await contacts.check(OWNER, other, None)).contact == second


async def test_nothing_that_is_kept_tells_a_code(contacts: SqlContacts, engine_with_staff: AsyncEngine) -> None:
    _, code = await open_contact(contacts)
    kept = [*await fetch(engine_with_staff, contact), *await fetch(engine_with_staff, audit_record)]
    assert not any(code in str(row) for row in kept)


async def test_opening_is_in_the_trail_of_the_line(contacts: SqlContacts, engine_with_staff: AsyncEngine) -> None:
    await open_contact(contacts)
    (row,) = await fetch(engine_with_staff, audit_record)
    assert (row.deed, row.actor, row.subject, row.note) == ("openContact", "staff:1024", "L1", "call · fault")


@pytest.mark.parametrize(
    ("number", "kind", "purpose", "refusal"),
    [
        ("13900139009", ContactKind.CALL, ContactPurpose.FAULT, NotFound),
        ("nonsense", ContactKind.CALL, ContactPurpose.FAULT, NotFound),
        (NUMBER, ContactKind.MESSAGE, ContactPurpose.FAULT, BadArgument),
        (NUMBER, ContactKind.VISIT, ContactPurpose.CODE, BadArgument),
    ],
)
async def test_what_is_no_contact_of_a_colleague_is_refused(
    contacts: SqlContacts, number: str, kind: ContactKind, purpose: ContactPurpose, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await contacts.open(Deed("D1", CARE), number, kind, purpose, 60)


async def test_nobody_but_a_colleague_opens_one(contacts: SqlContacts) -> None:
    for caller in (OWNER, replace(CARE, staff=Staff("1999", Role.CARE))):
        with pytest.raises(NotFound):
            await contacts.open(Deed("D1", caller), NUMBER, ContactKind.CALL, ContactPurpose.BILL, 60)


async def test_what_we_said_lately_is_listed_newest_first_and_without_a_text(
    contacts: SqlContacts, engine_with_staff: AsyncEngine, watch: Watch
) -> None:
    for lane in Lane:
        await send(engine_with_staff, watch(), lane=lane)
        watch.advance(minutes=1)
    await open_contact(contacts)
    watch.advance(minutes=1)
    await send(engine_with_staff, watch(), lane=Lane.CODE, state="delivered")
    for state in ("queued", "leased", "failed", "expired"):
        await send(engine_with_staff, watch(), lane=Lane.ALERT, state=state)
    await send(engine_with_staff, watch(), lane=Lane.CODE, number=OTHER)
    recent = await contacts.fetch_recent(OWNER, first=20)
    assert [(each.kind.name, each.purpose.name) for each in recent] == [
        ("MESSAGE", "CODE"),
        ("CALL", "FAULT"),
        ("MESSAGE", "ACCOUNT"),
        ("MESSAGE", "ANSWER"),
        ("MESSAGE", "ANSWER"),
        ("MESSAGE", "ALERT"),
        ("MESSAGE", "CODE"),
    ]
    assert all((each.person, each.badge, each.valid_until) == ("", "", None) for each in recent if each.id[:3] == "sms")
    assert "a secret text" not in repr([each.__dict__ for each in recent])
    assert len(await contacts.fetch_recent(OWNER, first=2)) == 2


@pytest.mark.parametrize("told", ["by number", "by line", "by nobody"])
async def test_the_new_owner_of_a_number_sees_nothing_old(
    contacts: SqlContacts, engine_with_staff: AsyncEngine, operator: FakeOperator, watch: Watch, told: str
) -> None:
    _, code = await open_contact(contacts, minutes=1440)
    await send(engine_with_staff, watch(), lane=Lane.CODE)
    assert len(await contacts.fetch_recent(OWNER, first=20)) == 2
    watch.advance(minutes=5)
    operator.put(line_of(NUMBER, "L99"))
    new_owner = replace(OWNER, subscriber="L99")
    assert not (await contacts.check(new_owner, code, None)).genuine
    async with write(engine_with_staff) as connection:
        if told == "by number":
            await forget_line(connection, "L1", NUMBER, now=watch())
        if told == "by line":
            await contact_forgetter(watch)(connection, "L1")
    assert await contacts.fetch_recent(new_owner, first=20) == []
    watch.advance(minutes=5)
    await send(engine_with_staff, watch(), lane=Lane.ALERT)
    assert [each.purpose for each in await contacts.fetch_recent(new_owner, first=20)] == [ContactPurpose.ALERT]
    if told != "by nobody":
        assert not (await contacts.check(VISITOR, code, NUMBER)).genuine
        assert await fetch(engine_with_staff, contact) == []


async def test_news_of_an_ended_line_that_come_late_take_nothing_from_the_new_owner(
    contacts: SqlContacts, engine_with_staff: AsyncEngine, watch: Watch
) -> None:
    await open_contact(contacts)
    await contacts.fetch_recent(OWNER, first=20)
    watch.advance(minutes=5)
    new_owner = replace(OWNER, subscriber="L99")
    await contacts.fetch_recent(new_owner, first=20)
    watch.advance(minutes=5)
    await send(engine_with_staff, watch(), lane=Lane.ALERT)
    watch.advance(minutes=5)
    async with write(engine_with_staff) as connection:
        await forget_line(connection, "L1", NUMBER, now=watch())
    assert len(await contacts.fetch_recent(new_owner, first=20)) == 1


@pytest.mark.parametrize("noted", [True, False])
async def test_a_number_that_changed_hands_before_anybody_looked_is_known_by_its_last_holder(
    contacts: SqlContacts, engine_with_staff: AsyncEngine, watch: Watch, noted: bool
) -> None:
    """Whoever texts a code notes whose number it is: without that, nobody could know."""
    await send(engine_with_staff, watch(), lane=Lane.CODE)
    watch.advance(minutes=5)
    async with write(engine_with_staff) as connection:
        if noted:
            await note_holder(connection, NUMBER, "L1", now=watch())
        await note_holder(connection, NUMBER, "L99", now=watch())
    seen = await contacts.fetch_recent(replace(OWNER, subscriber="L99"), first=20)
    assert len(seen) == (0 if noted else 1)


async def test_contacts_are_forgotten_after_half_a_year(
    contacts: SqlContacts, engine_with_staff: AsyncEngine, watch: Watch
) -> None:
    await open_contact(contacts)
    for days, kept in ((179, 1), (181, 0)):
        async with write(engine_with_staff) as connection:
            await forget_contacts(connection, now=watch() + timedelta(days=days))
        assert len(await fetch(engine_with_staff, contact)) == kept
