"""Can operations give a recharge back, and see whether a day's money agrees?"""

from datetime import UTC, date, datetime

import pytest

from graphql_schema.client import Role
from graphql_schema.types.recharge import Mismatch, MismatchKind, RechargeSource, Reconciliation
from tests.channels.desk.conftest import SignIn
from tests.channels.desk.stage import DeskStage
from tests.fakes.deal_ports import make_recharge
from tests.fakes.ports import yuan

pytestmark = pytest.mark.anyio
TYPED = {"recharge": "R1", "amount": "20.00"}


@pytest.fixture
def stage(stage: DeskStage) -> DeskStage:
    stage.bss.money.recharges = [make_recharge("R1")]
    return stage


async def test_a_refund_is_checked_and_then_begun_once(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    checked = await colleague.send("/desk/refund", **TYPED, step="check")
    assert "请核对退款" in checked.text
    begun = await colleague.send("/desk/refund", **TYPED, step="refund")
    assert begun.status_code == 200
    assert "138****8001 的充值将退回 20.00 元" in begun.text


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"amount": "0"}, 422, "金额超出可退的范围"),
        ({"amount": "-5"}, 422, "金额应为正数"),
        ({"amount": "13.333"}, 422, "金额应为正数"),
        ({"amount": "1000000000"}, 422, "金额应为正数"),
        ({"recharge": ""}, 422, "请填写充值单号"),
        ({"recharge": "no-such"}, 404, ""),
    ],
)
async def test_what_can_not_be_given_back_is_refused(
    sign_in: SignIn, changes: dict[str, str], status: int, says: str
) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    refused = await colleague.send("/desk/refund", **(TYPED | changes), step="refund")
    assert refused.status_code == status
    assert says in refused.text
    assert "退款已受理" not in refused.text


async def test_care_gives_no_money_back(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    refused = await colleague.send("/desk/refund", **TYPED, step="refund")
    assert refused.status_code == 403


async def test_a_day_shows_its_sums_and_each_difference(stage: DeskStage, sign_in: SignIn) -> None:
    found = datetime(2026, 11, 16, 1, tzinfo=UTC)
    lost = Mismatch(
        kind=MismatchKind.TAKEN_UP,
        recharge_id="R7",
        reference="R7",
        ours=None,
        theirs=yuan("50"),
        mended=True,
        found_at=found,
    )
    stage.bss.money.reconciled = [
        Reconciliation(
            day=date(2026, 11, 15),
            source=RechargeSource.SANDBOX,
            done_at=found,
            payments=3,
            paid=yuan("150"),
            refunded=yuan("20"),
            credited=yuan("150"),
            agrees=False,
            mismatches=[lost],
        )
    ]
    colleague = await sign_in(Role.AUDITOR)
    page = await colleague.get("/desk/reconciliation?day=2026-11-15")
    for words in ("模拟支付", "有差异", "150.00", "20.00", "我方没有的收款", "R7", "已处理"):
        assert words in page.text
    assert "该日没有对账结果" in (await colleague.get("/desk/reconciliation?day=2026-11-14")).text


async def test_a_day_that_is_none_is_said(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.AUDITOR)
    refused = await colleague.get("/desk/reconciliation?day=someday")
    assert refused.status_code == 422
    assert "请选择有效的日期" in refused.text
