"""Which device is this, and what is it good for?"""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.audit.entry import audit_record
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.tables import device
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, LinkEvidence, PasswordEvidence, Purpose, Turned

from .conftest import NUMBER, PASSWORD, CardOffice, Customer, KnownLines, Letters, Phone, Watch

pytestmark = pytest.mark.anyio
WRONG = "999111"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/149.0.0.0 Safari/537.36"


async def _enter(
    keeper: HallDoorkeeper, password: str = PASSWORD, device: str | None = None, *, number: str = NUMBER
) -> Admitted | Turned:
    return await keeper.admit(PasswordEvidence(number, password, "s", device, CHROME), Channel.WEB)


async def _prove(keeper: HallDoorkeeper) -> str:
    admitted = await _enter(keeper)
    assert isinstance(admitted, Admitted)
    assert admitted.device
    return admitted.device


async def test_a_device_gets_its_secret_once(keeper: HallDoorkeeper) -> None:
    first = await _enter(keeper)
    assert isinstance(first, Admitted)
    assert len(first.device or "") >= 43
    again = await _enter(keeper, device=first.device)
    assert isinstance(again, Admitted)
    assert (again.device, again.caller.device) == (None, first.caller.device)


async def test_a_secret_that_is_not_ours_is_replaced_and_never_kept(keeper: HallDoorkeeper) -> None:
    first = await _enter(keeper, device="chosen by somebody else")
    assert isinstance(first, Admitted)
    assert first.device not in (None, "chosen by somebody else")
    second = await _enter(keeper, device="chosen by somebody else")
    assert isinstance(second, Admitted)
    assert second.caller.device != first.caller.device


async def test_who_locks_a_number_does_not_lock_its_owners_device(keeper: HallDoorkeeper) -> None:
    secret = await _prove(keeper)
    for _ in range(5):
        await _enter(keeper, WRONG)
    assert getattr(await _enter(keeper), "code", "") == "locked"
    assert isinstance(await _enter(keeper, device=secret), Admitted)
    assert getattr(await _enter(keeper), "code", "") == "locked"  # what the owner can do opens nothing to others


async def test_a_proved_device_has_three_tries_and_uses_up_nobody_elses(keeper: HallDoorkeeper) -> None:
    secret = await _prove(keeper)
    codes = [getattr(await _enter(keeper, WRONG, secret), "code", "") for _ in range(4)]
    assert codes == ["wrong_credentials", "wrong_credentials", "locked", "locked"]
    assert getattr(await _enter(keeper, device=secret), "code", "") == "locked"
    assert isinstance(await _enter(keeper), Admitted)


async def test_a_device_that_proved_another_number_shares_the_tries_of_this_one(
    keeper: HallDoorkeeper, lines: KnownLines
) -> None:
    lines.ids["13800138002"] = "L2"
    await keeper.set_password("13800138002", "471920", line_id="L2")
    secret = await _prove(keeper)
    for _ in range(3):
        await _enter(keeper, WRONG, secret, number="13800138002")
    assert getattr(await _enter(keeper, "471920", number="13800138002"), "code", "") == "locked"
    assert isinstance(await _enter(keeper, device=secret), Admitted)


async def test_a_device_that_only_a_link_has_proved_has_no_tries_of_its_own(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, cards: CardOffice
) -> None:
    cards.down = True
    await customer.ask()
    weak = await customer.enter(phone.last_code(NUMBER))
    assert weak.caller.assurance == 1
    for _ in range(3):
        await _enter(keeper, WRONG, weak.device)
    assert getattr(await _enter(keeper), "code", "") == "locked"


async def test_a_number_that_changed_hands_leaves_the_former_owners_device_nothing(
    keeper: HallDoorkeeper, lines: KnownLines
) -> None:
    secret = await _prove(keeper)
    lines.ids[NUMBER] = "L2"
    await keeper.set_password(NUMBER, "471920", line_id="L2")
    for _ in range(3):
        await _enter(keeper, WRONG, secret)
    assert getattr(await _enter(keeper, "471920"), "code", "") == "locked"  # its tries were the shared ones


async def test_the_owner_hears_of_a_new_device_once(
    keeper: HallDoorkeeper, letters: Letters, engine: AsyncEngine
) -> None:
    secret = await _prove(keeper)
    await _enter(keeper, device=secret)
    assert letters.sent == [(NUMBER, "new_device", {"device": "Chrome · Windows"})]
    async with read(engine) as connection:
        notes = (await connection.execute(select(audit_record.c.deed, audit_record.c.note))).all()
    assert [tuple(note) for note in notes] == [("sign_in", "Chrome · Windows")] * 2


async def test_a_step_up_proves_the_device_as_well(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, cards: CardOffice
) -> None:
    cards.down = True
    await customer.ask()
    weak = await customer.enter(phone.last_code(NUMBER))
    await keeper.step_up(weak.token, PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB)
    for _ in range(3):
        await _enter(keeper, WRONG)
    assert isinstance(await _enter(keeper, device=weak.device), Admitted)


async def test_a_dialogue_is_no_device(keeper: HallDoorkeeper, letters: Letters) -> None:
    admitted = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s", "x"), Channel.IVR)
    assert isinstance(admitted, Admitted)
    assert (admitted.device, admitted.caller.device) == (None, None)
    assert isinstance(await keeper.admit(LinkEvidence(NUMBER, "sms"), Channel.SMS), Admitted)
    assert letters.sent == []


async def test_a_code_is_bound_to_the_device_that_asked(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone
) -> None:
    secret = await _prove(keeper)
    await customer.ask(device=secret)
    code = phone.last_code(NUMBER)
    for other in (None, "another"):
        assert getattr(await customer.enter(code, device=other), "code", "") == "wrong_credentials"
    assert isinstance(await customer.enter(code, device=secret), Admitted)


async def test_no_secret_of_a_device_stands_in_the_database_or_in_a_repr(
    keeper: HallDoorkeeper, engine: AsyncEngine
) -> None:
    admitted = await _enter(keeper)
    assert isinstance(admitted, Admitted)
    assert admitted.device
    assert admitted.device not in repr(admitted)
    assert admitted.device not in repr(PasswordEvidence(NUMBER, PASSWORD, "s", admitted.device))
    async with read(engine) as connection:
        row = (await connection.execute(select(device))).one()
    assert admitted.device not in {str(value) for value in row}


async def test_devices_are_forgotten_after_more_than_a_year(  # noqa: PLR0917
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, cards: CardOffice, watch: Watch, engine: AsyncEngine
) -> None:
    async def count() -> int:
        await keeper.purge()
        async with read(engine) as connection:
            return len((await connection.execute(select(device))).all())

    await _prove(keeper)
    cards.down = True
    await customer.ask(purpose=Purpose.SIGN_IN)
    await customer.enter(phone.last_code(NUMBER))  # by a link alone: it has proved nothing
    assert await count() == 2
    watch.advance(days=31)
    assert await count() == 1
    watch.advance(days=370)
    assert await count() == 0
