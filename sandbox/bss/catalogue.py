"""Which offerings does the sandbox sell?"""

from dataclasses import replace
from typing import Final

from sandbox.bss.change import Start
from sandbox.bss.money import yuan
from sandbox.bss.offering import Allowance, Category, Offering, Subject
from sandbox.bss.portfolio import AccountKind, LineKind
from sandbox.bss.tariff import GIGABYTE


def _data(gigabytes: float, *, shared: bool = False, rolls_over: bool = True) -> Allowance:
    total = int(gigabytes * GIGABYTE)
    zh, en = ("家庭共享流量", "Shared family data") if shared else ("国内通用流量", "National data")
    return Allowance("data", total, zh, en, shared=shared, rolls_over=rolls_over)


def _app(gigabytes: int, app: str, zh: str, en: str) -> Allowance:
    return Allowance("data", gigabytes * GIGABYTE, zh, en, app=app)


def _voice(minutes: int, *, shared: bool = False) -> Allowance:
    zh, en = ("家庭共享通话", "Shared family minutes") if shared else ("国内通话", "National minutes")
    return Allowance("voice", minutes * 60, zh, en, shared=shared)


def _messages(count: int) -> Allowance:
    return Allowance("sms", count, "国内短信", "National messages")


def _unlimited(throttle_after_gigabytes: int | None) -> Allowance:
    zh, en = (
        ("不限量流量(达量降速)", "Unlimited data (throttled)")
        if throttle_after_gigabytes
        else ("宽带不限时", "Broadband")
    )
    quota = throttle_after_gigabytes * GIGABYTE if throttle_after_gigabytes else None
    return Allowance("data", None, zh, en, throttle_after=quota)


CATEGORIES = (
    Category("mobile-plan", "手机套餐", "Mobile plans"),
    Category("family-plan", "家庭套餐", "Family plans", "mobile-plan"),
    Category("enterprise-plan", "政企套餐", "Enterprise plans", "mobile-plan"),
    Category("home-plan", "宽带与固话", "Broadband and telephone"),
    Category("pack", "加油包", "Packs"),
    Category("dedicated-pack", "定向流量包", "Dedicated-data packs", "pack"),
    Category("value-added", "增值业务", "Value-added services"),
    Category("other-party", "代收业务", "Collected for others", "value-added"),
    Category("benefit", "优惠活动", "Benefits"),
)

_PLANS = (
    "plan-light-19", "plan-senior-18", "plan-59", "plan-79", "plan-129", "plan-unlimited-199", "plan-family-169",
    "plan-secondary-10", "plan-contract-99", "plan-enterprise-89", "plan-prepaid-8", "plan-prepaid-39",
    "plan-business-599",
)  # fmt: skip


_AT_ONCE_TOO: Final[tuple[Start, ...]] = ("nextCycle", "atOnce")
_AT_ONCE_FIRST: Final[tuple[Start, ...]] = ("atOnce", "nextCycle")
_TALKING: Final[tuple[LineKind, ...]] = ("mobile", "fixed")
_HOME: Final[tuple[LineKind, ...]] = ("fixed", "broadband", "iptv")
_FOR_TELEPHONES: Final = frozenset({"vas-missed-call", "svc-caller-id"})
_PLANS_AT_ONCE: Final = frozenset({"plan-59", "plan-79", "plan-129", "plan-unlimited-199"})
_PLANS_FROM_99: Final = ("plan-contract-99", "plan-129", "plan-family-169", "plan-unlimited-199", "plan-business-599")
_ONLINE: Final = ("web", "app")
_ONLINE_ONLY: Final = frozenset({"pack-data-30"})
_BY_TEXT: Final = frozenset({"pack-data-5", "pack-voice-100", "pack-sms-100"})
_PACK_TERMS: Final = (
    "按月计费并自动续订,当月订购当月足额生效,退订次月生效,未用完不结转。",
    "Charged every month until dropped. All of it can be used in the first month; a drop counts from the next one.",
)
_COLLECTED_TERMS: Final = (
    "由合作方提供,运营商代收费用;可随时退订,次月停止扣费。",
    "A partner's, for whom the operator collects the fee. Can be dropped at any time, from the next month on.",
)
_PLAN_DISCOUNT_TERMS: Final = (
    "每月从套餐月费中减10元,没有另行承诺时连续3个月(含生效当月);换到不足99元的套餐或销户即止。",
    "CNY 10 off the plan's fee, in 3 months unless more was promised. It ends with the last plan of CNY 99 or more.",
)


