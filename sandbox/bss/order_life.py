"""Through which steps does an order go, who has it when, and when does it take effect?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.order_book import OrderDeed, StoredOrder

System = Literal["order", "resource", "activation", "billing", "field", "documents"]
StepState = Literal["planned", "active", "done", "failed", "skipped"]
NextStep = Literal["wait", "retry", "pay", "visit", "call", "choose"]

RESOURCE_MS: Final = 20_000
ACTIVATION_MS: Final = 40_000
DONE_MS: Final = 60_000
VISIT_MS: Final = DAY_MS
"""A technician comes a day later."""
PACKED_MS: Final = DAY_MS // 24
SENT_MS: Final = DAY_MS
DELIVERED_MS: Final = 3 * DAY_MS
GIVEN: Final = frozenset({"reward", "goods"})
"""The actions of what the operator gives: a pack free of charge, and a thing that is sent."""
OVER: Final = frozenset({"rejected", "cancelled", "completed", "failed", "partial"})


class StepName(NamedTuple):
    """What is done in a step, and by which system."""

    system: System
    zh: str
    en: str


class Trouble(NamedTuple):
    """Why an order failed or waits, and what its owner can do."""

    zh: str
    en: str
    next_step: NextStep


_ORDER: Final = StepName("order", "受理", "Accepted")
_DOCUMENTS: Final = StepName("documents", "证件审核", "Documents checked")
_RESOURCE: Final = StepName("resource", "资源配置", "Resources assigned")
_ACTIVATION: Final = StepName("activation", "开通", "Activated")
_FIELD: Final = StepName("field", "上门安装", "Installed at home")
_BILLING: Final = StepName("billing", "计费生效", "Billing begins")
_PACKED: Final = StepName("resource", "备货", "Packed")
_SENT: Final = StepName("field", "发货", "Sent")
_DELIVERED: Final = StepName("field", "签收", "Delivered")
_SETTLED: Final = StepName("billing", "结清销户", "Settled and closed")
_BARRED: Final = StepName("activation", "停机保号", "Line held")

TROUBLES: Final[dict[str, Trouble]] = {
    "resourceUnavailable": Trouble("资源不足", "There are no free resources", "choose"),
    "activationTimeout": Trouble("开通超时", "Activation timed out", "retry"),
    "documentsRejected": Trouble("证件审核未通过", "The documents were not accepted", "visit"),
    "documentsWanted": Trouble("等待证件审核", "The documents are being checked", "wait"),
    "balanceTooLow": Trouble("余额不足", "The balance is too low", "pay"),
    "notAtHome": Trouble("上门时无人", "Nobody was at home", "call"),
    "outOfStock": Trouble("缺货", "Out of stock", "choose"),
    "undeliverable": Trouble("无法送达", "It could not be delivered", "call"),
    "systemBusy": Trouble("系统繁忙", "A system is busy", "wait"),
}
"""By the code that ``/sandbox/order`` knows."""


class StateChange(NamedTuple):
    """A state that an order reached."""

    at_ms: int
    state: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step and when it is done, or will be (None: nobody knows)."""

    name: StepName
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Life:
    """How an order goes, as far as it is known: states in order of time, steps, and when it takes effect (None: never,
    or not known yet). ``ended_ms`` is when it was cancelled or failed; ``closes_ms`` when a closing is final.
    ``trouble`` is a code of ``TROUBLES``."""

    changes: tuple[StateChange, ...]
    steps: tuple[Step, ...]
    effect_ms: int | None
    closes_ms: int | None = None
    ended_ms: int | None = None
    trouble: str | None = None
    is_partial: bool = False

    def state(self, at_ms: int) -> str:
        """The state that it was in at an instant."""
        reached = [change.state for change in self.changes if change.at_ms <= at_ms]
        return reached[-1] if reached else self.changes[0].state

    def is_over(self, at_ms: int) -> bool:
        """Whether nothing more becomes of it."""
        return self.state(at_ms) in OVER


def life_of(order: StoredOrder) -> Life:
    """Everything that is known of an order's way by now: a deed changes it, and time alone does not."""
    steps = _steps(order)
    changes = [StateChange(order.at_ms, "acknowledged")]
    moving = "pending" if order.facts["start"] == "nextCycle" or _closes(order) else "inProgress"
    trouble, is_partial, ended_ms = None, False, None
    if order.facts["action"] != "openLine":
        changes.append(StateChange(_taken_up_ms(order), moving))
    for deed in _deeds(order):
        if deed.kind == "hold":
            steps = _stopped(steps, deed.at_ms)
            changes = [*(c for c in changes if c.at_ms <= deed.at_ms), StateChange(deed.at_ms, "held")]
            trouble = deed.reason
        elif deed.kind == "release":
            steps = _going_on(order, steps, deed.at_ms)
            changes.append(StateChange(deed.at_ms, moving))
            trouble = None
        elif deed.kind == "partial":
            is_partial, trouble = True, deed.reason
        else:
            ended_ms = deed.at_ms
            trouble = deed.reason if deed.kind == "fail" else None
            changes = [c for c in changes if c.at_ms <= ended_ms]
            changes.append(StateChange(ended_ms, "failed" if deed.kind == "fail" else "cancelled"))
            break
    last_ms = steps[-1].at_ms
    if ended_ms is None and last_ms is not None:
        changes = [c for c in changes if c.at_ms < last_ms or c.state == "acknowledged"]
        changes.append(StateChange(last_ms, "partial" if is_partial else "completed"))
    closing = _closes(order)
    effect_ms = order.at_ms if closing else None if ended_ms is not None else last_ms
    closes_ms = last_ms if closing and ended_ms is None else None
    return Life(tuple(changes), steps, effect_ms, closes_ms, ended_ms, trouble, is_partial)


