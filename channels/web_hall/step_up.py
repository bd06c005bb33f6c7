"""How does a person who is signed in prove one thing more, and where do they go on?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from starlette.responses import Response

from channels.web_hall.evidence import Asked, Missing, ask_for_code, read_evidence
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own, path_after_sign_in
from graphql_schema.assurance import Factor, find_ways
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, CodeSent, Purpose, Turned

STATUS_OF = {"locked": 429, "too_many_codes": 429, "unavailable": 503}


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be proved (a level and, in seconds, how fresh) before the person goes on to ``next``."""

    level: int
    within: int | None
    next: str

    @property
    def address(self) -> str:
        """The step-up page that asks for it."""
        within = "" if self.within is None else f"&within={self.within}"
        return f"/step-up?level={self.level}{within}&next={quote(self.next, safe='/')}"

    def is_taken(self, caller: Caller, now: datetime) -> bool:
        """Whether the caller holds all of it already."""
        if caller.assurance < self.level:
            return False
        if self.within is None:
            return True
        return caller.since is not None and now - caller.since <= timedelta(seconds=self.within)

    def find_ways(self, caller: Caller, now: datetime) -> tuple[tuple[Factor, ...], ...]:
        """What would do, as the graph says it."""
        within = None if self.within is None else timedelta(seconds=self.within)
        ways = find_ways(caller.proofs, self.level, within, now)
        return ways if all(ways) else find_ways({}, self.level, within, now)  # all is held, but wanted anew


async def step_up(hall: Hall, visit: Visit) -> Response:
    """The page: exactly what would do, one thing at a time."""
    step = _read_step(visit.request.query_params)
    if step.is_taken(own(visit), datetime.now(UTC)):
        return hall.views.go_on(step.next, visit)
    return _show(hall, visit, step, visit.request.query_params)


async def prove(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Judges what was typed, or texts a code. A new session's cookie comes with each thing that was proved."""
    step = _read_step(form)
    if visit.caller is None or visit.token is None:
        return hall.ask_to_sign_in(visit)
    if visit.acting:  # an owner's phone gets no code at a helper's wish
        return hall.refuse(visit, "not_yours", status=403)
    number = visit.caller.number or ""
    if form.get("deed") == "send":
        answer = await ask_for_code(hall, visit, Asked(number, Purpose.STEP_UP))
        return _show(hall, visit, step, form, answer)
    evidence = read_evidence(visit, form, Asked(number, Purpose.STEP_UP))
    if isinstance(evidence, Missing):
        return _show(hall, visit, step, form, Turned(evidence.code))
    admitted = await hall.doorkeeper.step_up(visit.token, evidence, Channel.WEB)
    if isinstance(admitted, Turned):
        ended = admitted.code == "session_ended"
        return hall.ask_to_sign_in(visit) if ended else _show(hall, visit, step, form, admitted)
    return _go_on(hall, visit, step, admitted)


def _go_on(hall: Hall, visit: Visit, step: Step, admitted: Admitted) -> Response:
    """To where the person was, once the level is reached; how fresh it is the graph judges itself."""
    enough = admitted.caller.assurance >= step.level
    response = hall.views.go_on(step.next if enough else step.address, visit)
    hall.views.cookies.keep_admitted(response, admitted)
    return response


def _show(
    hall: Hall, visit: Visit, step: Step, typed: Mapping[str, str], answer: Turned | CodeSent | None = None
) -> Response:
    turned = answer if isinstance(answer, Turned) else None
    ways = step.find_ways(own(visit), datetime.now(UTC))
    offered = list(dict.fromkeys(way[0] for way in ways if way[0] in _offered_here(hall)))
    by = next((factor for factor in offered if factor.value == typed.get("by")), offered[0] if offered else None)
    return hall.views.render(
        "step_up.html",
        visit,
        status=200 if turned is None else STATUS_OF.get(turned.code, 422),
        step=step,
        here=step.address,  # where a change of language leads back to
        offered=[factor.value for factor in offered],
        by=by.value if by else "",
        two=min((len(way) for way in ways), default=1) > 1,
        turned=turned,
        sent=answer if isinstance(answer, CodeSent) else None,
        challenge=answer.challenge if isinstance(answer, CodeSent) else typed.get("challenge", ""),
        now=datetime.now(UTC),
    )


def _offered_here(hall: Hall) -> frozenset[Factor]:
    """What a browser can prove."""
    return frozenset({Factor.CODE, Factor.PASSWORD}) | ({Factor.PASSKEY} if hall.doors.passkeys else set())


def _read_step(given: Mapping[str, str]) -> Step:
    level = 3 if given.get("level") == "3" else 2
    within = given.get("within", "")
    seconds = int(within) if within.isdecimal() and len(within) < 6 else None
    return Step(level, seconds, path_after_sign_in(given.get("next")))
