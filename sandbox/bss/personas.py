"""Whose stories does the sandbox tell?

Each story is told relative to the moment at which the world was made, so it holds on any day of the month.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sandbox.bss.money import yuan
from sandbox.bss.month import CHINA, Month
from sandbox.bss.names import GUANGZHOU, person
from sandbox.bss.portfolio import Account, Customer, Habit, Line, LineKind, Package, Portfolio, Pot
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
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Made:
    """The moment at which the world is made, from which stories count."""

    seed: int
    born_ms: int

    def month(self, months: int) -> int:
        """The first instant of the month so many months from the running one."""
        return Month.of(self.born_ms).plus(months).start_ms

    def same_day(self, months: int) -> int:
        """This day, so many months on, at midnight."""
        day = min(datetime.fromtimestamp(self.born_ms / 1000, CHINA).day, 28)
        there = Month.of(self.born_ms).plus(months)
        return int(datetime(there.year, there.number, day, tzinfo=CHINA).timestamp()) * 1000


def persona_portfolio(index: int, *, seed: int, born_ms: int) -> Portfolio:
    """The portfolio of the persona(s) at an index below ``len(STORIES)``."""
    return STORIES[index](index, _Made(seed, born_ms))


def _ordinary(index: int, made: _Made) -> Portfolio:
    habit = Habit(
        calls=170, texts=45, sessions=210, data_bytes=30 * GIGABYTE, apps=("短视频", "短视频", "微信", "浏览器", "音乐"),
        swings=(0.9, 0.75, 1.9, 1.0, 1.1, 0.9, 1.2),
    )  # fmt: skip
    packages = ("plan-59", "pack-data-5", "pack-video-30", "vas-ring", "benefit-autopay")
    pots = (Pot("granted", yuan(30), made.month(4)), Pot("frozen", yuan(200), made.month(12)))
    account = _account(index, own=12.5, pots=pots, pays_days_after_due=0)
    return _portfolio(index, made, ("陈", "晓彤"), account, _line(index, 1, made, "13800138001", habit, packages))


def _prepaid(index: int, made: _Made) -> Portfolio:
    habit = Habit(calls=60, texts=20, sessions=90, data_bytes=400 * MEGABYTE, apps=("微信", "浏览器"))
    account = _account(index, own=3.2, kind="prepaid")
    line = _line(index, 1, made, "13800138002", habit, ("plan-prepaid-8",))
    return _portfolio(index, made, ("李", "建国"), account, line, quiet=True)


def _family(index: int, made: _Made) -> Portfolio:
    main = Habit(calls=150, texts=20, sessions=180, data_bytes=24 * GIGABYTE, apps=("微信", "短视频", "地图"))
    second = Habit(calls=80, texts=30, sessions=160, data_bytes=20 * GIGABYTE, apps=("微信", "游戏", "浏览器"))
    lines = (
        _line(index, 1, made, "13800138003", main, ("plan-family-169", "benefit-autopay")),
        _line(index, 2, made, "13800138004", second, ("plan-secondary-10", "pack-sms-100"), main_line=1),
    )
    return _portfolio(index, made, ("黄", "志强"), _account(index, own=0), *lines)


def _throttled(index: int, made: _Made) -> Portfolio:
    habit = Habit(
        calls=120, texts=15, sessions=300, data_bytes=52 * GIGABYTE, apps=("短视频", "直播", "游戏"),
        data_now_bytes=43 * GIGABYTE + 317 * MEGABYTE,
    )  # fmt: skip
    line = _line(index, 1, made, "13800138005", habit, ("plan-unlimited-199", "vas-missed-call"))
    return _portfolio(index, made, ("赵", "宇航"), _account(index, own=50), line)


def _in_contract(index: int, made: _Made) -> Portfolio:
    habit = Habit(calls=130, texts=10, sessions=190, data_bytes=22 * GIGABYTE, apps=("微信", "浏览器", "音乐"))
    line = _line(
        index, 1, made, "13800138006", habit, ("plan-contract-99", "benefit-contract-20"),
        since_ms=made.same_day(-16), contract_until_ms=made.same_day(8),
    )  # fmt: skip
    return _portfolio(index, made, ("周", "静怡"), _account(index, own=0), line)


def _in_arrears(index: int, made: _Made) -> Portfolio:
    habit = Habit(calls=140, texts=60, sessions=150, data_bytes=26 * GIGABYTE, apps=("微信", "短视频", "浏览器"))
    line = _line(
        index, 1, made, "13800138007", habit, ("plan-79", "sp-reading", "pack-game-10"), barred_in_arrears=True
    )
    account = _account(index, own=0, pays_days_after_due=10, skips_last_bills=2)
    return _portfolio(index, made, ("孙", "磊"), account, line, quiet=True)


def _enterprise(index: int, made: _Made) -> Portfolio:
    habit = Habit(calls=220, texts=30, sessions=140, data_bytes=18 * GIGABYTE, apps=("微信", "邮箱", "地图"))
    numbers = ("13800138008", "13800138018", "13800138028")
    lines = tuple(
        _line(index, position, made, number, habit, ("plan-enterprise-89",))
        for position, number in enumerate(numbers, start=1)
    )
    account = _account(index, own=500, credit=5000)
    return _portfolio(index, made, ("吴", "海燕"), account, *lines, company="广州恒信科技有限公司")


def _household(index: int, made: _Made) -> Portfolio:
    mobile = Habit(calls=160, texts=20, sessions=200, data_bytes=36 * GIGABYTE, apps=("微信", "短视频", "浏览器"))
    fixed = Habit(calls=70)
    broadband = Habit(sessions=120, data_bytes=420 * GIGABYTE, apps=("家庭宽带",))
    lines = (
        _line(index, 1, made, "13800138009", mobile, ("plan-129", "bundle-home", "vas-ring")),
        _line(index, 2, made, "02088880009", fixed, ("fixed-20",), kind="fixed"),
        _line(index, 3, made, "gz00880009", broadband, ("broadband-500",), kind="broadband"),
        _line(index, 4, made, "gziptv0009", Habit(), ("iptv-20",), kind="iptv"),
    )
    return _portfolio(index, made, ("林", "嘉豪"), _account(index, own=88.88), *lines)


def _near_threshold(index: int, made: _Made) -> Portfolio:
    habit = Habit(
        calls=110, texts=15, sessions=220, data_bytes=23 * GIGABYTE, apps=("微信", "浏览器", "音乐"),
        swings=(1, 1.05, 1.0, 1.1, 1.02, 1.07, 1.0), data_now_bytes=16_301 * MEGABYTE,
    )  # fmt: skip
    line = _line(index, 1, made, "13800138010", habit, ("plan-79",))
    return _portfolio(index, made, ("郑", "思琪"), _account(index, own=20), line, quiet=True)


STORIES: tuple[Callable[[int, _Made], Portfolio], ...] = (
    _ordinary, _prepaid, _family, _throttled, _in_contract, _in_arrears, _enterprise, _household, _near_threshold,
)  # fmt: skip


def _account(
    index: int, *, own: float, kind: str = "postpaid", credit: float = 300, pays_days_after_due: int = -21,
    skips_last_bills: int = 0, pots: tuple[Pot, ...] = (),
) -> Account:  # fmt: skip
    prepaid = kind == "prepaid"
    return Account(
        id=f"A{index:06}",
        kind="prepaid" if prepaid else "postpaid",
        own_li=yuan(own),
        credit_limit_li=0 if prepaid else yuan(credit),
        pays_days_after_due=pays_days_after_due,
        skips_last_bills=skips_last_bills,
        pots=pots,
    )


def _line(
    index: int, position: int, made: _Made, number: str, habit: Habit, offerings: tuple[str, ...], *,
    kind: LineKind = "mobile", main_line: int | None = None, since_ms: int | None = None,
    contract_until_ms: int | None = None, barred_in_arrears: bool = False,
) -> Line:  # fmt: skip
    since_ms = since_ms or made.month(-20 - index)
    packages = tuple(
        Package(
            id=f"P{index:06}-{position}-{order}",
            offering_id=offering_id,
            since_ms=since_ms,
            contract_until_ms=contract_until_ms if order == 1 else None,
        )
        for order, offering_id in enumerate(offerings, start=1)
    )
    return Line(
        id=f"L{index:06}-{position}",
        kind=kind,
        number=number,
        city=GUANGZHOU,
        account_id=f"A{index:06}",
        user=person(Random(f"{made.seed}/{number}"), id_=f"I{index:06}-{position}", contact_number=number),
        since_ms=since_ms,
        habit=habit,
        packages=packages,
        main_line_id=f"L{index:06}-{main_line}" if main_line else None,
        barred_in_arrears=barred_in_arrears,
    )


def _portfolio(
    index: int, made: _Made, name: tuple[str, str], account: Account, *lines: Line,
    company: str | None = None, quiet: bool = False,
) -> Portfolio:  # fmt: skip
    chance = Random(f"{made.seed}/persona/{index}")
    holder = person(chance, id_=f"I{index:06}", contact_number=lines[0].number, name=name)
    return Portfolio(index, Customer(f"C{index:06}", holder, company), account, lines, quiet)
