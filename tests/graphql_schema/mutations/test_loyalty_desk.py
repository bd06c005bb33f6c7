"""Are deeds at the desk for rewards bounded, done once, and answered in their words?"""

from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.problems import BadArgument, NotReturnable
from tests.fakes.loyalty_desk import BAD_DOCUMENT, DOCUMENT
from tests.fakes.ports import FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio
ITEM = 'code: "LJ", kind: BALANCE, points: 500, nameZh: "话费", nameEn: "Credit"'


def colleague(role: Role = Role.OPERATIONS, staff_id: str = "1002") -> Caller:
    return Caller(Channel.DESK, assurance=2, since=datetime.now(UTC), staff=Staff(staff_id, role))


@pytest.fixture
def do(ask: Ask) -> Any:
    """What a deed answers: its word's name and what was asked of it."""

    async def run(deed: str, given: str, more: str = "", *, key: str = "a-key-of-mine", **who: Any) -> dict[str, Any]:
        text = f'mutation {{ {deed}(input: {{ idempotencyKey: "{key}" {given} }}) {{ __typename {more} }} }}'
        outcome = await ask(text, by=colleague(**who))
        assert outcome.errors == ()
        assert outcome.data is not None
        word: dict[str, Any] = outcome.data[deed]
        return word

    return run


async def test_a_proposal_is_kept_once_for_its_key(do: Any, bss: FakeBss) -> None:
    given = 'document: "{}"'
    for _ in range(2):
        assert await do("proposeCampaign", given, "... on CampaignVersion { version proposedBy }") == {
            "__typename": "CampaignVersion",
            "version": 2,
            "proposedBy": "staff:1002",
        }
    assert bss.loyalty_desk.deeds == ["propose"]


async def test_every_fault_of_a_document_comes_with_its_line(ask: Ask, bss: FakeBss) -> None:
    text = "query($d: String!) { staff { campaignCheck(document: $d) { faults { line code } trial { winners } } } }"
    bad = await ask(text, {"d": BAD_DOCUMENT}, by=colleague())
    assert bad.data is not None
    assert bad.data["staff"]["campaignCheck"] == {
        "faults": [{"line": 1, "code": "missing_member"}, {"line": 3, "code": "not_money"}],
        "trial": None,
    }
    good = await ask(text, {"d": DOCUMENT}, by=colleague())
    assert good.data is not None
    assert good.data["staff"]["campaignCheck"] == {"faults": [], "trial": {"winners": 287}}
    assert bss.loyalty_desk.deeds == []


@pytest.mark.parametrize("document", ["", "x" * (256 * 1024 + 1)])
async def test_a_document_has_its_bounds(ask: Ask, bss: FakeBss, document: str) -> None:
    text = "query($d: String!) { staff { campaignCheck(document: $d) { faults { line } } } }"
    refused = await ask(text, {"d": document}, by=colleague())
    assert [error.code for error in refused.errors] == ["bad_argument"]
    text = (
        'mutation($d: String!) { proposeCampaign(input: {idempotencyKey: "a-key-of-mine", document: $d})'
        " { __typename ... on BadInput { name } } }"
    )
    answer = await ask(text, {"d": document}, by=colleague())
    assert answer.data == {"proposeCampaign": {"__typename": "BadInput", "name": "document"}}
    assert bss.loyalty_desk.deeds == []


async def test_who_proposed_hears_that_other_eyes_are_needed_and_may_switch_off(do: Any, bss: FakeBss) -> None:
    given = 'campaignId: "recharge-gift"'
    assert await do("switchCampaignOn", f"{given}, version: 1", staff_id="1001") == {"__typename": "NeedsOtherEyes"}
    off = await do(
        "switchCampaignOff", given, "... on StandingCampaign { on switchedBy }", key="another-key", staff_id="1001"
    )
    assert off == {"__typename": "StandingCampaign", "on": False, "switchedBy": "staff:1001"}
    on = await do(
        "switchCampaignOn", f"{given}, version: 1", "... on StandingCampaign { on liveVersion }", key="a-third-key"
    )
    assert on == {"__typename": "StandingCampaign", "on": True, "liveVersion": 1}
    assert bss.loyalty_desk.deeds == ["switch_on", "switch_off", "switch_on"]


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ('campaignId: "none", version: 1', "NotFound"),
        ('campaignId: "recharge-gift", version: 7', "NotFound"),
        ('campaignId: "recharge-gift", version: 0', "BadInput"),
        ('campaignId: "", version: 1', "NotFound"),
        ('campaignId: "a\\nb", version: 1', "NotFound"),
    ],
)
async def test_what_is_not_there_is_not_switched_on(do: Any, given: str, answer: str) -> None:
    assert (await do("switchCampaignOn", given))["__typename"] == answer


