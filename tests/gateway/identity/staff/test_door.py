"""Do the operator's people come in with all that they need, and nobody else?"""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import open_database, read
from gateway.identity.audit.entry import audit_record
from gateway.identity.password import PasswordHashes
from gateway.identity.staff.accounts import add_member, disable_member, reset_member
from gateway.identity.staff.door import HallStaffDoor
from gateway.identity.staff.tables import staff_member, staff_session
from gateway.identity.staff.tries import LOCKED
from graphql_schema.client import Channel, Role
from graphql_schema.door import Turned
from graphql_schema.staff_door import Enrolment, EnrolmentOffer, StaffAdmitted, StaffEvidence
from tests.gateway.identity.conftest import CHEAP, SECRET, Watch
from tests.gateway.identity.staff.conftest import PASSPHRASE, SOURCE, Join, code_of, evidence

pytestmark = pytest.mark.anyio


async def sign_in(door: HallStaffDoor, key: str, watch: Watch) -> str:
    admitted = await door.sign_in(evidence(code_of(key, watch)))
    assert isinstance(admitted, StaffAdmitted)
    assert admitted.token
    return admitted.token


async def test_passphrase_and_authenticator_together_open_the_desk(
    door: HallStaffDoor, join: Join, watch: Watch
) -> None:
    key = await join("1024", Role.ENTERPRISE_ADMIN, organization="A7")
    admitted = await door.sign_in(evidence(code_of(key, watch), staff_id=" １０２４ "))
    assert isinstance(admitted, StaffAdmitted)
    assert admitted.token
    known = await door.admit(admitted.token)
    assert isinstance(known, StaffAdmitted)
    caller = known.caller
    assert (caller.channel, caller.assurance, caller.subscriber) == (Channel.DESK, 2, None)
    assert caller.staff is not None
    assert (caller.staff.id, caller.staff.role, caller.staff.organization) == ("1024", Role.ENTERPRISE_ADMIN, "A7")
    assert known.name == "李工"


@pytest.mark.parametrize("change", ["passphrase", "code", "id", "empty code"])
async def test_one_wrong_thing_is_told_like_any_other(
    door: HallStaffDoor, join: Join, watch: Watch, change: str
) -> None:
    right = code_of(await join(), watch)
    wrong = {
        "passphrase": evidence(right, passphrase="three grey herons at dusk"),
        "code": evidence("000000" if right != "000000" else "000001"),
        "id": evidence(right, staff_id="nobody"),
        "empty code": evidence(""),
    }[change]
    assert await door.sign_in(wrong) == Turned("wrong_credentials", {"tries_left": 4})


@pytest.mark.parametrize("staff_id", ["1001", "nobody", "no\0body\ud800"])
async def test_five_wrong_ones_lock_an_id_for_a_quarter_of_an_hour_whether_it_is_somebodys_or_not(
    door: HallStaffDoor, join: Join, watch: Watch, staff_id: str
) -> None:
    key = await join()
    left = []
    for _ in range(4):
        turned = await door.sign_in(evidence("000000", staff_id=staff_id, passphrase="wrong wrong wrong"))
        assert isinstance(turned, Turned)
        left.append(turned.parameters["tries_left"])
        watch.advance(seconds=1)
    assert left == [4, 3, 2, 1]
    until = {"until": watch() + LOCKED}
    assert await door.sign_in(evidence("000000", staff_id=staff_id)) == Turned("locked", until)
    right = evidence(code_of(key, watch), staff_id=staff_id)
    assert await door.sign_in(right) == Turned("locked", until)
    watch.advance(seconds=LOCKED.total_seconds())
    again = await door.sign_in(evidence(code_of(key, watch), staff_id=staff_id))
    assert isinstance(again, StaffAdmitted if staff_id == "1001" else Turned)


async def test_of_forty_guesses_at_once_five_are_looked_at(door: HallStaffDoor, join: Join) -> None:
    await join()
    sources = [f"192.0.2.{number}" for number in range(40)]
    wrong = [StaffEvidence("1001", "wrong wrong wrong", "000000", source) for source in sources]
    answers = await asyncio.gather(*map(door.sign_in, wrong))
    assert sorted(each.parameters.get("tries_left", -1) for each in answers if isinstance(each, Turned)) == [
        *[-1] * 36, 1, 2, 3, 4,
    ]  # fmt: skip


