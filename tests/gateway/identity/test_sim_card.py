"""What does a code open while the SIM card is new?"""

from datetime import timedelta

import pytest

from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.proof import Proved
from graphql_schema.assurance import Factor
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence, Purpose, Turned

from .conftest import NUMBER, PASSWORD, CardOffice, Customer, Hire, Phone, Watch

pytestmark = pytest.mark.anyio


async def test_a_card_that_was_changed_lately_makes_a_code_a_mere_link(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, cards: CardOffice, watch: Watch
) -> None:
    cards.changed_at["L1"] = watch() - timedelta(hours=71)
    await customer.ask()
    admitted = await customer.enter(phone.last_code(NUMBER))
    assert isinstance(admitted, Admitted)
    assert (admitted.caller.assurance, admitted.caller.proofs) == (1, {Factor.LINK: watch()})
    assert admitted.token


async def test_after_three_days_a_code_is_one_again(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, cards: CardOffice, watch: Watch
) -> None:
    cards.changed_at["L1"] = watch() - timedelta(hours=72)
    await customer.ask()
    admitted = await customer.enter(phone.last_code(NUMBER))
    assert admitted.caller.assurance == 2


async def test_a_bss_that_cannot_say_makes_it_a_new_card(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, cards: CardOffice
) -> None:
    cards.down = True
    await customer.ask()
    assert (await customer.enter(phone.last_code(NUMBER))).caller.assurance == 1


async def test_a_password_opens_as_ever(keeper: HallDoorkeeper, cards: CardOffice, watch: Watch) -> None:
    cards.changed_at["L1"] = watch()
    admitted = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB)
    assert isinstance(admitted, Admitted)
    assert admitted.caller.assurance == 2


@pytest.mark.parametrize("purpose", [Purpose.LINK_LINE, Purpose.PAYMENT, Purpose.HELP])
async def test_a_right_code_for_anything_else_is_refused_and_says_until_when(  # noqa: PLR0917
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, cards: CardOffice, watch: Watch, purpose: Purpose
) -> None:
    cards.changed_at["L1"] = watch() - timedelta(hours=1)
    await customer.ask(purpose=purpose, about="138****8002")
    evidence = customer.show(phone.last_code(NUMBER), purpose=purpose, about="138****8002")
    assert await keeper.check_code(evidence) == Turned("sim_changed", {"until": watch() + timedelta(hours=71)})


async def test_a_right_code_for_anything_else_proves_the_line_it_was_texted_to(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, watch: Watch
) -> None:
    await customer.ask(purpose=Purpose.LINK_LINE, about="138****8002")
    evidence = customer.show(phone.last_code(NUMBER), purpose=Purpose.LINK_LINE, about="138****8002")
    assert await keeper.check_code(evidence) == Proved(NUMBER, "L1", Factor.CODE, watch())
    assert await keeper.check_code(evidence) == Turned("code_expired")


async def test_the_age_of_a_card_is_judged_by_the_time_of_the_bss(
    hire: Hire, phone: Phone, cards: CardOffice, watch: Watch
) -> None:
    keeper = hire(business_now=lambda: watch() + timedelta(days=30), sim_settled_after=timedelta(days=1))
    customer = Customer(keeper, phone)
    cards.changed_at["L1"] = watch() + timedelta(days=28)
    await customer.ask()
    assert (await customer.enter(phone.last_code(NUMBER))).caller.assurance == 2
