"""Can a colleague keep a promise on a customer's line, after a look at what was typed?"""

import pytest

from graphql_schema.client import Role
from tests.channels.desk.conftest import SignIn

pytestmark = pytest.mark.anyio
TYPED = {
    "number": "13800138001",
    "offering": "plan-59",
    "price": "49.00",
    "gift": "",
    "starts": "2026-12-01",
    "months": "12",
    "source": "CAMPAIGN",
    "note": "两年不涨价",
}


async def test_what_was_typed_is_shown_before_it_is_kept(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    checked = await colleague.send("/desk/promise", **TYPED, step="check")
    assert "请核对承诺" in checked.text
    assert "两年不涨价" in checked.text
    assert "活动承诺" in checked.text
    assert "承诺已记入" not in checked.text
    changed = await colleague.send("/desk/promise", **TYPED, step="change")
    assert 'value="两年不涨价"' in changed.text


async def test_a_promise_is_kept_and_its_receipt_names_price_and_end(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    kept = await colleague.send("/desk/promise", **TYPED, step="keep")
    assert kept.status_code == 200
    assert "承诺已记入" in kept.text
    assert "138****8001" in kept.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"price": "-1"}, "月费应为"),
        ({"price": "13.333"}, "月费应为"),
        ({"price": "1e5"}, "月费应为"),
        ({"gift": "x"}, "赠送应为"),
        ({"starts": "soon"}, "开始日期"),
        ({"starts": ""}, "开始日期"),
        ({"months": "twelve"}, "1 至 60"),
        ({"months": "９"}, "1 至 60"),
    ],
)
async def test_what_can_not_be_is_said_and_what_was_typed_stays(
    sign_in: SignIn, changes: dict[str, str], says: str
) -> None:
    colleague = await sign_in(Role.CARE)
    refused = await colleague.send("/desk/promise", **(TYPED | changes), step="check")
    assert (refused.status_code, says in refused.text) == (422, True)
    assert 'value="两年不涨价"' in refused.text


async def test_a_number_of_nobody_is_refused_in_words(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    refused = await colleague.send("/desk/promise", **(TYPED | {"number": "13900139009"}), step="keep")
    assert refused.status_code == 404
    assert 'id="refusal"' in refused.text


async def test_an_auditor_keeps_no_promises(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.AUDITOR)
    refused = await colleague.send("/desk/promise", **TYPED, step="keep")
    assert refused.status_code == 403
    assert "记录承诺" not in (await colleague.get("/desk")).text