def step_state(life: Life, place: int, at_ms: int) -> StepState:
    """How far the step at a place is at an instant."""
    step = life.steps[place]
    if step.at_ms is not None and step.at_ms <= at_ms and (life.ended_ms is None or step.at_ms <= life.ended_ms):
        return "done"
    is_next = not place or step_state(life, place - 1, at_ms) == "done"
    if life.ended_ms is not None and life.ended_ms <= at_ms:
        return "failed" if is_next and life.state(at_ms) == "failed" else "skipped"
    return "active" if is_next else "planned"


def sent_ms(order: StoredOrder, life: Life) -> int | None:
    """When goods left the house; None: they are none, or stay."""
    if order.facts["action"] != "goods":
        return None
    at_ms = next(step.at_ms for step in life.steps if step.name is _SENT)
    return None if at_ms is None or (life.ended_ms is not None and life.ended_ms < at_ms) else at_ms


def can_be_cancelled(order: StoredOrder, life: Life, at_ms: int) -> bool:
    """Until it takes effect; a closing until it is final. What is given is nobody's to call off."""
    return not life.is_over(at_ms) and order.facts["action"] not in GIVEN


def takes_effect_ms(action: str, start: str, at_ms: int, *, visit: bool) -> int:
    """When a change that is ordered at an instant takes effect, if nothing comes between."""
    if start == "nextCycle":
        return Month.of(at_ms).end_ms
    if action in _AT_THIS_MOMENT:
        return at_ms
    return at_ms + (VISIT_MS if visit else DONE_MS)


_AT_THIS_MOMENT: Final = frozenset({"reportLoss", "resume", "close", "keepOpen"})


_NEED_RESOURCES: Final = frozenset({"add", "changePlan", "openLine", "reward"})


def _taken_up_ms(order: StoredOrder) -> int:
    """When somebody begins to work on it."""
    if _closes(order):
        return order.at_ms
    start = order.facts["start"]
    effect_ms = takes_effect_ms(order.facts["action"], start, order.at_ms, visit=bool(order.facts.get("visit")))
    return min(order.at_ms + RESOURCE_MS, effect_ms)


def _closes(order: StoredOrder) -> bool:
    return bool(order.facts["action"] == "close")


def _steps(order: StoredOrder) -> tuple[Step, ...]:
    """The way as it is planned when the order is placed."""
    action, at_ms, start = order.facts["action"], order.at_ms, order.facts["start"]
    if action == "close":
        return (Step(_ORDER, at_ms), Step(_BARRED, at_ms), Step(_SETTLED, order.facts["closesMs"]))
    if action in _AT_THIS_MOMENT:
        return (Step(_ORDER, at_ms), Step(_ACTIVATION, at_ms))
    if action == "goods":
        way_of_goods = ((_PACKED, PACKED_MS), (_SENT, SENT_MS), (_DELIVERED, DELIVERED_MS))
        return (Step(_ORDER, at_ms), *(Step(name, at_ms + after_ms) for name, after_ms in way_of_goods))
    visit = bool(order.facts.get("visit"))
    effect_ms = takes_effect_ms(action, start, at_ms, visit=visit)
    activation_ms = effect_ms if start == "nextCycle" or visit else at_ms + ACTIVATION_MS
    way = [Step(_ORDER, at_ms)]
    if action == "openLine":
        way.append(Step(_DOCUMENTS, at_ms))
    if action in _NEED_RESOURCES:
        way.append(Step(_RESOURCE, min(at_ms + RESOURCE_MS, effect_ms)))
    if visit:
        way.append(Step(_FIELD, effect_ms))
    return (*way, Step(_ACTIVATION, activation_ms), Step(_BILLING, effect_ms))


def _deeds(order: StoredOrder) -> Iterator[OrderDeed]:
    """What was done to it; documents hold a new line by themselves, and goods that are gone fail."""
    if order.facts["action"] == "openLine":
        yield OrderDeed(order.at_ms, "hold", "documentsWanted")
    yield from order.deeds
    if order.facts.get("outOfStock"):
        yield OrderDeed(_taken_up_ms(order), "fail", "outOfStock")


def _stopped(steps: tuple[Step, ...], at_ms: int) -> tuple[Step, ...]:
    """Nobody knows when the steps that were not done come."""
    first, *rest = steps
    return (first, *(step if step.at_ms is not None and step.at_ms < at_ms else replace(step, at_ms=None)
                     for step in rest))  # fmt: skip


def _going_on(order: StoredOrder, before: tuple[Step, ...], at_ms: int) -> tuple[Step, ...]:
    """The steps that are left come as fast as if the order had been placed at this instant; what waits for a cycle
    waits for the next one. The release itself is the answer about documents."""
    again = _steps(replace(order, at_ms=at_ms))
    return tuple(old if old.at_ms is not None else new for old, new in zip(before, again, strict=True))
