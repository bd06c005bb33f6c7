"""What would a change do, and what would it cost? These figures are what the bill then asks for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sandbox.bss.change import Cost, CostKind, Effect, Fee, Mark, Named, Preview, Take, Wanted
from sandbox.bss.change_case import Case, Held, case_of
from sandbox.bss.change_loss import losses_of
from sandbox.bss.charge import recurring_charges
from sandbox.bss.closing import closing_costs
from sandbox.bss.dependence import lost_with
from sandbox.bss.month import Month, months_later, months_left
from sandbox.bss.obstacle import obstacles_of
from sandbox.bss.offering import Offering
from sandbox.bss.portfolio import Package
from sandbox.bss.world import World

_MARKS: Final[dict[str, Mark]] = {"reportLoss": "lost", "resume": "found", "close": "closing", "keepOpen": "kept"}
LINE_NAMES: Final = {
    "mobile": ("移动电话", "Mobile line"),
    "fixed": ("固定电话", "Fixed telephone"),
    "broadband": ("家庭宽带", "Home broadband"),
    "iptv": ("IPTV", "IPTV"),
}


def preview(world: World, wanted: Wanted) -> Preview:
    """What would come of a wish if it were ordered now. Raises UnknownThingError for what does not exist."""
    case = case_of(world, wanted)
    obstacles = obstacles_of(case)
    before_li = _monthly_li(case, _held_now(case))
    said = Preview(
        wanted=wanted,
        name=_name(case),
        starts=case.starts,
        start=case.start,
        effect_ms=case.effect_ms,
        obstacles=obstacles,
        price_li=_price_li(case.offering),
        repeats=case.offering is not None and case.offering.fee_li > 0,
        monthly_before_li=before_li,
        monthly_after_li=before_li,
        terms=case.offering.terms if case.offering else None,
    )
    return said if obstacles else _told(said, case)


def _told(said: Preview, case: Case) -> Preview:
    """The preview of a possible change: with costs, losses, and what it does."""
    lost = lost_with(case)
    going = {held.package.id for held in (*case.going, *lost)}
    staying = [held for held in _held_now(case) if held.package.id not in going]
    effect = _effect(case, lost)
    return replace(
        said,
        costs=tuple(_costs(case, effect)),
        losses=tuple(losses_of(case, lost)),
        takes_away=tuple(_takes_away(case, lost)),
        monthly_after_li=_monthly_li(case, staying, taken=case.offering),
        contract_until_ms=max((take.contract_until_ms or 0 for take in effect.takes), default=0) or None,
        effect=effect,
        lost_count=len(lost),
        visit=case.offering is not None and case.offering.visit,
    )


def _name(case: Case) -> Named:
    if case.offering is not None and case.service is None:
        return Named(case.offering.id, case.offering.zh, case.offering.en)
    if case.service is not None:
        return Named(case.service.id, case.service.zh, case.service.en)
    if case.wanted.action == "drop":
        return case.going[0].named
    return Named(case.line.id, *LINE_NAMES[case.line.kind])


def _price_li(offering: Offering | None) -> int | None:
    """What the confirmation names: the monthly fee, or what is charged once."""
    return None if offering is None else offering.fee_li or offering.once_li or None


def _monthly_li(case: Case, held: list[Held], *, taken: Offering | None = None) -> int:
    """Fees less discounts of what the line holds side by side, in the month of the effect."""
    packages = [one.package for one in held]
    if taken is not None:
        packages.append(replace(_any_package(case), offering_id=taken.id, since_ms=case.effect_ms, introductory=None))
    charges = recurring_charges(case.line, packages, Month.of(case.effect_ms))
    return sum(charge.amount_li for charge in charges)


def _any_package(case: Case) -> Package:
    return replace(case.line.packages[0], id="", until_ms=None, contract_until_ms=None)


def _held_now(case: Case) -> list[Held]:
    """What the line in question holds without the change: a new one nothing."""
    if case.wanted.action == "openLine":
        return []
    return [held for held in case.held() if held.line.id == case.line.id]


def _takes_away(case: Case, lost: list[Held]) -> Iterator[Named]:
    """What ends beside what was asked to end."""
    if case.wanted.action in ("changePlan", "close"):
        yield from (held.named for held in case.going)
    yield from (held.named for held in lost)


def _effect(case: Case, lost: list[Held]) -> Effect:
    wanted = case.wanted
    return Effect(
        takes=tuple(_takes(case)),
        ends=tuple(held.package.id for held in (*case.going, *lost)),
        fees=tuple(_fees(case)),
        service=case.service.id if case.service and case.service.offering_id is None else None,
        service_on=wanted.action == "switchOn",
        mark=_MARKS.get(wanted.action),
        number=wanted.number if wanted.action == "openLine" else None,
    )


def _takes(case: Case) -> Iterator[Take]:
    """An old contract goes on under the new plan, unless the new one binds longer."""
    if case.offering is None:
        return
    own = case.offering.contract_months
    ends = [months_later(case.effect_ms, own)] if own else []
    if case.wanted.action == "changePlan":
        ends += [held.package.contract_until_ms for held in case.going if held.package.contract_until_ms]
    later = [end_ms for end_ms in ends if end_ms > case.effect_ms]
    yield Take(case.line.id, case.offering.id, max(later, default=None))


def _fees(case: Case) -> Iterator[Fee]:
    if case.offering is not None and case.offering.once_li:
        offering = case.offering
        yield Fee("oneTime", f"{offering.zh}一次性费用", f"{offering.en}, once", offering.once_li, offering.id)
    if case.wanted.action in ("drop", "close", "switchOff"):
        for held in case.going:
            penalty_li = penalty_of(held, case.effect_ms)
            if penalty_li:
                zh, en = f"{held.offering.zh}提前解约违约金", f"Early exit from {held.offering.en}"
                yield Fee("penalty", zh, en, penalty_li, held.offering.id)


def penalty_of(held: Held, at_ms: int) -> int:
    """For each month that is left of its contract at an instant."""
    until_ms = held.package.contract_until_ms
    return 0 if until_ms is None else months_left(at_ms, until_ms) * held.offering.early_exit_li


def _costs(case: Case, effect: Effect) -> Iterator[Cost]:
    if case.wanted.action == "close":
        yield from closing_costs(case)
    offering = case.offering
    if offering is not None and offering.fee_li:
        yield Cost("monthly", offering.zh, offering.en, offering.fee_li, case.effect_ms)
    for fee in effect.fees:
        kind: CostKind = "once" if fee.kind == "oneTime" else "penalty"
        yield Cost(kind, fee.zh, fee.en, fee.amount_li, case.effect_ms)
