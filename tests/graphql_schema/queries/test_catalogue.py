"""What can anybody ask about offerings, and about what rests?"""

from typing import Any

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.offering import OfferingCategory
from tests.fakes.deal_ports import AS_OF, make_offering, make_plan, make_recharge
from tests.fakes.ports import FakeBss, yuan
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio
VISITOR = Caller(Channel.APP)


def text(zh: str, en: str) -> LocalizedText:
    return LocalizedText(zh=zh, en=en)


@pytest.fixture
def bss(bss: FakeBss) -> FakeBss:
    bss.deals.categories = [
        OfferingCategory(id="mobile-plan", name=text("手机套餐", "Mobile plans"), parent_id=None),
        OfferingCategory(id="family-plan", name=text("家庭套餐", "Family plans"), parent_id="mobile-plan"),
        OfferingCategory(id="pack", name=text("加油包", "Packs"), parent_id=None),
    ]
    bss.deals.offerings = [
        make_plan("plan-59", name=text("5G畅享59元套餐", "5G Smart 59"), monthly_fee=yuan("59")),
        make_plan("plan-79", monthly_fee=yuan("79")),
        make_plan("plan-family", name=text("全家享", "Family 169"), category_id="family-plan", monthly_fee=yuan("169")),
        make_offering("pack-data-5"),
        make_offering("benefit-free", name=text("赠送", "A gift"), monthly_fee=None),
        make_offering("pack-old", name=text("旧包", "Old pack"), on_sale=False),
    ]
    return bss


async def ids(ask: Ask, filters: str) -> list[str]:
    outcome = await ask(f"{{ catalogue {{ offerings{filters} {{ id }} }} }}", by=VISITOR)
    assert outcome.errors == ()
    assert outcome.data is not None
    return [each["id"] for each in outcome.data["catalogue"]["offerings"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("", ["plan-59", "plan-79", "plan-family", "pack-data-5", "benefit-free"]),
        ("(kind: PLAN)", ["plan-59", "plan-79", "plan-family"]),
        ('(categoryId: "mobile-plan")', ["plan-59", "plan-79", "plan-family"]),
        ('(categoryId: "family-plan")', ["plan-family"]),
        ('(text: " smart ")', ["plan-59", "plan-79"]),
        ('(text: "59元")', ["plan-59"]),
        ('(text: "nothing like it")', []),
        ('(monthlyFeeMost: "59")', ["plan-59", "pack-data-5", "benefit-free"]),
        ('(kind: ADD_ON, monthlyFeeMost: "14.99")', ["benefit-free"]),
    ],
)
async def test_a_visitor_finds_what_is_on_sale(ask: Ask, filters: str, expected: list[str]) -> None:
    assert await ids(ask, filters) == expected


async def test_one_that_is_sold_no_more_can_still_be_looked_at(ask: Ask) -> None:
    outcome = await ask('{ catalogue { offering(id: "pack-old") { id onSale } } }', by=VISITOR)
    assert outcome.data == {"catalogue": {"offering": {"id": "pack-old", "onSale": False}}}


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ('offering(id: "no-such") { id }', "not_found"),
        ('offerings(categoryId: "no-such") { id }', "not_found"),
        ('offerings(text: "' + "x" * 61 + '") { id }', "bad_argument"),
        ('offerings(monthlyFeeMost: "NaN") { id }', "bad_argument"),
        ('offerings(monthlyFeeMost: "Infinity") { id }', "bad_argument"),
        ('compare(ids: ["plan-59"]) { id }', "bad_argument"),
        ('compare(ids: ["plan-59", "plan-59"]) { id }', "bad_argument"),
        ('compare(ids: ["plan-59", "plan-79", "plan-family", "pack-data-5", "pack-old"]) { id }', "bad_argument"),
        ('compare(ids: ["plan-59", "no-such"]) { id }', "not_found"),
    ],
)
async def test_what_is_not_there_is_refused_by_a_code(ask: Ask, field: str, code: str) -> None:
    outcome = await ask(f"{{ catalogue {{ {field} }} }}", by=VISITOR)
    assert [error.code for error in outcome.errors] == [code]


async def test_offerings_stand_side_by_side_in_the_order_asked_for(ask: Ask) -> None:
    outcome = await ask(
        '{ catalogue { compare(ids: ["plan-79", "plan-59"]) { id monthlyFee { amount } } } }', by=VISITOR
    )
    assert outcome.data == {
        "catalogue": {
            "compare": [
                {"id": "plan-79", "monthlyFee": {"amount": "79.00"}},
                {"id": "plan-59", "monthlyFee": {"amount": "59.00"}},
            ]
        }
    }


async def test_a_helper_and_a_partner_may_read_the_catalogue_too(ask: Ask, caller: Caller) -> None:
    limited = Caller(Channel.APP, caller.subscriber, caller.number, 2, helper="L3", fields=frozenset({"Me.line"}))
    outcome = await ask("{ catalogue { categories { id } } serviceNotices { id } }", by=limited)
    assert outcome.errors == ()


async def test_what_rests_is_told_with_its_reason(ask: Ask, bss: FakeBss) -> None:
    bss.switches.notices = [
        ServiceNotice(
            id="N1",
            deeds=["confirmChange"],
            resting=True,
            begins_at=AS_OF,
            ends_at=None,
            reason=text("系统维护", "Maintenance"),
        )
    ]
    outcome = await ask("{ serviceNotices { deeds resting endsAt reason { zh } } }", by=VISITOR)
    assert outcome.data == {
        "serviceNotices": [{"deeds": ["confirmChange"], "resting": True, "endsAt": None, "reason": {"zh": "系统维护"}}]
    }


@pytest.mark.parametrize("receipt", ["", "x" * 65, "回执", "a\nb", "receipt-of-nobody"])
async def test_no_receipt_opens_nothing(ask: Ask, bss: FakeBss, receipt: str) -> None:
    bss.money.recharges = [make_recharge("R1")]
    variables: dict[str, Any] = {"receipt": receipt}
    outcome = await ask("query($receipt: String!) { recharge(receipt: $receipt) { id } }", variables, by=VISITOR)
    assert [error.code for error in outcome.errors] == ["not_found"]


async def test_whoever_holds_the_receipt_sees_the_recharge_and_how_to_pay_it(ask: Ask, bss: FakeBss) -> None:
    bss.money.recharges = [make_recharge("R1")]
    outcome = await ask(
        '{ payOffer(receipt: "receipt-R1") { recharge { maskedNumber state } pay { page } } }', by=VISITOR
    )
    assert outcome.data is not None
    assert outcome.data["payOffer"]["recharge"] == {"maskedNumber": "138****8001", "state": "WAITING"}
    assert outcome.data["payOffer"]["pay"]["page"].endswith("/pay/R1")
