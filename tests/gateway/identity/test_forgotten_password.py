"""How does somebody who forgot the service password get a new one?"""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.audit.entry import audit_record
from gateway.identity.doorkeeper import HallDoorkeeper
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence, PasswordReset, Purpose, TokenEvidence, Turned
from graphql_schema.types.line import LineState

from .conftest import (
    NUMBER,
    PASSWORD,
    STRANGER,
    CardOffice,
    Customer,
    Hire,
    IdOffice,
    KnownLines,
    Letters,
    Phone,
    Watch,
)

pytestmark = pytest.mark.anyio
ID, NEW = "110101199003078515", "471920"
WRONG = Turned("wrong_credentials")
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)  # in Shanghai


class Forgetful:
    """Somebody who asks for a code and resets with it."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer

    async def ask(self, number: str = NUMBER) -> str:
        await self.customer.ask(number, Purpose.RESET)
        return next((code for owner, code in reversed(self.customer.phone.codes) if owner == number), "000000")

    async def reset(
        self, code: str, identity: str = ID, new: str = NEW, number: str = NUMBER, channel: Channel = Channel.WEB
    ) -> Turned | None:
        evidence = self.customer.show(code, number, Purpose.RESET)
        return await self.customer.keeper.reset_password(PasswordReset(evidence, identity, new), channel)


@pytest.fixture
def forgetful(customer: Customer) -> Forgetful:
    return Forgetful(customer)


async def _enter(keeper: HallDoorkeeper, password: str) -> Admitted | Turned:
    return await keeper.admit(PasswordEvidence(NUMBER, password, "s"), Channel.WEB)


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_code_and_id_set_a_new_password(keeper: HallDoorkeeper, forgetful: Forgetful) -> None:
    assert await forgetful.reset(await forgetful.ask(), "1101 0119 9003 0785 15", "４７１９２０") is None
    assert isinstance(await _enter(keeper, PASSWORD), Turned)
    assert isinstance(await _enter(keeper, NEW), Admitted)


async def test_it_ends_every_session_and_what_devices_had_proved(keeper: HallDoorkeeper, forgetful: Forgetful) -> None:
    before = await _enter(keeper, PASSWORD)
    assert isinstance(before, Admitted)
    await forgetful.reset(await forgetful.ask())
    assert await keeper.admit(TokenEvidence(before.token or ""), Channel.WEB) == Turned("session_ended")
    wrong = PasswordEvidence(NUMBER, "999111", "s", before.device)
    for _ in range(3):
        await keeper.admit(wrong, Channel.WEB)
    assert getattr(await _enter(keeper, NEW), "code", "") == "locked"  # its tries are the shared ones now


async def test_call_records_rest_for_a_day(keeper: HallDoorkeeper, forgetful: Forgetful, watch: Watch) -> None:
    await forgetful.reset(await forgetful.ask())
    admitted = await _enter(keeper, NEW)
    assert isinstance(admitted, Admitted)
    assert admitted.caller.rests_until == watch() + timedelta(hours=24)
    watch.advance(hours=24)
    later = await _enter(keeper, NEW)
    assert isinstance(later, Admitted)
    assert later.caller.rests_until is None


async def test_the_owner_and_the_trail_are_told(
    keeper: HallDoorkeeper, forgetful: Forgetful, letters: Letters, engine: AsyncEngine
) -> None:
    await _enter(keeper, PASSWORD)
    await forgetful.reset(await forgetful.ask())
    assert letters.kinds() == ["new_device", "password_reset"]
    async with read(engine) as connection:
        rows = (await connection.execute(select(audit_record).order_by(audit_record.c.id))).all()
    assert [(row.deed, row.outcome, row.note) for row in rows][1:] == [
        ("code_sent", "done", "reset"),
        ("password_reset", "done", ""),
        ("sessions_ended", "done", "1"),
    ]


async def test_a_wrong_number_code_or_id_is_refused_in_the_same_words(forgetful: Forgetful) -> None:
    code = await forgetful.ask()
    await forgetful.ask(STRANGER)
    answers = [
        await forgetful.reset(_other(code)),
        await forgetful.reset(code, "110101199003078516"),
        await forgetful.reset("000000", number=STRANGER),
    ]
    assert answers == [WRONG] * 3
    assert await forgetful.reset(code) is None  # a typing error costs a try, not the code


async def test_refusals_take_the_same_time(hire: Hire, phone: Phone, keeper: HallDoorkeeper) -> None:
    forgetful = Forgetful(Customer(hire(refusal_seconds=0.4), phone))
    code = await forgetful.ask()
    await forgetful.ask(STRANGER)
    for deed in (
        forgetful.reset(_other(code)),
        forgetful.reset(code, "110101199003078516"),
        forgetful.reset("000000", number=STRANGER),
    ):
        began = time.monotonic()
        assert await deed == WRONG
        assert 0.38 < time.monotonic() - began < 0.6


async def test_the_id_is_asked_for_three_times_a_day_and_only_with_a_right_code(
    forgetful: Forgetful, ids: IdOffice
) -> None:
    code = await forgetful.ask()
    assert await forgetful.reset(_other(code)) == WRONG
    assert ids.asked == []
    answers = [await forgetful.reset(code, "110101199003078516") for _ in range(4)]
    assert answers == [WRONG, WRONG, WRONG, Turned("locked", {"until": MIDNIGHT})]
    assert ids.asked == ["L1"] * 3


async def test_of_many_ids_at_once_three_are_looked_at(forgetful: Forgetful, ids: IdOffice, watch: Watch) -> None:
    code = await forgetful.ask()
    verdicts = await asyncio.gather(*(forgetful.reset(code, f"11010119900307851{i}") for i in range(5)))
    verdicts += await asyncio.gather(*(forgetful.reset(code, f"11010119900307852{i}") for i in range(5)))
    assert len(ids.asked) <= 3
    assert sum(verdict is None for verdict in verdicts) <= 1


async def test_of_two_right_ones_at_once_one_sets_the_password(forgetful: Forgetful) -> None:
    code = await forgetful.ask()
    answers = await asyncio.gather(forgetful.reset(code, new=NEW), forgetful.reset(code, new="582031"))
    assert answers.count(None) == 1
    assert Turned("code_expired") in answers


async def test_a_code_for_anything_else_resets_nothing(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone
) -> None:
    await customer.ask()
    evidence = customer.show(phone.last_code(NUMBER))
    for purpose in (Purpose.SIGN_IN, Purpose.RESET):
        reset = PasswordReset(replace(evidence, purpose=purpose), ID, NEW)
        assert isinstance(await keeper.reset_password(reset, Channel.WEB), Turned)
    assert isinstance(await _enter(keeper, PASSWORD), Admitted)


@pytest.mark.parametrize(
    ("new", "reason"),
    [("12345", "not_six_digits"), ("111111", "all_equal"), ("123456", "run"), ("199003", "part_of_identity")],
)
async def test_a_weak_one_is_refused_before_the_code_is_looked_at(forgetful: Forgetful, new: str, reason: str) -> None:
    code = await forgetful.ask()
    for _ in range(6):
        assert await forgetful.reset(code, new=new) == Turned("weak_password", {"reason": reason})
    assert await forgetful.reset(code) is None


async def test_a_suspended_line_cannot_and_a_barred_one_can(forgetful: Forgetful, lines: KnownLines) -> None:
    code = await forgetful.ask()
    lines.states[NUMBER] = LineState.SUSPENDED
    assert await forgetful.reset(code) == Turned("line_suspended")
    lines.states[NUMBER] = LineState.OUTGOING_BARRED
    assert await forgetful.reset(code) is None


async def test_a_new_sim_card_resets_nothing(
    forgetful: Forgetful, cards: CardOffice, ids: IdOffice, watch: Watch
) -> None:
    code = await forgetful.ask()
    cards.changed_at["L1"] = watch()
    assert await forgetful.reset(code) == Turned("sim_changed", {"until": watch() + timedelta(hours=72)})
    assert ids.asked == []


async def test_while_the_bss_is_down_nothing_is_reset_and_the_code_stays_good(
    forgetful: Forgetful, ids: IdOffice
) -> None:
    code = await forgetful.ask()
    ids.down = True
    assert await forgetful.reset(code) == Turned("unavailable")
    ids.down = False
    assert await forgetful.reset(code) is None


async def test_a_reset_gives_the_tries_of_a_locked_number_back(keeper: HallDoorkeeper, forgetful: Forgetful) -> None:
    for _ in range(4):
        await _enter(keeper, "999111")
    await forgetful.reset(await forgetful.ask())
    assert isinstance(await _enter(keeper, NEW), Admitted)


async def test_what_is_no_number_is_said_so(forgetful: Forgetful) -> None:
    assert await forgetful.reset("123456", number="10086") == Turned("invalid_number")


def test_no_secret_stands_in_a_repr() -> None:
    evidence = Customer.__new__(Customer)
    evidence._challenges, evidence.source = {}, "s"
    shown = repr(PasswordReset(evidence.show("123456", purpose=Purpose.RESET), ID, NEW))
    assert not [secret for secret in ("123456", ID, NEW) if secret in shown]
