"""How often is a code good, for whom, and for how long?"""

import asyncio

import pytest
from sqlalchemy import select

from gateway.database import read
from gateway.identity.audit.entry import audit_record
from gateway.identity.oauth.tables import authorization_code, oauth_grant
from graphql_schema.door import ConsentQuestion, LeadTo, Turned

from .client_app import ClientApp
from .stage import Stage

pytestmark = pytest.mark.anyio


async def test_of_two_that_redeem_a_code_at_once_one_wins_at_most_and_nothing_stays(
    partner: ClientApp, stage: Stage
) -> None:
    code = await partner.ask(await stage.person())
    answers = await asyncio.gather(*(partner.redeem(code) for _ in range(6)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert not await partner.opens(won[0]["access_token"])
    assert (await partner.refresh(won[0]["refresh_token"])).json()["error"] == "invalid_grant"
    async with read(stage.engine) as connection:
        assert (await connection.execute(select(oauth_grant))).all() == []


async def test_a_code_shown_again_later_ends_what_it_got(partner: ClientApp, stage: Stage) -> None:
    code = await partner.ask(await stage.person())
    tokens = (await partner.redeem(code)).json()
    assert await partner.opens(tokens["access_token"])
    stage.clock.advance(minutes=5)
    await stage.server.purge()
    assert (await partner.redeem(code)).json()["error"] == "invalid_grant"
    assert not await partner.opens(tokens["access_token"])
    assert await _deeds(stage) == ["oauth_consent", "oauth_grant", "oauth_code_reused"]


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


async def test_codes_are_forgotten_after_a_day(partner: ClientApp, stage: Stage) -> None:
    await partner.ask(await stage.person())
    for hours, left in ((23, 1), (2, 0)):
        stage.clock.advance(hours=hours)
        await stage.server.purge()
        async with read(stage.engine) as connection:
            assert len((await connection.execute(select(authorization_code))).all()) == left


async def test_of_many_answers_at_once_one_counts(partner: ClientApp, stage: Stage) -> None:
    caller, consents = await stage.person(), stage.server.consents
    asked = await consents.examine(partner.wish(), caller)
    assert isinstance(asked, ConsentQuestion)
    answers = await asyncio.gather(*(consents.decide(asked.request, granted=True, caller=caller) for _ in range(5)))
    assert sum(isinstance(answer, LeadTo) for answer in answers) == 1
    assert answers.count(Turned("bad_request")) == 4


async def _deeds(stage: Stage) -> list[str]:
    asked = select(audit_record.c.deed).where(audit_record.c.deed.like("oauth%")).order_by(audit_record.c.id)
    async with read(stage.engine) as connection:
        return [deed for deed in (await connection.execute(asked)).scalars() if deed != "oauth_client_add"]
