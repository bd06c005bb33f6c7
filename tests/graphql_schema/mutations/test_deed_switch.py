"""Who may let deeds rest, and which wishes are refused?"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_schema.client import Caller, Channel, Outcome, Role, Staff
from tests.fakes.ports import FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

REST = """mutation($deeds: [String!]! = ["confirmChange"], $begins: DateTime! = "2026-11-16T03:00:00+00:00",
  $ends: DateTime = "2026-11-16T05:00:00+00:00", $zh: String! = "月末出账", $en: String! = "Bill run") {
  restDeeds(input: {idempotencyKey: "k-11111111", deeds: $deeds, beginsAt: $begins, endsAt: $ends, reasonZh: $zh,
    reasonEn: $en}) { __typename ... on ServiceNotice { id deeds resting endsAt reason { zh en } }
    ... on BadInput { name least most } ... on NotYours { roles } } }"""
END = """mutation($id: ID!) { endRest(input: {idempotencyKey: "k-22222222", noticeId: $id}) {
  __typename ... on DeedsGoOn { noticeId } ... on NotYours { roles } } }"""
NOTICES = "{ serviceNotices { id deeds resting beginsAt endsAt reason { zh en } } }"


@pytest.fixture
def caller() -> Caller:
    return Caller(Channel.DESK, staff=Staff("2001", Role.OPERATIONS), assurance=2, since=datetime.now(UTC))


def answer(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


async def test_operations_let_a_deed_rest_and_everybody_sees_why(ask: Ask, bss: FakeBss) -> None:
    made = answer(await ask(REST))
    reason = {"zh": "月末出账", "en": "Bill run"}
    assert {key: made[key] for key in ("__typename", "deeds", "resting", "reason")} == {
        "__typename": "ServiceNotice",
        "deeds": ["confirmChange"],
        "resting": True,
        "reason": reason,
    }
    assert bss.identity.outcomes == [("restDeeds", "done", "confirmChange")]
    [seen] = answer(await ask(NOTICES, by=Caller(Channel.WEB)))
    assert (seen["id"], seen["reason"], seen["endsAt"]) == (made["id"], reason, "2026-11-16T05:00:00+00:00")


@pytest.mark.parametrize("role", [Role.CARE, Role.AUDITOR, Role.ENTERPRISE_ADMIN])
async def test_nobody_else_of_the_staff_may(ask: Ask, bss: FakeBss, caller: Caller, role: Role) -> None:
    by = replace(caller, staff=Staff("1001", role))
    for text, variables in ((REST, {}), (END, {"id": "S1"})):
        assert answer(await ask(text, variables, by=by)) == {"__typename": "NotYours", "roles": ["OPERATIONS"]}
    assert bss.switches.notices == []


async def test_no_customer_may(ask: Ask, bss: FakeBss) -> None:
    by = Caller(Channel.WEB, subscriber="L1", assurance=3, since=datetime.now(UTC))
    assert answer(await ask(REST, by=by))["__typename"] == "NotYours"
    assert answer(await ask(REST, by=Caller(Channel.WEB)))["__typename"] == "SignInRequired"
    assert bss.switches.notices == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"zh": "月"}, "reasonZh"),
        ({"zh": "字" * 101}, "reasonZh"),
        ({"zh": "月末\n出账"}, "reasonZh"),
        ({"en": ""}, "reasonEn"),
        ({"deeds": []}, "deeds"),
        ({"deeds": ["a"] * 51}, "deeds"),
        ({"begins": "2026-11-16T03:00:00"}, "beginsAt"),
        ({"ends": "2026-11-16T03:00:00+00:00"}, "endsAt"),
        ({"ends": "2026-11-16T02:59:59+00:00"}, "endsAt"),
    ],
)
async def test_a_wish_that_can_not_be_is_named(ask: Ask, bss: FakeBss, changes: dict[str, Any], name: str) -> None:
    refused = answer(await ask(REST, changes))
    assert (refused["__typename"], refused["name"]) == ("BadInput", name)
    assert bss.switches.notices == []


async def test_a_notice_is_ended_and_what_is_none_is_not_found(ask: Ask, bss: FakeBss) -> None:
    made = answer(await ask(REST))
    assert answer(await ask(END, {"id": made["id"]})) == {"__typename": "DeedsGoOn", "noticeId": made["id"]}
    assert bss.switches.notices == []


async def test_what_is_no_notice_is_not_found(ask: Ask) -> None:
    assert answer(await ask(END, {"id": "S9"})) == {"__typename": "NotFound"}
