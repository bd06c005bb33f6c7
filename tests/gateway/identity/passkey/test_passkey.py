"""Does a passkey open its own line, once an answer, and nothing else?"""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.credential import keep_line
from gateway.identity.every_table import metadata
from gateway.identity.passkey.ceremony import CHALLENGES, MOST_OF_A_LINE, REFUSED, Passkeys
from gateway.identity.passkey.shelf import SqlPasskeyShelf, forget_line
from gateway.identity.proof import Failed, Proved
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import PasskeyChallenge, PasskeyEvidence, Turned
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import NotFound
from tests.gateway.identity.conftest import NUMBER, SECRET, KnownLines, Watch
from tests.gateway.identity.passkey.authenticator import Authenticator

pytestmark = pytest.mark.anyio
URL = "http://localhost:8000"


class Told:
    """Notices that were queued."""

    def __init__(self) -> None:
        self.notices: list[tuple[str, str]] = []

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        assert connection.in_transaction()
        self.notices.append((number, notice))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def passkeys(engine: AsyncEngine, lines: KnownLines, watch: Watch, told: Told) -> Passkeys:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Passkeys(engine, lines, told, URL, "一厅", watch, SECRET)


@pytest.fixture
def owner(watch: Watch) -> Caller:
    return Caller(Channel.WEB, "L1", NUMBER, 2, watch(), proofs={Factor.PASSWORD: watch()})


@pytest.fixture
def key() -> Authenticator:
    return Authenticator(URL)


def given(answer: PasskeyChallenge | Turned) -> PasskeyChallenge:
    assert isinstance(answer, PasskeyChallenge), answer
    return answer


async def make(passkeys: Passkeys, owner: Caller, key: Authenticator, name: str = "我的手机") -> None:
    asked = given(await passkeys.begin_making(owner))
    assert await passkeys.finish_making(owner, asked.challenge, key.make(asked.options), name) is None


async def use(passkeys: Passkeys, key: Authenticator, **cheat: object) -> Proved | Failed | Turned:
    asked = given(await passkeys.begin_use(source="10.0.0.1"))
    answer = key.use(asked.options, **cheat)  # type: ignore[arg-type]
    return await passkeys.judge(PasskeyEvidence(asked.challenge, answer, "10.0.0.1"))


async def test_a_passkey_is_made_and_proves_its_line(  # noqa: PLR0917
    passkeys: Passkeys, owner: Caller, key: Authenticator, told: Told, watch: Watch, engine: AsyncEngine
) -> None:
    await make(passkeys, owner, key)
    assert told.notices == [(NUMBER, "passkey_made")]
    watch.advance(days=1)
    assert await use(passkeys, key) == Proved(NUMBER, "L1", Factor.PASSKEY, watch())
    [shown] = await SqlPasskeyShelf(engine).fetch_passkeys(owner)
    assert (shown.name, shown.used_at) == ("我的手机", watch())
    async with read(engine) as connection:
        assert (await connection.execute(select(audit_record.c.deed, audit_record.c.note))).all() == [
            ("passkey_made", "我的手机")
        ]


async def test_the_options_name_nobody_and_ask_to_unlock(passkeys: Passkeys) -> None:
    asked = json.loads(given(await passkeys.begin_use(source="10.0.0.1")).options)
    assert asked["rpId"] == "localhost"
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")


async def test_an_answer_counts_once_also_when_it_comes_twice_at_once(
    passkeys: Passkeys, owner: Caller, key: Authenticator
) -> None:
    await make(passkeys, owner, key)
    asked = given(await passkeys.begin_use(source="10.0.0.1"))
    evidence = PasskeyEvidence(asked.challenge, key.use(asked.options), "10.0.0.1")
    verdicts = await asyncio.gather(*(passkeys.judge(evidence) for _ in range(5)))
    assert [isinstance(verdict, Proved) for verdict in verdicts].count(True) == 1


@pytest.mark.parametrize("cheat", ["origin", "challenge", "unverified", "key", "count", "unknown"])
async def test_a_false_answer_opens_nothing(passkeys: Passkeys, owner: Caller, key: Authenticator, cheat: str) -> None:
    await make(passkeys, owner, key)
    match cheat:
        case "origin":
            verdict = await use(passkeys, replace(key, origin="http://evil.example"))
        case "challenge":
            verdict = await use(passkeys, key, challenge="YSBjaGFsbGVuZ2Ugb2YgdGhlaXIgb3du")
        case "unverified":
            verdict = await use(passkeys, key, verified=False)
        case "key":
            verdict = await use(passkeys, Authenticator(URL, credential_id=key.credential_id))
        case "count":
            copied = replace(key)
            await use(passkeys, key)
            verdict = await use(passkeys, copied)
        case _:
            verdict = await use(passkeys, Authenticator(URL))
    assert not isinstance(verdict, Proved)
    assert (verdict.turned if isinstance(verdict, Failed) else verdict) == REFUSED


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"id": 5}', '{"id": "a", "response": []}', "{" * 9000, "x" * 20000]
)
async def test_nonsense_is_refused_and_never_raises(
    passkeys: Passkeys, owner: Caller, key: Authenticator, answer: str
) -> None:
    await make(passkeys, owner, key)
    asked = given(await passkeys.begin_use(source="10.0.0.1"))
    assert await passkeys.judge(PasskeyEvidence(asked.challenge, answer, "10.0.0.1")) == REFUSED
    made = given(await passkeys.begin_making(owner))
    assert await passkeys.finish_making(owner, made.challenge, answer, "x") == REFUSED


