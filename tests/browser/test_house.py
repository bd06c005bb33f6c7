"""Do the pages and the real identity behind them fit together, passkeys of a real browser included?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.house import BROADBAND, FRIEND, OWN, PASSWORD, House, open_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"
SECURE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
          "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def device(browser: Browser) -> Iterator[BrowserContext]:
    """A Chinese phone's browser that was never here."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", reduced_motion="reduce")
    yield context
    context.close()


def test_a_passkey_is_made_opens_the_door_and_proves_the_second_half(
    browser: Browser, house: House, device: BrowserContext
) -> None:
    page = device.new_page()
    wire = device.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": SECURE})
    _sign_in(page, house, OWN)
    page.goto(f"{house.address}/security/passkeys")
    page.get_by_label("名称").fill("我的手机")
    page.get_by_role("button", name="添加通行密钥").click()
    expect(page.get_by_text("通行密钥已保存")).to_be_visible()
    expect(page.get_by_text("我的手机", exact=True)).to_be_visible()
    assert "passkey_made" in house.letters.kinds()
    page.get_by_role("button", name="退出登录").click()
    page.goto(f"{house.address}/sign-in?next=/security")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page).to_have_url(f"{house.address}/security")
    expect(page.get_by_text("最近使用").first).to_be_visible()
    page.goto(f"{house.address}/privacy/export")
    page.get_by_role("button", name="开始导出").click()
    _type_code(page, house, OWN)
    expect(page).to_have_url(f"{house.address}/privacy/export")
    page.get_by_role("button", name="开始导出").click()
    expect(page.get_by_text("已开始导出")).to_be_visible()
    page.goto(f"{house.address}/security")
    page.get_by_role("link", name=_for("删除", "我的手机")).click()
    page.get_by_role("button", name="删除").click()
    expect(page.get_by_text("通行密钥已删除")).to_be_visible()


def test_a_device_is_seen_on_another_and_ended_from_there(
    browser: Browser, house: House, device: BrowserContext
) -> None:
    page = device.new_page()
    _sign_in(page, house, OWN)
    other = browser.new_context(
        locale="zh-CN", user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) Version/18.5 Safari/604.1"
    )
    elsewhere = other.new_page()
    _sign_in(elsewhere, house, OWN)
    page.goto(f"{house.address}/security")
    expect(page.get_by_text("Safari · iPhone").first).to_be_visible()
    page.get_by_role("button", name=_for("退出", "Safari · iPhone")).click()
    expect(page.get_by_text("该设备已退出登录")).to_be_visible()
    elsewhere.goto(f"{house.address}/security")
    expect(elsewhere).to_have_url(re.compile("/sign-in"))
    page.get_by_role("link", name="全部操作记录").click()
    expect(page.get_by_text("退出一台设备")).to_be_visible()
    other.close()


def test_a_password_is_changed_and_a_forgotten_one_is_reset(house: House, device: BrowserContext) -> None:
    page = device.new_page()
    _sign_in(page, house, OWN)
    page.goto(f"{house.address}/security/password")
    for label, typed in (("现在的服务密码", "111222"), ("新的服务密码", "740518"), ("再输入一次新密码", "740518")):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("密码或验证码不正确")).to_be_visible()
    for label, typed in (("现在的服务密码", PASSWORD), ("新的服务密码", "740518"), ("再输入一次新密码", "740518")):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("新的服务密码已生效")).to_be_visible()
    page.get_by_role("button", name="退出登录").click()
    page.goto(f"{house.address}/forgotten")
    page.get_by_label("手机号码或业务账号").fill(OWN)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    page.get_by_label("短信验证码").fill(_wait_for_code(page, house, OWN))
    page.get_by_label("证件号码").fill("110101199003078515")
    page.get_by_label("新的服务密码").fill("963074")
    page.get_by_label("再输入一次新密码").fill("963074")
    page.get_by_role("button", name="重设密码").click()
    expect(page.get_by_role("heading", name="新密码已生效")).to_be_visible()
    _sign_in(page, house, OWN, "963074")
    page.goto(f"{house.address}/security")
    expect(page.get_by_text("密码刚重设过")).to_be_visible()


def test_a_friend_is_let_in_sees_what_was_allowed_and_is_ended_at_once(
    browser: Browser, house: House, device: BrowserContext
) -> None:
    page = device.new_page()
    _sign_in(page, house, OWN)
    page.goto(f"{house.address}/helpers/grant")
    page.get_by_label("对方的手机号码").fill(FRIEND)
    page.get_by_label("余额、话费、账单总额").uncheck()
    page.get_by_role("button", name="允许代办").click()
    expect(page.get_by_text("代办人已添加")).to_be_visible()
    other = browser.new_context(locale="zh-CN")
    friend = other.new_page()
    _sign_in(friend, house, FRIEND)
    friend.goto(f"{house.address}/lines")
    friend.get_by_role("button", name=_for("去代办", "138****8001")).click()
    expect(friend.get_by_text("您正在为 138****8001 代办")).to_be_visible()
    expect(friend.get_by_role("link", name="账单", exact=True)).to_have_count(0)
    assert friend.goto(f"{house.address}/bills").status == 403  # type: ignore[union-attr]
    assert friend.goto(f"{house.address}/security").status == 403  # type: ignore[union-attr]
    friend.goto(f"{house.address}/usage")
    friend.get_by_role("button", name="回到我的号码").click()
    expect(friend.get_by_text("138****8003").first).to_be_visible()
    friend.goto(f"{house.address}/lines")
    friend.get_by_role("button", name=_for("去代办", "138****8001")).click()
    expect(friend.get_by_text("您正在为 138****8001 代办")).to_be_visible()
    page.goto(f"{house.address}/helpers")
    page.get_by_role("button", name=_for("结束", "138****8003")).click()
    expect(page.get_by_text("代办已结束")).to_be_visible()
    friend.goto(f"{house.address}/usage")
    expect(friend.get_by_text("138****8001")).to_have_count(0)
    other.close()


