"""Is a change shown as the BSS computed it, and nothing shown that it did not say?"""

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.qualification import TmfQualifications
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.client import Channel
from graphql_schema.order_ports import Qualified, WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.problems import NotFound
from graphql_schema.types.change import ChangeAction, ChangeChargeKind, ChangeStart, LossKind, ObstacleCode
from tests.bss_adapters import deal_bodies as wire
from tests.bss_adapters.deal_desk import DealDesk, lose_line

pytestmark = pytest.mark.anyio

LIMITS = Limits(budget_seconds=5.0, backoff_seconds=0.001, failures_to_open=1000)
KIND = "productOfferingQualification"
TIP = {"kind": "tip", "name": "x", "amount": wire.yuan(1), "since": "2026-12-01"}
PLAN = WantedChange(ChangeAction.CHANGE_PLAN, offering_id="plan-79", start=ChangeStart.NEXT_CYCLE)


@pytest.fixture
def desk() -> DealDesk:
    return DealDesk(answers={KIND: httpx.Response(201, json=wire.ALLOWED)})


@pytest.fixture
def qualifications(desk: DealDesk) -> TmfQualifications:
    client = TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=desk, limits=LIMITS)
    return TmfQualifications(client)


async def preview(qualifications: TmfQualifications, wanted: WantedChange = PLAN) -> Qualified:
    return await qualifications.preview("L1", wanted, channel=Channel.WEB)


