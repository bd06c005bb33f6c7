"""What happens in a call: who is let in, what is asked of the graph, and which document comes next?"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from channels.dialogue import Conversations
from channels.ivr.call import Call
from channels.ivr.documents import Documents
from channels.ivr.menu import Menu
from channels.ivr.turn import LEVEL_OF_A_PASSWORD, Check, Heard, ask_answer, decide_turn
from graphql_schema.client import Caller, Channel, Graph, GraphError, Operation, Outcome, load_operations
from graphql_schema.door import Admitted, Doorkeeper, LinkEvidence, PasswordEvidence

KEEP_SECONDS = 1800
KEEP_ENDED_SECONDS = 120
_VISITOR = Caller(Channel.IVR)


class IvrHall:
    """The hall on the telephone. A call's state and its last document are kept together, so that a submit which is
    sent twice is answered twice alike, and asked of the graph once."""

    def __init__(
        self,
        graph: Graph,
        doorkeeper: Doorkeeper,
        conversations: Conversations,
        *,
        menu: Menu,
        documents: Documents,
    ) -> None:
        self._graph = graph
        self._doorkeeper = doorkeeper
        self._conversations = conversations
        self._menu = menu
        self._documents = documents
        self._operations: Mapping[str, Operation] = load_operations(Path(__file__).parent)

    async def begin(self, key: str, call: Call, *, number: str | None) -> str:
        """Answers a call: level 1 if the link vouches for the number (domain page §5), else level 0."""
        admitted = None
        if number:
            admitted = await self._doorkeeper.admit(LinkEvidence(number, link="ivr"), Channel.IVR)
        caller = admitted.caller if isinstance(admitted, Admitted) else None
        return await self._speak(key, replace(call, caller=caller))

    async def ask_gateway(self, key: str, call: Call) -> str:
        """The document that makes the voice browser tell us who calls."""
        return await self._speak(key, call.goes_to("answering"))

    async def learn_caller(self, key: str, number: str | None) -> str | None:
        """The voice browser told it; None when no call of that key is being answered."""
        kept = await self._load(key)
        if kept is None:
            return None
        call, document = kept
        if call.place != "answering":
            return document
        source = f"caller:{number}" if number else call.source
        return await self.begin(key, call.goes_to("language", lead=call.lead, source=source), number=number)

    async def take_turn(self, key: str, step: str, heard: Heard) -> str | None:
        """The document after a key or a silence; a step that was taken before gets its document again, verbatim.

        None when there is no such call (any more).
        """
        kept = await self._load(key)
        if kept is None:
            return None
        call, document = kept
        if step != str(call.step):
            return document
        turn = decide_turn(self._menu, call, heard)
        moved = await self._check(turn) if isinstance(turn, Check) else turn
        return await self._speak(key, replace(moved, step=call.step + 1))

    async def end(self, key: str) -> None:
        """The caller hung up."""
        await self._conversations.end(_conversation(key))

    async def _load(self, key: str) -> tuple[Call, str] | None:
        kept = await self._conversations.load(_conversation(key))
        if kept is None:
            return None
        try:
            return Call.from_state(kept["call"]), str(kept["document"])
        except (KeyError, TypeError, ValueError):
            return None  # another release wrote it; the caller starts afresh

    async def _speak(self, key: str, call: Call) -> str:
        spoken, document = await self._document(key, call)
        await self._conversations.save(
            _conversation(key),
            {"call": spoken.to_state(), "document": document},
            keep_seconds=KEEP_ENDED_SECONDS if spoken.place == "goodbye" else KEEP_SECONDS,
        )
        return document

    async def _document(self, key: str, call: Call) -> tuple[Call, str]:
        if call.place not in self._operations:
            return call, self._documents.render_place(key, call)
        outcome = await self._ask(call)
        needed = _step_needed(outcome)
        if call.level < needed <= LEVEL_OF_A_PASSWORD:
            climbing = ask_answer(self._menu, call, call.place, level=needed)
            return climbing, self._documents.render_place(key, climbing)
        if not (outcome.data or {}).get("me"):
            error = outcome.error_at("me") or next(iter(outcome.errors), GraphError("unknown"))
            return call, self._documents.render_problem(key, call, error)
        return call, self._documents.render_answer(key, call, outcome)

    async def _ask(self, call: Call) -> Outcome:
        """One operation, or two where the bill has to be found first."""
        caller = call.caller or _VISITOR
        if call.place != "bill_subjects":
            return await self._graph.run(self._operations[call.place], {}, caller)
        latest = await self._graph.run(self._operations["last_bill"], {}, caller)
        bills = ((latest.data or {}).get("me") or {}).get("bills")
        if not bills or not bills["edges"]:
            refusals = (error for error in latest.errors if tuple(error.path[:2]) != ("me", "account"))
            return Outcome(None, (next(refusals, GraphError("none_yet", ("me",))),))
        bill_id = bills["edges"][0]["node"]["id"]
        return await self._graph.run(self._operations["bill_subjects"], {"id": bill_id}, caller)

    async def _check(self, check: Check) -> Call:
        """Judges a keyed-in password at the door; what it says leads on, or back to the question."""
        call = check.call
        number = (call.caller.number if call.caller else None) or call.number or ""
        evidence = PasswordEvidence(number, check.password, source=call.source)
        door = await self._doorkeeper.admit(evidence, Channel.IVR)
        if isinstance(door, Admitted):
            return replace(call, caller=door.caller).goes_to(call.wanted or "main", wanted=None)
        if door.code == "wrong_credentials":
            lead = "wrong_password" if call.caller else door.code  # whose number is proven was asked for none
            return call.goes_to("password", lead=lead, tries_left=_tries(door.parameters))
        return call.goes_to("main", lead=door.code, wanted=None)


def _conversation(key: str) -> str:
    return f"ivr:{key}"


def _step_needed(outcome: Outcome) -> int:
    """The level that the graph asks for, 0 when it asks for none."""
    refusals = (error.parameters.get("needed", 2) for error in outcome.errors if error.code == "step_up_required")
    return max((int(needed) for needed in refusals), default=0)


def _tries(parameters: Mapping[str, Any]) -> int | None:
    tries = parameters.get("tries_left")
    return tries if isinstance(tries, int) else None