def test_somebody_who_asks_to_help_is_answered_by_one_press(
    browser: Browser, house: House, device: BrowserContext
) -> None:
    friend = device.new_page()
    _sign_in(friend, house, FRIEND)
    friend.goto(f"{house.address}/helpers/ask")
    friend.get_by_label("要帮助的号码").fill(OWN)
    friend.get_by_role("button", name="发出申请").click()
    expect(friend.get_by_text("申请已发出")).to_be_visible()
    other = browser.new_context(locale="zh-CN")
    owner = other.new_page()
    _sign_in(owner, house, OWN)
    owner.goto(f"{house.address}/helpers")
    owner.get_by_role("button", name=_for("不同意", "138****8003")).click()
    expect(owner.get_by_text("已拒绝")).to_be_visible()
    other.close()


def test_a_line_of_the_same_customer_is_linked_and_opened(house: House, device: BrowserContext) -> None:
    page = device.new_page()
    _sign_in(page, house, OWN)
    page.goto(f"{house.address}/lines/link")
    page.get_by_label("要关联的号码").fill(BROADBAND)
    page.get_by_role("button", name="发送验证码").click()
    _type_code(page, house, OWN)
    expect(page.get_by_text("这是您名下的号码")).to_be_visible()
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    page.get_by_label("短信验证码").fill(_wait_for_code(page, house, OWN, past=1))
    page.get_by_role("button", name="关联", exact=True).click()
    expect(page.get_by_text("号码已关联")).to_be_visible()
    page.get_by_role("button", name=re.compile("^切换")).click()
    expect(page).to_have_url(f"{house.address}/home")


def test_consents_are_given_and_taken_back_and_an_erasure_is_called_off(house: House, device: BrowserContext) -> None:
    page = device.new_page()
    _sign_in(page, house, OWN)
    page.goto(f"{house.address}/privacy")
    page.get_by_role("button", name=_for("同意", "短信营销")).click()
    expect(page.get_by_text("已记录您的选择")).to_be_visible()
    page.get_by_role("button", name=_for("取消同意", "短信营销")).click()
    expect(page.get_by_role("button", name=_for("同意", "短信营销"))).to_be_visible()
    page.goto(f"{house.address}/privacy/erasure")
    page.get_by_label("我已了解").check()
    page.get_by_role("button", name="申请删除").click()
    _type_code(page, house, OWN)
    expect(page).to_have_url(f"{house.address}/privacy/erasure")
    page.get_by_label("我已了解").check()
    page.get_by_role("button", name="申请删除").click()
    expect(page.get_by_text("7 天内可以撤回")).to_be_visible()
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_text("申请已撤回")).to_be_visible()


def test_call_records_open_after_two_proofs_are_on_the_trail_and_can_be_locked(
    house: House, device: BrowserContext
) -> None:
    page = device.new_page()
    _sign_in(page, house, OWN)
    page.goto(f"{house.address}/records?last=5")
    _type_code(page, house, OWN)
    expect(page).to_have_url(f"{house.address}/records?last=5")
    expect(page.get_by_role("heading", name="最近 5 条记录")).to_be_visible()
    page.goto(f"{house.address}/records")
    page.locator("summary", has_text="筛选").click()
    page.get_by_label("语音", exact=True).check()
    page.get_by_role("button", name="查找并合计").click()
    expect(page.get_by_role("rowheader").first).to_be_visible()
    page.goto(f"{house.address}/records/switch")
    page.get_by_role("button", name="关闭详单查询").click()
    expect(page.get_by_text("详单查询已关闭").first).to_be_visible()
    assert page.goto(f"{house.address}/records").status == 403  # type: ignore[union-attr]
    page.get_by_role("link", name="设置", exact=True).click()
    page.get_by_role("button", name="打开详单查询").click()
    expect(page.get_by_text("详单查询已打开")).to_be_visible()
    page.goto(f"{house.address}/security/trail")
    expect(page.get_by_text("语音").first).to_be_visible()


def test_a_code_that_nobody_gave_out_is_not_ours(house: House, device: BrowserContext) -> None:
    page = device.new_page()
    page.goto(f"{house.address}/check")
    page.get_by_label("您的号码").fill(OWN)
    page.get_by_label("核验码").fill("12345678")
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_text("不是我们", exact=True)).to_be_visible()


def _for(deed: str, what: str) -> re.Pattern[str]:
    """The name of a button that stands in a list: what it does, and (for who hears it) to what."""
    return re.compile(rf"^{deed}\s*: {re.escape(what)}$")


def _sign_in(page: Page, house: House, number: str, password: str = PASSWORD) -> None:
    page.goto(f"{house.address}/sign-in?next=/settings")
    page.get_by_label("手机号码或业务账号").fill(number)
    page.get_by_label("服务密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(f"{house.address}/settings")


def _type_code(page: Page, house: House, number: str) -> None:
    """The other half of two proofs: a code by text."""
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    page.get_by_label("短信验证码").fill(_wait_for_code(page, house, number))
    page.get_by_role("button", name="验证", exact=True).click()


def _wait_for_code(page: Page, house: House, number: str, *, past: int = 0) -> str:
    """The newest code on this phone, once more than ``past`` have come."""
    for _ in range(60):
        codes = [code for owner, code in house.phone.codes if owner == number]
        if len(codes) > past:
            return codes[-1]
        page.wait_for_timeout(50)
    raise AssertionError(f"no code came; the phone got {house.phone.reasons}")
