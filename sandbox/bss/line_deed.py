"""What happens when a line is barred, closed or passed on, or gets another SIM card?"""

from sandbox.bss.brake import Brake
from sandbox.bss.hub import Hub
from sandbox.bss.line_history import SIM, STANDINGS
from sandbox.bss.month import render_instant
from sandbox.bss.number import lines_by_number
from sandbox.bss.portfolio import Line
from sandbox.bss.recycled import FIRST_OFFERING
from sandbox.bss.tmf.inventory import render_line_now
from sandbox.bss.world import World


class LineRefusedError(Exception):
    """The operator does not do this; ``code`` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def change_sim(world: World, hub: Hub, line: Line) -> int:
    """The line gets another SIM card now. The instant. Raises LineRefusedError: no mobile line, or it ended."""
    _check_not_ended(world, line)
    if line.kind != "mobile":
        raise LineRefusedError("noSimCard", f"{line.number} has no SIM card.")
    at_ms = world.clock.stamp_ms()
    world.lines.note(line.id, at_ms, SIM)
    _announce(world, hub, "ProductAttributeValueChangeEvent", line.id, at_ms)
    return at_ms


def set_standing(world: World, hub: Hub, line: Line, asked: str) -> Line:
    """The line is barred, suspended, ended or set right now. Raises LineRefusedError: it ended, or no such status."""
    _check_not_ended(world, line)
    if asked not in STANDINGS:
        raise LineRefusedError("badStatus", f"status must be one of {', '.join(STANDINGS)}.")
    before = world.standing(line, world.clock.now_ms())
    at_ms = world.clock.stamp_ms()
    if asked == "terminated":
        world.end_line(line, at_ms)
    elif asked != before:
        world.lines.note(line.id, at_ms, asked)
    if asked != before:
        if "outgoingBarred" in (asked, before):
            _announce(world, hub, "ProductAttributeValueChangeEvent", line.id, at_ms)
        if {asked, before} != {"active", "outgoingBarred"}:
            _announce(world, hub, "ProductStateChangeEvent", line.id, at_ms)
    return world.line(line.id)


def set_brake(world: World, hub: Hub, line: Line, brake: Brake) -> None:
    """Charges of the line are paused, or go on, as of now. Raises LineRefusedError: it ended."""
    _check_not_ended(world, line)
    if brake == world.lines.brake(line.id, world.clock.now_ms()):
        return
    at_ms = world.clock.stamp_ms()
    world.lines.set_brake(line.id, at_ms, brake)
    _announce(world, hub, "ProductAttributeValueChangeEvent", line.id, at_ms)


def recycle(world: World, hub: Hub, line: Line) -> Line:
    """The line ends, if it has not yet, and its number belongs to a new customer's new line from now on: that line.

    Raises LineRefusedError: not a telephone number, or it was passed on already at a later time of the clock.
    """
    if line.kind not in FIRST_OFFERING:
        raise LineRefusedError("notANumber", f"{line.number} is a service account, which is never passed on.")
    at_ms = world.clock.stamp_ms()
    if lines_by_number(world, line.number)[-1].id != line.id or (line.until_ms or 0) > at_ms:
        raise LineRefusedError("passedOnLater", f"{line.number} ends, or has another holder, at a later time.")
    heir = world.pass_on(line, at_ms)
    for each in (line, heir) if line.until_ms is None else (heir,):
        _announce(world, hub, "ProductStateChangeEvent", each.id, at_ms)
    return heir


def _check_not_ended(world: World, line: Line) -> None:
    """A line that is being closed ends later: until then it can be dealt with."""
    closing_ms = None if line.preclosed_ms is None else line.until_ms
    if line.until_ms is not None and (closing_ms is None or closing_ms <= world.clock.now_ms()):
        raise LineRefusedError("lineTerminated", f"The line of {line.number} has ended.")


def _announce(world: World, hub: Hub, event_type: str, line_id: str, at_ms: int) -> None:
    product = render_line_now(world, world.line(line_id))
    hub.announce("productInventory", event_type, render_instant(at_ms), {"product": product})
