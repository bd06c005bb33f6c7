"""What does a customer see of changes, orders and the life of the line, and at which level?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.ports import BssFault
from graphql_schema.types.change import ChangeStart
from graphql_schema.types.line_service import Standing
from graphql_schema.types.order import NextStep, OrderState
from graphql_schema.types.package import PackageKind, PackageState
from tests.fakes.deal_ports import make_offering, make_order
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

PREVIEW = """query($wanted: ChangeWanted!) { me { changePreview(wanted: $wanted) { action allowed startsOn start starts
  price { amount } monthlyBefore { amount } monthlyAfter { amount } charges { kind amount { amount } since }
  losses { kind left on } takesAway { zh } contractUntil } } }"""
ORDERS = """query($first: Int! = 20) { me { orders(first: $first) { id state startsOn cancellable nextStep
  milestones { system state name { en } } items { state } } } }"""
ORDER = "query($id: ID!) { me { order(id: $id) { id state failure { en } nextStep } } }"
WAITING = "{ me { preparedChanges { id state expiresAt } } }"
PREPARED = "query($id: ID!) { me { preparedChange(id: $id) { id state } } }"
PREPARE = """mutation { prepareChange(input: {idempotencyKey: "k-11111111",
  wanted: {action: ADD, offeringId: "pack-data-5"}}) { ... on PreparedChange { id } } }"""
SUBSCRIBED = "{ me { subscribed { position packageId droppable kind ofThirdParty monthlyFee { amount } } } }"
LIFE = "{ me { life { standing closesOn } serviceSwitches { id on changingTo } } }"
PUK = "{ me { puk { puk triesOfCard } } }"
NUMBERS = "query($ending: String!) { me { freeNumbers(ending: $ending) { number } } }"


@pytest.fixture
def caller() -> Caller:
    since = datetime.now(UTC) - timedelta(minutes=1)
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=3, since=since)


def me(outcome: Outcome) -> dict[str, Any]:
    assert outcome.errors == ()
    assert outcome.data is not None
    return outcome.data["me"]  # type: ignore[no-any-return]


def code_of(outcome: Outcome) -> str:
    [error] = outcome.errors
    return error.code


async def test_a_preview_says_what_when_and_how_much_before_anyone_confirms(ask: Ask, bss: FakeBss) -> None:
    wanted = {"action": "ADD", "offeringId": "pack-data-5"}
    assert me(await ask(PREVIEW, {"wanted": wanted}))["changePreview"] == {
        "action": "ADD",
        "allowed": True,
        "startsOn": "2026-11-16",
        "start": "AT_ONCE",
        "starts": ["AT_ONCE", "NEXT_CYCLE"],
        "price": {"amount": "15.00"},
        "monthlyBefore": {"amount": "59.00"},
        "monthlyAfter": {"amount": "74.00"},
        "charges": [{"kind": "MONTHLY", "amount": {"amount": "15.00"}, "since": "2026-11-16"}],
        "losses": [],
        "takesAway": [],
        "contractUntil": None,
    }
    assert bss.deals.prepared == {}


async def test_a_preview_of_what_does_not_exist_or_makes_no_sense_is_refused(ask: Ask) -> None:
    unknown = await ask(PREVIEW, {"wanted": {"action": "ADD", "offeringId": "pack-gold"}})
    assert code_of(unknown) == "not_found"
    senseless = await ask(PREVIEW, {"wanted": {"action": "SWITCH_ON", "offeringId": "pack-data-5"}})
    assert code_of(senseless) == "bad_argument"


async def test_the_start_that_was_asked_for_reaches_the_operator(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    preview = bss.deals.preview

    async def note(line_id: str, wanted: Any, *, channel: Channel) -> Any:
        asked.append((line_id, wanted.start, channel))
        return await preview(line_id, wanted, channel=channel)

    monkeypatch.setattr(bss.deals, "preview", note)
    await ask(PREVIEW, {"wanted": {"action": "ADD", "offeringId": "pack-data-5", "start": "NEXT_CYCLE"}})
    assert asked == [(LINE_ID, ChangeStart.NEXT_CYCLE, Channel.APP)]


async def test_orders_say_who_has_them_and_what_can_be_done(ask: Ask, bss: FakeBss) -> None:
    bss.deals.orders = [make_order(f"O{n}") for n in range(30)]
    bss.deals.orders[1] = make_order("O1", state=OrderState.HELD, next_step=NextStep.VISIT)
    listed = me(await ask(ORDERS))["orders"]
    assert len(listed) == 20
    assert (listed[1]["state"], listed[1]["nextStep"]) == ("HELD", "VISIT")
    assert [(step["system"], step["state"]) for step in listed[0]["milestones"]] == [
        ("ORDER", "DONE"),
        ("ACTIVATION", "ACTIVE"),
    ]
    assert len(me(await ask(ORDERS, {"first": 100}))["orders"]) == 30
    for first in (0, 101):
        assert code_of(await ask(ORDERS, {"first": first})) == "bad_argument"


async def test_one_order_is_found_by_its_id_and_another_is_not(ask: Ask, bss: FakeBss) -> None:
    bss.deals.orders = [make_order("O1")]
    assert me(await ask(ORDER, {"id": "O1"}))["order"]["state"] == "IN_PROGRESS"
    assert code_of(await ask(ORDER, {"id": "O2"})) == "not_found"


async def test_what_waits_is_seen_in_every_channel(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    await ask(PREPARE)
    by = replace(caller, channel=Channel.IVR, assurance=1)
    [waiting] = me(await ask(WAITING, by=by))["preparedChanges"]
    assert waiting["state"] == "WAITING"
    assert me(await ask(PREPARED, {"id": waiting["id"]}, by=by))["preparedChange"] == {
        "id": waiting["id"],
        "state": "WAITING",
    }
    assert code_of(await ask(PREPARED, {"id": "nobody"}, by=by)) == "not_found"


async def test_everything_subscribed_has_its_number_and_the_plan_can_not_be_dropped(ask: Ask, bss: FakeBss) -> None:
    plan, pack = bss.packages[0], replace(bss.packages[0], id="K2", kind=PackageKind.ADD_ON, offering_id="pack-data-5")
    ending = replace(pack, id="K3", state=PackageState.ENDING)
    bss.packages = [replace(plan, kind=PackageKind.PLAN), pack, ending]
    bss.deals.offerings = [make_offering(of_third_party=True)]
    items = me(await ask(SUBSCRIBED))["subscribed"]
    assert [(item["position"], item["packageId"], item["droppable"]) for item in items] == [
        (1, plan.id, False),
        (2, "K2", True),
        (3, "K3", False),
    ]
    assert [item["ofThirdParty"] for item in items] == [False, True, True]


async def test_the_life_of_a_line_and_its_services_are_seen_at_level_1(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    bss.deals.standing = Standing.LOST
    seen = me(await ask(LIFE, by=replace(caller, assurance=1)))
    assert seen["life"] == {"standing": "LOST", "closesOn": None}
    assert seen["serviceSwitches"] == [{"id": "roaming", "on": False, "changingTo": None}]


async def test_a_puk_is_for_who_proved_to_be_the_owner(ask: Ask, caller: Caller) -> None:
    assert code_of(await ask(PUK, by=replace(caller, assurance=1))) == "step_up_required"
    assert me(await ask(PUK))["puk"] == {"puk": "12345678", "triesOfCard": 10}


@pytest.mark.parametrize("ending", ["12345", "12a", "１２", " 1", "*"])
async def test_free_numbers_are_asked_for_by_their_last_digits(ask: Ask, ending: str) -> None:
    assert len(me(await ask(NUMBERS, {"ending": ""}))["freeNumbers"]) == 3
    assert code_of(await ask(NUMBERS, {"ending": ending})) == "bad_argument"


async def test_a_visitor_sees_none_of_it(ask: Ask) -> None:
    visitor = Caller(Channel.WEB)
    for text, variables in ((ORDERS, {}), (WAITING, {}), (SUBSCRIBED, {}), (LIFE, {}), (PUK, {})):
        assert (await ask(text, variables, by=visitor)).errors[0].code == "sign_in_required"


async def test_a_silent_order_management_blanks_its_own_field_alone(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Caller) -> None:
        raise BssFault("order_timeout", retryable=True)

    monkeypatch.setattr(bss.deals, "fetch_orders", fail)
    outcome = await ask("{ me { orders { id } life { standing } } }")
    assert outcome.data == {"me": {"orders": None, "life": {"standing": "USUAL"}}}
    assert [(error.code, error.path) for error in outcome.errors] == [("order_timeout", ("me", "orders"))]