def _plan(id_: str, zh: str, en: str, fee: float, *allowances: Allowance, category: str = "mobile-plan") -> Offering:
    rivals = tuple(other for other in _PLANS if other != id_)
    starts: tuple[Start, ...] = _AT_ONCE_TOO if id_ in _PLANS_AT_ONCE else ("nextCycle",)
    account: AccountKind = "prepaid" if id_.startswith("plan-prepaid") else "postpaid"
    return Offering(
        id_, zh, en, "plan", category, yuan(fee), allowances, excludes=rivals, starts=starts, account=account
    )


def _home(id_: str, zh: str, en: str, fee: float, *allowances: Allowance) -> Offering:
    line = next(line for line in _HOME if id_.startswith(line))
    return Offering(id_, zh, en, "plan", "home-plan", yuan(fee), allowances, lines=(line,))


def _pack(id_: str, zh: str, en: str, fee: float, allowance: Allowance) -> Offering:
    category = "dedicated-pack" if allowance.app else "pack"
    excludes = ("plan-unlimited-199",) if allowance.kind == "data" and not allowance.app else ()
    return Offering(
        id_, zh, en, "add-on", category, yuan(fee), (allowance,), excludes=excludes, starts=_AT_ONCE_FIRST,
        sold_in=_ONLINE if id_ in _ONLINE_ONLY else (), by_text=id_ in _BY_TEXT, terms=_PACK_TERMS,
    )  # fmt: skip


def _service(id_: str, zh: str, en: str, fee: float, *, other_party: bool = False) -> Offering:
    subject: Subject = "other_party" if other_party else "value_added"
    category = "other-party" if other_party else "value-added"
    terms = _COLLECTED_TERMS if other_party else None
    lines = _TALKING if id_ in _FOR_TELEPHONES else ("mobile",)
    return Offering(
        id_, zh, en, "add-on", category, yuan(fee), subject=subject, lines=lines, starts=_AT_ONCE_TOO, terms=terms
    )


def _benefit(id_: str, zh: str, en: str, *, off: float = 0, requires: tuple[str, ...] = ()) -> Offering:
    """So much off each month, given by the operator."""
    return Offering(id_, zh, en, "add-on", "benefit", 0, subject="discount", discount_li=yuan(off), requires=requires,
                    ordered=False)  # fmt: skip


