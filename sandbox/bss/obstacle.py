"""What speaks against a change (domain page §6)? Every rule looks for itself, so every obstacle is told at once."""

from collections.abc import Callable, Iterator
from typing import Final

from sandbox.bss.catalogue import OFFERING
from sandbox.bss.change import Obstacle
from sandbox.bss.change_case import Case, held_at, named
from sandbox.bss.charge import monthly_fee_li
from sandbox.bss.dependence import dependents, lost_with
from sandbox.bss.free_number import is_in_pool
from sandbox.bss.month import Month, parse_instant_ms
from sandbox.bss.offering import Offering
from sandbox.bss.order_effect import LiveOrder

Rule = Callable[[Case], Iterator[Obstacle]]

_TAKING: Final = frozenset({"add", "changePlan", "openLine", "switchOn"})
_WHILE_SUSPENDED: Final = frozenset({"drop", "switchOff", "resume", "close", "keepOpen"})
"""What can be done to a line that is suspended."""
_STOPPING: Final = frozenset({"reportLoss", "resume", "keepOpen"})


def obstacles_of(case: Case) -> tuple[Obstacle, ...]:
    """Everything that speaks against it; of a line that has ended, only that."""
    if case.world.standing(case.line, case.now_ms) == "terminated":
        return (Obstacle("lineClosed"),)
    return tuple(obstacle for rule in RULES for obstacle in rule(case))


def _not_on_sale(case: Case) -> Iterator[Obstacle]:
    offering = case.offering
    if offering is None:
        return
    begun = parse_instant_ms(offering.valid_from) <= case.now_ms
    over = offering.valid_until is not None and parse_instant_ms(offering.valid_until) <= case.now_ms
    if over or not begun:
        yield Obstacle("notOnSale", named(offering))


def _not_in_this_channel(case: Case) -> Iterator[Obstacle]:
    if case.offering and case.offering.sold_in and case.wanted.channel not in case.offering.sold_in:
        yield Obstacle("notInThisChannel", named(case.offering))


def _not_offered(case: Case) -> Iterator[Obstacle]:
    offering, action = case.offering, case.wanted.action
    if action == "drop" and OFFERING[case.going[0].package.offering_id].kind == "plan":
        yield Obstacle("notOffered", case.going[0].named)
    if action in ("reportLoss", "resume", "openLine") and case.line.kind != "mobile":
        yield Obstacle("notOffered")
    if offering is not None and not _is_offered(case, offering):
        yield Obstacle("notOffered", named(offering))


def _is_offered(case: Case, offering: Offering) -> bool:
    """Whether this line, or a new one, can have it at all."""
    line, portfolio = case.line, case.portfolio
    kind = "add-on" if case.wanted.action in ("add", "switchOn") else "plan"
    line_kind = "mobile" if case.wanted.action == "openLine" else line.kind
    enterprise = offering.category == "enterprise-plan"
    return (
        offering.ordered
        and offering.kind == kind
        and line_kind in offering.lines
        and offering.account in (None, portfolio.account.kind)
        and not (enterprise and portfolio.customer.company is None)
        and not (kind == "plan" and line.main_line_id and case.wanted.action == "changePlan")
    )


def _already_held(case: Case) -> Iterator[Obstacle]:
    offering, action = case.offering, case.wanted.action
    if offering is not None and action != "openLine":
        lasting = [held for held in case.lasting() if held.line.id == case.line.id and not held.package.free]
        if any(held.offering == offering and held.package.since_ms <= case.now_ms for held in lasting):
            yield Obstacle("alreadyHeld", named(offering))
    elif action == "switchOn" and case.service and _is_on(case):
        yield Obstacle("alreadyHeld")


def _not_held(case: Case) -> Iterator[Obstacle]:
    action, now_ms = case.wanted.action, case.now_ms
    if action == "drop" and case.going[0].package not in held_at(case.line, case.effect_ms):
        yield Obstacle("notHeld", case.going[0].named)
    if action == "switchOff" and not _is_on(case):
        yield Obstacle("notHeld")
    if action == "resume" and case.world.orders.lost_since_ms(case.line.id, now_ms) is None:
        yield Obstacle("notHeld")
    if action == "keepOpen" and case.world.orders.closing(case.line.id, now_ms) is None:
        yield Obstacle("notHeld")


def _excluded(case: Case) -> Iterator[Obstacle]:
    """In either direction, by what stays on this line; a change of plan takes the old plan away, and one that waits is
    in the way by itself."""
    offering, plans_too = case.offering, case.wanted.action != "changePlan"
    if offering is None or case.wanted.action == "openLine":
        return
    going = {held.package.id for held in (*case.going, *lost_with(case))}
    for held in case.lasting():
        if held.line.id != case.line.id or held.package.id in going or held.offering == offering:
            continue
        if held.offering.kind == "plan" and not plans_too:
            continue
        if held.package.offering_id in offering.excludes or offering.id in held.offering.excludes:
            yield Obstacle("excluded", held.named)


