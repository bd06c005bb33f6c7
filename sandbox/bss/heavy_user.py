"""Who makes more than 20,000 records a month?"""

from sandbox.bss.birth import Birth
from sandbox.bss.draft import LineDraft, PortfolioDraft
from sandbox.bss.money import yuan
from sandbox.bss.portfolio import Account, Habit
from sandbox.bss.tariff import GIGABYTE


def heavy_user(birth: Birth) -> PortfolioDraft:
    """A salesman who lives on the telephone; a month has 10 % more or fewer records than his habit says."""
    habit = Habit(
        calls=4_200, texts=3_000, sessions=14_800, data_bytes=170 * GIGABYTE,
        apps=("微信", "短视频", "浏览器", "地图", "邮箱", "音乐"),
        events=(600,), services=("游戏道具", "付费阅读", "付费阅读", "付费阅读", "彩铃下载", "来电提醒", "来电提醒"),
    )  # fmt: skip
    offerings = ("plan-business-599", "vas-missed-call", "benefit-autopay")
    return PortfolioDraft(
        name=("马", "永强"),
        account=Account(birth.account_id, "postpaid", yuan(100), yuan(3000), pays_days_after_due=-21),
        lines=(LineDraft("mobile", "13800138011", habit, offerings, birth.joined_ms),),
        quiet=True,
    )
