"""Can operations look after the mall, care take goods back, and does everybody hear when points do not add up?"""

import re
from dataclasses import replace

import pytest

from graphql_schema.client import Role
from graphql_schema.ports import BssFault
from graphql_schema.problems import BadArgument, NotReturnable
from graphql_schema.types.loyalty_desk import RewardTroubles
from graphql_schema.types.reward import RedemptionState, RewardKind
from tests.channels.desk.conftest import SignIn
from tests.channels.desk.stage import DeskStage
from tests.fakes.loyalty_desk import DIFFERS, make_verdict

pytestmark = pytest.mark.anyio
ITEM = {
    "code": "LJ",
    "kind": "BALANCE",
    "points": "500",
    "name_zh": "5元话费",
    "name_en": "5 yuan",
    "terms_zh": "兑换后不可退回",
    "terms_en": "",
    "amount": "5.00",
    "valid_days": "30",
    "offering_id": "",
    "batch": "",
    "goods": "",
    "stock": "100",
    "per_month": "2",
    "starts_at": "",
    "ends_at": "2027-01-01T00:00",
    "position": "7",
    "shown": "on",
}


async def test_the_mall_shows_stock_what_is_taken_and_how_many_codes_are_left(sign_in: SignIn) -> None:
    page = (await (await sign_in(Role.AUDITOR)).get("/desk/mall")).text
    for words in ("保温杯", "已兑 8 / 20", "上架中", "coffee", "剩 1，已发 1", "不限量"):
        assert words in page
    assert "下架</" not in page
    assert "AAAA" not in page


async def test_the_mall_counts_redemptions_and_leads_to_each_that_takes_too_long(
    stage: DeskStage, sign_in: SignIn
) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    page = (await colleague.get("/desk/mall")).text
    for words in (
        "办理中 2 · 已完成 5 · 已退回 1",
        "recharge-gift · data",
        "no_such_pack",
        "/desk/campaign/recharge-gift",
    ):
        assert words in page
    assert '<input type="hidden" name="id" value="D1">' in page
    assert "保温杯" in (await colleague.send("/desk/redemption", on="/desk/mall", id="D1")).text
    stage.bss.loyalty_desk.troubles = RewardTroubles(late=[], refused=[])
    for words in ("没有超时的兑换", "没有发放失败的奖励"):
        assert words in (await colleague.get("/desk/mall")).text


async def test_an_item_is_checked_and_then_put(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    checked = await colleague.send("/desk/mall/item", **ITEM, step="check")
    for words in ("请核对", "5元话费", "2027-01-01 00:00", "上架中"):
        assert words in checked.text
    assert stage.bss.loyalty_desk.deeds == []
    changed = await colleague.send("/desk/mall/item", **ITEM, step="change")
    assert 'value="5元话费"' in changed.text
    put = await colleague.send("/desk/mall/item", **ITEM, step="put")
    assert "5元话费 已保存" in put.text
    kept = stage.bss.loyalty_desk.items["LJ"]
    assert (kept.item.kind, kept.item.points, kept.stock, kept.position) == (RewardKind.BALANCE, 500, 100, 7)
    assert kept.item.amount is not None
    assert str(kept.item.amount.amount) == "5.00"


async def test_the_whole_form_as_a_browser_sends_it_is_read(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    shown = await colleague.get("/desk/mall/item?code=BWB")
    fields = re.findall(r'<(?:input|textarea|select)[^>]* name="([a-z_]+)"', shown.text.split("<main")[1])
    assert set(fields) - {"form"} == {*ITEM}
    typed = ITEM | {
        "code": "BWB",
        "kind": "GOODS",
        "amount": "",
        "valid_days": "",
        "goods": "thermos",
        "points": "2900",
    }
    for step, says in (("check", "请核对"), ("put", "5元话费 已保存")):
        answer = await colleague.send("/desk/mall/item?code=BWB", **typed, step=step)
        assert (answer.status_code, says in answer.text) == (200, True)
    assert stage.bss.loyalty_desk.items["BWB"].item.points == 2900


async def test_the_form_of_an_item_is_filled_in_and_its_changes_stand_below(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    form = (await colleague.get("/desk/mall/item?code=BWB")).text
    for words in ('value="BWB"', 'value="3000"', 'value="thermos"', 'value="20"', "修改记录", "readonly"):
        assert words in form
    assert (await colleague.get("/desk/mall/item?code=NONE")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"points": "many"}, "积分"),
        ({"points": ""}, "积分"),
        ({"points": "٣"}, "积分"),
        ({"amount": "5.005"}, "话费金额"),
        ({"amount": "-5"}, "话费金额"),
        ({"ends_at": "someday"}, "结束时间"),
        ({"name_zh": "", "kind": "BALANCE"}, "中文名称"),
        ({"code": "TOOLONGACODE"}, "代码"),
        ({"kind": "HOUSE"}, "种类"),
        ({"stock": "99999999999"}, "总库存"),
    ],
)
async def test_what_can_not_be_is_said_by_its_field_and_stays_typed(
    stage: DeskStage, sign_in: SignIn, changes: dict[str, str], field: str
) -> None:
    refused = await (await sign_in(Role.OPERATIONS)).send("/desk/mall/item", **(ITEM | changes), step="put")
    assert (refused.status_code, f"请修改：{field}" in refused.text) == (422, True)
    assert 'value="5 yuan"' in refused.text
    assert stage.bss.loyalty_desk.deeds == []


