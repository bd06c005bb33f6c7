"""Is a change ordered once, found again, and called off, whatever happens on the way?"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.order import TmfOrders
from bss_adapters.tmf.order_event import parse_order_event
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.client import Channel
from graphql_schema.order_ports import PlacedOrder, WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.problems import ChangeRefused, NotCancellable, NotFound
from graphql_schema.types.change import ChangeAction, ChangeStart, ObstacleCode
from graphql_schema.types.order import HoldingSystem, MilestoneState, NextStep, OrderState
from tests.bss_adapters import deal_bodies as wire
from tests.bss_adapters.deal_desk import Break, DealDesk, lose_line, time_out

pytestmark = pytest.mark.anyio

LIMITS = Limits(budget_seconds=5.0, backoff_seconds=0.001, failures_to_open=1000)
PLAN = WantedChange(ChangeAction.CHANGE_PLAN, offering_id="plan-79")


def placed(wanted: WantedChange = PLAN, *, reference: str = "deed-1") -> PlacedOrder:
    return PlacedOrder(reference, "L1", "A1", wanted, "Q1", Channel.SMS)


@pytest.fixture
def desk() -> DealDesk:
    return DealDesk()


@pytest.fixture
def orders(desk: DealDesk) -> TmfOrders:
    return TmfOrders(TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=desk, limits=LIMITS))


async def test_an_order_carries_our_reference_the_line_the_account_and_the_channel(
    orders: TmfOrders, desk: DealDesk
) -> None:
    order = await orders.place(placed())
    assert (order.id, order.channel, order.state) == ("deed-1", Channel.SMS, OrderState.IN_PROGRESS)
    (sent,) = desk.bodies
    assert sent == {
        "externalId": "deed-1",
        "category": "selfService",
        "channel": [{"id": "sms", "role": "selfService"}],
        "relatedParty": [{"id": "L1", "role": "line", "@referredType": "Product"}],
        "billingAccount": {"id": "A1"},
        "productOfferingQualification": [{"id": "Q1"}],
        "productOrderItem": [
            {
                "id": "1",
                "action": "modify",
                "productOffering": {"id": "plan-79"},
                "product": {"productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "L1"}}]},
            }
        ],
    }


RELIES = {"productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "L1"}}]}


def traits(**values: Any) -> dict[str, Any]:
    return {"id": "L1", "productCharacteristic": [{"name": name, "value": value} for name, value in values.items()]}


@pytest.mark.parametrize(
    ("wanted", "item"),
    [
        (
            WantedChange(ChangeAction.ADD, offering_id="o"),
            {"action": "add", "productOffering": {"id": "o"}, "product": RELIES},
        ),
        (WantedChange(ChangeAction.DROP, package_id="p"), {"action": "delete", "product": {"id": "p"} | RELIES}),
        (
            WantedChange(ChangeAction.SWITCH_ON, service="roaming"),
            {"action": "modify", "product": traits(serviceSwitch="roaming", on=True)},
        ),
        (
            WantedChange(ChangeAction.SWITCH_OFF, service="roaming"),
            {"action": "modify", "product": traits(serviceSwitch="roaming", on=False)},
        ),
        (WantedChange(ChangeAction.REPORT_LOSS), {"action": "modify", "product": traits(lost=True)}),
        (WantedChange(ChangeAction.RESUME), {"action": "modify", "product": traits(lost=False)}),
        (WantedChange(ChangeAction.CLOSE), {"action": "delete", "product": {"id": "L1"}}),
        (WantedChange(ChangeAction.KEEP_OPEN), {"action": "modify", "product": traits(closing=False)}),
        (
            WantedChange(ChangeAction.OPEN_LINE, offering_id="o", number="13900008001"),
            {
                "action": "add",
                "productOffering": {"id": "o"},
                "product": {"productSerialNumber": "13900008001"} | RELIES,
            },
        ),
    ],
    ids=lambda value: value.action.value if isinstance(value, WantedChange) else "",
)
async def test_each_change_has_its_item(
    orders: TmfOrders, desk: DealDesk, wanted: WantedChange, item: dict[str, Any]
) -> None:
    await orders.place(placed(wanted))
    assert desk.bodies[0]["productOrderItem"] == [{"id": "1"} | item]


async def test_a_wanted_start_is_now_or_the_first_instant_of_the_next_month(orders: TmfOrders, desk: DealDesk) -> None:
    for start in (ChangeStart.NEXT_CYCLE, ChangeStart.AT_ONCE):
        wanted = WantedChange(ChangeAction.ADD, offering_id="o", start=start)
        await orders.place(placed(wanted, reference=f"deed-{start.value}"))
    later, now = (datetime.fromisoformat(body["requestedStartDate"]) for body in desk.bodies)
    assert (later.day, later.hour, later.utcoffset()) == (1, 0, now.utcoffset())
    assert abs((now - datetime.now(UTC)).total_seconds()) < 60
    assert later > now


@pytest.mark.parametrize("fail", [lose_line, time_out])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_that_never_came_leaves_the_outcome_open_and_is_sent_once(
    orders: TmfOrders, desk: DealDesk, fail: Break, when: str
) -> None:
    getattr(desk, when).append(fail)
    with pytest.raises(BssFault) as fault:
        await orders.place(placed())
    assert fault.value.outcome_unknown
    assert len(desk.posts) == 1
    found = await orders.find("L1", "deed-1")
    assert (found is None) == (when == "before")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={}),
        httpx.Response(201, content=b"<html>"),
        httpx.Response(201, json={"id": "PO-1"}),
        httpx.Response(201, json=wire.ORDER | {"externalId": "deed-9"}),
        httpx.Response(201, json=wire.ORDER | {"relatedParty": [{"id": "L2", "role": "line"}]}),
        httpx.Response(302, headers={"location": "http://elsewhere.example"}),
        httpx.Response(409, json={"code": "referenceReused", "reason": "another order"}),
        httpx.Response(409, content=b"no"),
    ],
    ids=[
        "500",
        "no JSON",
        "facts missing",
        "another order",
        "another line",
        "redirect",
        "reference reused",
        "409 bare",
    ],
)
async def test_an_answer_that_says_nothing_of_our_order_leaves_the_outcome_open(
    orders: TmfOrders, desk: DealDesk, answer: httpx.Response
) -> None:
    desk.answers["productOrder"] = answer
    with pytest.raises(BssFault) as fault:
        await orders.place(placed())
    assert fault.value.outcome_unknown
    assert fault.value.code.startswith("order_")
    assert len(desk.posts) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
async def test_what_was_turned_away_at_the_door_was_surely_not_ordered(
    orders: TmfOrders, desk: DealDesk, status: int
) -> None:
    desk.answers["productOrder"] = httpx.Response(status, json={"code": "no", "reason": "no"})
    with pytest.raises(BssFault) as fault:
        await orders.place(placed())
    assert not fault.value.outcome_unknown


@pytest.mark.parametrize(
    ("status", "error", "codes"),
    [
        (
            409,
            {"code": "notQualified", "reason": "no", "message": "inArrears, underWay"},
            [ObstacleCode.IN_ARREARS, ObstacleCode.UNDER_WAY],
        ),
        (400, {"code": "unknownOffering", "reason": "no"}, [ObstacleCode.NOT_OFFERED]),
    ],
)
async def test_a_refusal_for_good_says_why(
    orders: TmfOrders, desk: DealDesk, status: int, error: dict[str, Any], codes: list[ObstacleCode]
) -> None:
    desk.answers["productOrder"] = httpx.Response(status, json=error)
    with pytest.raises(ChangeRefused) as refused:
        await orders.place(placed())
    assert [each.code for each in refused.value.parameters["obstacles"]] == codes


async def test_an_order_placed_twice_is_one(orders: TmfOrders, desk: DealDesk) -> None:
    first, second = await orders.place(placed()), await orders.place(placed())
    assert first.id == second.id
    assert len(desk.orders) == 1


async def test_an_order_reads_with_its_steps_its_trouble_and_what_to_do(orders: TmfOrders, desk: DealDesk) -> None:
    desk.orders = [wire.ORDER, wire.HELD]
    held, moving = await orders.fetch_orders("L1")
    assert (held.id, held.state, held.next_step) == ("deed-2", OrderState.PARTIAL, NextStep.VISIT)
    assert held.failure is not None
    assert (held.failure.zh, held.failure.en) == ("证件待审", "Documents")
    assert held.completed_at == datetime(2026, 11, 21, 3, tzinfo=UTC)
    (part,) = held.items
    assert (part.state, part.name) == (OrderState.FAILED, held.name)
    assert part.failure is not None
    assert part.failure.en == "Taken"
    assert (moving.starts_on, moving.cancellable, moving.repeats) == (date(2026, 12, 1), True, True)
    assert moving.price is not None
    assert moving.price.amount == Decimal(79)
    assert [(step.system, step.state, step.at is None) for step in moving.milestones] == [
        (HoldingSystem.ORDER, MilestoneState.DONE, False),
        (HoldingSystem.ACTIVATION, MilestoneState.ACTIVE, True),
    ]


async def test_an_order_of_a_shop_has_the_operators_id_and_no_channel_of_ours(
    orders: TmfOrders, desk: DealDesk
) -> None:
    desk.orders = [wire.ORDER | {"category": "shop", "channel": [{"id": "web", "role": "shop"}]}]
    (order,) = await orders.fetch_orders("L1")
    assert (order.id, order.channel) == ("PO-1", None)


async def test_orders_of_another_line_are_not_shown(orders: TmfOrders, desk: DealDesk) -> None:
    desk.orders = [wire.ORDER | {"relatedParty": [{"id": "L2", "role": "line"}]}]
    with pytest.raises(BssFault, match="order_garbled"):
        await orders.fetch_orders("L1")
    with pytest.raises(BssFault, match="order_garbled"):
        await orders.find("L1", "deed-1")


async def test_a_look_for_a_reference_that_finds_another_is_no_answer(orders: TmfOrders, desk: DealDesk) -> None:
    desk.lists["productOrder"] = [wire.ORDER]
    with pytest.raises(BssFault, match="order_garbled"):
        await orders.find("L1", "deed-5")


async def test_a_placed_order_is_in_the_list_at_once(orders: TmfOrders) -> None:
    assert await orders.fetch_orders("L1") == []
    await orders.place(placed())
    assert [order.id for order in await orders.fetch_orders("L1")] == ["deed-1"]


async def test_an_order_is_called_off_by_the_operators_id_and_once(orders: TmfOrders, desk: DealDesk) -> None:
    await orders.place(placed())
    first, second = await orders.cancel("L1", "deed-1"), await orders.cancel("L1", "deed-1")
    assert first.state is second.state is OrderState.CANCELLED
    assert [body for body in desk.bodies if "productOrder" in body] == [
        {"productOrder": {"id": "PO-1"}, "cancellationReason": "customer"}
    ]
    assert [order.state for order in await orders.fetch_orders("L1")] == [OrderState.CANCELLED]


async def test_an_order_that_is_not_this_lines_can_not_be_called_off(orders: TmfOrders, desk: DealDesk) -> None:
    with pytest.raises(NotFound):
        await orders.cancel("L1", "deed-1")
    assert not desk.posts


async def test_an_order_past_the_point_says_where_it_stands(orders: TmfOrders, desk: DealDesk) -> None:
    await orders.place(placed())
    desk.answers["cancelProductOrder"] = httpx.Response(409, json={"code": "notCancellable", "reason": "done"})
    with pytest.raises(NotCancellable) as refused:
        await orders.cancel("L1", "deed-1")
    assert refused.value.parameters == {"state": OrderState.IN_PROGRESS}


async def test_a_call_off_whose_answer_was_lost_is_looked_up(orders: TmfOrders, desk: DealDesk) -> None:
    await orders.place(placed())
    desk.after = [lose_line]
    assert (await orders.cancel("L1", "deed-1")).state is OrderState.CANCELLED


async def test_a_call_off_that_never_arrived_leaves_the_outcome_open(orders: TmfOrders, desk: DealDesk) -> None:
    await orders.place(placed())
    desk.before = [lose_line]
    with pytest.raises(BssFault) as fault:
        await orders.cancel("L1", "deed-1")
    assert fault.value.outcome_unknown


@pytest.mark.parametrize("reference", ["", "a,b", "a/b", "a b", "x" * 200])
async def test_a_reference_that_would_mean_another_question_is_not_sent(
    orders: TmfOrders, desk: DealDesk, reference: str
) -> None:
    with pytest.raises(BssFault, match="order_refused"):
        await orders.find("L1", reference)
    with pytest.raises(BssFault, match="order_refused"):
        await orders.place(placed(reference=reference))
    assert not desk.posts
    assert not desk.asked


def test_an_order_event_names_the_line() -> None:
    assert parse_order_event(json.dumps(wire.ORDER_EVENT).encode()) == "L1"


@pytest.mark.parametrize(
    "changes",
    [
        {"eventType": "ProductOrderCreateEvent"},
        {"event": {}},
        {"event": {"productOrder": {"id": "PO-1"}}},
        {"event": {"productOrder": {"relatedParty": [{"id": "L/1", "role": "line"}]}}},
        {"event": {"productOrder": {"relatedParty": [{"id": "L" * 65, "role": "line"}]}}},
        {"event": {"productOrder": {"relatedParty": wire.PARTY * 2}}},
    ],
)
def test_an_event_that_names_no_line_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BssFault, match="order_garbled"):
        parse_order_event(json.dumps(wire.ORDER_EVENT | changes).encode())
