"""Can operations let deeds rest and go on again, after a look at what customers will read?"""

import pytest

from channels.desk.rest import DEEDS
from graphql_schema.client import Role
from ordering.switches import CUSTOMER_DEEDS
from tests.channels.desk.conftest import SignIn

pytestmark = pytest.mark.anyio
TYPED = {
    "what": "orders",
    "begins": "",
    "ends": "2099-01-01T06:00",
    "reason_zh": "系统升级",
    "reason_en": "System upgrade",
}


async def test_what_was_chosen_is_shown_before_it_rests(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    checked = await colleague.send("/desk/rest", **TYPED, step="check")
    assert "请核对" in checked.text
    assert "订购与变更（整组）" in checked.text
    assert "2099-01-01 06:00" in checked.text
    assert "不会停下的：此前已确认或已约定的办理" in checked.text
    assert "没有暂停的办理" in (await colleague.get("/desk/rest")).text
    changed = await colleague.send("/desk/rest", **TYPED, step="change")
    assert 'value="系统升级"' in changed.text


def test_every_deed_that_may_rest_can_be_chosen() -> None:
    assert frozenset(DEEDS) == CUSTOMER_DEEDS


async def test_deeds_rest_are_listed_and_go_on_again(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    resting = await colleague.send("/desk/rest", **TYPED, step="rest")
    assert resting.status_code == 200
    assert "已设置暂停" in resting.text
    assert "系统升级" in resting.text
    identity = resting.text.split('name="id" value="')[1].split('"')[0]
    goes_on = await colleague.send("/desk/rest/end", on="/desk/rest", id=identity)
    assert "已恢复办理" in goes_on.text
    assert "没有暂停的办理" in goes_on.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"what": "changePassword"}, "请选择要暂停的办理"),
        ({"what": ""}, "请选择要暂停的办理"),
        ({"begins": "soon"}, "开始时间"),
        ({"ends": "2001-01-01T00:00"}, "结束时间"),
        ({"ends": "later"}, "结束时间"),
        ({"reason_zh": "x"}, "中文原因"),
        ({"reason_en": ""}, "英文原因"),
    ],
)
async def test_what_can_not_be_is_said_and_what_was_typed_stays(
    sign_in: SignIn, changes: dict[str, str], says: str
) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    refused = await colleague.send("/desk/rest", **(TYPED | changes), step="check")
    assert (refused.status_code, says in refused.text) == (422, True)


async def test_a_notice_that_is_gone_can_not_be_ended_again(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    refused = await colleague.send("/desk/rest/end", on="/desk/rest", id="no-such")
    assert refused.status_code == 404


@pytest.mark.parametrize("role", [Role.CARE, Role.AUDITOR, Role.ENTERPRISE_ADMIN])
async def test_nobody_else_lets_deeds_rest(sign_in: SignIn, role: Role) -> None:
    colleague = await sign_in(role)
    refused = await colleague.send("/desk/rest", on="/desk/refund", **TYPED, step="rest")
    assert refused.status_code == 403