async def test_a_new_item_is_not_put_in_the_place_of_another(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    taken = await colleague.send("/desk/mall/item", **(ITEM | {"code": "BWB"}), step="check")
    assert (taken.status_code, "已有商品用这个代码" in taken.text) == (422, True)
    assert 'value="5元话费"' in taken.text
    assert 'value="put"' not in taken.text
    assert stage.bss.loyalty_desk.items["BWB"].item.points == 3000


async def test_what_the_mall_itself_refuses_is_said_by_its_field(stage: DeskStage, sign_in: SignIn) -> None:
    stage.bss.loyalty_desk.refusal = BadArgument(name="amount_fen")
    refused = await (await sign_in(Role.OPERATIONS)).send("/desk/mall/item", **ITEM, step="put")
    assert (refused.status_code, "请修改：话费金额" in refused.text) == (422, True)


async def test_an_item_is_put_away_and_shown_again(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    assert "保温杯 已下架" in (await colleague.send("/desk/mall", code="BWB", shown="off")).text
    assert not stage.bss.loyalty_desk.items["BWB"].item.on
    assert "保温杯 已上架" in (await colleague.send("/desk/mall", code="BWB", shown="on")).text
    assert (await colleague.send("/desk/mall", code="NONE", shown="on")).status_code == 404


async def test_codes_are_counted_first_then_put_in_once(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    typed = {"batch": "coffee", "codes": "CCCC\r\n\r\n DDDD \r\nCCCC\r\nAAAA"}
    counted = await colleague.send("/desk/mall/codes", on="/desk/mall", **typed, step="check")
    assert '不重复的券码</dt><dd class="num">3' in counted.text
    assert stage.bss.loyalty_desk.deeds == []
    put = await colleague.send("/desk/mall/codes", on="/desk/mall", **typed, step="put")
    assert "已导入 2 个新券码" in put.text
    assert "CCCC" not in put.text
    assert stage.bss.loyalty_desk.batches["coffee"] == ["AAAA", "BBBB", "CCCC", "DDDD"]


@pytest.mark.parametrize(
    "typed", [{"batch": "", "codes": "AAAA"}, {"batch": "b", "codes": ""}, {"batch": "b", "codes": "abc"}]
)
async def test_what_are_no_codes_is_said(sign_in: SignIn, typed: dict[str, str]) -> None:
    refused = await (await sign_in(Role.OPERATIONS)).send("/desk/mall/codes", on="/desk/mall", **typed, step="put")
    assert refused.status_code == 422


async def test_care_takes_goods_back_step_by_step(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    found = await colleague.send("/desk/redemption", id="D1")
    for words in ("保温杯", "已完成", "受理退货", "王*", "SF1234567890"):
        assert words in found.text
    begun = await colleague.send("/desk/redemption/return", on="/desk/redemption", id="D1", step="begin")
    for words in ("已受理退货", "退货中", "实物已收到", "取消退货", "staff:1001"):
        assert words in begun.text
    done = await colleague.send("/desk/redemption/return", on="/desk/redemption", id="D1", step="finish")
    assert "退货完成" in done.text
    assert stage.bss.loyalty_desk.redemption.state is RedemptionState.RETURNED
    again = await colleague.send("/desk/redemption/return", on="/desk/redemption", id="D1", step="drop")
    assert (again.status_code, "现在的状态不能这样办理" in again.text) == (409, True)


async def test_a_return_that_came_too_late_says_so(stage: DeskStage, sign_in: SignIn) -> None:
    stage.bss.loyalty_desk.refusal = NotReturnable(reason="too_late")
    late = await (await sign_in(Role.CARE)).send(
        "/desk/redemption/return", on="/desk/redemption", id="D1", step="begin"
    )
    assert (late.status_code, "已过退货期限" in late.text) == (409, True)


@pytest.mark.parametrize("redemption_id", ["", "none", "x" * 300])
async def test_a_redemption_that_is_not_there_is_not_found(sign_in: SignIn, redemption_id: str) -> None:
    assert (await (await sign_in(Role.CARE)).send("/desk/redemption", id=redemption_id)).status_code == 404


async def test_an_auditor_sees_a_redemption_and_can_do_nothing_with_it(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.AUDITOR)
    assert "受理退货" not in (await colleague.send("/desk/redemption", id="D1")).text
    refused = await colleague.send("/desk/redemption/return", on="/desk/redemption", id="D1", step="begin")
    assert refused.status_code == 403
    assert stage.bss.loyalty_desk.deeds == []


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.AUDITOR])
async def test_points_that_do_not_add_up_are_the_first_thing_that_is_said(
    stage: DeskStage, sign_in: SignIn, role: Role
) -> None:
    colleague = await sign_in(role)
    assert "积分稽核发现" not in (await colleague.get("/desk")).text
    assert "全部相符" in (await colleague.get("/desk/points")).text
    stage.bss.loyalty_desk.verdict = make_verdict(DIFFERS)
    assert "积分稽核发现 1 处不符" in (await colleague.get("/desk")).text
    page = (await colleague.get("/desk/points")).text
    for words in ("line:L9", "余额", "500", "480", "有差异"):
        assert words in page


async def test_an_audit_that_did_not_come_is_said_too(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    stage.bss.loyalty_desk.verdict = make_verdict(overdue=True)
    assert "积分稽核没有按时完成" in (await colleague.get("/desk")).text
    stage.bss.loyalty_desk.verdict = None
    assert "没有按时完成" not in (await colleague.get("/desk")).text
    assert "还没有稽核结果" in (await colleague.get("/desk/points")).text


async def test_a_verdict_that_can_not_be_read_is_said_and_takes_nothing_else_away(
    stage: DeskStage, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise BssFault("unavailable", retryable=True)

    monkeypatch.setattr(stage.bss.loyalty_desk, "fetch_verdict", fail)
    home = await (await sign_in(Role.OPERATIONS)).get("/desk")
    assert (home.status_code, "积分稽核结果暂时读不到" in home.text) == (200, True)


async def test_care_is_asked_for_no_verdict(stage: DeskStage, sign_in: SignIn) -> None:
    stage.bss.loyalty_desk.verdict = make_verdict(DIFFERS)
    assert "积分稽核" not in (await (await sign_in(Role.CARE)).get("/desk")).text


async def test_a_voucher_that_nobody_has_codes_for_says_so(stage: DeskStage, sign_in: SignIn) -> None:
    coffee = stage.bss.loyalty_desk.items["KF"]
    stage.bss.loyalty_desk.items["KF"] = replace(coffee, item=replace(coffee.item, left=0))
    assert "已兑完" in (await (await sign_in(Role.OPERATIONS)).get("/desk/mall")).text
