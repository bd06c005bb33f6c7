"""Does a deed happen once, and is every refusal a member of its answer?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLUnionType

from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Outcome, Role, Staff
from graphql_schema.ports import BssFault
from graphql_schema.problems import NotFound, Problem, StepUpRequired, WrongSecret
from graphql_schema.schema import build_schema, executable
from graphql_schema.types import refusal
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

END = """mutation($key: String!, $id: ID!) { endSession(input: {idempotencyKey: $key, sessionId: $id}) {
    __typename ... on SessionsEnded { count } ... on NotFound { code }
    ... on StepUpRequired { needed have ways freshWithinSeconds } ... on BadInput { name least most }
    ... on KeyReused { code } ... on NotYours { field roles } ... on SignInRequired { code } } }"""
CHANGE = """mutation($key: String!, $old: String!, $new: String!) {
    changePassword(input: {idempotencyKey: $key, oldPassword: $old, newPassword: $new}) {
    __typename ... on PasswordChanged { changedAt } ... on WrongSecret { triesLeft } } }"""
KEY = "a-key-of-mine"


def answer(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


def calls(bss: FakeBss, name: str) -> int:
    return sum(1 for call, _ in bss.identity.calls if call == name)


async def test_the_same_key_answers_the_same_and_does_it_once(ask: Ask, bss: FakeBss) -> None:
    first = answer(await ask(END, {"key": KEY, "id": "S2"}))
    again = answer(await ask(END, {"key": KEY, "id": "S2"}))
    assert first == again == {"__typename": "SessionsEnded", "count": 1}
    assert calls(bss, "end_session") == 1
    assert bss.identity.outcomes == [("endSession", "done", "")]


async def test_the_same_key_with_another_input_is_refused_and_does_nothing(ask: Ask, bss: FakeBss) -> None:
    await ask(END, {"key": KEY, "id": "S2"})
    assert answer(await ask(END, {"key": KEY, "id": "S3"})) == {"__typename": "KeyReused", "code": "key_reused"}
    assert calls(bss, "end_session") == 1


async def test_a_moment_survives_being_kept(ask: Ask) -> None:
    variables = {"key": KEY, "old": "258001", "new": "914725"}
    first, again = answer(await ask(CHANGE, variables)), answer(await ask(CHANGE, variables))
    assert first == again == {"__typename": "PasswordChanged", "changedAt": "2026-11-16T03:00:00+00:00"}


async def test_a_refusal_of_the_deed_is_kept_too_so_that_a_retry_costs_no_second_try(ask: Ask, bss: FakeBss) -> None:
    bss.identity.refuse("change", WrongSecret(tries_left=2))
    variables = {"key": KEY, "old": "111222", "new": "914725"}
    first, again = answer(await ask(CHANGE, variables)), answer(await ask(CHANGE, variables))
    assert first == again == {"__typename": "WrongSecret", "triesLeft": 2}
    assert calls(bss, "change") == 1
    assert bss.identity.outcomes == [("changePassword", "wrong_credentials", "")]


async def test_after_a_fault_the_key_is_free_again(ask: Ask, bss: FakeBss) -> None:
    bss.identity.refusing["end_session"] = RuntimeError("the database died")
    broken = await ask(END, {"key": KEY, "id": "S2"})
    assert broken.data == {"endSession": None}
    assert len(broken.errors) == 1
    bss.identity.refusing.clear()
    assert answer(await ask(END, {"key": KEY, "id": "S2"}))["__typename"] == "SessionsEnded"


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (RuntimeError("the database died"), True),
        (BssFault("line_timeout", retryable=True, outcome_unknown=True), True),
        (BssFault("line_unavailable", retryable=True), False),
    ],
)
async def test_what_may_have_happened_is_taken_over_and_not_begun_anew(
    ask: Ask, bss: FakeBss, fault: Exception, left: bool
) -> None:
    bss.identity.refusing["end_session"] = fault
    await ask(END, {"key": KEY, "id": "S2"})
    assert bool(bss.identity.left) is left
    assert bool(bss.identity.kept) is left


async def test_what_was_done_is_answered_again_though_it_rests_now(ask: Ask, bss: FakeBss) -> None:
    done = answer(await ask(END, {"key": KEY, "id": "S2"}))
    reason = LocalizedText(zh="升级", en="Upgrade")
    bss.switches.notices = [
        ServiceNotice(
            id="N1", deeds=["endSession"], resting=True, begins_at=datetime.now(UTC), ends_at=None, reason=reason
        )
    ]
    assert answer(await ask(END, {"key": KEY, "id": "S2"})) == done
    other = await ask(END, {"key": KEY + "2", "id": "S3"})
    assert answer(other)["__typename"] == "DeedOff"
    assert len(bss.identity.kept) == 1


async def test_a_missing_level_is_a_member_with_what_would_do_and_is_noted(ask: Ask, bss: FakeBss) -> None:
    weak = Caller(Channel.SMS, subscriber=LINE_ID, number=NUMBER, assurance=1, proofs={Factor.LINK: datetime.now(UTC)})
    assert answer(await ask(END, {"key": KEY, "id": "S2"}, by=weak)) == {
        "__typename": "StepUpRequired",
        "needed": 2,
        "have": 1,
        "ways": [["CODE"], ["PASSWORD"], ["PASSKEY"]],
        "freshWithinSeconds": None,
    }
    assert bss.identity.refusals == [("endSession", "step_up_required")]
    assert bss.identity.kept == {}


async def test_a_visitor_is_asked_to_sign_in(ask: Ask) -> None:
    said = answer(await ask(END, {"key": KEY, "id": "S2"}, by=Caller(Channel.WEB)))
    assert said == {"__typename": "SignInRequired", "code": "sign_in_required"}


async def test_a_helper_and_staff_are_told_that_it_is_not_theirs(ask: Ask) -> None:
    helper = Caller(Channel.WEB, LINE_ID, NUMBER, assurance=2, helper="L9", fields=frozenset({"Me.line"}))
    staff = Caller(Channel.DESK, assurance=2, staff=Staff("s1", Role.CARE))
    for other in (helper, staff):
        said = answer(await ask(END, {"key": KEY, "id": "S2"}, by=other))
        assert said == {"__typename": "NotYours", "field": "Mutation.endSession", "roles": []}


@pytest.mark.parametrize("key", ["short", "k" * 129, "new\nline-key"])
async def test_a_key_has_its_bounds(ask: Ask, key: str) -> None:
    said = answer(await ask(END, {"key": key, "id": "S2"}))
    assert said == {"__typename": "BadInput", "name": "idempotencyKey", "least": 8, "most": 128}


async def test_a_fresh_deed_asks_for_a_fresh_proof(ask: Ask) -> None:
    text = """mutation { removePasskey(input: {idempotencyKey: "a-key-of-mine", passkeyId: "Y1"}) {
        __typename ... on StepUpRequired { freshWithinSeconds ways } } }"""
    then = datetime.now(UTC) - timedelta(minutes=11)
    stale = Caller(Channel.WEB, LINE_ID, NUMBER, assurance=2, since=then, proofs={Factor.PASSWORD: then})
    said = answer(await ask(text, by=stale))
    ways = [["CODE"], ["PASSWORD"], ["PASSKEY"]]
    assert said == {"__typename": "StepUpRequired", "freshWithinSeconds": 600, "ways": ways}
    fresh = Caller(Channel.WEB, LINE_ID, NUMBER, assurance=2, since=datetime.now(UTC))
    assert answer(await ask(text, by=fresh))["__typename"] == "PasskeyRemoved"


async def test_what_rests_after_a_reset_stays_shut_at_every_level(ask: Ask) -> None:
    text = """mutation { requestPersonalData(input: {idempotencyKey: "a-key-of-mine", kind: EXPORT}) {
        __typename ... on Rests { until } } }"""
    now = datetime.now(UTC)
    resting = Caller(Channel.WEB, LINE_ID, NUMBER, assurance=3, since=now, rests_until=now + timedelta(hours=5))
    assert answer(await ask(text, by=resting))["__typename"] == "Rests"
    rested = Caller(Channel.WEB, LINE_ID, NUMBER, assurance=3, since=now, rests_until=now - timedelta(seconds=1))
    assert answer(await ask(text, by=rested))["__typename"] == "PersonalDataRequest"


@pytest.mark.parametrize(
    "document",
    [
        (
            'mutation { a: endSession(input: {idempotencyKey: "a-key-of-mine", sessionId: "1"}) { __typename } '
            'b: endSession(input: {idempotencyKey: "b-key-of-mine", sessionId: "2"}) { __typename } }'
        ),
        (
            'mutation { ...two endSession(input: {idempotencyKey: "a-key-of-mine", sessionId: "1"}) { __typename } } '
            'fragment two on Mutation { endOtherSessions(input: {idempotencyKey: "b-key-of-mine"}) { __typename } }'
        ),
        (
            'mutation { a: endSession(input: {idempotencyKey: "a-key-of-mine", sessionId: "1"}) { __typename } '
            'b: endOtherSessions(input: {idempotencyKey: "b-key-of-mine"}) { __typename } }'
        ),
        (
            'mutation { endSession(input: {idempotencyKey: "a-key-of-mine", sessionId: "1"}) @skip(if: false) '
            '{ __typename } ... @include(if: true) { endOtherSessions(input: {idempotencyKey: "b-key-of-mine"}) '
            "@include(if: true) { __typename } } }"
        ),
        '{ a: contact(code: "11111111") { genuine } b: contact(code: "22222222") { genuine } }',
    ],
    ids=["aliases", "a fragment", "two different deeds", "directives", "guesses at a contact code"],
)
async def test_a_sensitive_deed_goes_alone_in_its_request(ask: Ask, bss: FakeBss, document: str) -> None:
    outcome = await ask(document)
    assert outcome.data is None
    assert [error.code for error in outcome.errors] == ["too_many_deeds"]
    assert bss.identity.calls == []


def test_every_deed_answers_with_a_union_that_holds_what_every_deed_can_meet() -> None:
    schema = executable(build_schema())
    always = {"SignInRequired", "StepUpRequired", "NotYours", "Rests", "KeyReused", "StillUnderWay", "BadInput"}
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        assert isinstance(field.type, GraphQLUnionType), name
        assert always < {member.name for member in field.type.types}, name


@pytest.mark.parametrize("problem", [NotFound(), StepUpRequired(needed=2, have=1), WrongSecret(tries_left=1)])
def test_a_problem_and_its_word_carry_the_same_code(problem: Problem) -> None:
    word = problem.as_word()
    assert word.code == problem.code  # type: ignore[attr-defined]
    assert type(word).__name__ in vars(refusal)
