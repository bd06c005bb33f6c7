"""What happens in a call: who is let in, what is asked of the graph, and which document comes next?"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from channels.dialogue import Conversations
from channels.ivr.asking import ANSWERS, Asking, find_step
from channels.ivr.call import Call
from channels.ivr.deeds import Deeds
from channels.ivr.documents import Documents
from channels.ivr.menu import Menu
from channels.ivr.proof import Proofs
from channels.ivr.texting import Texts, note_heard
from channels.ivr.turn import SHOWN_FIRST, Check, Do, Heard, SendCode, Turn, ask_answer, decide_turn
from channels.ivr.way import ask_for_proof
from channels.rewards_at_hand import find_at_hand
from graphql_schema.client import Graph, GraphError
from graphql_schema.door import Doorkeeper

KEEP_SECONDS = 1800
KEEP_ENDED_SECONDS = 120
_KEY_HERE = "\x1f"
"""Stands in a kept document for the call's key, which no table may show: no document can hold this character."""


class IvrHall:
    """The hall on the telephone. A call's state and its last document are kept together, so that a submit which is
    sent twice is answered twice alike, and asked of the graph once."""

    def __init__(  # noqa: PLR0913  the parts that it is wired from
        self,
        graph: Graph,
        doorkeeper: Doorkeeper,
        conversations: Conversations,
        *,
        menu: Menu,
        documents: Documents,
        texts: Texts | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._conversations = conversations
        self._menu = menu
        self._documents = documents
        self._clock = clock
        self._asking = Asking(graph)
        self._proofs = Proofs(doorkeeper)
        self._deeds = Deeds(self._asking, self._proofs, menu, texts)
        self._texting = texts is not None

    async def begin(self, key: str, call: Call, *, number: str | None) -> str:
        """Answers a call: level 1 if the link vouches for the number (domain page §5), else level 0."""
        caller = await self._proofs.find_caller(number) if number else None
        return await self._speak(key, replace(call, caller=caller, texting=self._texting))

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
        moved = await self._take(key, decide_turn(self._menu, call, heard))
        if moved.place in SHOWN_FIRST:
            moved = await self._deeds.do(Do(moved, "prepare_change"), _deed_key(key, call))
        if call.place == "language" and moved.place == "main":
            moved = await self._deeds.tell_of_request(await self._deeds.tell_what_rests(moved, self._clock()))
        return await self._speak(key, replace(moved, step=call.step + 1))

    async def end(self, key: str) -> None:
        """The caller hung up."""
        await self._conversations.end(_conversation(key))

    async def _take(self, key: str, turn: Turn) -> Call:
        match turn:
            case Check(call, secret):
                verdict = await self._proofs.judge(call, secret)
                surer = replace(call, caller=verdict) if not isinstance(verdict, Call) else None
                return await self._go_on(key, surer) if surer else verdict  # type: ignore[return-value]
            case SendCode(call):
                return await self._proofs.send_code(call)
            case Do():
                return await self._deeds.do(turn, _deed_key(key, turn.call))
            case Call():
                return turn

    async def _go_on(self, key: str, call: Call) -> Call:
        """What waited for the proof."""
        if call.deed:
            return await self._deeds.do(Do(call, call.deed), _deed_key(key, call))
        return ask_answer(self._menu, call, call.wanted or "main")

    async def _load(self, key: str) -> tuple[Call, str] | None:
        kept = await self._conversations.load(_conversation(key))
        if kept is None:
            return None
        try:
            return Call.from_state(kept["call"]).at(self._clock()), str(kept["document"]).replace(_KEY_HERE, key)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None  # another release wrote it; the caller starts afresh

    async def _speak(self, key: str, call: Call) -> str:
        spoken, document = await self._document(key, call)
        await self._conversations.save(
            _conversation(key),
            {"call": spoken.to_state(), "document": document.replace(key, _KEY_HERE)},
            keep_seconds=KEEP_ENDED_SECONDS if spoken.place == "goodbye" else KEEP_SECONDS,
        )
        return document

    async def _document(self, key: str, call: Call) -> tuple[Call, str]:
        if call.place not in ANSWERS:
            return call, self._documents.render_place(key, call)
        outcome = await self._asking.ask(call)
        ways = find_step(outcome.errors)
        if ways is not None:
            climbing = ask_for_proof(replace(call.lets_go(), wanted=call.place), ways)
            return climbing, self._documents.render_place(key, climbing)
        if not (outcome.data or {}).get("me"):
            error = outcome.error_at("me") or next(iter(outcome.errors), GraphError("unknown"))
            return call, self._documents.render_problem(key, call, error)
        offering = _offer(call, (outcome.data or {})["me"])
        return offering, self._documents.render_answer(key, offering, outcome)


def _offer(call: Call, me: Mapping[str, Any]) -> Call:
    """The call with what its keys can do: the helpers that one can end or the rewards that one can have, in the order
    in which they are read out, or the packages that one can drop by their own numbers, what is paused, and that this
    answer was told."""
    helpers = me.get("helpers") or () if call.place == "helpers" else ()
    held = me.get("subscribed") or () if call.place == "subscribed" else ()
    facts = call.facts
    if call.place == "charge_brake":
        facts = {**facts, "paused": me["chargeBrake"]["paused"] if me["chargeBrake"] else None}
    offered = tuple((each["id"], each["maskedNumber"]) for each in helpers)
    offered += tuple((each["packageId"], str(each["position"])) for each in held if each["droppable"])
    if call.place == "rewards":
        at_hand = find_at_hand(me.get("rewardItems") or (), me.get("points"))
        offered = tuple((item["code"], str(item["points"])) for item in at_hand)
    return note_heard(replace(call, offered=offered, facts=facts), me)


def _conversation(key: str) -> str:
    """Whoever knows the key goes on as the caller: its digest is kept, like that of a session's token."""
    return f"ivr:{sha256(key.encode()).hexdigest()}"


def _deed_key(key: str, call: Call) -> str:
    return f"ivr-{key}-{call.step}"