def with_item(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    changed["productOfferingQualificationItem"][0] |= changes
    return changed


def with_preview(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    changed["productOfferingQualificationItem"][0]["changePreview"] |= changes
    return changed


async def test_a_question_names_the_line_the_channel_and_the_start(
    qualifications: TmfQualifications, desk: DealDesk
) -> None:
    await preview(qualifications)
    (sent,) = desk.bodies
    assert sent["channel"] == {"id": "web"}
    assert sent["relatedParty"] == [{"id": "L1", "role": "line", "@referredType": "Product"}]
    assert (sent["instantSyncQualification"], sent["provideUnavailabilityReason"]) == (True, True)
    (item,) = sent["productOfferingQualificationItem"]
    assert item["productOffering"] == {"id": "plan-79"}
    assert item["expectedActivationDate"].endswith("-01T00:00:00+08:00")


async def test_the_usual_start_is_not_wished_for(qualifications: TmfQualifications, desk: DealDesk) -> None:
    await preview(qualifications, WantedChange(ChangeAction.CHANGE_PLAN, offering_id="plan-79"))
    assert "expectedActivationDate" not in desk.bodies[0]["productOfferingQualificationItem"][0]


async def test_a_possible_change_shows_all_that_the_bss_computed(qualifications: TmfQualifications) -> None:
    qualified = await preview(qualifications)
    shown = qualified.preview
    assert (qualified.id, shown.allowed, shown.obstacles) == ("Q1", True, [])
    assert (shown.name.zh, shown.name.en) == ("5G畅享79元套餐", "5G Smart 79")
    assert shown.starts == [ChangeStart.NEXT_CYCLE, ChangeStart.AT_ONCE]
    assert (shown.start, shown.starts_on) == (ChangeStart.NEXT_CYCLE, date(2026, 12, 1))
    assert shown.price is not None
    assert (shown.price.amount, shown.repeats) == (Decimal(79), True)
    assert [(each.kind, each.amount.amount) for each in shown.charges] == [
        (ChangeChargeKind.MONTHLY, Decimal(79)),
        (ChangeChargeKind.PENALTY, Decimal("120.5")),
    ]
    assert [(each.kind, each.left, each.amount and each.amount.amount) for each in shown.losses] == [
        (LossKind.ROLLED_OVER, 1073741824, None),
        (LossKind.DISCOUNT, None, Decimal(10)),
    ]
    assert [each.en for each in shown.takes_away] == ["5G Smart 59"]
    assert (shown.monthly_before.amount, shown.monthly_after.amount) == (Decimal(59), Decimal(79))
    assert shown.contract_until == date(2027, 11, 30)
    assert shown.terms is not None
    assert (shown.terms.zh, shown.terms.en) == ("合约十二个月", "12 months")
    assert not shown.stale


async def test_every_reason_is_told_with_what_it_is_about_and_no_figure(
    qualifications: TmfQualifications, desk: DealDesk
) -> None:
    desk.answers[KIND] = httpx.Response(201, json=wire.REFUSED)
    shown = (await preview(qualifications)).preview
    contract, under_way, arrears = shown.obstacles
    assert (contract.code, contract.until) == (ObstacleCode.CONTRACT, date(2027, 3, 31))
    assert contract.offering is not None
    assert contract.offering.en == "Contract 99"
    assert (under_way.code, under_way.order_id) == (ObstacleCode.UNDER_WAY, "deed-7")
    assert (arrears.code, arrears.until, arrears.offering) == (ObstacleCode.IN_ARREARS, None, None)
    assert (shown.allowed, shown.start, shown.starts_on) == (False, None, None)
    assert not any((shown.starts, shown.charges, shown.losses, shown.takes_away))


@pytest.mark.parametrize("code", ["unknownLine", "unknownOffering", "unknownProduct", "unknownService"])
async def test_a_thing_that_is_not_there_is_not_found(
    qualifications: TmfQualifications, desk: DealDesk, code: str
) -> None:
    desk.answers[KIND] = httpx.Response(400, json={"code": code, "reason": "no"})
    with pytest.raises(NotFound):
        await preview(qualifications)


async def test_another_refusal_of_the_question_is_a_fault(qualifications: TmfQualifications, desk: DealDesk) -> None:
    desk.answers[KIND] = httpx.Response(400, json={"code": "badProperty", "reason": "no"})
    with pytest.raises(BssFault, match="qualification_refused"):
        await preview(qualifications)


async def test_a_lost_answer_is_asked_for_again_because_asking_changes_nothing(
    qualifications: TmfQualifications, desk: DealDesk
) -> None:
    desk.after = [lose_line]
    assert (await preview(qualifications)).id == "Q1"
    assert len(desk.posts) == 2


async def test_a_preview_is_never_said_from_memory(qualifications: TmfQualifications, desk: DealDesk) -> None:
    await preview(qualifications)
    desk.answers[KIND] = httpx.Response(503)
    with pytest.raises(BssFault, match="qualification_unavailable") as fault:
        await preview(qualifications)
    assert not fault.value.outcome_unknown


@pytest.mark.parametrize(
    "body",
    [
        wire.ALLOWED | {"state": "inProgress"},
        wire.ALLOWED | {"relatedParty": [{"id": "L2", "role": "line"}]},
        wire.ALLOWED | {"relatedParty": []},
        wire.ALLOWED | {"productOfferingQualificationItem": []},
        wire.ALLOWED | {"productOfferingQualificationItem": wire.ALLOWED["productOfferingQualificationItem"] * 2},
        with_item(wire.ALLOWED, productOffering={"id": "plan-59"}),
        with_item(wire.ALLOWED, qualificationItemResult="unqualified"),
        with_item(wire.REFUSED, qualificationItemResult="qualified"),
        with_item(wire.REFUSED, eligibilityUnavailabilityReason=[{"code": "moonPhase"}]),
        with_item(wire.ALLOWED, changePreview=None),
        with_preview(wire.ALLOWED, start="atNoon"),
        with_preview(wire.ALLOWED, starts=["atOnce"]),
        with_preview(wire.ALLOWED, startsOn=None),
        with_preview(wire.ALLOWED, repeats=None),
        with_preview(wire.ALLOWED, price={"unit": "USD", "value": 79}),
        with_preview(wire.ALLOWED, charges=[TIP]),
        with_preview(wire.ALLOWED, monthlyAfter=None),
    ],
    ids=[
        "not done", "another line", "no line", "no item", "two items", "another offering", "refused without a reason",
        "allowed with a reason", "unknown reason", "no figures", "unknown start", "start not offered", "no day",
        "repeats unsaid", "other money", "unknown charge", "no sum",
    ],
)  # fmt: skip
async def test_an_answer_that_leaves_something_open_is_none(
    qualifications: TmfQualifications, desk: DealDesk, body: dict[str, Any]
) -> None:
    desk.answers[KIND] = httpx.Response(201, json=body)
    with pytest.raises(BssFault, match="qualification_garbled"):
        await preview(qualifications)
