"""Does each role find its work at the desk, is each refusal said, and does a deed happen once?"""

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import select

from gateway.database import read
from gateway.identity.audit.sealing import seal_records
from gateway.identity.staff.tables import bulk_deed
from gateway.identity.tables import hall_session
from graphql_schema.client import Caller, Channel, Role, Staff
from tests.channels.desk.conftest import Colleague, SignIn, form_token
from tests.channels.desk.stage import NUMBERS, PASSPHRASE, SECRET, DeskStage

pytestmark = pytest.mark.anyio
NUMBER = NUMBERS["L1"]
Come = Callable[[], Awaitable[Colleague]]
AUDITOR = Caller(Channel.DESK, assurance=2, staff=Staff("7", Role.AUDITOR))
REASON = "客户要求,手机丢失"


async def count_sessions(stage: DeskStage) -> int:
    async with read(stage.engine) as connection:
        return len((await connection.execute(select(hall_session))).all())


async def count_deeds(stage: DeskStage) -> int:
    async with read(stage.engine) as connection:
        return len((await connection.execute(select(bulk_deed))).all())


async def test_a_new_colleague_enrols_and_is_greeted(stage: DeskStage, come: Come) -> None:
    invitation, colleague = await stage.invite(Role.CARE, "1024"), await come()
    offer = await colleague.send("/desk/enrol", step="begin", enrolment=invitation.code)
    assert "<svg" in offer.text
    key = re.search(r'id="key">([A-Z2-7 ]{39})<', offer.text)
    assert key
    secret = key[1].replace(" ", "")
    typed = {"step": "finish", "enrolment": invitation.code, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    wrong = await colleague.client.post("/desk/enrol", data=typed | {"code": "000000", "form": form_token(offer)})
    assert (wrong.status_code, "工号、口令或动态码不正确" in wrong.text) == (422, True)
    differs = await colleague.client.post("/desk/enrol", data=typed | {"again": "x", "form": form_token(offer)})
    assert "两次输入的口令不一样" in differs.text
    weak = typed | {"passphrase": "password1234", "again": "password1234", "code": stage.code(secret)}
    assert "太常见" in (await colleague.client.post("/desk/enrol", data=weak | {"form": form_token(offer)})).text
    done = await colleague.client.post(
        "/desk/enrol", data=typed | {"code": stage.code(secret), "form": form_token(offer)}
    )
    assert (done.status_code, done.headers["location"]) == (303, "/desk")
    home = await colleague.get("/desk")
    assert "您好，李晓雯" in home.text
    assert "工号 1024" in home.text
    again = await colleague.client.post(
        "/desk/enrol", data={"step": "begin", "enrolment": invitation.code, "form": form_token(home)}
    )
    assert "已用过" in again.text


@pytest.mark.parametrize(
    ("role", "tabs"),
    [
        (Role.CARE, {"line", "contact", "promise", "redemption"}),
        (
            Role.OPERATIONS,
            {
                "contact",
                "promise",
                "bulk",
                "rest",
                "refund",
                "reconciliation",
                "campaigns",
                "mall",
                "redemption",
                "points",
            },
        ),
        (Role.AUDITOR, {"bulk", "reconciliation", "campaigns", "mall", "redemption", "points", "trail"}),
        (Role.ENTERPRISE_ADMIN, {"members", "bulk"}),
    ],
)
async def test_each_role_is_offered_its_own_work(sign_in: SignIn, role: Role, tabs: set[str]) -> None:
    colleague = await sign_in(role)
    home = (await colleague.get("/desk")).text
    assert set(re.findall(r'class="card tile" href="/desk/([a-z]+)"', home)) == tabs
    for name in tabs:
        page = await colleague.get(f"/desk/{name}")
        assert page.status_code == 200
        assert f'href="/desk/{name}" aria-current="page"' in page.text


@pytest.mark.parametrize(
    ("role", "path", "typed"),
    [
        (Role.OPERATIONS, "/desk/line", {"number": NUMBER}),
        (Role.AUDITOR, "/desk/line", {"number": NUMBER}),
        (Role.ENTERPRISE_ADMIN, "/desk/line", {"number": NUMBER}),
        (Role.OPERATIONS, "/desk/line/end-sessions", {"number": NUMBER, "reason": REASON}),
        (Role.AUDITOR, "/desk/contact", {"number": NUMBER, "minutes": "60"}),
        (Role.ENTERPRISE_ADMIN, "/desk/contact", {"number": NUMBER, "minutes": "60"}),
        (Role.CARE, "/desk/bulk", {"id": "x", "decision": "approve"}),
        (Role.AUDITOR, "/desk/bulk/new", {"step": "propose", "numbers": NUMBER, "reason": REASON}),
        (Role.CARE, "/desk/bulk/new", {"step": "propose", "numbers": NUMBER, "reason": REASON}),
        (Role.CARE, "/desk/trail", {"number": NUMBER}),
        (Role.OPERATIONS, "/desk/trail/verdict", {}),
    ],
)
async def test_what_is_not_ones_role_is_refused_also_without_a_link(
    stage: DeskStage, sign_in: SignIn, role: Role, path: str, typed: dict[str, str]
) -> None:
    colleague = await sign_in(role)
    answer = await colleague.send(path, on="/desk", **typed)
    assert answer.status_code == 403
    assert "您的岗位" in answer.text
    assert await count_sessions(stage) == 3
    assert await count_deeds(stage) == 0


@pytest.mark.parametrize(("role", "path"), [(Role.CARE, "bulk"), (Role.CARE, "members"), (Role.AUDITOR, "members")])
async def test_a_list_that_is_not_ones_roles_is_refused(sign_in: SignIn, role: Role, path: str) -> None:
    assert (await (await sign_in(role)).get(f"/desk/{path}")).status_code == 403


async def test_care_finds_a_line_sees_no_whole_number_of_it_and_ends_its_sessions_once(
    stage: DeskStage, sign_in: SignIn
) -> None:
    colleague = await sign_in(Role.CARE)
    page = await colleague.send("/desk/line", number=" 138 0013 8001 ")
    assert "138****8001" in page.text
    typed = {"number": NUMBER, "reason": REASON, "form": form_token(page)}
    for _ in range(2):  # pressed twice: once
        ended = await colleague.client.post("/desk/line/end-sessions", data=typed)
        assert "已退出 2 个登录" in ended.text
    assert await count_sessions(stage) == 1
    assert stage.notices.of(NUMBER) == ["sessions_ended"]
    assert REASON in ended.text


@pytest.mark.parametrize("number", ["13900139009", "nonsense", "' OR 1=1 --", "<b>x</b>"])
async def test_a_number_that_is_nobodys_is_said_and_stays_in_the_field(sign_in: SignIn, number: str) -> None:
    page = await (await sign_in(Role.CARE)).send("/desk/line", number=number)
    assert (page.status_code, "没有找到这个号码" in page.text) == (404, True)
    assert "<b>" not in page.text


async def test_a_reason_that_is_too_short_ends_nothing_and_is_said(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    page = await colleague.send("/desk/line/end-sessions", on="/desk/line", number=NUMBER, reason="嗯")
    assert (page.status_code, "4 到 200 个字" in page.text) == (422, True)
    assert await count_sessions(stage) == 3


async def test_a_bss_that_is_silent_is_said_and_the_desk_stands(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    stage.operator.down = True
    page = await colleague.send("/desk/line", number=NUMBER)
    assert (page.status_code, "后台系统没有回应" in page.text) == (503, True)


async def test_care_takes_a_code_to_name_and_the_same_form_gives_the_same(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE, "1024")
    page = await colleague.send("/desk/contact", on="/desk/line", step="begin", number=NUMBER)
    assert f'value="{NUMBER}"' in page.text
    typed = {"number": NUMBER, "kind": "VISIT", "purpose": "INSTALLATION", "minutes": "240", "form": form_token(page)}
    answers = [await colleague.client.post("/desk/contact", data=typed) for _ in range(2)]
    codes = {re.search(r'id="contact-code">(\d{4} \d{4})<', answer.text)[1] for answer in answers}  # type: ignore[index]
    assert len(codes) == 1
    assert "李晓雯 · 工号 1024" in answers[0].text


@pytest.mark.parametrize(
    ("number", "minutes", "words"),
    [("13900139009", "60", "没有找到"), (NUMBER, "9999", "1440"), (NUMBER, "soon", "1440")],
)
async def test_a_contact_that_can_not_be_is_said(sign_in: SignIn, number: str, minutes: str, words: str) -> None:
    page = await (await sign_in(Role.CARE)).send("/desk/contact", number=number, minutes=minutes)
    assert words in page.text
    assert "contact-code" not in page.text


async def test_two_agree_on_a_bulk_deed_and_nobody_alone(stage: DeskStage, sign_in: SignIn) -> None:
    li, wang = await sign_in(Role.OPERATIONS, "1002"), await sign_in(Role.OPERATIONS, "1003")
    pasted = f"{NUMBER}\r\n13800138002，{NUMBER}；hello!\n\n"
    check = await li.send("/desk/bulk/new", step="check", kind="END_SESSIONS", numbers=pasted, reason="名单泄露")
    facts = re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", check.text)
    assert dict(facts) == {
        "操作": "退出所有登录", "不同的号码": "3", "重复的": "1", "不像号码的": "1", "原因": "名单泄露",
    }  # fmt: skip
    assert await count_deeds(stage) == 0
    numbers = re.search(r"<textarea[^>]*hidden>([^<]*)</textarea>", check.text)
    assert numbers
    typed = {"kind": "END_SESSIONS", "numbers": numbers[1], "reason": "名单泄露", "form": form_token(check)}
    for _ in range(2):
        proposed = await li.client.post("/desk/bulk/new", data=typed | {"step": "propose"})
        assert "已提出，共 3 个号码" in proposed.text
    assert await count_deeds(stage) == 1
    assert "等待另一位同事决定" in proposed.text
    listed = await wang.get("/desk/bulk")
    bulk_id = re.search(r'name="id" value="([0-9a-f]+)"', listed.text)
    assert bulk_id
    alone = await li.send("/desk/bulk", id=bulk_id[1], decision="approve")
    assert (alone.status_code, "自己提出的不能自己批准" in alone.text) == (409, True)
    assert await stage.work() == 0
    approved = await wang.send("/desk/bulk", id=bulk_id[1], decision="approve")
    assert "已批准，正在执行" in approved.text
    assert await stage.work() == 3
    assert await count_sessions(stage) == 0
    assert "完成 2，失败 1" in (await li.get("/desk/bulk")).text


@pytest.mark.parametrize("numbers", ["", " \n ,;\n"])
async def test_a_list_without_numbers_is_refused(sign_in: SignIn, numbers: str) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    page = await colleague.send("/desk/bulk/new", step="check", numbers=numbers, reason="名单泄露")
    assert (page.status_code, "1 到 10000 个号码" in page.text) == (422, True)


async def test_ten_thousand_numbers_fit_into_the_form_and_more_do_not(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.OPERATIONS)
    numbers = "\r\n".join(f"139{number:08}" for number in range(10_000))
    typed = {"step": "propose", "kind": "VOID_PASSWORDS", "reason": "名单泄露"}
    page = await colleague.send("/desk/bulk/new", numbers=numbers, **typed)
    assert "已提出，共 10000 个号码" in page.text
    page = await colleague.send("/desk/bulk/new", numbers=numbers + "\r\n13800138001", **typed)
    assert page.status_code == 422
    assert (await colleague.send("/desk/bulk/new", numbers=numbers * 4, **typed)).status_code == 403
    assert await count_deeds(stage) == 1


async def test_an_administrator_sees_the_own_members_and_proposes_for_them_alone(
    stage: DeskStage, sign_in: SignIn
) -> None:
    colleague = await sign_in(Role.ENTERPRISE_ADMIN)
    page = (await colleague.get("/desk/members")).text
    assert re.findall(r"138\*\*\*\*\d{4}", page) == ["138****8007", "138****8008"]
    typed = {"step": "propose", "kind": "END_SESSIONS", "reason": "员工离职"}
    refused = await colleague.send("/desk/bulk/new", numbers=f"13800138007\n{NUMBER}", **typed)
    assert (refused.status_code, await count_deeds(stage)) == (404, 0)
    assert "已提出" in (await colleague.send("/desk/bulk/new", numbers="13800138007", **typed)).text


async def test_an_auditor_finds_who_looked_and_sees_that_the_chain_is_whole(stage: DeskStage, sign_in: SignIn) -> None:
    care, auditor = await sign_in(Role.CARE, "1001"), await sign_in(Role.AUDITOR, "1004")
    await care.send("/desk/line", number=NUMBER)
    page = await auditor.send("/desk/trail", number=NUMBER, actor="")
    assert page.text.count('class="record"') == 2  # the look, and this search
    assert "staff:1001 → L1" in page.text
    assert "138****8001" in page.text
    nothing = await auditor.send("/desk/trail", number="", actor="staff:9999")
    assert "没有找到记录" in nothing.text
    bad = await auditor.send("/desk/trail", number="nonsense", actor="")
    assert (bad.status_code, "这不是一个号码" in bad.text) == (422, True)
    await seal_records(stage.engine, secret=SECRET, now=stage.clock())
    verdict = await auditor.send("/desk/trail/verdict", on="/desk/trail")
    assert "记录链完整" in verdict.text


async def test_more_records_than_a_page_holds_lie_behind_a_button(stage: DeskStage, sign_in: SignIn) -> None:
    auditor = await sign_in(Role.AUDITOR)
    for _ in range(55):
        await stage.trail.verify(AUDITOR)
    first = await auditor.send("/desk/trail", number="", actor="staff:7")
    before = re.search(r'name="before" value="(\d+)"', first.text)
    assert before
    assert first.text.count('class="record"') == 50
    second = await auditor.send("/desk/trail", number="", actor="staff:7", before=before[1])
    assert second.text.count('class="record"') == 5
    assert 'name="before"' not in second.text


async def test_every_page_speaks_english_too(sign_in: SignIn) -> None:
    for staff_id, role in enumerate(Role, 1001):
        colleague = await sign_in(role, str(staff_id))
        colleague.client.cookies.set("language", "en")
        pages: list[httpx.Response] = [await colleague.get("/desk")]
        paths = re.findall(r'class="card tile" href="([^"]+)"', pages[0].text)
        pages += [await colleague.get(path) for path in [*paths, "/desk/nowhere"]]
        pages += [await colleague.get("/desk/bulk/new"), await colleague.send("/desk/line", on="/desk", number=NUMBER)]
        for page in pages:
            told = re.sub(r"<button[^>]*lang=\"zh-CN\".*?</button>|李晓雯|王建国|赵敏|陈静", "", page.text)
            assert not re.findall(r"[\u4e00-\u9fff]+", told), page.url
