"""Which adjustments, credit notes and further papers stand in the personas' past?

Everything counts in months before the one in which the world was made, so it holds on any day. What was given back in
that past is already part of the account's own money.
"""

from dataclasses import dataclass
from typing import Final, Literal

from sandbox.bss.bill import Credit
from sandbox.bss.charge import Charge
from sandbox.bss.money import yuan
from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.offering import Subject
from sandbox.bss.portfolio import Portfolio

PaperCategory = Literal["interim", "duplicate", "trial"]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Money given (negative) or taken beside fees and use, on the bill of a month, for the line at a place."""

    months_ago: int
    subject: Subject
    zh: str
    en: str
    amount_li: int
    line: int = 1


@dataclass(frozen=True, slots=True)
class CreditStory:
    """A credit note for the bill of a month, so many days after that bill was issued."""

    months_ago: int
    days_after: int
    charge: Adjustment


@dataclass(frozen=True, slots=True)
class PaperStory:
    """A paper beside the bill of a month: on a day of that month, or for a duplicate so many days after the issue."""

    category: PaperCategory
    months_ago: int
    days: int


@dataclass(frozen=True, slots=True)
class BillingStory:
    """What one persona's bills tell beside the ordinary."""

    adjustments: tuple[Adjustment, ...] = ()
    credits: tuple[CreditStory, ...] = ()
    papers: tuple[PaperStory, ...] = ()


_NOTHING: Final = BillingStory()
_STORIES: Final[dict[int, BillingStory]] = {
    2: BillingStory(
        adjustments=(
            Adjustment(3, "other", "网络故障补偿", "Compensation for a network fault", yuan(-10), line=2),
            Adjustment(4, "other", "补收上期语音费", "Calls of the month before, charged late", yuan(6.35)),
        )
    ),
    3: BillingStory(
        credits=(
            CreditStory(4, 9, Adjustment(4, "value_added", "来电提醒退费", "Missed-call alerts given back", yuan(-3))),
        )
    ),
    4: BillingStory(papers=(PaperStory("duplicate", 2, 12),)),
    6: BillingStory(papers=(PaperStory("interim", 3, 15), PaperStory("trial", 2, 27))),
    7: BillingStory(
        adjustments=(Adjustment(2, "other", "IPTV故障减免", "Reduction for an IPTV fault", yuan(-5.5), line=4),),
        papers=(PaperStory("duplicate", 3, 8),),
    ),
}  # fmt: skip
"""By the persona's portfolio."""


def billing_story(portfolio: Portfolio, founders: int) -> BillingStory:
    """The story of a portfolio; one that got a number later has none."""
    return _STORIES.get(portfolio.index, _NOTHING) if portfolio.index < founders else _NOTHING


def adjustments_of(story: BillingStory, portfolio: Portfolio, month: Month, born: Month) -> list[Charge]:
    """The adjustments on the bill of a month."""
    return [_adjusted(told, portfolio) for told in story.adjustments if born.plus(-told.months_ago) == month]


def credits_of(story: BillingStory, portfolio: Portfolio, born: Month) -> list[Credit]:
    """The credit notes."""
    return [_credit(told, portfolio, born.plus(-told.months_ago)) for told in story.credits]


def _credit(told: CreditStory, portfolio: Portfolio, month: Month) -> Credit:
    bill_id = f"B{portfolio.account.id[1:]}-{month.label}"
    at_ms = month.end_ms + told.days_after * DAY_MS
    return Credit(f"{bill_id}C0", bill_id, at_ms, (_adjusted(told.charge, portfolio),))


def _adjusted(told: Adjustment, portfolio: Portfolio) -> Charge:
    line = portfolio.lines[min(told.line, len(portfolio.lines)) - 1]
    return Charge(
        told.subject,
        told.zh,
        told.en,
        told.amount_li,
        line_id=line.id,
        number=line.number,
        product_id=line.id,
        kind="adjustment",
        line_kind=line.kind,
    )