OFFERINGS: tuple[Offering, ...] = (
    _plan("plan-light-19", "轻享卡19元套餐", "Light 19", 19, _data(5), _voice(60)),
    _plan("plan-senior-18", "银龄关爱18元套餐", "Senior 18", 18, _data(3), _voice(100), _messages(50)),
    _plan("plan-59", "5G畅享59元套餐", "5G Smart 59", 59, _data(20), _voice(150), _messages(20)),
    _plan("plan-79", "5G畅享79元套餐", "5G Smart 79", 79, _data(20), _voice(300), _messages(50)),
    _plan("plan-129", "5G畅享129元套餐", "5G Smart 129", 129, _data(40), _voice(500)),
    _plan("plan-unlimited-199", "5G不限量199元套餐", "5G Unlimited 199", 199, _unlimited(40), _voice(1000)),
    _plan(
        "plan-family-169", "全家享169元套餐", "Family 169", 169, _data(60, shared=True), _voice(800, shared=True),
        category="family-plan",
    ),
    Offering(
        "plan-secondary-10", "全家享副卡10元", "Family secondary line 10", "plan", "family-plan", yuan(10),
        requires=("plan-family-169",), excludes=tuple(plan for plan in _PLANS if plan != "plan-secondary-10"),
        ordered=False,
    ),
    Offering(
        "plan-contract-99", "购机合约99元套餐", "Handset contract 99", "plan", "mobile-plan", yuan(99),
        (_data(30), _voice(300)), excludes=tuple(plan for plan in _PLANS if plan != "plan-contract-99"),
        contract_months=24, early_exit_li=yuan(20), account="postpaid",
        terms=(
            "合约期24个月,期内只能变更为同价或更高档套餐;提前解约按剩余月数每月20元支付违约金。",
            "24 months, within which only an equal or dearer plan can be chosen. Each month left costs CNY 20.",
        ),
    ),
    _plan(
        "plan-enterprise-89", "政企畅联89元套餐", "Enterprise Connect 89", 89, _data(50), _voice(1000),
        category="enterprise-plan",
    ),
    _plan(
        "plan-business-599", "商务旗舰599元套餐", "Business flagship 599", 599, _unlimited(200), _voice(10_000),
        _messages(1_500),
    ),
    _plan("plan-prepaid-8", "预付费8元保号套餐", "Prepaid 8", 8, _data(0.5, rolls_over=False)),
    _plan("plan-prepaid-39", "预付费39元套餐", "Prepaid 39", 39, _data(10, rolls_over=False), _voice(100)),
    _home("fixed-20", "固定电话20元套餐", "Fixed telephone 20", 20, _voice(100)),
    _home("fixed-business-50", "商务固话50元套餐", "Business telephone 50", 50, _voice(600)),
    _home("broadband-300", "300M家庭宽带", "Home broadband 300M", 60, _unlimited(None)),
    _home("broadband-500", "500M家庭宽带", "Home broadband 500M", 80, _unlimited(None)),
    _home("broadband-1000", "千兆家庭宽带", "Home broadband 1000M", 120, _unlimited(None)),
    replace(_home("iptv-20", "IPTV高清基础包", "IPTV basic", 20), requires=("broadband-500", "broadband-1000")),
    _pack("pack-data-5", "5GB流量加油包", "5 GB pack", 15, _data(5, rolls_over=False)),
    _pack("pack-data-10", "10GB流量加油包", "10 GB pack", 25, _data(10, rolls_over=False)),
    _pack("pack-data-30", "30GB流量包(线上专享)", "30 GB pack (online only)", 39, _data(30, rolls_over=False)),
    _pack("pack-video-30", "30GB短视频定向流量包", "30 GB short-video pack", 9,
          _app(30, "短视频", "短视频定向流量", "Short-video data")),
    _pack("pack-music-10", "10GB音乐定向流量包", "10 GB music pack", 6, _app(10, "音乐", "音乐定向流量", "Music data")),
    _pack("pack-game-10", "10GB游戏定向流量包", "10 GB games pack", 8, _app(10, "游戏", "游戏定向流量", "Games data")),
    _pack("pack-voice-100", "100分钟语音包", "100 minutes pack", 10, _voice(100)),
    _pack("pack-sms-100", "100条短信包", "100 messages pack", 5, _messages(100)),
    _service("vas-ring", "视频彩铃", "Video ring-back tones", 6),
    _service("vas-missed-call", "来电提醒", "Missed-call alerts", 3),
    _service("svc-caller-id", "来电显示", "Caller ID", 6),
    _service("sp-reading", "掌上阅读包月(代收)", "Mobile reading (collected for a third party)", 8, other_party=True),
    Offering(
        "home-wifi", "全屋WiFi服务", "Whole-home Wi-Fi", "add-on", "value-added", yuan(10), subject="value_added",
        once_li=yuan(100), contract_months=12, early_exit_li=yuan(8), lines=("broadband",), visit=True,
        starts=("atOnce",),
        terms=(
            "一次性上门安装费100元;合约期12个月,提前退订按剩余月数每月8元支付违约金。",
            "Installation costs CNY 100 once. 12 months; dropped early, each month left costs CNY 8.",
        ),
    ),
    Offering("benefit-autopay", "自动缴费95折", "Autopay 5 % off", "add-on", "benefit", 0, subject="discount",
             discount_percent=5, ordered=False),
    _benefit("benefit-contract-20", "购机合约月减20元", "Contract 20 off", off=20, requires=("plan-contract-99",)),
    _benefit("benefit-loyal-10", "老客户月减10元", "Loyalty 10 off", off=10),
    replace(
        _benefit("benefit-plan-10", "高档套餐月减10元", "Bigger plan, 10 off", off=10, requires=_PLANS_FROM_99),
        given_months=3, terms=_PLAN_DISCOUNT_TERMS,
    ),
    Offering("gift-data-10", "感恩回馈赠送10GB流量", "Gift of 10 GB", "add-on", "benefit", 0,
             (Allowance("data", 10 * GIGABYTE, "赠送国内流量", "National data, a gift"),), subject="discount",
             requires=("plan-light-19",), ordered=False),
    Offering("bundle-home", "智慧家庭融合优惠", "Household bundle benefit", "add-on", "benefit", 0, subject="discount",
             discount_li=yuan(51.5), bundles=("plan-129", "fixed-20", "broadband-500", "iptv-20"), ordered=False),
    Offering("pack-spring-2025", "2025春节流量包", "Spring Festival 2025 pack", "add-on", "pack", yuan(9.9),
             (_data(20, rolls_over=False),), valid_from="2025-01-15T00:00:00+08:00",
             valid_until="2025-03-01T00:00:00+08:00", starts=_AT_ONCE_FIRST),
)  # fmt: skip

OFFERING = {offering.id: offering for offering in OFFERINGS}
