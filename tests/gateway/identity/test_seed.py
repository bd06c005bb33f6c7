"""Which numbers can sign in from the first minute on?"""

import pytest

from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.seed import seed_credentials
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence

from .conftest import NUMBER, Hire

pytestmark = pytest.mark.anyio
PEOPLE = [(NUMBER, "258001", "L1"), ("02088880009", "258009", "L9")]


async def test_seeded_people_sign_in(hire: Hire) -> None:
    keeper = hire()
    assert await seed_credentials(keeper, PEOPLE) == 2
    for number, password, line_id in PEOPLE:
        admitted = await keeper.admit(PasswordEvidence(number, password, "s"), Channel.WEB)
        assert isinstance(admitted, Admitted)
        assert admitted.caller.subscriber == line_id


async def test_seeding_again_leaves_a_changed_password_alone(keeper: HallDoorkeeper) -> None:
    await keeper.set_password(NUMBER, "471920", line_id="L1")
    assert await seed_credentials(keeper, PEOPLE) == 1
    assert isinstance(await keeper.admit(PasswordEvidence(NUMBER, "471920", "s"), Channel.WEB), Admitted)


async def test_a_weak_password_is_not_seeded(hire: Hire) -> None:
    with pytest.raises(ValueError, match="all_equal"):
        await seed_credentials(hire(), [(NUMBER, "111111", "L1")])