async def test_an_item_keeps_the_amount_that_was_written(do: Any) -> None:
    put = await do("putRewardItem", f'{ITEM}, amount: "5.50"', "... on ShelfItem { item { amount { amount } on } }")
    assert put == {"__typename": "ShelfItem", "item": {"amount": {"amount": "5.50"}, "on": True}}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ('amount: "0"', "amount"),
        ('amount: "-1"', "amount"),
        ('amount: "5.005"', "amount"),
        ('amount: "1000000"', "amount"),
        ('amount: "NaN"', "amount"),
        ('startsAt: "2026-12-01T00:00:00"', "starts_at"),
        (f'termsZh: "{"x" * 1001}"', "terms_zh"),
        ('termsZh: "\\u0000"', "terms_zh"),
        (f'goods: "{"x" * 1001}"', "goods"),
    ],
)
async def test_what_is_no_amount_instant_or_text_is_refused_by_its_field(
    do: Any, bss: FakeBss, more: str, name: str
) -> None:
    refused = await do("putRewardItem", f"{ITEM}, {more}", "... on BadInput { name }")
    assert refused == {"__typename": "BadInput", "name": name}
    assert bss.loyalty_desk.deeds == []


async def test_half_a_character_is_no_text(ask: Ask, bss: FakeBss) -> None:
    given = f'idempotencyKey: "a-key-of-mine", {ITEM}, termsEn: $half'
    put = f"putRewardItem(input: {{ {given} }}) {{ __typename ... on BadInput {{ name }} }}"
    answer = await ask(f"mutation($half: String!) {{ {put} }}", {"half": "\ud83d"}, by=colleague())
    assert answer.data == {"putRewardItem": {"__typename": "BadInput", "name": "terms_en"}}
    assert bss.loyalty_desk.deeds == []


async def test_what_the_mall_refuses_is_answered_as_bad_input(do: Any, bss: FakeBss) -> None:
    bss.loyalty_desk.refusal = BadArgument(name="stock", least=8)
    refused = await do("putRewardItem", ITEM, "... on BadInput { name least }")
    assert refused == {"__typename": "BadInput", "name": "stock", "least": 8}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ('batch: " ", codes: ["AAAA"]', "batch"),
        (f'batch: "{"b" * 65}", codes: ["AAAA"]', "batch"),
        ('batch: "b", codes: []', "codes"),
        ('batch: "b", codes: ["AAA"]', "codes"),
        ('batch: "b", codes: [" AAAA"]', "codes"),
        ('batch: "b", codes: ["AA\\u0007AA"]', "codes"),
    ],
)
async def test_what_can_be_no_code_is_not_put_in(do: Any, bss: FakeBss, given: str, name: str) -> None:
    assert await do("putRewardCodes", given, "... on BadInput { name }") == {"__typename": "BadInput", "name": name}
    assert bss.loyalty_desk.deeds == []


async def test_codes_are_in_no_answer(do: Any) -> None:
    put = await do("putRewardCodes", 'batch: "b", codes: ["SECRET-1"]', "... on CodesPut { batch new left }")
    assert put == {"__typename": "CodesPut", "batch": "b", "new": 1, "left": 1}


async def test_a_return_that_can_not_be_says_why(do: Any, bss: FakeBss) -> None:
    bss.loyalty_desk.refusal = NotReturnable(reason="too_late")
    refused = await do("beginReturn", 'redemptionId: "D1"', "... on NotReturnable { code reason }", role=Role.CARE)
    assert refused == {"__typename": "NotReturnable", "code": "not_returnable", "reason": "too_late"}


async def test_a_redemption_shows_a_colleague_no_voucher_code_and_no_receipt(ask: Ask) -> None:
    for field in ("voucherCode", "receipt"):
        refused = await ask(f'{{ staff {{ servedRedemption(id: "D1") {{ {field} }} }} }}', by=colleague(Role.CARE))
        assert refused.data is None