def _required(case: Case) -> Iterator[Obstacle]:
    """What it requires is not held; or something that is held requires what would go."""
    if case.offering is not None and case.offering.requires:
        held = {held.offering.id for held in case.held() if held.package not in [g.package for g in case.going]}
        if not held & set(case.offering.requires):
            for id_ in case.offering.requires:
                yield Obstacle("required", named(OFFERING[id_]))
    for left in dependents(case):
        if left.offering.category != "benefit":
            yield Obstacle("required", left.named)


def _contract(case: Case) -> Iterator[Obstacle]:
    """Within a contract only to an equal or dearer plan."""
    if case.wanted.action != "changePlan" or case.offering is None:
        return
    for held in case.going:
        until_ms = held.package.contract_until_ms
        bound = until_ms is not None and until_ms > case.effect_ms
        if bound and case.offering.fee_li < monthly_fee_li(held.package, Month.of(case.effect_ms)):
            yield Obstacle("contract", held.named, until_ms=until_ms)


def _once_a_cycle(case: Case) -> Iterator[Obstacle]:
    """A plan that was changed at once in this cycle; one that waits for the next is under way."""
    if case.wanted.action != "changePlan":
        return
    month = Month.of(case.now_ms)
    for one in case.world.orders.of(case.portfolio.index):
        changed = one.order.facts["action"] == "changePlan" and one.order.line_id == case.line.id
        if changed and one.done_by(case.now_ms) and Month.of(one.order.at_ms) == month:
            yield Obstacle("onceACycle", until_ms=month.end_ms, order_id=one.order.known_as)


def _under_way(case: Case) -> Iterator[Obstacle]:
    for one in case.world.orders.of(case.portfolio.index):
        is_parcel = one.order.facts["action"] == "goods"  # which is about no line
        if one.is_open(case.now_ms) and not is_parcel and _is_in_the_way(case, one):
            yield Obstacle("underWay", order_id=one.order.known_as)


def _is_in_the_way(case: Case, one: LiveOrder) -> bool:
    """Whether an open order is about the same thing; a closing about the whole line."""
    action, facts = case.wanted.action, one.order.facts
    if action == "openLine":
        return bool(facts["action"] == "openLine")
    if one.order.line_id != case.line.id:
        return False
    if action in _STOPPING:
        return bool(facts["action"] == action)
    if action == "close" or facts["action"] == "close":
        return True
    if facts["action"] == "openLine":
        return False
    about = {held.package.id for held in case.going} & set(one.effect.ends)
    same = case.offering is not None and case.offering.id in {take.offering_id for take in one.effect.takes}
    plans = action == facts["action"] == "changePlan"
    return bool(about) or same or plans or (case.service is not None and case.service.id == facts.get("service"))


def _in_arrears(case: Case) -> Iterator[Obstacle]:
    """Nothing new while a bill is past due, nor is a line closed; a prepaid account pays what begins at once."""
    action, portfolio = case.wanted.action, case.portfolio
    if action not in _TAKING and action != "close":
        return
    books = case.world.books(portfolio, case.now_ms)
    too_little = portfolio.account.kind == "prepaid" and _due_at_once_li(case) > max(0, books.own_li)
    if books.is_past_due(case.now_ms) or too_little:
        yield Obstacle("inArrears")


def _due_at_once_li(case: Case) -> int:
    offering = case.offering if case.start == "atOnce" else None
    return offering.fee_li + offering.once_li if offering else 0


def _suspended(case: Case) -> Iterator[Obstacle]:
    standing = case.world.standing(case.line, case.now_ms)
    if standing == "suspended" and case.wanted.action not in _WHILE_SUSPENDED:
        yield Obstacle("suspended")
    if standing == "pendingActive":
        yield Obstacle("underWay")


def _members(case: Case) -> Iterator[Obstacle]:
    """Secondary lines hang on this one."""
    if case.wanted.action in ("changePlan", "close") and any(
        line.main_line_id == case.line.id and not line.is_ended(case.effect_ms) for line in case.portfolio.lines
    ):
        yield Obstacle("members")


def _start(case: Case) -> Iterator[Obstacle]:
    if not case.possible:
        yield Obstacle("start")


def _number_taken(case: Case) -> Iterator[Obstacle]:
    if case.wanted.action == "openLine" and not is_free(case, case.wanted.number or ""):
        yield Obstacle("numberTaken")


def is_free(case: Case, number: str) -> bool:
    """Whether a number can be reserved now."""
    return is_in_pool(number, case.world.seed) and number not in case.world.orders.numbers_given(case.now_ms)


def _is_on(case: Case) -> bool:
    return case.service is not None and case.world.orders.is_switched_on(case.line, case.service.id, case.now_ms)


RULES: Final[tuple[Rule, ...]] = (
    _not_on_sale,
    _not_in_this_channel,
    _not_offered,
    _already_held,
    _not_held,
    _excluded,
    _required,
    _contract,
    _once_a_cycle,
    _under_way,
    _in_arrears,
    _suspended,
    _members,
    _start,
    _number_taken,
)
