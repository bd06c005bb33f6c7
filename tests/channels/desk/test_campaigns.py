"""Can operations propose, try and switch campaigns at the desk, and does an auditor see them?"""

import httpx
import pytest

from channels.desk.campaigns import DOCUMENT_CHARACTERS
from graphql_schema.client import Role
from graphql_schema.problems import StillUnderWay
from graphql_schema.types.loyalty_desk import CampaignCheck
from tests.channels.desk.conftest import Colleague, SignIn, form_token
from tests.channels.desk.stage import DeskStage
from tests.fakes.loyalty_desk import BAD_DOCUMENT, DOCUMENT, make_trial, make_version

pytestmark = pytest.mark.anyio
PAGE = "/desk/campaign/recharge-gift"


async def upload(colleague: Colleague, step: str, *, document: str = "", file: bytes | None = None) -> httpx.Response:
    """The form with a file chosen, as a browser sends it."""
    typed = {"form": form_token(await colleague.get("/desk/campaigns/new")), "document": document, "step": step}
    chosen = {"file": ("campaign.json", file if file is not None else b"", "application/json")}
    return await colleague.client.post("/desk/campaigns/new", data=typed, files=chosen)


async def test_the_list_shows_how_much_of_each_is_used(sign_in: SignIn) -> None:
    auditor = await sign_in(Role.AUDITOR)
    page = (await auditor.get("/desk/campaigns")).text
    for words in ("存费赠礼", "启用中 · 版本 1", "预算已用", "¥6,150.00 / ¥10,000.00", "123 / 500", "已发 88，剩 12"):
        assert words in page
    assert "/desk/campaigns/new" not in page


async def test_a_campaign_says_its_conditions_by_their_groups_and_keeps_its_document(sign_in: SignIn) -> None:
    page = (await (await sign_in(Role.AUDITOR)).get(PAGE)).text
    for words in ("满 ¥100.00", "其中任意一条：", "同时满足下列各组条件：", "任选其一", "staff:1001", "recharge-gift"):
        assert words in page
    assert "&#34;@type&#34;: &#34;Campaign&#34;" in page
    assert "立即停用" not in page


