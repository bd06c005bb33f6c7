"""How does a caller prove more in a call?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.ivr.call import Call
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    Doorkeeper,
    LinkEvidence,
    PasswordEvidence,
    Purpose,
    StrongEvidence,
    Turned,
)


@dataclass(frozen=True, slots=True)
class Proofs:
    """The door, as a call comes to it. Whose line is proven becomes surer, anybody else comes in."""

    doorkeeper: Doorkeeper

    async def find_caller(self, number: str) -> Caller | None:
        """Whose line it is, if the link vouches for it (level 1)."""
        admitted = await self.doorkeeper.admit(LinkEvidence(number, link="ivr"), Channel.IVR)
        caller = admitted.caller if isinstance(admitted, Admitted) else None
        return caller if caller and caller.subscriber else None

    async def judge(self, call: Call, secret: str) -> Caller | Call:
        """What was keyed in as a password, or as a code where one was asked for: the caller, or where a refusal leads
        to."""
        if call.place == "code":
            evidence = CodeEvidence(call.line_number, secret, call.source, call.challenge, _purpose(call))
            return await self._show(call, evidence)
        return await self.judge_password(call, secret)

    async def judge_password(self, call: Call, password: str) -> Caller | Call:
        """The same with a service password, wherever it was asked for."""
        return await self._show(call, PasswordEvidence(call.line_number, password, call.source))

    async def send_code(self, call: Call) -> Call:
        """The call at the question for the code, or where it was, with the reason."""
        wish = CodeWish(call.line_number, _purpose(call), Channel.IVR, call.source)
        sent = await self.doorkeeper.send_code(wish)
        if isinstance(sent, CodeSent):
            lead = (
                "code_on_its_way" if call.caller else "code_sent"
            )  # whose line is proven knows that it is one of ours
            return call.goes_to("code", challenge=sent.challenge, lead=lead)
        return call.goes_to(call.place, lead=sent.code)

    async def _show(self, call: Call, evidence: StrongEvidence) -> Caller | Call:
        if call.caller:
            verdict = await self.doorkeeper.step_up(call.caller, evidence, Channel.IVR)
        else:
            verdict = await self.doorkeeper.admit(evidence, Channel.IVR)
        return verdict.caller if isinstance(verdict, Admitted) else _turn_away(call, verdict)


def _purpose(call: Call) -> Purpose:
    return Purpose.STEP_UP if call.caller else Purpose.SIGN_IN


def _turn_away(call: Call, turned: Turned) -> Call:
    by_code = call.place == "code"
    if turned.code == "wrong_credentials":
        # Whose number is proven was asked for none; a code is known to be for the number that was keyed in.
        lead = "wrong_code" if by_code else "wrong_password" if call.caller else turned.code
        return call.goes_to(call.place, lead=lead, tries_left=_tries(turned.parameters))
    if turned.code == "code_expired":
        return call.goes_to(call.place, lead=turned.code)
    if turned.code == "sim_changed" and Factor.PASSWORD.name in call.ways:
        return call.goes_to("password", lead=turned.code, ways=(Factor.PASSWORD.name,), challenge="")
    return call.lets_go().goes_to("main", lead="code_locked" if by_code and turned.code == "locked" else turned.code)


def _tries(parameters: Mapping[str, Any]) -> int | None:
    tries = parameters.get("tries_left")
    return tries if isinstance(tries, int) else None
