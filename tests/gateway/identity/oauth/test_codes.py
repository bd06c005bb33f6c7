"""How often is a code good, for whom, and for how long?"""

import pytest
from sqlalchemy import select

from gateway.database import read
from gateway.identity.oauth.tables import authorization_code

from .client_app import ClientApp
from .stage import Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: races are tried on both beside it."""
    return furnished_sqlite_url


async def test_a_wrong_verifier_does_not_use_the_code_up(partner: ClientApp, stage: Stage) -> None:
    code = await partner.ask(await stage.person())
    assert (await partner.redeem(code, code_verifier="v" * 43)).json()["error"] == "invalid_grant"
    assert (await partner.redeem(code)).status_code == 200


@pytest.mark.parametrize("verifier", ["", "short", "v" * 129, "ä" * 43, None])
async def test_what_is_no_verifier_gets_nothing(partner: ClientApp, stage: Stage, verifier: str | None) -> None:
    code = await partner.ask(await stage.person())
    answer = await partner.redeem(code, code_verifier=verifier)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_another_client_can_neither_use_a_code_nor_end_it(
    partner: ClientApp, rival: ClientApp, stage: Stage
) -> None:
    code = await partner.ask(await stage.person())
    assert (await rival.redeem(code, code_verifier=partner.verifier)).json()["error"] == "invalid_grant"
    tokens = (await partner.redeem(code)).json()
    assert (await rival.redeem(code, code_verifier=partner.verifier)).json()["error"] == "invalid_grant"
    assert await partner.opens(tokens["access_token"])


async def test_a_code_is_good_for_a_minute(partner: ClientApp, stage: Stage) -> None:
    first, second = [await partner.ask(await stage.person()) for _ in range(2)]
    stage.clock.advance(seconds=59)
    assert (await partner.redeem(first)).status_code == 200
    stage.clock.advance(seconds=1)
    assert (await partner.redeem(second)).json()["error"] == "invalid_grant"


async def test_the_end_of_the_session_that_consented_voids_its_code(partner: ClientApp, stage: Stage) -> None:
    session = await stage.sign_in()
    caller = await stage.show(session)
    assert caller is not None
    code = await partner.ask(caller)
    await stage.keeper.sign_out(session)
    assert (await partner.redeem(code)).json()["error"] == "invalid_grant"


async def test_the_end_of_the_person_s_session_later_leaves_the_grant(partner: ClientApp, stage: Stage) -> None:
    session = await stage.sign_in()
    caller = await stage.show(session)
    assert caller is not None
    tokens = (await partner.redeem(await partner.ask(caller))).json()
    await stage.keeper.sign_out(session)
    assert await partner.opens(tokens["access_token"])


async def test_no_code_stands_in_the_database(partner: ClientApp, stage: Stage) -> None:
    code = await partner.ask(await stage.person())
    async with read(stage.engine) as connection:
        row = (await connection.execute(select(authorization_code))).one()
    assert code not in str(row)
