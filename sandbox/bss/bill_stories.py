"""Whose last bill differs from the one before, and why?

Each of these people has little use beside what the story is about, so that nothing else blurs it.
"""

from dataclasses import replace

from sandbox.bss.birth import Birth
from sandbox.bss.draft import LineDraft, PortfolioDraft, Spell
from sandbox.bss.money import yuan
from sandbox.bss.portfolio import Account, Habit, Introductory, Trip
from sandbox.bss.tariff import GIGABYTE


def rearranged(birth: Birth) -> PortfolioDraft:
    """Two new items last month, two that ended with the month before, a discount that lapsed with them, and a gift."""
    last = birth.month(-1)
    line = LineDraft(
        kind="mobile",
        number="13800138012",
        habit=Habit(
            calls=15, sessions=150, data_bytes=12 * GIGABYTE, apps=("微信", "短视频", "浏览器"),
            swings=(1.0, 1.0, 1.0, 0.34, 0.34, 0.34, 0.34),  # it uses what it was given
        ),
        offerings=("plan-light-19",),
        since_ms=birth.joined_ms,
        spells=(
            Spell("pack-video-30", last),
            Spell("vas-ring", last),
            Spell("pack-music-10", birth.month(-5), last),
            Spell("sp-reading", birth.month(-9), last),
            Spell("benefit-loyal-10", birth.month(-13), last),
            Spell("gift-data-10", birth.month(-2)),
        ),
    )  # fmt: skip
    return _postpaid(birth, ("许", "雪梅"), line)


def abroad(birth: Birth) -> PortfolioDraft:
    """From the 9th to the 13th of last month in Tokyo."""
    line = LineDraft(
        kind="mobile",
        number="13800138013",
        habit=Habit(
            calls=120, texts=40, sessions=300, data_bytes=14 * GIGABYTE, apps=("微信", "地图", "浏览器"),
            swings=(1.0,) * 7,
        ),
        offerings=("plan-129", "pack-sms-100"),
        since_ms=birth.joined_ms,
        trips=(Trip("日本·东京", birth.day(-1, 9), birth.day(-1, 14)),),
    )  # fmt: skip
    return _postpaid(birth, ("何", "俊杰"), line)


def introduced(birth: Birth) -> PortfolioDraft:
    """Twelve months at 20 less, which ended with the month before last; the percentage off grew with the price. Nobody
    ever saw the holder's ID document."""
    line = LineDraft(
        kind="mobile",
        number="13800138014",
        habit=Habit(calls=40, texts=15, sessions=120, data_bytes=8 * GIGABYTE, apps=("微信", "浏览器")),
        offerings=("plan-59", "benefit-autopay"),
        since_ms=birth.month(-13),
        introductory=Introductory(yuan(20), months=12),
    )
    return replace(_postpaid(birth, ("梁", "佳怡"), line), checked=False)


def out_of_bucket(birth: Birth) -> PortfolioDraft:
    """Twice the data of other months, so that the plan's ran out on the way; and game items, bought for the first
    time."""
    line = LineDraft(
        kind="mobile",
        number="13800138015",
        habit=Habit(
            calls=12, texts=0, sessions=200, data_bytes=5 * GIGABYTE, apps=("短视频", "游戏", "微信"),
            swings=(0.5, 2.3, 0.7, 0.8, 0.7, 0.8, 0.7), events=(0, 9, 0), services=("游戏道具",),
        ),
        offerings=("plan-light-19",),
        since_ms=birth.joined_ms,
    )  # fmt: skip
    return _postpaid(birth, ("冯", "天宇"), line)


def _postpaid(birth: Birth, name: tuple[str, str], line: LineDraft) -> PortfolioDraft:
    account = Account(birth.account_id, "postpaid", 0, yuan(300), pays_days_after_due=-21)
    return PortfolioDraft(name=name, account=account, lines=(line,), quiet=True)
