"""Is a change prepared, confirmed, withdrawn and called off at the right level, once, and with its refusals as data?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.problems import PreviewChanged, TooMany
from graphql_schema.types.change import ChangeAction, ChangeObstacle, ObstacleCode, PreparedState
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.order import OrderState
from tests.fakes.deal_ports import AS_OF, make_offering, make_order, make_plan, make_preview
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

PREPARE = """mutation($wanted: ChangeWanted!, $key: String! = "k-11111111") {
  prepareChange(input: {idempotencyKey: $key, wanted: $wanted}) { __typename
    ... on PreparedChange { id state channel preview { action offeringId service price { amount } repeats } }
    ... on ChangeRefused { obstacles { code orderId offering { zh } } } ... on TooMany { most }
    ... on BadInput { name } ... on StepUpRequired { needed } ... on DeedOff { until reason { zh en } } } }"""
CONFIRM = """mutation($id: ID!, $key: String! = "k-22222222") {
  confirmChange(input: {idempotencyKey: $key, preparedId: $id}) { __typename
    ... on Order { id state action name { zh } } ... on StepUpRequired { needed have }
    ... on PreviewChanged { preview { price { amount } } } } }"""
WITHDRAW = """mutation($id: ID!) { withdrawChange(input: {idempotencyKey: "k-33333333", preparedId: $id}) {
  __typename ... on ChangeWithdrawn { preparedId } } }"""
CANCEL = """mutation($id: ID!) { cancelOrder(input: {idempotencyKey: "k-44444444", orderId: $id}) {
  __typename ... on Order { id state } ... on NotCancellable { state } ... on StepUpRequired { needed } } }"""
PACK = {"action": "ADD", "offeringId": "pack-data-5"}


@pytest.fixture
def caller() -> Caller:
    since = datetime.now(UTC) - timedelta(minutes=1)
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=2, since=since)


def answer(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


async def prepare(ask: Ask, wanted: dict[str, str], **by: Any) -> str:
    made = answer(await ask(PREPARE, {"wanted": wanted}, **by))
    assert made["__typename"] == "PreparedChange", made
    return str(made["id"])


async def test_a_change_is_prepared_as_the_operator_previews_it_and_nothing_is_ordered(ask: Ask, bss: FakeBss) -> None:
    made = answer(await ask(PREPARE, {"wanted": PACK}))
    assert (made["state"], made["channel"]) == ("WAITING", "APP")
    shown = {"action": "ADD", "offeringId": "pack-data-5", "service": None, "price": {"amount": "15.00"}}
    assert made["preview"] == shown | {"repeats": True}
    assert bss.deals.orders == []
    assert bss.identity.outcomes == [("prepareChange", "done", "add")]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"action": "ADD"}, "offeringId"),
        ({"action": "ADD", "offeringId": ""}, "offeringId"),
        ({"action": "ADD", "offeringId": "x" * 129}, "offeringId"),
        ({"action": "ADD", "offeringId": "a", "packageId": "b"}, "packageId"),
        ({"action": "DROP", "offeringId": "a"}, "offeringId"),
        ({"action": "SWITCH_ON"}, "service"),
        ({"action": "CLOSE", "service": "roaming"}, "service"),
        ({"action": "OPEN_LINE", "offeringId": "plan-79"}, "number"),
    ],
)
async def test_what_no_change_is_made_of_is_named(ask: Ask, bss: FakeBss, wanted: dict[str, str], name: str) -> None:
    refused = answer(await ask(PREPARE, {"wanted": wanted}))
    assert refused == {"__typename": "BadInput", "name": name}
    assert bss.deals.prepared == {}


async def test_every_reason_against_a_change_is_told(ask: Ask, bss: FakeBss) -> None:
    obstacle = ChangeObstacle(
        code=ObstacleCode.EXCLUDED, offering=LocalizedText(zh="夜间包", en="Night pack"), until=None, order_id=None
    )
    waiting = replace(obstacle, code=ObstacleCode.UNDER_WAY, offering=None, order_id="O7")
    bss.deals.preview_is = make_preview(allowed=False, obstacles=[obstacle, waiting])
    assert answer(await ask(PREPARE, {"wanted": PACK})) == {
        "__typename": "ChangeRefused",
        "obstacles": [
            {"code": "EXCLUDED", "orderId": None, "offering": {"zh": "夜间包"}},
            {"code": "UNDER_WAY", "orderId": "O7", "offering": None},
        ],
    }
    unknown = {"action": "ADD", "offeringId": "pack-gold"}
    assert answer(await ask(PREPARE, {"wanted": unknown, "key": "k-99999999"})) == {"__typename": "NotFound"}


async def test_a_sixth_that_waits_is_one_too_many(ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise TooMany(most=5)

    monkeypatch.setattr(bss.deals, "prepare", refuse)
    assert answer(await ask(PREPARE, {"wanted": PACK})) == {"__typename": "TooMany", "most": 5}


async def test_a_yes_orders_it_and_a_yes_by_the_same_key_is_the_same_order(ask: Ask, bss: FakeBss) -> None:
    prepared_id = await prepare(ask, PACK)
    order = answer(await ask(CONFIRM, {"id": prepared_id}))
    assert (order["id"], order["state"], order["action"]) == (prepared_id, "IN_PROGRESS", "ADD")
    assert answer(await ask(CONFIRM, {"id": prepared_id})) == order
    assert answer(await ask(CONFIRM, {"id": prepared_id, "key": "k-88888888"})) == order
    assert len(bss.deals.orders) == 1
    assert bss.identity.outcomes[1] == ("confirmChange", "done", "add · 5GB流量加油包")


LEVELS = {
    ChangeAction.ADD: 2,
    ChangeAction.CHANGE_PLAN: 2,
    ChangeAction.DROP: 1,
    ChangeAction.SWITCH_ON: 2,
    ChangeAction.SWITCH_OFF: 1,
    ChangeAction.REPORT_LOSS: 2,
    ChangeAction.RESUME: 2,
    ChangeAction.CLOSE: 3,
    ChangeAction.KEEP_OPEN: 2,
    ChangeAction.OPEN_LINE: 2,
}
"""The domain page, §5: dropping is level 1, ordering level 2, closing level 3."""
ARGUMENTS = {
    ChangeAction.ADD: {"offeringId": "pack-data-5"},
    ChangeAction.CHANGE_PLAN: {"offeringId": "plan-79"},
    ChangeAction.DROP: {"packageId": "P1"},
    ChangeAction.SWITCH_ON: {"service": "roaming"},
    ChangeAction.SWITCH_OFF: {"service": "roaming"},
    ChangeAction.OPEN_LINE: {"offeringId": "plan-79", "number": "13800009999"},
}


@pytest.mark.parametrize("action", ChangeAction)
@pytest.mark.parametrize("level", [1, 2, 3])
async def test_each_change_is_confirmed_at_its_level(
    ask: Ask, bss: FakeBss, caller: Caller, action: ChangeAction, level: int
) -> None:
    by = replace(caller, assurance=level)
    prepared_id = await prepare(ask, {"action": action.name, **ARGUMENTS.get(action, {})}, by=by)
    said = answer(await ask(CONFIRM, {"id": prepared_id}, by=by))
    if level >= LEVELS[action]:
        assert said["__typename"] == "Order"
        return
    assert said == {"__typename": "StepUpRequired", "needed": LEVELS[action], "have": level}
    assert bss.deals.orders == []


async def test_closing_takes_a_fresh_proof(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    by = replace(caller, assurance=3, since=datetime.now(UTC) - timedelta(minutes=11))
    prepared_id = await prepare(ask, {"action": "CLOSE"}, by=by)
    assert answer(await ask(CONFIRM, {"id": prepared_id}, by=by))["__typename"] == "StepUpRequired"
    assert bss.deals.orders == []


async def test_whoever_proved_more_confirms_by_the_same_key(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    prepared_id = await prepare(ask, PACK)
    weaker = replace(caller, assurance=1)
    assert answer(await ask(CONFIRM, {"id": prepared_id}, by=weaker))["__typename"] == "StepUpRequired"
    assert answer(await ask(CONFIRM, {"id": prepared_id}))["__typename"] == "Order", "the same form, after the code"
    assert len(bss.deals.orders) == 1


@pytest.mark.parametrize(("by_text", "kind"), [(True, "Order"), (False, "StepUpRequired")])
async def test_a_text_alone_orders_what_its_operator_lets_it(
    ask: Ask, bss: FakeBss, caller: Caller, by_text: bool, kind: str
) -> None:
    bss.deals.offerings = [make_plan(), make_offering(by_text=by_text)]
    by = replace(caller, channel=Channel.SMS, assurance=1)
    prepared_id = await prepare(ask, PACK, by=by)
    assert answer(await ask(CONFIRM, {"id": prepared_id}, by=by))["__typename"] == kind


async def test_by_text_never_opens_a_change_of_plan(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    bss.deals.offerings = [make_plan(by_text=True)]
    by = replace(caller, channel=Channel.SMS, assurance=1)
    prepared_id = await prepare(ask, {"action": "CHANGE_PLAN", "offeringId": "plan-79"}, by=by)
    assert answer(await ask(CONFIRM, {"id": prepared_id}, by=by))["__typename"] == "StepUpRequired"


async def test_what_is_not_what_was_shown_is_shown_anew(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_id = await prepare(ask, PACK)

    async def refuse(*_: object) -> None:
        raise PreviewChanged(preview=make_preview(price=None))

    monkeypatch.setattr(bss.deals, "confirm", refuse)
    shown = answer(await ask(CONFIRM, {"id": prepared_id}))
    assert shown == {"__typename": "PreviewChanged", "preview": {"price": None}}


async def test_a_no_withdraws_and_then_nothing_can_be_confirmed(ask: Ask, bss: FakeBss) -> None:
    prepared_id = await prepare(ask, PACK)
    withdrawn = answer(await ask(WITHDRAW, {"id": prepared_id}))
    assert withdrawn == {"__typename": "ChangeWithdrawn", "preparedId": prepared_id}
    assert bss.deals.prepared[prepared_id].state is PreparedState.WITHDRAWN
    assert answer(await ask(CONFIRM, {"id": prepared_id})) == {"__typename": "ConfirmationExpired"}


@pytest.mark.parametrize("text", [CONFIRM, WITHDRAW, CANCEL])
async def test_what_is_not_there_is_not_found(ask: Ask, text: str) -> None:
    assert answer(await ask(text, {"id": "somebody-else-s"})) == {"__typename": "NotFound"}


async def test_an_order_is_called_off_at_level_2_until_it_takes_effect(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    bss.deals.orders = [make_order("O1"), make_order("O2", state=OrderState.COMPLETED, cancellable=False)]
    weaker = replace(caller, assurance=1)
    assert answer(await ask(CANCEL, {"id": "O1"}, by=weaker)) == {"__typename": "StepUpRequired", "needed": 2}
    assert answer(await ask(CANCEL, {"id": "O1"})) == {"__typename": "Order", "id": "O1", "state": "CANCELLED"}


async def test_what_took_effect_is_not_called_off(ask: Ask, bss: FakeBss) -> None:
    bss.deals.orders = [make_order("O2", state=OrderState.COMPLETED, cancellable=False)]
    assert answer(await ask(CANCEL, {"id": "O2"})) == {"__typename": "NotCancellable", "state": "COMPLETED"}


async def test_a_deed_that_rests_says_until_when_and_why_and_keeps_no_key(ask: Ask, bss: FakeBss) -> None:
    until = AS_OF + timedelta(hours=1)
    bss.switches.notices = [replace(let_rest("prepareChange"), ends_at=until)]
    off = answer(await ask(PREPARE, {"wanted": PACK}))
    assert off == {
        "__typename": "DeedOff",
        "until": until.isoformat(),
        "reason": {"zh": "月末出账", "en": "Bill run"},
    }
    bss.switches.notices = []
    assert answer(await ask(PREPARE, {"wanted": PACK}))["__typename"] == "PreparedChange", "by the same key"


GOES_ON = {
    ChangeAction.DROP,
    ChangeAction.SWITCH_OFF,
    ChangeAction.REPORT_LOSS,
    ChangeAction.RESUME,
    ChangeAction.KEEP_OPEN,
}
"""What a rest never stops: docs/operate/switches.md."""


@pytest.mark.parametrize("action", ChangeAction)
@pytest.mark.parametrize("resting", ["prepareChange", "confirmChange", "*"])
async def test_a_rest_stops_every_change_but_what_protects_the_customer(
    ask: Ask, bss: FakeBss, caller: Caller, action: ChangeAction, resting: str
) -> None:
    by, wanted = replace(caller, assurance=3), {"action": action.name, **ARGUMENTS.get(action, {})}
    prepared_id = await prepare(ask, wanted, by=by)
    bss.switches.notices = [let_rest(resting)]
    prepared = answer(await ask(PREPARE, {"wanted": wanted, "key": "k-55555555"}, by=by))
    stopped = action not in GOES_ON
    assert (prepared["__typename"] == "DeedOff") == (stopped and resting != "confirmChange"), prepared
    confirmed = answer(await ask(CONFIRM, {"id": prepared_id}, by=by))
    assert confirmed["__typename"] == ("DeedOff" if stopped and resting != "prepareChange" else "Order")
    assert len(bss.deals.orders) == (confirmed["__typename"] == "Order")
    bss.switches.notices = []
    assert answer(await ask(CONFIRM, {"id": prepared_id}, by=by))["__typename"] == "Order", "by the same key"
    assert len(bss.deals.orders) == 1


async def test_what_rests_is_said_before_more_is_asked_of_anybody(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    prepared_id = await prepare(ask, PACK)
    bss.switches.notices = [let_rest("confirmChange")]
    said = answer(await ask(CONFIRM, {"id": prepared_id}, by=replace(caller, assurance=1)))
    assert said["__typename"] == "DeedOff"
    assert bss.identity.refusals == [("confirmChange", "deed_off")]


def let_rest(deed: str) -> ServiceNotice:
    reason = LocalizedText(zh="月末出账", en="Bill run")
    return ServiceNotice(id="S1", deeds=[deed], resting=True, begins_at=AS_OF, ends_at=None, reason=reason)