async def test_a_code_is_used_once_even_twice_at_once(door: HallStaffDoor, join: Join, watch: Watch) -> None:
    code = code_of(await join(), watch)
    both = await asyncio.gather(door.sign_in(evidence(code)), door.sign_in(evidence(code)))
    assert sorted(isinstance(each, StaffAdmitted) for each in both) == [False, True]
    assert isinstance(await door.sign_in(evidence(code)), Turned)


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_clock_may_be_one_step_off(
    door: HallStaffDoor, join: Join, watch: Watch, steps: int, opens: bool
) -> None:
    key = await join()
    watch.advance(minutes=5)
    assert isinstance(await door.sign_in(evidence(code_of(key, watch, steps=steps))), StaffAdmitted) is opens


async def test_after_a_later_code_an_earlier_one_is_void(door: HallStaffDoor, join: Join, watch: Watch) -> None:
    key = await join()
    assert isinstance(await door.sign_in(evidence(code_of(key, watch))), StaffAdmitted)
    assert isinstance(await door.sign_in(evidence(code_of(key, watch, steps=-1))), Turned)


async def test_a_session_ends_after_a_quarter_of_an_hour_of_silence(
    door: HallStaffDoor, join: Join, watch: Watch
) -> None:
    token = await sign_in(door, await join(), watch)
    for _ in range(3):
        watch.advance(minutes=14)
        assert isinstance(await door.admit(token), StaffAdmitted)
    watch.advance(minutes=15)
    assert await door.admit(token) == Turned("session_ended")


async def test_a_busy_session_ends_after_eight_hours(door: HallStaffDoor, join: Join, watch: Watch) -> None:
    token = await sign_in(door, await join(), watch)
    for _ in range(47):
        watch.advance(minutes=10)
        assert isinstance(await door.admit(token), StaffAdmitted)
    watch.advance(minutes=10)
    assert await door.admit(token) == Turned("session_ended")


async def test_signing_in_again_voids_the_token_that_the_browser_had(
    door: HallStaffDoor, join: Join, watch: Watch
) -> None:
    key = await join()
    before = await sign_in(door, key, watch)
    watch.advance(seconds=60)
    after = await door.sign_in(evidence(code_of(key, watch)), instead_of=before)
    assert isinstance(after, StaffAdmitted)
    assert after.token != before
    assert await door.admit(before) == Turned("session_ended")


async def test_signing_out_ends_the_session(door: HallStaffDoor, join: Join, watch: Watch) -> None:
    token = await sign_in(door, await join(), watch)
    await door.sign_out(token)
    assert await door.admit(token) == Turned("session_ended")
    await door.sign_out("an unknown one")


async def test_whoever_is_disabled_is_out_at_once_and_stays_out(
    engine: AsyncEngine, door: HallStaffDoor, join: Join, watch: Watch
) -> None:
    key = await join()
    token = await sign_in(door, key, watch)
    await disable_member(engine, "1001", now=watch())
    assert await door.admit(token) == Turned("session_ended")
    watch.advance(seconds=60)
    assert isinstance(await door.sign_in(evidence(code_of(key, watch))), Turned)


async def test_a_reset_voids_passphrase_authenticator_and_sessions_and_invites_anew(
    engine: AsyncEngine, door: HallStaffDoor, join: Join, watch: Watch
) -> None:
    key = await join()
    token = await sign_in(door, key, watch)
    invitation = await reset_member(engine, "1001", now=watch())
    assert await door.admit(token) == Turned("session_ended")
    watch.advance(seconds=60)
    assert isinstance(await door.sign_in(evidence(code_of(key, watch))), Turned)
    offer = await door.begin_enrolment(invitation.code, source=SOURCE)
    assert isinstance(offer, EnrolmentOffer)
    assert offer.key != key


async def test_an_invitation_lasts_a_day_and_shows_the_same_key_until_it_is_used(
    engine: AsyncEngine, door: HallStaffDoor, watch: Watch
) -> None:
    invitation = await add_member(engine, name="王芳", role=Role.AUDITOR, now=watch())
    first = await door.begin_enrolment(invitation.code.lower().replace("-", " "), source=SOURCE)
    assert isinstance(first, EnrolmentOffer)
    assert await door.begin_enrolment(invitation.code, source=SOURCE) == first
    assert first.address.startswith("otpauth://totp/OneHall:1001?")
    watch.advance(hours=24)
    assert await door.begin_enrolment(invitation.code, source=SOURCE) == Turned("enrolment_refused")
    late = Enrolment(invitation.code, PASSPHRASE, code_of(first.key, watch), SOURCE)
    assert await door.enrol(late) == Turned("enrolment_refused")