async def test_a_challenge_is_over_after_five_minutes_and_for_its_line_alone(
    passkeys: Passkeys, owner: Caller, key: Authenticator, watch: Watch
) -> None:
    asked = given(await passkeys.begin_making(owner))
    other = replace(owner, subscriber="L9", number="02088880009")
    assert await passkeys.finish_making(other, asked.challenge, key.make(asked.options), "x") == REFUSED
    watch.advance(minutes=5)
    assert await passkeys.finish_making(owner, asked.challenge, key.make(asked.options), "x") == REFUSED


async def test_an_unlocked_key_is_asked_for_when_one_is_made(
    passkeys: Passkeys, owner: Caller, key: Authenticator
) -> None:
    asked = given(await passkeys.begin_making(owner))
    answer = key.make(asked.options, verified=False)
    assert await passkeys.finish_making(owner, asked.challenge, answer, "x") == REFUSED


async def test_only_the_owner_who_just_proved_it_makes_one(passkeys: Passkeys, owner: Caller, watch: Watch) -> None:
    helper = replace(owner, helper="L9", fields=frozenset({"Me.line"}))
    assert await passkeys.begin_making(helper) == REFUSED
    weak = replace(owner, assurance=1, proofs={Factor.LINK: watch()})
    watch.advance(minutes=11)
    for caller in (weak, owner):
        turned = await passkeys.begin_making(caller)
        assert isinstance(turned, Turned)
        assert turned.code == "step_up_required"
        assert turned.parameters["ways"] == [["CODE"], ["PASSWORD"], ["PASSKEY"]]


async def test_a_credential_that_somebody_has_is_not_kept_twice(
    passkeys: Passkeys, owner: Caller, key: Authenticator
) -> None:
    await make(passkeys, owner, key)
    other = replace(owner, subscriber="L9", number="02088880009")
    asked = given(await passkeys.begin_making(other))
    assert await passkeys.finish_making(other, asked.challenge, key.make(asked.options), "x") == REFUSED


async def test_a_line_has_so_many_and_no_more(passkeys: Passkeys, owner: Caller) -> None:
    for _ in range(MOST_OF_A_LINE):
        await make(passkeys, owner, Authenticator(URL))
    assert await passkeys.begin_making(owner) == Turned("too_many", {"most": MOST_OF_A_LINE})


async def test_a_removed_one_opens_nothing_and_another_line_removes_none(
    passkeys: Passkeys, owner: Caller, key: Authenticator, engine: AsyncEngine
) -> None:
    await make(passkeys, owner, key)
    shelf = SqlPasskeyShelf(engine)
    [shown] = await shelf.fetch_passkeys(owner)
    with pytest.raises(NotFound):
        await shelf.remove(Deed("d1", replace(owner, subscriber="L9")), shown.id)
    await shelf.remove(Deed("d2", owner), shown.id)
    assert await use(passkeys, key) == REFUSED


async def test_a_number_that_changed_hands_takes_no_passkey_along(
    passkeys: Passkeys, owner: Caller, key: Authenticator, lines: KnownLines, engine: AsyncEngine
) -> None:
    await make(passkeys, owner, key)
    lines.ids[NUMBER] = "L2"
    assert await use(passkeys, key) == Failed(REFUSED, "L1")
    async with write(engine) as connection:
        await forget_line(connection, "L1")
    assert await use(passkeys, key) == REFUSED


async def test_while_the_bss_is_down_a_passkey_still_works(
    passkeys: Passkeys, owner: Caller, key: Authenticator, lines: KnownLines
) -> None:
    await make(passkeys, owner, key)
    lines.down = True
    assert isinstance(await use(passkeys, key), Proved)


async def test_a_source_gets_so_many_challenges_a_minute(passkeys: Passkeys, watch: Watch) -> None:
    for _ in range(CHALLENGES.limit):
        given(await passkeys.begin_use(source="10.0.0.1"))
    turned = await passkeys.begin_use(source="10.0.0.1")
    assert isinstance(turned, Turned)
    assert turned.code == "locked"
    watch.moment += timedelta(minutes=1)
    given(await passkeys.begin_use(source="10.0.0.1"))


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
async def test_what_no_database_takes_as_text_is_refused_like_any_other_text(
    passkeys: Passkeys, owner: Caller, key: Authenticator, engine: AsyncEngine, odd: str
) -> None:
    assert await passkeys.judge(PasskeyEvidence(odd, "{}", "10.0.0.1")) == REFUSED
    asked = given(await passkeys.begin_use(source="10.0.0.1"))
    assert await passkeys.judge(PasskeyEvidence(asked.challenge, json.dumps({"id": odd}), "10.0.0.1")) == REFUSED
    assert await passkeys.finish_making(owner, odd, "{}", "我的手机") == REFUSED
    with pytest.raises(NotFound):
        await SqlPasskeyShelf(engine).remove(Deed("d", owner), odd)
    await make(passkeys, owner, key, name=f"我的{odd}手机")
    [shown] = await SqlPasskeyShelf(engine).fetch_passkeys(owner)
    assert shown.name == "我的 手机"


async def test_the_former_holder_of_the_same_line_gets_in_by_no_passkey(
    passkeys: Passkeys, owner: Caller, key: Authenticator, lines: KnownLines, engine: AsyncEngine
) -> None:
    line = await lines.find_line(NUMBER)
    assert line is not None
    async with write(engine) as connection:
        await keep_line(connection, NUMBER, line)
    await make(passkeys, owner, key)
    assert isinstance(await use(passkeys, key), Proved)
    lines.customers[NUMBER] = "C2"
    assert isinstance(await use(passkeys, key), Failed)
