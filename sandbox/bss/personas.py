"""Whose stories does the sandbox tell?

Each story is told relative to the moment at which the world was made, so it holds on any day of the month.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.bss.bill_stories import abroad, introduced, out_of_bucket, rearranged
from sandbox.bss.birth import Birth
from sandbox.bss.draft import LineDraft, PortfolioDraft, Spell, build_portfolio
from sandbox.bss.heavy_user import heavy_user
from sandbox.bss.money import yuan
from sandbox.bss.portfolio import Account, Habit, Portfolio
from sandbox.bss.pot import Pot, released_monthly
from sandbox.bss.tariff import GIGABYTE, MEGABYTE


@dataclass(frozen=True, slots=True)
class Persona:
    """A number to sign in with, and what to see there."""

    number: str
    portfolio_index: int
    zh: str
    en: str

    @property
    def service_password(self) -> str:
        """Six digits, by the rule that the sandbox publishes."""
        return f"2580{self.number[-2:]}"


PERSONAS = (
    Persona("13800138001", 0, "普通后付费:有加油包、结转与定向流量,上月账单待缴未到期",
            "Ordinary postpaid: a pack, rolled-over and dedicated data; last bill sent, not yet due"),
    Persona("13800138002", 1, "预付费,余额仅剩3.20元", "Prepaid, nearly empty: CNY 3.20"),
    Persona("13800138003", 2, "家庭主卡:为全家付费并共享流量", "Family main line: pays for and shares with the family"),
    Persona("13800138004", 2, "家庭副卡:使用主卡共享流量", "Family secondary line: draws from the main line's buckets"),
    Persona("13800138005", 3, "不限量套餐,已达量降速", "Unlimited plan, throttled"),
    Persona("13800138006", 4, "合约期内,还剩8个月", "In contract, 8 months to go"),
    Persona("13800138007", 5, "欠费两期,已停呼出", "In arrears: two unpaid bills, outgoing calls barred"),
    Persona("13800138008", 6, "政企成员,单位统付", "Enterprise member: the company pays"),
    Persona("13800138009", 7, "智慧家庭:手机、固话、宽带、IPTV一张账单",
            "Household bundle: mobile, telephone, broadband and IPTV on one bill"),
    Persona("13800138010", 8, "本月通用流量接近80%", "General data just below 80 %"),
    Persona("13800138011", 9, "超大用量:每月两万条以上详单", "Heavy user: more than 20,000 records a month"),
    Persona("13800138012", 10, "上月起新开两项、退订两项、老客户优惠到期;另有赠送流量",
            "Since last month: two new items, two ended, a discount lapsed; and data as a gift"),
    Persona("13800138013", 11, "上月出境漫游五天", "Five days abroad last month"),
    Persona("13800138014", 12, "首年优惠价上月到期", "The first year's lower price ended with last month"),
    Persona("13800138015", 13, "上月流量用超,新增游戏代收费用", "Data ran out last month, and game items were bought"),
)  # fmt: skip


def persona_portfolio(index: int, *, seed: int, born_ms: int) -> Portfolio:
    """The portfolio of the persona(s) at an index below ``len(STORIES)``."""
    return build_portfolio(index, STORIES[index](Birth(index, born_ms)), Random(f"{seed}/persona/{index}"))


def _ordinary(birth: Birth) -> PortfolioDraft:
    habit = Habit(
        calls=170, texts=45, sessions=210, data_bytes=30 * GIGABYTE, apps=("短视频", "短视频", "微信", "浏览器",
        "音乐"),
        swings=(0.9, 0.75, 1.9, 1.0, 1.1, 0.9, 1.2),
    )  # fmt: skip
    offerings = ("plan-59", "pack-data-5", "pack-video-30", "vas-ring", "benefit-autopay")
    pots = (
        Pot("granted", yuan(30), birth.month(4), birth.joined_ms, ("monthly_fee", "voice", "data", "sms")),
        released_monthly(birth.born_ms, yuan(200), 10, ("monthly_fee",)),
    )
    ended = Spell("vas-missed-call", birth.month(-4), birth.month(-1))
    return PortfolioDraft(
        name=("陈", "晓彤"),
        account=Account(birth.account_id, "postpaid", yuan(12.5), yuan(300), pays_days_after_due=0, pots=pots),
        lines=(LineDraft("mobile", "13800138001", habit, offerings, birth.joined_ms, spells=(ended,)),),
    )


def _prepaid(birth: Birth) -> PortfolioDraft:
    habit = Habit(calls=60, texts=20, sessions=90, data_bytes=400 * MEGABYTE, apps=("微信", "浏览器"))
    return PortfolioDraft(
        name=("李", "建国"),
        account=Account(birth.account_id, "prepaid", yuan(3.2), 0, pays_days_after_due=0),
        lines=(LineDraft("mobile", "13800138002", habit, ("plan-prepaid-8",), birth.joined_ms),),
        quiet=True,
    )


def _family(birth: Birth) -> PortfolioDraft:
    main = Habit(
        calls=150, texts=20, sessions=180, data_bytes=36 * GIGABYTE, apps=("微信", "短视频", "地图"),
        swings=(1.0, 0.8, 1.3),
    )  # fmt: skip
    second = Habit(
        calls=80,
        texts=30,
        sessions=160,
        data_bytes=28 * GIGABYTE,
        apps=("微信", "游戏", "浏览器"),
        swings=(1.0, 0.9, 1.2),
    )
    offerings = ("plan-secondary-10", "pack-sms-100")
    return PortfolioDraft(
        name=("黄", "志强"),
        account=Account(birth.account_id, "postpaid", 0, yuan(300), pays_days_after_due=-21),
        lines=(
            LineDraft("mobile", "13800138003", main, ("plan-family-169", "benefit-autopay"), birth.joined_ms),
            LineDraft("mobile", "13800138004", second, offerings, birth.joined_ms, shares_from_first=True),
        ),
    )


def _throttled(birth: Birth) -> PortfolioDraft:
    habit = Habit(
        calls=120, texts=15, sessions=300, data_bytes=52 * GIGABYTE, apps=("短视频", "直播", "游戏"),
        data_now_bytes=43 * GIGABYTE + 317 * MEGABYTE,
    )  # fmt: skip
    return PortfolioDraft(
        name=("赵", "宇航"),
        account=Account(birth.account_id, "postpaid", yuan(50), yuan(300), pays_days_after_due=-21),
        lines=(LineDraft("mobile", "13800138005", habit, ("plan-unlimited-199", "vas-missed-call"), birth.joined_ms),),
    )


def _in_contract(birth: Birth) -> PortfolioDraft:
    habit = Habit(calls=130, texts=10, sessions=190, data_bytes=22 * GIGABYTE, apps=("微信", "浏览器", "音乐"))
    line = LineDraft(
        kind="mobile",
        number="13800138006",
        habit=habit,
        offerings=("plan-contract-99", "benefit-contract-20"),
        since_ms=birth.same_day(-16),
        contract_until_ms=birth.same_day(8),
    )
    return PortfolioDraft(
        name=("周", "静怡"),
        account=Account(birth.account_id, "postpaid", 0, yuan(300), pays_days_after_due=-21),
        lines=(line,),
    )


def _in_arrears(birth: Birth) -> PortfolioDraft:
    habit = Habit(
        calls=140, texts=60, sessions=150, data_bytes=38 * GIGABYTE, apps=("游戏", "短视频", "游戏", "浏览器")
    )
    line = LineDraft(
        kind="mobile",
        number="13800138007",
        habit=habit,
        offerings=("plan-79", "sp-reading", "pack-game-10"),
        since_ms=birth.joined_ms,
        barred_in_arrears=True,
    )
    return PortfolioDraft(
        name=("孙", "磊"),
        account=Account(birth.account_id, "postpaid", 0, yuan(300), 3, first_share_percent=50, skips_last_bills=2),
        lines=(line,),
        quiet=True,
    )


def _enterprise(birth: Birth) -> PortfolioDraft:
    habit = Habit(calls=220, texts=30, sessions=140, data_bytes=18 * GIGABYTE, apps=("微信", "邮箱", "地图"))
    numbers = ("13800138008", "13800138018", "13800138028")
    return PortfolioDraft(
        name=("吴", "海燕"),
        company="广州恒信科技有限公司",
        account=Account(birth.account_id, "postpaid", yuan(500), yuan(5000), pays_days_after_due=-21),
        lines=tuple(LineDraft("mobile", number, habit, ("plan-enterprise-89",), birth.joined_ms) for number in numbers),
    )


def _household(birth: Birth) -> PortfolioDraft:
    mobile = Habit(calls=160, texts=20, sessions=200, data_bytes=36 * GIGABYTE, apps=("微信", "短视频", "浏览器"))
    broadband = Habit(sessions=120, data_bytes=420 * GIGABYTE, apps=("家庭宽带",))
    since_ms = birth.joined_ms
    return PortfolioDraft(
        name=("林", "嘉豪"),
        account=Account(birth.account_id, "postpaid", yuan(88.88), yuan(300), pays_days_after_due=-21),
        lines=(
            LineDraft("mobile", "13800138009", mobile, ("plan-129", "bundle-home", "vas-ring"), since_ms),
            LineDraft("fixed", "02088880009", Habit(calls=70), ("fixed-20",), since_ms),
            LineDraft("broadband", "gz00880009", broadband, ("broadband-500",), since_ms),
            LineDraft("iptv", "gziptv0009", Habit(), ("iptv-20",), since_ms),
        ),
    )


def _near_threshold(birth: Birth) -> PortfolioDraft:
    habit = Habit(
        calls=110, texts=15, sessions=220, data_bytes=23 * GIGABYTE, apps=("微信", "浏览器", "音乐"),
        swings=(1, 1.05, 1.0, 1.1, 1.02, 1.07, 1.0), data_now_bytes=16_301 * MEGABYTE,
    )  # fmt: skip
    return PortfolioDraft(
        name=("郑", "思琪"),
        account=Account(birth.account_id, "postpaid", yuan(20), yuan(300), pays_days_after_due=-21),
        lines=(LineDraft("mobile", "13800138010", habit, ("plan-79",), birth.joined_ms),),
        quiet=True,
    )


STORIES: tuple[Callable[[Birth], PortfolioDraft], ...] = (
    _ordinary, _prepaid, _family, _throttled, _in_contract, _in_arrears, _enterprise, _household, _near_threshold,
    heavy_user, rearranged, abroad, introduced, out_of_bucket,
)  # fmt: skip