async def test_a_bad_document_is_answered_with_every_line_and_stays_typed(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    refused = await colleague.send("/desk/campaigns/new", document=BAD_DOCUMENT, step="check")
    assert refused.status_code == 422
    for words in ("活动文件未通过校验", "缺少这一项", "金额应写成文字", "missing_member", "/budget", "共 2 处问题"):
        assert words in refused.text
    assert "&#34;budget&#34;: 3.5" in refused.text
    proposed = await colleague.send("/desk/campaigns/new", document=BAD_DOCUMENT, step="propose")
    assert (proposed.status_code, stage.bss.loyalty_desk.versions) == (422, [make_version(1)])


async def test_what_it_would_have_cost_is_shown_before_it_is_proposed(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    tried = await colleague.send("/desk/campaigns/new", document=DOCUMENT, step="check")
    for words in ("2026年10月", "1200", "287", "¥9,990.00 / ¥10,000.00", "10月22日 08:32", "60 / 100"):
        assert words in tried.text
    assert stage.bss.loyalty_desk.deeds == []
    proposed = await colleague.send("/desk/campaigns/new", document=DOCUMENT, step="propose")
    assert "版本 2 已提交" in proposed.text
    assert "需由" not in proposed.text
    assert stage.bss.loyalty_desk.versions[-1].document == DOCUMENT


async def test_figures_of_a_part_of_a_month_say_so(stage: DeskStage, sign_in: SignIn) -> None:
    stage.bss.loyalty_desk.trial = make_trial(looked_at=900, budget_ended_at=None)
    tried = await (await sign_in(Role.OPERATIONS)).send("/desk/campaigns/new", document=DOCUMENT, step="check")
    assert "只试算了 1200 笔中最早的 900 笔" in tried.text
    assert "整月未用完" in tried.text
    stage.bss.loyalty_desk.trial = make_trial(happenings=None, looked_at=900)
    many = await (await sign_in(Role.OPERATIONS, "1008")).send("/desk/campaigns/new", document=DOCUMENT, step="check")
    assert "上月超过100万笔，只试算了最早的 900 笔" in many.text
    stage.bss.loyalty_desk.trial = make_trial(happenings=0, looked_at=0)
    empty = await (await sign_in(Role.OPERATIONS, "1009")).send("/desk/campaigns/new", document=DOCUMENT, step="check")
    assert "上月没有可试算的记录" in empty.text


async def test_while_a_colleague_s_trial_is_under_way_the_document_stays_in_its_form(
    stage: DeskStage, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(document: str) -> CampaignCheck:
        raise StillUnderWay

    monkeypatch.setattr(stage.bss.loyalty_desk, "check", refuse)
    tried = await (await sign_in(Role.OPERATIONS)).send("/desk/campaigns/new", document=DOCUMENT, step="check")
    assert tried.status_code == 503
    assert "同样的操作正在进行，请稍候。" in tried.text
    assert "recharge-gift" in tried.text


async def test_a_chosen_file_counts_before_what_was_pasted(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    windows = DOCUMENT.replace("\n", "\r\n").encode("utf-8-sig")
    done = await upload(colleague, "propose", document=BAD_DOCUMENT, file=windows)
    assert "版本 2 已提交" in done.text
    assert stage.bss.loyalty_desk.versions[-1].document == DOCUMENT
    pasted = await upload(colleague, "check", document=BAD_DOCUMENT)
    assert pasted.status_code == 422


@pytest.mark.parametrize("file", [b"x" * (DOCUMENT_CHARACTERS + 1), b"\xff\xfe budget", b""])
async def test_a_file_that_is_no_document_breaks_nothing(stage: DeskStage, sign_in: SignIn, file: bytes) -> None:
    refused = await upload(await sign_in(Role.OPERATIONS), "propose", file=file)
    assert refused.status_code == 422
    assert len(stage.bss.loyalty_desk.versions) == 1


async def test_a_form_that_is_far_too_large_or_broken_is_turned_away(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    huge = await upload(colleague, "check", file=b"x" * (DOCUMENT_CHARACTERS * 5))
    assert huge.status_code == 403
    headers = {"content-type": "multipart/form-data; boundary=b"}
    broken = await colleague.client.post("/desk/campaigns/new", content=b"--b\r\nno form at all", headers=headers)
    assert broken.status_code == 403


async def test_another_version_begins_with_the_newest(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    assert (
        "&#34;id&#34;: &#34;recharge-gift&#34;" in (await colleague.get("/desk/campaigns/new?from=recharge-gift")).text
    )
    assert (await colleague.get("/desk/campaigns/new?from=none")).status_code == 404


async def test_switching_off_asks_once_and_happens_once(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    asked = await colleague.send(PAGE, deed="off", step="ask")
    assert "请确认停用" in asked.text
    assert stage.bss.loyalty_desk.standing.on
    typed = {"form": form_token(asked), "deed": "off", "version": "", "step": "do"}
    for _ in range(2):
        done = await colleague.client.post(PAGE, data=typed)
        assert "活动已停用" in done.text
    assert stage.bss.loyalty_desk.deeds == ["switch_off"]
    assert not stage.bss.loyalty_desk.standing.on


async def test_who_proposed_is_not_offered_to_switch_on_and_is_refused(stage: DeskStage, sign_in: SignIn) -> None:
    stage.bss.loyalty_desk.versions.append(make_version(2, by="staff:1001"))
    proposer = await sign_in(Role.OPERATIONS, "1001")
    page = await proposer.get(PAGE)
    assert "版本 2 待启用" in page.text
    assert "启用此版本" not in page.text
    refused = await proposer.send(PAGE, deed="on", version="2", step="do")
    assert refused.status_code != 200
    assert stage.bss.loyalty_desk.standing.live_version == 1
    other = await sign_in(Role.OPERATIONS, "1002")
    assert "启用此版本" in (await other.get(PAGE)).text
    asked = await other.send(PAGE, deed="on", version="2", step="ask")
    for words in ("请确认启用", "试算结果 · 2026年10月", "¥9,990.00 / ¥10,000.00", "287"):
        assert words in asked.text
    done = await other.send(PAGE, deed="on", version="2", step="do")
    assert "活动已启用" in done.text
    assert stage.bss.loyalty_desk.standing.live_version == 2


@pytest.mark.parametrize("version", ["", "9", "x", "٣", "99999999999"])
async def test_a_version_that_is_not_there_is_not_switched_on(sign_in: SignIn, version: str) -> None:
    refused = await (await sign_in(Role.OPERATIONS)).send(PAGE, deed="on", version=version, step="do")
    assert refused.status_code in {404, 422}


@pytest.mark.parametrize("role", [Role.CARE, Role.AUDITOR, Role.ENTERPRISE_ADMIN])
async def test_nobody_else_changes_a_campaign(stage: DeskStage, sign_in: SignIn, role: Role) -> None:
    colleague = await sign_in(role)
    for path, typed in (
        (PAGE, {"deed": "off", "step": "do"}),
        ("/desk/campaigns/new", {"document": DOCUMENT, "step": "check"}),
        ("/desk/campaigns/new", {"document": DOCUMENT, "step": "propose"}),
    ):
        assert (await colleague.send(path, on="/desk/refund", **typed)).status_code == 403
    assert stage.bss.loyalty_desk.deeds == []
