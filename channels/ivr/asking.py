"""How does a call ask the graph, and what does it make of a refusal?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from channels.ivr.call import Call
from channels.last_bill import find_last_bill
from graphql_schema.client import Caller, Channel, Graph, GraphError, Operation, Outcome, load_operations

OPERATIONS: Mapping[str, Operation] = load_operations(Path(__file__).parent)
"""What the IVR can do: one .graphql file a capability."""

DEEDS = frozenset(
    {
        *("end_sessions", "answer_help", "end_help", "change_password", "contact_check"),
        *("pause_charges", "resume_charges"),
        *("prepare_change", "confirm_change", "withdraw_change", "redeem_voucher", "service_notices"),
        *("redemption_preview", "redeem_reward"),
    }
)
ANSWERS = OPERATIONS.keys() - DEEDS
"""The places of a call whose document is what the graph answers."""

OF_LAST_BILL = frozenset({"bill_subjects", "bill_difference"})
"""Answers about a bill that has to be found first."""

ANY_WAY: Sequence[Sequence[str]] = (("CODE",), ("PASSWORD",))
BESIDE_THE_BILLS = (("me", "account"), ("me", "line"))
_VISITOR = Caller(Channel.IVR)
_CODES = {"SignInRequired": "sign_in_required", "NotYours": "not_yours", "BadInput": "bad_argument"}


@dataclass(frozen=True, slots=True)
class Asking:
    """Runs operations as whoever calls."""

    graph: Graph

    async def ask(self, call: Call) -> Outcome:
        """What the answer at the call's place rests on: one operation, or two where the bill has to be found first;
        that bill is then the ``last`` of ``me``."""
        if call.place not in OF_LAST_BILL:
            return await self.run(call.place, call)
        latest = await self.run("last_bill", call)
        bills = ((latest.data or {}).get("me") or {}).get("bills")
        last = find_last_bill(bills) if bills else None
        if last is None:
            refusals = (error for error in latest.errors if tuple(error.path[:2]) not in BESIDE_THE_BILLS)
            return Outcome(None, (next(refusals, GraphError("none_yet", ("me",))),))
        outcome = await self.run(call.place, call, id=last["id"])
        me = (outcome.data or {}).get("me")
        return replace(outcome, data={"me": {**me, "last": last}}) if me else outcome

    async def do(self, operation: str, call: Call, **variables: Any) -> Mapping[str, Any] | GraphError:  # noqa: ANN401
        """A deed's own success, or the refusal with its code."""
        outcome = await self.run(operation, call, **variables)
        answer: Mapping[str, Any] | None = (outcome.data or {}).get("answer")
        if answer is None:
            return next(iter(outcome.errors), GraphError("unavailable"))
        code = answer.get("code", _CODES.get(answer["__typename"]))
        return answer if code is None else GraphError(code, parameters=answer)

    async def run(self, operation: str, call: Call, **variables: Any) -> Outcome:  # noqa: ANN401  an operation's own
        """One operation."""
        return await self.graph.run(OPERATIONS[operation], variables, call.caller or _VISITOR)


def find_step(errors: Sequence[GraphError]) -> Sequence[Sequence[str]] | None:
    """The ways that would do where the graph asks for more proof, None where it does not."""
    refused = next((error for error in errors if error.code == "step_up_required"), None)
    return (refused.parameters.get("ways") or ANY_WAY) if refused else None
