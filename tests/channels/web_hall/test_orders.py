"""Can a customer change what a line has with links and forms alone, once, and knowing what comes of it?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from channels.web_hall.routes import web_hall_routes
from gateway.graph import HallGraph
from graphql_schema.client import Outcome, load_operations
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedChange
from graphql_schema.types.change import ChangeAction, PreparedChange, PreparedState
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.order import OrderState
from graphql_schema.types.package import PackageKind
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import order_facts as deals
from tests.channels.web_hall.conftest import HERE, form_token, visit
from tests.channels.web_hall.fakes import TOKEN, WEB_FOLDER, FakeDoorkeeper, FakeGraph
from tests.channels.web_hall.walker import Walker
from tests.fakes.deal_ports import AS_OF, FakeOrders, FakeSwitches, make_order
from tests.fakes.ports import FakeBss, make_package

pytestmark = pytest.mark.anyio
HALL = Path(__file__).parents[3] / "channels" / "web_hall"


@dataclass
class Desk(FakeOrders):
    """The order desk of these walks: ids as short as an address wants them, and every wish remembered."""

    wishes: list[WantedChange] = field(default_factory=list)

    async def prepare(self, deed: Deed, wanted: WantedChange) -> PreparedChange:
        self.wishes.append(wanted)
        return await super().prepare(replace(deed, id=f"C{len(self.wishes)}"), wanted)


@dataclass(frozen=True)
class Walk(Walker):
    """A browser without JavaScript before the real graph, and the desk behind it."""

    desk: Desk
    switches: FakeSwitches
    doorkeeper: FakeDoorkeeper


@pytest.fixture
async def walk() -> AsyncIterator[Walk]:
    bss, doorkeeper, desk = FakeBss(), FakeDoorkeeper(), Desk()
    bss.deals = desk
    bss.packages.append(make_package(id="H2", offering_id="pack-data-5", kind=PackageKind.ADD_ON))
    graph = HallGraph(bss.ports(), load_operations(HALL).values(), deadline_seconds=10, open_documents=False)
    routes = web_hall_routes(
        graph, doorkeeper, web_folder=WEB_FOLDER, secure_cookies=False, public_url=HERE, notices_kept_seconds=0
    )
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as browser:
        browser.cookies.set("hall", TOKEN, domain="localhost.local")
        yield Walk(browser, desk, bss.switches, doorkeeper)


async def test_from_the_catalogue_to_the_receipt_everything_is_a_link_or_a_form(walk: Walk) -> None:
    card = await walk.follow(await walk.browser.get("/catalogue?kind=ADD_ON"), "/catalogue/pack-data-5")
    seen = await walk.follow(card, "/change?action=ADD")
    assert "现在还没有办理" in seen.text
    assert walk.desk.wishes == []
    question = await walk.send(seen, deed="prepare")
    assert question.url.path == "/change/C1"
    assert "5GB流量加油包" in question.text
    assert "¥15.00/月" in question.text
    assert walk.desk.orders == [], "nothing is ordered before the answer"
    receipt = await walk.send(question, deed="confirm")
    assert receipt.url.path == "/orders/C1"
    assert "已提交办理" in receipt.text
    assert "负责系统：开通系统" in receipt.text
    assert "/orders/C1" in (await walk.browser.get("/orders")).text


async def test_a_question_that_is_answered_twice_is_one_order(walk: Walk) -> None:
    seen = await walk.browser.get("/change?action=ADD&offering=pack-data-5")
    question = await walk.send(seen, deed="prepare")
    again = await walk.send(seen, deed="prepare")
    assert (question.url.path, again.url.path, len(walk.desk.wishes)) == ("/change/C1", "/change/C1", 1)
    for _ in range(2):
        assert (await walk.send(question, deed="confirm")).url.path == "/orders/C1"
    assert [order.id for order in walk.desk.orders] == ["C1"]


async def test_no_withdraws_and_nothing_is_ordered(walk: Walk) -> None:
    question = await walk.send(await walk.browser.get("/change?action=ADD&offering=pack-data-5"), deed="prepare")
    told = await walk.send(question, deed="withdraw")
    assert told.url.path == "/packages"
    assert "没有任何改动" in told.text
    assert walk.desk.prepared["C1"].state is PreparedState.WITHDRAWN
    assert walk.desk.orders == []
    late = await walk.send(question, deed="confirm")
    assert late.status_code == 410
    assert "确认时间已过" in late.text
    assert walk.desk.orders == []


async def test_only_yes_is_yes(walk: Walk) -> None:
    question = await walk.send(await walk.browser.get("/change?action=ADD&offering=pack-data-5"), deed="prepare")
    for pressed in ({}, {"deed": "yes"}):
        asked_again = await walk.send(question, **pressed)
        assert asked_again.url.path == "/change/C1"
        assert walk.desk.prepared["C1"].state is PreparedState.WAITING
    assert walk.desk.orders == []


async def test_what_was_confirmed_elsewhere_leads_to_its_order(walk: Walk) -> None:
    question = await walk.send(await walk.browser.get("/change?action=ADD&offering=pack-data-5"), deed="prepare")
    walk.desk.orders.append(make_order("C1"))
    walk.desk.prepared["C1"] = replace(walk.desk.prepared["C1"], state=PreparedState.CONFIRMED, order_id="C1")
    assert (await walk.browser.get("/change/C1")).headers["location"] == "/orders/C1"
    assert (await walk.send(question, deed="withdraw")).url.path == "/orders/C1"


async def test_a_change_that_waits_is_told_on_home_packages_and_orders(walk: Walk) -> None:
    await walk.send(await walk.browser.get("/change?action=ADD&offering=pack-data-5"), deed="prepare")
    for page in ("/home", "/packages", "/orders"):
        assert 'href="/change/C1"' in (await walk.browser.get(page)).text, page


async def test_the_start_is_chosen_by_a_link_and_kept_by_the_form(walk: Walk) -> None:
    seen = await walk.browser.get("/change?action=ADD&offering=pack-data-5&start=AT_ONCE")
    await walk.send(seen, deed="prepare")
    assert walk.desk.wishes[-1].start is not None
    assert walk.desk.wishes[-1].start.name == "AT_ONCE"


async def test_a_plan_is_changed_and_a_package_dropped_by_its_number(walk: Walk) -> None:
    page = await walk.browser.get("/packages")
    dropped = await walk.follow(page, "/change?action=DROP")
    await walk.send(dropped, deed="prepare")
    plan = await walk.follow(await walk.browser.get("/catalogue?kind=PLAN"), "/catalogue/plan-79")
    await walk.send(await walk.follow(plan, "/change?action=CHANGE_PLAN"), deed="prepare")
    assert [wish.action for wish in walk.desk.wishes] == [ChangeAction.DROP, ChangeAction.CHANGE_PLAN]
    assert walk.desk.wishes[0].package_id


async def test_another_line_is_opened_with_a_number_that_stands_in_no_address(walk: Walk) -> None:
    form = await walk.browser.get("/services/new-line")
    typed = {"number": "13800000001", "offering": "plan-79", "deed": "preview"}
    seen = await walk.send(form, **typed)
    assert seen.status_code == 200
    assert "13800000001" not in str(seen.url)
    question = await walk.send(seen, deed="prepare")
    assert question.url.path == "/change/C1"
    wish = walk.desk.wishes[0]
    assert (wish.action, wish.offering_id, wish.number) == (ChangeAction.OPEN_LINE, "plan-79", "13800000001")


async def test_closing_the_line_asks_for_code_and_password_and_comes_back(walk: Walk) -> None:
    question = await walk.send(await walk.browser.get("/change?action=CLOSE"), deed="prepare")
    step = await walk.send(question, deed="confirm")
    assert step.url.path == "/step-up"
    assert step.url.params["next"] == "/change/C1"
    assert step.url.params["level"] == "3"
    assert walk.desk.orders == []
    walk.doorkeeper.who = "proved"
    back = await walk.browser.get("/change/C1")
    assert (await walk.send(back, deed="confirm")).url.path == "/orders/C1"


async def test_an_order_is_called_off_after_a_second_look(walk: Walk) -> None:
    walk.desk.orders.append(make_order("O1"))
    page = await walk.follow(await walk.browser.get("/orders/O1"), "/orders/O1/cancel")
    assert walk.desk.orders[0].state is OrderState.IN_PROGRESS
    told = await walk.send(page)
    assert "订单已取消" in told.text
    assert walk.desk.orders[0].state is OrderState.CANCELLED
    refused = await walk.send(page)  # the same press again answers the same
    assert "订单已取消" in refused.text


async def test_the_puk_is_masked_until_it_is_asked_for_and_kept_by_nobody(walk: Walk) -> None:
    walk.doorkeeper.who = "half"
    page = await walk.browser.get("/services")
    assert "12345678" not in page.text
    shown = await walk.follow(page, "/services/puk")
    assert "12345678" in shown.text
    assert shown.headers["cache-control"] == "no-store"


async def test_a_stale_proof_is_not_enough_for_the_puk(walk: Walk) -> None:
    answer = await walk.browser.get("/services/puk")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/step-up?level=2&within=600&next=/services/puk")


async def test_a_deed_that_rests_says_why_and_every_page_says_it_before(walk: Walk) -> None:
    reason = LocalizedText(zh="升级。", en="New.")
    notice = ServiceNotice(id="N1", deeds=["prepareChange"], resting=True, begins_at=AS_OF, ends_at=None, reason=reason)
    walk.switches.notices = [notice]
    seen = await walk.browser.get("/change?action=ADD&offering=pack-data-5")
    assert "套餐与业务办理暂停" in seen.text
    told = await walk.send(seen, deed="prepare")
    assert told.status_code == 503
    assert "升级。" in told.text
    assert "没有做任何改动" in told.text
    assert walk.desk.wishes == []


async def test_visitors_look_at_the_catalogue_and_sign_in_to_change_something(walk: Walk) -> None:
    walk.browser.cookies.delete("hall")
    card = await walk.browser.get("/catalogue/pack-data-5")
    assert card.status_code == 200
    led = await walk.follow(card, "/change?action=ADD")
    assert led.url.path == "/sign-in"
    assert led.url.params["next"] == "/change?action=ADD&offering=pack-data-5"


async def test_the_filter_of_the_catalogue_stands_in_its_address(walk: Walk) -> None:
    assert "pack-data-5" not in (await walk.browser.get("/catalogue?kind=PLAN")).text
    assert "plan-79" not in (await walk.browser.get("/catalogue?most=30")).text
    assert "plan-79" in (await walk.browser.get("/catalogue?text=5g&shelf=mobile-plan")).text
    assert (await walk.browser.get("/catalogue?shelf=nowhere")).status_code == 404
    assert [each.kind for each in walk.desk.offerings] == [PackageKind.PLAN, PackageKind.ADD_ON]


async def test_boxes_that_were_ticked_are_compared(walk: Walk) -> None:
    page = await walk.browser.get("/catalogue/compare", params={"ids[]": ["plan-79", "pack-data-5", "plan-79"]})
    assert page.status_code == 200
    assert page.text.index("5G畅享79元套餐") < page.text.index("5GB流量加油包")
    assert (await walk.browser.get("/catalogue/compare?ids=plan-79,none")).status_code == 404
    assert (await walk.browser.get("/catalogue/compare?ids=a,b,c,d,e")).status_code == 422


@pytest.mark.parametrize(
    "query",
    ["", "action=EXPLODE", "action=ADD", "action=OPEN_LINE&offering=plan-79", f"action=DROP&package={'x' * 129}"],
)
async def test_a_change_that_no_page_asks_for_is_refused_and_nothing_is_asked(
    hall: httpx.AsyncClient, graph: FakeGraph, query: str
) -> None:
    answer = await hall.get(f"/change?{query}")
    assert answer.status_code == 400
    assert graph.asked == []


async def test_a_changed_preview_is_not_ordered_and_leads_to_the_new_one() -> None:
    page = await visit("prepared-changed", "en")
    assert "is not what you were shown" in page.text
    assert "Confirm the order" not in page.text
    assert "/change?action=CHANGE_PLAN&amp;offering=plan-129&amp;start=NEXT_CYCLE" in page.text


async def test_an_order_that_moves_refreshes_itself_and_one_that_waits_does_not() -> None:
    assert 'data-hx-trigger="every 5s"' in (await visit("order-placing", "zh")).text
    for state in ("order-later", "order-opening", "order-done", "order-failed"):
        assert "data-hx-trigger" not in (await visit(state, "zh")).text, state


async def test_the_desk_that_hangs_holds_up_no_page_with_its_notices(
    hall: httpx.AsyncClient, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = graph.run

    async def hang(operation: object, *rest: object) -> Outcome:
        if getattr(operation, "name", "") == "ServiceNotices":
            raise TimeoutError
        return await run(operation, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(graph, "run", hang)
    assert (await hall.get("/home")).status_code == 200


async def test_every_older_deed_says_that_it_rests(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    rest = known.said("pauseCharges", "DeedOff", offUntil=None, offWhy=deals.text("检修。", "Repairs."))
    graph.answers = {"charge_brake": Outcome({"me": {"chargeBrake": facts.BRAKE}}), "pause_charges": rest}
    form = form_token(await hall.get("/settings"))
    told = await hall.post("/usage/brake", data={"form": form, "deed": "pause", "charge_ROAMING": "on"})
    assert told.status_code == 503
    assert "检修。" in told.text


def test_every_deed_of_the_hall_asks_what_is_said_where_it_rests() -> None:
    for operation in load_operations(HALL).values():
        if operation.text.startswith("mutation") or "\nmutation" in operation.text:
            assert "... on DeedOff { offUntil: until offWhy: reason { zh en } }" in operation.text, operation.name
