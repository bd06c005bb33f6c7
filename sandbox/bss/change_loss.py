"""What does a change take away?"""

from collections.abc import Iterator

from sandbox.bss.bucket import BucketState
from sandbox.bss.change import Loss
from sandbox.bss.change_case import Case, Held
from sandbox.bss.charge import recurring_charges
from sandbox.bss.month import Month


def losses_of(case: Case, lost: list[Held]) -> Iterator[Loss]:
    """Data that was (or would be) rolled over, what is left of allowances that end at once, benefits that hang on what
    goes, and with a closed line its number and the money that was granted."""
    action = case.wanted.action
    if action in ("changePlan", "close"):
        yield from _data(case)
    for held in (*(case.going if action == "close" else ()), *lost):
        yield from _benefit(case, held)
    if action == "close":
        yield from _with_the_line(case)


def is_last_line(case: Case) -> bool:
    """Whether the account has no other line that lives when this one closes."""
    others = (line for line in case.portfolio.lines if line.id != case.line.id)
    return all(line.is_ended(case.effect_ms) for line in others)


def _data(case: Case) -> Iterator[Loss]:
    going = {held.package.id for held in case.going}
    for state in case.world.buckets(case.portfolio, case.line, case.now_ms):
        if state.bucket.package_id in going and state.remaining:
            yield from _left_over(case, state, state.remaining)


def _left_over(case: Case, state: BucketState, left: int) -> Iterator[Loss]:
    """From the next cycle on, only what would have been rolled over is lost: all else ends with the month anyway."""
    bucket, at_once = state.bucket, case.start == "atOnce"
    if bucket.origin == "rolledOver":
        if at_once:
            yield Loss("rolledOver", bucket.zh, bucket.en, case.effect_ms, left=left)
    elif at_once:
        yield Loss("allowance", bucket.zh, bucket.en, case.effect_ms, left=left)
    elif bucket.rolls_over and bucket.origin == "plan":
        yield Loss("rolledOver", bucket.zh, bucket.en, case.effect_ms, left=left)


def _benefit(case: Case, held: Held) -> Iterator[Loss]:
    """A discount with what it took off a month, a gift, or another package."""
    offering = held.offering
    if offering.category != "benefit":
        return
    if not (offering.discount_li or offering.discount_percent):
        yield Loss("gift", offering.zh, offering.en, case.effect_ms)
        return
    packages = [one.package for one in case.held(case.now_ms) if one.line.id == held.line.id]
    charges = recurring_charges(held.line, packages, Month.of(case.now_ms))
    off_li = -sum(charge.amount_li for charge in charges if charge.product_id == held.package.id)
    yield Loss("discount", offering.zh, offering.en, case.effect_ms, amount_li=off_li)


def _with_the_line(case: Case) -> Iterator[Loss]:
    yield Loss("number", case.line.number, case.line.number, case.effect_ms)
    if is_last_line(case):
        for pot in case.world.books(case.portfolio, case.now_ms).granted:
            if pot.left_li > 0:
                zh, en = ("赠款", "Granted money") if pot.name == "granted" else ("冻结赠款", "Granted money, frozen")
                yield Loss("grantedMoney", zh, en, case.effect_ms, amount_li=pot.left_li)
