"""What is a person asked, by whom, and how often?"""

from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.database import open_database, read
from gateway.identity.oauth.tables import authorization_request
from graphql_schema.client import Channel
from graphql_schema.door import ConsentQuestion, LeadTo, MustProve, Turned
from graphql_schema.identity_ports import Deed
from graphql_schema.types.consent import ConsentPurpose

from .client_app import ClientApp, read_query
from .stage import BACK, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: races are tried on both beside it."""
    return furnished_sqlite_url


def _error(verdict: object) -> str:
    assert isinstance(verdict, LeadTo), verdict
    query = read_query(verdict.address)
    assert verdict.address.startswith(BACK + "?")
    assert query["iss"] == "https://hall.example"
    assert query["state"] == "state-1"
    return query["error"]


async def test_a_person_reads_who_asks_for_what_and_where_it_goes(partner: ClientApp, stage: Stage) -> None:
    asked = await stage.server.consents.examine(partner.wish(scope="openid line inbox"), await stage.person())
    assert isinstance(asked, ConsentQuestion)
    assert (asked.client_name, asked.client_host, asked.scopes) == ("Partner 商城", "127.0.0.1", ("openid", "line"))
    assert asked.request not in repr(asked)


async def test_nobody_else_answers_nor_does_the_same_person_in_another_session(
    partner: ClientApp, stage: Stage
) -> None:
    caller, consents = await stage.person(), stage.server.consents
    asked = await consents.examine(partner.wish(), caller)
    assert isinstance(asked, ConsentQuestion)
    weaker = replace(caller, assurance=1)
    for other in (await stage.person("13900139002"), await stage.person(), weaker):
        assert await consents.decide(asked.request, granted=True, caller=other) == Turned("bad_request")
    assert isinstance(await consents.decide(asked.request, granted=True, caller=caller), LeadTo)


async def test_a_question_is_open_for_ten_minutes(partner: ClientApp, stage: Stage) -> None:
    caller, consents = await stage.person(), stage.server.consents
    asked = await consents.examine(partner.wish(), caller)
    assert isinstance(asked, ConsentQuestion)
    stage.clock.advance(minutes=10)
    assert await consents.decide(asked.request, granted=True, caller=caller) == Turned("bad_request")


async def test_a_no_leads_back_and_gives_nothing(partner: ClientApp, stage: Stage) -> None:
    caller, consents = await stage.person(), stage.server.consents
    asked = await consents.examine(partner.wish(), caller)
    assert isinstance(asked, ConsentQuestion)
    assert _error(await consents.decide(asked.request, granted=False, caller=caller)) == "access_denied"
    assert await consents.decide(asked.request, granted=True, caller=caller) == Turned("bad_request")
    assert isinstance(await consents.examine(partner.wish(), caller), ConsentQuestion)


async def test_what_was_agreed_to_is_not_asked_again_but_more_is(partner: ClientApp, stage: Stage) -> None:
    caller, consents = await stage.person(), stage.server.consents
    await partner.ask(caller)
    assert isinstance(await consents.examine(partner.wish(), caller), LeadTo)
    assert isinstance(await consents.examine(partner.wish(scope="openid line"), caller), LeadTo)
    assert isinstance(await consents.examine(partner.wish(scope="openid line money"), caller), ConsentQuestion)
    assert isinstance(await consents.examine(partner.wish(prompt="consent"), caller), ConsentQuestion)
    other = await stage.person("13900139002")
    assert isinstance(await consents.examine(partner.wish(), other), ConsentQuestion)


async def test_an_app_that_anybody_could_stand_in_for_is_always_asked_about(native: ClientApp, stage: Stage) -> None:
    caller, consents = await stage.person(), stage.server.consents
    await native.ask(caller)
    assert isinstance(await consents.examine(native.wish(), caller), ConsentQuestion)
    silent = await consents.examine(native.wish(prompt="none"), caller)
    assert isinstance(silent, LeadTo)
    assert read_query(silent.address)["error"] == "consent_required"


async def test_a_consent_taken_back_ends_what_clients_hold_and_is_asked_again(partner: ClientApp, stage: Stage) -> None:
    caller = await stage.person()
    tokens = await partner.sign_in(caller)
    other = await partner.sign_in(await stage.person("13900139002"))
    await stage.ledger.record(Deed("deed-1", caller), ConsentPurpose.PARTNER, given=False)
    assert not await partner.opens(tokens["access_token"])
    assert (await partner.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await partner.opens(other["access_token"])
    assert isinstance(await stage.server.consents.examine(partner.wish(), caller), ConsentQuestion)
    assert await stage.show(await stage.sign_in()) is not None


async def test_silence_is_answered_with_the_reason(partner: ClientApp, stage: Stage) -> None:
    consents, caller = stage.server.consents, await stage.person()
    assert _error(await consents.examine(partner.wish(prompt="none"), None)) == "login_required"
    assert _error(await consents.examine(partner.wish(prompt="none"), caller)) == "consent_required"
    deeper = partner.wish(prompt="none", acr_values="onehall:3")
    assert _error(await consents.examine(deeper, caller)) == "interaction_required"
    stage.clock.advance(minutes=5)
    assert _error(await consents.examine(partner.wish(prompt="none", max_age="60"), caller)) == "login_required"


async def test_whoever_must_sign_in_anew_is_asked_once(partner: ClientApp, stage: Stage) -> None:
    consents, wish = stage.server.consents, partner.wish(prompt="login")
    before = await stage.person()
    stage.clock.advance(seconds=2)
    assert await consents.examine(wish, before) == MustProve(2, 0)
    stage.clock.advance(seconds=30)
    assert await consents.examine(wish, before) == MustProve(2, 0)
    anew = await stage.person()
    assert isinstance(await consents.examine(wish, anew), ConsentQuestion)
    stage.clock.advance(minutes=11)
    assert await consents.examine(wish, anew) == MustProve(2, 0)


async def test_who_acts_for_another_gives_nobody_leave(partner: ClientApp, stage: Stage) -> None:
    caller = await stage.person()
    for acting in (replace(caller, helper="L2"), replace(caller, fields=frozenset({"Me.line"}))):
        assert _error(await stage.server.consents.examine(partner.wish(), acting)) == "access_denied"


async def test_a_client_that_means_somebody_else_is_told_so(partner: ClientApp, stage: Stage) -> None:
    consents, caller, other = stage.server.consents, await stage.person(), await stage.person("13900139002")
    hint = (await partner.sign_in(caller))["id_token"]
    assert isinstance(await consents.examine(partner.wish(id_token_hint=hint), caller), LeadTo)
    assert _error(await consents.examine(partner.wish(id_token_hint=hint), other)) == "login_required"
    forged = hint[:-4] + "AAAA"
    assert _error(await consents.examine(partner.wish(id_token_hint=forged), caller)) == "invalid_request"
    access = (await partner.sign_in(caller))["access_token"]
    assert _error(await consents.examine(partner.wish(id_token_hint=access), caller)) == "invalid_request"


async def test_the_operator_s_own_app_opens_everything_but_level_three(stage: Stage, partner: ClientApp) -> None:
    app = ClientApp(stage, partner.http, "own-app", None, redirect_uri="https://app.example/back")
    caller = await stage.show(await stage.prove_code(await stage.sign_in()))
    assert caller is not None
    assert caller.assurance == 3
    tokens = (await app.redeem(await app.ask(caller, scope="openid offline_access all line"))).json()
    held = await stage.show(tokens["access_token"], Channel.APP)
    assert held is not None
    assert (held.fields, held.assurance, held.client) == (None, 2, "own-app")
    assert len(held.proofs) == 1
    narrow = (await app.refresh(tokens["refresh_token"], scope="line")).json()
    held = await stage.show(narrow["access_token"], Channel.APP)
    assert held is not None
    assert held.fields is not None
    assert "Me.bill" not in held.fields


async def test_what_nobody_answers_is_forgotten(partner: ClientApp, stage: Stage) -> None:
    consents = stage.server.consents
    await consents.examine(partner.wish(prompt="login"), None)
    await consents.examine(partner.wish(), await stage.person())
    await partner.post("/oauth/par", **partner.wish())
    assert await _count(stage) == 3
    stage.clock.advance(minutes=10)
    await stage.server.purge()
    assert await _count(stage) == 0


async def test_a_dead_database_asks_nobody(partner: ClientApp, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, consents = await stage.person(), stage.server.consents
    asked = await consents.examine(partner.wish(), caller)
    assert isinstance(asked, ConsentQuestion)
    dead = open_database("postgresql://nobody@127.0.0.1:9/none")
    for part in (consents, stage.server.core, consents._requests):
        monkeypatch.setattr(part, "_engine", dead)
    assert await consents.examine(partner.wish(), caller) == Turned("unavailable")
    assert await consents.decide(asked.request, granted=True, caller=caller) == Turned("unavailable")
    await dead.dispose()


async def _count(stage: Stage) -> int:
    async with read(stage.engine) as connection:
        return len((await connection.execute(select(authorization_request))).all())