async def test_an_invitation_is_used_once_even_twice_at_once(
    engine: AsyncEngine, door: HallStaffDoor, watch: Watch
) -> None:
    invitation = await add_member(engine, name="王芳", role=Role.AUDITOR, now=watch())
    offer = await door.begin_enrolment(invitation.code, source=SOURCE)
    assert isinstance(offer, EnrolmentOffer)
    enrolment = Enrolment(invitation.code, PASSPHRASE, code_of(offer.key, watch), SOURCE)
    both = await asyncio.gather(door.enrol(enrolment), door.enrol(enrolment))
    assert sorted(isinstance(each, StaffAdmitted) for each in both) == [False, True]
    assert await door.begin_enrolment(invitation.code, source=SOURCE) == Turned("enrolment_refused")


async def test_the_code_that_enrols_does_not_also_sign_in(
    engine: AsyncEngine, door: HallStaffDoor, watch: Watch
) -> None:
    invitation = await add_member(engine, name="王芳", role=Role.CARE, now=watch())
    offer = await door.begin_enrolment(invitation.code, source=SOURCE)
    assert isinstance(offer, EnrolmentOffer)
    code = code_of(offer.key, watch)
    assert isinstance(await door.enrol(Enrolment(invitation.code, PASSPHRASE, code, SOURCE)), StaffAdmitted)
    assert isinstance(await door.sign_in(evidence(code)), Turned)


@pytest.mark.parametrize(
    ("passphrase", "reason"),
    [
        ("elevenchars", "too_short"),
        ("          a          ", "too_short"),
        ("abababababababab", "too_plain"),
        ("Password 1234", "common"),
        ("1001 王芳 1001 abc", "part_of_identity"),
        ("x" * 60 + "yzabc" * 20, "too_long"),
    ],
)
async def test_a_passphrase_that_anybody_would_try_is_refused_and_nothing_is_used_up(
    engine: AsyncEngine, door: HallStaffDoor, watch: Watch, passphrase: str, reason: str
) -> None:
    invitation = await add_member(engine, name="王芳", role=Role.CARE, now=watch())
    offer = await door.begin_enrolment(invitation.code, source=SOURCE)
    assert isinstance(offer, EnrolmentOffer)
    code = code_of(offer.key, watch)
    weak = await door.enrol(Enrolment(invitation.code, passphrase, code, SOURCE))
    assert weak == Turned("weak_password", {"reason": reason})
    assert isinstance(await door.enrol(Enrolment(invitation.code, PASSPHRASE, code, SOURCE)), StaffAdmitted)


async def test_an_account_without_authenticator_opens_nothing(
    engine: AsyncEngine, door: HallStaffDoor, watch: Watch
) -> None:
    await add_member(engine, name="王芳", role=Role.CARE, now=watch())
    assert isinstance(await door.sign_in(evidence("")), Turned)


async def test_nothing_that_is_kept_opens_the_desk(
    engine: AsyncEngine, door: HallStaffDoor, join: Join, watch: Watch
) -> None:
    key = await join()
    code = code_of(key, watch)
    token = await sign_in(door, key, watch)
    async with read(engine) as connection:
        tables = (staff_member, staff_session, audit_record)
        kept = [str(row) for table in tables for row in await connection.execute(select(table))]
    for secret in (key, code, token, PASSPHRASE):
        assert not any(secret in row for row in kept)


async def test_who_came_in_and_who_did_not_is_in_the_trail(
    engine: AsyncEngine, door: HallStaffDoor, join: Join, watch: Watch
) -> None:
    key = await join()
    await sign_in(door, key, watch)
    await door.sign_in(evidence("000000"))
    await door.sign_in(evidence("000000", staff_id="nobody"))
    async with read(engine) as connection:
        rows = (await connection.execute(select(audit_record).order_by(audit_record.c.id))).all()
    assert [(row.deed, row.actor, row.outcome) for row in rows] == [
        ("staff_added", "system", "done"),
        ("staff_enrolled", "staff:1001", "done"),
        ("staff_sign_in", "staff:1001", "done"),
        ("staff_sign_in", "staff:1001", "wrong_credentials"),
        ("staff_sign_in", "visitor", "wrong_credentials"),
    ]


async def test_a_database_that_is_gone_keeps_the_desk_shut(watch: Watch) -> None:
    gone = open_database("sqlite:////nowhere/onehall.db")
    door = HallStaffDoor(gone, hashes=PasswordHashes(secret=SECRET, hasher=CHEAP), secret=SECRET, now=watch)
    assert await door.admit("a token") == Turned("unavailable")
    assert await door.sign_in(evidence("000000")) == Turned("unavailable")
    await gone.dispose()
