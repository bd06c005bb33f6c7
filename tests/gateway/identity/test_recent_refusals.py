"""Which budgets were used up a moment ago, and for how long is that believed?"""

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.identity.budget import DAY, Budget, Exhausted, find_window
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.recent_refusals import RecentRefusals
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence, PasswordReset, Purpose, Turned

from .conftest import NUMBER, PASSWORD, Customer, Hire, Phone, Watch

pytestmark = pytest.mark.anyio
TRIES = Budget("tries", 3, DAY)
WRONG, RIGHT = (PasswordEvidence(NUMBER, password, "s") for password in ("999111", PASSWORD))


def _refused(watch: Watch, subject: str = NUMBER) -> Exhausted:
    return Exhausted(find_window(DAY, watch())[1], "tries", subject)


def test_a_refusal_is_believed_for_five_seconds_and_never_past_its_end(watch: Watch) -> None:
    refusals, refused = RecentRefusals(), _refused(watch)
    refusals.note(refused, watch())
    assert refusals.find(((TRIES, NUMBER),), watch()) == refused
    assert refusals.find(((TRIES, "another"),), watch()) is None
    watch.advance(seconds=5)
    assert refusals.find(((TRIES, NUMBER),), watch()) is None
    watch.moment = refused.until
    watch.advance(seconds=-1)
    refusals.note(refused, watch())
    watch.advance(seconds=1)
    assert refusals.find(((TRIES, NUMBER),), watch()) is None


def test_a_clock_that_was_set_back_makes_nothing_believed_for_longer(watch: Watch) -> None:
    refusals = RecentRefusals()
    refusals.note(_refused(watch), watch())
    watch.advance(hours=-1)
    assert refusals.find(((TRIES, NUMBER),), watch()) is None


def test_the_memory_is_bounded(watch: Watch) -> None:
    refusals = RecentRefusals(most=3)
    for index in range(9):
        refusals.note(_refused(watch, f"n{index}"), watch())
    known = [index for index in range(9) if refusals.find(((TRIES, f"n{index}"),), watch())]
    assert known == [6, 7, 8]


async def test_a_flood_at_a_locked_number_asks_the_database_nothing(
    keeper: HallDoorkeeper, watch: Watch, engine: AsyncEngine
) -> None:
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    for _ in range(4):
        await keeper.admit(WRONG, Channel.WEB)
    event.listen(engine.sync_engine, "before_cursor_execute", listen)
    for _ in range(50):
        assert getattr(await keeper.admit(WRONG, Channel.APP), "code", "") == "locked"
    assert said == []
    watch.advance(seconds=5)
    await keeper.admit(WRONG, Channel.APP)
    event.remove(engine.sync_engine, "before_cursor_execute", listen)
    assert said != []


async def test_a_reset_in_another_process_opens_the_door_here_within_five_seconds(
    keeper: HallDoorkeeper, hire: Hire, phone: Phone, watch: Watch
) -> None:
    for _ in range(4):
        await keeper.admit(WRONG, Channel.WEB)
    other = Customer(hire(), phone)
    await other.ask(purpose=Purpose.RESET)
    evidence = other.show(phone.last_code(NUMBER), purpose=Purpose.RESET)
    reset = PasswordReset(evidence, "110101199003078515", "471920")
    assert await other.keeper.reset_password(reset, Channel.WEB) is None
    new = PasswordEvidence(NUMBER, "471920", "s")
    assert isinstance(await keeper.admit(new, Channel.WEB), Turned)
    watch.advance(seconds=5)
    assert isinstance(await keeper.admit(new, Channel.WEB), Admitted)
    assert isinstance(await keeper.admit(RIGHT, Channel.WEB), Turned)
